"""The storm as the grid sees it: at each instant a centre, a motion, and radial tables of wind and pressure.

Whatever the profile, and whether it is fitted to quadrant radii or not, a vortex becomes the same tables, so that
the grid's loop knows nothing of profiles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.profiles import GALE_WIND, OUTER_WIND, PROFILES, holland_b, holland_bs
from riskmap.hazard.radii import QuadrantFit, fit_radii, gale_radius, quadrant_speed
from riskmap.hazard.wind_model import (
    DEFAULT,
    LIN_CHAVAS_TURN,
    SURFACE_FACTOR,
    Profile,
    WindModel,
    inflow_angle,
    motion_share,
)
from riskmap.regressions import LEAST_PRESSURE_DEFICIT
from riskmap.track import interpolate

Numbers = NDArray[np.float64]
TABLE_OCTAVES: Final = (-16, 15)
"""The tables span so many doublings of the squared distance, from that of the maximum wind: R / 256, within which the
wind falls linearly to the centre, to 181 R, beyond which there is none."""

FARTHEST: Final = np.pi / 2
"""... and never farther than this angle."""

QUADRANT_MIDDLES: Final = np.radians([45.0, 135.0, 225.0, 315.0])
"""NE, SE, SW, NW, clockwise from north."""


RadialRain = Callable[[xr.Dataset, Numbers], Numbers]
"""A storm at some instants and distances [m] (node, bin) in; out, float64 (node, 2, bin): rain rate [mm h-1], and the
share of the ground's slope that lifts air."""


@dataclass(frozen=True, eq=False)
class Vortices:
    """A storm at a number of instants.

    Attributes
    ----------
    time : datetime64 (node,)
    latitude, longitude : float64 (node,)
        [degrees].
    east, north : float64 (node,)
        The motion as it is added to the wind [m s-1]: never more than half of the maximum wind.
    swirl : float32 (node, quadrant, 2, bin)
        Wind across and along the way out, over the sine of the angle from the centre [m s-1]; one quadrant where
        all are alike.
    radial : float32 (node, 2 or 4, bin)
        Share of the motion, and sea-level pressure [Pa]; with rain its rate [mm h-1] and the share of the slope.
    still_wind : float64 (node,)
        Largest wind of the vortex without its motion [m s-1].
    radius_of_maximum_wind, environmental_pressure : float64 (node,)
        [m], [Pa].
    source : tuple of str (node,)
        What the vortex of each node was made from: a profile's name, or ``quadrant radii``.
    """

    time: NDArray[np.datetime64]
    latitude: Numbers
    longitude: Numbers
    east: Numbers
    north: Numbers
    swirl: NDArray[np.float32]
    radial: NDArray[np.float32]
    still_wind: Numbers
    radius_of_maximum_wind: Numbers
    environmental_pressure: Numbers
    source: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.time)

    def take(self, chosen: slice) -> Vortices:
        """Some of the instants, without a copy."""
        parts = {name: value[chosen] for name, value in vars(self).items()}
        return replace(self, **parts)


@cache
def table_bins() -> tuple[int, Numbers]:
    """The tables' first bits, and h over that of the maximum wind at each bin's edge, shape (bin,)."""
    from riskmap._kernels.swath import SHIFT

    low, high = (int(bits) for bits in np.exp2(TABLE_OCTAVES).astype(np.float32).view(np.uint32))
    edges = np.arange(low, high + (2 << SHIFT), 1 << SHIFT, dtype=np.uint32).view(np.float32)
    return low, edges.astype(np.float64)


def table_places(radius_of_maximum_wind: Numbers | float) -> tuple[Numbers, Numbers]:
    """Distance [m] and sine of the angle at each bin's edge, (..., bin), for radii of maximum wind [m] (...)."""
    half = np.sin(0.5 * np.asarray(radius_of_maximum_wind) / EARTH_RADIUS)[..., None]
    h = np.minimum(half * half * table_bins()[1], np.sin(0.5 * FARTHEST) ** 2)
    angle = 2.0 * np.arcsin(np.sqrt(h))
    return EARTH_RADIUS * angle, np.sin(angle)


