"""The head-count: people by place of risk and by place of stay, category, vulnerability and state, as of one instant.

Everything comes from one bag of grains, so no figure is counted twice; the sums are checked, never assumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import repeat
from types import MappingProxyType
from typing import Final, TypeVar

from evac.columns import COLUMNS
from evac.counts.terms import WORDS, terms_of
from evac.errors import ConflictError
from evac.grain import CITY_DIGITS, COUNTY_DIGITS, PROVINCE_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS, Grain
from evac.model import Shelter, Vulnerability
from riskmap.errors import DataError

Key = TypeVar("Key", bound=Hashable)

ELSEWHERE: Final = ""
"""Where people stay of whom only a word is known: relatives who live nobody wrote down where."""

_PARTS: Final = tuple(column.value for column in COLUMNS)
"""What 应转移 is the sum of."""
_LISTED: Final = ("due", "waiting", "exempt", "withdrawn")
"""What all that are listed are the sum of."""

_DIGITS: Final = (PROVINCE_DIGITS, CITY_DIGITS, COUNTY_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS)


@dataclass(frozen=True, eq=False)
class HeadCount:
    """Who is where.

    Attributes
    ----------
    grains : mapping
        Grain -> persons, everybody once.
    at : datetime or None
        The instant that is counted; None for what the registry holds now.
    fine : bool
        False where only county, category and state are known: what more is asked is refused, never 0.
    """

    grains: Mapping[Grain, int]
    at: datetime | None = None
    fine: bool = True

    def by(self, key: Callable[[Grain], Key]) -> dict[Key, Counter[str]]:
        """Figures by any part of a grain, in the order of the keys.

        Examples
        --------
        >>> HeadCount({}).by(lambda grain: grain.category)
        {}
        """
        alike: dict[tuple[Key, tuple[str, ...]], int] = {}  # thousands of grains differ in their place alone
        for grain, n in self.grains.items():
            part = key(grain), terms_of(grain)
            alike[part] = alike.get(part, 0) + n
        found: dict[Key, Counter[str]] = {}
        left_out = frozenset() if self.fine else FINE
        for (where, terms), n in alike.items():
            row = found.get(where)
            if row is None:
                row = found[where] = Counter() if self.fine else _Coarse()
            for term in terms:
                if term not in left_out:
                    row[term] = row.get(term, 0) + n
        return dict(sorted(found.items(), key=lambda item: str(item[0])))

    @cached_property
    def _base(self) -> dict[tuple[str, str], Counter[str]]:
        """By region and category, made once: the other tables are sums of it."""
        return self.by(lambda grain: (grain.region, grain.category))

    def _summed(self, key: Callable[[str, str], str]) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for part, row in self._base.items():
            where = key(*part)
            into = found.get(where)
            if into is None:
                into = found[where] = Counter() if self.fine else _Coarse()
            for term, n in row.items():
                into[term] = into.get(term, 0) + n
        return dict(sorted(found.items()))

    def total(self) -> Counter[str]:
        """Figures of everybody."""
        return self._summed(lambda _region, _category: "").get("", Counter())

    def by_risk(self, digits: int) -> dict[str, Counter[str]]:
        """The first table: by the region where people are at risk.

        Parameters
        ----------
        digits : int
            2, 4, 6, 9 or 12; people whose village is not known stand under their county.
        """
        _require_level(digits)
        if digits > COUNTY_DIGITS:
            self._require_fine("towns and villages")
        return self._summed(lambda region, _category: region[:digits])

    def by_category(self) -> dict[str, Counter[str]]:
        """By why they must move."""
        return self._summed(lambda _region, category: category)

    def by_vulnerability(self) -> dict[Vulnerability, Counter[str]]:
        """By what makes moving harder; who has two counts in both."""
        self._require_fine("vulnerability")
        found: dict[Vulnerability, Counter[str]] = {kind: Counter() for kind in Vulnerability}
        for weak, row in self.by(lambda grain: grain.weak).items():
            for kind in filter(None, weak.split(",")):
                found[Vulnerability(kind)].update(row)
        return found

    def by_stay(
        self, digits: int, shelters: Mapping[str, Shelter] = MappingProxyType({})
    ) -> dict[str, Counter[str]]:
        """The second table: those who were moved, by the region where they stay.

        Parameters
        ----------
        digits : int
            6 or 9.
        shelters : mapping
            Id -> shelter. A place that is no shelter counts where its own code says, else under ``ELSEWHERE``.
        """
        _require_level(digits)
        self._require_fine("places of stay")
        moved = HeadCount(
            {grain: n for grain, n in self.grains.items() if "moved" in terms_of(grain)}, self.at
        )
        return moved.by(lambda grain: region_of_place(grain.place, shelters)[:digits])

    def places(self) -> Counter[str]:
        """How many people stay at each place."""
        found: Counter[str] = Counter()
        for grain, n in self.grains.items():
            if grain.place and "moved" in terms_of(grain):
                found[grain.place] += n
        return found

    def _require_fine(self, what: str) -> None:
        if not self.fine:
            raise _too_coarse(what)

    def require_sums(self, listed: Mapping[str, int] | None = None) -> None:
        """Check that every sum holds in every village and category, and that nobody on the list is left out.

        Parameters
        ----------
        listed : mapping, optional
            Village -> people on the list, asked of the list itself.

        Raises
        ------
        ConflictError
            Names the first village that does not add up.
        """
        for where, row in self._base.items():
            _require(where, row, "due", _PARTS)
            _require(where, row, "listed", _LISTED)
        if listed is not None:
            found = self.by(lambda grain: grain.village)
            for village in sorted({*listed, *(v for v in found if v)}):
                counted = sum(found.get(village, Counter())[name] for name in ("listed", "merged"))
                # who is on no list has no village either
                if counted < listed.get(village, 0) or (village and counted > listed.get(village, 0)):
                    raise _wrong(
                        f"village {village}", f"{listed.get(village, 0)} people on the list", counted
                    )


FINE: Final = frozenset(
    {
        "at_door",
        "second_round",
        "weak",
        "weak_unaccounted",
        "verified",
        "unverified",
        *(kind.value for kind in Vulnerability),
    }
)
"""Figures that a coarse count does not have."""


class _Coarse(Counter[str]):
    """Figures of a coarse count: what it does not know is refused."""

    def __missing__(self, figure: str) -> int:
        if figure in FINE:
            raise _too_coarse(figure)
        return 0


def _too_coarse(what: str) -> DataError:
    return DataError(
        "not counted so finely", where="head-count", expected="a county or less, or an instant", found=what,
        remedy="name a county (6 digits), or ask as of an instant",
    )  # fmt: skip


def _require(where: tuple[str, str], row: Mapping[str, int], name: str, parts: Iterable[str]) -> None:
    found = sum(map(row.get, parts, repeat(0)))  # thousands of rows at each count of an hour
    if row.get(name, 0) != found:
        region, category = where
        raise _wrong(f"region {region or 'unknown'}, {category}", f"{WORDS[name]} {row.get(name, 0)}", found)


def _wrong(where: str, expected: str, found: int) -> ConflictError:
    return ConflictError(
        "the head-count does not add up",
        where=where,
        expected=expected,
        found=f"terms that sum to {found}",
        remedy="report this and count by hand meanwhile: the list, the log and the count disagree",
    )


def _require_level(digits: int) -> None:
    if digits not in _DIGITS:
        raise DataError(
            "not a level of regions",
            where="head-count",
            expected="2 (province), 4 (city), 6 (county), 9 (town) or 12 (village) digits",
            found=str(digits),
        )


def region_of_place(place: str, shelters: Mapping[str, Shelter]) -> str:
    """The region in which a place of stay lies; ``ELSEWHERE`` where only a word is known.

    Examples
    --------
    >>> region_of_place("S1", {"S1": Shelter("S1", "学校", "330902", 50)}), region_of_place("330903001", {})
    ('330902', '330903001')
    >>> region_of_place("亲友家", {})
    ''
    """
    shelter = shelters.get(place)
    if shelter is not None:
        return getattr(shelter, "town", "") or shelter.county
    return place if place.isdecimal() and place.isascii() and len(place) in _DIGITS else ELSEWHERE


def percent(part: int, whole: int) -> float | None:
    """A share in percent to one decimal; None of nothing.

    Examples
    --------
    >>> percent(1, 3), percent(0, 0)
    (33.3, None)
    """
    return round(100 * part / whole, 1) if whole else None


def add(rows: Iterable[Mapping[str, int]]) -> Counter[str]:
    """The sum of some rows."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row)
    return total
