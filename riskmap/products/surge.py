"""Surge at coastal points as a table: numbers, never colours."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from typing import Final

import xarray as xr

from riskmap.outlook import BEIJING

COLUMNS: Final = (
    "point",
    "longitude",
    "latitude",
    "region",
    "valid_at",
    "storm_surge_m",
    "wind_driven_m",
    "inverse_barometer_m",
)
"""Header of ``surge.csv``."""

NOTE: Final = (
    "风暴增水为二维浅水模型结果(静压与风),0.1度水深,不含天文潮与波浪,未分级",
    "Surge by a two-dimensional shallow-water model (pressure and wind) on a 0.1 degree chart, without tide or waves; not tiered",
)
"""Said wherever a surge figure is read."""


def surge_csv(surge: xr.Dataset) -> str:
    """One row a point and hour.

    Parameters
    ----------
    surge : Dataset (time, point)
        See ``riskmap.hazard.surge.simulate_surge``.

    Returns
    -------
    str
        Columns ``COLUMNS``; heights in metres above the undisturbed level, ``valid_at`` in Beijing time.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    total, pressure = (surge[name].values.round(3) for name in ("storm_surge", "inverse_barometer"))
    parts = [total, (total - pressure).round(3), pressure]
    places = list(
        zip(
            surge["longitude"].values.round(4),
            surge["latitude"].values.round(4),
            surge["region"].values,
            strict=True,
        )
    )
    for hour, instant in enumerate(surge["time"].values.astype("datetime64[s]").tolist()):
        valid_at = instant.replace(tzinfo=UTC).astimezone(BEIJING).isoformat()
        for n, (longitude, latitude, region) in enumerate(places):
            writer.writerow([n, longitude, latitude, region, valid_at, *(part[hour, n] for part in parts)])
    return out.getvalue()
