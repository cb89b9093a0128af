"""`riskmap init`: a configuration that `riskmap check` accepts and `riskmap cycle` runs, and nothing overwritten."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from benchmarks.cycles.case import AT, deliver
from riskmap.catalogue import check_catalogue
from riskmap.errors import ConfigError, DataError
from riskmap.io.bundled import bundled
from riskmap.io.cycle_config import read_cycle_config
from riskmap.io.new_config import Answers, stamp_of, write_config
from riskmap.io.recognised import Recognised, recognise
from riskmap.io.scenario_file import read_scenario
from tests.riskmap.test_scheduled_cli import code


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Outlines of four counties and an elevation model of 90 m that holds a part of them."""
    whole = json.loads(bundled("admin/zhejiang_district_simple.geojson").read_text(encoding="utf-8"))
    whole["features"] = [f for f in whole["features"] if str(f["properties"]["adcode"]).startswith("3309")]
    counties = tmp_path / "counties.geojson"
    counties.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    ground = (200 + 150 * np.sin(np.add.outer(np.arange(240), np.arange(240)) / 17)).astype(np.int16)
    step = 1 / 1200
    dem = tmp_path / "dem.tif"
    with rasterio.open(
        dem, "w", driver="GTiff", height=240, width=240, count=1, dtype="int16", crs="EPSG:4326", nodata=-9999,
        transform=Affine(step, 0, 122.0, 0, -step, 30.1),
    ) as out:  # fmt: skip
        out.write(ground, 1)
    (tmp_path / "made" / "incoming").mkdir(parents=True)
    return {
        "counties": counties, "dem": dem, "track": deliver(tmp_path / "made"),
        "population": bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"),
    }  # fmt: skip


