"""Level-pool routing: what an inflow makes of the level and the outflow of a reservoir."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError
from riskmap.within import require_within

MOST_PARTS: Final = 1000
"""Shorter steps that one step may be cut into (status D)."""


class PoolHydrograph(NamedTuple):
    """What level-pool routing gives at each instant of the inflow.

    ``level`` [m], ``outflow`` [m3 s-1], ``storage`` [m3], ``released`` since the first instant [m3], and ``above_table`` where the level lies beyond the table's
    last row, so that it goes on along the last slope and is a guess.
    """

    level: NDArray[np.float64]
    outflow: NDArray[np.float64]
    storage: NDArray[np.float64]
    released: NDArray[np.float64]
    above_table: NDArray[np.bool_]


def level_pool(
    inflow: NDArray[np.floating],
    step: float,
    *,
    level: NDArray[np.floating],
    storage: NDArray[np.floating],
    outflow: NDArray[np.floating],
    start: float,
) -> PoolHydrograph:
    """Route an inflow through a level pool by storage indication: 2S/dt + Q is looked up, the rest is bookkeeping.

    Parameters
    ----------
    inflow : array (time,)
        [m3 s-1], at instants ``step`` [s] apart; linear between.
    level, storage, outflow : arrays (row,)
        Table of the reservoir: level [m] and storage [m3] rising, outflow [m3 s-1] not falling
        and 0 in the first row; straight between rows.
    start : float
        Level at the first instant [m].

    Returns
    -------
    PoolHydrograph
        Each of length time. What came in (trapezoids) less what was released is what is stored, to rounding. A step that
        is long against the pool is cut into parts.

    Raises
    ------
    CoverageError
        The inflow has a gap (NaN): then the level would be silently wrong.
    DataError
        The table does not rise, the start lies off it, an inflow is negative, or the step is none or far too long.

    References
    ----------
    Chow, Maidment and Mays (1988), Applied Hydrology, 8.2; their example 8.2.1-2 gives 270 cfs at 80 min.
    """
    flow = np.asarray(inflow, np.float64)
    h, s, q = (np.asarray(a, np.float64) for a in (level, storage, outflow))
    _check_pool(flow, step, h, s, q, start)
    parts = _parts(step, s, q)
    short = step / parts
    indication = 2.0 * s / short + q
    n = len(flow)
    levels, out, stored, released = np.empty(n), np.empty(n), np.empty(n), np.zeros(n)
    levels[0] = start
    stored[0], out[0] = float(np.interp(start, h, s)), float(np.interp(start, h, q))
    for k in range(1, n):
        now, volume, gone = out[k - 1], stored[k - 1], 0.0
        for part in range(parts):
            two_inflows = 2.0 * flow[k - 1] + (flow[k] - flow[k - 1]) * (2 * part + 1) / parts
            right = two_inflows + 2.0 * volume / short - now
            row = min(max(int(np.searchsorted(indication, right)) - 1, 0), len(h) - 2)
            along = (right - indication[row]) / (indication[row + 1] - indication[row])
            then = q[row] + along * (q[row + 1] - q[row])
            levels[k] = h[row] + along * (h[row + 1] - h[row])
            volume = (right - then) * short / 2.0
            gone += (now + then) * short / 2.0
            now = then
        out[k], stored[k], released[k] = now, volume, released[k - 1] + gone
    return PoolHydrograph(levels, out, stored, released, levels > h[-1])


def _parts(step: float, s: NDArray[np.float64], q: NDArray[np.float64]) -> int:
    """Parts of a step: none longer than 2 dS/dQ in any row, or the outflow would take more than there is."""
    rising = np.diff(q) > 0
    longest = float((2.0 * np.diff(s)[rising] / np.diff(q)[rising]).min(initial=np.inf))
    parts = int(np.ceil(step / longest)) if np.isfinite(longest) else 1
    if parts > MOST_PARTS:
        raise DataError(
            "the pool is too small for the step", where="level pool, step",
            expected=f"no more than {longest * MOST_PARTS:g} s", found=f"{step:g} s", remedy="take a shorter step",
        )  # fmt: skip
    return max(parts, 1)


def _check_pool(
    flow: NDArray[np.float64], step: float, h: NDArray[np.float64], s: NDArray[np.float64], q: NDArray[np.float64],
    start: float,
) -> None:  # fmt: skip
    if bool(np.isnan(flow).any()):
        raise CoverageError(
            "the inflow has a gap", where=f"level pool, instant {int(np.argmax(np.isnan(flow)))}",
            expected="a discharge at every instant", found="none", remedy="fill the gap, and say how",
        )  # fmt: skip
    sound = len(h) == len(s) == len(q) >= 2 and bool(
        np.isfinite([h, s, q]).all() and (np.diff(h) > 0).all() and (np.diff(s) > 0).all() and (np.diff(q) >= 0).all()
    )  # fmt: skip
    if not sound or not step > 0 or bool((flow < 0).any()) or flow.size == 0 or float(q[0]) != 0:
        raise DataError(
            "a pool that cannot be routed", where="level pool",
            expected="level and storage rising, outflow not falling from 0, inflow of 0 m3 s-1 or more, step above 0 s",
            found=f"{len(h)} rows, step {step:g} s, least inflow {flow.min(initial=np.inf):g}",
            remedy="check the table's rows and the units",
        )  # fmt: skip
    if not h[0] <= start <= h[-1]:
        raise DataError(
            "the starting level is off the table", where="level pool, start", expected=f"{h[0]:g} to {h[-1]:g} m",
            found=f"{start:g}", remedy="extend the table, or check the height datum",
        )  # fmt: skip


def weir_discharge(
    head: NDArray[np.floating] | float, *, width: float, coefficient: float
) -> NDArray[np.float64]:
    """Discharge over a free spillway crest: Q = C b h^1.5 [m3 s-1].

    Parameters
    ----------
    head : array
        Level less crest [m]; below it nothing flows.
    width : float
        [m].
    coefficient : float
        [m0.5 s-1]; 1.7 for a broad crest, about 2.2 for an ogee at its design head.

    Examples
    --------
    >>> weir_discharge(np.array([-1.0, 1.0, 4.0]), width=10.0, coefficient=1.7).tolist()
    [0.0, 17.0, 136.0]
    """
    require_within(width, "width [m]", where="weir_discharge")
    require_within(coefficient, "coefficient [m0.5 s-1]", where="weir_discharge")
    return np.asarray(coefficient * width * np.maximum(head, 0.0) ** 1.5, np.float64)
