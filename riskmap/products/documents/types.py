"""The registry of document types: issuer, form, number series, fields that people fill in, and the words.

A type is a TOML file, so that a bureau adds or replaces one without code. Words name facts of the assessment and the
type's own entries in braces, ``{name}``; what is unknown is an error with its line, never an empty place in a letter.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from riskmap.errors import ConfigError
from riskmap.products.documents.words import BLOCKS, DUES, FACTS, FORMS, Due, Form
from riskmap.rules import STATUSES
from riskmap.scale import Tier

NOTICE: Final = "risk_notice"
"""Id of the 风险告知函."""
_KEYS: Final = frozenset(
    {"id", "chinese", "english", "form", "issuer", "issued_by", "series", "due", "title", "addressee", "closing",
     "source", "status", "entry", "section"}
)  # fmt: skip
_OPTIONAL: Final = frozenset({"template", "copies", "city", "cap"})
_ENTRY_KEYS: Final = frozenset({"id", "chinese", "required"})
_ENTRY_OPTIONAL: Final = frozenset({"default"})
_FIELD: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Entry:
    """A field that the assessment cannot know and a person fills in.

    Attributes
    ----------
    required : bool
        Sign-off is refused while it is empty; a draft shows a blank.
    default : str
        Words in which facts may stand in braces.
    """

    id: str
    chinese: str
    required: bool
    default: str = ""


@dataclass(frozen=True)
class Section:
    """A heading (empty = none) with paragraphs, then blocks of the assessment."""

    heading: str = ""
    text: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentType:
    """One kind of document.

    Attributes
    ----------
    form : 'letter', 'document' or 'telegram'
        信函, 文件 or 明电.
    issuer, addressee, copies, title : str
        Words with facts in braces; ``copies`` may be empty: the city of a county, the counties of a city.
    issued_by : str
        Who may issue it.
    series : str
        The number's words before 〔year〕; one series an issuer and year.
    due : str
        See ``DUES``.
    city : bool
        Whether cities get one too.
    cap : bool
        Whether a CAP message goes with it.
    source, status : str
        Where the form of the type was read; S, M or D (our own proposal).
    template : str
        Typst source of a bureau's own layout; empty = the bundled one of the form.
    """

    id: str
    chinese: str
    english: str
    form: Form
    issuer: str
    issued_by: str
    series: str
    due: Due
    title: str
    addressee: str
    closing: str
    source: str
    status: str
    entries: tuple[Entry, ...] = ()
    sections: tuple[Section, ...] = ()
    copies: str = ""
    city: bool = False
    cap: bool = False
    template: str = ""

    @property
    def least(self) -> Tier | None:
        """Lowest tier at which a draft is due; None where no tier decides."""
        names = {tier.english: tier for tier in Tier}
        return names.get(self.due)

    def words(self) -> Iterator[str]:
        """Every text in which facts may stand."""
        yield from (self.issuer, self.series, self.title, self.addressee, self.copies, self.closing)
        yield from (entry.default for entry in self.entries)
        for section in self.sections:
            yield section.heading
            yield from section.text


@lru_cache(maxsize=1)
def bundled_types() -> Mapping[str, DocumentType]:
    """The types that come with the library, by id.

    Examples
    --------
    >>> [t.chinese for t in bundled_types().values() if t.due == "over"]
    ['结束响应', '解除转移']
    """
    folder = resources.files("riskmap.products.documents")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda file: file.name)
    found = (parse_type(file.read_text(encoding="utf-8"), where=file.name) for file in files)
    return MappingProxyType({kind.id: kind for kind in found})


def types_with(files: Mapping[str, str]) -> Mapping[str, DocumentType]:
    """The bundled types with a bureau's own, which replace those of the same id.

    Parameters
    ----------
    files : mapping
        File name -> text, as ``riskmap.io.document_files.read_document_files`` gives: ``*.toml``, and the ``*.typ`` that
        they name.

    Raises
    ------
    ConfigError
        A file is no type, an id comes twice, or a template is not there; names file and line.
    """
    own: dict[str, DocumentType] = {}
    for name in sorted(n for n in files if n.endswith(".toml")):
        kind = parse_type(files[name], where=name, templates=files)
        if kind.id in own:
            raise _wrong(
                f"the id {kind.id!r} comes twice", name, "an id of its own", kind.id, "rename one of the two"
            )
        own[kind.id] = kind
    return MappingProxyType({**bundled_types(), **own})


def parse_type(text: str, *, where: str, templates: Mapping[str, str] = MappingProxyType({})) -> DocumentType:
    """Check a TOML text and freeze it.

    Parameters
    ----------
    text : str
        See the bundled files for every key.
    where : str
        File name, for messages.
    templates : mapping
        Name -> Typst source, for ``template = "own.typ"``.

    Raises
    ------
    ConfigError
        A key is missing or unknown, or words name a field that does not exist; names the line.

    Examples
    --------
    >>> parse_type('id = "x"', where="x.toml")
    Traceback (most recent call last):
    riskmap.errors.ConfigError: x.toml: the key 'addressee' is missing; ...
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong("is not TOML", where, "a document type", str(error), "mend that line") from error
    _keys(content, _KEYS, _OPTIONAL, where, text)
    entries = tuple(
        _entry(e, f"{where}, [[entry]] number {n}", text) for n, e in enumerate(content.pop("entry"), 1)
    )
    sections = tuple(
        _section(s, f"{where}, [[section]] number {n}", text) for n, s in enumerate(content.pop("section"), 1)
    )
    _choices(content, where, text)
    template = str(content.pop("template", ""))
    if template and template not in templates:
        raise _wrong(
            "the template is not there", f"{where}, line {_line(text, template)}", "a file beside the type",
            template, "put it there, or leave `template` out for the form's own",
        )  # fmt: skip
    flags: dict[str, Any] = {key: bool(content.pop(key, False)) for key in ("city", "cap")}
    held: dict[str, Any] = {key: str(value) for key, value in content.items()}
    kind = DocumentType(
        **held, **flags, entries=entries, sections=sections, template=templates.get(template, "")
    )
    _fields(kind, where, text)
    return kind


