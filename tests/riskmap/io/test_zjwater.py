"""The water authority's feed: its shape in an invented storm, its extracts of a real one."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskmap.averaging import convert
from riskmap.errors import ConfigError, CoverageError, DataError, UnitsError
from riskmap.io.bundled import bundled
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.io.tracks import read_track
from riskmap.io.zjwater import read_zjwater
from riskmap.ledger import Ledger


def point(time: str, lat: str, lng: str, **more: Any) -> dict[str, Any]:
    return {
        "time": time, "lat": lat, "lng": lng, "strong": "台风", "power": "12", "speed": "35", "pressure": "970",
    } | more  # fmt: skip


def ahead(agency: str, *points: dict[str, Any]) -> dict[str, Any]:
    return {"tm": agency, "forecastpoints": list(points)}


OBSERVED = {"movespeed": "20", "movedirection": "西北", "radius7": "300|250|200|220", "radius10": "100|80|70|90", "radius12": ""}  # fmt: skip

STORM = {
    "tfid": "209901", "name": "测试", "enname": "Probe", "isactive": "1", "starttime": "2099/7/23 20:00:00",
    "points": [
        point("2099/7/23 20:00:00", "24.0", "127.0", **OBSERVED, forecast=None),
        point("2099/7/24 2:00:00", "25.0", "126.0", **OBSERVED, forecast=[
            ahead("中国", point("2099/7/24 2:00:00", "25.0", "126.0"), point("2099/7/24 14:00:00", "27.0", "124.0")),
            ahead("日本", point("2099/7/24 2:00:00", "25.1", "126.1"), point("2099/7/24 14:00:00", "27.2", "124.2")),
            ahead("美国", point("2099/7/24 8:00:00", "26.1", "125.1", speed="40", pressure="")),
        ]),
        point("2099/7/24 5:00:00", "25.5", "125.5", **OBSERVED, forecast=[
            ahead("中国", point("2099/7/24 5:00:00", "25.5", "125.5"), point("2099/7/24 17:00:00", "27.5", "123.5")),
            ahead("日本", point("2099/7/24 2:00:00", "25.1", "126.1"), point("2099/7/24 14:00:00", "27.2", "124.2")),
        ]),
    ],
}  # fmt: skip


def write(folder: Path, content: Any, name: str = "typhoon.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def changed(k: int, **values: Any) -> dict[str, Any]:
    storm = deepcopy(STORM)
    storm["points"][k].update(values)  # type: ignore[index]
    return storm


def test_analysed_points_by_hand(tmp_path: Path) -> None:
    track = read_zjwater(write(tmp_path, STORM))
    assert track["time"].values[0] == np.datetime64("2099-07-23T12:00")  # Beijing is 8 h ahead
    assert (track.attrs["name"], track.attrs["number"], track.attrs["averaging_period"]) == (
        "Probe",
        "209901",
        120,
    )
    assert track["central_pressure"].values.tolist() == [97_000.0] * 3
    assert not track["forecast"].any()
    assert np.isnan(track["wind_radius"].sel(force=12)).all()


@pytest.mark.parametrize("storm", [None, "209901", "9901", "probe", "测试"])
@pytest.mark.parametrize("wrap", ["{}", "[{}]", "jQuery18300_16334({});", "\ufeff{}"])
def test_a_storm_by_any_of_its_names(tmp_path: Path, storm: str | None, wrap: str) -> None:
    path = write(tmp_path, wrap.replace("{}", json.dumps(STORM, ensure_ascii=False)))
    assert read_zjwater(path, storm=storm).sizes["time"] == 3


def test_one_of_several_storms(tmp_path: Path) -> None:
    other = deepcopy(STORM) | {"tfid": "209902", "name": None, "enname": "null"}
    path = write(tmp_path, [STORM, other])
    assert read_zjwater(path, storm="9902").attrs["name"] == ""
    for storm in (None, "9903"):
        with pytest.raises(ConfigError, match="209901, 209902"):
            read_zjwater(path, storm=storm)


def test_an_agency_and_an_issue_time(tmp_path: Path) -> None:
    path = write(tmp_path, STORM)
    early = read_zjwater(path, issued_at=datetime(2099, 7, 23, 19, tzinfo=UTC))
    assert early["forecast"].values.tolist() == [False, False, True]
    assert early["latitude"].values.tolist() == [24.0, 25.0, 27.0]
    late = read_zjwater(path, agency="cma")
    assert late["latitude"].values.tolist() == [24.0, 25.0, 25.5, 27.5]
    assert late.attrs["forecast_from"] == "2099-07-23T21:00:00Z"


def test_other_agencies_winds_are_converted(tmp_path: Path) -> None:
    path, at = write(tmp_path, STORM), datetime(2099, 7, 23, 18, tzinfo=UTC)
    for agency, period, speed in (("JMA", 600, 35.0), ("美国", 60, 40.0)):
        track = read_zjwater(path, agency=agency, issued_at=at)
        assert float(track["maximum_wind"][-1]) == pytest.approx(convert(speed, period=period, to=120))
        assert track.attrs["forecast_averaging_period"] == str(period)
    assert np.isnan(track["central_pressure"].values[-1])


def test_a_repeated_forecast_begins_after_the_analysis(tmp_path: Path) -> None:
    track = read_zjwater(write(tmp_path, STORM), agency="JMA")
    assert track["latitude"].values.tolist() == [24.0, 25.0, 25.5, 27.2]
    assert track.attrs["forecast_from"] == "2099-07-23T18:00:00Z"


def test_a_forecast_older_than_the_analysis(tmp_path: Path) -> None:
    old = [ahead("中国", point("2099/7/23 8:00:00", "22", "128"), point("2099/7/25 8:00:00", "29", "121"))]
    over = [
        ahead("中国", point("2099/7/24 2:00:00", "25", "126"), point("2099/7/24 4:00:00", "25.4", "125.6"))
    ]
    for forecast in (old, over):
        path = write(tmp_path, changed(2, forecast=forecast))
        with pytest.raises(
            DataError, match=r"points\[2\] and points\[2\]\.forecast.*older than the analysis"
        ):
            read_zjwater(path, agency="CMA")


def test_who_and_when_must_be_there(tmp_path: Path) -> None:
    path = write(tmp_path, STORM)
    with pytest.raises(ConfigError, match="unknown agency"):
        read_zjwater(path, agency="ECMWF")
    with pytest.raises(ConfigError, match="forecasts of CMA, JMA, JTWC"):
        read_zjwater(path, agency="HKO")
    with pytest.raises(CoverageError, match="no point by the issue time"):
        read_zjwater(path, issued_at=datetime(2099, 7, 1, tzinfo=UTC))
    with pytest.raises(DataError, match="without its offset"):
        read_zjwater(path, issued_at=datetime(2099, 7, 24))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"speed": "-5"}, UnitsError, "not negative"),
        ({"speed": "190"}, UnitsError, "0 to 110"),
        ({"pressure": "97000"}, UnitsError, "looks like Pa"),
        ({"lat": "NaN"}, DataError, "not a number"),
        ({"lat": "null"}, DataError, "without a position"),
        ({"time": "soon"}, DataError, "not a time"),
        ({"time": "2099/7/22 2:00:00"}, DataError, r"points\[0\] and points\[1\]: times go backwards"),
        ({"radius7": "300|200"}, DataError, "four quadrants"),
        ({"radius7": "300|x|1|1"}, DataError, "not a number"),
        ({"forecast": "none yet"}, DataError, "not a JSON array"),
    ],
)
def test_bad_values_name_file_and_point(
    tmp_path: Path, values: dict[str, Any], error: type[DataError], message: str
) -> None:
    path = write(tmp_path, changed(1, **values))
    with pytest.raises(error, match=message) as caught:
        read_zjwater(path)
    assert "typhoon.json" in str(caught.value)
    assert "points[1]" in str(caught.value)


def test_knots_for_metres_per_second(tmp_path: Path) -> None:
    storm = deepcopy(STORM)
    for k, one in enumerate(storm["points"]):
        one["speed"] = str(70 + k)  # type: ignore[index]
    with pytest.raises(UnitsError, match=r"points\[2\].*knots"):
        read_zjwater(write(tmp_path, storm))


def test_a_landfall_row_and_180_degrees(tmp_path: Path) -> None:
    storm = deepcopy(STORM)
    for one, lng in zip(storm["points"], ("179.5", "-179.9", "-179"), strict=True):
        one["lng"] = lng  # type: ignore[index]
    bare = {"time": "2099/7/24 2:00:00", "lat": "25.0", "lng": "180.1", "speed": "null", "pressure": "null"}
    storm["points"].insert(2, bare)  # type: ignore[attr-defined]
    track = read_zjwater(write(tmp_path, storm))
    assert track["longitude"].values.tolist() == [179.5, -179.9, -179.0]


def test_not_this_feed(tmp_path: Path) -> None:
    for content, message in (("{", "not JSON"), ('{"a": NaN}', "not a number"), ("[1]", "not a JSON object")):
        with pytest.raises(DataError, match=message):
            read_zjwater(write(tmp_path, content))
    with pytest.raises(DataError, match=r"no point by the issue time"):
        read_zjwater(write(tmp_path, '{"tfid": "209901"}'))


def test_the_real_extracts(shared_data: Path) -> None:
    observed = shared_data / "tracks/mindulle2021_zjwater_observed.csv"
    forecasts = shared_data / "tracks/mindulle2021_zjwater_forecasts_5agencies.csv"
    whole = read_track(observed, format="zjwater", storm="2116")
    assert (whole.sizes["time"], bool(whole["forecast"].any())) == (52, False)
    assert whole["time"].values[0] == np.datetime64("2021-09-23T12:00")
    at = datetime(2021, 9, 28, 12, tzinfo=UTC)
    counts = {}
    for agency in ("CMA", "JMA", "JTWC", "CWA", "HKO"):
        track = read_track(observed, format="zjwater", storm="2116", agency=agency, issued_at=at, forecast_file=forecasts)  # fmt: skip
        assert track["time"].values[~track["forecast"].values][-1] == np.datetime64("2021-09-28T12:00")
        counts[agency] = int(track["forecast"].sum())
    assert counts == {"CMA": 8, "JMA": 4, "JTWC": 6, "CWA": 7, "HKO": 4}
    with pytest.raises(DataError, match="forecast older than the analysis"):
        read_zjwater(
            observed, agency="HKO", issued_at=datetime(2021, 10, 1, 12, tzinfo=UTC), forecast_file=forecasts
        )
    with pytest.raises(DataError, match="extract of forecasts"):
        read_zjwater(forecasts)


def test_every_real_forecast_is_read_or_refused_by_name(shared_data: Path) -> None:
    observed = shared_data / "tracks/mindulle2021_zjwater_observed.csv"
    forecasts = shared_data / "tracks/mindulle2021_zjwater_forecasts_5agencies.csv"
    track = read_zjwater(observed)
    for time in track["time"].values[1::10]:
        at = datetime.fromisoformat(f"{np.datetime_as_string(time, unit='s')}+00:00")
        assert read_zjwater(observed, issued_at=at, forecast_file=forecasts)["forecast"].any()


def test_a_scenario_takes_the_forecast_of_its_issue_time(shared_data: Path) -> None:
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    track = replace(
        scenario.track, file=shared_data / "tracks/mindulle2021_zjwater_observed.csv", format="zjwater",
        forecast_file=shared_data / "tracks/mindulle2021_zjwater_forecasts_5agencies.csv", storm="2116",
        agency="JMA", forecast="file",
    )  # fmt: skip
    run = replace(scenario.run, issued_at=datetime(2021, 9, 28, 12, tzinfo=UTC), later=(), hindcast=False)
    ledger = Ledger()
    (inputs,) = read_inputs(replace(scenario, track=track, run=run), ledger)
    last = inputs.track.isel(time=~inputs.track["forecast"].values)["time"].values[-1]
    assert (last, int(inputs.track["forecast"].sum())) == (np.datetime64("2021-09-28T12:00"), 4)
    assert "forecast_file" in {entry["key"] for entry in ledger.inputs}
    with pytest.raises(ConfigError, match=r"run\.hindcast: a hindcast needs the whole best track"):
        read_inputs(replace(scenario, track=track, run=replace(run, hindcast=True)), Ledger())
