"""Which zones a registered person lives in: by own place, by village, by category; never by name.

People of one village and category (and one spot, where places are known) share a tie, so that two million people are some ten
thousand of them. A coarse code never lets anybody out: who is known to the county alone is in every zone of the county
that is not known to be elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evac.grain import COUNTY_DIGITS, VILLAGE_DIGITS
from evac.model import Category
from evac.plan.near import Near
from evac.plan.registered import CATEGORIES, Registered
from evac.plan.transfer_rules import TransferRules
from evac.plan.zones import MoveStep, Zone, lacking_hazards, zones_of
from riskmap.assessment import Assessment
from riskmap.grid import EARTH_RADIUS
from riskmap.scale import NO_DATA, hazard_words

UNKNOWN_HOUR: Final = -math.inf
"""An hour that nobody knows may be now."""

_SPOT: Final = 1000  # spots a degree: 111 m, people of one spot share a tie
_SPOT_SLACK: Final = 80.0  # m, half a spot's diagonal


Point = tuple[float, float]


class Place(NamedTuple):
    """A point of a village, WGS-84 [degree], and minutes from there to safety where somebody knows them."""

    longitude: float
    latitude: float
    travel_minutes: float | None = None


@dataclass(frozen=True)
class Tie:
    """What the zones together ask of the people who share a tie.

    Attributes
    ----------
    rank : int
        ``MoveStep.rank`` of the worst zone; 0 where none asks for anything.
    zone : int
        Index of the zone that decides, -1 where none: the worst, a named one first, then the earliest.
    onset : float
        Earliest onset among zones at orange or red [s since 1970]; ``UNKNOWN_HOUR`` where one of them has none.
    until : float
        Latest end among them [s since 1970]; NaN where none is known.
    named : bool
        A named zone is at orange or red: a key household.
    zones : tuple of int
        Every zone that they are in.
    """

    rank: int = 0
    zone: int = -1
    onset: float = math.inf
    until: float = math.nan
    named: bool = False
    zones: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Ties:
    """Ties of all people.

    Attributes
    ----------
    zones : tuple of Zone
        Those of the assessment and the outlines, and one for each thing that is not known of a region.
    ties : tuple of Tie
    of_person : int32 (person,)
        Index into ``ties``.
    """

    zones: tuple[Zone, ...]
    ties: tuple[Tie, ...]
    of_person: NDArray[np.int32]

    @property
    def reached(self) -> frozenset[int]:
        """Zones that somebody is in."""
        used = np.unique(self.of_person) if self.of_person.size else ()
        return frozenset(zone for n in used for zone in self.ties[int(n)].zones)


def tie_people(
    people: Registered,
    assessment: Assessment,
    rules: TransferRules,
    *,
    outlines: Sequence[Zone] = (),
    places: Mapping[str, Place] | None = None,
) -> Ties:
    """Tie everybody to the zones of an assessment.

    Parameters
    ----------
    outlines : sequence of Zone
        Zones with outlines (``evac.plan.zone_outlines``); one of the id and hazard of an asset stands for it.
    places : mapping, optional
        Village code -> point of the village.
    """
    drawn = {f"asset:{zone.hazard}:{zone.zone_id.removeprefix('outline:')}" for zone in outlines}
    given = (*(zone for zone in zones_of(assessment, rules) if zone.zone_id not in drawn), *outlines)
    tying = _Tying(given, assessment, rules, places or {})
    keys = [people.village[people.home].astype(np.int64), people.category.astype(np.int64)]
    known = ~np.isnan(people.longitude) & ~np.isnan(people.latitude)
    spots = [
        np.where(known, np.round(np.nan_to_num(values) * _SPOT), 0).astype(np.int64)
        for values in (people.longitude, people.latitude)
    ]
    if known.any():
        keys += [known.astype(np.int64), *spots]
    packed = _packed(keys)
    _, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
    ties = []
    for n in first:
        village = people.villages[people.village[people.home[n]]]
        point = (spots[0][n] / _SPOT, spots[1][n] / _SPOT) if known[n] else None
        ties.append(tying.tie(village, CATEGORIES[people.category[n]], point))
    return Ties(tuple(tying.zones), tuple(ties), inverse.astype(np.int32))


def _packed(keys: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """One number for each combination of keys."""
    packed = np.zeros(keys[0].size, np.int64)
    for values in keys:
        _, inverse = np.unique(values, return_inverse=True)
        packed = packed * (int(inverse.max(initial=0)) + 1) + inverse
        _, packed = np.unique(packed, return_inverse=True)  # dense again, so that no product overflows
    return packed


class _Tying:
    """Zones by region, and ties made so far."""

    def __init__(
        self,
        zones: Sequence[Zone],
        assessment: Assessment,
        rules: TransferRules,
        places: Mapping[str, Place],
    ) -> None:
        self.zones, self.rules, self.places = list(zones), rules, places
        self.lacking = lacking_hazards(assessment)
        self.assessed = {region.code for region in assessment.regions}
        worst = assessment.published_worst
        self.grey = {region.code for n, region in enumerate(assessment.regions) if worst[n] == NO_DATA}
        by_county: dict[str, list[int]] = {}
        counties = _Counties(assessment)
        for n, zone in enumerate(zones):
            for county in {zone.region[:COUNTY_DIGITS], *counties.within_reach(zone)}:
                by_county.setdefault(county, []).append(n)
        self.by_county = {county: _ZonesOf(found, zones) for county, found in by_county.items()}
        self.ranks = [*map(_rank, zones)]
        self.made: dict[tuple[str, str], int] = {}
        self.last: tuple[str, dict[Point | None, list[int]]] = ("", {})

    def tie(self, village: str, category: Category, point: Point | None) -> Tie:
        own, hazards = set(self.rules.own(category)), set(self.rules.hazards(category))
        found: list[int] = []
        for n in self._holding(village, point):
            zone = self.zones[n]
            if zone.hazard in (own if zone.step is MoveStep.CHECK else hazards):
                found.append(n)
        if not any(self.ranks[n] >= MoveStep.PREPARE.rank for n in found):
            found += self._unknown(village[:COUNTY_DIGITS], own)
        return self._together(found)

    def _holding(self, village: str, point: Point | None) -> Sequence[int]:
        """Zones of the county that they are in, of whatever hazard: the same for all categories of a village, which follow each other."""
        zones = self.by_county.get(village[:COUNTY_DIGITS])
        if zones is None:
            return ()
        if self.last[0] != village:
            self.last = village, {}
        held = self.last[1]
        if point not in held:
            known = _known_part(village)
            perhaps = zones.perhaps(known, *self._where(point, village))
            held[point] = [n for n in perhaps if self._inside(self.zones[n], known, point, village)]
        return held[point]

    def _where(self, point: Point | None, village: str) -> tuple[Point | None, float]:
        """Their own point or that of the village, and how far they may be from it [m]."""
        if point is None and (place := self.places.get(village)) is not None:
            return (place.longitude, place.latitude), self.rules.numbers.share("village_radius_m")
        return point, _SPOT_SLACK

    def _inside(self, zone: Zone, known: str, point: Point | None, village: str) -> bool:
        by_code = known.startswith(zone.region) or zone.region.startswith(known)
        if zone.outline is None and (zone.longitude is None or zone.latitude is None):
            return by_code
        point, slack = self._where(point, village)
        if point is None:
            return by_code
        if zone.outline is not None:
            return _from_outline(zone, point) <= slack
        # an asset that is listed under the village itself is the village's, wherever its point lies
        listed_here = len(zone.region) == VILLAGE_DIGITS and known == zone.region
        return listed_here or _metres(zone, point) <= zone.reach + slack

    def _unknown(self, county: str, own: set[str]) -> list[int]:
        """Zones of what nobody knows of a county: made once each."""
        things = sorted(own & self.lacking)
        if county not in self.assessed or county in self.grey:
            things.append("combined")
        found = []
        for hazard in things:
            if (county, hazard) not in self.made:
                self.made[county, hazard] = len(self.zones)
                words = hazard_words(hazard)
                self.zones.append(
                    Zone(
                        f"unknown:{county}:{hazard}", county, hazard, None, county, None, None,
                        f"{words[0]}无研判数据,不等于安全", f"{words[1]}: not assessed, which is not safe",
                    )
                )  # fmt: skip
                self.ranks.append(_rank(self.zones[-1]))
            found.append(self.made[county, hazard])
        return found

    def _together(self, found: Sequence[int]) -> Tie:
        if not found:
            return Tie()
        rank, _, zone = min(
            (
                -self.ranks[n],
                not self.zones[n].named,
                (_onset(self.zones[n]), self.zones[n].zone_id, n),
            )
            for n in found
        )
        severe = [self.zones[n] for n in found if self.ranks[n] >= MoveStep.PREPARE.rank]
        until = [z.until.timestamp() for z in severe if z.until is not None]
        return Tie(
            -rank, zone[-1], min((_onset(z) for z in severe), default=math.inf), max(until, default=math.nan),
            any(z.named for z in severe), tuple(found),
        )  # fmt: skip


def _rank(zone: Zone) -> int:
    return zone.step.rank if zone.step is not None else 0


def _onset(zone: Zone) -> float:
    return UNKNOWN_HOUR if zone.onset is None else zone.onset.timestamp()


class _ZonesOf:
    """Zones that somebody of a county may be in, to be asked for those about a place."""

    def __init__(self, numbers: Sequence[int], zones: Sequence[Zone]) -> None:
        mine = [zones[n] for n in numbers]
        self._numbers, self._near = numbers, Near(mine, [zone.reach for zone in mine])
        self._outlined = {k for k, zone in enumerate(mine) if zone.outline is not None}

    def perhaps(self, known: str, point: Point | None, slack: float) -> list[int]:
        """Numbers of the zones that may hold people, in their order; see ``_Tying._inside``."""
        found = self._near.of_region(known)
        if point is not None:
            listed = self._near.listed_under(known) if len(known) == VILLAGE_DIGITS else set()
            found = found - self._near.pointed | self._near.of_point(*point, slack=slack) | listed
        return [self._numbers[k] for k in sorted(found | self._outlined)]


class _Counties:
    """Counties and where they end."""

    def __init__(self, assessment: Assessment) -> None:
        found = [region for region in assessment.regions if len(region.code) == COUNTY_DIGITS]
        self._codes = [region.code for region in found]
        bounds = np.array([region.geometry.bounds for region in found], np.float64).reshape(-1, 4)
        self._west, self._south, self._east, self._north = bounds.T

    def within_reach(self, zone: Zone) -> list[str]:
        """Counties into whose surroundings a zone's point reaches: a border stops no landslide. Their people are tied by points alone."""
        if zone.longitude is None or zone.latitude is None:
            return []
        tall = math.degrees(zone.reach / EARTH_RADIUS)
        wide = tall / math.cos(math.radians(zone.latitude))
        beside = (self._west - wide <= zone.longitude) & (zone.longitude <= self._east + wide)
        level = (self._south - tall <= zone.latitude) & (zone.latitude <= self._north + tall)
        return [self._codes[n] for n in np.flatnonzero(beside & level).tolist()]


