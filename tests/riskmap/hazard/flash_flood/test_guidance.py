"""Guidance: the round trip through the hydrograph, laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.hazard.flash_flood import bankfull_discharge, guidance, guidance_rain, threshold_runoff
from riskmap.hazard.runoff import hydrograph, scs_increments

ONE = np.ones(1)


@pytest.mark.parametrize("hours", [1, 3, 6])
@given(
    area=st.floats(1e6, 2e8), lag=st.floats(900, 20e3), cn=st.floats(40, 98), before=st.floats(0, 120),
    bankfull=st.floats(0.5, 300),
)  # fmt: skip
def test_the_rain_of_the_guidance_brings_bankfull(
    hours: int, area: float, lag: float, cn: float, before: float, bankfull: float
) -> None:
    """The runoff that the guidance stands for, spread evenly, has its peak at bankfull; and the rain brings that runoff."""
    runoff = threshold_runoff(bankfull * ONE, area * ONE, lag * ONE, duration=3600.0 * hours)
    rain = float(guidance_rain(runoff, cn, before=before)[0])
    assert rain > 0
    excess = scs_increments([before, rain], cn)[1]
    assert excess == pytest.approx(float(runoff[0]), rel=1e-9, abs=1e-9)
    steps = hours * 6
    series = np.zeros((1, steps + 700))
    series[0, :steps] = excess / steps
    assert hydrograph(series, area * ONE, lag * ONE, step=600.0).max() == pytest.approx(bankfull, rel=1e-9)


@given(cn=st.floats(40, 95), wetter=st.floats(0.1, 5), before=st.floats(0, 100), more=st.floats(0.1, 50))
def test_wetter_ground_takes_less_rain(cn: float, wetter: float, before: float, more: float) -> None:
    least = float(guidance_rain(20.0, cn, before=before))
    assert float(guidance_rain(20.0, cn + wetter, before=before)) <= least
    assert float(guidance_rain(20.0, cn, before=before + more)) <= least + 1e-9
    assert float(guidance_rain(25.0, cn, before=before)) > least
    assert least >= 20.0 - 1e-9


def test_longer_rain_may_be_more() -> None:
    found = guidance(bankfull_discharge([10e6]), 10e6 * ONE, 3600.0 * ONE, 70.0 * ONE)[0]
    assert (np.diff(found) > 0).all()
    assert (np.diff(found / [1, 3, 6]) < 0).all()


def test_a_larger_stream_carries_more_but_less_than_in_proportion() -> None:
    small, large = bankfull_discharge([10e6, 40e6])
    assert small < large < 4 * small
