"""What the map page carries: numbers as packed integers, geometry once, as differences.

The page's script (``templates/map.data.js``) is the inverse of ``pack`` and ``pack_paths``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.assess import Assessment
from riskmap.asset import AssetTier
from riskmap.io.basemap import Basemap
from riskmap.outlook import Outlook
from riskmap.products.surge import NOTE as SURGE_NOTE
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.scale import (
    ASSET_WORDS,
    DISCLAIMER,
    HAZARD_WORDS,
    NO_DATA,
    NO_DATA_COLOUR,
    NO_DATA_WORDS,
    Tier,
    called_example,
    hazard_words,
)

COORDINATE_SCALE: Final = 10_000
"""Coordinates are whole numbers of 1e-4 degrees, 11 m: a third of a pixel at the deepest zoom of the page."""

TOLERANCE: Final = 0.006
"""``coverage_simplify``: corners that span less than the square of this are cut [degrees], 600 m."""

_INTEGERS: Final = (("i1", np.int8), ("i2", np.int16), ("i4", np.int32))


def pack(values: NDArray[Any], *, scale: float = 1.0) -> dict[str, Any]:
    """An array as base64 of small little-endian integers.

    Parameters
    ----------
    values : array, any shape
        Flattened in C order; NaN is kept.
    scale : float
        Stored is ``round(value * scale)``: 100 keeps two decimals.

    Returns
    -------
    dict
        ``n`` count, ``s`` scale, ``t`` type (i1, i2, i4), ``d`` base64; or ``c``, the one stored integer
        where all are equal. NaN is the type's lowest number, or null as ``c``.

    Examples
    --------
    >>> pack(np.array([1.25, np.nan]), scale=100)
    {'n': 2, 's': 100, 't': 'i1', 'd': 'fYA='}
    >>> pack(np.array([7, 7, 7]))
    {'n': 3, 's': 1.0, 'c': 7}
    """
    flat = np.asarray(values, np.float64).ravel()
    unknown = np.isnan(flat)
    whole = np.rint(np.where(unknown, 0.0, flat) * scale).astype(np.int64)
    head = {"n": int(flat.size), "s": scale}
    if flat.size and unknown.all():
        return head | {"c": None}
    if flat.size and not unknown.any() and (whole == whole[0]).all():
        return head | {"c": int(whole[0])}
    low, high = (int(whole.min()), int(whole.max())) if flat.size else (0, 0)
    name, dtype = next((n, d) for n, d in _INTEGERS if np.iinfo(d).min < low and high <= np.iinfo(d).max)
    stored = np.where(unknown, np.iinfo(dtype).min, whole).astype(np.dtype(dtype).newbyteorder("<"))
    return head | {"t": name, "d": base64.b64encode(stored.tobytes()).decode("ascii")}


def pack_paths(geometry: Any) -> list[list[int]]:
    """Lines or rings as differences of whole numbers: lon, lat, then the steps.

    Parameters
    ----------
    geometry : shapely geometry
        Points are no paths and are left out; the closing point of a ring is dropped.

    Examples
    --------
    >>> from shapely import LineString
    >>> pack_paths(LineString([(120.0, 30.0), (120.1, 30.0), (120.1, 29.9)]))
    [[1200000, 300000, 1000, 0, 0, -1000]]
    """
    import shapely

    paths = []
    for part in shapely.get_parts(geometry):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        paths += [path for ring in rings if (path := _path(ring, closed=part.geom_type == "Polygon"))]
    return paths


def _path(line: Any, *, closed: bool) -> list[int]:
    import shapely

    whole = np.rint(shapely.get_coordinates(line) * COORDINATE_SCALE).astype(np.int64)
    steps = np.diff(whole, axis=0)
    keep = np.concatenate([[True], steps.any(axis=1)])
    whole = whole[keep]
    if closed and len(whole) > 1 and (whole[0] == whole[-1]).all():
        whole = whole[:-1]
    if len(whole) < (3 if closed else 2):
        return []
    return [int(v) for v in np.concatenate([whole[:1], np.diff(whole, axis=0)]).ravel()]


def map_data(
    outlook: Outlook,
    basemap: Basemap,
    *,
    links: Mapping[str, Mapping[str, str]],
    approval_number: str | None,
    title: tuple[str, str],
) -> dict[str, Any]:
    """Everything the page shows, ready for JSON; the same inputs give the same content in the same order.

    Parameters
    ----------
    links : mapping
        Region or city code -> label -> relative address.
    title : (Chinese, English)
    """
    assessment = outlook.assessment
    return {
        "title": title,
        "kind": outlook.kind,
        "marks": outlook.marks,
        "disclaimer": DISCLAIMER,
        "rainNote": outlook.rain_note,
        "approval": approval_number,
        "issued": _seconds(outlook.issued_at),
        "times": [_seconds(t) for t in assessment.valid_at],
        "landfall": _seconds(outlook.landfall_at) if outlook.landfall_at else None,
        "start": peak_hour(assessment),
        "tiers": [
            {"colour": t.colour, "words": [t.chinese, t.english], "risk": t.risk_words, "level": t.level}
            for t in Tier
        ],
        "noData": {"colour": NO_DATA_COLOUR, "words": NO_DATA_WORDS},
        "regions": _regions(assessment.regions),
        "combined": pack(assessment.combined),
        "combinedWords": HAZARD_WORDS["combined"],
        "hazards": [_hazard(assessment, n, hazard) for n, hazard in enumerate(assessment.hazards)],
        "lacking": [
            {"id": h, "words": hazard_words(h), "lacks": _both(lacks)}
            for h, lacks in sorted(assessment.lacking.items())
        ],
        "assets": [_asset(asset, assessment) for asset in assessment.assets],
        "rasters": _rasters(outlook),
        "surge": _surge(outlook),
        "track": _track(outlook),
        "circles": _circles(outlook),
        "links": {code: dict(sorted(found.items())) for code, found in sorted(links.items())},
        "base": _base(basemap),
        "credits": _credits(outlook, basemap),
    }


def peak_hour(assessment: Assessment) -> int:
    """Index of the hour with the most regions at the worst tier that occurs; the map opens there.

    Ties are broken by the next tier down, then by the earlier hour.
    """
    best, at = (-1,) * len(Tier), 0
    for hour, tiers in enumerate(assessment.combined):
        found = tuple(int((tiers == tier).sum()) for tier in reversed(Tier))
        if found > best:
            best, at = found, hour
    return at


def _seconds(instant: datetime) -> int:
    return round(instant.timestamp())


def _regions(regions: Sequence[Region]) -> dict[str, Any]:
    """Names and shapes; neighbours are simplified together, so that no gap opens between them."""
    import shapely

    simple = shapely.coverage_simplify([region.geometry for region in regions], TOLERANCE)
    shapes = [pack_paths(g) or pack_paths(r.geometry) for g, r in zip(simple, regions, strict=True)]
    by_city: dict[str, list[Any]] = {}
    for region, geometry in zip(regions, simple, strict=True):
        by_city.setdefault(region.city_code, []).append(geometry)
    outlines = [shapely.boundary(shapely.union_all(parts)) for parts in by_city.values()]
    borders = shapely.line_merge(shapely.union_all(outlines))
    return {
        "code": [r.code for r in regions],
        "name": [r.name for r in regions],
        "city": [r.city_name for r in regions],
        "cityCode": [r.city_code for r in regions],
        "population": [r.population for r in regions],
        "label": [_label_point(g) for g in simple],
        "shape": shapes,
        "cities": pack_paths(borders),
    }


def _label_point(geometry: Any) -> list[float]:
    """Latitude, longitude where the largest part is widest."""
    import shapely

    largest = max(shapely.get_parts(geometry), key=lambda part: part.area)
    centre = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=0.01))[0]
    return [round(float(centre[1]), 3), round(float(centre[0]), 3)]


def _hazard(assessment: Assessment, n: int, hazard: str) -> dict[str, Any]:
    table, rule = assessment.table, assessment.rules[hazard]
    pick = {str(name): table[name].values[n] for name in table.data_vars}
    bounds, index = np.unique(pick["threshold"], return_inverse=True)  # a few numbers, met again and again
    decimals = 2 if any(metric.units in ("m", "1") for metric in rule.metrics) else 1
    return {
        "id": hazard,
        "words": hazard_words(hazard, example=hazard in assessment.apart),
        "apart": hazard in assessment.apart,
        **_rule(rule),
        "tier": pack(pick["tier"]),
        "metric": pack(pick["metric"]),
        "decimals": decimals,
        "value": pack(_rounded(pick["value"], pick["metric"], rule, decimals), scale=10**decimals),
        "maximum": pack(pick["maximum"], scale=10**decimals),
        "thresholds": [None if np.isnan(b) else round(float(b), 4) for b in bounds],
        "threshold": pack(index),
        "share": pack(pick["area_share"], scale=1000),
        "people": pack(pick["people"]),
        "covered": pack(pick["covered"], scale=1000),
        "asset": pack(pick["asset"]),
    }


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
    }


def _rounded(
    value: NDArray[np.float64], metric: NDArray[np.int8], rule: HazardRule, decimals: int
) -> NDArray[np.float64]:
    """Values rounded so that none is shown on the other side of a threshold: 24.46 is 24.4 where 24.5 is orange."""
    scale = 10.0**decimals
    shown = np.rint(value * scale) / scale
    for n, candidate in enumerate(rule.metrics):
        for bound in candidate.thresholds:
            if bound is None:
                continue
            shown = np.where(
                (metric == n) & (value < bound) & (shown >= bound), np.floor(value * scale) / scale, shown
            )
            shown = np.where(
                (metric == n) & (value >= bound) & (shown < bound), np.ceil(value * scale) / scale, shown
            )
    return shown


def _rule(rule: HazardRule) -> dict[str, Any]:
    return {
        "areaShare": rule.unit_area_share,
        "areaShareSource": rule.unit_area_share_source,
        "areaShareStatus": rule.unit_area_share_status,
        "confidence": rule.confidence,
        "confidenceNote": rule.confidence_note,
        "rain": any(metric.variable.startswith("rain_") for metric in rule.metrics),
        "metrics": [
            {
                "words": [metric.chinese, metric.english],
                "units": metric.units,
                "thresholds": metric.thresholds,
                "source": metric.source,
                "status": metric.status,
                "confidence": metric.confidence or rule.confidence,
                "confidenceNote": metric.confidence_note or rule.confidence_note,
            }
            for metric in rule.metrics
        ],
    }


def _rasters(outlook: Outlook) -> dict[str, Any]:
    return {
        hazard: {
            "words": hazard_words(hazard),
            "bounds": images[0].bounds,
            "png": [base64.b64encode(image.png).decode("ascii") for image in images],
        }
        for hazard, images in outlook.rasters.items()
        if images
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
    inside = (hours.astype(np.int64) >= fixes[0]) & (hours.astype(np.int64) <= fixes[-1])
    at = interpolate(track, hours[inside])
    known = {
        name: np.full(len(hours), np.nan)
        for name in ("latitude", "longitude", "maximum_wind", "central_pressure")
    }
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


def _base(basemap: Basemap) -> dict[str, Any]:
    return {
        "bounds": basemap.bounds,
        "land": pack_paths(basemap.land),
        "surroundings": pack_paths(basemap.surroundings),
        "coast": pack_paths(basemap.coast),
        "lakes": pack_paths(basemap.lakes),
        "province": pack_paths(basemap.province),
        "rivers": [[level, pack_paths(lines)] for level, lines in basemap.rivers],
        "places": [[p.name, p.english, p.latitude, p.longitude] for p in basemap.places],
    }


def _credits(outlook: Outlook, basemap: Basemap) -> list[str]:
    agency = str(outlook.track.attrs.get("agency", ""))
    return [*([f"路径: {agency}"] if agency else []), *basemap.credits, "人口: 第七次全国人口普查 (2020)"]