def _known_part(village: str) -> str:
    """What a code says: zeros at the end fill it up where no more is known.

    Examples
    --------
    >>> _known_part("330902001000"), _known_part("330902000000"), _known_part("330902001205")
    ('330902001', '330902', '330902001205')
    """
    while len(village) > 6 and village.endswith("000"):
        village = village[:-3]
    return village


def _metres(zone: Zone, point: tuple[float, float]) -> float:
    """Great-circle distance of a point from a zone's point [m]."""
    east, north, lon, lat = map(math.radians, (zone.longitude or 0.0, zone.latitude or 0.0, *point))
    half = (
        math.sin((lat - north) / 2) ** 2 + math.cos(lat) * math.cos(north) * math.sin((lon - east) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(half))


def _from_outline(zone: Zone, point: tuple[float, float]) -> float:
    """Distance from an outline [m], never more than it is: the shorter degree counts for both directions."""
    from shapely.geometry import Point

    degrees: float = zone.outline.distance(Point(point)) if zone.outline is not None else math.inf
    return degrees * math.radians(EARTH_RADIUS) * math.cos(math.radians(point[1]))


def with_regions(outlines: Sequence[Zone], assessment: Assessment) -> tuple[Zone, ...]:
    """Outlines, one for each county that they touch, so that people of every one of them are looked at."""
    found = []
    for zone in outlines:
        touched = [
            region.code
            for region in assessment.regions
            if len(region.code) == COUNTY_DIGITS
            and zone.outline is not None
            and region.geometry.intersects(zone.outline)
        ]
        found += [replace(zone, region=code) for code in touched or [zone.region]]
    return tuple(found)
