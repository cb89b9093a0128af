"""What is wrong in a TOML file, said with key, line, and the key that was perhaps meant; and what is right in it all the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from riskmap.errors import ConfigError
from riskmap.io.toml_file import key_lines

if TYPE_CHECKING:
    from pydantic import ValidationError

Keys = tuple[str | int, ...]
"""Keys from the top of the file; entries of ``[[sections]]`` are counted from 0."""

_UNKNOWN: Final = "unexpected_keyword_argument"
_MISSING: Final = ("missing", "missing_argument")


def explain_values(
    problem: ValidationError, kind: type, path: Path, text: str, *, example: str
) -> dict[Keys, ConfigError]:
    """Every fault of a validation, one a key.

    Parameters
    ----------
    problem : ValidationError
    kind : type
        Dataclass that was asked for.
    path, text
        Of the file.
    example : str
        A file that shows all keys.
    """
    lines = key_lines(text)
    found: dict[Keys, ConfigError] = {}
    missing: dict[Keys, Any] = {}
    for error in problem.errors():
        at: Keys = tuple(int(part) if str(part).isdigit() else str(part) for part in error["loc"])
        if error["type"] in _MISSING:
            missing[at] = error
        else:  # what a value might have been instead has a fault each, behind the key
            key = at if error["type"] == _UNKNOWN else _longest(at, lines) or at
            found.setdefault(key, _explain(error, at, kind, path, lines, example))
    for at, error in missing.items():
        if not _misspelt(at, found, kind):
            found[at] = _explain(error, at, kind, path, lines, example)
    return found


def _longest(at: Keys, lines: Mapping[Keys, int]) -> Keys | None:
    """The part of a place that stands in the file."""
    return next((at[:end] for end in range(len(at), 0, -1) if at[:end] in lines), None)


def _misspelt(at: Keys, found: Mapping[Keys, ConfigError], kind: type) -> bool:
    """Whether a missing key is the one that an unknown key of its section was meant for: the spelling is what helps."""
    for key, error in found.items():
        if key[:-1] != at[:-1] or error.message != "unknown key":
            continue
        near = _near(key, kind)
        if near == at[-1]:
            return True
        if near is None:
            error.remedy = f"{error.remedy}, and add {at[-1]} = ..."
            return True
    return False


def _near(at: Keys, kind: type) -> str | None:
    return next(iter(get_close_matches(str(at[-1]), _known_keys(at[:-1], kind), n=1)), None)


def _explain(
    error: Any, at: Keys, kind: type, path: Path, lines: Mapping[Keys, int], example: str
) -> ConfigError:
    place = _longest(at, lines)
    line = None if place is None else lines[place]
    where = f"{path}, {'line ' + str(line) + ', ' if line else ''}key {'.'.join(map(str, at))}"
    if error["type"] == _UNKNOWN:
        near = _near(at, kind)
        return ConfigError(
            "unknown key", where=where, expected=" | ".join(_known_keys(at[:-1], kind)), found=str(at[-1]),
            remedy=f"did you mean {near!r}?" if near else "remove it",
        )  # fmt: skip
    if error["type"] in _MISSING:
        return ConfigError(
            "a key is missing", where=where, expected=f"{at[-1]} = ...", found="nothing",
            remedy=f"add it; {example} shows a whole one",
        )  # fmt: skip
    return ConfigError(
        "a value is not what it must be", where=where, expected=str(error["msg"]),
        found=repr(error.get("input")), remedy="mend the value",
    )  # fmt: skip


def _known_keys(section: Keys, kind: Any) -> list[str]:
    for name in section:
        kind = kind if isinstance(name, int) else get_type_hints(kind).get(name, kind)
        kind = _table(kind) or kind
    return [f.name for f in fields(kind)] if is_dataclass(kind) else []


def _table(kind: Any) -> Any:
    """The dataclass that a section, one that may be absent, or the entries of ``[[sections]]`` become; None for a plain value."""
    return kind if is_dataclass(kind) else next((k for k in get_args(kind) if is_dataclass(k)), None)


def values_of(section: Any, at: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every key and value of what was read, defaults included; sections that are not there have none.

    Examples
    --------
    >>> from riskmap.scenario import SurgeSection
    >>> dict(values_of(SurgeSection(), ("surge",)))
    {('surge', 'step'): 0.05, ('surge', 'drag'): 'zijlema'}
    """
    for field in fields(section):
        value, keys = getattr(section, field.name), (*at, field.name)
        if is_dataclass(value):
            yield from values_of(value, keys)
        elif isinstance(value, tuple) and value and is_dataclass(value[0]):
            for n, entry in enumerate(value):
                yield from values_of(entry, (*keys, n))
        else:
            yield keys, value


def sound_values(
    kind: Any, content: Any, wrong: Collection[Keys], at: Keys = ()
) -> Iterator[tuple[Keys, Any]]:
    """As ``values_of``, of a file in which something is wrong: only what is right.

    Parameters
    ----------
    kind : type
        Dataclass that was asked for.
    content : mapping
        What TOML gave.
    wrong : collection of keys
        What was found wrong.
    at : keys
        Where the content stands.
    """
    from pydantic import TypeAdapter

    hints = get_type_hints(kind)
    for field in fields(kind) if isinstance(content, Mapping) else ():
        keys, hint = (*at, field.name), hints[field.name]
        table = _table(hint)
        if keys in wrong:
            continue
        if field.name not in content:
            if field.default is not MISSING:
                yield keys, field.default
            elif field.default_factory is not MISSING and table is not None:
                yield from values_of(field.default_factory(), keys)
        elif table is None:
            if not any(one[: len(keys)] == keys for one in wrong):
                yield keys, TypeAdapter(hint).validate_python(content[field.name])
        elif isinstance(content[field.name], list):
            for n, entry in enumerate(content[field.name]):
                yield from sound_values(table, entry, wrong, (*keys, n))
        else:
            yield from sound_values(table, content[field.name], wrong, keys)
