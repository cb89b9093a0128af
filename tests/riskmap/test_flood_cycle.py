"""Whole runs with a county's own watersheds: thresholds, villages, and the soil's water from cycle to cycle."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskmap.analysis.soil import BEFORE
from riskmap.cycle import EXIT_OK, EXIT_PARTIAL, RunResult, run
from riskmap.hazard.runoff.soil_water import STATE_VARIABLES, SoilTanks, soil_water_step, steady_tanks
from riskmap.io.bundled import bundled
from riskmap.io.published import read_assessment
from riskmap.io.soil_state import read_soil_state
from riskmap.scale import Tier
from tests.map_pages import block
from tests.riskmap.io.rain_files import geotiff, pattern
from tests.riskmap.valleys import collection, square

HOURS = 62
FIRST = np.datetime64("2021-07-24T01:00", "s")
XINCHANG, NINGHAI = "330624", "330226"

SCENARIO = """[event]
number = "2106"
name = "In-Fa"
chinese = "烟花"
[run]
issued_at = {issued}
hours = 6
replay = true
[grid]
west = 120.4
south = 28.9
east = 122.0
north = 29.9
step = 0.1
[track]
file = "{track}"
format = "jma"
storm = "2106"
forecast = "simulated"
[rain]
file = "rain.tif"
kind = "amount"
stamp = "end"
interval_hours = 1
[terrain]
relief = "{relief}"
[regions]
file = "{regions}"
[products]
letters = {letters}
[flash_flood]
{floods}
[assets]
{assets}
"""


def write(
    folder: Path, hour: int, *, floods: Sequence[str] = (), assets: Sequence[str] = (), letters: bool = False
) -> Path:
    """A scenario issued so many hours after 24 July 00:00 UTC."""
    text = SCENARIO.format(
        issued=f"{np.datetime64('2021-07-24T00:00') + np.timedelta64(hour, 'h')}:00+00:00",
        track=bundled("tracks/jma_bst_zhejiang_2015_2021.txt").as_posix(),
        relief=bundled("relief/zhejiang_srtm30_land_1-48deg.tif").as_posix(),
        regions=bundled("admin/zhejiang_district_simple.geojson").as_posix(),
        floods="\n".join(floods), assets="\n".join(assets), letters=str(letters).lower(),
    )  # fmt: skip
    path = folder / f"at{hour}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def cycle(folder: Path, hour: int, **given: Any) -> RunResult:
    return run(write(folder, hour, **given), folder / f"out{hour}", replace=True)


def record(result: RunResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rain = pattern(HOURS, shape=(40, 60))
    names = [f"{FIRST + np.timedelta64(n, 'h')}Z" for n in range(HOURS)]
    geotiff(tmp_path / "rain.tif", rain * 0.5, names)
    return tmp_path


def kept(folder: Path, hour: int, soil: str = "soil") -> xr.Dataset:
    stamp = str(np.datetime64("2021-07-24T00") + np.timedelta64(hour, "h")).replace("-", "")
    return read_soil_state(folder / soil / f"soil_{stamp}0000Z.state")


SOIL = ('soil_state = "soil"', 'wetness = "normal"')

KILLED = """
import os, signal, sys
from pathlib import Path
def die(_file): os.kill(os.getpid(), signal.SIGKILL)
os.fsync = die
from riskmap.cycle import run
run(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.slow
def test_cycles_go_on_bit_for_bit_also_after_one_was_killed(folder: Path) -> None:
    first = cycle(folder, 26, floods=SOIL)
    assert first.exit_code == EXIT_OK, first.problems
    assert "none yet, the ground begins as normal" in [e["said"] for e in record(first)["notes"]]

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, write(folder, 29, floods=SOIL), folder / "dead"], check=False
    )
    assert killed.returncode == -9
    assert sorted(p.name for p in (folder / "soil").glob("soil_*.state")) == ["soil_20210725T020000Z.state"]
    assert not (folder / "dead").exists()

    second = cycle(folder, 31, floods=SOIL)
    assert second.exit_code == EXIT_OK, second.problems
    used = [e for e in record(second)["inputs"] if e["key"] == "soil_state"]
    assert [(e["file"], len(e["sha256"])) for e in used] == [("soil_20210725T020000Z.state", 64)]

    # the same as tanks that were never let go
    one = kept(folder, 31)
    grid_rain = _rain_on_grid(folder)
    tanks = SoilTanks.filled(grid_rain[0].shape, depth=steady_tanks(10.0 / 24.0))
    earlier = None
    for n in range(3, 32):  # the hours that end at 24 July 03 to 25 July 07 UTC
        soil_water_step(tanks, grid_rain[n - 1])
        if n == 7:
            earlier = tanks.upper.copy()
    np.testing.assert_array_equal(one[STATE_VARIABLES[0]].values, tanks.upper)
    np.testing.assert_array_equal(one[STATE_VARIABLES[2]].values, tanks.lower)
    np.testing.assert_array_equal(one[BEFORE[0]].values, earlier)


