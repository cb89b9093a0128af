"""Hazard zones with outlines (危险区范围), from GeoJSON: somebody drew them, an assessment gives them their tier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from evac.plan.ties import with_regions
from evac.plan.zones import Zone, region_tiers
from riskmap.assessment import Assessment, worst_tier
from riskmap.asset import AssetTier
from riskmap.errors import DataError
from riskmap.scale import HAZARD_WORDS, NO_DATA, Tier, hazard_words

_MOST: Final = 180.0


def read_outlines(text: str, where: str, assessment: Assessment) -> tuple[Zone, ...]:
    """Zones of a GeoJSON collection with the tiers of an assessment, below orange left out.

    A feature's tier is that of the asset of the same id and hazard, else of the counties that it touches, each for its own part
    of the people; where neither is known its people are checked. GeoJSON is WGS-84 by its standard (RFC 7946).

    Parameters
    ----------
    text : str
        A FeatureCollection of polygons; properties ``id``, ``hazard`` (an id such as landslide), and, where they are known,
        ``name``, ``responsible``, ``people``, ``households``.
    where : str
        Name of the file, for messages.
    assessment : Assessment

    Raises
    ------
    DataError
        No collection of polygons, a property that is wrong, one id twice; names the feature.
    """
    features = _features(text, where)
    assets = {(a.hazard, a.asset_id): a for a in assessment.assets if not assessment.invented(a)}
    found: list[Zone] = []
    seen: set[str] = set()
    for number, feature in enumerate(features, 1):
        zone = _zone(feature, f"{where}, feature {number}")
        if zone.zone_id in seen:
            raise DataError(
                "one outline twice", where=f"{where}, feature {number}", expected="each id once", found=zone.zone_id,
                remedy="give each its own id, or make one multipolygon of them",
            )  # fmt: skip
        seen.add(zone.zone_id)
        asset = assets.get((zone.hazard, zone.zone_id.removeprefix("outline:")))
        found += [
            _of_asset(part, asset) if asset else _of_region(part, assessment)
            for part in with_regions([zone], assessment)
        ]
    return tuple(zone for zone in found if zone.step is not None)


def _features(text: str, where: str) -> list[Mapping[str, Any]]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise DataError(
            f"not JSON ({error})", where=where, expected="GeoJSON", remedy="export it anew"
        ) from error
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise DataError(
            "not a collection of features", where=where, expected="a GeoJSON FeatureCollection",
            found=str(told.get("type") if isinstance(told, dict) else type(told).__name__), remedy="export it anew",
        )  # fmt: skip
    return features


def _zone(feature: Mapping[str, Any], where: str) -> Zone:
    from shapely import GEOSException
    from shapely.geometry import shape

    said = feature.get("properties") or {}
    name, hazard = str(said.get("id", "")), str(said.get("hazard", ""))
    if not name or hazard not in HAZARD_WORDS or hazard == "combined":
        raise DataError(
            "an outline without id or hazard", where=where,
            expected=f"id, and hazard one of {', '.join(h for h in HAZARD_WORDS if h != 'combined')}",
            found=f"id {name!r}, hazard {hazard!r}", remedy="add these properties",
        )  # fmt: skip
    try:
        outline = shape(feature.get("geometry") or {})
        good = outline.geom_type in ("Polygon", "MultiPolygon") and outline.is_valid and not outline.is_empty
    except (GEOSException, ValueError, TypeError, AttributeError, KeyError, IndexError):
        good = False
    if not good or not all(abs(v) <= _MOST for v in outline.bounds):
        raise DataError(
            "an outline that cannot be used", where=where, expected="a valid polygon in WGS-84 degrees",
            found=str((feature.get("geometry") or {}).get("type")), remedy="mend its ring: it may cross itself, or be projected",
        )  # fmt: skip
    words = hazard_words(hazard)
    called = str(said.get("name") or name)
    return Zone(
        f"outline:{name}", called, hazard, None, "", None, None, f"{words[0]}危险区{called}:无数据",
        f"{words[1]} zone {called}: no data", named=True, outline=outline, people=_whole(said, "people", where),
        households=_whole(said, "households", where), kind="outline", responsible=str(said.get("responsible") or ""),
    )  # fmt: skip


def _whole(said: Mapping[str, Any], name: str, where: str) -> int | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        raise DataError(
            f"{name} is no number of people", where=where, expected="0 or more", found=repr(value)
        )
    return int(value)


def _of_asset(zone: Zone, asset: AssetTier) -> Zone:
    words = hazard_words(zone.hazard)
    return replace(
        zone, tier=asset.tier, onset=asset.move_at or asset.onset, people=zone.people or asset.people,
        responsible=zone.responsible or asset.responsible,
        reason_chinese=f"{words[0]}危险区{zone.name}:{asset.reason_chinese or '无数据'}",
        reason_english=f"{words[1]} zone {zone.name}: {asset.reason_english or 'no data'}",
    )  # fmt: skip


def _of_region(zone: Zone, assessment: Assessment) -> Zone:
    """The zone with the tier of its county's cells: the worst of the window."""
    rows = {region.code: row for row, region in enumerate(assessment.regions)}
    if zone.region not in rows or zone.hazard not in assessment.hazards:
        return zone
    row, number = rows[zone.region], assessment.hazards.index(zone.hazard)
    series = region_tiers(assessment)[number, :, row]
    worst = int(worst_tier(series[:, None])[0])
    if worst == NO_DATA:
        return zone
    if worst < Tier.GREEN:  # the hazard cannot strike there
        return replace(zone, tier=Tier.GREEN)
    severe = [hour for hour, tier in enumerate(series) if tier >= Tier.ORANGE]
    words, tier = hazard_words(zone.hazard), Tier(worst)
    return replace(
        zone, tier=tier, onset=assessment.valid_at[severe[0]] if severe else None,
        until=assessment.valid_at[severe[-1]] if severe else None,
        reason_chinese=f"{words[0]}危险区{zone.name}:{assessment.region(zone.region).name}{words[0]}{tier.chinese}色",
        reason_english=f"{words[1]} zone {zone.name}: {words[1]} {tier.english} in the county",
    )  # fmt: skip
