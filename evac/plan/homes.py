"""Who needs a place: homes as a plan of shelters sees them, and as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.model import Vulnerability
from riskmap.errors import DataError

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]


class Facility(StrEnum):
    """What a shelter has beyond floor and roof; ``chinese`` is the heading of its column."""

    STEP_FREE = "step_free"
    MEDICAL = "medical"
    MOTHER_AND_INFANT = "mother_and_infant"

    @property
    def chinese(self) -> str:
        """Heading of the shelters' table."""
        return _FACILITY_WORDS[self]

    @property
    def bit(self) -> int:
        """Its place in a set that is kept as one number."""
        return 1 << list(Facility).index(self)


_FACILITY_WORDS: Final = MappingProxyType(
    {Facility.STEP_FREE: "无障碍", Facility.MEDICAL: "医务", Facility.MOTHER_AND_INFANT: "母婴室"}
)


def facility_bits(facilities: Iterable[Facility]) -> int:
    """A set of facilities as one number.

    Examples
    --------
    >>> facility_bits([Facility.MEDICAL, Facility.STEP_FREE])
    3
    """
    return sum({facility.bit for facility in facilities})


@dataclass(frozen=True, slots=True)
class Home:
    """People who go to one shelter together.

    Attributes
    ----------
    key : str
        Identity: a household's id, or a modelled block's.
    people : int
        At least 1.
    longitude, latitude : float or None
        WGS-84 [degree]; None where not known: such a home is listed as unplaced.
    county : str
        Administrative code, 6 digits.
    needs : tuple of Vulnerability
        Of anybody in it.
    order : int
        Among homes alike, a smaller one is placed first.
    whole : bool
        False for a modelled block of people, which may be divided between shelters; a household never is.
    modelled : bool
        Nobody was counted: said wherever the home is shown.

    Raises
    ------
    DataError
        No people, or a position that is none.

    Examples
    --------
    >>> Home("H1", 3, 122.1, 30.0).people
    3
    """

    key: str
    people: int
    longitude: float | None = None
    latitude: float | None = None
    county: str = ""
    needs: tuple[Vulnerability, ...] = ()
    order: int = 0
    whole: bool = True
    modelled: bool = False

    def __post_init__(self) -> None:
        if self.people < 1:
            raise DataError(
                "a home without people", where=f"home {self.key}", expected="1 or more", found=str(self.people),
                remedy="leave it out",
            )  # fmt: skip
        if self.longitude is None and self.latitude is None:
            return
        if (
            self.longitude is None
            or self.latitude is None
            or not (abs(self.longitude) <= 180 and abs(self.latitude) <= 90)  # NaN is not
        ):
            raise DataError(
                "a position that is none", where=f"home {self.key}", expected="longitude and latitude [degrees]",
                found=f"{self.longitude}, {self.latitude}", remedy="give both, or neither",
            )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Demand:
    """Homes as arrays; homes at one position with the same needs share a place, as a solver need not tell them apart.

    Attributes
    ----------
    homes : tuple of Home
        By key: the same homes in another order are the same demand.
    place : int64 (home,)
        Index of the home's place; -1 without a position.
    size : int64 (home,)
        People.
    whole : bool (home,)
    position : float64 (place, 2)
        Latitude, longitude [degree].
    people : int64 (place,)
    needed : int64 (place,)
        Facilities that a shelter must have, ``facility_bits``.
    weak : bool (place,)
        Somebody there is vulnerable.
    """

    homes: tuple[Home, ...]
    place: Integers
    size: Integers
    whole: NDArray[np.bool_]
    position: Numbers
    people: Integers
    needed: Integers
    weak: NDArray[np.bool_]


def demand_of(homes: Sequence[Home], facilities_needed: Mapping[Vulnerability, Iterable[Facility]]) -> Demand:
    """Homes by key, gathered into places.

    Parameters
    ----------
    homes : sequence of Home
    facilities_needed : mapping
        What a shelter must have for somebody of that kind; a kind that is not there needs nothing.

    Raises
    ------
    DataError
        One key twice.
    """
    ordered = tuple(sorted(homes, key=lambda home: home.key))
    twice = next((a.key for a, b in pairwise(ordered) if a.key == b.key), None)
    if twice is not None:
        raise DataError(
            "one home twice", where="homes", expected="each key once", found=twice,
            remedy="give each household a key of its own",
        )  # fmt: skip
    bits = {need: facility_bits(wanted) for need, wanted in facilities_needed.items()}
    kinds: dict[tuple[Vulnerability, ...], int] = {(): 0}
    for home in ordered:
        if home.needs not in kinds:
            needed = 0
            for need in home.needs:
                needed |= bits.get(need, 0)
            kinds[home.needs] = needed * 2 + 1  # the last bit: somebody is vulnerable
    count = len(ordered)
    kind = np.fromiter((kinds[home.needs] for home in ordered), np.int64, count)
    size = np.fromiter((home.people for home in ordered), np.int64, count)
    whole = np.fromiter((home.whole for home in ordered), np.bool_, count)
    at = np.fromiter((math.nan if h.latitude is None else h.latitude for h in ordered), np.float64, count)
    east = np.fromiter((math.nan if h.longitude is None else h.longitude for h in ordered), np.float64, count)
    place, first = _places(at, east, kind)
    known = place >= 0
    return Demand(
        ordered, place, size, whole, np.column_stack([at[first], east[first]]),
        np.bincount(place[known], size[known], first.size).astype(np.int64), kind[first] >> 1,
        (kind[first] & 1).astype(np.bool_),
    )  # fmt: skip


def _places(latitude: Numbers, longitude: Numbers, kind: Integers) -> tuple[Integers, Integers]:
    """Place of each home, -1 without a position; and one home of each place."""
    known = np.flatnonzero(~np.isnan(latitude))
    order = known[np.lexsort((kind[known], longitude[known], latitude[known]))]
    new = np.ones(order.size, np.bool_)
    new[1:] = (np.diff(latitude[order]) != 0) | (np.diff(longitude[order]) != 0) | (np.diff(kind[order]) != 0)
    place = np.full(latitude.size, -1, np.int64)
    place[order] = np.cumsum(new) - 1
    return place, order[new]
