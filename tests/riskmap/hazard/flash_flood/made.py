"""Made watersheds: two springs that meet above a third, on a grid of 30 x 40 cells of 100 m."""

from __future__ import annotations

import numpy as np
import xarray as xr

from riskmap.hazard.flash_flood import with_labels
from riskmap.io.rule_files import read_rules

RULE = read_rules()["flash_flood"]
NOW = np.datetime64("2021-07-25T12:00")
Y, X = np.arange(30) * -100.0, np.arange(40) * 100.0


def watersheds() -> xr.Dataset:
    labels = np.zeros((30, 40), np.int32)
    labels[:15, :20], labels[:15, 20:], labels[15:28, 5:35] = 1, 2, 3
    mm = {"units": "m"}
    table = xr.Dataset(
        {
            "area": ("watershed", np.bincount(labels.ravel())[1:] * 1e4, {"units": "m2"}),
            "downstream": ("watershed", np.array([3, 3, 0], np.int32)),
            "main_length": ("watershed", np.array([2500.0, 2400.0, 3000.0]), mm),
            "main_drop": ("watershed", np.array([200.0, 180.0, 60.0]), mm),
            "mean_slope": ("watershed", np.array([0.3, 0.3, 0.1]), {"units": "m m-1"}),
        },
        {"watershed": np.arange(1, 4, dtype=np.int32)},
    )
    return with_labels(table, labels, Y, X)


def storm(per_hour: list[float], *, before: int = 30, after: int = 0) -> xr.DataArray:
    """Even rain; the analysis is the hour before its first entry."""
    series = np.array([0.0] * before + per_hour + [0.0] * after)
    times = NOW + (np.arange(len(series)) - before + 1) * np.timedelta64(3600, "s")
    field = np.broadcast_to(series[:, None, None], (len(series), 6, 8))
    return xr.DataArray(
        field.copy(), dims=("time", "y", "x"),
        coords={"time": times.astype("datetime64[ns]"), "y": np.arange(6) * -600.0 - 250.0, "x": np.arange(8) * 600.0 + 250.0},
    )  # fmt: skip
