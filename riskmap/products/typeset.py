"""Typst source and data in, PDF or PNG out: one scan of the fonts for many documents, a compiler for each thread.

Letters use it, and so do pendants and sheets of ``evac``. The source finds its data with
``#let data = json(bytes(sys.inputs.data))`` and its fonts with ``json(bytes(sys.inputs.fonts))``: a
dictionary with the keys ``serif`` and ``sans``. An SVG picture travels as a string of the data:
``image(bytes(data.picture), format: "svg")``.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from riskmap.errors import ConfigError, DataError, MissingExtraError, SourceError
from riskmap.io.font_coverage import characters_of

PDF_STANDARD: Final = "a-2b"
"""PDF/A-2b (ISO 19005-2): fonts embedded, no outside content, fit for an archive."""

SERIF_FAMILIES: Final = (
    "FangSong_GB2312",
    "仿宋_GB2312",
    "FangSong",
    "仿宋",
    "STFangsong",
    "华文仿宋",
    "Noto Serif SC",
)
"""Families for the running text of a document, the standard's own first."""

SANS_FAMILIES: Final = ("SimHei", "黑体", "STHeiti", "华文黑体", "Noto Sans SC")
"""Families for headings and tables."""

NO_GLYPH: Final = "〓"
"""Stands for a character that no font has (下駄), as printers do: an archive's PDF wants every glyph."""
_AROUND: Final = 8
"""Characters of a text that are told before and after one that no font has."""
_INVISIBLE: Final = frozenset({"Cf", "Zl", "Zp"})
_SELECTORS: Final = frozenset((*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))))
_CONTROL: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u00(?:0[0-8be]|1[0-9a-f])|[bf])")
"""A control character as JSON writes it, but for tab and the ends of lines."""
_LOCK: Final = threading.Lock()


@dataclass(frozen=True)
class FontSet:
    """Fonts that a document may use; nothing else of the system is looked at.

    Attributes
    ----------
    folders : tuple of path
        Where the font files lie.
    serif : str
        Family of titles and running text (a bureau's own 仿宋 or 小标宋 goes here).
    sans : str
        Family of headings, tables and maps (黑体).
    """

    folders: tuple[Path, ...]
    serif: str = "Noto Serif SC"
    sans: str = "Noto Sans SC"


_KEPT: Final = 4
_FREE: Final[dict[FontSet, list[Any]]] = {}
"""Compilers that nobody uses now, ``_KEPT`` of as many sets: one is one world whose inputs are state, and each thread takes its own."""


def bundled_fonts() -> FontSet:
    """Noto Serif SC and Noto Sans SC (SIL Open Font License) of the extra ``letters``.

    Raises
    ------
    MissingExtraError
        The extra is not installed.
    """
    try:
        from pylopdf_fonts_zh_cn import sans_path, serif_path
    except ImportError as error:
        raise _missing("pylopdf_fonts_zh_cn") from error
    return FontSet(tuple(dict.fromkeys((serif_path().parent, sans_path().parent))))


def own_fonts(folder: str | Path, *, serif: str | None = None, sans: str | None = None) -> FontSet:
    """A bureau's own fonts, with the bundled ones behind them.

    Parameters
    ----------
    folder : path
        Where its font files lie.
    serif, sans : str, optional
        Family names. Where both are None, the first family of ``SERIF_FAMILIES`` and ``SANS_FAMILIES`` that the folder
        has, and the bundled one where it has none of a list.

    Raises
    ------
    SourceError
        The folder is not there.
    ConfigError
        No family was named, and the folder has none that is known as 仿宋 or 黑体: it would be passed over in silence.
    """
    if not Path(folder).is_dir():
        raise SourceError(
            "the font folder is not there",
            where=str(folder),
            expected="a folder with TTF or OTF files",
            remedy="check the path",
        )
    base = bundled_fonts()
    if serif is None and sans is None:
        families = _families(str(folder))
        serif = next((name for name in SERIF_FAMILIES if name.casefold() in families), None)
        sans = next((name for name in SANS_FAMILIES if name.casefold() in families), None)
        if serif is None and sans is None:
            raise ConfigError(
                "no font for official documents is in the folder",
                where=str(folder),
                expected=f"one of {', '.join((*SERIF_FAMILIES, *SANS_FAMILIES))}",
                found=", ".join(sorted(families)) or "no fonts",
                remedy="put 仿宋 or 黑体 there, or leave [products] fonts out for the bundled ones",
            )
    return FontSet((Path(folder), *base.folders), serif or base.serif, sans or base.sans)


