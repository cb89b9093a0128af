"""The surface index: laws."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskmap.hazard.runoff import retention, scs_runoff, store_hours, surface_step


def run(rain: list[float], cn: float, slope: float, hours: float = 1.0) -> tuple[np.ndarray, float]:
    total, store = np.zeros((1, 1)), np.zeros((1, 1))
    s, constant = retention(np.full((1, 1), cn)), store_hours(np.full((1, 1), slope))
    index, runoff = [], 0.0
    for step in rain:
        runoff += float(surface_step(np.full((1, 1), step), total, store, s, constant, hours=hours)[0, 0])
        index.append(float(store[0, 0]))
    return np.array(index), runoff


@given(rain=st.lists(st.floats(0, 80), min_size=1, max_size=12), cn=st.floats(40, 98), slope=st.floats(0, 1))
def test_the_store_holds_no_more_than_ran_off(rain: list[float], cn: float, slope: float) -> None:
    index, runoff = run(rain, cn, slope)
    assert (index >= 0).all()
    assert index.max() <= runoff + 1e-4
    assert abs(runoff - float(scs_runoff(sum(rain), cn))) < 1e-3


def test_steep_ground_has_the_smaller_index_and_paved_the_larger() -> None:
    storm = [20.0, 50.0, 30.0, 0.0]
    assert (run(storm, 75, 0.3)[0][1:] < run(storm, 75, 0.02)[0][1:]).all()
    assert (run(storm, 98, 0.1)[0] > run(storm, 60, 0.1)[0]).all()


def test_shorter_steps_come_to_the_same_store_on_paved_ground() -> None:
    hourly, _ = run([20.0, 50.0, 30.0, 0.0], 100.0, 0.05)
    fine, _ = run([r / 6 for r in (20.0, 50.0, 30.0, 0.0) for _ in range(6)], 100.0, 0.05, hours=1 / 6)
    np.testing.assert_allclose(fine[5::6], hourly, rtol=1e-5)


def test_unknown_slope_is_unknown() -> None:
    assert np.isnan(store_hours([np.nan])).all()
