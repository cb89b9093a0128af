"""Layers of a relief: the window's extremes against a slow twin, and a valley from its relief to its grade."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.landslide.grades import grade_hour, tiers_of_grades
from riskmap.hazard.landslide.layers import layers, relief_within
from riskmap.hazard.landslide.susceptibility import susceptibility
from riskmap.io.landslide_table import read_landslide_rules


@settings(max_examples=60)
@given(seed=st.integers(0, 1000), rows=st.integers(0, 6), columns=st.integers(0, 6))
def test_relief_is_the_slow_twin(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    ground = np.where(rng.random((9, 11)) < 0.15, np.nan, rng.integers(0, 500, (9, 11)))
    found = relief_within(ground, rows=rows, columns=columns)
    for (i, j), height in np.ndenumerate(ground):
        window = ground[max(i - rows, 0) : i + rows + 1, max(j - columns, 0) : j + columns + 1]
        if np.isnan(height):
            assert np.isnan(found[i, j])
        else:
            assert found[i, j] == np.nanmax(window) - np.nanmin(window)


def valley() -> xr.DataArray:
    """A flat floor between two slopes of 35 degrees, 30 m cells; sea in the last column."""
    x = np.abs(np.arange(41) - 20) * 30.0
    ground = (
        np.tile(np.maximum(x - 150.0, 0.0) * np.tan(np.radians(35.0)), (30, 1))
        - 1e-3 * np.arange(30)[:, None]
    )
    ground[:, -1] = np.nan
    return xr.DataArray(
        ground, dims=("y", "x"), coords={"y": np.arange(30)[::-1] * 30.0, "x": np.arange(41) * 30.0}
    )


def test_a_valley_from_its_relief_to_its_tiers() -> None:
    rules, ground = read_landslide_rules(), valley()
    terrain = layers(ground, dx=30.0, dy=30.0, upstream_area=xr.full_like(ground, 9000.0))
    assert {name: terrain[name].attrs["units"] for name in terrain} == {
        "slope": "m m-1", "relief": "m", "curvature": "m-1", "wetness": "1",
    }  # fmt: skip
    slopes = susceptibility(terrain, rules, cell_size=30.0)
    classes = slopes["susceptibility_class"].values
    assert (classes[:, 17:24] == 0).all()  # the floor
    assert (classes[2:-2, 3:12] >= 2).all()
    assert (classes[:, -1] == -1).all()
    rain = xr.full_like(ground, 300.0)
    grades = grade_hour(slopes, rain, rules, soil_water_index=xr.full_like(ground, 150.0))
    tiers = tiers_of_grades(grades.values)
    assert (tiers[:, 17:24] == 0).all()
    assert (tiers[2:-2, 3:12] >= 1).all()
    assert (tiers[:, -1] == -1).all()


def test_a_valley_is_as_steep_from_the_other_side() -> None:
    ground = valley()[:, :-1]
    turned = ground.copy(data=ground.values[:, ::-1])
    one, two = (layers(g, dx=30.0, dy=30.0) for g in (ground, turned))
    for name in one:
        np.testing.assert_allclose(one[name].values, two[name].values[:, ::-1], atol=1e-5)


def test_a_layer_of_another_shape_is_named() -> None:
    with pytest.raises(DataError, match="land_cover"):
        layers(valley(), dx=30.0, dy=30.0, land_cover=valley()[:5])
