"""EurOtop's formulae against values of a public implementation, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.hazard.sea_wall import (
    berm_factor,
    oblique_factor,
    overflow,
    overtopping_slope,
    overtopping_wall,
    run_up,
)

WAVE = st.floats(0.2, 6.0)
PERIOD = st.floats(3.0, 14.0)
FREEBOARD = st.floats(-2.0, 10.0)
COT = st.floats(2.0, 6.0)


@pytest.mark.parametrize(
    ("height", "period", "angle", "freeboard", "rough", "theirs"),
    [
        (2.0, 5.0, 0.0, 5.0, 1.0, 0.8414),
        (2.5, 5.0, 0.0, 5.0, 1.0, 2.546),
        (2.0, 7.0, 0.0, 5.0, 1.0, 7.097),
        (2.0, 5.0, 30.0, 5.0, 1.0, 0.3253),
        (2.0, 5.0, 0.0, 4.5, 1.0, 1.946),
        (2.0, 5.0, 0.0, 2.0, 0.45, 2.132),
    ],
)
def test_slopes_of_a_public_implementation(
    height: float, period: float, angle: float, freeboard: float, rough: float, theirs: float
) -> None:
    """Unit tests of deltares_coastal_structures_toolbox, l/s per m, 1 in 3; their g is 9.81, ours 9.80665."""
    q = overtopping_slope(
        height=height, period=period, freeboard=freeboard, cot_slope=3.0, oblique=oblique_factor(angle), rough=rough,
        design=True,
    )  # fmt: skip
    assert 1e3 * float(q) == pytest.approx(theirs, rel=0.005)


@given(WAVE, PERIOD, FREEBOARD, COT, st.floats(0.01, 2.0))
def test_a_higher_crest_never_lets_more_over(
    height: float, period: float, crest: float, cot: float, more: float
) -> None:
    for q in (
        lambda r: overtopping_slope(height=height, period=period, freeboard=r, cot_slope=cot),
        lambda r: overtopping_wall(height=height, period=period, freeboard=r, depth=20.0),
    ):
        assert float(q(crest + more)) <= float(q(crest)) * (1.0 + 1e-12)


@given(WAVE, PERIOD, FREEBOARD, COT, st.floats(0.0, 80.0), st.floats(0.45, 1.0))
def test_design_is_never_below_the_mean_and_influence_factors_only_lower(
    height: float, period: float, crest: float, cot: float, angle: float, rough: float
) -> None:
    sea = {"height": height, "period": period, "cot_slope": cot}
    mean = overtopping_slope(freeboard=crest, **sea)
    assert float(overtopping_slope(freeboard=crest, design=True, **sea)) >= float(mean)
    assert float(
        overtopping_slope(freeboard=crest, rough=rough, oblique=oblique_factor(angle), **sea)
    ) <= float(mean)
    assert float(run_up(design=True, **sea)) >= float(run_up(**sea))
    assert float(run_up(rough=rough, **sea)) <= float(run_up(**sea))


def test_without_waves_only_the_overflow_is_left() -> None:
    for r in (1.0, -0.5):
        assert overtopping_slope(height=0.0, period=0.0, freeboard=r, cot_slope=3.0) == overflow(r)
        assert overtopping_wall(height=0.0, period=0.0, freeboard=r, depth=3.0) == overflow(r)
    assert run_up(height=0.0, period=0.0, cot_slope=3.0) == 0.0


def test_unknown_waves_are_unknown() -> None:
    assert np.isnan(run_up(height=np.nan, period=5.0, cot_slope=3.0))
    assert np.isnan(overtopping_slope(height=np.nan, period=5.0, freeboard=1.0, cot_slope=3.0))
    assert np.isnan(overtopping_wall(height=np.nan, period=5.0, freeboard=1.0, depth=5.0))


def test_overflow_is_the_broad_crested_weir() -> None:
    """1.7049 h^1.5, as SFINCS has it for structures."""
    np.testing.assert_allclose(overflow([-0.2, -1.0]), 1.7049 * np.array([0.2, 1.0]) ** 1.5, rtol=0.01)


@given(st.floats(-8.0, 8.0), st.floats(0.0, 15.0))
def test_a_berm_only_helps_and_most_of_all_at_the_water(level: float, width: float) -> None:
    """Height 2 m, run-up 5 m; the slope around the berm is 12 m long."""
    here = {"width": width, "length": width + 12.0, "height": 2.0, "run_up": 5.0}
    factor = float(berm_factor(below_water=level, **here))
    assert 0.6 <= float(berm_factor(below_water=0.0, **here)) <= factor <= 1.0


def test_waves_that_break_on_a_wall_throw_more_over_it() -> None:
    """Two metres of water in front of it against twelve, with a crest 2.5 m up."""
    shallow, deep = overtopping_wall(height=1.2, period=7.0, freeboard=2.5, depth=np.array([2.0, 12.0]))
    assert shallow > 3.0 * deep
