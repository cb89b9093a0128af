"""TCR, a physical model of typhoon rain, term by term on plain numbers: w = friction + stretching + slopes + shear - sinking.

Zhu et al. (2013), GRL 40, 6225; Lu et al. (2018), JAS 75, 2337 (eqs 6-13); Feldmann et al. (2019), JAMC 58, 1853. The
equations were read in the documents of pyTCR and in public ports (status S there); the papers' own text was not at hand (M).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from riskmap.errors import DataError
from riskmap.hazard.profiles._checks import STRONGEST_WIND, Numbers, coriolis, distances, number
from riskmap.hazard.rain_models.upslope import slope_share

Profile = Callable[[Numbers], Any]
"""Distances from the centre [m] -> tangential wind [m s-1], or its change [m s-2]."""

SEA_DRAG: Final = 0.0015
LAND_DRAG: Final = 0.003
"""Drag coefficients over sea and land; defaults of pyTCR (S there)."""

MOST_DRAG: Final = 0.01
"""No surface drags more; as in the ports (S there)."""

TROPOSPHERE: Final = 4000.0
"""Depth of the lower troposphere that a stretching vortex drains [m]; the ports (S there)."""

LEAST_SLOPE: Final = 10.0
"""Floor of dM/dr [m s-1]: where the vortex is hardly stable its inflow would grow without bound; the ports (S there)."""

SHEAR_FACTOR: Final = 1.0
"""g / (cp (Ts - Tt) (1 - e) N^2) [s2 m-1], with 100 K, e = 0.75, N = 0.02 s-1 as in the ports (S there); 0.5 in the paper,
whose e is 0.5 (M)."""

HALF_STEP: Final = 1e3
"""Half of the radial step of differences [m]; the ports take 2 km in full (S there)."""


def _slope(profile: Profile, r: Numbers) -> Numbers:
    """dV/dr [s-1]; one-sided at the centre."""
    inner = np.maximum(r - HALF_STEP, 0.0)
    outer = r + HALF_STEP
    change = np.asarray(profile(outer), float) - np.asarray(profile(inner), float)
    return np.asarray(change / (outer - inner))


def inflow_reach(radius: Any, *, profile: Profile, latitude: float) -> Numbers:
    """r^2 / (dM/dr) [m s]: how far a torque on the wind moves air inwards; M = r V + f r^2 / 2 is its spin.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    profile : callable
        Distances [m] -> tangential wind [m s-1], e.g. one of ``riskmap.hazard.profiles`` with its arguments bound.
    latitude : float
        [degrees]

    Raises
    ------
    DataError
        An absurd argument, by name.

    References
    ----------
    Lu et al. (2018), eqs 6 and 11; dM/dr never counts less than ``LEAST_SLOPE``.

    Examples
    --------
    >>> rigid = lambda r: 1e-3 * r  # dM/dr = 2 V + f r
    >>> inflow_reach(50e3, profile=rigid, latitude=0).round(6).tolist()
    25000000.0
    """
    r = distances(radius)
    wind = np.asarray(profile(r), float)
    slope = wind + r * (_slope(profile, r) + coriolis(latitude))
    return np.asarray(r * r / np.maximum(slope, LEAST_SLOPE))


def tcr_friction(
    radius: Any, *, profile: Profile, latitude: float, drag_coefficient: float = SEA_DRAG
) -> Numbers:
    """Ascent [m s-1] where drag drives air together: (1/r) d/dr [ r^2 Cd V^2 / (dM/dr) ]; the storm stands still.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    profile : callable
        Distances [m] -> tangential wind [m s-1].
    latitude : float
        [degrees]
    drag_coefficient : float
        Cd; ``SEA_DRAG`` or ``LAND_DRAG``.

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1], negative where air sinks.

    Raises
    ------
    DataError
        An absurd argument, by name.

    References
    ----------
    Lu et al. (2018), eq. 6, with the stress of eq. 8.

    Examples
    --------
    >>> from functools import partial
    >>> from riskmap.hazard.profiles import emanuel_rotunno_2011
    >>> storm = partial(emanuel_rotunno_2011, maximum_wind=40, radius_of_maximum_wind=40e3, latitude=29)
    >>> tcr_friction([40e3, 100e3, 300e3], profile=storm, latitude=29).round(4).tolist()
    [0.1697, 0.0061, -0.0015]
    """
    r = distances(radius)
    drag = number(drag_coefficient, "drag_coefficient", least=0.0, most=MOST_DRAG, unit="")

    def flux(at: Numbers) -> Numbers:
        wind = np.asarray(profile(at), float)
        reach = inflow_reach(at, profile=profile, latitude=latitude)
        return np.asarray(reach * drag * wind * np.abs(wind))

    return _divergence(flux, r)


def tcr_stretching(
    radius: Any,
    *,
    profile: Profile,
    tendency: Profile,
    latitude: float,
    radius_of_maximum_wind: float,
    depth: float = TROPOSPHERE,
) -> Numbers:
    """Ascent [m s-1] of a vortex that spins up: (H/r) d/dr [ r^2 a (dV/dt) / (dM/dr) ]; sinking where it spins down.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    profile : callable
        Distances [m] -> tangential wind [m s-1].
    tendency : callable
        Distances [m] -> change of that wind in time [m s-2], the centre held fixed.
    latitude : float
        [degrees]
    radius_of_maximum_wind : float
        R [m]; a = min(2 (r/R)^2 - 1, 1), which the paper does not have and the ports do.
    depth : float
        H [m].

    Returns
    -------
    float64 array, shape of ``radius`` [m s-1]

    Raises
    ------
    DataError
        An absurd argument, by name.

    References
    ----------
    Lu et al. (2018), eq. 11.

    Examples
    --------
    >>> still = tcr_stretching(80e3, profile=lambda r: 2e6 / r, tendency=lambda r: 0 * r, latitude=29,
    ...                        radius_of_maximum_wind=40e3)
    >>> float(still)
    0.0
    """
    r = distances(radius)
    core = number(radius_of_maximum_wind, "radius_of_maximum_wind", least=1e3, most=1e6, unit="m")
    thick = number(depth, "depth", least=0.0, most=20e3, unit="m")

    def flux(at: Numbers) -> Numbers:
        share = np.minimum(2.0 * (at / core) ** 2 - 1.0, 1.0)
        change = np.asarray(tendency(at), float)
        reach = inflow_reach(at, profile=profile, latitude=latitude)
        return np.asarray(thick * share * change * reach)

    return _divergence(flux, r)


def _divergence(flux: Callable[[Numbers], Numbers], r: Numbers) -> Numbers:
    """(1/r) d(flux)/dr, over a step of 2 ``HALF_STEP``; the centre counts as half a step away from itself."""
    outer, inner = flux(r + HALF_STEP), flux(np.maximum(r - HALF_STEP, 0.0))
    return np.asarray((outer - inner) / (2.0 * HALF_STEP * np.maximum(r, HALF_STEP)))


def tcr_topography(eastward_wind: Any, northward_wind: Any, slope_east: Any, slope_north: Any, *, radius: Any) -> Numbers:  # fmt: skip
    """Ascent [m s-1] of wind that climbs: u dh/dx + v dh/dy, of which 0.6 counts near the centre and 0.2 far away.

    Parameters
    ----------
    eastward_wind, northward_wind : float or array
        Wind at the top of the boundary layer, the storm's motion included [m s-1].
    slope_east, slope_north : float or array
        Slope of the ground [m m-1], see ``riskmap.terrain.relief.lifting_slope``.
    radius : float or array
        Distance from the centre [m].

    Returns
    -------
    float64 array [m s-1], negative in the lee.

    Raises
    ------
    DataError
        A distance that is none.

    References
    ----------
    Lu et al. (2018), eq. 7; the taper, see ``slope_share``, is the ports' (S there).

    Examples
    --------
    >>> tcr_topography(20, 0, [0.05, -0.05], 0, radius=[50e3, 200e3]).round(12).tolist()
    [0.6, -0.2]
    """
    r = distances(radius)
    lift = np.multiply(eastward_wind, slope_east, dtype=float) + np.multiply(
        northward_wind, slope_north, dtype=float
    )
    return np.asarray(lift * slope_share(r))


def shear_tilt(radius: Any, *, profile: Profile, latitude: float, factor: float = SHEAR_FACTOR) -> Numbers:
    """Ascent per outward shear [1]: factor V (f + V/r + dV/dr).

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    profile : callable
        Distances [m] -> tangential wind [m s-1].
    latitude : float
        [degrees]
    factor : float
        See ``SHEAR_FACTOR`` [s2 m-1].

    Raises
    ------
    DataError
        An absurd argument, by name.

    Examples
    --------
    >>> shear_tilt(50e3, profile=lambda r: 1e-3 * r, latitude=0).round(6).tolist()
    0.1
    """
    r = distances(radius)
    wind = np.asarray(profile(r), float)
    # at the centre V/r has the limit dV/dr
    turning = np.where(r > HALF_STEP, wind / np.maximum(r, HALF_STEP), _slope(profile, r))
    scale = number(factor, "factor", least=0.0, most=10.0, unit="s2 m-1")
    return np.asarray(scale * wind * (coriolis(latitude) + turning + _slope(profile, r)))


def tcr_shear(
    radius: Any, *, profile: Profile, latitude: float, outward_shear: Any, factor: float = SHEAR_FACTOR
) -> Numbers:
    """Ascent [m s-1] down the shear, sinking up the shear: factor V (f + V/r + dV/dr) times the outward shear.

    Parameters
    ----------
    radius : float or array
        Distance from the centre [m].
    profile : callable
        Distances [m] -> tangential wind [m s-1].
    latitude : float
        [degrees]
    outward_shear : float or array
        Part of the shear vector, wind at 200 hPa less wind at 850 hPa, that points away from the centre [m s-1].
    factor : float
        See ``SHEAR_FACTOR`` [s2 m-1].

    Returns
    -------
    float64 array [m s-1]

    Raises
    ------
    DataError
        An absurd argument, by name.

    References
    ----------
    Lu et al. (2018), eq. 12.

    Examples
    --------
    >>> tcr_shear(50e3, profile=lambda r: 1e-3 * r, latitude=0, outward_shear=[5.0, -5.0]).round(6).tolist()
    [0.5, -0.5]
    """
    shear = np.asarray(outward_shear, float)
    if not (np.abs(shear) <= STRONGEST_WIND).all():
        raise DataError(
            "out of range", where="outward_shear", expected=f"up to {STRONGEST_WIND:g} m s-1 either way",
            found=repr(outward_shear)[:80], remedy="give m s-1",
        )  # fmt: skip
    return np.asarray(shear_tilt(radius, profile=profile, latitude=latitude, factor=factor) * shear)
