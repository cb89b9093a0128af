"""Whole outlooks for tests of the products: small squares, or the real counties with invented wind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import xarray as xr

from riskmap.assessment import Assessment, empty_table
from riskmap.grid import Grid
from riskmap.outlook import Event, Outlook, TierImage
from riskmap.products.raster import tier_image
from riskmap.region import Region
from tests.factories import ISSUED_AT, make_assessment, make_rules
from tests.storms import moving_storm

GRID = Grid.from_bounds(west=118.0, south=27.0, east=123.0, north=31.0, step=0.1)


def make_outlook(assessment: Assessment | None = None) -> Outlook:
    """An outlook with everything a map can show: track, circles, two rasters, surge points, a lacking hazard."""
    assessment = assessment or make_assessment()
    hours = assessment.table["time"].values
    track = moving_storm(north_per_hour=0.08, west_per_hour=0.05)
    track["forecast"] = ("time", track["time"].values > np.datetime64("2021-07-24T04:30:00"))
    radius = np.full((len(hours), 3, 4), np.nan)
    radius[:, 0] = (250e3, 240e3, 180e3, 200e3)
    radius[:, 1, :2] = 90e3  # 10-force wind in the eastern half only
    circles = xr.Dataset(
        {"wind_radius": (("time", "force", "quadrant"), radius)},
        coords={"time": hours, "force": [7, 10, 12], "quadrant": ["NE", "SE", "SW", "NW"]},
    )
    surge = xr.Dataset(
        {"storm_surge": (("time", "point"), np.linspace(0.0, 1.5, len(hours) * 3).reshape(len(hours), 3))},
        coords={
            "time": hours, "latitude": ("point", [29.9, 30.4, 28.7]), "longitude": ("point", [122.1, 121.6, 121.5]),
            "region": ("point", [assessment.regions[0].code] * 3),
        },
    )  # fmt: skip
    return Outlook(
        kind="forecast",
        event=Event("2106", "In-Fa", "烟花"),
        assessment=assessment,
        track=track,
        marks=(("回放", "Replay"), ("模拟预报", "Simulated forecast")),
        circles=circles,
        rasters={hazard: _images(len(hours)) for hazard in ("wind", "rain")},
        surge=surge,
        landfall_at=assessment.issued_at + timedelta(hours=3, minutes=10),
    )


def _images(hours: int) -> tuple[TierImage, ...]:
    y, x = np.mgrid[: GRID.shape[0], : GRID.shape[1]]
    return tuple(
        tier_image(np.clip(4 - np.hypot(y - 12, x - 45 + h) / 8, -1, 4).astype(np.int8), GRID)
        for h in range(hours)
    )


def wind_over(regions: tuple[Region, ...], hours: int = 13) -> Assessment:
    """Gusts that fall off with the distance from a point that comes in from the sea; no rain anywhere."""
    rules = make_rules()
    valid_at = [ISSUED_AT + timedelta(hours=h) for h in range(hours)]
    table = empty_table(list(rules), valid_at, [r.code for r in regions])
    centres = np.array([(r.geometry.centroid.x, r.geometry.centroid.y) for r in regions])
    bounds = np.array(rules["wind"].metrics[1].thresholds, float)
    for h in range(hours):
        distance = np.hypot(*(centres - (124.0 - 0.25 * h, 27.5 + 0.2 * h)).T)
        gust = 50.0 * np.exp(-distance / 2.5)
        tier = (gust[:, None] >= bounds).sum(axis=1)
        share = np.where(tier > 0, 0.4, 0.0)
        wind = {
            "tier": tier, "metric": 1, "value": gust, "maximum": 1.1 * gust, "area_share": share, "covered": 1.0,
            "threshold": bounds[np.maximum(tier - 1, 0)], "people": share * [r.population or np.nan for r in regions],
        }  # fmt: skip
        dry = {"tier": 0, "value": 0.0, "maximum": 0.0, "area_share": 0.0, "covered": 1.0, "threshold": 50.0}
        for n, row in enumerate((wind, dry)):
            for name, values in row.items():
                table[name].values[n, h] = values
    return replace(make_assessment(hours), regions=regions, table=table)
