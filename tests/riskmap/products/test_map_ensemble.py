"""The ensemble's layer: how likely the tier is, and where it goes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from riskmap.products.map_ensemble import AHEAD, chance_and_trend, ensemble_data
from riskmap.scale import NO_DATA
from tests.map_pages import unpack

CHANCES = np.array(
    [[0.29, 0.3, 1.0, 1.0, np.nan], [0.0, 0.3, 0.5, 1, np.nan], [0, 0.2, 0.49, 0.5, np.nan], [0, 0, 0.4, 0.49, np.nan]]
)[:, None, :].repeat(2, axis=1)  # fmt: skip


def chances(values: np.ndarray, **more: object) -> xr.Dataset:  # type: ignore[type-arg]
    names = {"region_probability_hourly": (("tier", "time", "region"), values)}
    return xr.Dataset({**names, **more}, coords={"tier": [1, 2, 3, 4]}, attrs={"made": 1})


def test_the_bounds_are_those_of_the_rule_book() -> None:
    data = ensemble_data(chances(CHANCES))
    assert data is not None
    assert unpack(data["tier"])[:5].tolist() == [0, 2, 2, 3, NO_DATA]
    np.testing.assert_array_equal(unpack(data["chance"])[:5], [0.29, 0.3, 0.5, 0.5, np.nan])


def test_tiers_that_the_run_has_given_are_kept() -> None:
    given = ("time", "region"), np.full((2, 5), 1, np.int8)
    data = ensemble_data(chances(CHANCES, region_ensemble_tier_hourly=given))
    assert data is not None
    assert set(unpack(data["tier"])) == {1}
    assert unpack(data["chance"])[:4].tolist() == [0.29, 0.3, 1.0, 1.0]


def test_without_regions_there_is_no_layer() -> None:
    assert ensemble_data(None) is None
    assert ensemble_data(xr.Dataset(attrs={"made": 1})) is None


def test_the_arrow_looks_ahead() -> None:
    values = np.zeros((4, AHEAD + 2, 1))
    values[0, AHEAD:] = 1.0
    tier = np.zeros((AHEAD + 2, 1), np.int8)
    trend = chance_and_trend(values, tier)[1][:, 0]
    assert trend[0] == 1
    assert trend[AHEAD] == 0
    assert np.isnan(trend[-1])
    assert chance_and_trend(values[:, ::-1], tier)[1][0, 0] == -1
