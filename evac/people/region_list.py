"""Codes and names of counties, towns and villages, against which a list of people is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

LENGTHS: Final = (6, 9, 12)
"""Digits of a county, a town and a village."""
_SUFFIXES: Final = (
    "居民委员会",
    "村民委员会",
    "社区居委会",
    "居委会",
    "村委会",
    "社区",
    "街道",
    "行政村",
    "乡",
    "镇",
    "村",
)


@dataclass(frozen=True)
class Regions:
    """What is known of administrative units.

    Parameters
    ----------
    names : mapping
        Code of 6, 9 or 12 digits -> name.

    Examples
    --------
    >>> zhejiang = Regions({"330902": "定海区", "330902001": "昌国街道", "330902001001": "东园社区居委会"})
    >>> zhejiang.named("东园", within="330902"), zhejiang.knows("330281")
    ('330902001001', False)
    """

    names: Mapping[str, str] = field(default_factory=dict)
    _by_name: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False)
    _levels: set[tuple[int, str]] = field(default_factory=set, init=False, repr=False)

    def __post_init__(self) -> None:
        for code, name in self.names.items():
            self._levels.add((len(code), code[:6]))
            for form in _forms(name):
                self._by_name.setdefault(form, []).append(code)

    def knows(self, code: str) -> bool:
        """Whether a code is on the list."""
        return code in self.names

    def lists(self, digits: int, county: str = "") -> bool:
        """Whether the list has codes of so many digits, in a county if one is given."""
        return (
            (digits, county) in self._levels if county else any(level == digits for level, _ in self._levels)
        )

    def named(self, name: str, *, within: str = "", digits: int = 0) -> str:
        """The one code of a name within a unit; empty where there is none, or more than one."""
        found = {
            code
            for form in _forms(name)
            for code in self._by_name.get(form, ())
            if code.startswith(within) and (not digits or len(code) == digits)
        }
        return found.pop() if len(found) == 1 else ""


NO_REGIONS: Final = Regions()
"""No list: codes are checked by their digits alone."""


def _forms(name: str) -> Iterator[str]:
    whole = "".join(name.split())
    yield whole
    for suffix in _SUFFIXES:
        if whole.endswith(suffix) and len(whole) - len(suffix) > 1:
            yield whole.removesuffix(suffix)
            return


def regions_of(rows: Iterable[tuple[str, str]]) -> Regions:
    """Regions of (code, name) pairs; pairs whose code has not 6, 9 or 12 digits are passed over."""
    return Regions({c: n for c, n in rows if c.isdecimal() and c.isascii() and len(c) in LENGTHS})
