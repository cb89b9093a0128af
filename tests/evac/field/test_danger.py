"""Dangers of a run: gusts and gullies by cell and hour; unknown is never safe; the last safe hour follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from evac.field.danger import CLEAR, DANGEROUS, GUST, OPEN, NothingKnown, RunDangers, Safety, Spot, Values
from evac.field.rules import field_rules
from evac.field.safe_hours import last_safe_hours
from riskmap.assessment import Assessment, empty_table
from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.io.grids import NOWHERE, UNKNOWN
from riskmap.io.rule_files import read_rules
from riskmap.region import Region
from riskmap.scale import NO_DATA, Tier

FIRST = datetime(2021, 7, 25, 0, 0, tzinfo=UTC)
HOURS = tuple(FIRST + timedelta(hours=n) for n in range(12))
COUNTY = "330902"
HERE = Spot("330902001201", 122.05, 30.05)
CODE_ONLY = Spot("330902001201")
GRID = Grid.from_bounds(west=121.0, south=29.0, east=123.0, north=31.0, step=0.1)
RULES = field_rules()


def region() -> Region:
    import shapely

    outline = shapely.box(121.9, 29.9, 122.2, 30.2)
    return Region(code=COUNTY, name="定海区", city_code="3309", city_name="舟山市", geometry=outline)


def run(
    gusts: list[float], ratios: list[float] | None = None, *, fields: dict[str, Values] | None = None
) -> RunDangers:
    """A run of one county: its greatest gust [m/s] and greatest flash-flood ratio at each hour; NaN is no data."""
    rules = {name: rule for name, rule in read_rules().items() if name in ("wind", "flash_flood")}
    table = empty_table(["wind", "flash_flood"], HOURS, [COUNTY])
    for n, (hazard, variable, values) in enumerate(
        (("wind", GUST, gusts), ("flash_flood", "flash_flood_ratio", ratios or [0.0] * len(HOURS)))
    ):
        metrics = rules[hazard].metrics
        driver = next(k for k, m in enumerate(metrics) if m.variable == variable)
        for hour, value in enumerate(values):
            tier = (
                NO_DATA
                if np.isnan(value)
                else sum(value >= t for t in metrics[driver].thresholds if t is not None)
            )
            for name, found in (("tier", tier), ("metric", driver), ("maximum", value), ("covered", 0.0 if np.isnan(value) else 1.0)):  # fmt: skip
                table[name].values[n, hour, 0] = found
    assessment = Assessment(
        issued_at=FIRST, regions=(region(),), table=table, rules=rules, lacking={}, assets=()
    )
    return RunDangers(assessment, RULES, fields or {})


def cells(value: float, *, near: float | None = None) -> Values:
    """A field of one value, and of another within some 10 km of ``HERE``."""
    values = np.full(GRID.shape, value)
    if near is not None:
        rows = np.flatnonzero(np.abs(GRID.latitude - 30.05) < 0.06)
        columns = np.flatnonzero(np.abs(GRID.longitude - 122.05) < 0.06)
        values[np.ix_(rows, columns)] = near
    return values, GRID


RISING = [10.0, 12.0, 15.0, 18.0, 20.0, 22.0, 24.4, 24.5, 30.0, 30.0, 20.0, 10.0]


def test_gusts_of_force_10_close_the_hours_at_which_they_blow() -> None:
    dangers = run(RISING)
    assert dangers.gusts(HERE).tolist() == [CLEAR] * 7 + [DANGEROUS] * 3 + [CLEAR] * 2
    assert dangers.during(HERE, HOURS[0], HOURS[1]).safe
    assert dangers.during(HERE, HOURS[5], HOURS[6]).safe
    # from within the hour before: the first hour after it counts
    assert dangers.during(HERE, HOURS[6], HOURS[6] + timedelta(minutes=1)).safety is Safety.DANGER
    assert "force 10" in dangers.during(HERE, HOURS[6], HOURS[8]).words


def test_outside_the_run_and_without_data_nothing_is_safe() -> None:
    dangers = run([10.0, float("nan"), *[10.0] * 10])
    assert dangers.during(HERE, HOURS[0], HOURS[0]).safe
    assert dangers.during(HERE, HOURS[0], HOURS[1]).safety is Safety.UNKNOWN
    assert dangers.during(HERE, HOURS[-1], HOURS[-1] + timedelta(seconds=1)).safety is Safety.UNKNOWN
    assert dangers.during(HERE, FIRST - timedelta(seconds=1), FIRST).safety is Safety.UNKNOWN
    assert dangers.during(Spot("330101001001"), HOURS[2], HOURS[3]).safety is Safety.UNKNOWN
    assert NothingKnown().during(HERE, FIRST, FIRST).safety is Safety.UNKNOWN


def test_a_cell_that_never_comes_to_force_10_is_safe_in_a_county_that_does_and_unknown_cells_are_not() -> (
    None
):
    strong = [30.0] * 12
    calm = run(strong, fields={f"peak_{GUST}": cells(40.0, near=20.0)})
    assert calm.during(HERE, HOURS[0], HOURS[5]).safe
    assert calm.during(CODE_ONLY, HOURS[0], HOURS[5]).safety is Safety.DANGER
    assert (
        run(strong, fields={f"peak_{GUST}": cells(40.0, near=24.5)}).during(HERE, HOURS[0], HOURS[1]).safety
        is Safety.DANGER
    )
    assert (
        run(strong, fields={f"peak_{GUST}": cells(20.0, near=np.nan)}).during(HERE, HOURS[0], HOURS[1]).safety
        is Safety.DANGER
    )


def test_a_mean_wind_stands_for_the_strongest_gust_that_it_may_hold() -> None:
    dangers = run(RISING)
    wind = dangers.assessment.rules["wind"].metrics
    mean = next(n for n, m in enumerate(wind) if m.variable == "wind_speed")
    dangers.assessment.table["metric"].values[0] = mean
    dangers.assessment.table["maximum"].values[0] = 15.7
    assert set(dangers.gusts(HERE).tolist()) == {CLEAR}
    dangers.assessment.table["maximum"].values[0] = 15.9  # times 1.55 over land
    assert set(dangers.gusts(HERE).tolist()) == {DANGEROUS}


def test_a_red_gully_is_closed_from_when_its_county_nears_red_and_stays_so() -> None:
    calm = [10.0] * 12
    ratios = [0.1, 0.2, 0.5, 0.85, 1.2, 0.3, 0.1, *[0.0] * 5]
    red = run(calm, ratios, fields={"tier_flash_flood": cells(0, near=4)})
    assert red.gully(HERE).tolist() == [CLEAR] * 3 + [DANGEROUS] * 9
    assert red.during(HERE, HOURS[3], HOURS[4]).safety is Safety.DANGER
    orange = run(calm, ratios, fields={"tier_flash_flood": cells(0, near=3)})
    assert set(orange.gully(HERE).tolist()) == {CLEAR}
    nowhere = run(calm, ratios, fields={"tier_flash_flood": cells(NOWHERE)})
    assert set(nowhere.gully(HERE).tolist()) == {CLEAR}
    grey = run(calm, ratios, fields={"tier_flash_flood": cells(0, near=UNKNOWN)})
    assert grey.gully(HERE)[3] == DANGEROUS  # what is not known of the cell, the county decides
    lost = run(calm, [float("nan")] * 12)
    assert set(lost.gully(CODE_ONLY).tolist()) == {OPEN}


def test_an_invented_register_makes_nothing_safe_and_nothing_dangerous() -> None:
    dangers = run([10.0] * 12, [1.2] * 12)
    apart = replace(dangers, assessment=replace(dangers.assessment, apart=frozenset({"flash_flood"})))
    assert set(apart.gully(CODE_ONLY).tolist()) == {OPEN}


def test_the_last_safe_hour_is_the_earliest_of_dark_gust_and_water() -> None:
    (hour,) = last_safe_hours(run(RISING), [HERE], at=HOURS[1])
    assert hour.reason == "gust"
    assert hour.until == HOURS[6]  # 10 级 comes at hour 7
    assert "inundation" in hour.not_known  # which the run lacks
    (hour,) = last_safe_hours(run([10.0] * 12), [HERE], at=HOURS[1])
    assert hour.reason == "dark"
    assert hour.until is not None
    assert abs(hour.until - datetime(2021, 7, 25, 10, 50, tzinfo=UTC)) < timedelta(minutes=2)
    (hour,) = last_safe_hours(run([10.0] * 12, [0.1] * 4 + [0.9] * 8), [HERE], at=HOURS[1])
    assert (hour.reason, hour.until) == ("flash_flood", HOURS[3])
    (hour,) = last_safe_hours(run([30.0] * 12), [HERE], at=HOURS[2])
    assert hour.until == HOURS[2]  # it is over already
    (hour,) = last_safe_hours(run([10.0] * 12), [CODE_ONLY], at=HOURS[1])
    assert hour.until is None
    assert hour.not_known[0] == "dark"
    with pytest.raises(DataError, match="does not cover"):
        last_safe_hours(run(RISING), [HERE], at=HOURS[-1] + timedelta(hours=1))


def test_every_tier_below_red_lets_through_and_red_never() -> None:
    for tier in Tier:
        dangers = run([10.0] * 12, [1.2] * 12, fields={"tier_flash_flood": cells(0, near=int(tier))})
        assert dangers.during(HERE, HOURS[0], HOURS[1]).safe is (tier < Tier.RED)


def test_for_a_plan_gusts_follow_the_place_s_own_peak_and_for_who_is_sent_the_worst_of_the_county() -> None:
    field = {
        f"peak_{GUST}": cells(50.0, near=25.0)
    }  # the county's worst cell comes to 30 m/s, the village to 25
    dangers = run(RISING, fields=field)
    assert dangers.gusts(HERE).tolist() == [CLEAR] * 7 + [DANGEROUS] * 3 + [CLEAR] * 2
    own = replace(dangers, own_peak=True)
    assert own.gusts(HERE).tolist() == [CLEAR] * 8 + [DANGEROUS] * 2 + [CLEAR] * 2
    assert own.gusts(CODE_ONLY).tolist() == dangers.gusts(HERE).tolist()  # no point: the county's worst
