"""Distances and directions on the sphere, for tracks. Array in, array out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS

Numbers = NDArray[np.float64]


def distance(*, latitude: Any, longitude: Any, to_latitude: Any, to_longitude: Any) -> Numbers:
    """Great-circle distance [m] between points [degrees]; haversine, mean Earth radius.

    References
    ----------
    Sinnott (1984), Sky and Telescope 68, 159: the haversine form, exact for small distances.

    Examples
    --------
    >>> round(float(distance(latitude=30, longitude=179.5, to_latitude=30, to_longitude=-179.5)) / 1000, 1)
    96.3
    """
    lat1, lon1, lat2, lon2 = (
        np.radians(np.asarray(v, np.float64)) for v in (latitude, longitude, to_latitude, to_longitude)
    )
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def displaced(*, latitude: Any, longitude: Any, eastward: Any, northward: Any) -> tuple[Numbers, Numbers]:
    """Latitude and longitude [degrees] after a step along the great circle that starts towards (east, north) [m].

    The length of the step is kept: ``distance`` to the new point is ``hypot(eastward, northward)``. A step of
    zero returns the point bit for bit. Longitude is not wrapped.

    Examples
    --------
    >>> lat, lon = displaced(latitude=30.0, longitude=122.0, eastward=0.0, northward=111_195.08)
    >>> round(float(lat), 4), round(float(lon), 4)
    (31.0, 122.0)
    """
    lat, lon, east, north = (np.asarray(v, np.float64) for v in (latitude, longitude, eastward, northward))
    step = np.hypot(east, north)
    bearing, angle, phi = np.arctan2(east, north), step / EARTH_RADIUS, np.radians(lat)
    sine = np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(bearing)
    new = np.arcsin(np.clip(sine, -1.0, 1.0))
    turn = np.arctan2(
        np.sin(bearing) * np.sin(angle) * np.cos(phi), np.cos(angle) - np.sin(phi) * np.sin(new)
    )
    still = step == 0
    return np.where(still, lat, np.degrees(new)), np.where(still, lon, lon + np.degrees(turn))
