"""Tracks written and read back: GeoJSON without loss, NetCDF in the terms of CF; the dispatcher."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import ConfigError, DataError, MissingExtraError, RiskmapError, SourceError, UnitsError
from riskmap.io.bundled import bundled
from riskmap.io.track_geojson import read_geojson_track, track_geojson
from riskmap.io.track_netcdf import cf_track, write_netcdf
from riskmap.io.tracks import read_jma, read_track
from riskmap.track import complete, make_track, to_averaging_period


def in_fa() -> xr.Dataset:
    return read_jma(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), storm="2106")


def again(folder: Path, track: xr.Dataset) -> xr.Dataset:
    path = folder / "track.geojson"
    path.write_text(track_geojson(track), "utf-8")
    return read_geojson_track(path)


def test_geojson_gives_the_same_track_back(tmp_path: Path) -> None:
    for track in (in_fa(), complete(in_fa()), to_averaging_period(complete(in_fa()), 120)):
        xr.testing.assert_identical(again(tmp_path, track), track)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.floats(-60, 60), st.floats(-180, 360), st.floats(86_000, 101_000), st.floats(0, 90)),
        min_size=2,
        max_size=5,
    )
)
def test_every_number_survives(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    latitude, longitude, pressure, wind = zip(*rows, strict=True)
    track = make_track(
        time=np.datetime64("2021-07-24T00", "s") + np.arange(len(rows)) * 21_600, latitude=latitude,
        longitude=longitude, central_pressure=pressure, maximum_wind=wind, averaging_period=60,
        forecast=[k > 0 for k in range(len(rows))],
    )  # fmt: skip
    back = again(tmp_path_factory.mktemp("g"), track)
    for name in ("latitude", "central_pressure", "maximum_wind", "forecast"):
        np.testing.assert_array_equal(back[name], track[name])
    np.testing.assert_array_equal(back["longitude"], track["longitude"])


def test_points_stay_within_180_degrees() -> None:
    track = make_track(
        time=np.array(["2021-07-24T00", "2021-07-24T06"], "M8[s]"), latitude=[20, 21], longitude=[179.5, 181.0],
        averaging_period=600,
    )  # fmt: skip
    first, second = json.loads(track_geojson(track))["features"]
    assert first["geometry"]["coordinates"] == [179.5, 20.0]
    assert "longitude" not in first["properties"]
    assert second["geometry"]["coordinates"] == [-179.0, 21.0]
    assert second["properties"]["longitude"] == 181.0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda c: c.pop("track"), DataError, "not a JSON object"),
        (lambda c: c["track"]["attributes"].pop("averaging_period"), UnitsError, "averaging period"),
        (lambda c: c["track"]["units"].update(maximum_wind="kt"), DataError, "another unit"),
        (lambda c: c["track"]["wind_radius"].update(quadrant=["NE", "SE", "NW", "SW"]), DataError, "other forces"),
        (lambda c: c["features"][1]["properties"].update(time="2021-07-24T00:00"), DataError, r"features\[1\].*offset"),
        (lambda c: c["features"][1]["geometry"].update(type="LineString"), DataError, r"features\[1\].*not a point"),
        (lambda c: c["features"][1]["properties"].update(wind_radius=[[1]]), DataError, "3 forces by 4"),
        (lambda c: c["features"][1]["properties"].update(maximum_wind="x"), DataError, "not a number"),
        (lambda c: c["features"].reverse(), DataError, "times go backwards"),
        (lambda c: c["track"]["attributes"].update(averaging_period=[600]), UnitsError, "averaging period"),
        (lambda c: c["track"]["wind_radius"].update(averaging_period="ten"), UnitsError, "averaging period"),
        (lambda c: c["track"]["wind_radius"].update(wind_threshold=[15]), DataError, "one threshold a force"),
        (lambda c: c["features"][0]["properties"].update(forecast="no"), DataError, "neither true nor false"),
        (lambda c: c.update(features=[]), DataError, "two fixes"),
    ],
)  # fmt: skip
def test_geojson_that_is_no_track(
    tmp_path: Path, change: Any, error: type[RiskmapError], message: str
) -> None:
    content = json.loads(track_geojson(in_fa()))
    change(content)
    path = tmp_path / "broken.geojson"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(error, match=message) as caught:
        read_geojson_track(path)
    assert "broken.geojson" in str(caught.value)


def test_the_dispatcher_reads_what_was_written(tmp_path: Path) -> None:
    track = in_fa()
    again(tmp_path, track)
    path = tmp_path / "track.geojson"
    for storm in ("2106", "In-fa"):
        assert read_track(path, format="geojson", storm=storm).identical(track)
    with pytest.raises(ConfigError, match="2106 or IN-FA"):
        read_track(path, format="geojson", storm="2107")
    with pytest.raises(ConfigError, match="no forecast file"):
        read_track(path, format="geojson", storm="2106", forecast_file=path)


def test_the_terms_of_cf() -> None:
    track = in_fa()
    cf = cf_track(track)
    assert cf["forecast"].attrs["flag_meanings"] == "analysed forecast"
    assert cf["forecast"].dtype == np.int8
    assert "600 s" in cf["maximum_wind"].attrs["cell_methods"]
    assert {"latitude", "longitude", "trajectory"} <= set(cf.coords)
    assert "cell_methods" not in track["maximum_wind"].attrs  # the track itself is left alone
    assert "Conventions" not in track.attrs


def test_netcdf_gives_the_numbers_back(tmp_path: Path) -> None:
    pytest.importorskip("netCDF4")
    track = complete(in_fa())
    write_netcdf(track, tmp_path / "t.nc")
    with xr.open_dataset(tmp_path / "t.nc", engine="netcdf4") as back:
        for name in track.data_vars:
            np.testing.assert_array_equal(back[name], track[name])
        np.testing.assert_array_equal(back["time"], track["time"])
        assert back["quadrant"].values.tolist() == ["NE", "SE", "SW", "NW"]
        assert back.attrs["averaging_period"] == 600
        assert back["wind_radius"].attrs["averaging_period"] == 600
    with pytest.raises(SourceError, match="could not be written"):
        write_netcdf(track, tmp_path / "nowhere" / "t.nc")


def test_netcdf_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'riskmap\[inputs\]'"):
        write_netcdf(in_fa(), tmp_path / "t.nc")
