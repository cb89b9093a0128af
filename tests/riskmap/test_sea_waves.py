"""Waves at coastal points to tiers of counties."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.analysis.sea_waves import fill_points, wave_table
from riskmap.assessment import empty_table
from riskmap.io.rule_files import read_rules
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from tests.riskmap.test_asset_hours import REGIONS, START

RULE = read_rules(())["waves"]
NAN = float("nan")


def sea(heights: list[list[float]], regions: list[str]) -> xr.Dataset:
    shape = (len(heights), len(regions))
    return xr.Dataset(
        {
            "significant_wave_height": (("time", "point"), np.array(heights, float).reshape(shape)),
            "region": ("point", np.array(regions, "U12")),
        }
    )


def filled(heights: list[list[float]], regions: list[str]) -> xr.Dataset:
    hours = [START + timedelta(hours=n) for n in range(len(heights))]
    table = empty_table(["waves"], hours, [r.code for r in REGIONS])
    fill_points(table, 0, sea(heights, regions), RULE, REGIONS)
    return table.isel(hazard=0)


def test_a_county_takes_the_worst_of_its_points_and_inland_there_are_none() -> None:
    table = filled([[1.0, 4.6, 9.0], [2.5, 1.0, 0.0]], ["330901", "330901", "3308"])
    assert table["tier"].values.tolist() == [[3, NOT_APPLICABLE], [1, NOT_APPLICABLE]]
    assert table["value"].values[:, 0].tolist() == [4.6, 2.5]
    assert table["threshold"].values[:, 0].tolist() == [4.5, 2.5]
    assert np.isnan(table["covered"].values[:, 0]).all()  # swell is missing: always "at least"
    assert np.isnan(table["area_share"].values).all()


def test_an_unknown_point_keeps_its_county_from_green_and_makes_a_warned_one_at_least() -> None:
    table = filled([[1.0, NAN], [3.6, NAN], [NAN, NAN]], ["330901", "330901"])
    assert table["tier"].values[:, 0].tolist() == [NO_DATA, Tier.YELLOW, NO_DATA]
    assert table["covered"].values[:, 0].tolist() == [0.5, 0.5, 0.0]
    assert np.isnan(table["value"].values[[0, 2], 0]).all()


def test_green_shows_the_bound_that_it_stays_below() -> None:
    table = filled([[1.5]], ["330902"])
    assert table["tier"].values.tolist() == [[NOT_APPLICABLE, Tier.GREEN]]
    assert (table["value"].values[0, 1], table["threshold"].values[0, 1]) == (1.5, 2.5)


@given(st.lists(st.one_of(st.just(NAN), st.floats(0.0, 12.0)), min_size=1, max_size=5), st.randoms())
def test_the_order_of_points_changes_nothing_and_higher_waves_never_lower_a_tier(
    heights: list[float], random: Any
) -> None:
    codes = ["330901"] * len(heights)
    mixed = list(heights)
    random.shuffle(mixed)
    table, other = filled([heights], codes), filled([mixed], codes)
    xr.testing.assert_identical(table, other)
    higher = filled([[h + 1.0 for h in heights]], codes)
    assert (higher["tier"] >= table["tier"]).all()


def test_the_rows_have_the_hours_of_the_window() -> None:
    hours = np.datetime64(int(START.timestamp()), "s") + np.arange(2) * np.timedelta64(3600, "s")
    inputs: Any = SimpleNamespace(
        valid_hours=hours, everywhere=REGIONS, units=(), coast=None, rules={"waves": RULE}
    )
    table = wave_table(inputs, sea([[3.0], [7.0]], ["330902"]))
    assert table["tier"].values[0].tolist() == [[NOT_APPLICABLE, 1], [NOT_APPLICABLE, 4]]
    assert table["time"].values.tolist() == hours.tolist()
    assert table["hazard"].values.tolist() == ["waves"]


@pytest.mark.parametrize("count", [0])
def test_a_country_without_a_coast_has_no_such_hazard(count: int) -> None:
    assert (filled([[]] * 2, [""] * count)["tier"].values == NOT_APPLICABLE).all()
