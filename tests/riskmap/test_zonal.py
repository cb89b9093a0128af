"""Exact coverage of regions by cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import transform
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from riskmap.errors import GeometryError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.region import Region
from riskmap.zonal import MOST_KEPT, shared_weights, zonal_weights

GRID = Grid.from_bounds(west=120.0, south=28.0, east=123.0, north=31.0, step=0.05)
FINE = Grid.from_bounds(west=120.0, south=28.0, east=123.0, north=31.0, step=0.02)  # as the bundled scenario


def region(geometry: object, code: str = "330902") -> Region:
    return Region(code, "定海区", "3309", "舟山市", geometry)


def sphere_area(west: float, south: float, east: float, north: float) -> float:
    """Closed form of a box between parallels and meridians [m2]."""
    return float(
        EARTH_RADIUS**2 * np.radians(east - west) * (np.sin(np.radians(north)) - np.sin(np.radians(south)))
    )


@settings(deadline=None, max_examples=40)
@given(
    west=st.floats(120.05, 121.5), south=st.floats(28.05, 29.5), width=st.floats(0.5, 1.4), height=st.floats(0.5, 1.4)
)  # fmt: skip
def test_the_cells_of_a_box_add_up_to_its_area(
    west: float, south: float, width: float, height: float
) -> None:
    corners = west, south, west + width, south + height
    weights = zonal_weights([region(box(*corners))], FINE)
    assert float(weights.area.sum()) == pytest.approx(sphere_area(*corners), rel=2e-6)


def test_the_cells_of_a_polygon_add_up_to_its_area() -> None:
    # county-like: many short edges, of which the map projection bends none visibly
    round_one = Point(121.5, 29.5).buffer(0.9, quad_segs=64)
    shape = Polygon([(121.5 + (x - 121.5) * 1.2, y) for x, y in round_one.exterior.coords])
    weights = zonal_weights([region(shape)], FINE)
    flat = transform(shape, lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]))
    assert float(weights.area.sum()) == pytest.approx(flat.area * EARTH_RADIUS**2, rel=1e-6)


def test_a_region_made_of_whole_cells_is_exact() -> None:
    corners = 121.0, 29.0, 122.0, 30.0
    weights = zonal_weights([region(box(*corners))], GRID)
    assert len(weights.cell) == 400
    assert float(weights.area.sum()) == pytest.approx(sphere_area(*corners), rel=1e-9)
    assert float(weights.total[0]) == pytest.approx(sphere_area(*corners), rel=1e-9)


def test_each_cell_is_the_one_that_the_region_covers() -> None:
    latitude, longitude = GRID.latitude[7], GRID.longitude[11]
    part = box(longitude, latitude, longitude + 0.02, latitude + 0.02)
    weights = zonal_weights([region(part)], GRID)
    assert weights.cell.tolist() == [7 * GRID.shape[1] + 11]
    assert float(weights.area[0]) == pytest.approx(GRID.cell_area[7] * 0.16, rel=1e-6)


def test_what_lies_outside_the_grid_counts_in_the_whole_area_only() -> None:
    weights = zonal_weights([region(box(119.5, 29.0, 120.5, 30.0))], GRID)
    assert float(weights.area.sum() / weights.total[0]) == pytest.approx(0.5, abs=1e-6)
    everywhere = np.ones(GRID.shape, bool).ravel()
    assert weights.share(everywhere)[0] == pytest.approx(0.5, abs=1e-6)


def test_a_region_outside_the_grid_has_no_cells_and_no_share() -> None:
    outside, inside = box(100, 29, 101, 30), box(121, 29, 122, 30)
    weights = zonal_weights(
        [region(outside, "1"), region(inside, "2"), region(outside, "3"), region(outside, "4")], GRID
    )
    assert np.diff(weights.start).tolist() == [0, 400, 0, 0]
    share = weights.share(np.ones(GRID.shape, bool).ravel())
    assert share == pytest.approx([0.0, 1.0, 0.0, 0.0], abs=1e-6)
    assert (weights.total > 0).all()


def test_neighbours_share_a_cell_and_lose_nothing() -> None:
    halves = [region(box(121.0, 29.0, 121.51, 30.0), "1"), region(box(121.51, 29.0, 122.0, 30.0), "2")]
    weights = zonal_weights(halves, GRID)
    assert float(weights.area.sum()) == pytest.approx(sphere_area(121, 29, 122, 30), rel=1e-6)
    assert set(weights.cell[: weights.start[1]]) & set(weights.cell[weights.start[1] :])


def test_islands_count_together() -> None:
    islands = MultiPolygon([box(121, 29, 121.5, 29.5), box(122, 30, 122.5, 30.5)])
    expected = sphere_area(121, 29, 121.5, 29.5) + sphere_area(122, 30, 122.5, 30.5)
    assert float(zonal_weights([region(islands)], GRID).area.sum()) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("geometry", [LineString([(121, 29), (122, 30)]), Polygon()])
def test_a_region_without_area_is_named(geometry: object) -> None:
    with pytest.raises(GeometryError, match="region 330902 定海区: the region has no area"):
        zonal_weights([region(geometry)], GRID)


def test_weights_are_built_once_for_the_same_outlines_and_grid() -> None:
    mine = [region(box(121, 29, 122, 30))]
    first = shared_weights(mine, GRID)
    assert shared_weights([region(box(121, 29, 122, 30), "2")], GRID) is first  # read anew in the next cycle
    assert shared_weights(mine, FINE) is not first
    assert shared_weights([replace(mine[0], unusable="bad")], GRID) is not first
    for n in range(MOST_KEPT):
        shared_weights([region(box(121, 29, 122, 29.5 + 0.1 * n))], GRID)
    again = shared_weights(mine, GRID)
    assert again is not first
    assert np.array_equal(again.area, first.area)


def test_the_first_regions_alone() -> None:
    halves = [region(box(121.0, 29.0, 121.51, 30.0), "1"), region(box(121.51, 29.0, 122.0, 30.0), "2")]
    first, alone = zonal_weights(halves, GRID).first(1), zonal_weights(halves[:1], GRID)
    assert np.array_equal(first.cell, alone.cell)
    assert np.array_equal(first.total, alone.total)


def test_a_region_whose_outline_cannot_be_used_has_no_cells() -> None:
    weights = zonal_weights([replace(region(box(121, 29, 122, 30)), unusable="crosses itself")], GRID)
    assert len(weights.cell) == 0
    assert weights.total[0] > 0
