"""A village's own plan for a typhoon: who is in danger where, by which way to which shelter, and whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

NO_OTHER_KEYS: Final = {"extra": "forbid"}

DANGERS: Final = {
    "flash_flood": "山洪", "landslide": "地质灾害", "low_spot": "低洼易涝", "sea_wall": "海塘外", "reservoir": "水库山塘下游",
    "old_house": "危旧房", "other": "其他",
}  # fmt: skip
"""Kind of danger area -> its word."""

Position = tuple[float, float]
"""Longitude, latitude [degrees]."""


@dataclass(frozen=True)
class DangerArea:
    """One danger area (危险区).

    Attributes
    ----------
    kind : str
        One of ``DANGERS``.
    households, people : int, optional
        Registered there.
    responsible, phone : str
        Who calls the people out; printed as given, blank to be filled in by hand.
    shelter : str
        Name of the shelter that its people go to.
    manner : str
        How they go: on foot, by bus.
    outline : tuple of (longitude, latitude)
        Corners [degrees]; may be empty.
    at : (longitude, latitude), optional
        A point [degrees] where there is no outline.
    """

    __pydantic_config__: ClassVar = NO_OTHER_KEYS
    name: str
    kind: Literal["flash_flood", "landslide", "low_spot", "sea_wall", "reservoir", "old_house", "other"]
    shelter: str = ""
    households: int | None = None
    people: int | None = None
    responsible: str = ""
    phone: str = ""
    manner: str = ""
    outline: tuple[Position, ...] = ()
    at: Position | None = None


@dataclass(frozen=True)
class Shelter:
    """One shelter (避灾安置场所); ``places`` is the number of people it takes."""

    __pydantic_config__: ClassVar = NO_OTHER_KEYS
    name: str
    places: int | None = None
    address: str = ""
    keeper: str = ""
    phone: str = ""
    at: Position | None = None


@dataclass(frozen=True)
class Route:
    """A way that people take (转移路线): from a danger area to a shelter, along ``line`` [degrees]; ``length`` [m]."""

    __pydantic_config__: ClassVar = NO_OTHER_KEYS
    start: str
    shelter: str
    line: tuple[Position, ...] = ()
    length: float | None = None
    avoid: str = ""


@dataclass(frozen=True)
class Contact:
    """One person to call: the post, the name and the number, as given."""

    __pydantic_config__: ClassVar = NO_OTHER_KEYS
    post: str
    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Village:
    """A village's sheet.

    Attributes
    ----------
    code : str
        12-digit code.
    datum : str
        Of every position: ``wgs84``, ``cgcs2000`` or ``gcj02``, which is converted; must be said where there is a position.
    example : bool
        Invented (示例): said all over the sheet.
    updated : str
        When the plan was last checked, as printed.
    prepare, move : str
        The signals to prepare and to move, e.g. 铜锣慢敲 and 铜锣急敲.
    """

    __pydantic_config__: ClassVar = NO_OTHER_KEYS
    name: str
    code: str
    township: str
    county: str
    updated: str
    example: bool = False
    datum: Literal["wgs84", "cgcs2000", "gcj02"] | None = None
    approval_number: str = ""
    prepare: str = ""
    move: str = ""
    danger: tuple[DangerArea, ...] = ()
    shelter: tuple[Shelter, ...] = ()
    route: tuple[Route, ...] = ()
    contact: tuple[Contact, ...] = ()

    @property
    def positions(self) -> tuple[Position, ...]:
        """Every longitude and latitude that is given [degrees]."""
        points = [p for area in self.danger for p in (*area.outline, *([area.at] if area.at else []))]
        points += [shelter.at for shelter in self.shelter if shelter.at]
        return (*points, *(p for route in self.route for p in route.line))
