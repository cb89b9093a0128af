"""The exact field against whole arrays, and the tables against the exact field."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap import blocks
from riskmap.hazard.profiles import EARTH_ROTATION
from riskmap.hazard.storm.exact import Metric, exact_peak, holland_nodes, table_peak
from tests.slow_storm import polar, slow_peak

LATITUDE, LONGITUDE = np.arange(31.5, 26.5, -0.1), np.arange(118.0, 126.0, 0.1)
METRICS: tuple[Metric, ...] = ("great_circle", "plane")
BY_METRIC = pytest.mark.parametrize("metric", METRICS)


def course(n: int = 5, *, wind: float = 40.0, core: float = 40e3, b: float = 1.6, **other: Any) -> Any:
    """A storm on its way to the north-west, an hour between the nodes."""
    step = np.arange(n)
    latitude = 28.0 + 0.25 * step
    f = 2.0 * EARTH_ROTATION * np.sin(np.radians(latitude))
    still = wind - 9.0
    return holland_nodes(
        latitude=latitude, longitude=123.0 - 0.2 * step, radius_of_maximum_wind=core, shape=b,
        square=np.e * still * (still + core * f), coriolis=f, eastward_motion=-5.4, northward_motion=7.2, **other,
    )  # fmt: skip


def away_from_centres(nodes: Any, least: float = 500.0) -> Any:
    lon, lat = np.meshgrid(LONGITUDE, LATITUDE)
    return np.min([polar(n[0], n[1], lat, lon)[0] for n in nodes], axis=0) > least


def test_numbers_and_arrays_make_nodes() -> None:
    nodes = course(3)
    assert nodes.shape == (3, 10)
    assert nodes.dtype == np.float64
    assert nodes[:, 9].tolist() == [0.0, 0.0, 0.0]
    one = holland_nodes(latitude=29, longitude=122, radius_of_maximum_wind=40e3, shape=1.5, square=4000)
    assert one.tolist() == [[29.0, 122.0, 40e3, 1.5, 4000.0, 0.0, 1.0, 0.0, 0.0, 0.0]]


@pytest.mark.slow
@BY_METRIC
@pytest.mark.parametrize("inflow", [True, False])
@pytest.mark.parametrize("reach", [np.inf, 300e3])
def test_the_exact_peak_is_that_of_whole_arrays(metric: Metric, inflow: bool, reach: float) -> None:
    nodes = course()
    found = exact_peak(nodes, LATITUDE, LONGITUDE, metric=metric, inflow=inflow, reach=reach)
    slow = slow_peak(nodes, LATITUDE, LONGITUDE, plane=metric == "plane", inflow=inflow, reach=reach)
    clear = away_from_centres(nodes)
    assert clear.mean() > 0.99
    np.testing.assert_allclose(found[clear], slow[clear], rtol=0, atol=1e-9)


@BY_METRIC
def test_another_radius_of_the_earth_is_another_field(metric: Metric) -> None:
    nodes = course()
    found = exact_peak(nodes, LATITUDE, LONGITUDE, metric=metric, earth_radius=6_378_137.0)
    slow = slow_peak(nodes, LATITUDE, LONGITUDE, plane=metric == "plane", earth_radius=6_378_137.0)
    clear = away_from_centres(nodes)
    np.testing.assert_allclose(found[clear], slow[clear], rtol=0, atol=1e-9)
    assert np.abs(found - exact_peak(nodes, LATITUDE, LONGITUDE, metric=metric)).max() > 1e-3


@BY_METRIC
@pytest.mark.parametrize("inflow", [True, False])
@pytest.mark.parametrize(("core", "b"), [(12e3, 2.4), (40e3, 1.6), (90e3, 1.0)])
def test_the_tables_give_the_exact_peak(metric: Metric, inflow: bool, core: float, b: float) -> None:
    nodes = course(core=core, b=b)
    exact = exact_peak(nodes, LATITUDE, LONGITUDE, metric=metric, inflow=inflow)
    table = table_peak(nodes, LATITUDE, LONGITUDE, metric=metric, inflow=inflow)
    clear = away_from_centres(nodes)
    assert np.abs(table - exact)[clear].max() < 0.01


@BY_METRIC
def test_what_is_taken_off_the_vortex_is_taken_in_the_tables_too(metric: Metric) -> None:
    nodes = course(taken=4.0)
    exact = exact_peak(nodes, LATITUDE, LONGITUDE, metric=metric)
    clear = away_from_centres(nodes)
    assert np.abs(table_peak(nodes, LATITUDE, LONGITUDE, metric=metric) - exact)[clear].max() < 0.01
    assert exact.max() < exact_peak(course(), LATITUDE, LONGITUDE, metric=metric).max() - 3.0


@settings(deadline=None, max_examples=40)
@given(
    wind=st.floats(15.0, 80.0), core=st.floats(8e3, 100e3), b=st.floats(1.0, 2.5),
    latitude=st.floats(-45.0, 45.0), east=st.floats(-20.0, 20.0), north=st.floats(-20.0, 20.0),
    metric=st.sampled_from(METRICS), inflow=st.booleans(),
)  # fmt: skip
def test_the_tables_are_near_for_every_storm(
    wind: float, core: float, b: float, latitude: float, east: float, north: float, metric: Metric, inflow: bool
) -> None:  # fmt: skip
    f = 2.0 * EARTH_ROTATION * np.sin(np.radians(abs(latitude)))
    nodes = holland_nodes(
        latitude=latitude, longitude=122.0, radius_of_maximum_wind=core, shape=b, coriolis=f,
        square=np.e * wind * (wind + core * f), spin=1.0 if latitude >= 0 else -1.0,
        eastward_motion=east, northward_motion=north,
    )  # fmt: skip
    lat, lon = latitude + np.arange(2.0, -2.0, -0.08), np.arange(119.97, 124.0, 0.08)
    exact = exact_peak(nodes, lat, lon, metric=metric, inflow=inflow)
    table = table_peak(nodes, lat, lon, metric=metric, inflow=inflow)
    # straight lines between 64 places for each doubling of the distance: the error grows with the wind and the motion
    r = polar(latitude, 122.0, *np.meshgrid(lat, lon, indexing="ij"))[0]
    allowed = 0.01 * (wind + abs(complex(east, north))) / 40.0
    assert np.abs(table - exact)[r > max(500.0, core / 200.0)].max() < max(0.01, allowed)


@BY_METRIC
@pytest.mark.parametrize(
    "longitude",
    [LONGITUDE[0] - 1.96, 122.03, LONGITUDE[-1] + 1.96],
    ids=["west", "within", "east"],
)
def test_reach_is_honoured_up_to_the_last_cell(metric: Metric, longitude: float) -> None:
    """From west of the grid, on it and east of it the same cells count in both."""
    nodes = holland_nodes(
        latitude=29.02, longitude=longitude, radius_of_maximum_wind=40e3, shape=1.5, square=4000.0
    )
    for reach in (120e3, 189e3, 195e3, 300e3):
        exact = exact_peak(nodes, LATITUDE, LONGITUDE, metric=metric, reach=reach)
        table = table_peak(nodes, LATITUDE, LONGITUDE, metric=metric, reach=reach)
        np.testing.assert_array_equal(exact > 0.0, table > 0.0)
    assert (exact > 0.0).any()
    assert (exact == 0.0).any()


@BY_METRIC
def test_threads_do_not_change_a_bit(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    for workers in ("1", "2", "5"):
        monkeypatch.setenv("RISKMAP_THREADS", workers)
        assert blocks.threads() == int(workers)
        peaks = [f(course(), LATITUDE, LONGITUDE, metric=metric) for f in (exact_peak, table_peak)]
        found.append([p.tobytes() for p in peaks])
    assert found[0] == found[1] == found[2]


def test_both_metrics_agree_near_the_centre() -> None:
    lat, lon = np.arange(28.31, 27.7, -0.05), np.arange(122.71, 123.3, 0.05)
    one, other = (exact_peak(course(1), lat, lon, metric=metric) for metric in METRICS)
    assert 1e-6 < np.abs(one - other).max() < 0.05
