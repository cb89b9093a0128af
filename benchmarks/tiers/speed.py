"""From grids to tiers of 90 counties and 1,400 made townships, and the shares against exactextract."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Record, best_seconds
from benchmarks.tiers.townships import made_townships
from riskmap import bundled, read_regions, read_rules
from riskmap.aggregate import fill_cells, residents
from riskmap.assessment import empty_table
from riskmap.blocks import run_rows, threads
from riskmap.grid import Grid
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.severity import grade
from riskmap.zonal import ZonalWeights, zonal_weights

CLAIMS = ("tiers_seconds", "zonal_share_error")
HOURS = 49
GRID = {"west": 117.5, "south": 27.0, "east": 123.5, "north": 31.5}
STEP = 0.01
BYTES_A_WEIGHT = 2 * (8 + 8 + 4) + 8 + 4
"""Index, area and severity, twice (the share, then the step in which it is reached), and a value for the maximum."""


def measure(*, quick: bool = False) -> list[Record]:
    """Both claims; ``quick`` takes 0.02 degrees and 7 hours."""
    grid = Grid.from_bounds(**GRID, step=0.02 if quick else STEP)
    counties = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    regions = (*counties, *made_townships(counties))
    weights = zonal_weights(regions, grid)
    return [_tiers(regions, grid, weights, 7 if quick else HOURS), _error(regions, grid, weights)]


def nine_rules() -> dict[str, HazardRule]:
    """Nine hazards on the grid: five as the rules have them, and rules of one metric for the four that stations have."""
    rules = read_rules()
    found = {name: rules[name] for name in ("wind", "rain", "flash_flood", "landslide", "inundation")}
    waves = rules["waves"]
    for name in ("waves", "storm_tide", "sea_wall", "river_stage"):
        found[name] = replace(waves, id=name, unit_area_share=0.01)
    return found


def fields_of(
    rule: HazardRule, grid: Grid, hour: int, rng: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """Smooth fields about a storm that moves on, with noise; float32 as the hazards give them. A tenth of them is unknown."""
    y, x = np.mgrid[: grid.shape[0], : grid.shape[1]].astype(np.float32)
    centre = grid.shape[0] * 0.3 + hour * grid.shape[0] * 0.01, grid.shape[1] * (0.9 - 0.01 * hour)
    near = np.exp(-np.hypot(y - centre[0], x - centre[1]) / (0.3 * grid.shape[0])).astype(np.float32)
    near *= rng.uniform(0.8, 1.2, grid.shape).astype(np.float32)
    out = {}
    for metric in rule.metrics:
        if not metric.cells or metric.station_levels:
            continue
        top = max(t for t in metric.thresholds if t is not None)
        field = (near * np.float32(1.3 * top)).astype(np.float32)
        field[: grid.shape[0] // 10] = np.nan
        out[metric.variable] = field
    return out


def run(
    regions: tuple[Region, ...], grid: Grid, weights: ZonalWeights, hours: int, rules: dict[str, HazardRule]
) -> tuple[float, Any]:
    """Seconds from fields to a full table, hour by hour, and the table; making the fields is not counted."""
    start = datetime(2021, 7, 24, 4, tzinfo=UTC)
    at = [start + timedelta(hours=h) for h in range(hours)]
    table = empty_table(list(rules), at, [region.code for region in regions])
    people, rng, seconds = residents(regions), np.random.default_rng(5), 0.0
    for hour in range(hours):
        for n, rule in enumerate(rules.values()):
            fields = fields_of(rule, grid, hour, rng)
            began = time.perf_counter()
            fill_cells(table, n, hour, grade(fields, rule), rule, weights, people)
            seconds += time.perf_counter() - began
    return seconds, table


def _tiers(regions: tuple[Region, ...], grid: Grid, weights: ZonalWeights, hours: int) -> Record:
    rules = nine_rules()
    run(regions, grid, weights, 1, rules)
    seconds = min(run(regions, grid, weights, hours, rules)[0] for _ in range(3))
    metrics = sum(len(fields_of(rule, grid, 0, np.random.default_rng(1))) for rule in rules.values())
    moved = hours * (
        len(rules) * len(weights.cell) * BYTES_A_WEIGHT + metrics * grid.shape[0] * grid.shape[1] * 16
    )
    note = (
        f"{len(regions)} units (townships made), {hours} h, {len(rules)} hazards of {metrics} metrics on {grid.shape[0]} x "
        f"{grid.shape[1]} cells; best of 3, {threads()} threads, fields not counted; {moved / seconds / 1e9:.1f} GB/s, "
        f"a plain copy in the same run {_copy_rate():.1f}: bound by compares and look-ups of single cells, not by memory"
    )
    return Record(CLAIMS[0], seconds, "s", note=note)


def _copy_rate() -> float:
    """What memory gives [GB/s]: read and written, all threads."""
    from_, to = (np.ones((64, 500_000)) for _ in range(2))
    copy = best_seconds(lambda: run_rows(lambda a, b: np.copyto(to[a:b], from_[a:b]), 64))
    return 2 * from_.nbytes / copy / 1e9


def _error(regions: tuple[Region, ...], grid: Grid, weights: ZonalWeights) -> Record:
    """Share of each unit where single random cells hold: ours, and exactextract's own weighted mean."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from shapely.geometry import box, mapping

    mask = np.random.default_rng(7).random(grid.shape) < 0.2
    ours = weights.share(mask.ravel())
    west, south, east, north = grid.bounds
    bounds: dict[str, Any] = {"xmin": west, "ymin": south, "xmax": east, "ymax": north, "srs_wkt": None}
    values = NumPyRasterSource(mask.astype(float), **bounds)
    areas = NumPyRasterSource(np.broadcast_to(grid.cell_area[:, None], grid.shape).copy(), **bounds)
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(r.geometry)} for r in regions]
    found = exact_extract(values, features, ["weighted_mean"], weights=areas)
    theirs = np.array([feature["properties"]["weighted_mean"] for feature in found])
    frame = box(west, south, east, north)
    whole = np.array([frame.covers(region.geometry) for region in regions])
    error = float(np.abs(ours - theirs)[whole].max())
    note = f"{whole.sum()} counties and made townships that lie on the grid, cells drawn at random"
    return Record(CLAIMS[1], error, "1", peer="exactextract", note=note)


if __name__ == "__main__":
    import sys

    for record in measure(quick="--quick" in sys.argv):
        print(record)
