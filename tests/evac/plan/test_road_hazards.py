"""Water and slopes on roads: what closes, what slows down, what nobody knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from evac.plan.road_hazards import on_slopes, under_water, water_speed, within_shapes
from evac.plan.roads import Condition
from riskmap.errors import DataError
from riskmap.grid import Grid
from tests.evac.plan.towns import DEGREE, degrees, spot, town, way

CELL = 100 / DEGREE


def ground(rows=5, columns=20):
    """Cells of about 100 m, the corner of the towns in the middle row's south-west corner."""
    west, south = spot(0, -250)
    return Grid((rows, columns), Affine(CELL, 0, west, 0, -CELL, south + rows * CELL))


def street():
    """A road along the middle of the grid, in two directions, and one beside it."""
    return town(way((50, 0), (950, 0)), way((50, 0), (50, 200)))


def test_the_curve_at_its_published_values():
    """The formula of the paper at 150 mm gives 24.26 km h-1; from 300 mm on roads are impassable."""
    assert water_speed(0.15) * 3.6 == pytest.approx(0.0009 * 150**2 - 0.5529 * 150 + 86.9448)
    assert water_speed(0.15) * 3.6 == pytest.approx(24.26, abs=0.01)
    assert water_speed([0.3, 0.5, 2.0]).tolist() == [0, 0, 0]


@given(st.floats(0, 1), st.floats(0, 1))
def test_deeper_is_never_faster(a, b):
    assert water_speed(max(a, b)) <= water_speed(min(a, b))


@pytest.mark.parametrize(
    ("depth", "condition", "kilometres"),
    [
        (0.0, Condition.OPEN, 36.0),
        (0.05, Condition.OPEN, 36.0),
        (0.2, Condition.SLOWED, 12.4),
        (0.31, Condition.CLOSED, 0.0),
    ],
)
def test_one_wet_cell_decides_for_the_road_that_crosses_it(depth, condition, kilometres):
    grid = ground()
    water = np.zeros(grid.shape)
    water[2, 5] = depth
    after = under_water(street(), water, grid)
    on = after.line == 0
    assert set(after.condition[on].tolist()) == {condition}
    assert after.speed[on] * 3.6 == pytest.approx([kilometres] * 2, abs=0.05)
    assert set(after.condition[~on].tolist()) == {Condition.OPEN}


def test_what_is_not_known_is_not_open():
    grid = ground()
    water = np.zeros(grid.shape)
    water[2, 3] = np.nan
    assert set(under_water(street(), water, grid).condition[:1].tolist()) == {Condition.UNKNOWN}
    water[2, 5] = 0.5  # what is known closes it
    assert under_water(street(), water, grid).condition[0] == Condition.CLOSED
    short = ground(columns=4)
    assert (
        under_water(street(), np.zeros(short.shape), short).condition[0] == Condition.UNKNOWN
    )  # beyond the grid


def test_a_bridge_is_judged_at_its_ends():
    grid = ground()
    water = np.zeros(grid.shape)
    water[2, 3:7] = 3.0
    bridge = replace(street(), raised=np.array([True, False]))
    assert set(under_water(bridge, water, grid).condition.tolist()) == {Condition.OPEN}
    water[2, 10] = 3.0  # its eastern end
    assert Condition.CLOSED in under_water(bridge, water, grid).condition.tolist()


def test_water_that_comes_later_closes_later():
    grid = ground()
    water, arrival = np.zeros(grid.shape), np.full(grid.shape, np.nan)
    water[2, 4:6] = 1.0
    arrival[2, 4:6] = 7200.0, 3600.0
    after = under_water(street(), water, grid, arrival=arrival)
    on = after.line == 0
    assert after.open_until[on].tolist() == [3600, 3600]
    assert (after.speed[on] > 0).all()
    assert np.isinf(after.open_until[~on]).all()
    arrival[:] = np.nan  # deep, and nobody knows since when
    assert set(under_water(street(), water, grid, arrival=arrival).condition[on].tolist()) == {
        Condition.CLOSED
    }


def test_slopes_at_orange_close_and_grey_is_unknown():
    grid = ground()
    tiers = np.full(grid.shape, 255, np.uint8)
    assert set(on_slopes(street(), tiers, grid).condition.tolist()) == {Condition.OPEN}
    tiers[2, 5] = 2
    assert set(on_slopes(street(), tiers, grid).condition.tolist()) == {Condition.OPEN}
    tiers[2, 6] = 254
    assert on_slopes(street(), tiers, grid).condition[0] == Condition.UNKNOWN
    tiers[2, 5] = 3
    assert on_slopes(street(), tiers, grid).condition[0] == Condition.CLOSED


def test_areas_drawn_by_hand_close_what_touches_them():
    import shapely

    after = within_shapes(street(), [shapely.Polygon(degrees((40, 100), (60, 100), (60, 120), (40, 120)))])
    assert (after.condition == Condition.CLOSED).tolist() == (after.line == 1).tolist()
    assert within_shapes(street(), []).condition.max() == Condition.OPEN


def test_bad_grids():
    grid = ground()
    with pytest.raises(DataError, match="not on its grid"):
        under_water(street(), np.zeros((2, 2)), grid)
    with pytest.raises(DataError, match="not on its grid"):
        on_slopes(street(), np.zeros((2, 2)), grid)
    with pytest.raises(DataError, match="negative depth"):
        under_water(street(), np.full(grid.shape, -1.0), grid)
