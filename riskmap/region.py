"""Administrative regions, keyed by code, with their dates of validity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, eq=False)
class Region:
    """One administrative unit.

    Attributes
    ----------
    code : str
        Administrative code: 4 digits city, 6 county, 9 township, 12 village.
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
    """

    code: str
    name: str
    city_code: str
    city_name: str
    geometry: Any
    population: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the unit exists in this shape on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


def cities(regions: Sequence[Region]) -> dict[str, tuple[Region, ...]]:
    """Counties by city code, both in the order given."""
    found: dict[str, list[Region]] = {}
    for region in regions:
        found.setdefault(region.city_code, []).append(region)
    return {code: tuple(members) for code, members in found.items()}
