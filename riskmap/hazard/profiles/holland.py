"""The profiles of Holland (1980, 2008, 2010), and two of them around one centre."""

from __future__ import annotations

from math import e, log
from typing import Any, Final

import numpy as np

from riskmap.errors import DataError
from riskmap.hazard.profiles._checks import (
    AIR_DENSITY,
    SMALLEST_RADIUS,
    STRONGEST_WIND,
    Numbers,
    coriolis,
    cyclostrophic_square,
    distances,
    gradient_speed,
    holland_shape,
    number,
    storm,
)
from riskmap.hazard.profiles.shape import holland_bs

OUTER_RADIUS: Final = 300e3
OUTER_WIND: Final = 17.0
"""Where no outer wind is observed, Holland (2010) takes 17 m/s at 300 km (the default of its public ports)."""

LEAST_EXPONENT: Final = 0.4
"""Smallest exponent of Holland (2010); the bound of its public ports, below which wind would rise outwards."""


def holland_1980(
    radius: Any, *, maximum_wind: Any, radius_of_maximum_wind: Any, latitude: Any, b: Any
) -> Numbers:
    """Wind [m s-1] at ``radius``, in gradient balance with rotation, scaled so that V(R) is the maximum wind.

    The published equation with its pressure deficit replaced by what ``maximum_wind`` implies; the form of our
    grids. With rotation the largest wind lies a hair inside R and exceeds it by less than f^2 R^2 / (4 b^2 V).

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float, or array that broadcasts with ``radius``
        [m s-1], at the level the result is wanted for; R [m]; [degrees], either hemisphere.
    b : float, or array
        Shape parameter B, see ``holland_b``.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Holland (1980), MWR 108, 1212.

    Examples
    --------
    >>> holland_1980([0, 40e3, 200e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29, b=1.4).round(2).tolist()
    [0.0, 40.0, 15.08]
    """
    r = distances(radius)
    wind, core, f = storm(maximum_wind, radius_of_maximum_wind, latitude)
    shape = number(b, "b", least=0.5, most=4.0, unit="")
    return gradient_speed(cyclostrophic_square(wind, core, f) * holland_shape(r, core, shape), r, f)


def holland_1980_gradient(
    radius: Any,
    *,
    pressure_deficit: float,
    radius_of_maximum_wind: float,
    latitude: float,
    b: float,
    air_density: float = AIR_DENSITY,
) -> Numbers:
    """Gradient wind [m s-1] of Holland (1980) as published, from the pressure deficit.

    V = sqrt[(B/rho) (R/r)^B dp e^(-(R/r)^B) + (rf/2)^2] - rf/2.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    pressure_deficit : float
        Environmental minus central pressure [Pa].
    radius_of_maximum_wind : float
        R [m].
    latitude : float
        [degrees], either hemisphere.
    b : float
        Shape parameter B.
    air_density : float
        [kg m-3].

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Holland (1980), MWR 108, 1212.

    Examples
    --------
    >>> round(float(holland_1980_gradient(40e3, pressure_deficit=5000, radius_of_maximum_wind=40e3, latitude=0, b=1.4)), 2)
    47.32
    """
    r, f = distances(radius), coriolis(latitude)
    core = number(radius_of_maximum_wind, "radius_of_maximum_wind", least=SMALLEST_RADIUS, most=1e6, unit="m")
    deficit = number(pressure_deficit, "pressure_deficit", least=0.0, most=2e4, unit="Pa")
    shape = number(b, "b", least=0.5, most=4.0, unit="")
    density = number(air_density, "air_density", least=0.5, most=1.5, unit="kg m-3")
    return gradient_speed(shape * deficit / density / e * holland_shape(r, core, shape), r, f)


