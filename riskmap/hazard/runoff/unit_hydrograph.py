"""Unit hydrographs of small watersheds: lag and time of concentration [s], discharge [m3 s-1] from rain excess [mm]."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import ConfigError, DataError
from riskmap.hazard.runoff.curve_number import INCH, retention
from riskmap.within import require_shape, require_within

Numbers = NDArray[np.float64]
Shape = Literal["nrcs", "triangle"]

LAG_SHARE: Final = 0.6
"""Lag over time of concentration; NEH 630, chapter 15 (S)."""

FLATTEST: Final = 1e-3
"""Slopes below count as this [m m-1], so that flat ground has a finite lag (status D)."""

FOOT: Final = 12.0 * INCH / 1000.0
"""[m]."""

_NRCS: Final = (
    (0.0, 0.0), (0.1, 0.03), (0.2, 0.1), (0.3, 0.19), (0.4, 0.31), (0.5, 0.47), (0.6, 0.66), (0.7, 0.82),
    (0.8, 0.93), (0.9, 0.99), (1.0, 1.0), (1.1, 0.99), (1.2, 0.93), (1.3, 0.86), (1.4, 0.78), (1.5, 0.68),
    (1.6, 0.56), (1.7, 0.46), (1.8, 0.39), (1.9, 0.33), (2.0, 0.28), (2.2, 0.207), (2.4, 0.147), (2.6, 0.107),
    (2.8, 0.077), (3.0, 0.055), (3.2, 0.04), (3.4, 0.029), (3.6, 0.021), (3.8, 0.015), (4.0, 0.011),
    (4.5, 0.005), (5.0, 0.0),
)  # fmt: skip
"""t / Tp and q / qp of the dimensionless unit hydrograph; NEH 630, table 16-1 (S, read in two manuals that print it)."""

_TRIANGLE: Final = ((0.0, 0.0), (1.0, 1.0), (8.0 / 3.0, 0.0))
"""Base of 8/3 of the time to peak; NEH 630, chapter 16 (S)."""


def kirpich_concentration(length: Any, slope: Any) -> Numbers:
    """Time of concentration [s] of a channel ``length`` [m] at mean ``slope`` [m m-1].

    t = 0.0195 L^0.77 S^-0.385 minutes, Kirpich (1940), Civil Engineering 10, 362 (S).

    Examples
    --------
    >>> float((kirpich_concentration(3000.0, 25.0 / 3000.0) / 60.0).round(1))
    58.6
    """
    steep = np.maximum(np.asarray(slope, np.float64), FLATTEST)
    return np.asarray(60.0 * 0.0195 * np.asarray(length, np.float64) ** 0.77 * steep**-0.385)


def scs_lag(length: Any, slope: Any, curve_number: Any) -> Numbers:
    """Lag [s] from the centre of the rain excess to the peak.

    L = l^0.8 (S + 1)^0.7 / (1900 Y^0.5) hours, l in feet, S in inches, Y the mean watershed slope in per cent; NEH 630,
    chapter 15, eq. 15-4a (S).

    Parameters
    ----------
    length : float or array
        Longest flow path [m].
    slope : float or array
        Mean slope of the watershed's ground [m m-1].
    curve_number : float or array
        Taken within 50 to 95, the range of the data behind the formula.

    Examples
    --------
    >>> float((scs_lag(2000.0, 0.05, 75.0) / 3600.0).round(3))
    0.743
    """
    steep = np.maximum(np.asarray(slope, np.float64), FLATTEST)
    inches = retention(np.clip(curve_number, 50.0, 95.0)) / INCH
    feet = np.asarray(length, np.float64) / FOOT
    return np.asarray(3600.0 * feet**0.8 * (inches + 1.0) ** 0.7 / (1900.0 * np.sqrt(100.0 * steep)))


def time_to_peak(lag: Any, duration: float) -> Numbers:
    """Time [s] from the start of an excess of ``duration`` [s] to the peak: half of it and the lag (NEH 630, eq. 16-7)."""
    return np.asarray(0.5 * duration + np.asarray(lag, np.float64))


def triangle_peak(area: Any, peak_time: Any, depth: Any = 1.0) -> Numbers:
    """Peak [m3 s-1] of the triangular hydrograph of ``depth`` [mm] over ``area`` [m2]: 0.208 A / Tp with km2 and h.

    Examples
    --------
    >>> float(triangle_peak(10e6, 2 * 3600.0).round(3))
    1.042
    """
    volume = np.asarray(area, np.float64) * np.asarray(depth, np.float64) / 1000.0
    return np.asarray(0.75 * volume / np.asarray(peak_time, np.float64))


@cache
def shape_mass(shape: Shape) -> tuple[Numbers, Numbers]:
    """Places t / Tp, and at each the volume passed, its first and half its second derivative: the whole volume is 1."""
    tables = {"nrcs": _NRCS, "triangle": _TRIANGLE}
    if shape not in tables:
        raise ConfigError(
            "unknown unit hydrograph", where="unit hydrograph", expected=" | ".join(tables), found=repr(shape),
            remedy="choose one of them",
        )  # fmt: skip
    times, flow = np.array(tables[shape]).T
    steps = np.diff(times)
    passed = np.append(0.0, np.cumsum(0.5 * (flow[1:] + flow[:-1]) * steps))
    bend = np.append(0.5 * np.diff(flow) / steps, 0.0)
    return times, np.stack([passed, flow, bend], axis=1) / passed[-1]


def hydrograph(
    excess: NDArray[np.floating],
    area: NDArray[np.floating],
    lag: NDArray[np.floating],
    *,
    step: float,
    shape: Shape = "nrcs",
) -> NDArray[np.float64]:
    """Discharge [m3 s-1] at the outlets of watersheds, mean of each step: no water is made or lost.

    Parameters
    ----------
    excess : float array (watershed, time)
        Rain excess of each step [mm]; NaN makes the rest of the series NaN.
    area : float array (watershed,)
        [m2].
    lag : float array (watershed,)
        [s].
    step : float
        Length of a step [s].
    shape : {"nrcs", "triangle"}
        ``nrcs``: peak rate factor 484 (0.208 in SI), mountainous ground is steeper (up to 600): stated, not fitted.

    Examples
    --------
    >>> flow = hydrograph(np.array([[10.0] + [0.0] * 69]), np.array([20e6]), np.array([7200.0]), step=600.0)
    >>> float((flow.sum() * 600.0).round(3)), int(flow.argmax())
    (200000.0, 12)
    """
    from riskmap._kernels import routing as kernel

    depth = np.ascontiguousarray(excess, np.float64)
    if depth.ndim != 2 or not 0.0 < step < np.inf:
        raise DataError(
            "no series of rain excess", where="hydrograph", expected="excess (watershed, time), step above 0 s",
            found=f"shape {depth.shape}, step {step}", remedy="put a single watershed's series into a list",
        )  # fmt: skip
    require_within(depth, "excess [mm]", where="hydrograph")
    for name, values in (("area [m2]", area), ("lag [s]", lag)):
        require_shape(values, depth.shape[:1], name, where="hydrograph")
        require_within(values, name, where="hydrograph", above=True)
    factor = np.asarray(area, np.float64) / (1000.0 * step)
    out = np.empty_like(depth)
    arrays = (depth, factor, float(step), time_to_peak(lag, step), *shape_mass(shape), out)
    run_rows(partial(kernel.convolve_rows, *arrays), depth.shape[0])
    return out


def unit_peak(
    area: NDArray[np.floating],
    lag: NDArray[np.floating],
    *,
    duration: float,
    step: float,
    shape: Shape = "nrcs",
) -> NDArray[np.float64]:
    """Highest step-mean discharge [m3 s-1] of 1 mm of excess, spread evenly over ``duration`` [s]; shape (watershed,).

    It is that of ``hydrograph`` itself, so that guidance made with it comes back exactly.
    """
    size = np.asarray(area, np.float64)
    active = max(1, round(duration / step))
    longest = float(np.nanmax(time_to_peak(lag, step), initial=0.0)) * float(shape_mass(shape)[0][-1])
    excess = np.zeros((size.size, active + int(np.ceil(longest / step)) + 1))
    excess[:, :active] = 1.0 / active
    return np.asarray(hydrograph(excess, size, lag, step=step, shape=shape).max(axis=1))
