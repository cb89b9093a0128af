"""The QWeather storm answers and the tables of a bulletin: invented ones in their shape, and the real In-Fa."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskmap.errors import DataError, UnitsError
from riskmap.io.qweather import read_qweather
from riskmap.io.tracks import read_track
from riskmap.regressions import KNOT


def fix(time: str, lat: str, lon: str, *, key: str = "time", **more: Any) -> dict[str, Any]:
    return {
        key: time, "lat": lat, "lon": lon, "type": "TY", "pressure": "970", "windSpeed": "35", "moveSpeed": "12",
        "moveDir": "西北", "move360": "",
        "windRadius30": {"neRadius": "350", "seRadius": "400", "swRadius": "200", "nwRadius": "210"},
    } | more  # fmt: skip


TRACK = {
    "code": "200", "updateTime": "2099-07-24T03:00+00:00", "isActive": "1",
    "now": fix("2099-07-24T10:54+08:00", "25.6", "125.4", key="pubTime"),
    "track": [
        fix("2099-07-24T02:00+08:00", "24", "127"),
        fix("2099-07-24T08:00+08:00", "25", "126"),
        {"time": "2099-07-24T08:00+08:00", "lat": "25.00000", "lon": "126.00000", "type": "DL", "pressure": "null",
         "windSpeed": "null", "moveSpeed": "null", "moveDir": "null", "move360": ""},
    ],
}  # fmt: skip
FORECAST = {
    "code": "200", "updateTime": "2099-07-24T03:00+00:00",
    "forecast": [fix("2099-07-24T20:00+08:00", "27", "124", key="fxTime", windRadius30=None)],
}  # fmt: skip


def write(folder: Path, content: Any, name: str = "storm.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def test_a_track_by_hand(tmp_path: Path) -> None:
    track = read_qweather(write(tmp_path, TRACK), storm="9901")
    assert track["latitude"].values.tolist() == [24.0, 25.0, 25.6]  # the landfall row is the hour's own
    assert track["time"].values[0] == np.datetime64("2099-07-23T18:00")
    assert track["wind_radius"].sel(force=7).values[0].tolist() == [350e3, 400e3, 200e3, 210e3]
    np.testing.assert_allclose(track["wind_threshold"], np.array([30, 50, 64]) * KNOT)
    assert (track.attrs["averaging_period"], track.attrs["number"]) == (120, "9901")


def test_a_forecast_beside_or_inside(tmp_path: Path) -> None:
    beside = read_qweather(write(tmp_path, TRACK), forecast_file=write(tmp_path, FORECAST, "forecast.json"))
    inside = read_qweather(write(tmp_path, {"track": TRACK, "forecast": FORECAST}))
    assert beside.equals(inside)
    assert beside["forecast"].values.tolist() == [False, False, False, True]


def test_a_forecast_of_the_wrong_time(tmp_path: Path) -> None:
    both = {"track": TRACK, "forecast": deepcopy(FORECAST)}
    with pytest.raises(DataError, match="issued after the issue time"):
        read_qweather(write(tmp_path, both), issued_at=datetime(2099, 7, 24, 2, tzinfo=UTC))
    early = read_qweather(write(tmp_path, TRACK), issued_at=datetime(2099, 7, 24, 2, tzinfo=UTC))
    assert early.sizes["time"] == 2
    both["forecast"]["forecast"][0]["fxTime"] = "2099-07-24T10:00+08:00"  # type: ignore[index]
    with pytest.raises(DataError, match=r"now and forecast\[0\]: a forecast older than the analysis"):
        read_qweather(write(tmp_path, both))
    with pytest.raises(DataError, match="no forecast in the forecast file"):
        read_qweather(write(tmp_path, TRACK), forecast_file=write(tmp_path, TRACK, "other.json"))


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"windSpeed": "-1"}, UnitsError, "not negative"),
        ({"pressure": "97000"}, UnitsError, "looks like Pa"),
        ({"windSpeed": "70"}, UnitsError, "knots"),
        ({"lat": ""}, DataError, "without a position"),
        ({"time": "2099-07-24T02:00"}, DataError, "without its offset"),
        ({"windRadius30": {"neRadius": "wide"}}, DataError, "not a number"),
        ({"windRadius30": "350"}, DataError, "not a JSON object"),
    ],
)
def test_bad_values_name_file_and_row(
    tmp_path: Path, values: dict[str, Any], error: type[DataError], message: str
) -> None:
    answer = deepcopy(TRACK)
    answer["track"][0].update(values)  # type: ignore[index]
    with pytest.raises(error, match=rf"storm\.json, track\[0\].*{message}"):
        read_qweather(write(tmp_path, answer))


def test_an_answer_that_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"answered with an error.*'404'"):
        read_qweather(write(tmp_path, {"code": "404"}))
    with pytest.raises(DataError, match="two fixes"):
        read_qweather(write(tmp_path, {"code": "200", "track": []}))


def test_tables_of_a_bulletin(tmp_path: Path) -> None:
    head = "ISSUED,FX_TIME,LAT,LON,CMA_PRES,CMA_WIND_MS\n"
    rows = "2021-07-27 03:00:00,2021-07-27 12:00:00,31,118,990,18\n2021-07-27 06:00:00,2021-07-28 00:00:00,32,117,990,18\n"
    with pytest.raises(DataError, match="several forecasts in one table"):
        read_qweather(write(tmp_path, head + rows, "f.csv"))
    with pytest.raises(DataError, match="a column ISO_TIME"):
        read_qweather(write(tmp_path, "LAT,LON,CMA_PRES,CMA_WIND_MS\n1,2,3,4\n", "f.csv"))


def test_the_real_in_fa(shared_data: Path) -> None:
    tracks = shared_data / "tracks"
    answers = read_track(tracks / "infa2021_cma_qweather.json", format="qweather", storm="2106")
    tables = read_track(
        tracks / "infa2021_cma_hourly.csv", format="qweather", storm="2106",
        forecast_file=tracks / "infa2021_cma_forecast_20210727.csv",
    )  # fmt: skip
    assert answers.equals(tables)
    assert (answers.sizes["time"], int(answers["forecast"].sum())) == (168, 7)  # 163 rows, two of them repeat
    landfall = answers.sel(time=np.datetime64("2021-07-25T04:00"))
    assert (float(landfall["latitude"]), float(landfall["maximum_wind"])) == (30.0, 38.0)
