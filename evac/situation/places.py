"""Regions of a screen: its level, what stands above it, what a click goes down to, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from evac.grain import CITY_DIGITS, COUNTY_DIGITS, PROVINCE_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS
from evac.model import Shelter
from evac.response.levels import superior_of
from evac.situation.document import Place
from riskmap.errors import DataError

_LEVELS: Final = MappingProxyType(
    {
        PROVINCE_DIGITS: "province", CITY_DIGITS: "city", COUNTY_DIGITS: "county", TOWN_DIGITS: "town",
        VILLAGE_DIGITS: "village",
    }
)  # fmt: skip
_BELOW: Final = MappingProxyType(
    {
        PROVINCE_DIGITS: COUNTY_DIGITS, CITY_DIGITS: COUNTY_DIGITS, COUNTY_DIGITS: TOWN_DIGITS, TOWN_DIGITS: VILLAGE_DIGITS,
        VILLAGE_DIGITS: VILLAGE_DIGITS,
    }
)  # fmt: skip

Names = Mapping[str, str]


def region(code: str, names: Names) -> Place:
    """A region by its code.

    Examples
    --------
    >>> region("330902", {"330902": "定海区"})
    Place(code='330902', name='定海区', level='county')
    """
    return Place(code, names.get(code, code), _LEVELS[len(code)])


def is_region(code: str) -> bool:
    """Whether a code has the form of a region's.

    Examples
    --------
    >>> is_region("330902"), is_region("S1"), is_region("33090")
    (True, False, False)
    """
    return code.isascii() and code.isdecimal() and len(code) in _LEVELS


def place_of(code: str, shelters: Mapping[str, Shelter], names: Names) -> Place:
    """The region or shelter of a screen; a shelter's id counts before a region's code.

    Raises
    ------
    DataError
        Neither.
    """
    if code in shelters:
        return Place(code, shelters[code].name or code, "shelter")
    if not is_region(code):
        raise DataError(
            "neither a region nor a shelter", where="situation",
            expected="a code of 2 digits (province), 4 (city), 6 (county), 9 (town) or 12 (village), or the id of a shelter",
            found=repr(code), remedy="see the table of administrative codes, or: evac shelters",
        )  # fmt: skip
    return region(code, names)


def region_of_shelter(shelter: Shelter) -> str:
    """The finest region that a shelter is known to lie in."""
    return shelter.town or shelter.county


def path_to(place: Place, shelters: Mapping[str, Shelter], names: Names) -> tuple[Place, ...]:
    """What stands above a place, from the province down.

    Examples
    --------
    >>> [p.code for p in path_to(region("330902101", {}), {}, {})]
    ['33', '3309', '330902']
    """
    code = region_of_shelter(shelters[place.code]) if place.level == "shelter" else superior_of(place.code)
    found = []
    while code:
        found.append(region(code, names))
        code = superior_of(code)
    return tuple(reversed(found))


def digits_below(place: Place) -> int:
    """Digits of the codes of a screen's rows."""
    return _BELOW[len(place.code)]


def codes_below(place: Place, names: Names, seen: Iterable[str]) -> tuple[str, ...]:
    """Codes of the rows of a screen: those of the table of names, and those that people, shelters or offices are of.

    Examples
    --------
    >>> codes_below(region("3309", {}), {"330902": "定海区", "330903": "普陀区"}, ["330921", "330902001", "33"])
    ('330902', '330903', '330921')
    """
    if place.level in ("shelter", "village"):
        return ()
    digits = digits_below(place)
    known = {code[:digits] for code in (*names, *seen) if is_region(code) and len(code) >= digits}
    return tuple(sorted(code for code in known if code.startswith(place.code)))