def vortices(
    track: xr.Dataset,
    times: NDArray[np.datetime64],
    model: WindModel = DEFAULT,
    *,
    rain: RadialRain | None = None,
) -> Vortices:
    """The storm at each time.

    Parameters
    ----------
    track : Dataset (time)
        Complete (see ``riskmap.track.complete``), any averaging period; that of the result is the same.
    times : datetime64, shape (time,)
        UTC, within the track.
    rain : callable, optional
        Adds the radial rain to the tables.

    Raises
    ------
    CoverageError
        A time outside the track.
    """
    at = interpolate(track, times)
    tendency = pressure_tendency(track, times)
    nodes = [_vortex(at, k, float(tendency[k]), model) for k in range(len(times))]
    quadrants = max(len(node.speeds) for node in nodes)
    core = np.array([node.core for node in nodes])
    radius, sine = table_places(core)
    swirl = np.empty((len(nodes), quadrants, 2, radius.shape[1]), np.float32)
    radial = np.empty((len(nodes), 2 if rain is None else 4, radius.shape[1]), np.float32)
    if rain is not None:
        radial[:, 2:] = rain(at, radius)
    angle = inflow_angle(radius, radius_of_maximum_wind=core[:, None], scheme=model.inflow)
    spin = np.where(at["latitude"].values >= 0, 1.0, -1.0)
    for k, node in enumerate(nodes):
        speeds = node.speeds / sine[k]
        speeds[:, -1] = 0.0
        swirl[k, :, 0] = speeds * (spin[k] * np.cos(angle[k]))
        swirl[k, :, 1] = speeds * np.sin(angle[k])
        radial[k, 0] = node.fade
        radial[k, 0, -1] = 0.0
        radial[k, 1] = node.pressure
    return Vortices(
        at["time"].values, at["latitude"].values, at["longitude"].values,
        np.array([node.motion[0] for node in nodes]), np.array([node.motion[1] for node in nodes]),
        swirl, radial, np.array([node.still for node in nodes]), core,
        at["environmental_pressure"].values, tuple(node.source for node in nodes),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Vortex:
    """One node before it becomes a table row: speeds (quadrant, bin), fade and pressure (bin,)."""

    speeds: Numbers
    fade: Numbers
    pressure: Numbers
    motion: tuple[float, float]
    still: float
    core: float
    source: str


def _vortex(at: xr.Dataset, k: int, tendency: float, model: WindModel) -> _Vortex:
    vmax, latitude, pc, pn = (
        float(at[name].values[k])
        for name in ("maximum_wind", "latitude", "central_pressure", "environmental_pressure")
    )
    deficit = max(pn - pc, LEAST_PRESSURE_DEFICIT)
    motion = np.array([float(at[name].values[k]) for name in ("eastward_motion", "northward_motion")])
    core = float(at["radius_of_maximum_wind"].values[k])
    fitted = _fit(at, k, deficit) if model.radii == "fit" else None
    refused = f"; {fitted}" if isinstance(fitted, str) else ""
    if isinstance(fitted, QuadrantFit):
        core = fitted.radius_of_maximum_wind
    radius, _ = table_places(core)
    fade = motion_share(radius, radius_of_maximum_wind=core, scheme=model.asymmetry)
    if model.asymmetry == "lin_chavas_2012":
        turn = LIN_CHAVAS_TURN if latitude >= 0 else -LIN_CHAVAS_TURN
        motion = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ motion
    at_core = float(motion_share(core, radius_of_maximum_wind=core, scheme=model.asymmetry))
    most = 0.5 * vmax / max(at_core * float(np.hypot(*motion)), 1e-9)  # a fast weak storm keeps its vortex
    motion = motion * min(1.0, most)
    if isinstance(fitted, QuadrantFit):
        speeds, motion = _through_radii(fitted, radius, motion, latitude, model)
        source = "quadrant radii"
    else:
        still = vmax - at_core * float(np.hypot(*motion))
        storm = {"maximum_wind": still, "radius_of_maximum_wind": core, "latitude": latitude}
        speed, source = _profile(
            model.profile, radius, storm, deficit=deficit, tendency=tendency,
            translation=float(np.hypot(at["eastward_motion"].values[k], at["northward_motion"].values[k])),
            reported=vmax, period=int(at.attrs["averaging_period"]),
        )  # fmt: skip
        speeds, source = speed[None], source + refused
    b = holland_b(pressure_deficit=deficit, gradient_wind=vmax / SURFACE_FACTOR)
    pressure = pc + (pn - pc) * np.exp(-((core / radius) ** b))
    still = vmax - at_core * float(np.hypot(*motion))
    return _Vortex(speeds, fade, pressure, (float(motion[0]), float(motion[1])), still, core, source)


def _fit(at: xr.Dataset, k: int, deficit: float) -> QuadrantFit | str | None:
    """The vortex through the node's quadrant radii; None without any, words where they cannot be used."""
    named = np.isfinite(at["wind_threshold"].values)  # an agency may name fewer than three
    radii = at["wind_radius"].values[k][named]
    period = int(at.attrs["averaging_period"])
    issued = int(at["wind_radius"].attrs.get("averaging_period", period))
    speeds = convert(at["wind_threshold"].values[named], period=issued, to=period)
    vmax = float(at["maximum_wind"].values[k])
    if not np.isfinite(radii[speeds < vmax]).any():
        return None
    modelled = bool(at["radius_of_maximum_wind_modelled"].values[k])
    try:
        return fit_radii(
            maximum_wind=vmax, latitude=float(at["latitude"].values[k]), pressure_deficit=deficit,
            speeds=tuple(speeds), radii=radii,
            radius_of_maximum_wind=None if modelled else float(at["radius_of_maximum_wind"].values[k]),
        )  # fmt: skip
    except DataError as refused:
        return f"quadrant radii refused: {refused}"


def _through_radii(
    fit: QuadrantFit, radius: Numbers, motion: Numbers, latitude: float, model: WindModel
) -> tuple[Numbers, Numbers]:
    """Speeds of the still vortex (quadrant, bin), so that with the motion the wind meets the radii; and that motion.

    Reported radii hold part of the asymmetry already. Where they leave no room for the whole of the motion (a
    circle of force 12 on the weak side), less of it is taken, in the end none.
    """
    core, spin = fit.radius_of_maximum_wind, 1.0 if latitude >= 0 else -1.0
    rows = np.flatnonzero(np.isfinite(fit.radii).all(axis=1))[::-1]  # from the innermost out
    places = np.array([fit.radii[k] for k in rows])
    levels = np.array([fit.speeds[k] for k in rows])[:, None]
    share = motion_share(places, radius_of_maximum_wind=core, scheme=model.asymmetry)
    angle = inflow_angle(places, radius_of_maximum_wind=core, scheme=model.inflow)
    at_core = float(motion_share(core, radius_of_maximum_wind=core, scheme=model.asymmetry))
    east, north = np.sin(QUADRANT_MIDDLES), np.cos(QUADRANT_MIDDLES)
    wind_east = -spin * north * np.cos(angle) - east * np.sin(angle)
    wind_north = spin * east * np.cos(angle) - north * np.sin(angle)
    for part in (1.0, 0.75, 0.5, 0.25, 0.0):
        moving = part * motion
        helping = share * (wind_east * moving[0] + wind_north * moving[1])
        crossing = (share * np.hypot(*moving)) ** 2 - helping**2
        vortex = np.sqrt(np.maximum(levels**2 - crossing, 0.0)) - helping
        still = fit.maximum_wind - at_core * float(np.hypot(*moving))
        knots = np.vstack([np.full(4, still), vortex])
        if part == 0.0 or (np.all(np.diff(knots, axis=0) < 0.0) and np.all(vortex > 0.0)):
            break
    speeds = [
        quadrant_speed(radius, knots=knots[:, q], places=np.append(core, places[:, q])) for q in range(4)
    ]
    return np.array(speeds), moving


def _profile(
    profile: Profile, radius: Numbers, storm: dict[str, float], *, deficit: float, tendency: float,
    translation: float, reported: float, period: int,
) -> tuple[Numbers, str]:  # fmt: skip
    """Speeds (bin,) of an unfitted vortex, and the name of the profile that gave them.

    A profile that needs more wind than the storm has gives way to one that does not.
    """
    formula = PROFILES[profile].function
    shape = {"pressure_deficit": deficit, "pressure_tendency": tendency, "translation_speed": translation}
    if profile == "holland_2008":
        return formula(radius, **storm, **shape), profile
    if profile == "holland_2010":
        if storm["maximum_wind"] <= OUTER_WIND:
            return PROFILES["holland_2008"].function(radius, **storm, **shape), "holland_2008"
        b = holland_bs(**shape, latitude=storm["latitude"])
        return formula(radius, **storm, b=b), profile
    if profile == "tao_2025":
        at_gale = convert(GALE_WIND, period=60, to=period)
        gale = gale_radius(maximum_wind=convert(reported, period=period, to=60), latitude=storm["latitude"])
        try:
            return formula(radius, **storm, gale_radius=gale, gale_wind=at_gale), profile
        except DataError:  # weaker than a gale, or the regression's radius does not fit the core
            profile = "holland_1980"
            formula = PROFILES[profile].function
    if profile == "holland_1980":
        b = holland_b(pressure_deficit=deficit, gradient_wind=reported / SURFACE_FACTOR)
        return formula(radius, **storm, b=b), profile
    return formula(radius, **storm), profile


def pressure_tendency(track: xr.Dataset, times: NDArray[np.datetime64]) -> Numbers:
    """Change of the central pressure [Pa s-1] over the hour around each time, whatever other times are asked for."""
    first, last = track["time"].values[[0, -1]]
    half = np.timedelta64(1800, "s")
    early, late = np.maximum(times - half, first), np.minimum(times + half, last)
    change = (
        interpolate(track, late)["central_pressure"].values
        - interpolate(track, early)["central_pressure"].values
    )
    return np.asarray(change / (late - early).astype("timedelta64[s]").astype(np.float64))


def speed_around(storm: Vortices, node: int, radius: Numbers, azimuth: Numbers) -> Numbers:
    """Wind speed [m s-1] at distances [m] and azimuths [radians clockwise from north] around one instant's centre."""
    bins = table_bins()[1]
    radius, azimuth = np.broadcast_arrays(radius, azimuth)
    east, north = np.sin(azimuth), np.cos(azimuth)
    angle = radius / EARTH_RADIUS
    place = (np.sin(0.5 * angle) / np.sin(0.5 * storm.radius_of_maximum_wind[node] / EARTH_RADIUS)) ** 2

    def look_up(table: NDArray[np.float32]) -> Numbers:
        return np.asarray(np.interp(place, bins, table))

    swirl = np.array([[look_up(channel) for channel in quadrant] for quadrant in storm.swirl[node]])
    swirl = swirl * np.sin(angle)
    if len(swirl) == 1:
        across, along = swirl[0]
    else:
        ne, se = 0.5 * (north + east) ** 2, 0.5 * (east - north) ** 2
        one = np.where(north + east >= 0.0, swirl[0], swirl[2])
        other = np.where(east - north >= 0.0, swirl[1], swirl[3])
        across, along = ne * one + se * other
    share = look_up(storm.radial[node, 0])
    u = share * storm.east[node] - north * across - east * along
    v = share * storm.north[node] + east * across - north * along
    return np.asarray(np.hypot(u, v))
