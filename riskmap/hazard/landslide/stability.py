"""Physics of a shallow slide: factor of safety of an infinite slope, the rain that fails it, a storm's pressure.

Angles in degrees, SI otherwise; plain numbers or arrays that broadcast. Sources: Skempton and DeLory (1957), as every
text book prints it (S); Montgomery and Dietrich (1994) (S: form read in several public codes); Iverson (2000) (S: his
eq. 28 read, the response function remembered, M, and held against a numerical solution in the tests).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.hazard.landslide.susceptibility import slope_degrees

WATER_WEIGHT: Final = 9810.0
"""Unit weight of water [N m-3]: 1000 kg m-3 x 9.81 m s-2."""

Numbers = NDArray[np.float64]


def factor_of_safety(
    slope: Any,
    depth: Any,
    cohesion: Any,
    friction_angle: Any,
    *,
    soil_weight: float,
    saturated_weight: float | None = None,
    wetness: Any = 0.0,
) -> Numbers:
    """Strength over load on a plane parallel to the ground; below 1 it slides.

    Parameters
    ----------
    slope : array_like
        [degrees], below 90. Level ground gives infinity.
    depth : array_like
        Vertical depth of the plane [m].
    cohesion : array_like
        Effective, roots included [Pa].
    friction_angle : array_like
        Effective [degrees].
    soil_weight : float
        Unit weight of the soil above the water [N m-3].
    saturated_weight : float, optional
        Below it [N m-3]; the same unless given.
    wetness : array_like
        Part of the depth that is below the water, 0 to 1, with seepage along the slope.

    Returns
    -------
    float64 array, of the broadcast shape

    Raises
    ------
    DataError
        A depth, weight, angle or wetness that cannot be; names it.

    References
    ----------
    Skempton and DeLory (1957), Proc. 4th ICSMFE 2, 378.

    Examples
    --------
    A sand of 35 degrees on a slope of 30: dry, and with seepage up to the ground (18.85 kN/m3).

    >>> round(float(factor_of_safety(30.0, 1.0, 0.0, 35.0, soil_weight=18850.0)), 2)
    1.21
    >>> round(float(factor_of_safety(30.0, 1.0, 0.0, 35.0, soil_weight=18850.0, wetness=1.0)), 2)
    0.58
    """
    from riskmap._kernels import slope_stability as kernel

    shape, (b, z, c, phi, m) = _broadcast(slope, depth, cohesion, friction_angle, wetness)
    full = soil_weight if saturated_weight is None else saturated_weight
    _check(b, z, c, phi)
    _refuse((m < 0) | (m > 1), m, "wetness", "0 to 1")
    if not 0 < soil_weight <= full or full <= WATER_WEIGHT:
        raise DataError(
            "unit weights of a soil that is none", where="factor of safety",
            expected=f"soil_weight <= saturated_weight, the latter above {WATER_WEIGHT:g} N m-3",
            found=f"{soil_weight:g} and {full:g}", remedy="give newtons per cubic metre (18 kN/m3 = 18000)",
        )  # fmt: skip
    out = np.empty_like(b)
    angle, friction = np.radians(b), np.radians(phi)

    def block(first: int, last: int) -> None:
        kernel.safety_rows(
            angle, m, z, c, friction, soil_weight, full, WATER_WEIGHT, first, last, out
        )  # fmt: skip

    run_rows(block, out.shape[0])
    return out.reshape(shape)


def critical_rain(
    slope: Any,
    depth: Any,
    cohesion: Any,
    friction_angle: Any,
    specific_area: Any,
    *,
    transmissivity: Any,
    soil_weight: float,
) -> Numbers:
    """Steady net rain that brings an infinite slope to failure, by the water that its catchment gathers (SHALSTAB).

    Parameters
    ----------
    slope, depth, cohesion, friction_angle : array_like
        [degrees], [m], [Pa], [degrees], as in ``factor_of_safety``.
    specific_area : array_like
        Upslope area per width of contour [m].
    transmissivity : array_like
        Of the whole soil when saturated [m2 s-1].
    soil_weight : float
        Of the saturated soil [N m-3].

    Returns
    -------
    float64 array [mm h-1]
        Infinity where it stands even when full of water, 0 where it falls dry.

    Raises
    ------
    DataError
        An input that cannot be; names it.

    References
    ----------
    Montgomery and Dietrich (1994), Water Resour. Res. 30, 1153; cohesion as in later versions of SHALSTAB.

    Examples
    --------
    The same metre of soil on a gentle, a steep and a very steep slope: stands even when full of water, slides under
    5.4 mm/h for long enough, would slide dry.

    >>> critical_rain([20, 32, 40], 1.2, 1500, 35, 80, transmissivity=5e-4, soil_weight=18e3).round(1).tolist()
    [inf, 5.4, 0.0]
    """
    from riskmap._kernels import slope_stability as kernel

    shape, (b, z, c, phi, a, t) = _broadcast(
        slope, depth, cohesion, friction_angle, specific_area, transmissivity
    )
    _check(b, z, c, phi)
    _refuse(a <= 0, a, "specific_area", "metres above 0")
    _refuse(t <= 0, t, "transmissivity", "m2 s-1 above 0")
    out = np.empty_like(b)
    angle, friction = np.radians(b), np.radians(phi)

    def block(first: int, last: int) -> None:
        kernel.recharge_rows(
            angle, a, z, c, friction, t, soil_weight, WATER_WEIGHT, first, last, out
        )  # fmt: skip

    run_rows(block, out.shape[0])
    return out.reshape(shape) * 3.6e6


def relative_wetness(rain: Any, slope: Any, specific_area: Any, transmissivity: Any) -> Numbers:
    """Part of the soil that steady net rain fills, 0 to 1: min(1, q a / (T sin b)).

    Parameters
    ----------
    rain : array_like
        [mm h-1].
    slope : array_like
        [degrees]; level ground with any rain is full.
    specific_area, transmissivity : array_like
        [m], [m2 s-1].

    References
    ----------
    Beven and Kirkby (1979); O'Loughlin (1986); Montgomery and Dietrich (1994), eq. 4.

    Examples
    --------
    >>> round(float(relative_wetness(2.0, 30.0, 100.0, 3e-4)), 3)
    0.37
    """
    shape, (q, b, a, t) = _broadcast(rain, slope, specific_area, transmissivity)
    _refuse(q < 0, q, "rain", "0 mm h-1 or more")
    drained = t * np.sin(np.radians(b))
    gathered = q / 3.6e6 * a
    with np.errstate(divide="ignore", invalid="ignore"):
        filled = np.where(gathered == 0, 0.0, gathered / drained)
    return np.where(np.isnan(drained + gathered), np.nan, np.minimum(filled, 1.0)).reshape(shape)


def storm_pressure_head(
    time: Any,
    *,
    duration: float,
    depth: float,
    water_depth: float,
    slope: float,
    rain: float,
    conductivity: float,
    diffusivity: float,
) -> Numbers:
    """Pressure head at a depth while and after it rains, by diffusion from above.

    Parameters
    ----------
    time : array_like
        Since the rain began [s].
    duration : float
        Of the rain [s].
    depth, water_depth : float
        Of the plane and of the water before the rain [m], vertical.
    slope : float
        [degrees].
    rain, conductivity : float
        [mm h-1] and [m s-1]; rain beyond the conductivity runs off.
    diffusivity : float
        Largest hydraulic diffusivity D0 [m2 s-1].

    Returns
    -------
    float64 array [m]
        Negative above the water; never above that of water up to the ground.

    References
    ----------
    Iverson (2000), Water Resour. Res. 36, 1897, eqs. 27a-e.
    """
    from riskmap._kernels import slope_stability as kernel

    for name, value in (("depth", depth), ("conductivity", conductivity), ("diffusivity", diffusivity)):
        _refuse(np.array(not value > 0), np.array(value), name, "above 0")
    _refuse(np.array(rain < 0), np.array(rain), "rain", "0 mm h-1 or more")
    ratio = min(rain / 3.6e6 / conductivity, 1.0)
    angle = float(np.radians(slope))
    times = np.asarray(time, np.float64)
    heads = [
        kernel.pressure_head(float(t), duration, depth, water_depth, angle, ratio, diffusivity)
        for t in times.ravel()
    ]
    return np.asarray(heads, np.float64).reshape(times.shape)


def factor_of_safety_at_head(
    slope: Any, depth: Any, cohesion: Any, friction_angle: Any, pressure_head: Any, *, soil_weight: float
) -> Numbers:
    """Factor of safety under a given pressure head; suction counts as none.

    Parameters
    ----------
    slope, depth, cohesion, friction_angle : array_like
        [degrees], [m], [Pa], [degrees], as in ``factor_of_safety``.
    pressure_head : array_like
        On the plane [m]; negative heads (suction) are not relied on and count as 0.
    soil_weight : float
        [N m-3].

    References
    ----------
    Iverson (2000), eq. 28: tan(phi)/tan(b) + (c - psi w tan(phi)) / (w_s z sin(b) cos(b)).
    """
    shape, (b, z, c, phi, psi) = _broadcast(slope, depth, cohesion, friction_angle, pressure_head)
    _check(b, z, c, phi)
    angle, friction = np.radians(b), np.tan(np.radians(phi))
    load = soil_weight * z * np.sin(angle) * np.cos(angle)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = friction / np.tan(angle) + (c - np.maximum(psi, 0.0) * WATER_WEIGHT * friction) / load
    return np.where(b == 0, np.inf, found).reshape(shape)


def stability(
    terrain: xr.Dataset, *, depth: float, cohesion: float, friction_angle: float, soil_weight: float,
    wetness: xr.DataArray | float,
) -> xr.DataArray:  # fmt: skip
    """Factor of safety of every cell, labelled.

    Parameters
    ----------
    terrain : Dataset (y, x)
        ``slope``, whose attribute ``units`` says ``degrees`` or ``m m-1``.
    depth, cohesion, friction_angle, soil_weight : float
        [m], [Pa], [degrees], [N m-3].
    wetness : DataArray (y, x) or float
        Part of the soil that is full of water, 0 to 1; see ``relative_wetness``.

    Returns
    -------
    DataArray (y, x)
        ``factor_of_safety`` float32; NaN where slope or wetness is unknown.
    """
    slope = terrain["slope"]
    wet = wetness.values if isinstance(wetness, xr.DataArray) else wetness
    found = factor_of_safety(
        slope_degrees(terrain), depth, cohesion, friction_angle, soil_weight=soil_weight, wetness=wet
    )
    attrs = {"units": "1", "long_name": "factor of safety of an infinite slope"}
    return xr.DataArray(
        found.astype(np.float32), dims=slope.dims, coords=slope.coords, name="factor_of_safety", attrs=attrs
    )


def _broadcast(*arrays: Any) -> tuple[tuple[int, ...], list[Numbers]]:
    """Shape of the result, and the arrays as two-dimensional views of it."""
    given = [np.asarray(a, np.float64) for a in arrays]
    shape = np.broadcast_shapes(*(a.shape for a in given))
    rows = (1, 1) if not shape else (int(np.prod(shape[:-1])), shape[-1])
    return shape, [np.ascontiguousarray(np.broadcast_to(a, shape)).reshape(rows) for a in given]


def _check(slope: Numbers, depth: Numbers, cohesion: Numbers, friction: Numbers) -> None:
    _refuse((slope < 0) | (slope >= 90), slope, "slope", "0 to below 90 degrees")
    _refuse(depth <= 0, depth, "depth", "metres above 0")
    _refuse(cohesion < 0, cohesion, "cohesion", "0 Pa or more")
    _refuse((friction <= 0) | (friction >= 90), friction, "friction_angle", "above 0, below 90 degrees")


def _refuse(wrong: NDArray[np.bool_], values: Numbers, name: str, expected: str) -> None:
    if bool(np.any(wrong)):
        raise DataError(
            f"a {name} that cannot be", where=f"slope stability, {name}", expected=expected,
            found=f"{np.asarray(values)[np.asarray(wrong)].ravel()[0]:g}", remedy="check the unit",
        )  # fmt: skip
