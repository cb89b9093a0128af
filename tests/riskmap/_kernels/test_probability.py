"""Counting members: each loop against a slow, obvious twin."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from riskmap._kernels import probability as kernel
from riskmap.grid import EARTH_RADIUS
from riskmap.sphere import distance

LAWS = settings(deadline=None, max_examples=100)
MOST = 120.0

factors = st.floats(0.25, 2.0, width=32)
thresholds = st.floats(0.5, 60.0)


@LAWS
@given(mean=factors, gust=factors, of_gust=st.booleans(), threshold=thresholds)
def test_the_least_wind_is_the_very_first(mean: float, gust: float, of_gust: bool, threshold: float) -> None:
    least = kernel.least_wind(np.float32(mean), np.float32(gust), of_gust, threshold, MOST)
    assert least == kernel.least_wind.py_func(np.float32(mean), np.float32(gust), of_gust, threshold, MOST)
    if np.isinf(least):
        assert not kernel.meets.py_func(
            np.float32(MOST), np.float32(mean), np.float32(gust), of_gust, threshold
        )
        return
    before = np.nextafter(np.float32(least), np.float32(0))
    assert kernel.meets.py_func(np.float32(least), np.float32(mean), np.float32(gust), of_gust, threshold)
    assert not kernel.meets.py_func(before, np.float32(mean), np.float32(gust), of_gust, threshold)
    assert float(least) * mean * (gust if of_gust else 1.0) == pytest.approx(threshold, rel=2e-4)


def needed_of(
    mean: list[float], gust: list[float], bounds: list[list[float]]
) -> tuple[np.ndarray, np.ndarray]:
    mean_factor, gust_factor = (np.array([v], np.float32) for v in (mean, gust))
    needed, whole = np.empty((4, *mean_factor.shape), np.float32), np.empty(mean_factor.shape, np.int8)
    of_gust = np.array([False, True])
    kernel.needed_rows(mean_factor, gust_factor, of_gust, np.array(bounds), MOST, 0, 1, needed, whole)
    return needed[:, 0], whole[0]


def test_an_unknown_factor_leaves_its_metric_out() -> None:
    needed, whole = needed_of(
        [1.0, 1.0, nan], [1.5, nan, 1.5], [[10.0, 20.0, 30.0, 40.0], [12.0, 40.0, 40.0, 50.0]]
    )
    np.testing.assert_allclose(needed[:, 0], [8.0, 20.0, 26.6666, 33.3333], rtol=1e-5)
    np.testing.assert_allclose(needed[:, 1], [10.0, 20.0, 30.0, 40.0], rtol=1e-5)
    assert np.isnan(needed[:, 2]).all()
    assert whole.tolist() == [1, 0, 0]


def test_a_tier_without_a_test_is_met_by_a_worse_one() -> None:
    needed, _ = needed_of([1.0], [1.0], [[nan, 20.0, nan, 40.0], [nan, nan, nan, nan]])
    np.testing.assert_allclose(needed[:, 0], [20.0, 20.0, 40.0, 40.0], rtol=1e-5)


winds = hnp.arrays(
    np.float32, (3, 2, 5), elements=st.sampled_from([0.0, 9.0, 10.0, 11.0, 20.0, 21.0, 30.0, 40.0])
)


@LAWS
@given(peaks=winds)
def test_cells_remember_the_first_hour_of_each_tier(peaks: np.ndarray) -> None:
    needed = np.array([10.0, 20.0, 30.0, 40.0], np.float32)[:, None, None] * np.ones((4, 2, 5), np.float32)
    needed[:, 1, 4] = nan
    tier, reached = np.zeros((2, 2, 5), np.int8)
    onset = np.zeros((4, 2, 5), np.int16)
    counts = np.zeros((4, 3, 2, 5), np.int32)
    counts[:, kernel.EARLIEST] = kernel.NEVER
    for hour, peak in enumerate(peaks):
        now = (peak >= needed).sum(axis=0)
        assert kernel.add_cells(peak, needed, hour, tier, reached, onset) == int((now > 0).any())
        np.testing.assert_array_equal(tier, now)
    kernel.commit_cells(reached, onset, counts)
    hits = peaks[:, None] >= needed[None]
    np.testing.assert_array_equal(counts[:, kernel.REACHED], hits.any(axis=0))
    first = np.where(hits.any(axis=0), hits.argmax(axis=0), 0)
    np.testing.assert_array_equal(counts[:, kernel.ONSETS], first)
    np.testing.assert_array_equal(counts[:, kernel.EARLIEST], np.where(hits.any(axis=0), first, kernel.NEVER))


def test_a_wind_that_is_no_number_is_reported() -> None:
    peak = np.zeros((2, 3), np.float32)
    peak[1, 2] = nan
    state = (np.zeros((2, 3), np.int8), np.zeros((2, 3), np.int8), np.zeros((4, 2, 3), np.int16))
    assert kernel.add_cells(peak, np.ones((4, 2, 3), np.float32), 0, *state) == -1


eighths = st.integers(0, 8)
one_region = st.tuples(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 4), st.booleans()), max_size=9), st.integers(0, 9)
)


def slow_tier(cells: list[tuple[int, int, bool]], outside: int, share: float) -> int:
    """By the words of the rule: cells that are not whole are known where blue or worse."""
    total = max(sum(w for w, _, _ in cells) + outside, 1)
    known = [(w, t) for w, t, whole in cells if whole or t > 0]
    held = [t for t in {t for _, t in known} if sum(w for w, s in known if s >= t) >= share * total]
    if not held:
        return -1
    unknown = total - sum(w for w, _ in known)
    blue = sum(w for w, t in known if t > 0)
    return -1 if max(held) == 0 and unknown > 0 and blue + unknown >= share * total else max(held)


@LAWS
@given(layout=st.lists(one_region, min_size=1, max_size=4), part=eighths)
def test_region_tiers_agree_with_the_words(
    layout: list[tuple[list[tuple[int, int, bool]], int]], part: int
) -> None:
    flat = [cell for cells, _ in layout for cell in cells]
    start = np.cumsum([0, *(len(cells) for cells, _ in layout)])
    area = np.array([w for w, _, _ in flat], np.float64)
    tier = np.array([t for _, t, _ in flat], np.int8)
    whole = np.array([k for _, _, k in flat], np.int8)
    total = np.array([max(sum(w for w, _, _ in cells) + out, 1) for cells, out in layout], np.float64)
    known = np.array([sum(w for w, _, k in cells if k) for cells, _ in layout], np.float64)
    out = np.empty(len(layout), np.int8)
    kernel.region_tiers(
        tier, whole, bool((whole == 0).any()), start, np.arange(len(flat)), area, total, known, part / 8, out
    )
    assert out.tolist() == [slow_tier(cells, outside, part / 8) for cells, outside in layout]


def test_regions_are_counted_by_hour_and_by_onset() -> None:
    tiers = np.array([[0, -1, 1], [2, 0, -1], [1, 0, 3]], np.int8)  # (hour, region)
    hourly, onsets = np.zeros((2, 4, 3, 3), np.int32)
    dark = np.zeros((3, 3), np.int32)
    reaching, unknown = np.zeros((2, 4, 3), np.int32)
    kernel.commit_regions(tiers, hourly, onsets, dark, reaching, unknown)
    assert hourly[:, :, 0].tolist() == [[0, 1, 1], [0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert onsets[:, :, 0].tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert onsets[:, :, 2].tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert reaching.T.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0]]
    assert unknown.T.tolist() == [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1]]
    assert dark.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


def strikes(latitude: np.ndarray, longitude: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """What the loop marks, and the distance of every cell from the nearest centre [m]."""
    north, west, step, shape = 31.45, 119.05, 0.1, (40, 50)
    struck = np.zeros(shape, np.int8)
    kernel.strike_cells(latitude, longitude, north, west, -step, step, radius / EARTH_RADIUS, struck)
    lat, lon = north - step * np.arange(shape[0]), west + step * np.arange(shape[1])
    away = distance(
        latitude=lat[:, None, None],
        longitude=lon[None, :, None],
        to_latitude=latitude,
        to_longitude=longitude,
    ).min(axis=-1)
    return struck, away


places = st.lists(st.tuples(st.floats(26.0, 33.0), st.floats(117.0, 126.0)), min_size=1, max_size=6)


@LAWS
@given(path=places, radius=st.floats(5e3, 300e3))
def test_strikes_are_the_cells_within_the_radius(path: list[tuple[float, float]], radius: float) -> None:
    struck, away = strikes(*np.array(path).T, radius)
    sure = np.abs(away - radius) > 0.01  # a centimetre is rounding
    np.testing.assert_array_equal(struck[sure] == 1, (away <= radius)[sure])


def test_the_twin_in_python_marks_the_same() -> None:
    path = (np.linspace(27.0, 31.0, 9), np.linspace(124.0, 119.5, 9))
    slow = np.zeros((40, 50), np.int8)
    kernel.strike_cells.py_func(*path, 31.45, 119.05, -0.1, 0.1, 120e3 / EARTH_RADIUS, slow)
    struck, _ = strikes(*path, 120e3)
    np.testing.assert_array_equal(struck, slow)
    assert not isnan(slow.mean())
    assert 0 < slow.mean() < 1
