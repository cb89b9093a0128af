"""Coastal points of each county, along a shore line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.errors import DataError
from riskmap.io.toml_file import read_text
from riskmap.region import Region

SPACING: Final = 0.1
"""Distance between points along the shore [degrees], about 10 km: the cell of the bundled bathymetry."""

NEAR: Final = 0.02
"""A shore point belongs to a county within this distance [degrees]; old shore lines lie inside reclaimed land."""


def read_lines(path: Path) -> list[Any]:
    """Lines of a GeoJSON file as shapely geometries.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        It is not GeoJSON.
    """
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        features = json.loads(read_text(path))["features"]
        lines = [shape(feature["geometry"]) for feature in features]
        # a shore given as polygons is their outline
        return [line.boundary if "Polygon" in line.geom_type else line for line in lines]
    except (ValueError, KeyError, TypeError, AttributeError, ShapelyError) as problem:
        raise DataError(
            "the file is not GeoJSON", where=str(path), expected="a FeatureCollection of lines",
            found=str(problem).strip(), remedy="export it again",
        ) from problem  # fmt: skip


def coastal_points(lines: Sequence[Any], regions: Sequence[Region]) -> xr.Dataset:
    """Points every ``SPACING`` along the shore, each with its county.

    Parameters
    ----------
    lines : sequence of shapely LineString
        Shore lines, longitude and latitude.
    regions : sequence of Region

    Returns
    -------
    Dataset (point)
        ``latitude``, ``longitude`` [degrees], ``region`` (code); empty for a country without a coast.
    """
    from shapely import STRtree, points

    spots = [
        line.interpolate(at).coords[0]
        for line in lines
        if line.length >= SPACING
        for at in np.arange(0.5 * SPACING, line.length, SPACING)
    ]
    found: list[tuple[float, float, str]] = []
    if spots:
        tree = STRtree([region.geometry for region in regions])
        which, region = tree.query_nearest(points(spots), max_distance=NEAR, all_matches=False)
        found = sorted((regions[r].code, *spots[w]) for w, r in zip(which, region, strict=True))
    codes = [str(f[0]) for f in found]
    return xr.Dataset(
        {
            "latitude": ("point", np.array([f[2] for f in found], np.float64), {"units": "degrees_north"}),
            "longitude": ("point", np.array([f[1] for f in found], np.float64), {"units": "degrees_east"}),
            "region": ("point", np.array(codes, dtype="U12")),
        }
    )
