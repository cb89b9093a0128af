"""Where in a rule file something stands, and the checks that every section of one passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from math import isfinite
from typing import Any, Final

from riskmap.errors import ConfigError, Faults

STATUSES: Final = ("S", "M", "D")

Keys = tuple[str | int, ...]
"""Keys from the top of a TOML file; numbers count the entries of ``[[sections]]`` from 0."""


@dataclass(frozen=True)
class Place:
    """A key or section of a file.

    Attributes
    ----------
    file : str
    lines : mapping
        Keys -> line from 1; see ``riskmap.io.toml_file.key_lines``.
    keys : tuple
    words : tuple of str
        The same for a reader.

    Examples
    --------
    >>> str(Place("wind.toml", {("metric", 0): 12}).entry("metric", 0).key("units"))
    'wind.toml, line 12, [[metric]] number 1, units'
    """

    file: str
    lines: Mapping[Keys, int] = field(default_factory=dict)
    keys: Keys = ()
    words: tuple[str, ...] = ()

    def key(self, name: str) -> Place:
        """A key of this section."""
        return replace(self, keys=(*self.keys, name), words=(*self.words, name))

    def section(self, name: str) -> Place:
        """A section of this one."""
        dotted = ".".join(str(k) for k in (*self.keys, name))
        return replace(self, keys=(*self.keys, name), words=(f"[{dotted}]",))

    def entry(self, name: str, index: int) -> Place:
        """One of several sections of a name, from 0."""
        return replace(self, keys=(*self.keys, name, index), words=(f"[[{name}]] number {index + 1}",))

    @property
    def line(self) -> int | None:
        """Line of the key, or of the section that it should stand in."""
        for end in range(len(self.keys), 0, -1):
            if self.keys[:end] in self.lines:
                return self.lines[self.keys[:end]]
        return None

    def __str__(self) -> str:
        line = [] if self.line is None else [f"line {self.line}"]
        return ", ".join([self.file, *line, *self.words])


def only(content: Mapping[str, Any], known: Set[str], place: Place) -> None:
    """Refuse keys that are not known; suggests the nearest of each.

    Raises
    ------
    ConfigError
    """
    faults = Faults()
    for key in sorted(set(content) - known):
        near = get_close_matches(key, sorted(known), n=1)
        faults.add(ConfigError(
            f"unknown key {key!r}", where=str(replace(place.key(key), words=place.words)),
            expected=", ".join(sorted(known)), found=key,
            remedy=f"did you mean {near[0]!r}?" if near else "remove it",
        ))  # fmt: skip
    faults.tell()


def every(content: Mapping[str, Any], needed: Set[str], place: Place) -> None:
    """Refuse a section in which keys are missing.

    Raises
    ------
    ConfigError
    """
    faults = Faults()
    for key in sorted(needed - set(content)):
        faults.add(ConfigError(
            f"the key {key!r} is missing", where=str(place), expected=", ".join(sorted(needed)),
            found=", ".join(sorted(content)) or "nothing", remedy=f"add {key} = ...",
        ))  # fmt: skip
    faults.tell()


def judged(
    content: Mapping[str, Any],
    judges: Mapping[str, Callable[[Any, Place], Any]],
    place: Place,
    faults: Faults,
) -> dict[str, Any]:
    """What each key of a section was found to be; a fault of one hides none of another, and leaves its key out.

    Parameters
    ----------
    content : mapping
        The section; a key that it lacks is left out, see ``every``.
    judges : mapping
        Key -> what takes its value and its place, and refuses what is wrong.
    place : Place
        Of the section.
    faults : Faults
        Takes what is wrong.

    Examples
    --------
    >>> faults = Faults()
    >>> judged({"source": "", "status": "D"}, {"source": source, "status": status}, Place("wind.toml"), faults)
    {'status': 'D'}
    >>> [fault.where for fault in faults.found]
    ['wind.toml, source']
    """
    found = {}
    for name in (name for name in judges if name in content):
        with faults:
            found[name] = judges[name](content[name], place.key(name))
    return found


def keys_of(
    content: Mapping[str, Any], needed: Set[str], place: Place, faults: Faults, more: Set[str] = frozenset()
) -> None:
    """``only`` and ``every``, both gathered."""
    with faults:
        only(content, needed | more, place)
    with faults:
        every(content, needed, place)


def table(content: Any, place: Place) -> Mapping[str, Any]:
    """A section.

    Raises
    ------
    ConfigError
        Something else stands there.
    """
    if not isinstance(content, Mapping):
        raise ConfigError(
            "not a section", where=str(place), expected="[section] with key = value lines", found=repr(content)[:60],
            remedy="see the bundled rules",
        )  # fmt: skip
    return content


def status(value: Any, place: Place) -> str:
    """S, M or D.

    Raises
    ------
    ConfigError
    """
    if value not in STATUSES:
        raise ConfigError(
            "a number without a valid status", where=str(place),
            expected="S (read in a source), M (remembered) or D (own proposal)", found=repr(value),
            remedy='add status = "D" if nothing was published',
        )  # fmt: skip
    return str(value)


def source(value: Any, place: Place) -> str:
    """Words that are not blank.

    Raises
    ------
    ConfigError
    """
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(
            "a threshold without a source", where=str(place), expected="where the numbers were read", found="nothing",
            remedy='name the document, or set status = "D" and say whose proposal it is',
        )  # fmt: skip
    return value


def words(value: Any, place: Place) -> str:
    """Text that is not blank.

    Raises
    ------
    ConfigError
    """
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(
            "an empty entry",
            where=str(place),
            expected="text",
            found=repr(value),
            remedy="fill it in, or remove it",
        )
    return value


def number(value: Any, place: Place, *, low: float, high: float, whole: bool = False) -> float:
    """A number between two bounds.

    Raises
    ------
    ConfigError
    """
    if not is_number(value) or not low <= value <= high or (whole and not isinstance(value, int)):
        raise ConfigError(
            "not a number that can be", where=str(place),
            expected=f"{'a whole number' if whole else 'a number'}, {low:g} to {high:g}", found=repr(value),
            remedy="correct it",
        )  # fmt: skip
    return float(value)


def flag(value: Any, place: Place) -> bool:
    """true or false.

    Raises
    ------
    ConfigError
    """
    if not isinstance(value, bool):
        raise ConfigError(
            "neither true nor false", where=str(place), expected="true or false", found=repr(value), remedy="mend it"
        )  # fmt: skip
    return value


def one_of(value: Any, known: tuple[str, ...], place: Place) -> str:
    """One of some words.

    Raises
    ------
    ConfigError
    """
    if value not in known:
        near = get_close_matches(str(value), known, n=1)
        raise ConfigError(
            "an unknown word", where=str(place), expected=" | ".join(known), found=repr(value),
            remedy=f"did you mean {near[0]!r}?" if near else "take one of these",
        )  # fmt: skip
    return str(value)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
