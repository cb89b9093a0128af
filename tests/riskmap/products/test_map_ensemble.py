"""The ensemble's layer: the colour by the chance, never green or lower for more."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskmap.products.map_ensemble import AHEAD, LIKELY, likely_tier
from riskmap.scale import NO_DATA, Tier

CHANCES = arrays(np.float64, (4, 3, 5), elements=st.floats(0, 1)).map(lambda a: -np.sort(-a, axis=0))


def test_the_bounds_of_the_rule_book() -> None:
    assert LIKELY == {Tier.BLUE: 0.3, Tier.YELLOW: 0.3, Tier.ORANGE: 0.5, Tier.RED: 0.5}
    chances = np.array(
        [[0.29, 0.3, 1.0, 1.0, 1.0], [0.0, 0.3, 0.5, 1, 1], [0, 0.2, 0.49, 0.5, 1], [0, 0, 0.4, 0.49, 0.5]]
    )
    tier, chance, _ = likely_tier(chances[:, None, :])
    assert tier[0].tolist() == [0, 2, 2, 3, 4]
    assert chance[0].tolist() == [0.29, 0.3, 0.5, 0.5, 0.5]


def test_unknown_is_grey_and_never_green() -> None:
    chances = np.zeros((4, 2, 2))
    chances[3, 0, 1] = np.nan
    tier, chance, trend = likely_tier(chances)
    assert tier.tolist() == [[0, NO_DATA], [0, 0]]
    assert np.isnan(chance[0, 1])
    assert np.isnan(trend[0, 1])


@given(CHANCES, CHANCES)
def test_more_likely_is_never_lower(one: np.ndarray, other: np.ndarray) -> None:  # type: ignore[type-arg]
    assert (likely_tier(np.maximum(one, other))[0] >= likely_tier(one)[0]).all()


def test_the_arrow_looks_ahead() -> None:
    chances = np.zeros((4, AHEAD + 2, 1))
    chances[0, AHEAD:] = 1.0
    trend = likely_tier(chances)[2][:, 0]
    assert trend[0] == 1
    assert np.isnan(trend[-1])
    assert likely_tier(chances[:, ::-1])[2][0, 0] == -1
