"""Hazard grids to severity, by the bundled rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.io.rule_files import read_rules
from riskmap.rules import HazardRule, Metric
from riskmap.scale import NO_DATA, Tier
from riskmap.severity import grade, thresholds_of
from tests.factories import make_rules

LAWS = settings(deadline=None, max_examples=60)


def on_cells(rule: HazardRule) -> HazardRule:
    """The rule with its table for gauges and watersheds graded on cells: four metrics, each with four bounds."""
    table = tuple(replace(m, cells=True) for m in rule.metrics if not m.cells)
    return replace(rule, metrics=table)


GRIDDED = [
    *(read_rules()[name] for name in ("wind", "rain")),
    *(on_cells(read_rules()["flash_flood"].with_wetness(w)) for w in ("dry", "normal", "wet")),
]


def slow_tier(cell: dict[str, float], rule: HazardRule) -> int:
    tiers = [
        max((t for t in range(1, 5) if (b := m.thresholds[t - 1]) is not None and cell[m.variable] >= b), default=0)
        for m in rule.metrics
        if not np.isnan(cell[m.variable])
    ]  # fmt: skip
    if not tiers or (len(tiers) < len(rule.metrics) and max(tiers) == 0):
        return NO_DATA
    return max(tiers)


@LAWS
@given(data=st.data(), rule=st.sampled_from(GRIDDED))
def test_tiers_of_the_bundled_rules_agree_with_a_plain_oracle(data: st.DataObject, rule: HazardRule) -> None:
    amount = st.one_of(st.floats(0, 250, width=32), st.just(float("nan")))
    cells = [{m.variable: data.draw(amount) for m in rule.metrics} for _ in range(5)]
    fields = {m.variable: np.array([c[m.variable] for c in cells]) for m in rule.metrics}
    assert grade(fields, rule).tiers().tolist() == [slow_tier(cell, rule) for cell in cells]


@LAWS
@given(data=st.data(), rule=st.sampled_from(GRIDDED))
def test_more_of_one_hazard_is_never_a_lower_tier(data: st.DataObject, rule: HazardRule) -> None:
    now = {m.variable: np.array([data.draw(st.floats(0, 250))]) for m in rule.metrics}
    later = {name: value + data.draw(st.floats(0, 50)) for name, value in now.items()}
    assert grade(later, rule).tiers()[0] >= grade(now, rule).tiers()[0]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("rule", GRIDDED)
def test_a_value_at_its_threshold_has_that_tier_however_it_is_stored(rule: HazardRule, kind: type) -> None:
    for metric in rule.metrics:
        for tier, bound in enumerate(metric.thresholds, 1):
            if bound is None:
                continue
            fields = {m.variable: np.zeros(1, kind) for m in rule.metrics} | {
                metric.variable: np.array([bound], kind)
            }
            found = grade(fields, rule)
            assert found.tiers()[0] == tier
            driver = found.metric[0]
            assert found.values[driver, 0] >= bound  # what is reported stands on its tier's side


def test_a_value_just_below_has_not() -> None:
    below = {"wind_speed": np.array([10.799], np.float32), "wind_speed_of_gust": np.zeros(1, np.float32)}
    assert grade(below, make_rules()["wind"]).tiers()[0] == Tier.GREEN


def test_unknown_is_never_green() -> None:
    rule, nan = make_rules()["wind"], np.nan
    fields = {
        "wind_speed": np.array([nan, 5.0, nan, 30.0]),
        "wind_speed_of_gust": np.array([nan, nan, 5.0, nan]),
    }
    assert grade(fields, rule).tiers().tolist() == [NO_DATA, NO_DATA, NO_DATA, Tier.ORANGE]


def test_fields_are_taken_row_by_row() -> None:
    rule = make_rules()["rain"]
    assert grade({"rain_3h": np.array([[0.0, 60.0], [120.0, 10.0]])}, rule).tiers().tolist() == [0, 3, 4, 0]


def test_severity_orders_the_cells_of_one_tier() -> None:
    found = grade({"rain_3h": np.array([50.0, 60.0, 99.0, 40.0, 10.0])}, make_rules()["rain"])
    assert np.argsort(-found.severity).tolist() == [2, 1, 0, 3, 4]
    assert found.severity.dtype == np.float32


def test_a_variable_that_was_not_computed_is_named() -> None:
    with pytest.raises(
        DataError, match=r"rule wind: the rule tests wind_speed_of_gust.*found wind_speed.*mend"
    ):
        grade({"wind_speed": np.zeros(1)}, make_rules()["wind"])


def test_absent_thresholds_are_not_numbers() -> None:
    bounds = thresholds_of(make_rules()["rain"])
    assert np.isnan(bounds[0, :2]).all()
    assert bounds[0, 2:].tolist() == [50.0, 100.0]


def test_metrics_of_assets_are_left_to_them() -> None:
    own = Metric(
        "rain_24h", "本点雨量", "rain at the point", "mm", (None, None, None, None), "x", "D",
        station_levels=("blue_level", "yellow_level", "orange_level", "red_level"),
    )  # fmt: skip
    grade_ = Metric("rain_3h", "雨", "rain", "mm", (None, None, 50.0, 100.0), "x", "S")
    rule = HazardRule("rain", "rain_water", (own, grade_), 0.05, "x", "D", "low", "")
    cells = grade({"rain_3h": np.array([120.0, 10.0, np.nan])}, rule)
    assert cells.tiers().tolist() == [4, 0, -1]
    assert cells.metric.tolist()[:2] == [1, 1]
    assert cells.values.shape == (2, 3)
    assert np.isnan(cells.values[0]).all()