def holland_2008(
    radius: Any,
    *,
    maximum_wind: float,
    radius_of_maximum_wind: float,
    latitude: float,
    pressure_deficit: float,
    pressure_tendency: float = 0.0,
    translation_speed: float = 0.0,
) -> Numbers:
    """Surface wind [m s-1] by Holland (2008): the profile without rotation, shaped by b_s.

    V = V_ms [(R/r)^b_s e^(1-(R/r)^b_s)]^0.5; where no wind was observed, ``maximum_wind_from_pressure`` gives V_ms.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        V_ms [m s-1], R [m], [degrees].
    pressure_deficit, pressure_tendency, translation_speed : float
        [Pa], [Pa s-1], [m s-1]: see ``holland_bs``.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name.

    References
    ----------
    Holland (2008), MWR 136, 3432, eqs 7 and 11.

    Examples
    --------
    >>> holland_2008([40e3, 200e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29,
    ...              pressure_deficit=5000, translation_speed=5).round(2).tolist()
    [40.0, 21.8]
    """
    r = distances(radius)
    wind, core, _ = storm(maximum_wind, radius_of_maximum_wind, latitude)
    b = holland_bs(
        pressure_deficit=number(pressure_deficit, "pressure_deficit", least=0.0, most=2e4, unit="Pa"),
        pressure_tendency=number(pressure_tendency, "pressure_tendency", least=-1.0, most=1.0, unit="Pa s-1"),
        latitude=latitude,
        translation_speed=number(translation_speed, "translation_speed", least=0.0, most=50.0, unit="m s-1"),
    )
    return np.asarray(wind * np.sqrt(holland_shape(r, core, b)))


def outer_exponent(
    *, maximum_wind: float, radius_of_maximum_wind: float, b: float, outer_wind: float, outer_radius: float
) -> float:
    """Exponent x_n of Holland et al. (2010) that leads the profile through an observed outer wind.

    Parameters
    ----------
    maximum_wind, outer_wind : float
        [m s-1]; the outer one is the smaller.
    radius_of_maximum_wind, outer_radius : float
        [m]; the outer one is the larger.
    b : float
        Shape parameter b_s.

    Raises
    ------
    DataError
        An outer wind that is not weaker, or not farther out, than the maximum.

    References
    ----------
    Holland, Belanger and Fritz (2010), MWR 138, 4393, eq. 10.

    Examples
    --------
    >>> round(outer_exponent(maximum_wind=40, radius_of_maximum_wind=40e3, b=1.4, outer_wind=17, outer_radius=300e3), 4)
    0.455
    """
    wind, core, _ = storm(maximum_wind, radius_of_maximum_wind, 0.0)
    least_radius, most_wind = np.nextafter(core, np.inf), np.nextafter(wind, 0.0)
    r = number(outer_radius, "outer_radius", least=float(least_radius), most=3e6, unit="m")
    v = number(outer_wind, "outer_wind", least=0.1, most=float(most_wind), unit="m s-1")
    y = (core / r) ** number(b, "b", least=0.5, most=4.0, unit="")
    return float(log(v / wind) / (log(y) + 1.0 - y))


def holland_2010(
    radius: Any,
    *,
    maximum_wind: float,
    radius_of_maximum_wind: float,
    latitude: float,
    b: float,
    outer_wind: float = OUTER_WIND,
    outer_radius: float = OUTER_RADIUS,
) -> Numbers:
    """Surface wind [m s-1] by Holland et al. (2010), through an observed outer wind.

    V = V_ms [(R/r)^b e^(1-(R/r)^b)]^x; x is 0.5 inside R and goes on a straight line through x_n at
    ``outer_radius``, never below 0.4 (an outer wind that asks for less is exceeded by the profile).

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        V_ms [m s-1], R [m], [degrees] (checked; the formula has no rotation).
    b : float
        Shape parameter b_s, see ``holland_bs``.
    outer_wind, outer_radius : float
        [m s-1] and [m]; by default 17 m/s at 300 km.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name; an outer wind not below the maximum.

    References
    ----------
    Holland, Belanger and Fritz (2010), MWR 138, 4393, eqs 6 and 10.

    Examples
    --------
    >>> holland_2010([0, 40e3, 300e3], maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29, b=1.4).round(2).tolist()
    [0.0, 40.0, 17.0]
    """
    r = distances(radius)
    wind, core, _ = storm(maximum_wind, radius_of_maximum_wind, latitude)
    x_n = outer_exponent(
        maximum_wind=wind, radius_of_maximum_wind=core, b=b, outer_wind=outer_wind, outer_radius=outer_radius
    )
    slope = (max(x_n, LEAST_EXPONENT) - 0.5) / max(outer_radius - core, 1.0)
    x = np.maximum(0.5 + np.maximum(r - core, 0.0) * slope, LEAST_EXPONENT)
    return np.asarray(wind * holland_shape(r, core, b) ** x)