def _choices(content: Mapping[str, Any], where: str, text: str) -> None:
    for key, allowed in (("form", FORMS), ("due", DUES), ("status", STATUSES)):
        if content[key] not in allowed:
            raise _wrong(
                f"not a {key}", f"{where}, line {_line(text, key)}", " | ".join(allowed), repr(content[key]),
                "choose one of them",
            )  # fmt: skip
    for key in ("id", "source", "title", "issuer", "series", "addressee"):
        if not str(content[key]).strip():
            raise _wrong(
                f"{key} is empty", f"{where}, line {_line(text, key)}", "some words", "nothing", "fill it in"
            )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", str(content["id"])):
        raise _wrong(
            "not an id",
            f"{where}, line {_line(text, 'id')}",
            "small letters, digits, _",
            repr(content["id"]),
            "rename it",
        )


def _keys(
    content: Mapping[str, Any], needed: frozenset[str], optional: frozenset[str], where: str, text: str
) -> None:
    unknown = sorted(set(content) - needed - optional)
    if unknown:
        near = get_close_matches(unknown[0], sorted(needed | optional), n=1)
        raise _wrong(
            f"unknown key {unknown[0]!r}", f"{where}, line {_line(text, unknown[0])}",
            ", ".join(sorted(needed | optional)), unknown[0], f"did you mean {near[0]!r}?" if near else "remove it",
        )  # fmt: skip
    missing = sorted(needed - set(content))
    if missing:
        raise _wrong(
            f"the key {missing[0]!r} is missing", where, ", ".join(sorted(needed)), ", ".join(sorted(content)) or "nothing",
            f"add {missing[0]}",
        )  # fmt: skip


def _entry(entry: Mapping[str, Any], where: str, text: str) -> Entry:
    _keys(entry, _ENTRY_KEYS, _ENTRY_OPTIONAL, where, text)
    name = str(entry["id"])
    if name in FACTS or not name.isidentifier():
        raise _wrong("not an id for an entry", where, "a name that no fact has", repr(name), "rename it")
    return Entry(name, str(entry["chinese"]), bool(entry["required"]), str(entry.get("default", "")))


def _section(section: Mapping[str, Any], where: str, text: str) -> Section:
    _keys(section, frozenset(), frozenset({"heading", "text", "blocks"}), where, text)
    made = Section(
        str(section.get("heading", "")),
        tuple(map(str, section.get("text", ()))),
        tuple(map(str, section.get("blocks", ()))),
    )
    for block in made.blocks:
        if block not in BLOCKS:
            near = get_close_matches(block, list(BLOCKS), n=1)
            raise _wrong(
                f"unknown block {block!r}", f"{where}, line {_line(text, block)}", ", ".join(BLOCKS), block,
                f"did you mean {near[0]!r}?" if near else "remove it",
            )  # fmt: skip
    return made


def _fields(kind: DocumentType, where: str, text: str) -> None:
    """Every name in braces is a fact or an entry; a lone brace is an error, since nobody would see what was meant."""
    known = [*FACTS, *(entry.id for entry in kind.entries)]
    twice = [e.id for e in kind.entries if [o.id for o in kind.entries].count(e.id) > 1]
    if twice:
        raise _wrong(f"the entry {twice[0]!r} comes twice", where, "one entry an id", twice[0], "remove one")
    for words in kind.words():
        for name in _FIELD.findall(words):
            if name not in known:
                near = get_close_matches(name, known, n=1)
                raise _wrong(
                    f"unknown field {{{name}}}", f"{where}, line {_line(text, f'{{{name}}}')}", ", ".join(known), name,
                    f"did you mean {{{near[0]}}}?" if near else "remove it, or add an [[entry]] of that id",
                )  # fmt: skip
        if re.search(r"[{}]", _FIELD.sub("", words)):
            raise _wrong("a lone brace", f"{where}, line {_line(text, words)}", "{field}", words, "close it")


def fill(words: str, values: Mapping[str, str]) -> str:
    """Words with their fields filled in; values are taken as they are, braces in them included.

    Examples
    --------
    >>> fill("关于{name}的函", {"name": "定海区{x}"})
    '关于定海区{x}的函'
    """
    return _FIELD.sub(lambda found: values[found[1]], words)


def _line(text: str, key: str) -> int:
    """First line that holds a key or words; 1 where they were written otherwise (escapes)."""
    for number, line in enumerate(text.splitlines(), 1):
        if key in line:
            return number
    return 1


def _wrong(message: str, where: str, expected: str, found: str, remedy: str) -> ConfigError:
    return ConfigError(message, where=where, expected=expected, found=found, remedy=remedy)
