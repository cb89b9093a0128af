"""``python -m benchmarks.runoff.county``: seconds of a flash-flood cycle of a county, of the province, and of the soil index.

A county: 2,000 km2 at 30 m (1,500 x 1,482 cells), watersheds of a few km2, 24 + 24 hours of rain on 0.01 degrees, soil index of
every cell for 24 h. The province: 18,000 x 16,200 labels. Watersheds are made (blocks that drain into the one below), so
that only this room's work is timed.
"""

from __future__ import annotations

import argparse
import resource

import numpy as np
import xarray as xr

from benchmarks.harness import best_seconds, seconds
from riskmap.hazard.flash_flood import flash_flood, paint_tiers, weights_between, with_labels
from riskmap.hazard.runoff import SoilTanks, retention, scs_step, soil_water_step
from riskmap.io.rule_files import read_rules

NOW = np.datetime64("2021-07-25T12:00", "ns")
HOURS = 48


def made_watersheds(rows: int, columns: int, side: int, cell: float) -> xr.Dataset:
    """Square watersheds of ``side`` cells of ``cell`` [m], each draining into the one to the south."""
    high, wide = -(-rows // side), -(-columns // side)
    labels = (np.arange(rows)[:, None] // side * wide + np.arange(columns)[None, :] // side + 1).astype(
        np.int32
    )
    count = high * wide
    number = np.arange(1, count + 1)
    metres = {"units": "m"}
    table = xr.Dataset(
        {
            "area": (
                "watershed",
                np.bincount(labels.ravel(), minlength=count + 1)[1:] * cell**2,
                {"units": "m2"},
            ),
            "downstream": ("watershed", np.where(number + wide <= count, number + wide, 0)),
            "main_length": ("watershed", np.full(count, 1.5 * side * cell), metres),
            "main_drop": ("watershed", np.full(count, 0.03 * side * cell), metres),
            "mean_slope": ("watershed", np.full(count, 0.3), {"units": "m m-1"}),
        },
        {"watershed": number},
    )
    degrees = cell / 111e3
    return with_labels(table, labels, 31.0 - np.arange(rows) * degrees, 118.0 + np.arange(columns) * degrees)


def made_rain(watersheds: xr.Dataset, step: float) -> xr.DataArray:
    """Showers on a grid of ``step`` degrees over the watersheds."""
    y = np.arange(float(watersheds["y"][0]) + step, float(watersheds["y"][-1]) - step, -step)
    x = np.arange(float(watersheds["x"][0]) - step, float(watersheds["x"][-1]) + step, step)
    rng = np.random.default_rng(0)
    rain = rng.gamma(0.6, 9.0, (HOURS, len(y), len(x))).astype(np.float32)
    times = NOW + (np.arange(HOURS) - HOURS // 2) * np.timedelta64(1, "h")
    return xr.DataArray(rain, dims=("time", "y", "x"), coords={"time": times, "y": y, "x": x})


def cycle(watersheds: xr.Dataset, rain: xr.DataArray) -> None:
    """Weights, basin rain, thresholds, flood waves, and 24 painted hours."""
    count = watersheds.sizes["watershed"]
    found = flash_flood(
        watersheds, rain, read_rules()["flash_flood"], analysis=NOW, curve_number=np.full(count, 72.0),
        soil_index=np.full(count, 60.0), weights=weights_between(watersheds, rain),
    )  # fmt: skip
    for hour in range(HOURS // 2, HOURS):
        paint_tiers(watersheds, found, time=hour)


def soil(shape: tuple[int, int], hours: int) -> float:
    """Million cell-steps a second of the soil-water index, negative rain looked for in each."""
    rain = np.random.default_rng(1).gamma(0.5, 10.0, (min(shape[0], 2000), shape[1])).astype(np.float32)
    rain = np.resize(rain, shape)
    tanks = SoilTanks.filled(shape, depth=(5.0, 10.0, 20.0))
    return shape[0] * shape[1] / best_seconds(lambda: soil_water_step(tanks, rain), repeat=hours) / 1e6


def runoff(shape: tuple[int, int]) -> float:
    """Million cell-steps a second of the curve-number runoff."""
    rain = np.random.default_rng(1).gamma(0.5, 10.0, shape).astype(np.float32)
    total, kept = np.zeros(shape, np.float32), retention(np.full(shape, 72.0, np.float32)).astype(np.float32)
    return shape[0] * shape[1] / best_seconds(lambda: scs_step(rain, total, kept), repeat=5) / 1e6


def main(arguments: list[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--province", action="store_true")
    chosen = parser.parse_args(arguments)
    county = (1500, 1482)
    sheds = made_watersheds(*county, 60, 30.0)
    rain = made_rain(sheds, 0.01)
    print(
        f"county, {sheds.sizes['watershed']} watersheds: {best_seconds(lambda: cycle(sheds, rain)):.2f} s a cycle"
    )
    print(
        f"soil index: {soil((4000, 4000), 7):.0f} Mcell-steps/s; of the county {24 * 2.223 / soil(county, 7):.3f} s for 24 h"
    )
    print(f"curve-number runoff: {runoff((4000, 4000)):.0f} Mcell-steps/s")
    if chosen.province:
        sheds = made_watersheds(18_000, 16_200, 250, 30.0)
        rain = made_rain(sheds, 0.01)
        print(
            f"province, {sheds.sizes['watershed']} watersheds: {seconds(lambda: cycle(sheds, rain)):.1f} s a cycle"
        )
        del sheds, rain
        cells = 18_000 * 16_200 / 1e6
        print(f"province, an hour of the soil index: {cells / soil((18_000, 16_200), 3):.2f} s")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
