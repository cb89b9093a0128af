"""Administrative regions, keyed by code, with their dates of validity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal

Level = Literal["city", "county", "township", "village", "unit"]
"""City, county, township, village by their codes; ``unit`` = a unit with a command of its own (新城, 高新区) over the counties."""

CODE_DIGITS: Final = MappingProxyType({"city": 4, "county": 6, "township": 9, "village": 12})
"""Digits of an administrative code; GB/T 2260 and GB/T 10114 (status M)."""


@dataclass(frozen=True, eq=False)
class Region:
    """One administrative unit.

    Attributes
    ----------
    code : str
        Administrative code: 4 digits city, 6 county, 9 township, 12 village; a unit's own code.
    name, city_name : str
        Chinese names.
    city_code : str
        4-digit code of the prefecture-level city.
    geometry : shapely Polygon or MultiPolygon
        Outline in WGS-84 longitude, latitude [degrees].
    population : int or None
        Residents (census 2020 unless the user says otherwise); None where not known.
    valid_from, valid_to : date or None
        Days between which the unit exists in this shape; None = open.
    level : str
        See ``Level``.
    point : (longitude, latitude) or None
        A unit known as a point [degrees]; ``geometry`` is then the cell or disc that stands for it.
    unusable : str
        Why its outline cannot be used (it crosses itself ...): its cells are unknown then, and it is grey.
    aged : (int or None, int or None, int or None)
        Residents aged 60, 65 and 80 and over; None where not known.
    urban : int or None
        Residents who live in towns; None where not known.
    """

    code: str
    name: str
    city_code: str
    city_name: str
    geometry: Any
    population: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    level: Level = "county"
    point: tuple[float, float] | None = None
    unusable: str = ""
    aged: tuple[int | None, ...] = (None, None, None)
    urban: int | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the unit exists in this shape on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True)
class Listed:
    """A unit of which only code and name are known: it can be found by name, and is never coloured.

    Attributes
    ----------
    code, name : str
        Administrative code and Chinese name.
    """

    code: str
    name: str

    @property
    def county(self) -> str:
        """Code of its county."""
        return self.code[:6]


def cities(regions: Sequence[Region]) -> dict[str, tuple[Region, ...]]:
    """Counties by city code, both in the order given."""
    found: dict[str, list[Region]] = {}
    for region in regions:
        found.setdefault(region.city_code, []).append(region)
    return {code: tuple(members) for code, members in found.items()}