def _rain_on_grid(folder: Path) -> list[np.ndarray]:
    from riskmap.grid import Grid
    from riskmap.io.rain_declared import RainDeclared
    from riskmap.io.rain_grids import open_rain

    grid = Grid.from_bounds(west=120.4, south=28.9, east=122.0, north=29.9, step=0.1)
    source = open_rain(folder / "rain.tif", grid, RainDeclared(kind="amount", stamp="end", interval_hours=1))
    found = [source.hour(FIRST + np.timedelta64(n, "h")) for n in range(HOURS)]
    assert all(field is not None for field in found)
    return found  # type: ignore[return-value]


@pytest.mark.slow
def test_a_bad_state_is_named_and_the_wetness_class_counts(folder: Path) -> None:
    assert cycle(folder, 26, floods=SOIL).exit_code == EXIT_OK
    file = folder / "soil" / "soil_20210725T020000Z.state"
    file.write_bytes(file.read_bytes()[:-1] + b"\x00\x01")
    result = cycle(folder, 28, floods=SOIL)
    assert result.exit_code == EXIT_PARTIAL
    said = [p.what for p in result.problems if p.where == "flash_flood.soil_state"]
    assert "not as it was written" in said[0]
    assert "the ground begins as normal" in said[1]
    # its own state is as of a run that knew none
    alone = cycle(folder, 28, floods=('soil_state = "alone"',))
    assert alone.exit_code == EXIT_OK
    np.testing.assert_array_equal(
        kept(folder, 28)[STATE_VARIABLES[1]].values, kept(folder, 28, "alone")[STATE_VARIABLES[1]].values
    )


def test_a_state_that_cannot_be_written_is_named_and_the_run_is_published(folder: Path) -> None:
    (folder / "file").write_text("x")
    result = cycle(folder, 26, floods=('soil_state = "file/soil"',))
    assert result.exit_code == EXIT_PARTIAL
    assert any("cannot be made" in p.what for p in result.problems)
    assert (result.folder / "assessment.json").exists()


