"""A province as ``docs/deploy`` has it, at 0.01 degree, with what a service could have delivered of In-Fa."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from benchmarks.cycles.case import AT, forecast
from benchmarks.cycles.radar import DAY, STEP, deliver_day, deliver_nowcast
from benchmarks.harness import ROOT
from benchmarks.operations_parts.demo import RISKMAP
from riskmap.cycle import EXIT_OK, EXIT_PARTIAL
from riskmap.grid import Grid

DEPLOY = ROOT / "docs" / "deploy"
BOX = {"west": 117.5, "south": 27.0, "east": 123.5, "north": 31.5}
RADAR_RAIN = """
[rain]
stamp = "end"
interval_hours = 0.16666666666666666
"""
RADAR_BOX = {"west": 117.4, "south": 26.9, "east": 123.6, "north": 31.6}


def write_province(folder: Path, *, step: float, hours: int, members: int = 0, at: datetime = AT) -> Path:
    """Configuration and scenario of a province, and a forecast of In-Fa; gives the configuration's path."""
    scenario = (DEPLOY / "zhejiang-scenario.toml").read_text(encoding="utf-8")
    scenario = scenario.replace("../../data", (ROOT / "data").as_posix())
    scenario = re.sub(r"(?m)^hours = \d+", f"hours = {hours}\nreplay = true", scenario, count=1)
    scenario = re.sub(r"(?m)^step = [\d.]+", f"step = {step:g}", scenario, count=1)
    scenario += RADAR_RAIN
    if members:
        scenario += f"\n[ensemble]\nmembers = {members}\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "zhejiang-scenario.toml").write_text(scenario, encoding="utf-8")
    config = (DEPLOY / "zhejiang.toml").read_text(encoding="utf-8")
    config = config.replace("/var/lib/riskmap/zj", "root").replace("/srv/incoming/", "")
    config = re.sub(r"((?:radar|nowcast)_\S+)\.nc", r"\1.tif", config)
    path = folder / "zhejiang.toml"
    path.write_text(config, encoding="utf-8")
    for name in ("track", "rain", "radar", "nowcast"):
        (folder / name).mkdir()
    track = folder / "track" / f"track_{at:%Y%m%d%H%M}.geojson"
    track.write_text(forecast(at, hours=hours + 12), encoding="utf-8")
    return path


def deliver_rain(folder: Path, *, step: float, at: datetime = AT) -> int:
    """A day of radar and a nowcast of three hours, on cells of ``step`` [degrees]; gives the number of files."""
    grid = Grid.from_bounds(**RADAR_BOX, step=step)
    files = deliver_day(folder, at, steps=DAY + 6, single=DAY + 6, grid=grid)
    deliver_nowcast(folder, at - STEP, hours=3, grid=grid)
    return files + 1


def run_process(config: Path, at: datetime, *options: str) -> float:
    """One cycle as a process of its own, from start to exit [s].

    Raises
    ------
    RuntimeError
        It published nothing.
    """
    command = [
        sys.executable,
        "-c",
        RISKMAP,
        "cycle",
        "--config",
        str(config),
        "--at",
        at.isoformat(),
        *options,
    ]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - start
    if done.returncode not in (EXIT_OK, EXIT_PARTIAL):
        raise RuntimeError(f"a cycle ended with {done.returncode}: {(done.stderr + done.stdout)[-2000:]}")
    return spent
