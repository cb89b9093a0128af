"""Unit hydrographs: published figures, water kept, refinement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import ConfigError
from riskmap.hazard.runoff import (
    hydrograph,
    kirpich_concentration,
    scs_lag,
    time_to_peak,
    triangle_peak,
    unit_peak,
)

ONE = np.ones(1)


def test_kirpich_in_metres_is_kirpich_in_feet() -> None:
    """0.0078 L^0.77 S^-0.385 min, L in feet."""
    feet = 0.0078 * (3000.0 / 0.3048) ** 0.77 * 0.02**-0.385
    assert float(kirpich_concentration(3000.0, 0.02)) / 60.0 == pytest.approx(feet, rel=3e-3)


def test_the_lag_in_the_units_of_the_handbook() -> None:
    found = float(scs_lag(6000 * 0.3048, 0.08, 80.0)) / 3600.0
    assert found == pytest.approx(6000**0.8 * (1000 / 80 - 10 + 1) ** 0.7 / (1900 * 8**0.5), rel=1e-12)


def test_the_triangle_has_the_peak_of_the_handbook() -> None:
    """qp = 484 A Q / Tp: square miles, inches, hours, cubic feet a second."""
    found = float(triangle_peak(2.589988e6, 2 * 3600.0, 25.4))
    assert found == pytest.approx(484 / 2 * 0.3048**3, rel=1e-3)
    assert float(time_to_peak(1800.0, 600.0)) == 2100.0


@pytest.mark.parametrize(("shape", "share"), [("triangle", 3 / 8), ("nrcs", 0.375)])
def test_three_eighths_pass_before_the_peak(shape: str, share: float) -> None:
    lag, step = np.array([3600.0]), 20.0
    excess = np.zeros((1, 1000))
    excess[0, 0] = 1.0
    flow = hydrograph(excess, ONE * 1e6, lag, step=step, shape=shape)[0]
    assert flow.sum() * step == pytest.approx(1000.0, rel=1e-9)
    peak = int(flow.argmax())
    assert peak * step == pytest.approx(3610.0, abs=2 * step)
    assert flow[:peak].sum() / flow.sum() == pytest.approx(share, abs=0.02)
    assert flow.max() == pytest.approx(float(triangle_peak(1e6, 3610.0)), rel=0.01)


@given(
    excess=st.lists(st.floats(0, 50), min_size=1, max_size=8),
    area=st.floats(1e5, 2e8),
    lag=st.floats(300, 20e3),
)
def test_the_water_that_runs_off_passes_the_outlet(excess: list[float], area: float, lag: float) -> None:
    series = np.zeros((1, 400))
    series[0, : len(excess)] = excess
    flow = hydrograph(series, np.array([area]), np.array([lag]), step=600.0)
    assert (flow >= 0).all()
    assert flow.sum() * 600.0 == pytest.approx(sum(excess) * area / 1000.0, rel=1e-9, abs=1e-6)


def test_shorter_steps_converge() -> None:
    peaks = []
    for step in (1200.0, 600.0, 300.0, 150.0):
        cut = int(3600 / step)
        excess = np.repeat(np.array([[10.0, 20.0, 5.0, *[0.0] * 20]]) / cut, cut, axis=1)
        peaks.append(hydrograph(excess, ONE * 30e6, ONE * 2700.0, step=step).max())
    errors = np.abs(np.array(peaks) - peaks[-1])[:-1]
    assert errors[1] < errors[0]
    assert errors[-1] < 0.03 * peaks[-1]


@given(duration=st.sampled_from([3600.0, 3 * 3600.0, 6 * 3600.0]), lag=st.floats(400, 20e3))
def test_the_unit_peak_is_that_of_the_hydrograph(duration: float, lag: float) -> None:
    steps = round(duration / 600.0)
    excess = np.zeros((1, 400))
    excess[0, :steps] = 7.0 / steps
    flow = hydrograph(excess, ONE * 12e6, ONE * lag, step=600.0)
    assert flow.max() == pytest.approx(
        7.0 * float(unit_peak(ONE * 12e6, ONE * lag, duration=duration, step=600.0)[0]), rel=1e-12
    )


def test_an_unknown_shape_is_named() -> None:
    with pytest.raises(ConfigError, match="bell"):
        hydrograph(np.ones((1, 2)), ONE, ONE, step=600.0, shape="bell")  # type: ignore[arg-type]
