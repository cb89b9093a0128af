"""``python -m benchmarks.slopes.speed``: an hour's grade of a province, safety of its cells, gauges on a rain grid."""

from __future__ import annotations

import numpy as np

from benchmarks.harness import best_seconds
from riskmap.grid import Grid
from riskmap.hazard.landslide.grades import landslide_grade
from riskmap.hazard.landslide.stability import factor_of_safety
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.observation.correction import METHODS, adjustment, gauge_cells

SIDE = 4000
PROVINCE = 18_000 * 16_200


def main() -> None:
    """Print the figures."""
    rng, rules = np.random.default_rng(1), read_landslide_rules()
    classes = rng.integers(0, 5, (SIDE, SIDE)).astype(np.int8)
    rain = rng.uniform(0, 500, (SIDE, SIDE)).astype(np.float32)
    water = rain / 3
    for workers in (1, 2):
        seconds = best_seconds(
            lambda w=workers: landslide_grade(classes, rain, rules, soil_water=water, workers=w)  # type: ignore[misc]
        )
        print(f"grade, {workers} threads: {classes.size / seconds / 1e6:.0f} Mcells/s, "
              f"{PROVINCE / classes.size * seconds:.1f} s for {PROVINCE / 1e6:.0f} Mcells")  # fmt: skip
    slope = rng.uniform(0, 50, (1000, 1000))
    seconds = best_seconds(lambda: factor_of_safety(slope, 1.5, 3e3, 32.0, soil_weight=18e3, wetness=0.5))
    print(f"factor of safety: {slope.size / seconds / 1e6:.1f} Mcells/s")
    grid = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.02)
    field = rng.exponential(40.0, grid.shape)
    lon, lat = rng.uniform(118, 123, 500), rng.uniform(27.2, 31.2, 500)
    cells = gauge_cells(grid, lon, lat, rng.exponential(40.0, 500))
    for method in METHODS:
        seconds = best_seconds(lambda m=method: adjustment(field, grid, cells, method=m))  # type: ignore[misc]
        print(
            f"{method}: {seconds * 1e3:.0f} ms for {field.size} cells and {len(cells.rain)} cells with gauges"
        )


if __name__ == "__main__":
    main()
