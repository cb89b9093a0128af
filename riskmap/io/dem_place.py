"""Where the cells of a raster lie and how long their sides are on the ground, whatever system it is drawn in."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import DatumError, GeometryError
from riskmap.grid import EARTH_RADIUS
from riskmap.terrain.flow_direction import geographic_sides

LEAST_SIDE: Final = 0.05
"""Shortest side of a cell [m]; below it coordinates in degrees were declared as metres (status D)."""

STRETCH: Final = 0.01
"""Share by which a projection may stretch lengths before sides are corrected: the sphere on which it is measured differs
from the ellipsoid by a third of it (status D)."""

SAMPLES: Final = 33
"""Rows at which the stretch of a projection is measured."""

Sides = tuple[NDArray[np.float64], float]


def sides_of(
    crs: Any, transform: Affine, shape: tuple[int, int], findings: list[str], *, where: str
) -> Sides:
    """Width of the cells of each row and their height [m], true to the ground.

    Parameters
    ----------
    crs : rasterio CRS
    transform : Affine
        North-up.
    shape : (int, int)
    findings : list of str
        Grows by what was found.
    where : str
        Of the raster, for messages.

    Raises
    ------
    DatumError
        A system that is neither geographic nor projected.
    GeometryError
        Coordinates that cannot be of the declared system, or none at all.
    """
    if transform == Affine.scale(1.0, -1.0) @ Affine.translation(0.0, -float(shape[0])):
        raise GeometryError(
            "the raster has no place", where=where, expected="coordinates of its corner and sides of its cells",
            found="rows and columns", remedy="assign them, for example with gdal_translate -a_ullr",
        )  # fmt: skip
    rows = transform.f + (np.arange(shape[0]) + 0.5) * transform.e
    if crs.is_geographic:
        _require_degrees(transform, shape, where)
        return geographic_sides(rows, (transform.a, transform.e))
    if not crs.is_projected:
        raise DatumError(
            "the raster's coordinate system is not on the Earth", where=where, expected="e.g. EPSG:4326 or EPSG:32651",
            found=str(crs.to_wkt())[:60], remedy="assign the right one, for example with gdal_edit -a_srs",
        )  # fmt: skip
    metres = float(crs.linear_units_factor[1])
    if min(transform.a, -transform.e) * metres < LEAST_SIDE:
        raise GeometryError(
            "cells too small to be metres", where=where, expected=f"sides of at least {LEAST_SIDE:g} m",
            found=f"{transform.a * metres:.3g} x {-transform.e * metres:.3g} m",
            remedy="declare the coordinates as degrees, if they are, for example with gdal_edit -a_srs EPSG:4326",
        )  # fmt: skip
    if metres != 1.0:
        findings.append(f"the coordinates count in units of {metres:g} m: sides of cells are in metres")
    return _projected(crs, transform, shape, metres, findings, where)


def _require_degrees(t: Affine, shape: tuple[int, int], where: str) -> None:
    south, east = t.f + shape[0] * t.e, t.c + shape[1] * t.a
    slack = 1e-6
    if (
        t.f > 90 + slack or south < -90 - slack or t.c < -360 - slack or east > 360 + t.a + slack
        or east - t.c > 360 + t.a
    ):  # fmt: skip
        raise GeometryError(
            "coordinates that are no degrees", where=where, expected="latitudes of -90 to 90, at most once round the Earth",
            found=f"west {t.c:g}, south {south:g}, east {east:g}, north {t.f:g}",
            remedy="declare the system that they are of, for example with gdal_edit -a_srs EPSG:32651",
        )  # fmt: skip


def _projected(
    crs: Any, t: Affine, shape: tuple[int, int], metres: float, findings: list[str], where: str
) -> Sides:
    """Sides along the axes, corrected where the projection stretches them by more than ``STRETCH``."""
    width, height = np.full(shape[0], t.a * metres), -t.e * metres
    at = np.linspace(0, shape[0] - 1, min(SAMPLES, shape[0]))
    y, x = t.f + (at + 0.5) * t.e, np.full(at.size, t.c + 0.5 * shape[1] * t.a)
    half = 500.0 / metres  # points 1 km apart: near enough to be local, far enough for the digits
    across = _distance(crs, (x - half, y), (x + half, y)) / 1000.0
    along = _distance(crs, (x, y - half), (x, y + half)) / 1000.0
    if not (np.isfinite(across).all() and np.isfinite(along).all()):
        raise GeometryError(
            "coordinates outside of the projection", where=where, expected="a place on the Earth",
            found=f"x {x[0]:g}, y {y[0]:g} to {y[-1]:g}", remedy="assign the right system, for example with gdal_edit -a_srs",
        )  # fmt: skip
    if max(np.abs(across - 1.0).max(), np.abs(along - 1.0).max()) <= STRETCH:
        return width, height
    middle = float(np.interp(0.5 * (shape[0] - 1), at, along))
    findings.append(
        f"the projection stretches lengths, {1 / across.max():.3f} to {1 / across.min():.3f} times across: the cells' sides on the "
        "ground are used"
    )
    return width * np.interp(np.arange(shape[0]), at, across), float(height * middle)


def _distance(crs: Any, one: tuple[Any, Any], other: tuple[Any, Any]) -> NDArray[np.float64]:
    """Great-circle distance [m] of points of a system."""
    from rasterio.warp import transform

    a, b = (np.radians(np.asarray(transform(crs, "EPSG:4326", *point), np.float64)) for point in (one, other))
    h = np.sin(0.5 * (b[1] - a[1])) ** 2 + np.cos(a[1]) * np.cos(b[1]) * np.sin(0.5 * (b[0] - a[0])) ** 2
    return np.asarray(2.0 * EARTH_RADIUS * np.arcsin(np.sqrt(h)), np.float64)