def _families(folder: str) -> set[str]:
    """Families of the fonts in a folder, small letters."""
    held = _typst().Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
    return {str(family).casefold() for family in held.families()}


def without_glyph(text: str, fonts: FontSet | None = None) -> str:
    """The characters of a text that no font has, each once, in order: they are set as ``NO_GLYPH``.

    Parameters
    ----------
    fonts : FontSet, optional
        ``bundled_fonts()`` where None.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.

    Examples
    --------
    >>> without_glyph("𠮷田茂"), without_glyph("张三丰")
    ('𠮷', '')
    """
    rare = sorted(c for c in set(text) if not c.isascii() and c not in _SELECTORS)
    if not rare:
        return ""
    has = characters_of((fonts or bundled_fonts()).folders)
    return "".join(c for c in rare if ord(c) not in has and unicodedata.category(c) not in _INVISIBLE)


def rare_in(data: Any, fonts: FontSet | None = None) -> str:
    """Which characters of which words of a document no font has, in words; empty where every font has all.

    Parameters
    ----------
    data : Any
        What the document is made of, as ``compile_pdf`` takes it; pictures (SVG) are left out.
    fonts : FontSet, optional
        ``bundled_fonts()`` where None.

    Examples
    --------
    >>> rare_in({"title": "关于𠮷田村的函", "to": ["张三"]})
    '𠮷 (U+20BB7) of 关于𠮷田村的函'
    """
    texts = dict.fromkeys(_texts(data))
    lacking = without_glyph("".join(texts), fonts)
    found = []
    for character in lacking:
        text = next(text for text in texts if character in text)
        at = text.index(character)
        words = " ".join(text[max(0, at - _AROUND) : at + _AROUND + 1].split())
        found.append(f"{character} (U+{ord(character):04X}) of {words}")
    return "; ".join(found)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        if not data.lstrip().startswith("<"):
            yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, Iterable):
        for value in data:
            yield from _texts(value)


def compile_pdf(
    source: str,
    data: Mapping[str, Any],
    *,
    created_at: datetime,
    fonts: FontSet | None = None,
    standard: str = PDF_STANDARD,
) -> bytes:
    """A PDF of a Typst source.

    Parameters
    ----------
    source : str
        Typst markup.
    data : mapping
        Anything that JSON can hold; ``sys.inputs.data`` in the source. Characters that no font has are set as ``NO_GLYPH``.
    created_at : datetime
        Creation date written into the file, with time zone: the same arguments give the same bytes.
    fonts : FontSet, optional
        ``bundled_fonts()`` where None.
    standard : str
        PDF standard, e.g. ``a-2b`` or ``1.7``.

    Returns
    -------
    bytes

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    ConfigError
        A font is missing (named), or the source does not compile (first diagnostic).
    DataError
        The creation date has no time zone, or the data is no JSON.
    """
    out = _compile(source, data, created_at, fonts, {"format": "pdf", "pdf_standards": [standard]})
    return b"".join(out)


def compile_png(
    source: str,
    data: Mapping[str, Any],
    *,
    created_at: datetime,
    fonts: FontSet | None = None,
    ppi: float = 200.0,
) -> tuple[bytes, ...]:
    """PNG pictures of a Typst source, one a page.

    Parameters
    ----------
    source, data, created_at, fonts
        As in ``compile_pdf``.
    ppi : float
        Pixels per inch.

    Returns
    -------
    tuple of bytes

    Raises
    ------
    MissingExtraError, ConfigError, DataError
        As in ``compile_pdf``.
    """
    return _compile(source, data, created_at, fonts, {"format": "png", "ppi": ppi})


def svg_png(svg: str, *, width: float, created_at: datetime, fonts: FontSet | None = None) -> bytes:
    """A PNG of one SVG picture, its text set in the given fonts.

    Parameters
    ----------
    svg : str
        The picture.
    width : float
        Width on paper [mm]; 150 pixels an inch.

    Raises
    ------
    MissingExtraError, ConfigError, DataError
        As in ``compile_pdf``.
    """
    source = (
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        # the family of running text: a picture that a document was just set with is not read a second time
        "#set text(font: json(bytes(sys.inputs.fonts)).serif)\n"
        "#let data = json(bytes(sys.inputs.data))\n"
        '#image(bytes(data.svg), format: "svg", width: data.width * 1mm)\n'
    )
    return compile_png(source, {"svg": svg, "width": width}, created_at=created_at, fonts=fonts, ppi=150.0)[0]


