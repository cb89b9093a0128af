"""`riskmap check`: every layer by itself, what each costs, and exit codes that a scheduler can trust."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import mapping, shape

from benchmarks.cycles.case import AT, NOW, deliver, hours_later, write_cycles
from riskmap.catalogue import check_catalogue
from riskmap.checked import Layer, Report
from riskmap.doubt import READ_BY
from riskmap.errors import DataError
from riskmap.io.bundled import bundled
from riskmap.io.catalogue import file_keys
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.io.without import WITHOUT, less_sure
from riskmap.ledger import Ledger
from riskmap.scale import HAZARD_WORDS
from tests.riskmap.io.rain_files import netcdf, pattern
from tests.riskmap.test_scheduled_cli import code
from tests.scenarios import write_scenario

SEA = bundled("sea_walls/sea_walls_example.csv").parent.as_posix()
TERRAIN = f"""[terrain]
relief = "{bundled("relief/zhejiang_srtm30_land_1-48deg.tif").as_posix()}"
bathymetry = "{bundled("relief/etopo1_east_china_sea_0.1deg.tif").as_posix()}"
coastline = "SHORE"
[assets]
sea_walls = "{SEA}/sea_walls_example.csv"
sea_wall_tide = "{SEA}/tide_example.csv"
sea_wall_datum = "1985"
[tide]
warning_levels = "{SEA}/tide_stations_example.csv"
astronomical = "{SEA}/tide_example.csv"
datum = "1985"
"""
LAYERS = """
[[input]]
key = "rain.file"
watch = "rain"
stamp = "rain_%Y%m%d%H.nc"
max_age_hours = 3
required = false
[[layer]]
key = "track.file"
owner = "省气象台"
licence = "政务共享"
interface = "省数据共享平台 QX-001"
format = "geojson"
[[layer]]
key = "terrain.relief"
owner = "省测绘院"
licence = "内部"
interface = "硬盘"
format = "geotiff"
as_of = 2000-02-11
max_age_days = 20000
"""


@pytest.fixture(scope="module")
def shore(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shore line without its details: the whole one takes seconds to read."""
    whole = json.loads(bundled("coast/gshhg_full_coastline.geojson").read_text(encoding="utf-8"))
    near = [f for f in whole["features"] if shape(f["geometry"]).length > 0.5]
    for feature in near:
        feature["geometry"] = mapping(shape(feature["geometry"]).simplify(0.01))
    path = tmp_path_factory.mktemp("shore") / "shore.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": near}), encoding="utf-8")
    return path.as_posix()


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with its size and when it was written."""
    return {
        str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns)
        for p in folder.rglob("*")
        if p.is_file()
    }


@pytest.fixture
def config(tmp_path: Path, shore: str) -> Path:
    path = write_cycles(
        tmp_path / "a", counties="3309", scenario=TERRAIN.replace("SHORE", shore), config=LAYERS
    )
    (tmp_path / "a" / "rain").mkdir()
    deliver(tmp_path / "a")
    return path


def checked(config: Path, **more: object) -> tuple[Report, dict[str, Layer]]:
    report = check_catalogue(config, at=AT, now=NOW, **more)  # type: ignore[arg-type]
    return report, {layer.key: layer for layer in report.layers}


def test_each_layer_is_looked_at_and_nothing_is_written(config: Path) -> None:
    before = tree(config.parent)
    report, layers = checked(config)
    assert tree(config.parent) == before
    assert report.exit_code == 5
    track, relief, rain = layers["track.file"], layers["terrain.relief"], layers["rain.file"]
    assert (track.state, track.age_hours, track.max_age_hours) == ("ok", 0.0, 3)
    assert "2021-07-23T00:00" in track.seen.covers
    assert (track.seen.datum, track.seen.units) == ("WGS-84", "m s-1, 2-min mean")
    assert (relief.seen.covers, relief.seen.datum, relief.seen.units) == (
        "land in 3 of 4 counties, cells of 2317 m",
        "EPSG:4326",
        "m",
    )
    assert relief.age_hours == pytest.approx(
        (NOW - datetime.fromisoformat("2000-02-11T00:00+08:00")) / timedelta(hours=1)
    )
    assert (rain.state, rain.exit_code) == ("missing", 5)
    assert layers["assets.sea_walls"].seen.datum == "heights 1985"
    assert layers["tide.astronomical"].seen.covers.endswith("stations, all hours")
    assert layers["terrain.dem"].state == "none"
    assert set(report.grey) >= {"inundation", "landslide", "reservoir", "river_stage"}
    assert "storm_tide" not in report.grey


def test_what_the_table_says_an_input_costs_is_what_a_run_loses(config: Path, shore: str) -> None:
    """The table of costs is held against the inputs that a run really makes without each key."""
    given = {"run.issued_at": AT, "track.file": str(deliver(config.parent)), "rain.file": None}
    whole = read_scenario(config.with_name("scenario.toml"), given)
    whole = replace(whole, run=replace(whole.run, hindcast=False))
    base = set(read_inputs(whole, Ledger())[0].lacking)
    assert not base & {"storm_tide", "sea_wall", "waves", "storm_surge", "flash_flood"}
    for key in (
        "terrain.relief",
        "terrain.bathymetry",
        "terrain.coastline",
        "regions.population",
        "tide.astronomical",
    ):
        section, _, name = key.partition(".")
        cut = None if section == "tide" else replace(getattr(whole, section), **{name: None})
        lost = set(read_inputs(replace(whole, **{section: cut}), Ledger())[0].lacking) - base
        assert lost == set(WITHOUT[key].grey) - base, key
    assert base == {"inundation", "landslide", "reservoir", "river_stage"}
    assert base == {h for key in ("terrain.dem", "gauges.readings") for h in WITHOUT[key].grey}


def test_costs_name_keys_and_hazards_that_there_are() -> None:
    assert set(WITHOUT) <= set(file_keys())
    assert {h for cost in WITHOUT.values() for h in cost.grey} <= set(HAZARD_WORDS)
    for key in WITHOUT:
        assert set(less_sure(key)) <= set(READ_BY) - set(WITHOUT[key].grey)


def test_one_bad_layer_stops_no_other(config: Path) -> None:
    text = config.with_name("scenario.toml").read_text(encoding="utf-8")
    broken = config.parent / "broken.tif"
    broken.write_bytes(b"no raster")
    config.with_name("scenario.toml").write_text(
        text.replace(bundled("relief/etopo1_east_china_sea_0.1deg.tif").as_posix(), "broken.tif").replace(
            "zhejiang_pop2020_on", "gone"
        ),
        encoding="utf-8",
    )
    report, layers = checked(config)
    assert (layers["terrain.bathymetry"].state, layers["regions.population"].state) == ("wrong", "wrong")
    assert (layers["terrain.relief"].state, layers["tide.warning_levels"].state) == ("note", "ok")
    assert "key terrain.bathymetry" in layers["terrain.bathymetry"].said[0]
    assert report.exit_code == 3
    assert {"storm_tide", "sea_wall", "waves"} <= set(report.grey)


def test_a_track_that_was_never_delivered_hides_nothing_else(config: Path) -> None:
    for file in (config.parent / "incoming").iterdir():
        file.unlink()
    report, layers = checked(config)
    assert (layers["track.file"].state, layers["track.file"].exit_code, report.exit_code) == ("missing", 3, 3)
    assert layers["terrain.relief"].seen.units == "m"


def smaller_grid(config: Path) -> None:
    """The grid within what the writer of rain files covers, and the stamp of its times declared."""
    scenario = config.with_name("scenario.toml")
    text = scenario.read_text(encoding="utf-8").replace("north = 31.0", "north = 30.5")
    scenario.write_text(text + '[rain]\nstamp = "end"\n', encoding="utf-8")


def test_rain_that_is_there_is_looked_at(config: Path) -> None:
    """In the form of docs/deploy/zhejiang.toml: forecast rain, and a nowcast beside it."""
    more = (
        '[[input]]\nkey = "rain.nowcast"\nwatch = "rain"\nstamp = "nowcast_%Y%m%d%H.nc"\nmax_age_hours = 3\n'
    )
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    smaller_grid(config)
    ends = [float(n) for n in range(-47, -21)]  # hours of the writer's clock, which begins a day after AT
    for name, hours in (("rain", ends[:-1]), ("nowcast", ends[-3:])):
        netcdf(config.parent / "rain" / f"{name}_{AT:%Y%m%d%H}.nc", pattern(len(hours)), hours, step=0.1)
    report, layers = checked(config)
    rain, nowcast = layers["rain.file"], layers["rain.nowcast"]
    assert (rain.state, nowcast.state, rain.said) == ("ok", "ok", ())
    assert (rain.seen.units, nowcast.seen.covers.rpartition(", ")[2]) == ("mm", "3 of 26 hours")
    assert rain.seen.covers.endswith("25 of 26 hours")
    assert report.exit_code != 70


def test_what_is_gathered_is_looked_at_where_it_lies(config: Path) -> None:
    """Nothing is written below the root, no file of the user's gets a second name, and each file's own format counts."""
    gathered = (
        '[[layer]]\nkey = "rain.file"\nowner = "省气象台"\nlicence = "x"\ninterface = "x"\nformat = "{}"\n'
    )
    text = config.read_text(encoding="utf-8").replace('.nc"\n', '.nc"\ngather_hours = 25\n') + gathered
    smaller_grid(config)
    for n, hours in ((1, range(-47, -24)), (0, range(-24, -21))):
        name = f"rain_{hours_later(-n):%Y%m%d%H}.nc"
        netcdf(config.parent / "rain" / name, pattern(len(hours)), [float(h) for h in hours], step=0.1)
    config.write_text(text.replace("{}", "netcdf"), encoding="utf-8")
    before = tree(config.parent)
    _, layers = checked(config)
    assert tree(config.parent) == before
    assert {file.stat().st_nlink for file in (config.parent / "rain").iterdir()} == {1}
    rain = layers["rain.file"]
    assert (rain.state, rain.said, rain.file) == ("ok", (), str(config.parent / "rain"))
    assert rain.seen.covers.endswith("26 of 26 hours")
    config.write_text(text.replace("{}", "grib"), encoding="utf-8")
    wrong = checked(config)[1]["rain.file"]
    assert wrong.state == "wrong"
    assert str(config.parent / "rain" / f"rain_{hours_later(-1):%Y%m%d%H}.nc") in wrong.said[0]


@pytest.mark.parametrize("order", [("stations", "readings"), ("readings", "stations")])
def test_one_of_two_optional_inputs_that_go_together(config: Path, order: tuple[str, str]) -> None:
    """The readings are there and their stations are not: said, whichever the configuration names first."""
    more = [
        f'[[input]]\nkey = "gauges.{name}"\nwatch = "gauges"\nstamp = "{name}_%Y%m%d%H.csv"\nmax_age_hours = 3\nrequired = false\n'
        for name in order
    ]
    config.write_text(config.read_text(encoding="utf-8") + "".join(more), encoding="utf-8")
    (config.parent / "gauges").mkdir()
    (config.parent / "gauges" / f"readings_{AT:%Y%m%d%H}.csv").write_text("id,time,value\n", encoding="utf-8")
    report, layers = checked(config)
    assert (layers["gauges.stations"].state, layers["gauges.readings"].state) == ("missing", "note")
    assert layers["gauges.readings"].seen.covers == "not used"
    assert report.exit_code == 5


def test_an_old_delivery_and_an_old_file_are_stale(config: Path) -> None:
    report, layers = checked(config)
    later = check_catalogue(config, at=hours_later(5), now=NOW + timedelta(hours=5))
    track = next(layer for layer in later.layers if layer.key == "track.file")
    assert (track.state, track.age_hours, later.exit_code) == ("stale", 5.0, 4)
    assert "To mend it: see why nothing newer comes" in track.said[0]
    config.write_text(
        config.read_text(encoding="utf-8").replace("max_age_days = 20000", "max_age_days = 30"),
        encoding="utf-8",
    )
    report, layers = checked(config)
    assert (layers["terrain.relief"].state, report.exit_code) == ("stale", 4)
    assert "ask 省测绘院" in layers["terrain.relief"].said[0]


def test_a_file_of_another_format_than_agreed_is_wrong(config: Path) -> None:
    config.write_text(
        config.read_text(encoding="utf-8").replace('format = "geotiff"', 'format = "hgt"'), encoding="utf-8"
    )
    report, layers = checked(config)
    assert (layers["terrain.relief"].state, report.exit_code) == ("wrong", 2)


def test_a_layer_that_is_described_and_not_used_is_missing(config: Path) -> None:
    extra = '\n[[layer]]\nkey = "terrain.dem"\nowner = "未填"\nlicence = "未填"\ninterface = "x"\n'
    config.write_text(config.read_text(encoding="utf-8") + extra, encoding="utf-8")
    _, layers = checked(config)
    assert layers["terrain.dem"].state == "missing"
    assert "add terrain.dem to" in layers["terrain.dem"].said[0]


def test_what_only_shows_together_is_said(config: Path) -> None:
    """Walls of other counties than those looked at are a matter of two layers."""
    text = config.with_name("scenario.toml").read_text(encoding="utf-8")
    config.with_name("scenario.toml").write_text(
        text.replace('sea_wall_datum = "1985"\n', ""), encoding="utf-8"
    )
    report, layers = checked(config)
    assert (layers["together"].state, report.exit_code) == ("wrong", 2)
    assert "key assets.sea_walls" in layers["together"].said[0]


def test_a_scenario_alone_is_checked_too(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, step=0.25, hours=2, terrain=False)
    report = check_catalogue(path, now=datetime.now(UTC))
    states = {layer.key: layer.state for layer in report.layers}
    assert states["track.file"] == states["regions.file"] == "ok"
    assert "flash_flood" in report.grey
    assert report.exit_code == 5


def test_every_wrong_row_of_a_table_is_told_by_check_and_by_the_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_scenario(tmp_path, step=0.25, hours=2, terrain=False)
    people = tmp_path / "people.csv"
    rows = ("330102,many", "330105,5", "330106,-1", *(f"{n},?" for n in range(330400, 330430)))
    people.write_text("\n".join(("adcode,pop2020", *rows)) + "\n", encoding="utf-8")
    known = bundled("census/zhejiang_pop2020_on_2021_boundaries.csv").as_posix()
    path.write_text(path.read_text(encoding="utf-8").replace(known, people.as_posix()), encoding="utf-8")
    found, said = code(capfd, "check", str(path), "--json")
    assert found == 2
    layer = next(one for one in json.loads(said)["layers"] if one["key"] == "regions.population")
    places = [line.partition(": ")[0] for line in layer["said"]]
    assert [f"{people}, line {n}, column pop2020, key regions.population" for n in (2, 4, 5)] == places[:3]
    assert len(places) == 21
    assert layer["said"][-1].startswith(f"{people}, key regions.population: and 12 more")
    with pytest.raises(DataError) as told:
        read_inputs(read_scenario(path), Ledger())
    assert len(told.value.each) == len(places)
    _, shown = code(capfd, "check", str(path))
    assert sum(line.startswith("regions.population: ") for line in shown.splitlines()) == 21


def test_the_command_shows_a_table_and_plain_values(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    os.utime(config)
    found, said = code(capfd, "check", str(config), "--at", AT.isoformat(), "--json")
    told = json.loads(said)
    assert found == told["exit_code"]
    relief = next(layer for layer in told["layers"] if layer["key"] == "terrain.relief")
    assert (relief["owner"], relief["interface"], relief["datum"]) == ("省测绘院", "硬盘", "EPSG:4326")
    assert relief["without"]["grey"] == ["flash_flood", "inundation"]
    assert relief["without"]["less_sure"] == ["wind", "rain", "landslide"]
    shown_code, shown = code(capfd, "check", str(config), "--at", AT.isoformat())
    assert shown_code == found
    for words in (
        "terrain.relief",
        "省测绘院",
        "小流域山洪",
        "4 of 4 counties",
        "灰色",
        f"exit code {found}",
    ):
        assert words in shown


def test_ages_are_of_the_analysis_time_not_of_the_clock(config: Path) -> None:
    _, layers = checked(config)
    assert layers["track.file"].time == AT
    assert np.isclose(layers["track.file"].age_hours or 0.0, 0.0)


def test_what_is_not_looked_at_is_said(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert checked(config)[0].as_json()["not_looked_at"] == {}
    config.write_text(
        config.read_text(encoding="utf-8")
        + '[flash]\n[[flash.input]]\nkey = "rain.nowcast"\nwatch = "nowhere"\nmax_age_hours = 1\n',
        encoding="utf-8",
    )
    command = f"riskmap check {config} --flash"
    assert checked(config)[0].as_json()["not_looked_at"] == {"flash": command}
    shown = code(capfd, "check", str(config), "--at", AT.isoformat())[1]
    assert f"[flash]: {command}" in shown
    assert code(capfd, *command.split()[1:])[0] == 3, "and that command does look"
