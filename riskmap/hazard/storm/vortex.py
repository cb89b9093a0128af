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

from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.profiles import holland_b
from riskmap.hazard.storm.fitted import fitted_radii, through_radii
from riskmap.hazard.storm.model import (
    DEFAULT,
    LIN_CHAVAS_TURN,
    SURFACE_FACTOR,
    WindModel,
    inflow_angle,
    motion_share,
)
from riskmap.hazard.storm.nodes import StormNodes, storm_nodes, unfitted
from riskmap.track import interpolate

Numbers = NDArray[np.float64]
TABLE_OCTAVES: Final = (-16, 15)
"""The tables span so many doublings of the squared distance, from that of the maximum wind: R / 256, within which the
wind falls linearly to the centre, to 181 R, beyond which there is none."""

FARTHEST: Final = np.pi / 2
"""... and never farther than this angle."""

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
    radial : float32 (node, 1, 2 or 4, bin)
        Share of the motion; sea-level pressure [Pa]; with rain its rate [mm h-1] and the share of the slope.
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
    wind_only: bool = False,
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
    wind_only : bool
        Leave out the pressure: the tables of an ensemble are made more often than they are read.

    Raises
    ------
    CoverageError
        A time outside the track.
    """
    at = interpolate(track, times)
    nodes = storm_nodes(track, at, model)
    fit = fitted_radii(track, at) if model.radii == "fit" else None
    known = np.zeros(len(nodes), np.bool_) if fit is None else fit.known
    if fit is not None:
        nodes.core[known] = fit.core[known]
    radius, sine = table_places(nodes.core)
    core, spin = nodes.core[:, None], np.where(nodes.latitude >= 0.0, 1.0, -1.0)
    motion, at_core = _own_motion(nodes, model)
    still = nodes.wind - at_core * np.hypot(*motion)
    speeds, source = unfitted(nodes, radius, still, model.profile, known)
    swirl = np.repeat(speeds[:, None, None, :], 2, axis=2).repeat(4 if known.any() else 1, axis=1)
    if fit is not None:
        all_reached = np.isfinite(fit.places[:, :, 0])
        for reached in np.unique(all_reached[known], axis=0):
            k = np.flatnonzero(known & (all_reached == reached).all(axis=1))
            through, motion[:, k] = through_radii(
                radius[k], core=nodes.core[k], wind=nodes.wind[k], levels=fit.levels[reached],
                places=fit.places[k][:, reached], motion=motion[:, k], latitude=nodes.latitude[k], model=model,
            )  # fmt: skip
            swirl[k] = through[:, :, None, :]
        source = ["quadrant radii" if ok else name for ok, name in zip(known, source, strict=True)]
        source = [f"{name}; {word}" if word else name for name, word in zip(source, fit.words, strict=True)]
    angle = inflow_angle(radius, radius_of_maximum_wind=core, scheme=model.inflow)
    swirl[:, :, 0] *= (np.cos(angle) * spin[:, None] / sine)[:, None]
    swirl[:, :, 1] *= (np.sin(angle) / sine)[:, None]
    channels = 1 if wind_only else 2 if rain is None else 4
    radial = np.empty((len(nodes), channels, radius.shape[1]), np.float32)
    radial[:, 0] = motion_share(radius, radius_of_maximum_wind=core, scheme=model.asymmetry)
    if not wind_only:
        b = holland_b(pressure_deficit=nodes.deficit, gradient_wind=nodes.wind / SURFACE_FACTOR)[:, None]
        fall = np.exp(
            -np.minimum((core / radius) ** b, 400.0)
        )  # beyond it is 0, and numbers near 1e-308 are slow
        radial[:, 1] = nodes.pressure[:, None] + (nodes.around - nodes.pressure)[:, None] * fall
    if rain is not None and not wind_only:
        radial[:, 2:] = rain(at, radius)
    swirl[..., -1], radial[:, 0, -1] = 0.0, 0.0  # nothing blows beyond the tables
    return Vortices(
        at["time"].values, nodes.latitude, nodes.longitude, motion[0], motion[1],
        swirl.astype(np.float32), radial, nodes.wind - at_core * np.hypot(*motion), nodes.core,
        nodes.around, tuple(source),
    )  # fmt: skip


def _own_motion(nodes: StormNodes, model: WindModel) -> tuple[Numbers, Numbers]:
    """The motion as it is added to the wind, (2, node) [m s-1], and its share at the radius of maximum wind.

    It is never more than half of the maximum wind, or a fast weak storm would lose its vortex.
    """
    at_core = motion_share(nodes.core, radius_of_maximum_wind=nodes.core, scheme=model.asymmetry)
    east, north = nodes.east, nodes.north
    if model.asymmetry == "lin_chavas_2012":
        turn = np.where(nodes.latitude >= 0.0, LIN_CHAVAS_TURN, -LIN_CHAVAS_TURN)
        c, s = np.cos(turn), np.sin(turn)
        east, north = c * east - s * north, s * east + c * north
    keep = np.minimum(1.0, 0.5 * nodes.wind / np.maximum(at_core * np.hypot(east, north), 1e-9))
    return np.stack([keep * east, keep * north]), at_core


def speed_around(storm: Vortices, node: int, radius: Numbers, azimuth: Numbers) -> Numbers:
    """Wind speed [m s-1] at distances [m] and azimuths [radians clockwise from north] around one instant's centre."""
    bins = table_bins()[1]
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
        across, along = (
            ne * np.where(north + east >= 0.0, a, c) + se * np.where(east - north >= 0.0, b, d)
            for a, b, c, d in zip(*swirl, strict=True)
        )
    share = look_up(storm.radial[node, 0])
    u = share * storm.east[node] - north * across - east * along
    v = share * storm.north[node] + east * across - north * along
    return np.asarray(np.hypot(u, v))
