"""A moving vortex the slow and obvious way: vectors on the sphere, float64, straight from the plain-number functions.

Shares no code with the tables and kernels that it is the twin of.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.profiles import PROFILES, holland_b, holland_bs
from riskmap.hazard.radii import QuadrantFit, gale_radius, quadrant_speed
from riskmap.hazard.storm.model import WindModel, inflow_angle, motion_share
from riskmap.track import interpolate

Numbers = NDArray[np.float64]
MIDDLES = np.radians([45.0, 135.0, 225.0, 315.0])


def towards(latitude: Any, longitude: Any) -> Numbers:
    """Unit vectors (3, ...) from the Earth's centre to points [degrees]."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi) + 0.0 * lam])


def polar(latitude: float, longitude: float, lat: Any, lon: Any) -> tuple[Numbers, Numbers]:
    """Distance [m] from a centre to points [degrees], and the way out at each point as a complex number (east + i north)."""
    centre, points = towards(latitude, longitude), towards(lat, lon)
    dot = np.tensordot(centre, points, 1)
    out = points * dot - np.expand_dims(centre, tuple(range(1, points.ndim)))
    out = out / np.maximum(np.linalg.norm(out, axis=0), 1e-300)
    phi, lam = np.radians(lat), np.radians(lon)
    east = -np.sin(lam) * out[0] + np.cos(lam) * out[1]
    north = -np.sin(phi) * (np.cos(lam) * out[0] + np.sin(lam) * out[1]) + np.cos(phi) * out[2]
    chord = np.linalg.norm(points - np.expand_dims(centre, tuple(range(1, points.ndim))), axis=0)
    return 2.0 * EARTH_RADIUS * np.arcsin(np.minimum(0.5 * chord, 1.0)), east + 1j * north


def motion_and_rest(at: xr.Dataset, model: WindModel) -> tuple[complex, float]:
    """The motion as it is added to the wind, and the largest wind of the vortex without it."""
    moving = complex(at["eastward_motion"], at["northward_motion"])
    if model.asymmetry == "lin_chavas_2012":
        moving *= np.exp(1j * np.radians(20.0) * np.sign(float(at["latitude"])))
    vmax, core = float(at["maximum_wind"]), float(at["radius_of_maximum_wind"])
    share = float(motion_share(core, radius_of_maximum_wind=core, scheme=model.asymmetry))
    if share * abs(moving) > 0.5 * vmax:
        moving *= 0.5 * vmax / (share * abs(moving))
    return moving, vmax - share * abs(moving)


def profile_speed(track: xr.Dataset, at: xr.Dataset, radius: Any, vortex: float, model: WindModel) -> Numbers:
    """Wind [m s-1] of the named profile for a vortex of a largest wind."""
    vmax, latitude = float(at["maximum_wind"]), float(at["latitude"])
    deficit = max(float(at["environmental_pressure"] - at["central_pressure"]), 100.0)
    shape = {
        "pressure_deficit": deficit, "pressure_tendency": tendency(track, at["time"].values),
        "translation_speed": float(np.hypot(at["eastward_motion"], at["northward_motion"])),
    }  # fmt: skip
    period = track.attrs["averaging_period"]
    own: dict[str, dict[str, Any]] = {
        "holland_1980": {"b": holland_b(pressure_deficit=deficit, gradient_wind=vmax / 0.9)},
        "holland_2008": shape,
        "holland_2010": {"b": holland_bs(latitude=latitude, **shape)},
        "tao_2025": {
            "gale_radius": gale_radius(maximum_wind=convert(vmax, period=period, to=60), latitude=latitude),
            "gale_wind": convert(17.5, period=60, to=period),
        },
    }
    return PROFILES[model.profile].function(
        radius, maximum_wind=vortex, radius_of_maximum_wind=float(at["radius_of_maximum_wind"]), latitude=latitude,
        **own.get(model.profile, {}),
    )  # fmt: skip


def tendency(track: xr.Dataset, time: np.datetime64) -> float:
    """Change of the central pressure [Pa s-1] over the hour around a time, as far as the track goes."""
    ends = track["time"].values[[0, -1]]
    window = np.clip(np.array([time - np.timedelta64(1800, "s"), time + np.timedelta64(1800, "s")]), *ends)
    before, after = interpolate(track, window)["central_pressure"].values
    return float((after - before) / ((window[1] - window[0]) / np.timedelta64(1, "s")))