THRESHOLDS = """code,name,lon,lat,prepare_1h_mm,move_1h_mm,prepare_3h_mm,move_3h_mm,source
G1,示例坑,,,12,16,20,28,示例县水利局
,示例溪,121.25,29.35,900,950,,,示例县水利局
,海里的,121.98,28.95,30,40,,,
"""
VILLAGES = """id,name,lon,lat,region,past_flood,households,people,responsible
V1,示例一村,120.952,29.402,330624006,是,32,96,示例甲
V2,示例二村,121.25,29.35,330226,是,10,30,示例乙
V3,示例三村,120.955,29.404,330624006,,5,,
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunResult]:
    """Own watersheds, thresholds, villages and soil state in one run, with a downpour over one gully."""
    folder = tmp_path_factory.mktemp("whole")
    rain = np.full((HOURS, 40, 60), 1.0, np.float32)
    rain[32 - 1, 16:28, 24:36] = 18.0  # 25 July 08:00 UTC
    geotiff(folder / "rain.tif", rain, [f"{FIRST + np.timedelta64(n, 'h')}Z" for n in range(HOURS)])
    collection(folder / "sheds.geojson", square(120.93, 29.38, 0.05, id="G1", name="示例坑"))
    (folder / "t.csv").write_text(THRESHOLDS, encoding="utf-8")
    (folder / "v.csv").write_text(VILLAGES, encoding="utf-8")
    floods = (
        'thresholds = "t.csv"',
        'watersheds = "sheds.geojson"',
        'soil_state = "soil"',
        'wetness = "dry"',
    )
    assets = ('key_villages = "v.csv"', 'datum = "cgcs2000"')
    cycle(folder, 26, floods=floods, assets=assets)
    return folder, cycle(folder, 30, floods=floods, assets=assets, letters=True)


@pytest.mark.slow
def test_own_thresholds_turn_a_village_red_and_its_county_with_it(whole: tuple[Path, RunResult]) -> None:
    assessment = read_assessment(whole[1].folder)
    assets = {a.asset_id: a for a in assessment.assets if a.kind == "key_village"}
    assert set(assets) == {"V1", "V2", "V3"}
    first, calm = assets["V1"], assets["V2"]
    assert (first.tier, first.households, first.people, first.responsible) == (Tier.RED, 32, 96, "示例甲")
    assert first.threshold == 16.0
    assert first.move_at is not None
    assert first.move_at.isoformat() == "2021-07-25T08:00:00+00:00"
    assert "本流域指标,置信度中" in first.reason_chinese
    assert "2小时后立即转移" in first.reason_chinese
    assert calm.tier == Tier.GREEN
    reason = next(r for r, _ in assessment.worst_reasons(XINCHANG) if r.hazard == "flash_flood")
    assert (reason.tier, reason.confidence) == (Tier.RED, "medium")
    assert reason.asset is not None
    assert reason.asset.asset_id in ("V1", "V3")
    assert reason.metric.variable == "flash_flood_ratio_own"
    other = next(r for r, _ in assessment.worst_reasons(NINGHAI) if r.hazard == "flash_flood")
    assert other.tier < Tier.RED


def test_letters_and_tables_name_the_village_and_whose_threshold(whole: tuple[Path, RunResult]) -> None:
    import docx

    out = whole[1].folder
    rows = list(csv.DictReader(io.StringIO((out / "assets.csv").read_text(encoding="utf-8-sig"))))
    row = next(r for r in rows if r["asset_id"] == "V1")
    assert (row["tier"], row["households"], row["people"], row["example"]) == ("4", "32", "96", "0")
    assert row["prepare_at"] == row["move_at"] == "2021-07-25T16:00:00+08:00"
    document = docx.Document(str(out / "letters" / XINCHANG / "letter.docx"))
    cells = [cell.text for table in document.tables for line in table.rows for cell in line.cells]
    assert any("示例一村" in cell for cell in cells)
    assert any("立即转移" in cell for cell in cells)
    assert "32户\n96人" in cells
    text = "\n".join(p.text for p in document.paragraphs)
    assert "用户所给小流域指标" in text
    assert "采用用户所给的本流域指标" in text
    assert "湖南" not in text.split("模型限制")[1].split("。")[0]
    assert "示例一村" in str(block((out / "map.html").read_text(encoding="utf-8")))
    tiers = list(csv.DictReader(io.StringIO((out / "tiers.csv").read_text(encoding="utf-8-sig"))))
    mine = [r for r in tiers if r["region"] == XINCHANG and r["hazard"] == "flash_flood" and r["tier"] == "4"]
    assert mine
    assert {r["confidence"] for r in mine} == {"medium"}


def test_what_could_not_be_used_is_named(whole: tuple[Path, RunResult]) -> None:
    result = whole[1]
    assert result.exit_code == EXIT_PARTIAL
    said = {p.where: p.what for p in result.problems}
    assert "a point at sea" in said["t.csv"]
    assert "criteria not surveyed" in said["v.csv"]
    assert "示例三村" in said["v.csv"]
    assert [e["file"] for e in record(result)["inputs"] if e["key"] == "soil_state"] == [
        "soil_20210725T020000Z.state"
    ]
