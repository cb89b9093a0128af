"""Rain against thresholds as one number: 1.0 where people must move now, whatever the watershed and the window.

The bounds of the tiers are fixed shares of it, so that any table of thresholds, any guidance and any discharge grade the
same way.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.scale import NO_DATA
from riskmap.within import require_within

Numbers = NDArray[np.float64]

TIER_RATIOS: Final = (0.45, 0.6, 0.8, 1.0)
"""Ratio from which a watershed is blue, yellow, orange (准备转移), red (立即转移): about the means over the windows of the
published county table's columns over its last one (0.45, 0.60, 0.80 at 1, 3, 6 h; status D)."""

PREPARE, MOVE = TIER_RATIOS[2], TIER_RATIOS[3]
"""Ratios of the two steps 准备转移 and 立即转移."""

STEP_WORDS: Final = ("", "准备转移", "立即转移")
"""Words of the step codes 0, 1, 2."""


def rolling_sums(rain: NDArray[np.floating], window: int) -> Numbers:
    """Sum over the last ``window`` steps [mm], shape (watershed, time); NaN where the window is not whole or not known.

    Examples
    --------
    >>> rolling_sums(np.array([[5.0, 7.0, 11.0, 13.0]]), 3).tolist()
    [[nan, nan, 23.0, 31.0]]
    """
    steps = np.asarray(rain, np.float64)
    require_within(steps, "rain [mm]", where="rolling_sums")
    require_within(window, "window", where="rolling_sums", least=1, remedy="give a whole number of steps")
    out = np.full(steps.shape, np.nan)
    if steps.shape[1] >= window:
        out[:, window - 1 :] = sliding_window_view(steps, window, axis=1).sum(axis=-1)
    return out


def rain_before(rain: NDArray[np.floating], window: int) -> Numbers:
    """Rain of the series before the last ``window`` steps [mm], shape (watershed, time); 0 where there is none.

    Examples
    --------
    >>> rain_before(np.array([[5.0, 7.0, 11.0, 13.0]]), 2).tolist()
    [[0.0, 0.0, 5.0, 12.0]]
    """
    steps = np.asarray(rain, np.float64)
    out = np.zeros(steps.shape)
    if steps.shape[1] > window:
        out[:, window:] = np.cumsum(steps, axis=1)[:, :-window]
    return out


def ratio_of(rain: Any, thresholds: tuple[Any, Any, Any, Any]) -> Numbers:
    """Ratio of rain [mm] to thresholds of blue, yellow, orange, red [mm]: linear between them, and beyond the last.

    Each threshold may be a number or an array like ``rain``; NaN where rain or one of them is unknown.

    Raises
    ------
    DataError
        Thresholds that do not rise.

    Examples
    --------
    >>> ratio_of([0.0, 17.5, 35.0, 45.0, 60.0, 80.0, 160.0], (35.0, 45.0, 60.0, 80.0)).round(3).tolist()
    [0.0, 0.225, 0.45, 0.6, 0.8, 1.0, 2.0]
    """
    fallen = np.asarray(rain, np.float64)
    bounds = [np.asarray(t, np.float64) for t in thresholds]
    for low, high in pairwise([np.zeros(()), *bounds]):
        if (low >= high).any():
            raise DataError(
                "thresholds that do not rise", where="ratio_of", expected="0 < blue < yellow < orange < red",
                found=f"{float(np.broadcast_to(low, np.broadcast_shapes(low.shape, high.shape))[low >= high].ravel()[0])} "
                "before a smaller or equal one", remedy="check the columns",
            )  # fmt: skip
    out = fallen / bounds[-1] * TIER_RATIOS[-1]
    for k in range(3, -1, -1):  # from the top: each part overwrites what lies below its upper bound
        low, value = (bounds[k - 1], TIER_RATIOS[k - 1]) if k else (np.zeros(()), 0.0)
        share = (fallen - low) / (bounds[k] - low)
        out = np.where(fallen < bounds[k], value + share * (TIER_RATIOS[k] - value), out)
    return np.where(np.isnan(fallen + sum(bounds)), np.nan, out)