def slow_wind(
    track: xr.Dataset, time: np.datetime64, lat: Any, lon: Any, model: WindModel
) -> tuple[Numbers, Numbers]:
    """Wind (east + i north) [m s-1] and pressure [Pa] at points [degrees]: no radii, the profile alone."""
    at = interpolate(track, np.array([time])).isel(time=0)
    latitude, core = float(at["latitude"]), float(at["radius_of_maximum_wind"])
    r, out = polar(latitude, float(at["longitude"]), lat, lon)
    moving, vortex = motion_and_rest(at, model)
    speed = profile_speed(track, at, r, vortex, model)
    wind = turned(out, r, core, latitude, model) * speed
    wind = wind + moving * motion_share(r, radius_of_maximum_wind=core, scheme=model.asymmetry)
    pc, pn = float(at["central_pressure"]), float(at["environmental_pressure"])
    b = holland_b(pressure_deficit=max(pn - pc, 100.0), gradient_wind=float(at["maximum_wind"]) / 0.9)
    return wind, pc + (pn - pc) * np.exp(-((core / np.maximum(r, 1e-3)) ** b))


def turned(out: Numbers, r: Any, core: float, latitude: float, model: WindModel) -> Numbers:
    """Direction of the wind: across the way out, counter-clockwise in the north, and into the storm."""
    spin = 1.0 if latitude >= 0 else -1.0
    angle = inflow_angle(r, radius_of_maximum_wind=core, scheme=model.inflow)
    return np.asarray(out * np.exp(1j * spin * (0.5 * np.pi + angle)))


def root(way: complex, carried: complex, level: float) -> float:
    """Strength [m s-1] along ``way`` that with ``carried`` makes ``level``, by halving."""
    low, high = 0.0, 3.0 * level
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if abs(middle * way + carried) < level else (low, middle)
    return low


def slow_fitted_wind(
    at: xr.Dataset, fit: QuadrantFit, lat: Any, lon: Any, model: WindModel, *, part: float = 1.0
) -> Numbers:
    """Wind (east + i north) of a storm fitted to quadrant radii, with a part of its motion, by root searches.

    At each radius in the middle of its quadrant, the vortex is as strong as it takes for wind and motion together
    to blow at the radius's speed.
    """
    latitude, core = float(at["latitude"]), fit.radius_of_maximum_wind
    moving = motion_and_rest(at.assign(radius_of_maximum_wind=core), model)[0] * part
    r, out = polar(latitude, float(at["longitude"]), lat, lon)
    share_of = {"radius_of_maximum_wind": core, "scheme": model.asymmetry}
    still = fit.maximum_wind - abs(moving) * float(motion_share(core, **share_of))
    speeds = []
    for q, middle in enumerate(MIDDLES):
        knots, places = [still], [core]
        for level, radii in reversed(list(zip(fit.speeds, fit.radii, strict=True))):
            if np.isnan(radii[q]):
                continue
            way = turned(np.exp(1j * (0.5 * np.pi - middle)), radii[q], core, latitude, model)
            carried = moving * float(motion_share(radii[q], **share_of))
            knots.append(root(way, carried, level))
            places.append(radii[q])
        speeds.append(quadrant_speed(r, knots=knots, places=places))
    azimuth = 0.5 * np.pi - np.angle(out)
    blended = np.zeros(np.shape(r))
    for q, middle in enumerate(MIDDLES):
        away = np.abs((azimuth - middle + np.pi) % (2.0 * np.pi) - np.pi)
        blended += speeds[q] * np.where(away < 0.5 * np.pi, np.cos(away) ** 2, 0.0)
    return np.asarray(turned(out, r, core, latitude, model) * blended + moving * motion_share(r, **share_of))


def slow_peak(
    nodes: Numbers, latitude: Numbers, longitude: Numbers, *, plane: bool = False, earth_radius: float = EARTH_RADIUS,
    reach: float = np.inf, inflow: bool = True,
) -> Numbers:  # fmt: skip
    """Largest wind [m s-1] over the nodes of ``riskmap.hazard.storm.exact.holland_nodes``, whole arrays at a time."""
    lon, lat = np.meshgrid(longitude, latitude)
    found = np.zeros(lon.shape)
    for clat, clon, core, b, square, f, spin, east, north, taken in nodes:
        if plane:
            way = np.radians(lon - clon) * np.cos(np.radians(clat)) + 1j * np.radians(lat - clat)
            r = earth_radius * np.abs(way)
            out = way / np.maximum(np.abs(way), 1e-300)
        else:
            r, out = polar(clat, clon, lat, lon)
            r = r * earth_radius / EARTH_RADIUS
        y = (core / r) ** b
        fade = np.minimum(1.0, core / r)
        speed = np.sqrt(square * y * np.exp(-y) + (r * f / 2) ** 2) - r * f / 2 - fade * taken
        angle = np.zeros(r.shape)
        if inflow:
            angle = inflow_angle(r, radius_of_maximum_wind=core, scheme="bretschneider_1972")
        wind = speed * out * np.exp(1j * spin * (0.5 * np.pi + angle)) + fade * complex(east, north)
        found = np.maximum(found, np.where(r <= reach, np.abs(wind), 0.0))
    return found
