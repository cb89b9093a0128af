"""A typhoon's outer wind fitted to the quadrant radii (风圈) of a bulletin: plain numbers in and out, SI.

Outside the radius of maximum wind R the speed runs through the anchors (R, V_max) and each (radius, speed): a power
law V ~ r^-x from R to the innermost radius and beyond the outermost, a straight line in ln r between radii. It is
closed and has no step. Inside R it is solid rotation. Between the middles of the quadrants the wind itself is
blended, periodic and smooth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.errors import DataError
from riskmap.hazard.profiles import EARTH_ROTATION
from riskmap.regressions import radius_of_maximum_wind as regressed_rmw
from riskmap.track import QUADRANTS

Numbers = NDArray[np.float64]
Quadrant = Literal["NE", "SE", "SW", "NW"]
Source = Literal["reported", "neighbours", "profile", "regression", "above_maximum_wind"]
"""Where a radius comes from: the bulletin; the other quadrants' radii of the same speed; this quadrant's other
radii; a regression on wind and latitude; nowhere, because the maximum wind does not reach the speed."""

STEEPEST: Final = 1.0
"""Largest exponent x: with a faster fall than 1/r angular momentum would fall outwards, which is unstable."""

FLATTEST: Final = 0.4
"""Smallest exponent beyond the last radius: the lower end of what the modified Rankine vortex takes (status M)."""

GALE: Final = 17.5
"""Speed [m s-1] of the radius that Chavas and Knaff (2022) start from: 34 kt; Nederhoff's 35 kt is taken for it."""


@dataclass(frozen=True)
class QuadrantFit:
    """The vortex of one fix.

    Attributes
    ----------
    maximum_wind : float
        [m s-1]; the fit has its averaging period.
    radius_of_maximum_wind : float
        [m]; the same all around.
    radius_of_maximum_wind_source : str
        ``given``, ``regression``, or either with ``, limited by the radii``.
    speeds : tuple of float
        [m s-1], increasing, as they were asked for.
    radii : tuple (speed) of tuple (NE, SE, SW, NW)
        [m]; NaN for a speed that the maximum wind does not exceed.
    source : tuple (speed) of tuple (NE, SE, SW, NW)
        One ``Source`` for each radius.
    """

    maximum_wind: float
    radius_of_maximum_wind: float
    radius_of_maximum_wind_source: str
    speeds: tuple[float, ...]
    radii: tuple[tuple[float, ...], ...]
    source: tuple[tuple[Source, ...], ...]


def gale_radius(*, maximum_wind: float, latitude: float) -> float:
    """Median radius of 34-35 kt wind [m] from the maximum wind [m s-1, 1 min] and the latitude [degrees].

    Radius of maximum wind and the width from there to 35 kt, the fit over all basins; below 18.5 m/s the width
    stays what it is there.

    References
    ----------
    Nederhoff et al. (2019), NHESS 19, 2359 (coefficients status M: read in the authors' public code).

    Examples
    --------
    >>> round(gale_radius(maximum_wind=40.0, latitude=25.0) / 1000)
    203
    """
    lat = abs(latitude)
    rmw = 44.82417433 * np.exp(-maximum_wind / 23.37171288) * (1.0 + 0.030469057 * lat) + 22.4282036
    excess = max(maximum_wind - 18.0, 0.5)
    width = 29.61141102 * excess**0.4132484 * (1.0 + 0.024418947 * lat)
    return float(1000.0 * (rmw * np.exp(-(0.370190027**2)) + width))


def radius_of_maximum_wind_from_gale(*, maximum_wind: float, radius: float, latitude: float) -> float:
    """Radius of maximum wind [m] from the mean ``radius`` [m] of 34-kt wind, by the ratio of angular momenta.

    Parameters
    ----------
    maximum_wind : float
        [m s-1]
    radius : float
        [m]
    latitude : float
        [degrees], either hemisphere.

    References
    ----------
    Chavas and Knaff (2022), Weather and Forecasting 37, 563 (coefficients status M: read in two public codes).

    Examples
    --------
    >>> round(radius_of_maximum_wind_from_gale(maximum_wind=40.0, radius=203e3, latitude=25.0) / 1000)
    52
    """
    f = max(
        2.0 * EARTH_ROTATION * abs(np.sin(np.radians(latitude))), 1e-6
    )  # the limit at the equator is regular
    rotation = 0.5 * f * radius
    excess = maximum_wind - GALE
    ratio = 0.699 * np.exp(-0.00618 * excess - 0.0021 * excess * rotation)
    momentum = ratio * radius * (GALE + rotation)
    found = maximum_wind / f * (np.sqrt(1.0 + 2.0 * f * momentum / maximum_wind**2) - 1.0)
    return float(min(found, 0.95 * radius))


