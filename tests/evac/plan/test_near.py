"""What is asked of an index is what a look at every asset and zone finds."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from unittest.mock import Mock, patch

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.field.danger import RunDangers, Spot
from evac.field.rules import field_rules
from evac.model import Category
from evac.plan.near import Near
from evac.plan.ties import Place, _Counties, _ZonesOf, tie_people
from evac.plan.transfer_rules import transfer_rules
from evac.plan.zones import Zone
from riskmap.assessment import Assessment
from riskmap.asset import AssetTier
from riskmap.grid import EARTH_RADIUS
from riskmap.scale import Tier
from riskmap.sphere import distance
from tests.evac.plan.planned import VILLAGES, assessed, people, row, slope

REGIONS = (*VILLAGES, *(v[:9] for v in VILLAGES), *(v[:6] for v in VILLAGES), "330902001000", "339999")
WEST, SOUTH = 121.9, 29.95
TIERS = (None, Tier.GREEN, Tier.ORANGE, Tier.RED)
SEEDS = st.integers(0, 2**32 - 1)


def point(draw: random.Random) -> tuple[float, float]:
    """One of some points that lie within a few reaches of each other."""
    return round(WEST + draw.randrange(30) * 0.002, 3), round(SOUTH + draw.randrange(30) * 0.002, 3)


def assets(draw: random.Random) -> list[AssetTier]:
    return [
        replace(
            slope(
                f"A{n}", draw.choice(TIERS), region=draw.choice(REGIONS), at=draw.choice([None, point(draw)]),
                hazard=draw.choice(["landslide", "flash_flood", "reservoir"]), hours=draw.choice([None, 2, 4]),
                kind=draw.choice(["hazard_point", "reservoir", "key_village", "river_station"]),
            ),
            example=draw.random() < 0.1,
        )
        for n in range(40)
    ]  # fmt: skip


def run_of(draw: random.Random) -> Assessment:
    found = assessed(*assets(draw))
    regions = tuple(
        replace(region, geometry=shapely.box(WEST + n * 0.01, SOUTH, WEST + n * 0.01 + 0.01, SOUTH + 0.03))
        for n, region in enumerate(found.regions)
    )
    return replace(found, regions=regions, lacking={})


def every(self: _ZonesOf, *_: object) -> list[int]:
    return [*self._numbers]


def slow_counties(self: _Counties, zone: Zone) -> list[str]:
    if zone.longitude is None or zone.latitude is None:
        return []
    tall = math.degrees(zone.reach / EARTH_RADIUS)
    wide = tall / math.cos(math.radians(zone.latitude))
    bounds = zip(self._codes, self._west, self._south, self._east, self._north, strict=True)
    return [
        code
        for code, west, south, east, north in bounds
        if west - wide <= zone.longitude <= east + wide and south - tall <= zone.latitude <= north + tall
    ]


@given(SEEDS, st.booleans())
@settings(max_examples=60)
def test_people_are_tied_to_the_zones_that_a_look_at_every_one_finds(seed: int, placed: bool) -> None:
    draw = random.Random(seed)
    assessment = run_of(draw)
    x, y = point(draw)
    drawn = [
        Zone(f"outline:{n}", "坡", "landslide", Tier.RED, code, None, None, "", "", named=True, outline=shapely.box(x, y, x + 0.01, y + 0.01))
        for n, code in enumerate(("330902", "330903", draw.choice(VILLAGES), draw.choice(VILLAGES)[:9]))
    ]  # fmt: skip
    said = [
        {"village": draw.choice(VILLAGES), "category": draw.choice([*Category]).value}
        | (dict(zip(("longitude", "latitude"), point(draw), strict=True)) if draw.random() < 0.4 else {})
        for _ in range(60)
    ]
    listed = people(*(row(n, county=s["village"][:6], **s) for n, s in enumerate(said)))
    places = {village: Place(*point(draw)) for village in VILLAGES[::2]} if placed else {}

    def tied() -> object:
        found = tie_people(listed, assessment, transfer_rules(), outlines=drawn, places=places)
        return found.ties, found.of_person.tolist(), [zone.zone_id for zone in found.zones]

    with patch.object(_ZonesOf, "perhaps", every), patch.object(_Counties, "within_reach", slow_counties):
        slow = tied()
    assert repr(tied()) == repr(slow)  # an end that is not known is no number, and equals nothing


def slow_assets(self: RunDangers, hazard: str, spot: Spot) -> list[AssetTier]:
    return [
        asset
        for asset in self.assessment.assets
        if asset.hazard == hazard and not self.assessment.invented(asset) and self._near(asset, spot)
    ]


def slow_row(self: RunDangers, code: str) -> int | None:
    fits = [(len(r.code), n) for n, r in enumerate(self.assessment.regions) if code.startswith(r.code)]
    return max(fits)[1] if fits else None


@given(SEEDS)
@settings(max_examples=60)
def test_dangers_of_a_place_are_those_that_a_look_at_every_asset_finds(seed: int) -> None:
    draw = random.Random(seed)
    dangers = RunDangers(run_of(draw), field_rules())
    spots = [Spot(code, *draw.choice([(None, None), point(draw)])) for code in (*REGIONS, "", "33")]

    def asked() -> list[object]:
        return [
            (dangers._row(spot.code), dangers.gully(spot).tolist(), *(dangers.floods(spot, h).tolist() for h in ("landslide", "reservoir")))
            for spot in spots
        ]  # fmt: skip

    with patch.object(RunDangers, "_assets_at", slow_assets), patch.object(RunDangers, "_row", slow_row):
        slow = asked()
    assert asked() == slow


@given(SEEDS, st.floats(0, 500))
def test_nothing_within_reach_is_passed_over(seed: int, slack: float) -> None:
    draw, codes = random.Random(seed), (*REGIONS, "", "33090200120")
    things = [
        slope(str(n), None, region=draw.choice(codes), at=draw.choice([None, point(draw)])) for n in range(30)
    ]
    reach = [draw.choice([0.0, 100.0, 222.4, 5_000.0]) for _ in things]
    near, (x, y) = Near(things, reach), point(draw)
    away = [
        math.inf if t.longitude is None else float(distance(latitude=y, longitude=x, to_latitude=t.latitude, to_longitude=t.longitude))
        for t in things
    ]  # fmt: skip
    found = near.of_point(x, y, slack=slack)
    assert found >= {
        n for n, (metres, far) in enumerate(zip(away, reach, strict=True)) if metres <= far + slack
    }
    assert all(away[n] <= reach[n] + slack + 2.0 for n in found)
    code = draw.choice(codes)
    fits = {n for n, t in enumerate(things) if t.region.startswith(code) or code.startswith(t.region)}
    assert near.of_region(code) == fits
    assert near.listed_under(code) == {n for n, t in enumerate(things) if t.region == code}


def test_the_finest_region_of_a_place_speaks() -> None:
    found = assessed()
    codes = ["33", "330902001", "3309", "330902", "330903", "330902001201"][: len(found.regions)]
    regions = tuple(replace(region, code=code) for region, code in zip(found.regions, codes, strict=True))
    dangers = RunDangers(Mock(regions=regions), field_rules())
    for code in (*REGIONS, *codes, "", "34"):
        assert dangers._row(code) == slow_row(dangers, code)
    assert dangers._row("330902001202") == 1


def test_a_place_asks_after_few_of_many_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        slope(f"A{n}", Tier.RED, region="330902001201", at=(121.0 + n * 0.001, 29.5), hazard="flash_flood")
        for n in range(3_000)
    ]
    dangers = RunDangers(assessed(*many), field_rules())
    asked: list[AssetTier] = []
    near = RunDangers._near
    monkeypatch.setattr(
        RunDangers, "_near", lambda self, asset, spot: asked.append(asset) or near(self, asset, spot)
    )
    dangers.floods(Spot("330902001201", 122.0, 29.5), "flash_flood")
    assert 0 < len(asked) < 100
