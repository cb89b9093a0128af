"""A storm at some instants: its numbers, the vortex of a profile, and the vortex through quadrant radii."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.hazard.profiles import GALE_WIND, OUTER_WIND, PROFILES, holland_1980, holland_b, holland_bs
from riskmap.hazard.radii import QuadrantFit, fit_radii, gale_radius, quadrant_speed
from riskmap.hazard.wind_model import SURFACE_FACTOR, Profile, WindModel, inflow_angle, motion_share
from riskmap.regressions import LEAST_PRESSURE_DEFICIT
from riskmap.track import interpolate

Numbers = NDArray[np.float64]
Fit = QuadrantFit | str | None
"""The vortex through the radii; words where they cannot be used; None without any."""

QUADRANT_MIDDLES: Final = np.radians([45.0, 135.0, 225.0, 315.0])
"""NE, SE, SW, NW, clockwise from north."""


@dataclass(frozen=True, eq=False)
class StormNodes:
    """Numbers of the storm at each instant, each (node,): degrees, m s-1, Pa, m, Pa s-1; ``period`` [s]."""

    latitude: Numbers
    longitude: Numbers
    wind: Numbers
    pressure: Numbers
    around: Numbers
    deficit: Numbers
    tendency: Numbers
    core: Numbers
    east: Numbers
    north: Numbers
    period: int

    def __len__(self) -> int:
        return len(self.wind)


def storm_nodes(track: xr.Dataset, at: xr.Dataset, model: WindModel) -> StormNodes:
    """The numbers of ``at``, a track interpolated to the instants."""
    needs_tendency = model.profile in ("holland_2008", "holland_2010")
    pressure, around = at["central_pressure"].values, at["environmental_pressure"].values
    return StormNodes(
        at["latitude"].values, at["longitude"].values, at["maximum_wind"].values, pressure, around,
        np.maximum(around - pressure, LEAST_PRESSURE_DEFICIT),
        pressure_tendency(track, at["time"].values) if needs_tendency else np.zeros(len(pressure)),
        at["radius_of_maximum_wind"].values.copy(), at["eastward_motion"].values, at["northward_motion"].values,
        int(at.attrs["averaging_period"]),
    )  # fmt: skip


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


def fit_nodes(at: xr.Dataset, nodes: StormNodes) -> list[Fit]:
    """The vortex of each node through the track's quadrant radii, where it has some that its wind exceeds."""
    named = np.isfinite(at["wind_threshold"].values)  # an agency may name fewer than three
    radii = at["wind_radius"].values[:, named]
    issued = int(at["wind_radius"].attrs.get("averaging_period", nodes.period))
    speeds = convert(at["wind_threshold"].values[named], period=issued, to=nodes.period)
    modelled = at["radius_of_maximum_wind_modelled"].values
    found: list[Fit] = []
    for k in range(len(nodes)):
        if not np.isfinite(radii[k][speeds < nodes.wind[k]]).any():
            found.append(None)
            continue
        try:
            fit: Fit = fit_radii(
                maximum_wind=float(nodes.wind[k]), latitude=float(nodes.latitude[k]),
                pressure_deficit=float(nodes.deficit[k]), speeds=tuple(speeds), radii=radii[k],
                radius_of_maximum_wind=None if modelled[k] else float(nodes.core[k]),
            )  # fmt: skip
        except DataError as refused:
            fit = f"quadrant radii refused: {refused}"
        found.append(fit)
    return found


def through_radii(
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
    around = np.vstack([np.full(4, core), places])
    return quadrant_speed(radius, knots=knots[..., None], places=around[..., None]), moving


def unfitted(
    nodes: StormNodes, radius: Numbers, still: Numbers, profile: Profile, fits: Sequence[Fit]
) -> tuple[Numbers, list[str]]:
    """Speeds (node, bin) of the profile for the still vortex, and the name of what gave them.

    A profile that needs more wind than the storm has gives way to one that does not. Nodes with a fit are left 0.
    """
    if profile == "holland_1980":
        b = holland_b(pressure_deficit=nodes.deficit, gradient_wind=nodes.wind / SURFACE_FACTOR)
        storm = {
            "maximum_wind": still, "radius_of_maximum_wind": nodes.core, "latitude": nodes.latitude, "b": b,
        }  # fmt: skip
        return holland_1980(radius, **{name: v[:, None] for name, v in storm.items()}), [profile] * len(nodes)
    speeds, names = np.zeros(radius.shape), [str(profile)] * len(nodes)
    for k, fit in enumerate(fits):
        if not isinstance(fit, QuadrantFit):
            speeds[k], names[k] = _profile(profile, radius[k], float(still[k]), nodes, k)
    return speeds, names


def _profile(
    profile: Profile, radius: Numbers, still: float, nodes: StormNodes, k: int
) -> tuple[Numbers, str]:
    """Speeds (bin,) of one node."""
    formula = PROFILES[profile].function
    latitude, reported = float(nodes.latitude[k]), float(nodes.wind[k])
    storm: dict[str, Any] = {
        "maximum_wind": still, "radius_of_maximum_wind": float(nodes.core[k]), "latitude": latitude,
    }  # fmt: skip
    shape = {
        "pressure_deficit": float(nodes.deficit[k]), "pressure_tendency": float(nodes.tendency[k]),
        "translation_speed": float(np.hypot(nodes.east[k], nodes.north[k])),
    }  # fmt: skip
    if profile == "holland_2008" or (profile == "holland_2010" and still <= OUTER_WIND):
        return PROFILES["holland_2008"].function(radius, **storm, **shape), "holland_2008"
    if profile == "holland_2010":
        return formula(radius, **storm, b=holland_bs(**shape, latitude=latitude)), profile
    if profile == "tao_2025":
        at_gale = convert(GALE_WIND, period=60, to=nodes.period)
        gale = gale_radius(maximum_wind=convert(reported, period=nodes.period, to=60), latitude=latitude)
        try:
            return formula(radius, **storm, gale_radius=gale, gale_wind=at_gale), profile
        except DataError:  # weaker than a gale, or the regression's radius does not fit the core
            b = holland_b(pressure_deficit=float(nodes.deficit[k]), gradient_wind=reported / SURFACE_FACTOR)
            return holland_1980(radius, **storm, b=b), "holland_1980"
    return formula(radius, **storm), profile
