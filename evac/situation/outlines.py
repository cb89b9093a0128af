"""Outlines for the map of a screen: GeoJSON of its rows, simplified; they change once a run, so they travel apart."""

from __future__ import annotations

from typing import Any, Final

import shapely
from shapely.geometry import mapping

from riskmap.assess import Assessment

_PIXEL: Final = 0.004
"""About 400 m: a pixel of a wall screen that shows the province [degree] (D)."""
_DIGITS: Final = 4


def outlines(assessment: Assessment, code: str) -> dict[str, Any]:
    """GeoJSON of the run's regions in a region, and of the one it lies in where the run has none finer.

    Parameters
    ----------
    code : str
        Of a region; a town's map is its county's where the run has no towns.

    Returns
    -------
    dict
        FeatureCollection in WGS-84; properties ``code``, ``name``, ``city``.
    """
    regions = [one for one in assessment.regions if one.code.startswith(code)]
    regions = regions or [one for one in assessment.regions if code.startswith(one.code)]
    fine = _PIXEL / max(1, 2 * (len(code) - 2))
    features = []
    for one in regions:
        shape = shapely.set_precision(one.geometry.simplify(fine, preserve_topology=True), 10**-_DIGITS)
        properties = {"code": one.code, "name": one.name, "city": one.city_name}
        features.append({"type": "Feature", "properties": properties, "geometry": mapping(shape)})
    return {"type": "FeatureCollection", "features": features}