def double_holland(
    radius: Any,
    *,
    maximum_wind: float,
    radius_of_maximum_wind: float,
    latitude: float,
    b: float,
    outer_maximum_wind: float,
    outer_eyewall_radius: float,
    outer_b: float,
) -> Numbers:
    """Wind [m s-1] of concentric eyewalls: two Holland terms in one gradient balance.

    V = sqrt[K1 s1(r) + K2 s2(r) + (rf/2)^2] - rf/2 with s = (R/r)^b e^(1-(R/r)^b). The two strengths are
    solved for, so that the profile takes the given wind at both radii; the published form has pressure deficits
    (K = b dp / (rho e)). It decays beyond the outer eyewall; between the two it may rise.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    maximum_wind, radius_of_maximum_wind, latitude : float
        Of the inner eyewall [m s-1], [m]; [degrees].
    b, outer_b : float
        Shape parameters of the two.
    outer_maximum_wind, outer_eyewall_radius : float
        Wind [m s-1] at the outer eyewall and its radius [m].

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        A missing, negative or absurd argument, by name; a pair of winds that no two vortices give.

    References
    ----------
    McConochie, Hardy and Mason (2004), Ocean Engineering 31, 1757, after Cardone et al. (1994).

    Examples
    --------
    >>> double_holland([20e3, 80e3], maximum_wind=45, radius_of_maximum_wind=20e3, latitude=25, b=1.8,
    ...                outer_maximum_wind=40, outer_eyewall_radius=80e3, outer_b=1.8).round(2).tolist()
    [45.0, 40.0]
    """
    r = distances(radius)
    wind, core, f = storm(maximum_wind, radius_of_maximum_wind, latitude)
    outer = number(outer_eyewall_radius, "outer_eyewall_radius", least=1.2 * core, most=1e6, unit="m")
    second = number(outer_maximum_wind, "outer_maximum_wind", least=0.1, most=STRONGEST_WIND, unit="m s-1")
    one, two = (
        number(value, name, least=0.5, most=4.0, unit="") for value, name in ((b, "b"), (outer_b, "outer_b"))
    )
    of_outer_at_core = float(holland_shape(np.array(core), outer, two))
    of_core_at_outer = float(holland_shape(np.array(outer), core, one))
    at_core, at_outer = cyclostrophic_square(wind, core, f), cyclostrophic_square(second, outer, f)
    overlap = 1.0 - of_outer_at_core * of_core_at_outer
    inner_strength = (at_core - of_outer_at_core * at_outer) / overlap
    outer_strength = (at_outer - of_core_at_outer * at_core) / overlap
    if min(inner_strength, outer_strength) < 0.0:
        raise DataError(
            "no pair of vortices gives both winds", where="outer_maximum_wind",
            expected="more than the inner vortex alone gives at outer_eyewall_radius, less than would drown it",
            found=f"{second:g} m s-1 at {outer / 1e3:g} km beside {wind:g} m s-1 at {core / 1e3:g} km",
            remedy="use a single profile",
        )  # fmt: skip
    square = inner_strength * holland_shape(r, core, one) + outer_strength * holland_shape(r, outer, two)
    return gradient_speed(square, r, f)
