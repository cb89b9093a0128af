"""The soil-water index: known answers, a table worked by hand, laws, wetness."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.hazard.runoff import (
    JMA,
    SoilTanks,
    TankConstants,
    default_bounds,
    recorded_bounds,
    soil_state,
    soil_water_index,
    soil_water_step,
    steady_tanks,
    tanks_of,
    wetness_class,
)

STORM = np.array([30.0, 30.0, 30.0, 0.0, 0.0, 0.0])
RAIN = st.lists(st.floats(0, 60, width=32), min_size=1, max_size=30)


def test_the_index_of_the_agency() -> None:
    np.testing.assert_allclose(
        soil_water_index(STORM), [30.000, 58.500, 84.510, 76.428, 72.017, 68.420], atol=1e-3
    )


def test_many_explicit_substeps_and_the_exact_equation() -> None:
    """The figures are those of 600 explicit sub-steps an hour, which still lie 0.003 mm above the equation."""
    published = [29.682, 57.207, 82.345, 77.138, 73.161, 69.850]
    np.testing.assert_allclose(soil_water_index(STORM, substeps=600), published, atol=1e-3)
    limit = [29.6806, 57.2044, 82.3416, 77.1370, 73.1611, 69.8508]
    np.testing.assert_allclose(soil_water_index(STORM, method="exact"), limit, atol=1e-3)
    errors = [np.abs(soil_water_index(STORM, substeps=n) - limit).max() for n in (1, 4, 16, 64)]
    assert all(fine < 0.4 * coarse for coarse, fine in pairwise(errors))


def test_a_table_worked_by_hand() -> None:
    """100 mm in an hour, then nothing: each number by pencil.

    h1: S1 = 100. h2: side 0.1 x 85 + 0.15 x 40 = 14.5, down 12: S1 = 73.5, S2 = 12, S3 = 0.
    h3: side 0.1 x 58.5 + 0.15 x 13.5 = 7.875, down 8.82: S1 = 56.805; S2 = 0.95 x 12 + 8.82 = 20.22; S3 = 0.6.
    """
    tanks, found = SoilTanks.filled((1, 1)), []
    for rain in (100.0, 0.0, 0.0):
        soil_water_step(tanks, np.array([[rain]]))
        found.append([float(t[0, 0]) for t in (tanks.upper, tanks.middle, tanks.lower)])
    np.testing.assert_allclose(found, [[100, 0, 0], [73.5, 12, 0], [56.805, 20.22, 0.6]], atol=1e-4)


@pytest.mark.parametrize("method", ["jma", "exact"])
@given(rain=RAIN)
def test_no_water_is_made(method: str, rain: list[float]) -> None:
    index = soil_water_index(np.array(rain), method=method)
    assert (index >= 0).all()
    assert (index <= np.cumsum(rain) * (1 + 1e-5) + 1e-3).all()


@pytest.mark.parametrize("method", ["jma", "exact"])
@given(rain=RAIN, more=st.floats(0, 40, width=32), at=st.integers(0, 29))
def test_more_rain_never_lowers_the_index(method: str, rain: list[float], more: float, at: int) -> None:
    wetter = np.array(rain)
    wetter[at % len(rain)] += more
    assert (
        soil_water_index(wetter, method=method) >= soil_water_index(np.array(rain), method=method) - 1e-3
    ).all()


def test_ten_minute_steps_lie_between_the_hourly_and_the_exact() -> None:
    fine = soil_water_index(np.repeat(STORM / 6, 6), hours=1 / 6)[5::6]
    exact, hourly = soil_water_index(STORM, method="exact"), soil_water_index(STORM)
    assert np.abs(fine - exact).max() < 0.25 * np.abs(hourly - exact).max()
    cut = soil_water_index(np.repeat(STORM / 6, 6), hours=1 / 6, method="exact")[5::6]
    np.testing.assert_allclose(cut, exact, atol=2e-3)


def test_three_hours_at_once_are_cut_into_hours() -> None:
    whole = soil_water_index(np.array([90.0]), hours=3.0)
    np.testing.assert_allclose(whole, soil_water_index(np.full(3, 30.0))[-1:], atol=1e-4)


@given(rate=st.floats(0.01, 20))
def test_steady_tanks_stay(rate: float) -> None:
    start = steady_tanks(rate)
    found = soil_water_index(np.full(3, rate), method="exact", start=start)
    np.testing.assert_allclose(found, sum(start), rtol=1e-4)


def test_an_unknown_hour_is_unknown_from_there_on_in_its_cell_alone() -> None:
    rain = np.zeros((3, 1, 2))
    rain[1, 0, 0] = np.nan
    assert np.isnan(soil_water_index(rain)).tolist() == [[[False, False]], [[True, False]], [[True, False]]]


def test_bad_input_is_named_and_changes_nothing() -> None:
    tanks = SoilTanks.filled((2, 2), depth=(5.0, 6.0, 7.0))
    with pytest.raises(DataError, match=r"negative rain.*1 cells, the first -9999.0 at \(1, 0\)"):
        soil_water_step(tanks, np.array([[0.0, np.nan], [-9999.0, 3.0]]))
    with pytest.raises(DataError, match=r"infinite rain.*inf at \(0, 1\)"):
        soil_water_step(tanks, np.array([[0.0, np.inf], [0.0, 3.0]]))
    with pytest.raises(DataError, match="other shapes"):
        soil_water_step(tanks, np.zeros((3, 2)))
    for wrong in ({"method": "magic"}, {"hours": 0.0}, {"substeps": 0}):
        with pytest.raises(ConfigError, match="soil-water step"):
            soil_water_step(tanks, np.zeros((2, 2)), **wrong)  # type: ignore[arg-type]
    assert (tanks.index == 18.0).all()


def test_a_state_of_another_model_is_refused() -> None:
    axes = {"y": np.arange(2.0), "x": np.arange(2.0)}
    state = soil_state(SoilTanks.filled((2, 2)), axes, np.datetime64("2021-07-25T12"))
    other = TankConstants("mine", JMA.side, JMA.bottom, JMA.height)
    with pytest.raises(CoverageError, match="mine"):
        tanks_of(state, constants=other)
    with pytest.raises(CoverageError, match="exact"):
        tanks_of(state, method="exact")
    with pytest.raises(DataError, match="soil_water_lower"):
        tanks_of(state.drop_vars("soil_water_lower"))
    copy = tanks_of(state)
    soil_water_step(copy, np.ones((2, 2)))
    assert float(state["soil_water_upper"].max()) == 0.0


def test_wetness_by_bounds_and_by_the_place_s_own_record() -> None:
    dry, wet = default_bounds()
    assert wetness_class(np.array([dry - 1, dry, wet, np.nan])).tolist() == [0, 1, 2, -1]
    record = np.stack([np.arange(101.0), np.arange(101.0) * 2, np.full(101, np.nan)], axis=1)
    bounds = recorded_bounds(record)
    np.testing.assert_allclose(bounds, [[30, 60, np.nan], [80, 160, np.nan]])
    assert wetness_class(np.array([50.0, 50.0, 50.0]), (bounds[0], bounds[1])).tolist() == [1, 0, -1]
    with pytest.raises(ConfigError, match="percentiles"):
        recorded_bounds(record, (80.0, 30.0))
