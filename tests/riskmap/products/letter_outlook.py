"""An outlook for the tests of letters: the small assessment, or the real counties about Hangzhou Bay."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import xarray as xr
from shapely.geometry import shape

from riskmap.io.bundled import bundled
from riskmap.outlook import Event, Outlook
from riskmap.region import Region
from tests.factories import make_assessment

MARKS = (("回放", "Replay"), ("模拟预报", "Simulated forecast"))
LANDFALL_AT = datetime(2021, 7, 25, 4, 30, tzinfo=UTC)


small_assessment = lru_cache(maxsize=1)(make_assessment)
"""``make_assessment()``, made once; copy its table before changing it."""


def make_outlook(**changes) -> Outlook:
    """Four Zhoushan counties with surge points at two of them, two counties of Quzhou."""
    assessment = changes.pop("assessment", None) or small_assessment()
    times = assessment.table["time"].values
    track = xr.Dataset(
        {"forecast": ("time", [False, True])}, coords={"time": [times[0], times[-1] + np.timedelta64(1, "h")]}
    )
    surge = xr.Dataset(
        {"storm_surge": (("time", "point"), np.outer(np.linspace(0, 1, len(times)), [0.5, 1.2]))},
        coords={"time": times, "region": ("point", ["330902", "330921"])},
    )
    fields = {"marks": MARKS, "surge": surge, "landfall_at": LANDFALL_AT} | changes
    return Outlook("forecast", Event("2106", "IN-FA", "烟花"), assessment, track, **fields)


@lru_cache(maxsize=1)
def real_regions() -> dict[str, Region]:
    """The bundled counties."""
    features = json.loads(bundled("admin/zhejiang_district_simple.geojson").read_text(encoding="utf-8"))
    return {
        str(p["adcode"]): Region(
            str(p["adcode"]),
            p["name"],
            str(p["city_adcode"])[:4],
            p["city_name"],
            shape(feature["geometry"]),
            1000,
        )
        for feature in features["features"]
        for p in [feature["properties"]]
    }


def real_outlook() -> Outlook:
    """The small assessment on the real outlines of its counties."""
    assessment = small_assessment()
    real = real_regions()
    regions = tuple(replace(r, geometry=real[r.code].geometry) for r in assessment.regions)
    return make_outlook(assessment=replace(assessment, regions=regions))
