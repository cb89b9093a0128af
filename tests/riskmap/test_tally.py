"""Counting members against the rules themselves: grade every cell, fill every region, hour by hour, and count."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.aggregate import fill_cells
from riskmap.assessment import empty_table
from riskmap.errors import ConfigError, DataError
from riskmap.grid import Grid
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA
from riskmap.severity import CellSeverity, grade
from riskmap.tally import QUANTILES, NeededWind, WindProbability, needed_wind
from riskmap.zonal import ZonalWeights
from tests.factories import make_rules

LAWS = settings(deadline=None, max_examples=40)
GRID = Grid.from_bounds(west=120, south=28, east=120.8, north=28.6, step=0.1)
CELLS = GRID.shape[0] * GRID.shape[1]
HOURS = 5
RULE = make_rules()["wind"]


def graded(peak: np.ndarray, mean: np.ndarray, gust: np.ndarray, rule: HazardRule = RULE) -> CellSeverity:
    wind = mean * peak
    return grade({"wind_speed": wind, "wind_speed_of_gust": wind * gust}, rule)


def factors(rng: np.random.Generator, holes: float) -> tuple[np.ndarray, np.ndarray]:
    mean, gust = (
        rng.uniform(low, high, GRID.shape).astype(np.float32) for low, high in ((0.5, 1.2), (1.1, 1.8))
    )
    mean[rng.random(GRID.shape) < holes] = np.nan
    gust[rng.random(GRID.shape) < holes] = np.nan
    return mean, gust


@LAWS
@given(seed=st.integers(0, 10**6), off=st.integers(-2, 1))
def test_the_needed_wind_is_where_the_grade_changes(seed: int, off: int) -> None:
    mean, gust = factors(np.random.default_rng(seed), 0.1)
    needed = needed_wind(RULE, mean, gust)
    for tier in range(1, 5):
        least = needed.wind[tier - 1]
        peak = (least.view(np.int32) + off).view(np.float32)  # some floats below or above the bound
        with np.errstate(invalid="ignore"):
            reached = graded(peak, mean, gust).tiers().reshape(GRID.shape) >= tier
        known = ~np.isnan(least)
        np.testing.assert_array_equal(reached[known], (peak >= least)[known])


def random_weights(rng: np.random.Generator, regions: int = 4) -> ZonalWeights:
    """Regions that overlap anyhow, some partly off the grid; the last one wholly."""
    cells = [np.sort(rng.choice(CELLS, rng.integers(1, CELLS), replace=False)) for _ in range(regions - 1)]
    cells.append(np.zeros(0, np.int64))
    areas = [rng.integers(1, 9, len(c)).astype(np.float64) for c in cells]
    start = np.cumsum([0, *(len(c) for c in cells)])
    outside = rng.choice([0.0, 0.0, 20.0, 200.0], regions - 1)
    total = np.array([a.sum() for a in areas]) + np.append(outside, 50.0)
    return ZonalWeights(start, np.concatenate(cells), np.concatenate(areas), total)


def slow(
    members: list[list[np.ndarray]], mean: np.ndarray, gust: np.ndarray, weights: ZonalWeights
) -> tuple[np.ndarray, np.ndarray]:
    """Tiers of every member, hour and cell, and of every member, hour and region; -1 unknown."""
    codes = [f"{k}" for k in range(len(weights.total))]
    start = datetime(2021, 7, 24, tzinfo=UTC)
    cell_tiers, region_tiers = [], []
    for peaks in members:
        table = empty_table(["wind"], [start + timedelta(hours=h) for h in range(HOURS)], codes)
        tiers = []
        for hour, peak in enumerate(peaks):
            cells = graded(peak, mean, gust)
            tiers.append(cells.tiers())
            fill_cells(table, 0, hour, cells, RULE, weights, np.ones(len(codes)))
        cell_tiers.append(tiers)
        region_tiers.append(table["tier"].values[0])
    return np.array(cell_tiers), np.array(region_tiers)


@LAWS
@given(seed=st.integers(0, 10**6), holes=st.sampled_from([0.0, 0.2]))
def test_every_count_is_that_of_the_rules(seed: int, holes: float) -> None:
    rng = np.random.default_rng(seed)
    mean, gust = factors(rng, holes)
    weights = random_weights(rng)
    members = [
        [(rng.choice([0, 20, 45]) * rng.random(GRID.shape)).astype(np.float32) for _ in range(HOURS)]
        for _ in range(6)
    ]
    tally = WindProbability(
        GRID, HOURS, needed_wind(RULE, mean, gust), weights=weights, share=RULE.unit_area_share
    )
    state = None
    for peaks in members:
        state = tally.start_member(state)
        for hour, peak in enumerate(peaks):
            tally.add_hour(state, hour, peak)
        tally.finish_member(state)
    cells, regions = slow(members, mean, gust, weights)
    known = np.isfinite(mean * gust).ravel()
    found = {name: v.reshape(v.shape[0], -1) for name, v in tally.cells().items() if v.ndim == 3}
    by_region = tally.regions()
    for t in range(1, 5):
        ever = (cells >= t).any(axis=1)  # (member, cell)
        np.testing.assert_array_equal(
            found["probability"][t - 1], np.where(known, ever.mean(axis=0), np.nan).astype(np.float32)
        )
        first = np.where(ever, (cells >= t).argmax(axis=1), -1).astype(float)
        first[first < 0] = np.nan
        for c in np.flatnonzero(known & ever.any(axis=0)):
            assert found["earliest_onset"][t - 1, c] == np.nanmin(first[:, c])
            assert found["mean_onset"][t - 1, c] == np.float32(np.nanmean(first[:, c]))
        assert np.isnan(found["mean_onset"][t - 1, ~(known & ever.any(axis=0))]).all()
        _check_region(t, regions, by_region)


def _check_region(t: int, regions: np.ndarray, found: dict[str, np.ndarray]) -> None:
    for r in range(regions.shape[2]):
        tiers = regions[:, :, r]  # (member, hour)
        ever = (tiers >= t).any(axis=1)
        unknown = ~ever & (tiers == NO_DATA).any(axis=1)
        chance = np.nan if unknown.any() else np.float32(ever.mean())
        np.testing.assert_equal(found["region_probability"][t - 1, r], np.float32(chance))
        for hour in range(HOURS):
            dark = (tiers[:, hour] == NO_DATA).any()
            hourly = np.nan if dark else (tiers[:, hour] >= t).mean()
            np.testing.assert_equal(found["region_probability_hourly"][t - 1, hour, r], np.float32(hourly))
        onsets = np.sort((tiers[ever] >= t).argmax(axis=1))
        for q, part in enumerate(QUANTILES):
            due = np.nan if not len(onsets) else onsets[int(np.ceil(part * len(onsets) - 1e-9)) - 1]
            np.testing.assert_equal(found["region_onset"][t - 1, q, r], np.float32(due))


def flat(wind: float) -> np.ndarray:
    return np.full(GRID.shape, wind, np.float32)


def whole_grid(hours: int = 3) -> WindProbability:
    needed = needed_wind(RULE, np.ones(GRID.shape), np.full(GRID.shape, 1.1))
    weights = ZonalWeights(np.array([0, CELLS]), np.arange(CELLS), np.ones(CELLS), np.array([float(CELLS)]))
    return WindProbability(GRID, hours, needed, weights=weights)


def test_a_member_that_was_not_finished_leaves_no_trace() -> None:
    tally = whole_grid()
    state = tally.start_member()
    tally.add_hour(state, 0, flat(60.0))
    tally.add_path(state, np.array([28.3]), np.array([120.4]))
    tally.finish_member(tally.start_member(state))  # the next one, calm, in the same room
    assert tally.members == 1
    assert (tally.cells()["probability"] == 0).all()
    assert (tally.cells()["strike_probability"] == 0).all()
    assert tally.regions()["region_probability"].tolist() == [[0.0]] * 4


def test_members_without_a_storm_count_as_calm() -> None:
    tally = whole_grid()
    state = tally.start_member()
    tally.add_hour(state, 1, flat(60.0))
    tally.finish_member(state)
    tally.finish_calm(3)
    assert (tally.cells()["probability"] == 0.25).all()
    assert tally.regions()["region_probability"].tolist() == [[0.25]] * 4
    assert tally.regions()["region_onset"][3].tolist() == [[1.0]] * 3


@given(winds=st.lists(st.floats(0, 60, width=32), min_size=3, max_size=3))
@LAWS
def test_a_worse_tier_is_never_likelier_and_never_earlier(winds: list[float]) -> None:
    tally = whole_grid()
    for order in (winds, winds[::-1]):
        state = tally.start_member()
        for hour, wind in enumerate(order):
            tally.add_hour(state, hour, flat(wind))
        tally.finish_member(state)
    found = tally.cells()
    assert (np.diff(found["probability"], axis=0) <= 0).all()
    later = np.diff(found["earliest_onset"], axis=0)
    assert (later[np.isfinite(later)] >= 0).all()


def test_a_wind_that_is_no_number_is_refused() -> None:
    tally = whole_grid()
    with pytest.raises(DataError, match="not a number"):
        tally.add_hour(tally.start_member(), 0, flat(np.nan))


def test_bad_rules_and_factors_are_refused() -> None:
    ones = np.ones(GRID.shape)
    with pytest.raises(ConfigError, match="something else than wind"):
        needed_wind(make_rules()["rain"], ones, ones)
    with pytest.raises(DataError, match="factors"):
        needed_wind(RULE, ones, ones[1:])
    with pytest.raises(DataError, match="factors"):
        needed_wind(RULE, ones * 0, ones)
    with pytest.raises(DataError, match="shape"):
        WindProbability(GRID, 3, NeededWind(np.ones((4, 2, 2), np.float32), np.ones((2, 2), np.int8)))


@LAWS
@given(seed=st.integers(0, 10**6), parted=st.integers(0, 5))
def test_counts_of_parts_are_those_of_the_whole(seed: int, parted: int) -> None:
    rng = np.random.default_rng(seed)
    needed, weights = needed_wind(RULE, *factors(rng, 0.05)), random_weights(rng)
    whole, *parts = (WindProbability(GRID, HOURS, needed, weights=weights) for _ in range(3))
    for n, wind in enumerate(rng.uniform(0.0, 60.0, (5, HOURS, *GRID.shape)).astype(np.float32)):
        for tally in (whole, parts[n < parted]):
            state = tally.start_member()
            for hour, peak in enumerate(wind):
                tally.add_hour(state, hour, peak)
            tally.finish_member(state)
    parts[0].take_in(pickle.loads(pickle.dumps(parts[1].counted())))
    assert parts[0].members == whole.members == 5
    for name, values in (whole.cells() | whole.regions()).items():
        np.testing.assert_array_equal((parts[0].cells() | parts[0].regions())[name], values)
