"""Surface index: how much rain stands on the ground or runs off it just now, by land cover and slope.

Our own index under our own name (status D): it is not Japan's 表面雨量指数, whose tank constants are not public here.
Runoff by the curve number fills a store that empties with a time constant; steep ground empties fast.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.hazard.runoff.curve_number import ABSTRACTION_RATIO, scs_step

REFERENCE_HOURS, REFERENCE_SLOPE = 2.0, 0.05
"""Time constant [h] on ground of this slope [m m-1] (status D)."""

SHORTEST_HOURS, LONGEST_HOURS = 0.5, 6.0
"""Bounds of the time constant [h] (status D)."""


def store_hours(slope: Any) -> NDArray[np.float32]:
    """Time constant [h] of the surface store on ground of ``slope`` [m m-1]: falls with its square root, as Manning's velocity rises.

    Examples
    --------
    >>> store_hours([0.0, 0.05, 0.2, 2.0]).tolist()
    [6.0, 2.0, 1.0, 0.5]
    """
    steep = np.maximum(np.asarray(slope, np.float64), 1e-9)
    hours = np.clip(REFERENCE_HOURS * np.sqrt(REFERENCE_SLOPE / steep), SHORTEST_HOURS, LONGEST_HOURS)
    return np.where(np.isnan(np.asarray(slope, np.float64)), np.nan, hours).astype(np.float32)


def surface_step(
    rain: NDArray[np.floating],
    total: NDArray[np.floating],
    store: NDArray[np.floating],
    retained: NDArray[np.floating],
    constant: NDArray[np.floating],
    *,
    hours: float = 1.0,
    ratio: float = ABSTRACTION_RATIO,
) -> NDArray[np.float32]:
    """Let one step of rain onto the ground; ``total`` and ``store`` change in place. Returns the step's runoff [mm].

    Parameters
    ----------
    rain : float array (y, x)
        Rain of the step [mm].
    total : float array (y, x)
        The event's rain so far [mm].
    store : float array (y, x)
        The surface index [mm].
    retained : float array (y, x)
        ``retention`` of the curve numbers [mm].
    constant : float array (y, x)
        ``store_hours`` of the slope [h].
    hours : float
        Length of the step.

    Examples
    --------
    >>> total, store = np.zeros((1, 2)), np.zeros((1, 2))
    >>> steep = store_hours([[0.05, 0.5]])
    >>> runoff = surface_step(np.full((1, 2), 80.0), total, store, np.full((1, 2), 84.667), steep)
    >>> [round(float(r), 1) for r in runoff[0]], store.round(1).tolist()
    ([26.9, 26.9], [[21.2, 13.5]])
    """
    from riskmap._kernels import runoff as kernel

    excess = scs_step(rain, total, retained, ratio=ratio)
    run_rows(partial(kernel.drain_rows, excess, store, float(hours), constant), rain.shape[0])
    return excess
