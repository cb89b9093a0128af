"""Infiltration by Green and Ampt (1911) with ponding after Mein and Larson (1973): depths in mm, rates in mm/h.

M below is the suction head at the wetting front times the moisture deficit [mm]. Ponded water is taken to run off.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.hazard.runoff.soil_water import require_no_negative
from riskmap.within import require_shape, require_within

Numbers = NDArray[np.float64]


def ponded_infiltration(hours: float, *, conductivity: float, suction: float, start: float = 0.0) -> float:
    """Infiltrated depth [mm] after ``hours`` under ponded water.

    F - start - M ln((F + M) / (start + M)) = K t, solved to 1e-12.

    Parameters
    ----------
    hours : float
    conductivity : float
        K [mm h-1].
    suction : float
        M [mm]: suction head times moisture deficit.
    start : float
        Depth [mm] already infiltrated.

    References
    ----------
    Chow, Maidment and Mays (1988), eq. 4.3.6 and 4.4.5; Rawls et al. (1983), eq. 2 (S).

    Examples
    --------
    Silt loam, K = 6.5 mm/h, head 167 mm, deficit 0.340, after one hour: 31.7 mm in the textbook.

    >>> round(ponded_infiltration(1.0, conductivity=6.5, suction=167.0 * 0.340), 1)
    31.7
    """
    from riskmap._kernels import runoff as kernel

    _check(conductivity, suction)
    return float(kernel.green_ampt_after(float(start), float(hours), float(conductivity), float(suction)))


def infiltration_capacity(depth: Any, *, conductivity: Any, suction: Any) -> Numbers:
    """Infiltration rate [mm h-1] under ponded water once ``depth`` [mm] has gone in: K (1 + M / F).

    Examples
    --------
    >>> round(float(infiltration_capacity(31.7, conductivity=6.5, suction=56.8)), 1)
    18.1
    """
    _check(conductivity, suction)
    require_within(depth, "depth [mm]", where="infiltration_capacity")
    with np.errstate(divide="ignore"):
        return np.asarray(
            np.asarray(conductivity) * (1.0 + np.asarray(suction) / np.asarray(depth, np.float64))
        )


def ponding_time(rate: Any, *, conductivity: Any, suction: Any) -> Numbers:
    """Hours of steady rain of ``rate`` [mm h-1] until water ponds; infinite where the soil takes it all.

    t = K M / (i (i - K)), Mein and Larson (1973).

    Examples
    --------
    >>> ponding_time([10.0, 50.0, 5.0], conductivity=6.5, suction=56.8).round(2).tolist()
    [10.55, 0.17, inf]
    """
    _check(conductivity, suction)
    require_within(rate, "rate [mm h-1]", where="ponding_time")
    i, k = np.asarray(rate, np.float64), np.asarray(conductivity, np.float64)
    over = np.maximum(i - k, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(
            np.isnan(over), np.nan, np.where(over > 0.0, k * np.asarray(suction) / (i * over), np.inf)
        )


def green_ampt_step(
    rain: NDArray[np.floating],
    infiltrated: NDArray[np.floating],
    conductivity: NDArray[np.floating],
    suction: NDArray[np.floating],
    *,
    hours: float = 1.0,
) -> NDArray[np.float32]:
    """Rain excess [mm] of one step on a grid; ``infiltrated`` [mm] grows in place.

    Parameters
    ----------
    rain : float array (y, x)
        Rain of the step [mm], even over it.
    infiltrated : float array (y, x)
        Depth so far [mm]; zeros on ground as dry as the deficit says.
    conductivity : float array (y, x)
        K [mm h-1].
    suction : float array (y, x)
        Suction head times moisture deficit [mm].
    hours : float
        Length of the step.

    Raises
    ------
    DataError
        Negative rain, conductivity or suction.
    """
    from riskmap._kernels import runoff as kernel

    _check(conductivity, suction)
    require_no_negative(rain, where="green_ampt_step")
    for name, field in (("infiltrated", infiltrated), ("conductivity", conductivity), ("suction", suction)):
        require_shape(field, rain.shape, name, where="green_ampt_step")
    out = np.empty(rain.shape, np.float32)
    arrays = (np.ascontiguousarray(rain), infiltrated, np.asarray(conductivity), np.asarray(suction))
    run_rows(partial(kernel.green_ampt_rows, *arrays, float(hours), out), rain.shape[0])
    return out


def _check(conductivity: Any, suction: Any) -> None:
    for name, values in (("conductivity", conductivity), ("suction", suction)):
        if (np.asarray(values) < 0.0).any():
            raise DataError(
                f"negative {name}", where="Green and Ampt", expected="0 or more",
                found=str(float(np.nanmin(values))), remedy="correct the soil table",
            )  # fmt: skip
