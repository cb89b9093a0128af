"""Green and Ampt: the textbook's silt loam, laws, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.runoff import (
    green_ampt_step,
    infiltration_capacity,
    ponded_infiltration,
    ponding_time,
)

SILT_LOAM = {"conductivity": 6.5, "suction": 167.0 * 0.340}
"""Chow, Maidment and Mays (1988), examples 4.3.1 and 4.4.1 (remembered)."""


def test_the_textbook_after_an_hour_of_ponding() -> None:
    depth = ponded_infiltration(1.0, **SILT_LOAM)
    assert depth == pytest.approx(31.7, abs=0.1)
    assert float(infiltration_capacity(depth, **SILT_LOAM)) == pytest.approx(18.1, abs=0.1)


def test_the_textbook_under_steady_rain() -> None:
    np.testing.assert_allclose(ponding_time([10.0, 50.0], **SILT_LOAM), [10.5, 0.17], rtol=0.02)
    soil = [np.full((1, 1), value) for value in SILT_LOAM.values()]
    depth = np.zeros((1, 1))
    excess = green_ampt_step(np.full((1, 1), 50.0), depth, *soil)
    assert depth[0, 0] == pytest.approx(30.2, abs=0.1)
    assert excess[0, 0] == pytest.approx(50.0 - 30.2, abs=0.1)


@given(rain=st.lists(st.floats(0, 100), min_size=1, max_size=10), k=st.floats(0.1, 40), m=st.floats(0, 150))
def test_excess_is_never_negative_and_water_is_kept(rain: list[float], k: float, m: float) -> None:
    depth, total = np.zeros((1, 1)), 0.0
    for step in rain:
        excess = float(
            green_ampt_step(np.full((1, 1), step), depth, np.full((1, 1), k), np.full((1, 1), m))[0, 0]
        )
        assert -1e-9 <= excess <= step + 1e-6
        total += excess
    assert total + depth[0, 0] == pytest.approx(sum(rain), rel=1e-5, abs=1e-5)


@given(rain=st.floats(1, 100), more=st.floats(0, 50), k=st.floats(0.1, 40))
def test_harder_rain_brings_more_excess(rain: float, more: float, k: float) -> None:
    found = [
        float(
            green_ampt_step(np.full((1, 1), r), np.zeros((1, 1)), np.full((1, 1), k), np.full((1, 1), 60.0))[
                0, 0
            ]
        )
        for r in (rain, rain + more)
    ]
    assert found[1] >= found[0] - 1e-6


def test_soil_that_takes_nothing_sheds_all() -> None:
    nil = np.zeros((1, 1))
    assert green_ampt_step(np.full((1, 1), 7.0), nil.copy(), nil, nil + 50.0).tolist() == [[7.0]]


def test_negative_numbers_are_named() -> None:
    with pytest.raises(DataError, match="negative conductivity"):
        ponded_infiltration(1.0, conductivity=-1.0, suction=50.0)
    with pytest.raises(DataError, match="negative rain"):
        green_ampt_step(np.full((1, 1), -1.0), *(np.ones((1, 1)) for _ in range(3)))
