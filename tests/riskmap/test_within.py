"""What plain numbers must be: a mark never becomes a calm day, and no loop runs beyond an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import riskmap
from riskmap.errors import ConfigError, DataError
from riskmap.hazard.flash_flood import bankfull_discharge, guidance, rolling_sums
from riskmap.hazard.inundation import hazard_class
from riskmap.hazard.reservoir import weir_discharge
from riskmap.hazard.runoff import (
    hydrograph,
    muskingum_coefficients,
    ponding_time,
    route,
    scs_step,
    soil_water_index,
)
from riskmap.hazard.sea_wall import overtopping_wall
from riskmap.hazard.surge import advance, inverse_barometer, plane_basin, still_sea
from riskmap.hazard.waves import young_verhagen
from riskmap.terrain.wetness import spread_area
from riskmap.within import require_shape, require_within

MARK = -9999.0
POND = plane_basin(np.full((5, 6), 10.0), dx=1000.0, dy=1000.0)
ONE = np.ones(1)


def slope(**changed: Any) -> Any:
    return riskmap.overtopping_slope(
        **({"height": 2.0, "period": 5.0, "freeboard": 3.0, "cot_slope": 3.0} | changed)
    )


MARKS: dict[str, Callable[[], Any]] = {
    "rain of an event": lambda: riskmap.scs_runoff([50.0, MARK], 75.0),
    "rain of the tanks": lambda: soil_water_index([1.0, MARK]),
    "tanks at the start": lambda: soil_water_index([1.0], start=(MARK, 0.0, 0.0)),
    "rain of windows": lambda: rolling_sums(np.array([[1.0, MARK]]), 1),
    "rain that ponds": lambda: ponding_time(MARK, conductivity=6.5, suction=56.8),
    "rain excess": lambda: hydrograph(np.array([[MARK]]), ONE, ONE, step=600.0),
    "area": lambda: bankfull_discharge(MARK),
    "lag": lambda: hydrograph(np.array([[1.0]]), ONE, MARK * ONE, step=600.0),
    "bankfull": lambda: guidance(MARK * ONE, 1e7 * ONE, 3600.0 * ONE, 75.0 * ONE),
    "travel time": lambda: muskingum_coefficients(MARK, 0.2, 3600.0),
    "weight": lambda: muskingum_coefficients(3600.0, 0.7, 3600.0),
    "wave height": lambda: slope(height=MARK),
    "wave period": lambda: slope(period=MARK),
    "slope of a wall": lambda: slope(cot_slope=MARK),
    "roughness of a wall": lambda: slope(rough=0.0),
    "angle factor": lambda: riskmap.run_up(height=2.0, period=5.0, cot_slope=3.0, oblique=MARK),
    "waves at a wall": lambda: overtopping_wall(height=MARK, period=5.0, freeboard=3.0, depth=3.0),
    "wind of waves": lambda: young_verhagen(wind=MARK, fetch=1e4, depth=5.0),
    "stage": lambda: riskmap.quick_depth([[0.0]], [[0]], [MARK]),
    "depth of a class": lambda: hazard_class([MARK], [1.0]),
    "speed of a class": lambda: hazard_class([1.0], [-1.0]),
    "width of a weir": lambda: weir_discharge(1.0, width=MARK, coefficient=1.7),
    "pressure in hPa": lambda: inverse_barometer(np.array([980.0, MARK]), 101_000.0),
    "a basin without cells": lambda: plane_basin(np.ones((3, 3)), dx=MARK, dy=1.0),
    "time of a surge": lambda: advance(POND, still_sea(POND), MARK),
    "roughness of a sea bed": lambda: advance(POND, still_sea(POND), 60.0, manning=MARK),
    "a height": lambda: riskmap.fill_depressions([[5.0, MARK, 5.0]]),
    "a threshold": lambda: riskmap.height_above_drainage(
        np.ones((1, 2)), np.array([[1, 1]], np.uint8), np.array([[1, 2]]), np.nan
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKS)
def test_a_mark_is_refused_by_name(name: str) -> None:
    with pytest.raises(DataError, match=r"-9999|NaN|-1|0\.7|980|found 1 of 1, the first 0") as caught:
        MARKS[name]()
    assert caught.value.where
    assert caught.value.expected
    assert caught.value.remedy


SHAPES: dict[str, Callable[[], Any]] = {
    "a hydrograph without its areas": lambda: hydrograph(np.ones((3, 4)), ONE, np.ones(3), step=600.0),
    "one series": lambda: hydrograph(np.ones(4), ONE, ONE, step=600.0),
    "no step": lambda: hydrograph(np.ones((1, 4)), ONE, ONE, step=0.0),
    "a route without coefficients": lambda: route(np.ones((2, 3)), np.array([1, -1]), np.ones((1, 3)), np.ones(2, int)),
    "a route without parts": lambda: route(np.ones((2, 3)), np.array([1, -1]), np.ones((2, 3)), np.ones(1, int)),
    "runoff on another grid": lambda: scs_step(np.ones((3, 3)), np.zeros((2, 3)), np.ones((3, 3))),
    "a basin of one dimension": lambda: plane_basin(np.ones(3), dx=1.0, dy=1.0),
    "a basin of land": lambda: plane_basin(np.full((3, 3), np.nan), dx=1.0, dy=1.0),
    "no series": lambda: soil_water_index(np.float64(3.0)),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_an_array_of_another_shape_is_refused(name: str) -> None:
    with pytest.raises(DataError):
        SHAPES[name]()


def test_unknown_stays_unknown() -> None:
    nothing = np.nan
    assert np.isnan(riskmap.scs_runoff(nothing, 75.0))
    assert np.isnan(slope(height=nothing))
    assert np.isnan(slope(freeboard=nothing))
    assert np.isnan(overtopping_wall(height=2.0, period=5.0, freeboard=3.0, depth=nothing))
    assert np.isnan(overtopping_wall(height=2.0, period=nothing, freeboard=3.0, depth=3.0))
    assert np.isnan(riskmap.quick_depth([[0.0]], [[0]], [nothing])).all()


def test_an_unknown_scheme_is_named() -> None:
    with pytest.raises(ConfigError, match="freeman_1991"):
        spread_area(np.ones((1, 1)), np.array([[1]], np.uint8), dx=1.0, dy=1.0, scheme="d8")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "bounds", "words"),
    [
        ([3.0, -1.0], {}, "0 or more; found 1 of 2, the first -1"),
        (0.0, {"above": True}, "above 0; found 1 of 1"),
        ([0.5, 2.0], {"most": 1.0}, "0 to 1; found 1 of 2, the first 2"),
        ([np.inf], {"most": 1.0, "above": True}, "above 0, up to 1"),
    ],
)
def test_bounds_are_told(values: Any, bounds: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        require_within(values, "this", where="here", **bounds)
    require_within([np.nan, 0.5], "this", where="here", **bounds)
    require_shape(np.ones((2, 3)), (2, 3), "this", where="here")
