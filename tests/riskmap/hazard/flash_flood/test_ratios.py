"""Rain against thresholds as one number: the published table's tiers, unknown windows, lead time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.flash_flood import (
    TIER_RATIOS,
    lead_hours,
    ratio_of,
    rolling_sums,
    step_of,
    tier_of,
    worst_ratio,
)
from tests.riskmap.hazard.flash_flood.made import RULE


@given(rain=st.floats(0, 400), metric=st.integers(0, 3))
def test_the_ratio_grades_as_the_table(rain: float, metric: int) -> None:
    thresholds = RULE.metrics[metric].thresholds
    # at a threshold to the last bit, not within a rounding of it
    if min(abs(rain - t) for t in thresholds) > 1e-9:
        wanted = sum(rain >= t for t in thresholds)
        assert int(tier_of(ratio_of(rain, thresholds))) == wanted
    for k, threshold in enumerate(thresholds):
        assert int(tier_of(ratio_of(threshold, thresholds))) == k + 1


@given(rain=st.floats(0, 400), more=st.floats(0, 100))
def test_more_rain_never_lowers_the_ratio(rain: float, more: float) -> None:
    thresholds = RULE.metrics[1].thresholds
    assert ratio_of(rain + more, thresholds) >= ratio_of(rain, thresholds)


def test_the_two_steps_are_the_upper_tiers() -> None:
    ratios = np.array([0.79, *TIER_RATIOS, 5.0, np.nan])
    assert step_of(ratios).tolist() == [0, 0, 0, 1, 2, 2, -1]


def test_thresholds_that_do_not_rise_are_named() -> None:
    with pytest.raises(DataError, match="do not rise"):
        ratio_of(10.0, (35.0, 45.0, 45.0, 80.0))
    with pytest.raises(DataError, match="do not rise"):
        ratio_of(10.0, (0.0, 45.0, 60.0, 80.0))
    assert np.isnan(ratio_of(10.0, (35.0, np.nan, 60.0, 80.0)))


def test_no_data_is_never_green() -> None:
    tests = np.array([[0.1, 0.5, np.nan, 0.1], [np.nan, np.nan, np.nan, 0.2]])
    ratio, driver = worst_ratio(tests)
    assert tier_of(ratio).tolist() == [-1, 1, -1, 0]
    assert driver.tolist() == [0, 0, -1, 1]


@given(rain=st.lists(st.floats(0, 90), min_size=1, max_size=40), window=st.sampled_from([1, 3, 6, 24]))
def test_rolling_sums_are_sums(rain: list[float], window: int) -> None:
    found = rolling_sums(np.array([rain]), window)[0]
    for k in range(len(rain)):
        if k + 1 < window:
            assert np.isnan(found[k])
        else:
            assert found[k] == pytest.approx(sum(rain[k + 1 - window : k + 1]))


def test_lead_time_counts_from_the_analysis_and_never_back() -> None:
    ratio = np.array([[1.2, 0.1, 0.9, 1.0], [1.2, 1.1, 0.2, 0.2], [0.1, 0.1, 0.1, np.nan]])
    hours = np.array([-1.0, 0.0, 1.0, 2.0])
    np.testing.assert_array_equal(lead_hours(ratio, hours, 1.0), [2.0, 0.0, np.nan])
    np.testing.assert_array_equal(lead_hours(ratio, hours, 0.8), [1.0, 0.0, np.nan])