def tier_of(ratio: Any) -> NDArray[np.int8]:
    """Tier 0 to 4 of a ratio; no data where it is NaN.

    Examples
    --------
    >>> tier_of([0.44, 0.45, 0.7, 0.8, 1.3, np.nan]).tolist()
    [0, 1, 2, 3, 4, -1]
    """
    values = np.asarray(ratio, np.float64)
    tier = sum((values >= bound).astype(np.int8) for bound in TIER_RATIOS)
    return np.where(np.isnan(values), np.int8(NO_DATA), tier)


def step_of(ratio: Any) -> NDArray[np.int8]:
    """0 nothing, 1 准备转移, 2 立即转移; no data where the ratio is NaN."""
    values = np.asarray(ratio, np.float64)
    step = (values >= PREPARE).astype(np.int8) + (values >= MOVE).astype(np.int8)
    return np.where(np.isnan(values), np.int8(NO_DATA), step)


def worst_ratio(ratios: NDArray[np.floating]) -> tuple[Numbers, NDArray[np.int8]]:
    """Largest ratio over the tests (first axis) and which test it is (-1: none known).

    A test that is unknown hides nothing that another one shows; but where all known ones are below the lowest tier and one
    is unknown, the result is unknown: no data is never green.

    Examples
    --------
    >>> worst_ratio(np.array([[0.9, 0.1, 0.1], [np.nan, np.nan, 0.3]]))[0].tolist()
    [0.9, nan, 0.3]
    """
    values = np.asarray(ratios, np.float64)
    unknown = np.isnan(values)
    filled = np.where(unknown, -np.inf, values)
    best = filled.max(axis=0)
    driver = np.where(unknown.all(axis=0), -1, filled.argmax(axis=0)).astype(np.int8)
    hidden = unknown.any(axis=0) & (best < TIER_RATIOS[0])
    return np.where(hidden, np.nan, best), driver


class Graded(NamedTuple):
    """What the rain of a series comes to.

    Attributes
    ----------
    sums, moves : float arrays (window, watershed, time)
        Rain and its move-now threshold [mm].
    flow, ratio : float arrays (watershed, time)
        Discharge [m3 s-1], and the largest ratio over the tests.
    driver : int8 array (watershed, time)
        Which test gives it.
    bases : int8 array (test, watershed)
        Where each test's threshold comes from.
    """

    sums: Numbers
    moves: Numbers
    flow: Numbers
    ratio: Numbers
    driver: NDArray[np.int8]
    bases: NDArray[np.int8]


def at_least(found: Graded, least: Graded) -> Graded:
    """What was found, and where more is certain than that, what the known rain alone comes to.

    ``least`` is graded with unknown rain as none. More rain never lowers a ratio, so that blue or worse of it is certain; below
    blue nothing is, and what is unknown stays so.
    """
    more = (least.ratio >= TIER_RATIOS[0]) & ~(found.ratio >= least.ratio)

    def told(own: Numbers, bound: Numbers) -> Numbers:
        return np.where(more & np.isnan(own), bound, own)

    return Graded(
        told(found.sums, least.sums), told(found.moves, least.moves), told(found.flow, least.flow),
        np.where(more, least.ratio, found.ratio), np.where(more, least.driver, found.driver), found.bases,
    )  # fmt: skip


def lead_hours(ratio: NDArray[np.floating], hours: NDArray[np.floating], bound: float) -> Numbers:
    """Hours from the analysis until a ratio (watershed, time) first passes ``bound``; NaN where it never does.

    Parameters
    ----------
    ratio : float array (watershed, time)
    hours : float array (time,)
        End of each step, hours from the analysis; those before it do not count.

    Examples
    --------
    >>> lead_hours(np.array([[0.2, 0.9, 0.7, 1.1]]), np.array([-1.0, 0.0, 1.0, 2.0]), 1.0).tolist()
    [2.0]
    """
    passed = (np.asarray(ratio) >= bound) & (np.asarray(hours) >= 0.0)
    return np.where(passed.any(axis=1), np.asarray(hours)[passed.argmax(axis=1)], np.nan)
