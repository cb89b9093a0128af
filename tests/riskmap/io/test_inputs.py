"""From a scenario to checked inputs."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from riskmap.analysis import RAIN_LEAD_HOURS
from riskmap.analysis.cells import ANTECEDENT_RAIN
from riskmap.errors import ConfigError, CoverageError, SourceError
from riskmap.io.inputs import AVERAGING_PERIOD, HINDCAST, REPLAY, SIMULATED, read_inputs
from riskmap.io.lacking import NOT_YET
from riskmap.io.regions import RegionFile
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from tests.scenarios import write_scenario

STATIONS = "name,code,lon,lat,blue_cm,yellow_cm,orange_cm,red_cm\n定海,DH,122.10,30.01,210,240,270,300\n"
TIDE = "code,time,level_cm\n" + "".join(
    f"DH,2021-07-{24 + h // 24}T{h % 24:02}:00:00+08:00,{100 + h}\n" for h in range(72)
)


def edited(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    ledger = Ledger()
    scenario = read_scenario(write_scenario(tmp_path_factory.mktemp("inputs")))
    return read_inputs(scenario, ledger), ledger, scenario


def test_forecast_and_hindcast_say_what_they_are(both) -> None:  # type: ignore[no-untyped-def]
    (forecast, hindcast), _, _ = both
    assert (forecast.kind, hindcast.kind) == ("forecast", "hindcast")
    assert forecast.marks == (REPLAY, SIMULATED)
    assert hindcast.marks == (REPLAY, HINDCAST)


def test_the_track_is_complete_and_a_two_minute_mean(both) -> None:  # type: ignore[no-untyped-def]
    for inputs in both[0]:
        assert inputs.track.attrs["averaging_period"] == AVERAGING_PERIOD == 120
        for name in ("maximum_wind", "central_pressure", "radius_of_maximum_wind", "environmental_pressure"):
            assert np.isfinite(inputs.track[name]).all()


def test_forecast_and_hindcast_agree_up_to_the_issue_time_and_differ_after(both) -> None:  # type: ignore[no-untyped-def]
    forecast, hindcast = (inputs.track for inputs in both[0])
    issue = both[0][0].valid_hours[0]
    later = forecast["time"].values > issue
    assert forecast["forecast"].values.tolist() == later.tolist()
    assert not hindcast["forecast"].any()
    same = hindcast.sel(time=forecast["time"])
    np.testing.assert_array_equal(forecast["latitude"][~later], same["latitude"][~later])
    assert (forecast["latitude"].values[later] != same["latitude"].values[later]).all()


def test_the_window_begins_at_the_issue_time(both) -> None:  # type: ignore[no-untyped-def]
    hours = both[0][0].valid_hours
    assert hours[0] == np.datetime64("2021-07-24T22:30:00")
    assert len(hours) == 9
    assert set(np.diff(hours)) == {np.timedelta64(3600, "s")}


def test_hazards_without_their_input_are_named(both) -> None:  # type: ignore[no-untyped-def]
    lacking = both[0][0].lacking
    assert set(lacking) == {*NOT_YET, "storm_tide"}
    assert "警戒潮位" in lacking["storm_tide"]


def test_every_file_is_in_the_ledger_with_its_digest(both) -> None:  # type: ignore[no-untyped-def]
    _, ledger, scenario = both
    assert [entry["key"] for entry in ledger.notes] == ["regions outside the grid"]
    assert [entry["key"] for entry in ledger.inputs] == [
        "file", "file", "population", "relief", "bathymetry", "coastline",
    ]  # fmt: skip
    assert ledger.inputs[0]["sha256"] == sha256(scenario.track.file.read_bytes()).hexdigest()
    assert all("/" not in entry["file"] for entry in ledger.inputs)


def test_the_same_seed_gives_the_same_forecast(both) -> None:  # type: ignore[no-untyped-def]
    (forecast, _), _, scenario = both
    again = read_inputs(scenario, Ledger())[0]
    assert again.track.identical(forecast.track)


def test_without_terrain_what_needs_it_is_named(tmp_path: Path) -> None:
    inputs = read_inputs(read_scenario(write_scenario(tmp_path, terrain=False)), Ledger())[0]
    assert "[terrain] relief" in inputs.lacking["flash_flood"]
    assert "[terrain] bathymetry" in inputs.lacking["storm_surge"]
    assert inputs.altitude is None
    assert inputs.coast is None
    assert inputs.shelf is None


def test_wetness_scales_the_rule(tmp_path: Path) -> None:
    extra = '\n[flash_flood]\nwetness = "wet"\n'
    inputs = read_inputs(read_scenario(write_scenario(tmp_path, terrain=False, extra=extra)), Ledger())[0]
    assert inputs.wetness == "wet"
    assert ANTECEDENT_RAIN["dry"] < ANTECEDENT_RAIN[inputs.wetness]


def tide_section(folder: Path) -> str:
    (folder / "w.csv").write_text(STATIONS, encoding="utf-8")
    (folder / "t.csv").write_text(TIDE, encoding="utf-8")
    return '\n[tide]\nwarning_levels = "w.csv"\nastronomical = "t.csv"\ndatum = "station"\n'


def test_tide_tables_take_the_storm_tide_off_the_list(tmp_path: Path) -> None:
    inputs = read_inputs(read_scenario(write_scenario(tmp_path, extra=tide_section(tmp_path))), Ledger())[0]
    assert "storm_tide" not in inputs.lacking
    assert inputs.tides is not None
    assert inputs.tides.astronomical.shape == (9, 1)
    assert inputs.rules["storm_tide"].metrics[0].chinese == "高潮位(站基面)"


def test_tide_tables_without_a_sea_are_not_enough(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, terrain=False, extra=tide_section(tmp_path))
    inputs = read_inputs(read_scenario(path), Ledger())[0]
    assert inputs.lacking["storm_tide"].startswith("缺水深或岸线 (")
    assert inputs.tides is None


def test_missing_files_are_named_together(tmp_path: Path) -> None:
    path = edited(write_scenario(tmp_path), "gshhg_full_coastline", "gshhg_full_cosatline")
    path = edited(path, "zhejiang_pop2020", "zhejiang_pop2O20")
    with pytest.raises(SourceError) as caught:
        read_inputs(read_scenario(path), Ledger())
    assert len(caught.value.each) == 2
    for name, line in zip(("pop2O20", "cosatline"), str(caught.value).splitlines(), strict=True):
        assert name in line
        assert "To mend it" in line


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = edited(write_scenario(tmp_path), "gshhg_full_coastline", "gshhg_full_cosatline")
    with pytest.raises(SourceError, match=r"gshhg_full_cosatline\.geojson: the file cannot be read"):
        read_inputs(read_scenario(path), Ledger())


def test_a_window_outside_the_track_is_refused(tmp_path: Path) -> None:
    path = edited(write_scenario(tmp_path, terrain=False), "2021-07-25T06:30", "2021-07-15T06:30")
    with pytest.raises(
        CoverageError, match=r"storm 2106: the track does not cover the window.*or its first 6 h.*To mend"
    ):
        read_inputs(read_scenario(path), Ledger())
    assert RAIN_LEAD_HOURS == 24


def test_a_grid_without_any_region_is_refused(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, terrain=False)
    edited(path, "west = 120.0\nsouth = 28.5\neast = 123.0", "west = 124.0\nsouth = 28.5\neast = 127.0")
    with pytest.raises(CoverageError, match=r"no region lies on the grid.*more outside it"):
        read_inputs(read_scenario(path), Ledger())


def test_a_day_on_which_no_region_exists_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskmap.io.region_levels.read_region_file", lambda *_a, **_k: RegionFile((), ()))
    with pytest.raises(ConfigError, match=r"no county is valid on the day of issue.*valid_from"):
        read_inputs(read_scenario(write_scenario(tmp_path, terrain=False)), Ledger())