def _compile(
    source: str,
    data: Mapping[str, Any],
    created_at: datetime,
    fonts: FontSet | None,
    options: dict[str, Any],
) -> tuple[bytes, ...]:
    if created_at.tzinfo is None:
        raise DataError(
            "the creation date has no time zone", where="created_at", expected="a time-zone-aware datetime",
            found=created_at.isoformat(), remedy="pass the issue time of the outlook",
        )  # fmt: skip
    chosen = fonts or bundled_fonts()
    typst = _typst()
    inputs = {
        "data": _printable(_json(data), chosen),
        "fonts": json.dumps({"serif": chosen.serif, "sans": chosen.sans}, ensure_ascii=False),
    }
    try:
        with _compiler(chosen) as compiler:
            out, warnings = compiler.compile_with_warnings(
                input=source.encode(), sys_inputs=inputs, timestamp=int(created_at.timestamp()), **options
            )
    except typst.TypstError as error:
        raise ConfigError(
            "the template does not compile",
            where="typst",
            found=f"{error.message}\n{error.diagnostic}",
            remedy="correct the template or its data",
        ) from error
    for warning in warnings:
        if "unknown font family" in warning.message:
            raise _no_font(warning.message.rpartition(":")[2].strip(), chosen)
    return tuple(out) if isinstance(out, list) else (out,)


@contextmanager
def _compiler(fonts: FontSet) -> Iterator[Any]:
    """A compiler that no other thread uses meanwhile."""
    held = _held(fonts)
    with _LOCK:
        compiler = _FREE[fonts].pop(0) if _FREE.get(fonts) else None
    if compiler is None:
        compiler = _typst().Compiler(font_paths=held, ignore_system_fonts=True)
    try:
        yield compiler
    finally:
        with _LOCK:
            _FREE[fonts] = [compiler, *_FREE.pop(fonts, ())][:_KEPT]
            if len(_FREE) > _KEPT:
                del _FREE[next(iter(_FREE))]


@lru_cache(maxsize=_KEPT)
def _held(fonts: FontSet) -> Any:
    """The fonts of a set, scanned once; every family that was asked for is there."""
    typst = _typst()
    paths = [str(folder) for folder in fonts.folders]
    held = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
    families = {family.casefold() for family in held.families()}
    for family in (fonts.serif, fonts.sans):
        if family.casefold() not in families:
            raise _no_font(family, fonts)
    return held


def _printable(text: str, fonts: FontSet) -> str:
    """JSON with a mark for every character that no font has."""
    if any(sign in text for sign in ("\\u00", "\\b", "\\f")):  # a picture has thousands of other backslashes
        text = _CONTROL.sub(rf"\1{NO_GLYPH}", text)
    lacking = without_glyph(text, fonts)
    return text.translate(dict.fromkeys(map(ord, lacking), NO_GLYPH)) if lacking else text


def _json(data: Mapping[str, Any]) -> str:
    try:
        return json.dumps(data, ensure_ascii=False, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise DataError(
            "the document's data is no JSON", where="data", expected="strings, finite numbers, lists and mappings",
            found=str(error), remedy="turn dates and numbers that are unknown into text",
        ) from error  # fmt: skip


def _no_font(family: str, fonts: FontSet) -> ConfigError:
    return ConfigError(
        f"the font {family!r} is missing", where="fonts", expected="a TTF or OTF file of that family",
        found=f"none in {', '.join(folder.name for folder in fonts.folders)}",
        remedy="put the font file into the folder, or name another family",
    )  # fmt: skip


def _typst() -> Any:
    try:
        import typst
    except ImportError as error:
        raise _missing("typst") from error
    return typst


def _missing(package: str) -> MissingExtraError:
    return MissingExtraError(
        f"{package} is not installed", where="letters", expected="the extra `letters`", remedy="pip install 'riskmap[letters]'"
    )  # fmt: skip
