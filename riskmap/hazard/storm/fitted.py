"""The vortex through a track's quadrant radii (风圈), at the fixes and between them.

Each fix is fitted once (``riskmap.hazard.radii``); between two fitted fixes radii go linearly in time, and one whose
speed the weakening storm no longer reaches shrinks with the maximum wind, so that no circle ends with a jump. A fix
without radii beside one with them does not take them away before its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.hazard.radii import fit_radii, quadrant_speed
from riskmap.hazard.storm.model import WindModel, inflow_angle, motion_share
from riskmap.regressions import LEAST_PRESSURE_DEFICIT

Numbers = NDArray[np.float64]

QUADRANT_MIDDLES: Final = np.radians([45.0, 135.0, 225.0, 315.0])
"""NE, SE, SW, NW, clockwise from north."""


@dataclass(frozen=True, eq=False)
class FittedRadii:
    """Anchors of the vortex at some instants.

    Attributes
    ----------
    known : bool (node,)
        Where there is a fit; the profile holds elsewhere.
    words : tuple of str (node,)
        Why radii could not be used, empty where there is nothing to say.
    core : float64 (node,)
        Radius of maximum wind [m], drawn in where the radii ask for it.
    levels : float64 (level,)
        Wind speeds [m s-1], falling.
    places : float64 (node, level, 4)
        Their radii in the quadrants [m]; NaN where the storm does not reach the speed.
    """

    known: NDArray[np.bool_]
    words: tuple[str, ...]
    core: Numbers
    levels: Numbers
    places: Numbers


def fitted_radii(track: xr.Dataset, at: xr.Dataset) -> FittedRadii:
    """The fits of ``track`` at the instants of ``at``, which is the track interpolated."""
    times, fixes = (
        np.asarray(d["time"].values).astype("datetime64[s]").astype(np.int64) for d in (at, track)
    )
    left = np.clip(np.searchsorted(fixes, times, side="right") - 1, 0, len(fixes) - 2)
    first, last = int(left.min()), int(left.max()) + 1
    some = track.isel(time=slice(first, last + 1))
    at_fix = _fit_fixes(some)
    n = left - first
    w = (times - fixes[left]) / (fixes[left + 1] - fixes[left])
    # a fix keeps its own value; between one with radii and one without, those there are go on
    known = (at_fix.known[n] & (w < 1.0)) | (at_fix.known[n + 1] & (w > 0.0))
    words = tuple(
        "" if ok else at_fix.words[k] or at_fix.words[k + 1] for ok, k in zip(known, n, strict=True)
    )
    core = np.where(
        w == 0.0,
        at_fix.core[n],
        np.where(w == 1.0, at_fix.core[n + 1], (1 - w) * at_fix.core[n] + w * at_fix.core[n + 1]),
    )
    wind = some["maximum_wind"].values
    places = _between(at_fix, wind, n, w, core, at["maximum_wind"].values)
    reached = at_fix.levels[None, :] < at["maximum_wind"].values[:, None] * (1.0 - 1e-6)
    places[~(reached[:, :, None] & (places > 1.0001 * core[:, None, None]))] = np.nan
    partly = np.isfinite(places).any(axis=2) & ~np.isfinite(places).all(axis=2)
    places[partly] = np.nan
    return FittedRadii(known & np.isfinite(places).any(axis=(1, 2)), words, core, at_fix.levels, places)


def _between(
    at_fix: FittedRadii, wind: Numbers, n: NDArray[np.int64], w: Numbers, core: Numbers, now: Numbers
) -> Numbers:
    """Radii (node, level, 4) between the fixes ``n`` and ``n + 1``, where ``w`` of the time has gone."""
    before, after = at_fix.places[n], at_fix.places[n + 1]
    part = w[:, None, None]
    both = (1.0 - part) * before + part * after
    one = np.where(
        np.isnan(before), after, before
    )  # the storm exceeds the speed at one of the two fixes alone
    end = np.where(np.isnan(before), (n + 1)[:, None, None], n[:, None, None])
    excess = wind[end] - at_fix.levels[None, :, None]
    left_of_it = np.clip(
        (now[:, None, None] - at_fix.levels[None, :, None]) / np.maximum(excess, 1e-9), 0.0, 1.0
    )
    shrinking = core[:, None, None] + (one - at_fix.core[end]) * left_of_it
    inner = np.where(np.isnan(both), shrinking, both)
    return np.where(part == 0.0, before, np.where(part == 1.0, after, inner))


def _fit_fixes(track: xr.Dataset) -> FittedRadii:
    named = np.isfinite(track["wind_threshold"].values)  # an agency may name fewer than three
    radii = track["wind_radius"].values[:, named]
    period = int(track.attrs["averaging_period"])
    issued = int(track["wind_radius"].attrs.get("averaging_period", period))
    speeds = convert(track["wind_threshold"].values[named], period=issued, to=period)
    wind, core = track["maximum_wind"].values, track["radius_of_maximum_wind"].values.copy()
    modelled = track["radius_of_maximum_wind_modelled"].values
    deficit = np.maximum(
        track["environmental_pressure"].values - track["central_pressure"].values, LEAST_PRESSURE_DEFICIT
    )
    places = np.full(radii.shape, np.nan)
    known, words = np.zeros(len(wind), np.bool_), [""] * len(wind)
    for k in range(len(wind)):
        if not np.isfinite(radii[k][speeds < wind[k]]).any():
            continue
        try:
            fit = fit_radii(
                maximum_wind=float(wind[k]), latitude=float(track["latitude"].values[k]),
                pressure_deficit=float(deficit[k]), speeds=tuple(speeds), radii=radii[k],
                radius_of_maximum_wind=None if modelled[k] else float(core[k]),
            )  # fmt: skip
        except DataError as refused:
            words[k] = f"quadrant radii refused: {refused}"
            continue
        known[k], core[k], places[k] = True, fit.radius_of_maximum_wind, fit.radii
    return FittedRadii(known, tuple(words), core, speeds[::-1], places[:, ::-1])


FULLY_REACHED: Final = 0.03
"""A speed that the maximum wind exceeds by this share of itself binds the motion in full, one just exceeded not at all
(status D): a storm must not become another one within minutes."""

NESTED: Final = 1e-4
"""Least share by which the wind falls from one anchor to the next."""


def through_radii(
    radius: Numbers, *, core: Numbers, wind: Numbers, levels: Numbers, places: Numbers, motion: Numbers,
    latitude: Numbers, model: WindModel,
) -> tuple[Numbers, Numbers]:  # fmt: skip
    """Speeds of the still vortex (node, quadrant, bin), so that with the motion the wind meets the radii; and that motion.

    Reported radii hold part of the asymmetry already. Where they leave no room for the whole of the motion (a
    circle of force 12 on the weak side), less of it is taken, in the end none. A circle of a wind that is just
    exceeded is not met on the weak side.

    Parameters
    ----------
    radius : float64 (node, bin)
        [m]
    core, wind : float64 (node,)
        Radius of maximum wind [m], and that wind with the motion in it [m s-1].
    levels, places : float64 (level,), (node, level, 4)
        Speeds, falling [m s-1], and their radii, growing [m]; none missing.
    motion : float64 (2, node)
        East, north [m s-1].
    latitude : float64 (node,)
        [degrees]
    """
    spin, core_at = np.where(latitude >= 0.0, 1.0, -1.0)[:, None, None], core[:, None, None]
    share = motion_share(places, radius_of_maximum_wind=core_at, scheme=model.asymmetry)
    angle = inflow_angle(places, radius_of_maximum_wind=core_at, scheme=model.inflow)
    at_core = motion_share(core, radius_of_maximum_wind=core, scheme=model.asymmetry)
    east, north = np.sin(QUADRANT_MIDDLES), np.cos(QUADRANT_MIDDLES)
    wind_east = -spin * north * np.cos(angle) - east * np.sin(angle)
    wind_north = spin * east * np.cos(angle) - north * np.sin(angle)
    helping = share * (wind_east * motion[0, :, None, None] + wind_north * motion[1, :, None, None])
    excess = (wind[:, None] - levels)[:, :, None]
    needed = at_core[:, None, None] * np.hypot(*motion)[:, None, None] - helping
    room = np.clip(excess / np.maximum(needed, 1e-9), 0.0, 1.0)
    binds = np.clip(excess / (FULLY_REACHED * levels[:, None]), 0.0, 1.0)
    part = (1.0 - binds * (1.0 - room)).min(axis=(1, 2))
    taken, helping = part * motion, part[:, None, None] * helping
    crossing = (share * np.hypot(*taken)[:, None, None]) ** 2 - helping**2
    vortex = np.sqrt(np.maximum(levels[:, None] ** 2 - crossing, 0.0)) - helping
    still = np.broadcast_to((wind - at_core * np.hypot(*taken))[:, None, None], (len(core), 1, 4))
    knots = np.concatenate([still, np.maximum(vortex, NESTED * levels[:, None])], axis=1)
    falling = (1.0 + NESTED * np.arange(knots.shape[1]))[None, :, None]
    knots = np.minimum.accumulate(knots * falling, axis=1) / falling
    around = np.concatenate([np.broadcast_to(core_at, (len(core), 1, 4)), places], axis=1)
    knots, around = (np.moveaxis(v, 1, 0)[..., None] for v in (knots, around))
    return quadrant_speed(radius[:, None, :], knots=knots, places=around), taken
