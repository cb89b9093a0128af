"""Shallow landslides: an infinite slope, the steady rain that fails it, the pressure of a storm, the grade lookup.

Angles in radians, SI. Imports nothing of ours.
"""

from __future__ import annotations

from math import cos, erfc, exp, pi, sin, sqrt, tan

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def safety(slope, depth, cohesion, friction, soil_weight, pressure):
    """Factor of safety of an infinite slope; Skempton & DeLory (1957).

    ``depth`` is vertical [m], ``cohesion`` and pore ``pressure`` [Pa], ``soil_weight`` [N m-3] the mean over the depth.
    Level ground cannot slide: infinite.
    """
    if slope <= 0.0:
        return np.inf if slope == slope else np.nan
    normal = soil_weight * depth * cos(slope) ** 2
    shear = soil_weight * depth * sin(slope) * cos(slope)
    return (cohesion + (normal - pressure) * tan(friction)) / shear


@njit(nogil=True, cache=True, error_model="numpy")
def wet_safety(slope, depth, cohesion, friction, moist_weight, full_weight, wetness, water_weight):
    """Factor of safety with seepage along the slope in the lowest ``wetness`` (0 to 1) of the soil."""
    weight = moist_weight + (full_weight - moist_weight) * wetness
    pressure = water_weight * wetness * depth * cos(slope) ** 2
    return safety(slope, depth, cohesion, friction, weight, pressure)


@njit(nogil=True, cache=True, error_model="numpy")
def critical_recharge(
    slope, depth, cohesion, friction, soil_weight, water_weight, transmissivity, specific_area
):
    """Steady recharge [m s-1] at which the slope fails; Montgomery & Dietrich (1994), with cohesion.

    Infinite where the slope stands even when full of water, 0 where it falls dry.
    """
    if slope != slope or specific_area != specific_area:
        return np.nan
    if slope <= 0.0:
        return np.inf
    needed = cohesion / (
        water_weight * depth * cos(slope) ** 2 * tan(friction)
    ) + soil_weight / water_weight * (1.0 - tan(slope) / tan(friction))  # relative wetness at failure
    if needed >= 1.0:
        return np.inf
    return max(needed, 0.0) * transmissivity * sin(slope) / specific_area


@njit(nogil=True, cache=True, error_model="numpy")
def pressure_response(time):
    """Iverson (2000) response R of the pressure head to rain that began ``time`` (in units of Z2/D) ago."""
    if time <= 0.0:
        return 0.0
    return sqrt(time / pi) * exp(-1.0 / time) - erfc(1.0 / sqrt(time))


@njit(nogil=True, cache=True, error_model="numpy")
def pressure_head(time, duration, depth, water_depth, slope, ratio, diffusivity):
    """Pressure head [m] at ``depth`` [m] under rain of ``ratio`` (rain over conductivity) for ``duration`` [s].

    Never above that of water up to the ground (Iverson's beta line).
    """
    beta = cos(slope) ** 2
    scale = depth**2 / (4.0 * diffusivity * beta)
    head = (depth - water_depth) * beta
    head += depth * ratio * pressure_response(time / scale)
    if time > duration:
        head -= depth * ratio * pressure_response((time - duration) / scale)
    return min(head, depth * beta)


@njit(nogil=True, cache=True, error_model="numpy")
def safety_rows(
    slope, wetness, depth, cohesion, friction, moist_weight, full_weight, water_weight, first, last, out
):
    """Fill rows ``first:last`` of ``out`` with the factor of safety; soil and water arrays as large as ``slope``."""
    for i in range(first, last):
        for j in range(slope.shape[1]):
            out[i, j] = wet_safety(
                slope[i, j], depth[i, j], cohesion[i, j], friction[i, j], moist_weight, full_weight,
                min(max(wetness[i, j], 0.0), 1.0) if wetness[i, j] == wetness[i, j] else np.nan, water_weight,
            )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy")
def recharge_rows(
    slope, area, depth, cohesion, friction, transmissivity, full_weight, water_weight, first, last, out
):
    """Fill rows ``first:last`` of ``out`` with the critical recharge [m s-1]."""
    for i in range(first, last):
        for j in range(slope.shape[1]):
            out[i, j] = critical_recharge(
                slope[i, j], depth[i, j], cohesion[i, j], friction[i, j], full_weight, water_weight,
                transmissivity[i, j], area[i, j],
            )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy")
def class_of(value, bounds):
    """How many of the rising ``bounds`` a value has reached."""
    found = 0
    for k in range(bounds.shape[0]):
        if value >= bounds[k]:
            found = k + 1
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def grade_rows(classes, rain, days, water, rain_bounds, day_bounds, water_bounds, table, first, last, out):
    """Fill rows ``first:last`` of ``out`` with the grade; NaN where class, rain, or both signs of wetness are unknown.

    ``table`` (rain class, wetness class, susceptibility class); ``days`` and ``classes`` below 0 and NaN are unknown.
    The ground is as wet as the wetter of its two signs says.
    """
    for i in range(first, last):
        for j in range(classes.shape[1]):
            unknown = not days[i, j] >= 0 and water[i, j] != water[i, j]
            if classes[i, j] < 0 or rain[i, j] != rain[i, j] or unknown:
                out[i, j] = np.nan
                continue
            wet = max(class_of(days[i, j], day_bounds), class_of(water[i, j], water_bounds))
            out[i, j] = table[class_of(rain[i, j], rain_bounds), wet, classes[i, j]]
