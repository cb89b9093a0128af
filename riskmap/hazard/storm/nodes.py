"""A storm at some instants: its numbers, and the vortex of a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.hazard.profiles import GALE_WIND, OUTER_WIND, PROFILES, holland_1980, holland_b, holland_bs
from riskmap.hazard.radii import gale_radius
from riskmap.hazard.storm.model import SURFACE_FACTOR, Profile, WindModel
from riskmap.regressions import LEAST_PRESSURE_DEFICIT
from riskmap.track import interpolate

Numbers = NDArray[np.float64]


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


def unfitted(
    nodes: StormNodes, radius: Numbers, still: Numbers, profile: Profile, known: NDArray[np.bool_]
) -> tuple[Numbers, list[str]]:
    """Speeds [m s-1] (node, bin) of the profile for the still vortex at ``radius`` [m], and the name of what gave them.

    A profile that needs more wind than the storm has gives way to one that does not. Nodes that are ``known`` otherwise may be left 0.
    """
    speeds, names, left = np.zeros(radius.shape), [str(profile)] * len(nodes), ~known
    if profile == "holland_1980":
        b = holland_b(pressure_deficit=nodes.deficit, gradient_wind=nodes.wind / SURFACE_FACTOR)
        storm = {
            "maximum_wind": still, "radius_of_maximum_wind": nodes.core, "latitude": nodes.latitude, "b": b,
        }  # fmt: skip
        if left.any():
            speeds[left] = holland_1980(radius[left], **{name: v[left, None] for name, v in storm.items()})
        return speeds, names
    for k in np.flatnonzero(~known):
        speeds[k], names[k] = _profile(profile, radius[k], float(still[k]), nodes, int(k))
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
    own: dict[str, Any] = {}
    if profile == "tao_2025":
        own["gale_wind"] = convert(GALE_WIND, period=60, to=nodes.period)
        own["gale_radius"] = gale_radius(
            maximum_wind=convert(reported, period=nodes.period, to=60), latitude=latitude
        )
    try:
        return formula(radius, **storm, **own), profile
    except DataError:  # weaker than a gale, or outside what the formula's regressions were made for
        b = holland_b(pressure_deficit=float(nodes.deficit[k]), gradient_wind=reported / SURFACE_FACTOR)
        return holland_1980(radius, **storm, b=b), "holland_1980"
