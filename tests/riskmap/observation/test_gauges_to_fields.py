"""From gauges to fields and stations: sums that are whole, levels that are recent and in the right datum."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import DataError, DatumError
from riskmap.hazard.river_stage import RiverStation, station_series
from riskmap.observation.correction import correct_rain, gauge_cells
from riskmap.observation.gauges import Flag, gauge_sums, levels_at
from riskmap.observation.quality import check
from tests.riskmap.observation.scenes import GRID, gauge, series

NOW = datetime(2021, 7, 25, 6, tzinfo=UTC)


def test_sums_of_the_last_hours_are_whole_or_unknown() -> None:
    whole = series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    gap = replace(whole, gauge=gauge("G2"), flags=np.array([0, 0, 0, 0, Flag.SPIKE, 0], np.uint16))
    level = series([1.0] * 6, gauge("R1", "river"))
    lon, lat, rain = gauge_sums([whole, gap, level], NOW, 3)
    assert (lon.tolist(), lat.tolist()) == ([120.5, 120.5], [29.5, 29.5])
    assert rain[0] == 15.0
    assert np.isnan(rain[1])
    assert gauge_sums([gap], NOW, 1)[2].tolist() == [6.0]
    with pytest.raises(DataError, match="offset"):
        gauge_sums([], datetime(2021, 7, 25), 3)  # noqa: DTZ001


def test_a_faulty_gauge_does_not_reach_the_field() -> None:
    rng = np.random.default_rng(2)
    gauges = [
        gauge(f"G{k}", longitude=x, latitude=y)
        for k, (x, y) in enumerate(rng.uniform((120, 29), (121, 30), (12, 2)))
    ]
    storm = [2.0, 10.0, 25.0, 30.0, 12.0, 4.0]
    sound = [series(storm, g) for g in gauges]
    absurd = [*sound[:-1], series([2.0, 10.0, 900.0, 30.0, 12.0, 4.0], gauges[-1])]
    field = xr.DataArray(np.full(GRID.shape, 60.0), dims=("y", "x"))
    found = [
        correct_rain(field, GRID, gauge_cells(GRID, *gauge_sums(check(r, now=NOW), NOW, 6)), method="brandes")
        for r in (sound, absurd)
    ]
    np.testing.assert_allclose(found[1]["rain"], 83.0, rtol=1e-5)
    np.testing.assert_allclose(found[0]["rain"], found[1]["rain"], rtol=1e-5)
    assert found[1].attrs["gauges"] == len(
        {GRID.index_of(latitude=g.latitude, longitude=g.longitude) for g in gauges[:-1]}
    )


def test_levels_go_to_their_stations() -> None:
    station = RiverStation("R1", "示例", "河", "330782", 120.5, 29.5, "1985", 3.0, 3.5)
    readings = check([series([2.0, 2.6, 3.1, 9.9, 3.2, 3.6], gauge("R1", "river"))], now=NOW)
    times = np.arange("2021-07-25T00:30", "2021-07-25T09:30", 60, dtype="datetime64[m]")
    level = levels_at(readings, {"R1": "1985", "R2": "1985"}, times)
    assert np.isnan(level[:, 1]).all()
    expected = [np.nan, 2.0, 2.6, 3.1, np.nan, 3.2, 3.6, np.nan, np.nan]
    np.testing.assert_array_equal(level[:, 0], expected)
    assert station_series([station], times, level[:, :1])["tier"].values[:, 0].tolist() == [
        -1,
        0,
        1,
        2,
        -1,
        2,
        3,
        -1,
        -1,
    ]


def test_levels_in_another_datum_are_refused() -> None:
    readings = [series([2.0], gauge("R1", "river", datum="wusong"))]
    with pytest.raises(DatumError, match="wusong"):
        levels_at(readings, {"R1": "1985"}, np.array(["2021-07-25T01"], "datetime64[s]"))
    shifts = {("wusong", "1985"): -1.8}
    found = levels_at(readings, {"R1": "1985"}, np.array(["2021-07-25T01"], "datetime64[s]"), shifts=shifts)
    assert found.tolist() == [[pytest.approx(0.2)]]