def fit_radii(
    *,
    maximum_wind: float,
    latitude: float,
    pressure_deficit: float,
    speeds: Sequence[float],
    radii: ArrayLike,
    radius_of_maximum_wind: float | None = None,
) -> QuadrantFit:
    """Fit the vortex of one fix to any subset of its quadrant radii.

    Parameters
    ----------
    maximum_wind : float
        [m s-1]
    latitude : float
        [degrees], either hemisphere.
    pressure_deficit : float
        Environmental minus central pressure [Pa]; used where radii are known but R is not.
    speeds : sequence of float
        Wind speeds of the radii [m s-1], increasing: of force 7, 10, 12 or of 30, 50, 64 kt, or any other.
    radii : array (speed, 4)
        NE, SE, SW, NW [m]; NaN where unknown. They must shrink as the speed grows.
    radius_of_maximum_wind : float, optional
        [m]. Without it a regression: Vickery and Wadhera (2008) if any radius is known, else Chavas and Knaff
        (2022). Either way not so large that wind would fall faster than 1/r to the innermost reported radius.

    Raises
    ------
    DataError
        A number out of range, or radii that do not nest.

    Examples
    --------
    >>> nan = float("nan")
    >>> fit = fit_radii(maximum_wind=38.0, latitude=29.4, pressure_deficit=4500, speeds=(13.9, 24.5, 32.7),
    ...                 radii=[[300e3, 200e3, 200e3, 250e3], [100e3, nan, 80e3, 100e3], [nan, nan, nan, nan]])
    >>> fit.source[1]
    ('reported', 'neighbours', 'reported', 'reported')
    >>> [round(modelled_radius(fit, v, "NW") / 1000) for v in fit.speeds], round(float(speed(fit, 100e3, 315.0)), 2)
    ([250, 100, 62], 24.5)
    """
    table = _checked(maximum_wind, latitude, pressure_deficit, speeds, radii, radius_of_maximum_wind)
    levels = np.asarray(speeds, np.float64)
    reached = levels < maximum_wind * (1.0 - 1e-6)  # closer, and the anchors fall together
    table[~reached] = np.nan
    known = bool(np.isfinite(table).any())
    gale = gale_radius(maximum_wind=maximum_wind, latitude=latitude)
    rmw, origin = radius_of_maximum_wind, "given"
    if rmw is None:
        origin = "regression"
        rmw = (
            float(regressed_rmw(pressure_deficit=pressure_deficit, latitude=latitude))
            if known
            else radius_of_maximum_wind_from_gale(maximum_wind=maximum_wind, radius=gale, latitude=latitude)
        )
    if known:
        largest = float(np.nanmin(table * (levels / maximum_wind)[:, None] ** (1.0 / STEEPEST)))
        if rmw > largest:
            rmw, origin = largest, f"{origin}, limited by the radii"
    source: list[list[Source]] = [["reported"] * 4 if ok else ["above_maximum_wind"] * 4 for ok in reached]
    filled = table.copy()
    for q in range(4):
        column, names = _fill(table, q, levels, reached, maximum_wind, rmw, gale)
        filled[:, q] = column
        for k, name in names.items():
            source[k][q] = name
    return QuadrantFit(
        float(maximum_wind), float(rmw), origin, tuple(levels.tolist()),
        tuple(tuple(row) for row in filled.tolist()), tuple(tuple(row) for row in source),
    )  # fmt: skip


