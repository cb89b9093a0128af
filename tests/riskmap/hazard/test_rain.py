"""Typhoon rain on a grid, and its rolling sums."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap import blocks
from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.hazard import rain
from riskmap.hazard.rain import WINDOWS, RollingRain, rain_hour, rain_nodes, rcliper_rate
from tests.storms import moving_storm, still_storm

GRID = Grid.from_bounds(west=121.0, south=28.0, east=123.0, north=30.0, step=0.05)
FLAT = np.zeros(GRID.shape), np.zeros(GRID.shape)
CALM = np.zeros(GRID.shape, np.float32), np.zeros(GRID.shape, np.float32)
HOUR = np.datetime64("2021-07-24T12:00", "s")


def hourly(storm, hours: int = 6) -> np.ndarray:  # type: ignore[no-untyped-def]
    times = [HOUR + np.timedelta64(h, "h") for h in range(hours)]
    return np.stack([rain_hour(rain_nodes(storm, t), GRID, *CALM, FLAT) for t in times])


def test_a_still_storm_rains_what_the_paper_says() -> None:
    knots = 40.0 / 1.07 * 1.11 / 0.514444  # 2-min to 1-min mean over the sea
    field = rain_hour(rain_nodes(still_storm(), HOUR), GRID, *CALM, FLAT)
    row, column = GRID.index_of(latitude=29.001, longitude=122.501) or (0, 0)
    distance = (GRID.longitude[column] - 122.0) * 111.195 * np.cos(np.radians(29.0))
    assert field[row, column] == pytest.approx(rcliper_rate(distance, knots), rel=0.02)


def test_total_rain_does_not_depend_on_the_sub_step(monkeypatch: pytest.MonkeyPatch) -> None:
    storm, totals = moving_storm(latitude=26.5, longitude=123.8), []
    for minutes in (5, 10, 20, 30):
        monkeypatch.setattr(rain, "SUB_STEP_MINUTES", minutes)
        totals.append(float(hourly(storm).sum()))
    assert totals == pytest.approx([totals[0]] * 4, rel=0.01)


def test_the_nodes_are_the_middles_of_the_hour() -> None:
    storm = moving_storm()
    nodes = rain_nodes(storm, HOUR)
    assert nodes.shape == (6, 3)
    # a steady course: the mean of the middles is the place at half past
    half = rain_nodes(storm, HOUR).mean(axis=0)
    assert half[0] == pytest.approx(26.0 + 0.08 * 35.5, abs=1e-6)


def test_rain_on_flat_ground_is_symmetric() -> None:
    field = rain_hour(rain_nodes(still_storm(), HOUR), GRID, *CALM, FLAT)
    np.testing.assert_allclose(field, field[:, ::-1], rtol=1e-5)


def test_upslope_adds_on_the_windward_side_only() -> None:
    ridge = np.zeros(GRID.shape)
    ridge[:, 10:15], ridge[:, 25:30] = 0.05, -0.05  # climbs eastwards, then falls
    wind = np.full(GRID.shape, 20.0, np.float32), np.zeros(GRID.shape, np.float32)
    nodes = rain_nodes(still_storm(), HOUR)
    added = rain_hour(nodes, GRID, *wind, (ridge, FLAT[1])) - rain_hour(nodes, GRID, *CALM, FLAT)
    assert (added > -1e-4).all()
    assert added[:, 12].min() > 1.0
    assert np.abs(added[:, 27]).max() < 1e-4


def test_drifting_drops_keeps_the_lifted_rain() -> None:
    fine = Grid.from_bounds(west=121.0, south=29.0, east=121.8, north=29.8, step=0.02)
    slope = np.zeros(fine.shape)
    slope[18:22, 18:22] = 0.05  # well inside: nothing is lost over the edge
    wind = np.full(fine.shape, 20.0, np.float32), np.zeros(fine.shape, np.float32)
    calm, flat = (wind[1], wind[1]), np.zeros(fine.shape)
    nodes = rain_nodes(still_storm(longitude=140.0), HOUR)  # out of reach of the taper's inner part
    dry = rain_hour(nodes, fine, *calm, (flat, flat))
    wet = rain_hour(nodes, fine, *wind, (slope, flat))
    raised = rain.UPSLOPE_FACTOR * 20.0 * 0.05 * 0.2 * 16
    assert float((wet - dry).sum()) == pytest.approx(raised, rel=1e-3)
    assert ((wet - dry) > 1e-3).sum() > 16  # spread over more cells than it was lifted from


def test_the_result_does_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes, found = rain_nodes(moving_storm(), HOUR), []
    for workers in ("1", "2", "7"):
        monkeypatch.setenv("RISKMAP_THREADS", workers)
        assert blocks.threads() == int(workers)
        found.append(rain_hour(nodes, GRID, *CALM, FLAT))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 50), min_size=24, max_size=40), st.data())
def test_rolling_sums_equal_brute_force(hours: list[int], data: st.DataObject) -> None:
    until = data.draw(st.integers(24, len(hours)))
    rolling = RollingRain((1, 1))
    for mm in hours[:until]:
        rolling.add(np.full((1, 1), mm, np.float32))
    found = {name: float(total[0, 0]) for name, total in rolling.sums().items()}
    assert found == {f"rain_{w}h": float(sum(hours[until - w : until])) for w in WINDOWS}


def test_longer_windows_never_hold_less_rain() -> None:
    rng, rolling = np.random.default_rng(4), RollingRain((3, 4))
    for _ in range(30):
        rolling.add(rng.uniform(0, 20, (3, 4)).astype(np.float32))
    sums = list(rolling.sums().values())
    assert all((longer >= shorter).all() for shorter, longer in itertools.pairwise(sums))


def test_the_sums_are_not_the_stored_hours() -> None:
    rolling = RollingRain((1, 1), windows=(1, 2))
    for mm in (1.0, 2.0):
        rolling.add(np.full((1, 1), mm, np.float32))
    rolling.sums()["rain_1h"][:] = 99.0
    assert rolling.sums()["rain_2h"][0, 0] == 3.0


def test_sums_that_are_not_whole_are_refused() -> None:
    rolling = RollingRain((1, 1))
    for _ in range(23):
        rolling.add(np.zeros((1, 1), np.float32))
    with pytest.raises(CoverageError, match=r"expected 24 hours.*found 23 hours.*a day before"):
        rolling.sums()


def test_unknown_rain_stays_unknown_for_as_long_as_it_counts() -> None:
    rolling = RollingRain((1, 1), windows=(1, 3))
    for mm in (1.0, np.nan, 2.0):
        rolling.add(np.full((1, 1), mm, np.float32))
    assert rolling.sums()["rain_1h"][0, 0] == 2.0
    assert np.isnan(rolling.sums()["rain_3h"][0, 0])
