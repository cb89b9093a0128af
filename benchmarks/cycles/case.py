"""Scheduled cycles on the bundled data: a coarse grid, a few hours, and forecasts of In-Fa that a service could have delivered."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray as xr

from riskmap.io.bundled import bundled
from riskmap.io.track_geojson import track_geojson
from riskmap.io.tracks import read_track
from riskmap.issued import as_issued

AT = datetime.fromisoformat("2021-07-23T08:00+08:00")
NOW = datetime.fromisoformat("2021-07-23T08:05+08:00")

SCENARIO = """[event]
number = "2106"
name = "In-Fa"
chinese = "烟花"
[run]
hours = {hours}
replay = true
[grid]
west = 120.0
south = 28.5
east = 123.0
north = 31.0
step = {step}
[track]
format = "geojson"
storm = "2106"
[regions]
file = "{regions}"
population = "{population}"
[products]
letters = false
[map]
county_pages = false
"""

CONFIG = """[cycle]
scenario = "scenario.toml"
root = "root"
keep = {keep}
[[input]]
key = "track.file"
watch = "incoming"
stamp = "track_%Y%m%d%H%M.geojson"
max_age_hours = {max_age}
"""


def write_cycles(
    folder: Path,
    *,
    keep: int = 5,
    max_age: float = 3,
    hours: int = 2,
    step: float = 0.25,
    counties: str = "",
    scenario: str = "",
    config: str = "",
) -> Path:
    """Scenario, configuration and an empty folder of deliveries; gives the configuration's path.

    ``counties`` is the beginning of their codes; all 90 unless given.
    """
    regions = bundled("admin/zhejiang_district_simple.geojson")
    (folder / "incoming").mkdir(parents=True)
    if counties:
        whole = json.loads(regions.read_text(encoding="utf-8"))
        whole["features"] = [
            f for f in whole["features"] if str(f["properties"]["adcode"]).startswith(counties)
        ]
        regions = folder / "counties.geojson"
        regions.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    text = SCENARIO.format(
        hours=hours,
        step=step,
        regions=regions.as_posix() if not counties else regions.name,
        population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv").as_posix(),
    )
    (folder / "scenario.toml").write_text(text + scenario, encoding="utf-8")
    path = folder / "zj.toml"
    path.write_text(CONFIG.format(keep=keep, max_age=max_age) + config, encoding="utf-8")
    return path


@lru_cache(maxsize=1)
def best_track() -> xr.Dataset:
    """In-Fa as it was analysed afterwards."""
    return read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")


def forecast(at: datetime, hours: int = 12) -> str:
    """A forecast of In-Fa as of an hour: observed up to then, simulated after it."""
    rng = np.random.default_rng([7, int(at.timestamp())])
    return track_geojson(as_issued(best_track(), issued_at=at, hours=hours, rng=rng))


def deliver(folder: Path, at: datetime = AT, text: str | None = None) -> Path:
    """Put a forecast where the cycles look for it."""
    path = folder / "incoming" / f"track_{at:%Y%m%d%H%M}.geojson"
    path.write_text(forecast(at) if text is None else text, encoding="utf-8")
    return path


def hours_later(n: float, at: datetime = AT) -> datetime:
    return at + timedelta(hours=n)