def speed(fit: QuadrantFit, radius: ArrayLike, azimuth: ArrayLike) -> Numbers:
    """Wind speed [m s-1] at ``radius`` [m] from the centre and ``azimuth`` [degrees clockwise from north].

    At the middle of a quadrant (45, 135, 225, 315) the quadrant's own radii hold; between two middles the wind is
    their mean, weighted by the squares of cosine and sine of the angle.

    Raises
    ------
    DataError
        A place that is not a number.
    """
    r, angle = np.broadcast_arrays(np.asarray(radius, np.float64), np.asarray(azimuth, np.float64))
    if not (np.isfinite(angle).all() and (r >= 0).all()):
        raise DataError(
            "a place is not a number", where="radius, azimuth", expected="radius >= 0 m, finite azimuth",
            found="NaN, infinite or negative", remedy="leave such cells out",
        )  # fmt: skip
    knots, logs = _anchors(fit)
    around = np.exp(logs).reshape(len(knots), 4, *[1] * r.ndim)
    winds = quadrant_speed(r, knots=knots.reshape(-1, *[1] * (r.ndim + 1)), places=around)
    position = (angle - 45.0) / 90.0 % 4.0
    left = np.floor(position).astype(np.int64) % 4
    share = np.sin(0.5 * np.pi * (position - np.floor(position))) ** 2
    one, other = (np.take_along_axis(winds, q[None], axis=0)[0] for q in (left, (left + 1) % 4))
    return np.asarray((1.0 - share) * one + share * other)


def quadrant_speed(radius: ArrayLike, *, knots: ArrayLike, places: ArrayLike) -> Numbers:
    """Wind [m s-1] along one direction through anchors: solid rotation, power laws, a line in ln r between radii.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    knots : array (anchor, ...)
        Speeds [m s-1], falling outwards; the first is the maximum wind. Further axes broadcast with ``radius``.
    places : array (anchor, ...)
        Their radii [m], growing; the first is the radius of maximum wind.

    Examples
    --------
    >>> quadrant_speed([20e3, 40e3, 250e3], knots=[40.0, 20.0], places=[40e3, 250e3]).round(6).tolist()
    [20.0, 40.0, 20.0]
    """
    r, speeds, place = np.asarray(radius, np.float64), np.asarray(knots, np.float64), list(np.log(places))
    at = np.log(np.maximum(r, np.exp(place[0])))
    wind = speeds[0] * np.minimum(r / np.exp(place[0]), 1.0)
    for k, x in enumerate(_exponents(speeds, place)):
        out = at - place[k]
        if _power_law(k, place):
            beyond = speeds[k] * np.exp(-x * out)
        else:
            beyond = speeds[k] - (speeds[k] - speeds[k + 1]) * out / (place[k + 1] - place[k])
        wind = np.where(out > 0.0, beyond, wind)
    return np.asarray(wind)


def modelled_radius(fit: QuadrantFit, speed: float, quadrant: Quadrant) -> float:
    """Radius [m] at which the wind outside R has fallen to ``speed`` [m s-1] in the middle of a quadrant.

    NaN if the maximum wind is below ``speed``.

    Raises
    ------
    DataError
        A speed that is not positive, or an unknown quadrant.
    """
    if quadrant not in QUADRANTS or not 0.0 < speed < np.inf:
        raise DataError(
            "no such radius", where="speed, quadrant", expected=f"a positive speed and one of {QUADRANTS}",
            found=f"{speed!r}, {quadrant!r}", remedy="name the quadrant as bulletins do",
        )  # fmt: skip
    if speed > fit.maximum_wind:
        return float("nan")
    knots, logs = _anchors(fit)
    place = [log[QUADRANTS.index(quadrant)] for log in logs]
    return float(np.exp(_place_of(speed, knots, place)))


def _anchors(fit: QuadrantFit) -> tuple[Numbers, list[Numbers]]:
    """The anchors' speeds [m s-1], falling, and the logarithms of their radii in the four quadrants."""
    rows = np.flatnonzero(np.isfinite(fit.radii).all(axis=1))[::-1]
    knots = np.array([fit.maximum_wind, *(fit.speeds[k] for k in rows)])
    logs = [np.full(4, np.log(fit.radius_of_maximum_wind)), *(np.log(fit.radii[k]) for k in rows)]
    return knots, logs


def _exponents(knots: Numbers, place: Sequence[Any]) -> list[Any]:
    """Mean exponents from each anchor outwards; beyond the last one that before it, within bounds."""
    logs = np.log(knots)
    between = [(logs[k] - logs[k + 1]) / (place[k + 1] - place[k]) for k in range(len(place) - 1)]
    last = np.clip(between[-1], FLATTEST, STEEPEST) if between else np.float64(0.5 * (FLATTEST + STEEPEST))
    return [*between, last]


