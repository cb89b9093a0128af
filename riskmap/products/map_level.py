"""One level of the map page: shapes, tiers and reasons of its units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.assessment import TABLE_VARIABLES, Assessment
from riskmap.products.map_history import history_data
from riskmap.products.map_pack import encode_paths, encode_rings, pack, rings_of, share_arcs
from riskmap.products.pinyin import spelt
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.scale import Tier, hazard_words

TOLERANCE: Final = 0.006
"""``coverage_simplify``: corners that span less than the square of this are cut [degrees], 600 m."""

LEVEL_WORDS: Final = {
    "city": ("地市", "cities", "city"), "county": ("县区", "counties", "county"),
    "township": ("乡镇街道", "townships", "township"), "village": ("村社区", "villages", "village"),
    "unit": ("功能区", "other units", "unit"),
}  # fmt: skip
"""Level -> what its units are called: Chinese, English, English of one."""


def peak_hour(assessment: Assessment) -> int:
    """Index of the hour with the most regions at the worst tier that occurs; the map opens there.

    Ties are broken by the next tier down, then by the earlier hour.
    """
    counts = np.stack([(assessment.combined == tier).sum(axis=1) for tier in reversed(Tier)], axis=1)
    return max(range(len(counts)), key=lambda hour: (*counts[hour].tolist(), -hour))


def level_data(name: str, assessment: Assessment, tolerance: float) -> dict[str, Any]:
    """One level of units: shapes, combined tier, and for each hazard the numbers behind its tier."""
    return {
        "id": name,
        "words": LEVEL_WORDS.get(name, (name, name, name)),
        "regions": _regions(assessment.regions, tolerance),
        "combined": pack(assessment.combined),
        "start": peak_hour(assessment),
        "hazards": [_numbers(assessment, n, hazard) for n, hazard in enumerate(assessment.hazards)],
        "history": history_data(assessment),
    }


def _regions(regions: Sequence[Region], tolerance: float) -> dict[str, Any]:
    """Names and shapes; neighbours are simplified together, so that no gap opens between them, and share a border."""
    import shapely

    simple = shapely.coverage_simplify([region.geometry for region in regions], tolerance)
    shapes = [rings_of(g) or rings_of(r.geometry) for g, r in zip(simple, regions, strict=True)]
    arcs, rings = share_arcs(shapes)
    labels = np.array(
        [_label_point(g if not g.is_empty else r.geometry) for g, r in zip(simple, regions, strict=True)]
    )
    return {
        "code": [r.code for r in regions],
        "name": [r.name for r in regions],
        "spelt": spelt([r.name for r in regions]),
        "city": [r.city_name for r in regions],
        "cityCode": [r.city_code for r in regions],
        "population": pack(np.array([np.nan if r.population is None else r.population for r in regions])),
        "label": pack(labels, scale=1000),
        "arcs": encode_paths(arcs),
        "rings": encode_rings(rings),
    }


def _label_point(geometry: Any) -> list[float]:
    """Latitude, longitude where the largest part is widest."""
    import shapely

    largest = max(shapely.get_parts(geometry), key=lambda part: part.area)
    centre = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=0.01))[0]
    return [float(centre[1]), float(centre[0])]


def hazard_data(assessment: Assessment, hazard: str) -> dict[str, Any]:
    """What is the same at every level: names, rule, how numbers are shown."""
    return {
        "id": hazard,
        "words": hazard_words(hazard, example=hazard in assessment.apart),
        "apart": hazard in assessment.apart,
        **_rule(assessment.rules[hazard]),
        "decimals": _decimals(assessment.rules[hazard]),
    }


def _decimals(rule: HazardRule) -> int:
    return 2 if any(metric.units in ("m", "1") for metric in rule.metrics) else 1


def _numbers(assessment: Assessment, n: int, hazard: str) -> dict[str, Any]:
    """Tier and reasons of one hazard, arrays (time, region)."""
    table, rule = assessment.table, assessment.rules[hazard]
    pick = {name: table[name].values[n] for name in TABLE_VARIABLES}
    bounds, index = np.unique(pick["threshold"], return_inverse=True)  # a few numbers, met again and again
    decimals = _decimals(rule)
    return {
        "tier": pack(pick["tier"]),
        "metric": pack(pick["metric"]),
        "value": pack(_rounded(pick["value"], pick["metric"], rule, decimals), scale=10**decimals),
        "maximum": pack(pick["maximum"], scale=10**decimals),
        "thresholds": [None if np.isnan(b) else round(float(b), 4) for b in bounds],
        "threshold": pack(index.reshape(pick["tier"].shape)),
        "share": pack(pick["area_share"], scale=1000),
        "people": pack(pick["people"]),
        "covered": pack(pick["covered"], scale=1000),
        "asset": pack(pick["asset"]),
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
