"""Invented gauges and rain for the tests of observations."""

from __future__ import annotations

import numpy as np

from riskmap.grid import Grid
from riskmap.observation.gauges import Gauge, Kind, Readings

START = np.datetime64("2021-07-25T00:00:00", "s")
GRID = Grid.from_bounds(west=120.0, south=29.0, east=121.0, north=30.0, step=0.05)


def gauge(name: str = "G1", kind: Kind = "rain", **change: object) -> Gauge:
    """A gauge near 120.5 E, 29.5 N, hourly."""
    values: dict[str, object] = {
        "gauge_id": name, "name": f"示例{name}", "kind": kind, "region": "330782", "longitude": 120.5, "latitude": 29.5,
        "interval": 3600.0, "low": 0.0 if kind == "rain" else -2.0, "high": 250.0 if kind == "rain" else 12.0,
        "datum": "" if kind == "rain" else "1985",
    }  # fmt: skip
    return Gauge(**(values | change))  # type: ignore[arg-type]


def series(values: list[float], of: Gauge | None = None, *, minutes: float = 60, first: int = 1) -> Readings:
    """Readings of a gauge, ``minutes`` apart, the first at ``first`` steps after the start."""
    steps = (np.arange(first, first + len(values)) * minutes * 60).astype("timedelta64[s]")
    return Readings(of or gauge(), START + steps, np.array(values, float))