def _power_law(k: int, place: Sequence[Any]) -> bool:
    """Whether the piece from anchor ``k`` outwards is a power law: the first and the one without end are."""
    return k in {0, len(place) - 1}


def _place_of(wanted: float, knots: Numbers, place: Sequence[Any]) -> float:
    """Logarithm of the radius at which the chain falls to ``wanted`` [m s-1]."""
    k = int(np.clip(np.searchsorted(-knots, -wanted, side="right") - 1, 0, len(place) - 1))
    if _power_law(k, place):
        return float(place[k] + np.log(knots[k] / wanted) / _exponents(knots, place)[k])
    return float(place[k] + (place[k + 1] - place[k]) * (knots[k] - wanted) / (knots[k] - knots[k + 1]))


def _fill(
    table: Numbers, q: int, levels: Numbers, reached: NDArray[np.bool_], vmax: float, rmw: float, gale: float
) -> tuple[Numbers, dict[int, Source]]:
    """Radii of one quadrant with the gaps filled, and what filled them."""
    column, names = table[:, q].copy(), dict[int, Source]()
    for k in np.flatnonzero(reached)[::-1]:  # from the innermost out
        others = table[k][np.isfinite(table[k])]
        if np.isnan(column[k]) and others.size:
            mean = np.exp(np.log(others).mean())
            inner, outer = column[k + 1 :], column[:k]
            if mean > np.nanmax([rmw, *inner]) and (np.isnan(outer).all() or mean < np.nanmin(outer)):
                column[k], names[int(k)] = mean, "neighbours"
    have = np.flatnonzero(np.isfinite(column))[::-1]
    knots = np.array([vmax, *levels[have]])
    place = [np.log(rmw), *np.log(column[have])]
    origin: Source = "profile"
    if not have.size:  # R as given may lie far out: the chain falls from it no faster than 1/r
        origin = "regression"
        x = np.log(max(vmax / GALE, 1.0)) / np.log(gale / rmw) if gale > rmw else STEEPEST
        x = np.clip(x, FLATTEST, STEEPEST)
        knots, place = np.array([vmax, 0.5 * vmax]), [np.log(rmw), np.log(rmw) + np.log(2.0) / x]
    for k in np.flatnonzero(reached & np.isnan(column)):
        column[k], names[int(k)] = np.exp(_place_of(levels[k], knots, place)), origin
    return column, names


def _checked(
    vmax: float, latitude: float, deficit: float, speeds: Sequence[float], radii: ArrayLike, rmw: float | None
) -> Numbers:
    """The table of radii as floats of its own, or a DataError."""
    table, levels = np.array(radii, np.float64), np.asarray(speeds, np.float64)
    known = np.isfinite(table)
    nested = table.ndim == 2 and all(np.all(np.diff(c[np.isfinite(c)]) < 0) for c in table.T)
    checks = (
        ("maximum_wind", 0.0 < vmax < 120.0, "0 to 120 m s-1", vmax, "convert from km h-1 or kt"),
        ("latitude", abs(latitude) <= 90.0, "-90 to 90 degrees", latitude, "check the order of the columns"),
        ("pressure_deficit", 0.0 < deficit < 2e4, "0 to 20000 Pa", deficit, "convert from hPa"),
        ("radius_of_maximum_wind", rmw is None or 1e3 <= rmw <= 5e5, "1 to 500 km, in m", rmw, "convert to m"),
        ("speeds", levels.ndim == 1 and levels.size > 0 and bool(np.all(levels > 0))
         and bool(np.all(np.diff(levels) > 0)), "positive, increasing [m s-1]", speeds, "sort them with their radii"),
        ("radii", table.shape == (levels.size, 4), f"shape ({levels.size}, 4): NE, SE, SW, NW", table.shape,
         "give NaN where unknown"),
        ("radii", bool((known | np.isnan(table)).all()) and bool(np.all((table[known] >= 1e3) & (table[known] <= 2e6))),
         "1 to 2000 km, in m, or NaN", table.tolist(), "convert to m; a 0 that means not reported is NaN"),
        ("radii", nested, "smaller radii for stronger wind in each quadrant", table.tolist(),
         "look at the bulletin: a column may be shifted"),
    )  # fmt: skip
    for where, good, expected, found, remedy in checks:
        if not good:
            raise DataError(
                "cannot be fitted", where=where, expected=expected, found=repr(found), remedy=remedy
            )
    return table
