"""Runs as they would have been issued: what was observed or forecast later changes no byte."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from benchmarks.cycles.case import write_cycles
from riskmap.analysis import analyse
from riskmap.cli import app
from riskmap.io.bundled import bundled
from riskmap.io.inputs import read_inputs
from riskmap.io.run_store import VARYING
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook, TierImage
from riskmap.scheduled import CycleResult, run_cycle

LANDFALL = datetime.fromisoformat("2021-07-25T12:30+08:00")
"""Putuo, Zhoushan."""
ZHOUSHAN = "3309"
LEADS = (72, 48, 24, 12, 6)
NOW = datetime.fromisoformat("2021-08-01T00:00+08:00")


def contents(run: Path) -> dict[str, bytes]:
    paths = (p for p in sorted(run.rglob("*")) if p.is_file())
    return {str(p.relative_to(run)): p.read_bytes() for p in paths if p.name not in VARYING}


def without_later_rows(text: str, at: datetime) -> str:
    """In-Fa's best track as it stood at an hour: its later rows deleted, and the count of rows in its header."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("66666 2106"))
    end = next(n for n in range(start + 1, len(lines) + 1) if n == len(lines) or lines[n].startswith("66666"))
    stamp = at.astimezone(UTC).strftime("%y%m%d%H")
    kept = [line for line in lines[start + 1 : end] if line[:8] <= stamp]
    assert 0 < len(kept) < end - start - 1
    header = lines[start].replace(f" {end - start - 1:03d} ", f" {len(kept):03d} ", 1)
    return "\n".join((header, *kept)) + "\n"


def bulletins(track: Path, out: Path, first: datetime, last: datetime) -> None:
    """Forecasts that hold motion and strength, as ``riskmap bulletins`` writes them."""
    done = CliRunner().invoke(
        app, ["bulletins", str(track), "--storm", "2106", "--from", first.isoformat(), "--to", last.isoformat(),
              "--out", str(out), "--persistence", "--hours", "8", "--every", "360"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def afterwards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that was ever delivered, from a track that knows the end."""
    folder = tmp_path_factory.mktemp("afterwards") / "a"
    config = write_cycles(folder, max_age=7, counties=ZHOUSHAN)
    bulletins(
        bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), folder / "incoming",
        LANDFALL - timedelta(hours=max(LEADS)), LANDFALL + timedelta(hours=24),
    )  # fmt: skip
    half_hours(config)
    return config


def half_hours(config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("[cycle]\n", "[cycle]\nevery_minutes = 30\n")
    config.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("lead", LEADS)
def test_in_fa_as_issued_reads_nothing_that_was_observed_later(
    afterwards: Path, tmp_path: Path, lead: int
) -> None:
    """The best track cut at the issue time, and no later delivery, give the same bytes as all that is known today."""
    at = LANDFALL - timedelta(hours=lead)
    text = bundled("tracks/jma_bst_zhejiang_2015_2021.txt").read_text(encoding="utf-8")
    cut = tmp_path / bundled("tracks/jma_bst_zhejiang_2015_2021.txt").name  # forecasts name their source
    cut.write_text(without_later_rows(text, at), encoding="utf-8")
    config = write_cycles(tmp_path / "then", max_age=7, counties=ZHOUSHAN)
    half_hours(config)
    bulletins(cut, tmp_path / "then" / "incoming", at, at)
    runs: list[CycleResult] = []
    for one in (config, afterwards):
        root = one.parent / "root"
        if root.is_dir():  # each lead is a first cycle, which holds nothing of another
            root.rename(one.parent / f"root-before-{lead}")
        runs.append(run_cycle(one, at=at, now=NOW))
    then, today = (contents(run.folder) for run in runs)
    assert then == today
    assert "外推预报" in then["map.html"].decode()
    assert not runs[0].doubts


AGENCIES = ("CMA", "JMA", "JTWC", "CWA", "HKO")
ISSUED = tuple(datetime(2021, 9, day, 6, tzinfo=UTC) for day in (26, 27, 28))
"""Mindulle far south of Japan; real forecasts of five agencies, as the Zhejiang water authority's service gave them."""

SEA = """[event]
number = "2116"
name = "Mindulle"
chinese = "蒲公英"
[run]
issued_at = {issued_at}
hours = 36
replay = true
[grid]
west = 134.0
south = 19.0
east = 140.0
north = 27.0
step = 0.5
[track]
format = "zjwater"
file = "observed.csv"
forecast_file = "ahead.csv"
storm = "2116"
agency = "{agency}"
[regions]
file = "sea.geojson"
"""


def mindulle(folder: Path, tracks: Path, agency: str, at: datetime, *, later: bool) -> Outlook:
    """What the service gave at an hour, analysed on squares of sea; ``later``: beside all rows that came after it."""
    folder.mkdir(parents=True)
    corners = [(134.2 + 1.4 * i, 19.2 + 1.9 * j) for i in range(4) for j in range(4)]
    squares = [
        {"type": "Feature", "properties": {"adcode": f"3309{n:02d}", "name": f"海区{n}"},
         "geometry": {"type": "Polygon", "coordinates": [[[x, y], [x + 1.2, y], [x + 1.2, y + 1.7], [x, y + 1.7], [x, y]]]}}
        for n, (x, y) in enumerate(corners, 1)
    ]  # fmt: skip
    (folder / "sea.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": squares}, ensure_ascii=False), encoding="utf-8"
    )
    text = SEA.format(agency=agency, issued_at=at.isoformat())
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    for source, kind, column in (("observed", "observed", "time"), ("forecasts_5agencies", "ahead", "init")):
        with (tracks / f"mindulle2021_zjwater_{source}.csv").open(encoding="utf-8") as file:
            reader = csv.DictReader(file)
            kept = [row for row in reader if later or row[column] <= f"{at:%Y-%m-%d %H:%M:%S}"]
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(reader.fieldnames or ()))
            writer.writeheader()
            writer.writerows(kept)
    (inputs,) = read_inputs(read_scenario(folder / "scenario.toml"), Ledger())
    assert [english for _, english in inputs.marks] == ["Replay"], "neither simulated nor a hindcast"
    return analyse(inputs, encode=lambda _tiers, grid: TierImage(b"", grid.bounds))[0]


@pytest.mark.parametrize("at", ISSUED)
def test_mindulle_as_five_agencies_forecast_it(shared_data: Path, tmp_path: Path, at: datetime) -> None:
    """With every later row deleted the tracks and tiers are the same; the agencies' own are not."""
    tiers: dict[str, bytes] = {}
    for agency in AGENCIES:
        then, today = (
            mindulle(tmp_path / f"{agency}-{later}", shared_data / "tracks", agency, at, later=later)
            for later in (False, True)
        )
        xr.testing.assert_identical(then.track, today.track)
        xr.testing.assert_identical(then.assessment.table, today.assessment.table)
        forecast = then.track["time"].values[then.track["forecast"].values]
        assert forecast.min() > np.datetime64(at.replace(tzinfo=None), "s")
        tiers[agency] = then.assessment.table["value"].values.tobytes()
    assert len(set(tiers.values())) == len(AGENCIES)
