"""Flash floods in an analysis: whose thresholds a tier is told by, hours of finer steps, villages that raise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from shapely.geometry import box

from riskmap.analysis.basins import Basins, BasinWatch
from riskmap.analysis.flash_floods import VARIABLES, hourly, ratios, village_hours
from riskmap.analysis.own_basins import FloodInputs
from riskmap.assessment import Assessment, empty_table
from riskmap.asset_hours import raise_regions
from riskmap.hazard.flash_flood import OwnThresholds, Village, VillageReason
from riskmap.io.rule_files import read_rules
from riskmap.region import Region
from riskmap.scale import NO_DATA, Tier
from riskmap.severity import grade
from tests.riskmap.valleys import GRID, basins

RULE = read_rules()["flash_flood"]
NOW = np.datetime64("2021-07-25T00:00:00", "s")
HOUR = np.timedelta64(3600, "s")
HOURS = NOW + np.arange(-23, 7) * HOUR
POINT = (120.32, 28.52)


@pytest.fixture(scope="module")
def land() -> Basins:
    found = basins()
    return replace(found, hilly=np.ones_like(found.hilly))


def own_of(land: Basins, move: float, **more: float) -> OwnThresholds:
    count = land.watersheds.sizes["watershed"]
    at = land.number_at(GRID, *POINT) - 1
    blank = OwnThresholds(
        np.full((count, 4), np.nan),
        np.full((count, 4), np.nan),
        np.full(count, np.nan),
        np.full(count, np.nan),
    )
    blank.prepare[at, 0], blank.move[at, 0] = 0.8 * move, move
    for name, value in more.items():
        getattr(blank, name)[at] = value
    return blank


def finished(land: Basins, rain: np.ndarray, **given: object) -> xr.Dataset:
    watch = BasinWatch(land, HOURS)
    for n, amount in enumerate(rain):
        watch.hour(n, np.full(GRID.shape, amount, np.float32))
    arguments = {"analysis": NOW, "soil": 40.0, "curve_number": None} | given
    return hourly(watch.finish(RULE, **arguments), HOURS[23:])  # type: ignore[arg-type]


def burst(amount: float) -> np.ndarray:
    rain = np.zeros(30)
    rain[26] = amount
    return rain


def test_own_thresholds_go_before_guidance_and_guidance_before_the_table(land: Basins) -> None:
    at = land.number_at(GRID, *POINT)
    rain = burst(34.0)
    metrics = {}
    for name, given in (
        ("table", {}), ("guidance", {"curve_number": 75.0}), ("own", {"curve_number": 75.0, "own": own_of(land, 30.0)}),
    ):  # fmt: skip
        found = finished(land, rain, **given)
        graded = [grade(fields, RULE) for fields in ratios(land, found, RULE)]
        metrics[name] = (RULE.metrics[int(graded[3].metric[at])].variable, graded[3].tiers()[at])
    assert metrics["table"] == ("flash_flood_ratio", Tier.GREEN)
    assert metrics["guidance"][0] == "flash_flood_ratio_guidance"
    assert metrics["own"] == ("flash_flood_ratio_own", Tier.RED)


def test_a_surveyed_bankfull_makes_guidance_surer(land: Basins) -> None:
    own = own_of(land, 900.0, bankfull=30.0)
    own.prepare[:], own.move[:] = np.nan, np.nan
    found = finished(land, burst(34.0), curve_number=80.0, own=own)
    at = land.number_at(GRID, *POINT)
    fields = list(ratios(land, found, RULE))[3]
    assert fields["flash_flood_ratio_surveyed"][at] > 0
    assert fields["flash_flood_ratio_guidance"][at] == 0
    by = {
        m.variable: m.confidence or RULE.confidence for m in RULE.metrics if m.variable in VARIABLES.values()
    }
    assert by == {
        "flash_flood_ratio": "low", "flash_flood_ratio_guidance": "low", "flash_flood_ratio_surveyed": "medium",
        "flash_flood_ratio_own": "medium",
    }  # fmt: skip


def test_each_ratio_is_told_once_and_unknown_ones_in_every_metric(land: Basins) -> None:
    rain = burst(60.0)
    found = finished(land, rain, own=own_of(land, 30.0))
    found["ratio"].values[2] = np.nan
    for hour, fields in enumerate(ratios(land, found, RULE)):
        stack = np.stack(list(fields.values()))
        assert np.isnan(stack[:, 3]).all()
        known = np.delete(stack, 3, axis=1)
        assert ((known > 0).sum(axis=0) <= 1).all()
        np.testing.assert_array_equal(known[:, 1:].max(axis=0), np.delete(found["ratio"].values[:, hour], 2))


def test_a_bureau_s_rule_with_one_metric_still_works(land: Basins) -> None:
    plain = replace(RULE, metrics=(RULE.metrics[0],))
    found = finished(land, burst(60.0), own=own_of(land, 30.0))
    fields = list(ratios(land, found, plain))[3]
    assert set(fields) == {"flash_flood_ratio"}
    assert fields["flash_flood_ratio"][land.number_at(GRID, *POINT)] == pytest.approx(2.0)


def test_an_hour_of_ten_minutes_takes_its_worst_step_and_an_unknown_one_hides_nothing() -> None:
    steps = NOW + np.arange(-5, 13) * (HOUR / 6)
    ratio = np.full((3, 18), 0.1)
    ratio[0, 5 + 2] = 0.9
    ratio[1, 5 + 8] = np.nan
    ratio[2, 5 + 8], ratio[2, 5 + 9] = np.nan, 0.7
    tier = np.where(np.isnan(ratio), NO_DATA, np.digitize(ratio, [0.45, 0.6, 0.8, 1.0])).astype(np.int8)
    both = ("watershed", "time")
    found = xr.Dataset(
        {"ratio": (both, ratio), "tier": (both, tier), "step": (both, np.zeros_like(tier)), "lead_move": ("watershed", [1.0, 2.0, 3.0])},
        coords={"time": steps},
    )  # fmt: skip
    out = hourly(found, NOW + np.arange(3) * HOUR)
    assert out["tier"].values.tolist() == [[0, 3, 0], [0, 0, -1], [0, 0, 2]]
    np.testing.assert_array_equal(out["ratio"].values[0], [0.1, 0.9, 0.1])
    assert np.isnan(out["ratio"].values[1, 2])
    assert out["ratio"].values[2, 2] == 0.7
    assert out["lead_move"].values.tolist() == [1.0, 2.0, 3.0]


def village(name: str, x: float, y: float, *, met: tuple[str, ...] = ("past_flood",)) -> VillageReason:
    place = Village(name, f"村{name}", x, y, region="330001", people=60, households=20, responsible="村主任")
    return VillageReason(place, met, (), 10.0, 1.0)


def test_villages_raise_their_region_with_tier_steps_and_lead(land: Basins) -> None:
    floods = FloodInputs(
        villages=(village("1", *POINT), village("2", *POINT, met=()), village("3", 120.6, 28.02))
    )
    found = finished(land, burst(34.0), own=own_of(land, 30.0))
    group = village_hours(floods, land, found, RULE, GRID, NOW)
    assert group is not None
    first, at_sea = group.worst
    assert (first.tier, first.kind, first.people, first.households, first.responsible) == (
        Tier.RED, "key_village", 60, 20, "村主任",
    )  # fmt: skip
    assert first.onset == first.prepare_at == first.move_at
    assert first.onset is not None
    assert first.onset.isoformat() == "2021-07-25T03:00:00+00:00"
    for words in ("1小时雨量34毫米", "本流域指标,置信度中", "3小时后准备转移", "3小时后立即转移"):
        assert words in first.reason_chinese, first.reason_chinese
    assert "own thresholds, medium confidence" in first.reason_english
    assert at_sea.tier is None
    assert (group.tier[:, 1] == NO_DATA).all()
    assert RULE.metrics[int(group.metric[3, 0])].variable == "flash_flood_ratio_own"
    assert group.value[3, 0] >= group.threshold[3, 0] == 1.0

    old = village_hours(floods, land, found, RULE, GRID, NOW, doubtful=True)
    assert old is not None
    assert "own thresholds, low confidence" in old.worst[0].reason_english
    # a bureau that says little of its rule has not said that an input is old
    plain = replace(RULE, metrics=tuple(replace(metric, confidence="low") for metric in RULE.metrics))
    unsaid = village_hours(floods, land, found, plain, GRID, NOW)
    assert unsaid is not None
    assert "own thresholds, medium confidence" in unsaid.worst[0].reason_english

    regions = (Region("330001", "某县", "3300", "某市", box(120, 28, 121, 29), 1000),)
    times = [first.onset] * 0 or [
        t.astype("M8[s]").item().replace(tzinfo=first.onset.tzinfo) for t in HOURS[23:]
    ]
    table = empty_table(["flash_flood"], times, ["330001"])
    table["tier"].values[:] = 0
    table["covered"].values[:] = 1.0
    raise_regions(table, 0, group, regions, first=0)
    assessment = Assessment(times[0], regions, table, {"flash_flood": RULE}, {}, group.worst)
    (reason,) = assessment.at("330001", 3).reasons
    assert (reason.tier, reason.confidence) == (Tier.RED, "medium")
    assert reason.asset is first
    assert not reason.complete  # the other village is unknown


def test_no_key_village_no_group_and_invented_ones_say_so(land: Basins) -> None:
    found = finished(land, burst(34.0))
    assert village_hours(FloodInputs(), land, found, RULE, GRID, NOW) is None
    none = FloodInputs(villages=(village("2", *POINT, met=()),))
    assert village_hours(none, land, found, RULE, GRID, NOW) is None
    invented = village_hours(
        FloodInputs(villages=(village("1", *POINT),), example=True), land, found, RULE, GRID, NOW
    )
    assert invented is not None
    assert invented.example  # ``riskmap.analysis.raised`` marks its assets


def test_ten_minutes_find_the_hour_that_the_clock_cuts_in_two(land: Basins) -> None:
    fallen = [np.full(GRID.shape, 0.0, np.float32) for _ in HOURS]
    fallen[25][:], fallen[26][:] = 30.0, 30.0
    late, early = ([np.zeros(GRID.shape, np.float32) for _ in range(6)] for _ in range(2))
    late[4][:] = late[5][:] = 15.0  # the first hour's rain at its end, the second's at its beginning
    early[0][:] = early[1][:] = 15.0
    own, at = own_of(land, 50.0), land.number_at(GRID, *POINT) - 1
    found = {}
    for steps in (1, 6):
        watch = BasinWatch(land, HOURS, steps)
        for n, amount in enumerate(fallen):
            watch.hour(n, amount, {25: late, 26: early}.get(n))
        whole = watch.finish(RULE, analysis=NOW, soil=40.0, curve_number=None, own=own)
        assert whole.sizes["time"] == 30 * steps
        found[steps] = hourly(whole, HOURS[23:])
    assert found[1]["tier"].values[at].tolist()[2:4] == [2, 2]
    assert found[6]["tier"].values[at].tolist()[2:4] == [2, 4]
    assert found[6]["rain_1h"].values[at, 3] == 60.0
    assert float(found[1]["lead_move"][at]) != float(found[1]["lead_move"][at])  # never
    # 45 of the 60 mm have fallen ten minutes into the second hour, all of them after twenty
    assert float(found[6]["lead_prepare"][at]) == pytest.approx(2 + 1 / 6)
    assert float(found[6]["lead_move"][at]) == pytest.approx(2 + 2 / 6)


def test_an_hour_told_in_even_parts_is_the_hour(land: Basins) -> None:
    rng = np.random.default_rng(5)
    rain = [rng.gamma(0.6, 8.0, GRID.shape).astype(np.float32) for _ in HOURS]
    out = []
    for steps in (1, 3):
        watch = BasinWatch(land, HOURS, steps)
        for n, amount in enumerate(rain):
            watch.hour(n, amount)
        out.append(watch.finish(RULE, analysis=NOW, soil=40.0, curve_number=75.0))
    for window in (1, 3, 6, 24):
        name = f"rain_{window}h"
        np.testing.assert_allclose(out[1][name].values[:, 2::3], out[0][name].values, rtol=1e-5)
