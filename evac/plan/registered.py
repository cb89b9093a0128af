"""Registered people as columns: what a plan needs of two million in some hundred megabytes, without a name."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evac.grain import COUNTY_DIGITS
from evac.model import Category, State, Stay, Vulnerability
from evac.roster_row import RosterRow

CATEGORIES: Final = tuple(Category)
STATES: Final = tuple(State)
STAYS: Final = tuple(Stay)
NO_COUNTY: Final = "000000"
"""Region of people of whom nobody wrote down where they live."""
_NUMBER_OF_CATEGORY: Final = {category.value: n for n, category in enumerate(CATEGORIES)}
_NUMBER_OF_STATE: Final = {state: n for n, state in enumerate(STATES)}
_NUMBER_OF_STAY: Final = {stay.value: n for n, stay in enumerate(STAYS)}
_OTHER: Final = CATEGORIES.index(Category.OTHER)


@dataclass(frozen=True, eq=False)
class Registered:
    """People on lists, one element a person; homes and villages by index.

    Attributes
    ----------
    code : uint8 (person, 16)
        ``evac.crockford.code_of_bytes`` makes the code of it.
    home : int32 (person,)
        Index into ``households``.
    category, state, stay : uint8 (person,)
        Index into ``CATEGORIES``, ``STATES`` and ``STAYS``.
    weak : uint8 (person,)
        Bits of ``Vulnerability``, in its order.
    longitude, latitude : float64 (person,)
        Own place, else the household's, WGS-84 [degree]; NaN where not known.
    households : tuple of str
        Household as on the list; of who stands on none, an empty one each.
    village : int32 (home,)
        Index into ``villages``.
    villages : tuple of str
        Codes: 12 digits; 6 where no more is known.
    village_names : mapping
        Code -> name, as the list has it.
    """

    code: NDArray[np.uint8]
    home: NDArray[np.int32]
    category: NDArray[np.uint8]
    state: NDArray[np.uint8]
    stay: NDArray[np.uint8]
    weak: NDArray[np.uint8]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    households: tuple[str, ...]
    village: NDArray[np.int32]
    villages: tuple[str, ...]
    village_names: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.home)

    @property
    def counties(self) -> frozenset[str]:
        """Codes of the counties that have a register."""
        return frozenset(code[:6] for code in self.villages)


def needs_of(mask: int) -> tuple[Vulnerability, ...]:
    """Vulnerabilities of a set of bits.

    Examples
    --------
    >>> needs_of(5)
    (<Vulnerability.ALONE_AND_AGED: 'alone_and_aged'>, <Vulnerability.ILL: 'ill'>)
    """
    return tuple(kind for n, kind in enumerate(Vulnerability) if mask >> n & 1)


def registered(rows: Iterable[RosterRow]) -> Registered:
    """Columns of a list, read once; the order of the rows changes nothing but the order of the people.

    Parameters
    ----------
    rows : iterable of RosterRow
        From ``evac.store.planning.roster_rows``; each code once.
        Who has no code of a county is put under ``NO_COUNTY``, where no tier is known: checked, and stopping nobody else.

    Examples
    --------
    >>> from evac.crockford import bytes_of_code
    >>> row = RosterRow(bytes_of_code("7" + "C" * 25), "1", "330902", "330902001201", "大蛟村", "dangerous_house", "pregnant",
    ...                 "shelter", State.ORDERED)
    >>> people = registered([row, row._replace(code=bytes_of_code("7" + "D" * 25), weak="")])
    >>> len(people), people.villages, people.households
    (2, ('330902001201',), ('1',))
    """
    reading = _Reading()
    for row in rows:
        reading.add(row)
    return reading.columns()


class _Reading:
    """Columns as they grow."""

    def __init__(self) -> None:
        self.code = bytearray()
        self.home, self.village = array("i"), array("i")
        self.category, self.state, self.stay, self.weak = array("B"), array("B"), array("B"), array("B")
        self.longitude, self.latitude = array("d"), array("d")
        self.villages: dict[str, int] = {}
        self.homes: list[dict[str, int]] = []  # of each village
        self.households: list[str] = []
        self.names: dict[str, str] = {}
        self.masks: dict[str, int] = {"": 0}

    def add(self, row: RosterRow) -> None:
        region = row.region
        village = self.villages.get(region)
        if village is None:
            village = self._new_village(region, row)
        home = self.homes[village].get(row.household) if row.household else None
        if home is None:
            home = len(self.households)
            self.households.append(row.household)
            self.village.append(village)
            if row.household:
                self.homes[village][row.household] = home
        mask = self.masks.get(row.weak)
        if mask is None:
            mask = self.masks[row.weak] = _mask(row.weak)
        self.code += row.code
        self.home.append(home)
        self.category.append(_NUMBER_OF_CATEGORY.get(row.category, _OTHER))
        self.state.append(_NUMBER_OF_STATE[row.state])
        self.stay.append(_NUMBER_OF_STAY.get(row.stay, 0))
        self.weak.append(mask)
        if row.longitude is not None and row.latitude is not None:
            # as many as there are people, once anybody has a place
            missing = len(self.home) - 1 - len(self.longitude)
            self.longitude.extend([np.nan] * missing + [row.longitude])
            self.latitude.extend([np.nan] * missing + [row.latitude])

    def _new_village(self, region: str, row: RosterRow) -> int:
        if not (region.isascii() and region.isdecimal() and len(region) >= COUNTY_DIGITS):
            region = NO_COUNTY
            if region in self.villages:
                return self.villages[region]
        self.homes.append({})
        if row.village_name and region == row.village:
            self.names[region] = row.village_name
        return self.villages.setdefault(region, len(self.villages))

    def columns(self) -> Registered:
        n = len(self.home)
        for places in (self.longitude, self.latitude):
            places.extend([np.nan] * (n - len(places)))
        longitude, latitude = self._of_households()
        return Registered(
            np.frombuffer(bytes(self.code), np.uint8).reshape(n, 16), _of(self.home, np.int32),
            _of(self.category, np.uint8), _of(self.state, np.uint8), _of(self.stay, np.uint8), _of(self.weak, np.uint8),
            longitude, latitude, tuple(self.households),
            _of(self.village, np.int32), tuple(self.villages), MappingProxyType(dict(sorted(self.names.items()))),
        )  # fmt: skip

    def _of_households(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points of people; who has none lives where the first of the household has one: a list often gives it once."""
        home, east, north = (
            _of(values, dtype)
            for values, dtype in (
                (self.home, np.int32),
                (self.longitude, np.float64),
                (self.latitude, np.float64),
            )
        )
        known = np.flatnonzero(~np.isnan(east))
        if not known.size or known.size == home.size:
            return east, north
        first = np.full(len(self.households), -1, np.int64)
        first[home[known[::-1]]] = known[::-1]
        whose = np.where(np.isnan(east), first[home], np.arange(home.size))
        return tuple(np.where(whose >= 0, values[whose], np.nan) for values in (east, north))  # type: ignore[return-value]


def _of(values: Any, dtype: Any) -> NDArray[Any]:
    return np.frombuffer(values, dtype) if len(values) else np.empty(0, dtype)


def _mask(weak: str) -> int:
    known = [kind.value for kind in Vulnerability]
    return sum(1 << known.index(word) for word in set(weak.split(",")) if word in known)
