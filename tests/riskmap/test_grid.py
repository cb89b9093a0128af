"""The grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import ConfigError, CoverageError
from riskmap.grid import EARTH_RADIUS, Grid

BOX = {"west": 117.5, "south": 27.0, "east": 123.5, "north": 31.5}


@settings(deadline=None, max_examples=60)
@given(
    west=st.integers(-180, 300), south=st.integers(-90, 80), rows=st.integers(1, 40), columns=st.integers(1, 60),
    step=st.sampled_from([0.02, 0.1, 0.25]),
)  # fmt: skip
def test_the_cells_fill_the_bounds(west: int, south: int, rows: int, columns: int, step: float) -> None:
    grid = Grid.from_bounds(
        west=west, south=south, east=west + columns * step, north=south + rows * step, step=step
    )
    assert grid.shape == (rows, columns)
    assert grid.bounds == pytest.approx((west, south, west + columns * step, south + rows * step))
    assert (np.diff(grid.latitude) < 0).all()
    assert (np.diff(grid.longitude) > 0).all()
    # area of the box on the sphere, in closed form
    height = math.sin(math.radians(south + rows * step)) - math.sin(math.radians(south))
    box = EARTH_RADIUS**2 * math.radians(columns * step) * height
    assert float(grid.cell_area.sum()) * columns == pytest.approx(box, rel=1e-9)


def test_the_centre_of_every_cell_lies_in_that_cell() -> None:
    grid = Grid.from_bounds(**BOX, step=0.5)
    for i, latitude in enumerate(grid.latitude):
        for j, longitude in enumerate(grid.longitude):
            assert grid.index_of(latitude=latitude, longitude=longitude) == (i, j)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(26.99, 120), (31.51, 120), (29, 117.49), (29, 123.51), (120, 29)]
)
def test_a_point_outside_has_no_cell(latitude: float, longitude: float) -> None:
    assert Grid.from_bounds(**BOX, step=0.5).index_of(latitude=latitude, longitude=longitude) is None


def test_the_north_west_corner_belongs_to_the_first_cell() -> None:
    assert Grid.from_bounds(**BOX, step=0.5).index_of(latitude=31.5, longitude=117.5) == (0, 0)


def test_coordinates_are_cf_and_carry_the_transform() -> None:
    grid = Grid.from_bounds(**BOX, step=0.5)
    coordinates = grid.coordinates
    assert coordinates["y"][2]["units"] == "degrees_north"
    assert coordinates["x"][2]["standard_name"] == "longitude"
    numbers = [float(v) for v in coordinates["spatial_ref"][2]["GeoTransform"].split()]
    assert numbers == [117.5, 0.5, 0.0, 31.5, 0.0, -0.5]


@pytest.mark.parametrize(
    "change",
    [
        {"west": 124.0}, {"south": 32.0}, {"north": 95.0}, {"east": 400.0}, {"step": 0.0}, {"step": -0.1},
        {"west": 27.0, "east": 31.5, "south": 117.5, "north": 123.5}, {"west": math.nan}, {"step": math.nan},
        {"step": math.inf}, {"step": 100.0},
    ],
)  # fmt: skip
def test_bounds_that_are_no_box_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"grid.*expected.*found.*To mend it"):
        Grid.from_bounds(**{**BOX, "step": 0.5, **change})


def test_swapped_latitude_and_longitude_are_named() -> None:
    with pytest.raises(ConfigError, match="longitude and latitude are not swapped"):
        Grid.from_bounds(west=27.0, south=117.5, east=31.5, north=123.5, step=0.5)


def test_bounds_that_are_no_whole_number_of_cells_apart_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"multiples of 0.4 degrees"):
        Grid.from_bounds(**BOX, step=0.4)


def test_a_grid_is_a_value() -> None:
    one, other = (Grid.from_bounds(**BOX, step=0.5) for _ in range(2))
    assert one == other
    with pytest.raises(AttributeError):
        one.crs = "EPSG:4490"  # type: ignore[misc]


@settings(max_examples=40)
@given(
    st.integers(-170, 170), st.integers(-80, 60), st.integers(2, 40), st.integers(2, 40),
    st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1 / 48]),
)  # fmt: skip
def test_a_grid_is_read_back_from_its_data(
    west: int, south: int, rows: int, columns: int, step: float
) -> None:
    grid = Grid.from_bounds(
        west=west, south=south, east=west + columns * step, north=south + rows * step, step=step
    )
    found = Grid.of(xr.DataArray(np.zeros(grid.shape), coords=grid.coordinates, dims=("y", "x")))
    assert (found.shape, found.crs) == (grid.shape, grid.crs)
    np.testing.assert_allclose(found.bounds, grid.bounds, rtol=0, atol=1e-7)


def test_axes_in_single_precision_give_the_step_that_was_meant() -> None:
    axes = {
        "lat": np.arange(31, 29.05, -0.1).astype(np.float32),
        "lon": np.arange(120, 121.95, 0.1).astype(np.float32),
    }
    found = Grid.of(xr.DataArray(np.zeros((20, 20)), coords=axes, dims=("lat", "lon")))
    assert (found.transform.a, found.transform.e) == (0.1, -0.1)


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"y": [30.0, 29.9, 29.7], "x": [120.0, 120.1]}, "uneven"),
        ({"y": [29.9, 30.0], "x": [120.0, 120.1]}, "runs the other way"),
        ({"y": [30.0], "x": [120.0, 120.1]}, "one cell"),
        ({"x": [120.0, 120.1]}, "no coordinate"),
    ],
)
def test_data_that_lie_on_no_grid_are_refused(axes: dict[str, list[float]], said: str) -> None:
    shape = [len(axes.get(name, [0, 1])) for name in ("y", "x")]
    with pytest.raises(CoverageError, match=said):
        Grid.of(xr.DataArray(np.zeros(shape), coords=axes, dims=("y", "x")))


def test_its_line_says_cells_and_bounds() -> None:
    line = repr(Grid.from_bounds(**BOX, step=0.5))
    assert "degrees" in line
    assert str(BOX["west"]).rstrip("0").rstrip(".") in line
