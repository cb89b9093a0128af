"""The quick map: rating curves against Manning's formula by hand, and depths against the stage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.inundation import quick_depth, rating_curves

STAGES = np.linspace(0.0, 8.0, 33)


def test_a_trapezoid_has_the_discharge_of_its_section() -> None:
    """Bed of 20 m, banks of 1:5, one row of cells of 1 m each metre of 100: A and P by hand."""
    offset = np.abs(np.arange(-60, 60) + 0.5)
    height = np.maximum(offset - 10.0, 0.0) / 5.0 * np.ones((100, 1))
    slope = np.where(offset > 10.0, 0.2, 0.0) * np.ones((100, 1))
    curves = rating_curves(
        height, np.zeros(height.shape, int), length=[100.0], slope=[0.004], manning=[0.04], cell_area=1.0,
        stages=STAGES, ground_slope=slope,
    )  # fmt: skip
    for s in (8, 16, 28):
        y = STAGES[s]
        area, perimeter = 20 * y + 5 * y * y, 20 + 2 * y * np.sqrt(26.0)
        by_hand = area * (area / perimeter) ** (2 / 3) * np.sqrt(0.004) / 0.04
        assert curves.discharge[0, s] == pytest.approx(by_hand, rel=0.01)
        assert curves.stage([by_hand])[0] == pytest.approx(y, abs=0.02)
    assert np.isnan(curves.stage([1e9])[0])  # beyond the curve nothing is made up


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_more_water_never_stands_lower(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height = rng.gamma(1.0, 3.0, (30, 30))
    height[rng.random(height.shape) < 0.1] = np.nan
    reach = rng.integers(-1, 3, height.shape)
    curves = rating_curves(
        height, reach, length=[500.0, 300.0, 400.0], slope=[0.01, 0.001, 0.02], manning=[0.05] * 3, cell_area=900.0,
        stages=STAGES,
    )  # fmt: skip
    assert (np.diff(curves.discharge, axis=1) >= 0.0).all()
    low, high = curves.stage([1.0, 1.0, 1.0]), curves.stage([5.0, 5.0, 5.0])
    assert (high >= low).all()
    one, two = quick_depth(height, reach, low), quick_depth(height, reach, high)
    known = (reach >= 0) & np.isfinite(height)
    assert np.array_equal(np.isfinite(one), known)
    assert (two[known] >= one[known]).all()


def test_a_reach_without_land_has_no_stage() -> None:
    curves = rating_curves(
        [[0.0, 1.0]], [[0, 0]], length=[10.0, 10.0], slope=[0.01] * 2, manning=[0.03] * 2, cell_area=[100.0],
        stages=[0.0, 1.0, 2.0],
    )  # fmt: skip
    assert np.isnan(curves.stage([1.0, 1.0])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slope": [0.0]}, "must be positive"), ({"stages": [0.5, 1.0]}, "rise from 0"), ({"length": []}, "reach"),
        ({"reach": [[0, 4]]}, "without length"), ({"reach": [[0.0, 1.0]]}, "do not fit"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {
        "height": [[0.0, 1.0]], "reach": [[0, 0]], "length": [10.0], "slope": [0.01], "manning": [0.03],
        "cell_area": 100.0, "stages": [0.0, 1.0],
    }  # fmt: skip
    with pytest.raises(DataError, match=message):
        rating_curves(**{**good, **change})  # type: ignore[arg-type]


def test_a_discharge_is_wanted_for_each_reach() -> None:
    curves = rating_curves(
        [[0.0, 1.0]],
        [[0, 0]],
        length=[10.0],
        slope=[0.01],
        manning=[0.03],
        cell_area=100.0,
        stages=[0.0, 1.0],
    )
    with pytest.raises(DataError, match="for each reach"):
        curves.stage([1.0, 2.0])
