"""What the map page carries: tiers, reasons and shapes of every level, the storm, the base map.

``riskmap.products.map_pack`` turns it into bytes; the page's script (``templates/map.data.js``) is the inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.assessment import Assessment
from riskmap.asset import AssetTier
from riskmap.io.basemap import Basemap
from riskmap.outlook import Outlook
from riskmap.palette import Palette
from riskmap.products.map_base import base_data
from riskmap.products.map_ensemble import ensemble_data
from riskmap.products.map_level import LEVEL_WORDS, TOLERANCE, hazard_data, level_data, peak_hour
from riskmap.products.map_pack import pack
from riskmap.products.map_risk import risk_data
from riskmap.products.pinyin import spelt
from riskmap.products.surge import NOTE as SURGE_NOTE
from riskmap.risk import COLOURED
from riskmap.scale import (
    ASSET_WORDS,
    DISCLAIMER,
    HAZARD_WORDS,
    NO_DATA,
    NO_DATA_WORDS,
    Tier,
    called_example,
    hazard_words,
)

STALE_AFTER: Final = 9.0
"""Hours after which a page warns: a missed six-hourly cycle and half of the next (status D)."""

PAST_MARKS: Final = frozenset(("回放", "演练", "Replay", "Exercise"))
"""Marks of a page that is about the past or an exercise, and is not called stale as well."""

TIANDITU_ADDRESS: Final = (
    "https://t{s}.tianditu.gov.cn/{name}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={name}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
)
"""Tiles of 天地图 in Web Mercator: ``vec`` the map, ``cva`` its names (status S: read in several clients)."""

DEFAULT_PALETTE: Final = Palette()


def levels_of(outlook: Outlook) -> dict[str, Assessment]:
    """Level -> its assessment: the counties, and below or above them what the outlook has besides."""
    found = {"county": outlook.assessment, **outlook.levels}
    return {name: found[name] for name in (*LEVEL_WORDS, *found) if name in found}


ASSET_LAYER: Final = {
    "assetWords": ("重点对象,按最高等级", "Assets, by their worst tier"),
    "exampleWords": (
        "虚线圈为示例名录(虚构),不计入等级",
        "Dotted: from example tables, invented, counted for nothing",
    ),
}


def data_time(outlook: Outlook) -> datetime:
    """Newest instant that was observed: of a layer its measured rain, else the last fix that is no forecast; up to the issue time."""
    from datetime import UTC

    if outlook.measured_until is not None:
        return min(outlook.measured_until, outlook.issued_at)
    track = outlook.track
    seconds = track["time"].values.astype("datetime64[s]").astype(np.int64)
    seen = seconds[~track["forecast"].values.astype(bool)]
    last = int(seen.max()) if seen.size else _seconds(outlook.issued_at)
    return min(datetime.fromtimestamp(last, tz=UTC), outlook.issued_at)


def map_data(
    outlook: Outlook,
    basemap: Basemap,
    *,
    links: Mapping[str, Mapping[str, str]],
    approval_number: str | None,
    title: tuple[str, str],
    palette: Palette = DEFAULT_PALETTE,
    stale_after: float = STALE_AFTER,
    opens: str = "county",
    focus: str | None = None,
    tolerance: float = TOLERANCE,
    tianditu: str | None = None,
) -> dict[str, Any]:
    """Everything the page shows, ready for JSON; the same inputs give the same content in the same order.

    Parameters
    ----------
    links : mapping
        Region or city code -> label -> relative address.
    title : (Chinese, English)
    palette : Palette
    stale_after : float
        Age of the newest observation from which the page warns [h].
    opens : str
        Level that is shown first.
    focus : str, optional
        Code of a region that the page opens at.
    tolerance : float
        Of the outlines, see ``TOLERANCE``.
    tianditu : str, optional
        Offer that base map; the text is the key, empty where the reader types it.
    """
    assessment = outlook.assessment
    levels = levels_of(outlook)
    return {
        "title": title,
        "kind": outlook.kind,
        "marks": outlook.marks,
        "disclaimer": DISCLAIMER,
        "rainNote": outlook.rain_note,
        "approval": approval_number,
        "issued": _seconds(outlook.issued_at),
        "dataTime": _seconds(data_time(outlook)),
        "past": outlook.kind != "forecast" or any(set(mark) & PAST_MARKS for mark in outlook.marks),
        "staleAfter": stale_after,
        "times": [_seconds(t) for t in assessment.valid_at],
        "landfall": _seconds(outlook.landfall_at) if outlook.landfall_at else None,
        "start": peak_hour(assessment),
        **_colours(palette),
        "levels": [level_data(name, found, tolerance) for name, found in levels.items()],
        "opens": list(levels).index(opens if opens in levels else next(iter(levels))),
        "focus": focus,
        "listed": [
            [unit.code, unit.name, words]
            for unit, words in zip(outlook.listed, spelt([u.name for u in outlook.listed]), strict=True)
        ],
        "tianditu": None if tianditu is None else {"key": tianditu, "address": TIANDITU_ADDRESS},
        "ensemble": ensemble_data(outlook.probability),
        "risk": risk_data(outlook.risk),
        "coloured": COLOURED,
        "combinedWords": HAZARD_WORDS["combined"],
        "alone": outlook.layer,
        **ASSET_LAYER,
        "hazards": [hazard_data(assessment, hazard) for hazard in assessment.hazards],
        "lacking": [
            {"id": h, "words": hazard_words(h), "lacks": _both(lacks)}
            for h, lacks in sorted(assessment.lacking.items())
        ],
        "assets": [_asset(asset, assessment) for asset in assessment.assets],
        "surge": _surge(outlook),
        "track": _track(outlook),
        "circles": _circles(outlook),
        "links": {code: dict(sorted(found.items())) for code, found in sorted(links.items())},
        "base": base_data(basemap),
        "credits": _credits(outlook, basemap),
    }


def _colours(palette: Palette) -> dict[str, Any]:
    return {
        "tiers": [
            {
                "colour": palette.tiers[t],
                "words": [t.chinese, t.english],
                "risk": t.risk_words,
                "level": t.level,
            }
            for t in Tier
        ],
        "noData": {"colour": palette.no_data, "words": NO_DATA_WORDS},
        "paletteNote": palette.note,
    }


def _seconds(instant: datetime) -> int:
    return round(instant.timestamp())


def _both(words: str) -> tuple[str, str]:
    """``中文 (English)`` apart; the whole twice where there is only one language.

    Examples
    --------
    >>> _both("需高程(dem) (needs a DEM)"), _both("缺潮位")
    (('需高程(dem)', 'needs a DEM'), ('缺潮位', '缺潮位'))
    """
    chinese, found, english = words.partition(" (")
    return (chinese, english.removesuffix(")")) if found else (words, words)


def _asset(asset: AssetTier, assessment: Assessment) -> dict[str, Any]:
    kind = ASSET_WORDS.get(asset.kind, (asset.kind, asset.kind))
    return {
        "region": asset.region,
        "name": asset.name,
        "kind": called_example(kind, assessment.invented(asset)),
        "tier": NO_DATA if asset.tier is None else int(asset.tier),
        "reason": [asset.reason_chinese, asset.reason_english],
        "onset": _seconds(asset.onset) if asset.onset else None,
        "people": asset.people,
        "example": assessment.invented(asset),
        "at": None
        if asset.latitude is None or asset.longitude is None
        else [round(asset.latitude, 5), round(asset.longitude, 5)],
    }


def _surge(outlook: Outlook) -> dict[str, Any] | None:
    if outlook.surge is None or outlook.surge.sizes["point"] == 0:
        return None
    surge = outlook.surge
    return {
        "words": HAZARD_WORDS["storm_surge"],
        "note": SURGE_NOTE,
        "lacks": _both(lacks) if (lacks := outlook.assessment.lacking.get("storm_tide")) else None,
        "latitude": pack(surge["latitude"].values, scale=1000),
        "longitude": pack(surge["longitude"].values, scale=1000),
        "region": [str(code) for code in surge["region"].values],
        "value": pack(surge["storm_surge"].transpose("time", "point").values, scale=100),
    }


def _track(outlook: Outlook) -> dict[str, Any]:
    """Fixes, and the place and strength at each valid hour (null outside the track)."""
    from riskmap.track import interpolate

    track, table = outlook.track, outlook.assessment.table
    fixes = track["time"].values.astype("datetime64[s]").astype(np.int64)
    hours = table["time"].values.astype("datetime64[s]")
    known = {
        name: np.full(len(hours), np.nan)
        for name in ("latitude", "longitude", "maximum_wind", "central_pressure")
    }
    if len(fixes):  # else a layer that no storm is read for
        inside = (hours.astype(np.int64) >= fixes[0]) & (hours.astype(np.int64) <= fixes[-1])
        at = interpolate(track, hours[inside])
        for name, values in known.items():
            values[inside] = at[name].values
    return {
        "period": int(track.attrs["averaging_period"]),
        "agency": str(track.attrs.get("agency", "")),
        "simulated": str(track.attrs.get("simulated", "")),
        "time": fixes.tolist(),
        "forecast": track["forecast"].values.astype(int).tolist(),
        **_fixes({name: track[name].values for name in known}),
        "at": _fixes(known),
    }


def _fixes(values: Mapping[str, NDArray[np.float64]]) -> dict[str, Any]:
    return {
        "latitude": pack(values["latitude"], scale=1000),
        "longitude": pack(values["longitude"], scale=1000),
        "wind": pack(values["maximum_wind"], scale=10),
        "pressure": pack(values["central_pressure"] / 100.0, scale=10),  # hPa, which people read
    }


def _circles(outlook: Outlook) -> dict[str, Any] | None:
    if outlook.circles is None:
        return None
    circles = outlook.circles.sel(quadrant=["NE", "SE", "SW", "NW"])
    return {
        "force": [int(f) for f in circles["force"].values],
        "radius": pack(circles["wind_radius"].transpose("time", "force", "quadrant").values),
    }


def _credits(outlook: Outlook, basemap: Basemap) -> list[str]:
    agency = str(outlook.track.attrs.get("agency", ""))
    return [*([f"路径: {agency}"] if agency else []), *basemap.credits, "人口: 第七次全国人口普查 (2020)"]