def test_all_that_init_lacks_is_told_at_once(
    tmp_path: Path, files: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    gone = [str(tmp_path / name) for name in ("a.csv", "b.tif")]
    found, said = code(capfd, "init", str(tmp_path / "zj"), str(files["counties"]), *gone, "--datum", "wgs48")
    assert found == 2
    assert [words in said for words in ("--datum: unknown datum", *gone)] == [True] * 3, said
    names = (
        "villages/key_villages_example.csv",
        "sea_walls/sea_walls_example.csv",
        "tracks/jma_bst_zhejiang_2015_2021.txt",
    )
    with pytest.raises(ConfigError) as caught:
        write_config(tmp_path, [recognise(bundled(one)) for one in names], Answers())
    assert [one.message for one in caught.value.each] == [
        "there is something under that name, and nothing is ever overwritten", "no outlines of counties among the files",
        "one table without the other", "the datum must be declared", "which storm of the track is meant",
    ]  # fmt: skip


@pytest.mark.slow
def test_what_init_writes_is_checked_and_run(
    tmp_path: Path, files: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "zj"
    found, said = code(
        capfd, "init", str(out), *map(str, files.values()), "--step", "0.25", "--dem-datum", "1985"
    )
    assert found == 0, said
    config = out / "zj.toml"
    assert said.splitlines()[-1] == str(config) or str(config) in said
    assert {layer.key for layer in read_cycle_config(config).layers} == {
        "track.file", "regions.file", "regions.population", "terrain.dem", "terrain.relief", "terrain.bathymetry", "terrain.coastline",
    }  # fmt: skip
    scenario = (out / "zj-scenario.toml").read_text(encoding="utf-8")
    assert 'number = "2106"' in scenario
    assert (
        sum(line.lstrip().startswith("#") or " # " in line or " #" in line for line in scenario.splitlines())
        > 15
    )
    text = scenario.replace("hours = 48", "hours = 2").replace("letters = true", "letters = false")
    (out / "zj-scenario.toml").write_text(text + "[map]\ncounty_pages = false\n", encoding="utf-8")
    report = check_catalogue(config, at=AT, now=AT)
    assert {
        layer.key: layer.said for layer in report.layers if layer.state in ("wrong", "missing", "stale")
    } == {}
    assert report.exit_code in (0, 5)
    found, said = code(capfd, "cycle", "--config", str(config), "--at", AT.isoformat())
    assert found in (0, 5), said
    assert (out / "cycles" / "latest" / "map.html").is_file()


def test_without_a_track_its_folder_waits_for_one(tmp_path: Path, files: dict[str, Path]) -> None:
    config = write_config(tmp_path / "zj", [recognise(files["counties"])], Answers(step=0.25))
    assert (tmp_path / "zj" / "incoming" / "track" / "README.txt").is_file()
    report = check_catalogue(config, at=AT, now=AT)
    assert report.exit_code == 3
    shutil.copy(files["track"], tmp_path / "zj" / "incoming" / "track")
    text = config.with_name("zj-scenario.toml").read_text(encoding="utf-8")
    config.with_name("zj-scenario.toml").write_text(
        text.replace('"0000"', '"2106"').replace("hours = 48", "hours = 2"), encoding="utf-8"
    )
    assert check_catalogue(config, at=AT, now=AT).exit_code in (0, 5)


def test_nothing_is_overwritten_and_nothing_half_written(
    tmp_path: Path, files: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "zj"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    found, said = code(capfd, "init", str(out), str(files["counties"]))
    assert found == 2
    assert "nothing is ever overwritten" in said
    assert [p.name for p in out.iterdir()] == ["mine.txt"]
    with pytest.raises(ConfigError, match="no outlines of counties"):
        write_config(tmp_path / "other", [recognise(files["dem"])], Answers())
    assert not (tmp_path / "other").exists()
    assert not list(tmp_path.glob(".*partial*"))


def test_what_is_not_recognised_is_left_out_and_said(
    tmp_path: Path, files: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    strange = tmp_path / "notes.csv"
    strange.write_text("a,b\n1,2\n", encoding="utf-8")
    found, said = code(capfd, "init", str(tmp_path / "zj"), str(files["counties"]), str(strange))
    assert found == 5
    assert "left out" in said
    assert "notes.csv: not recognised as an input" in said
    assert (tmp_path / "zj" / "zj.toml").is_file()


def test_a_datum_is_never_guessed(tmp_path: Path, files: dict[str, Path]) -> None:
    counties = recognise(files["counties"])
    villages = recognise(bundled("villages/key_villages_example.csv"))
    walls = [recognise(bundled(f"sea_walls/{n}_example.csv")) for n in ("sea_walls", "tide")]
    with pytest.raises(
        ConfigError, match=r"key_villages_example\.csv: the datum must be declared; expected --datum"
    ):
        write_config(tmp_path / "a", [counties, villages], Answers())
    with pytest.raises(
        ConfigError, match=r"tide_example\.csv: the datum must be declared; expected --tide-datum"
    ):
        write_config(tmp_path / "a", [counties, *walls], Answers())
    with pytest.raises(ConfigError, match="one table without the other"):
        write_config(tmp_path / "a", [counties, walls[0]], Answers())
    config = write_config(
        tmp_path / "a", [counties, villages, *walls], Answers(datum="cgcs2000", tide_datum="1985", step=0.25)
    )
    scenario = config.with_name("a-scenario.toml").read_text(encoding="utf-8")
    assert 'sea_wall_datum = "1985"' in scenario
    assert 'datum = "cgcs2000"' in scenario
    assert 'examples = ["sea_walls", "key_villages"]' in scenario


def test_one_table_of_tides_serves_walls_and_stations(tmp_path: Path, files: dict[str, Path]) -> None:
    tables = [
        recognise(bundled(f"sea_walls/{n}_example.csv")) for n in ("sea_walls", "tide_stations", "tide")
    ]
    known = [recognise(files["counties"]), *tables]
    config = write_config(tmp_path / "a", known, Answers(tide_datum="1985", step=0.25))
    scenario = read_scenario(
        config.with_name("a-scenario.toml"), {"run.issued_at": AT, "track.file": str(files["track"])}
    )
    assert scenario.tide is not None
    assert (
        scenario.assets.sea_wall_tide == scenario.tide.astronomical == bundled("sea_walls/tide_example.csv")
    )
    assert (scenario.assets.sea_wall_datum, scenario.tide.datum) == ("1985", "1985")


def test_two_files_for_one_input_and_a_storm_that_nobody_names(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    counties, people = recognise(files["counties"]), recognise(files["population"])
    with pytest.raises(ConfigError, match=r"regions\.population: two files for one input"):
        write_config(tmp_path / "a", [counties, people, people], Answers())
    best = recognise(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"))
    with pytest.raises(ConfigError, match="--storm 2106"):
        write_config(tmp_path / "a", [counties, best], Answers())


def test_a_file_of_other_levels_alone_has_no_county(tmp_path: Path) -> None:
    cities = recognise(bundled("admin/zhejiang_city_simple.geojson"))
    with pytest.raises(ConfigError, match="no outlines of counties"):
        write_config(tmp_path / "a", [cities], Answers())
    with pytest.raises(DataError, match="no county"):
        write_config(tmp_path / "a", [Recognised(cities.path, "regions.file", "geojson")], Answers())


def test_the_time_in_a_name() -> None:
    assert stamp_of("rain_100%_2021072408.nc") == "rain_100%%_%Y%m%d%H.nc"
    assert stamp_of("a_202199999999.nc") is None


def test_the_unit_of_residents_is_never_guessed(
    tmp_path: Path, files: dict[str, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """A wrong one changes every count of people by the area of a cell, and no number of the file shows it."""
    residents = tmp_path / "worldpop.tif"
    with rasterio.open(
        residents, "w", driver="GTiff", height=120, width=120, count=1, dtype="float32", crs="EPSG:4326", nodata=-1,
        transform=Affine(1 / 60, 0, 121.5, 0, -1 / 60, 31.0),
    ) as out:  # fmt: skip
        out.write(np.full((120, 120), 3.0, np.float32), 1)
    given = [str(tmp_path / "zj"), str(files["counties"]), str(residents), "--step", "0.25"]
    found, said = code(capfd, "init", *given)
    assert found == 2
    assert "worldpop.tif: the unit of residents must be declared; expected --population-units people" in said
    found, said = code(capfd, "init", *given, "--population-units", "heads")
    assert (found, "--population-units: unknown units; expected people | people_km2" in said) == (2, True)
    assert not (tmp_path / "zj").exists()
    assert code(capfd, "init", *given, "--population-units", "people_km2")[0] == 0
    given_by_cycle = {"run.issued_at": AT, "track.file": str(files["track"])}
    scenario = read_scenario(tmp_path / "zj" / "zj-scenario.toml", given_by_cycle)
    assert scenario.risk.population_units == "people_km2"
