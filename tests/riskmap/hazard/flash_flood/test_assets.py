"""Key villages as assets: tier, onset, reason; those that are none, and those without data."""

from __future__ import annotations

import numpy as np

from riskmap.hazard.flash_flood import Village, VillageReason, flash_flood, village_assets, village_tiers
from riskmap.scale import Tier
from tests.riskmap.hazard.flash_flood.made import NOW, RULE, storm, watersheds


def reason(
    number: int, x: float, y: float, met: tuple[str, ...] = ("past_flood",), **unknown: object
) -> VillageReason:
    village = Village(f"v{number}", f"村{number}", x, y, region="330782", people=30, responsible="村主任")
    return VillageReason(village, met, tuple(unknown), 10.0, 1.0)


VILLAGES = [
    reason(1, 500.0, -300.0),
    reason(2, 2500.0, -300.0, met=()),
    reason(3, 1500.0, -2000.0, met=(), gully_mouth=None),
    reason(4, 1e6, 0.0),
]


def test_a_key_village_has_its_watershed_s_worst_tier_and_why() -> None:
    sheds = watersheds()
    found = flash_flood(sheds, storm([30.0, 65.0, 5.0]), RULE, analysis=NOW)
    first, unsure, outside = village_assets(VILLAGES, sheds, found)
    assert (first.tier, first.value, first.threshold, first.units) == (Tier.ORANGE, 65.0, 80.0, "mm")
    assert first.onset is not None
    assert first.onset.isoformat() == "2021-07-25T14:00:00+00:00"
    assert "1小时雨量65毫米" in first.reason_chinese
    assert "准备转移" in first.reason_chinese
    assert "81%" in first.reason_english or "85%" in first.reason_english
    assert first.source == "重要村落:曾受山洪"
    assert (first.people, first.responsible, first.kind) == (30, "村主任", "key_village")
    assert unsure.source == "重要村落:调查未全"
    assert outside.tier is None
    assert village_tiers(VILLAGES, sheds, found)[-3:].tolist() == [[0, 0, -1], [3, 3, -1], [3, 3, -1]]


def test_a_flood_wave_gives_discharge_and_bankfull() -> None:
    sheds = watersheds()
    found = flash_flood(sheds, storm([25.0] * 8), RULE, analysis=NOW, curve_number=np.full(3, 85.0))
    found["driver"][:] = 4
    (first, *_) = village_assets(VILLAGES, sheds, found)
    assert first.units == "m3 s-1"
    assert "立方米/秒" in first.reason_chinese
    assert first.threshold == float(found["bankfull"][0])
