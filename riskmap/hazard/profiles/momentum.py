"""Profiles of angular momentum: Emanuel and Rotunno (2011), and Tao et al. (2025) from the gale radius."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import numpy as np

from riskmap.errors import DataError
from riskmap.hazard.profiles._checks import Numbers, distances, number, storm
from riskmap.regressions import KNOT

GALE_WIND: Final = 34.0 * KNOT
"""[m s-1]; the speed whose radius the agencies report as R34."""

OUTER_SLOPE: Final = 1.5
"""2 C_d / w_cool [s m-1] of the outer wind; the constant of Tao et al. (2025), read in its author's public code."""


def emanuel_rotunno_2011(
    radius: Any, *, maximum_wind: float, radius_of_maximum_wind: float, latitude: float
) -> Numbers:
    """Wind [m s-1] by M / M_m = 2 x^2 / (1 + x^2), x = r / R, M = r V + f r^2 / 2, for C_k = C_d.

    The term -f r / 2 of V = M / r - f r / 2 is kept, so that V(R) is the maximum wind; the largest wind lies a
    hair inside R and exceeds it by f^2 R^2 / (8 V + 4 f R) at most. Zero beyond the outer radius.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        [m s-1], R [m], [degrees], either hemisphere.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Emanuel and Rotunno (2011), JAS 68, 2236, eq. 36.

    Examples
    --------
    >>> emanuel_rotunno_2011([0, 40e3, 200e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29).round(2).tolist()
    [0.0, 40.0, 8.86]
    """
    r = distances(radius)
    wind, core, f = storm(maximum_wind, radius_of_maximum_wind, latitude)
    momentum = core * wind + 0.5 * f * core**2
    return np.asarray(np.maximum(2.0 * momentum * r / (core**2 + r**2) - 0.5 * f * r, 0.0))


def tao_2025(
    radius: Any,
    *,
    maximum_wind: float,
    radius_of_maximum_wind: float,
    latitude: float,
    gale_radius: float,
    gale_wind: float = GALE_WIND,
) -> Numbers:
    """Wind [m s-1] from the maximum to the outer edge, through the gale radius.

    r V = A - f (r - a)^2 / 2 up to a (angular momentum linear in r through maximum and gale), A from a to c,
    A - f (r - c)^2 / 2 beyond c, zero from c + sqrt(2A / f) on; linear in r inside R. The outer branch meets the
    slope of Emanuel's (2004) outer wind at c, dM/dr = 1.5 (r V)^2 / (r0^2 - r^2), which gives c in closed form.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        [m s-1], R [m], [degrees], at least one from the equator: the outer edge is set by rotation.
    gale_radius : float
        Radius [m] of ``gale_wind``.
    gale_wind : float
        [m s-1]; 34 kt by default.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name; a gale radius with which angular momentum would fall,
        or wind would rise, outwards.

    References
    ----------
    Tao et al. (2025), GRL, doi 10.1029/2025GL118320; Emanuel (2004); Chavas, Lin and Emanuel (2015), JAS 72, 3647.

    Examples
    --------
    >>> tao_2025([0, 40e3, 250e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29, gale_radius=250e3).round(2).tolist()
    [0.0, 40.0, 17.49]
    """
    r = distances(radius)
    wind, core, f = storm(maximum_wind, radius_of_maximum_wind, latitude)
    number(abs(latitude), "latitude", least=1.0, most=90.0, unit="degrees from the equator")
    gale = number(gale_radius, "gale_radius", least=1.1 * core, most=2e6, unit="m")
    speed = number(gale_wind, "gale_wind", least=0.1, most=float(np.nextafter(wind, 0.0)), unit="m s-1")
    at_core, at_gale = wind * core + 0.5 * f * core**2, speed * gale + 0.5 * f * gale**2
    slope = (at_gale - at_core) / (gale - core)  # dM/dr
    if not 0.0 < slope <= wind + f * core:  # beyond, wind would rise at R
        raise DataError(
            "the gale radius does not fit the maximum", where="gale_radius",
            expected="angular momentum that grows outwards and wind that does not",
            found=f"{speed:.1f} m s-1 at {gale / 1e3:.0f} km, {wind:.1f} m s-1 at {core / 1e3:.0f} km",
            remedy="check the pair of radii, or use a profile that needs no gale radius",
        )  # fmt: skip
    top = slope / f  # where r V of the linear branch is largest
    end = max(top, gale)  # the gale point is data: pass through it even where r V falls before it
    plateau = at_core - slope * core + 0.5 * f * top**2 - 0.5 * f * (end - top) ** 2
    reach = sqrt(2.0 * plateau / f)  # from the plateau to the outer edge
    edge = max(0.5 * sqrt(0.25 * reach**2 + OUTER_SLOPE * plateau * reach) - 0.25 * reach, end)
    product = np.where(
        r <= end,
        at_core + slope * (r - core) - 0.5 * f * r**2,
        plateau - 0.5 * f * np.maximum(r - edge, 0.0) ** 2,
    )
    outside = np.maximum(product, 0.0) / np.maximum(r, core)
    return np.asarray(np.where(r <= core, wind * r / core, outside))
