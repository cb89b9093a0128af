"""Watersheds as a tree: flood waves on their way down it, and the basin index.

A watershed's channel carries what comes from upstream to its outlet, where its own water joins.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import GeometryError
from riskmap.hazard.runoff.unit_hydrograph import FLATTEST
from riskmap.within import require_shape, require_within

Numbers = NDArray[np.float64]

CHANNEL_ROUGHNESS: Final = 0.045
"""Manning's n of mountain streams with cobbles and some boulders; Chow (1959), table 5-6: 0.04 to 0.05 (status M)."""

WIDTH_COEFFICIENT, WIDTH_EXPONENT = 4.0, 0.5
"""Channel width [m] = 4 Q^0.5 at bankfull: the exponent of Leopold and Maddock (1953), the coefficient of gravel-bed
rivers between 3 and 5 (status M)."""

WAVE_SHARE: Final = 5.0 / 3.0
"""Celerity over velocity of a wide channel under Manning's law (S)."""

LEAST_DISCHARGE: Final = 0.1
"""Reference discharges below count as this [m3 s-1] (status D)."""

LONGEST_CHAIN: Final = 10_000
"""Sub-reaches of one channel."""


def downstream_order(downstream: NDArray[np.integer]) -> NDArray[np.int64]:
    """Places of the watersheds from the springs to the mouths.

    Parameters
    ----------
    downstream : int array (watershed,)
        Place of the next one, -1 at a mouth.

    Raises
    ------
    GeometryError
        A loop, or a place that is none.

    Examples
    --------
    >>> downstream_order(np.array([2, 2, -1])).tolist()
    [0, 1, 2]
    """
    below = np.asarray(downstream, np.int64)
    if below.size and (below.min() < -1 or below.max() >= below.size):
        raise GeometryError(
            "a downstream watershed that is not there", where=f"watershed {int(np.argmax((below < -1) | (below >= below.size))) + 1}",
            expected=f"-1 or a place below {below.size}", found=str(int(below.max())), remedy="make the watersheds anew",
        )  # fmt: skip
    waiting = np.bincount(below[below >= 0], minlength=below.size)
    ready = list(np.flatnonzero(waiting == 0)[::-1])
    order = []
    while ready:
        here = int(ready.pop())
        order.append(here)
        if below[here] >= 0:
            waiting[below[here]] -= 1
            if waiting[below[here]] == 0:
                ready.append(below[here])
    if len(order) < below.size:
        raise GeometryError(
            "watersheds drain into each other in a loop", where=f"watershed {int(np.argmax(waiting > 0)) + 1}",
            expected="a tree", found=f"{below.size - len(order)} watersheds in loops or below them",
            remedy="make flow directions and watersheds anew",
        )  # fmt: skip
    return np.array(order, np.int64)


def channel_width(discharge: Any) -> Numbers:
    """Width [m] of a channel that carries ``discharge`` [m3 s-1] at bankfull (status M)."""
    return np.asarray(WIDTH_COEFFICIENT * np.maximum(discharge, LEAST_DISCHARGE) ** WIDTH_EXPONENT)


def wave_celerity(discharge: Any, width: Any, slope: Any, *, roughness: float = CHANNEL_ROUGHNESS) -> Numbers:
    """Speed [m s-1] of a flood wave in a wide channel: 5/3 of Manning's velocity.

    Parameters
    ----------
    discharge : float or array
        Reference discharge [m3 s-1].
    width : float or array
        [m].
    slope : float or array
        Of the channel [m m-1].

    Examples
    --------
    >>> round(float(wave_celerity(50.0, 28.0, 0.01)), 2)
    3.39
    """
    q = np.maximum(np.asarray(discharge, np.float64), LEAST_DISCHARGE) / np.asarray(width, np.float64)
    steep = np.maximum(np.asarray(slope, np.float64), FLATTEST)
    return np.asarray(WAVE_SHARE * q**0.4 * (np.sqrt(steep) / roughness) ** 0.6)


def muskingum_coefficients(travel_time: Any, weight: Any, step: float) -> tuple[Numbers, Numbers, Numbers]:
    """C0, C1, C2 of O2 = C0 I2 + C1 I1 + C2 O1; they add up to 1.

    Parameters
    ----------
    travel_time : float or array
        K [s].
    weight : float or array
        X, 0 to 0.5.
    step : float
        [s].

    References
    ----------
    Cunge (1969), J. Hydraul. Res. 7, 205; Chow, Maidment and Mays (1988), eq. 8.4.8 (M).

    Examples
    --------
    >>> [round(float(c), 4) for c in muskingum_coefficients(2.3 * 3600, 0.15, 3600.0)]
    [0.0631, 0.3442, 0.5927]
    """
    require_within(travel_time, "travel time [s]", where="muskingum_coefficients")
    require_within(weight, "weight", where="muskingum_coefficients", least=-np.inf, most=0.5)
    require_within(step, "step [s]", where="muskingum_coefficients", above=True)
    k, x = np.asarray(travel_time, np.float64), np.asarray(weight, np.float64)
    below = 2.0 * k * (1.0 - x) + step
    return (
        np.asarray((step - 2.0 * k * x) / below),
        np.asarray((step + 2.0 * k * x) / below),
        np.asarray((2.0 * k * (1.0 - x) - step) / below),
    )


def channel_coefficients(
    length: NDArray[np.floating],
    slope: NDArray[np.floating],
    discharge: NDArray[np.floating],
    *,
    step: float,
    roughness: float = CHANNEL_ROUGHNESS,
) -> tuple[Numbers, NDArray[np.int64]]:
    """Muskingum-Cunge coefficients (watershed, 3) and number of sub-reaches of each channel.

    A channel is cut into reaches that a wave passes in one step or a little more; X = (1 - q / (S c dx)) / 2, taken within
    what keeps every coefficient positive, so that no discharge turns negative. A channel shorter than half a step is
    passed at once.

    Parameters
    ----------
    length : float array (watershed,)
        [m].
    slope : float array (watershed,)
        [m m-1].
    discharge : float array (watershed,)
        Reference, bankfull [m3 s-1].
    step : float
        [s].
    """
    width = channel_width(discharge)
    celerity = wave_celerity(discharge, width, slope, roughness=roughness)
    whole = np.asarray(length, np.float64) / celerity
    parts = np.clip(np.floor(whole / step), 1, LONGEST_CHAIN).astype(np.int64)
    each = whole / parts
    steep = np.maximum(np.asarray(slope, np.float64), FLATTEST)
    reach = np.maximum(np.asarray(length, np.float64) / parts, 1e-6)
    diffusion = np.maximum(discharge, LEAST_DISCHARGE) / width / (steep * celerity * reach)
    with np.errstate(divide="ignore"):
        weight = np.clip(0.5 * (1.0 - diffusion), 0.0, np.minimum(0.5, 0.5 * step / each))
    weight = np.minimum(weight, np.clip(1.0 - 0.5 * step / np.maximum(each, 0.5 * step), 0.0, 0.5))
    found = np.stack(muskingum_coefficients(each, weight, step), axis=1)
    found[each < 0.5 * step] = (1.0, 0.0, 0.0)
    parts[each < 0.5 * step] = 1
    return found, parts


def route(
    own: NDArray[np.floating],
    downstream: NDArray[np.integer],
    coefficients: NDArray[np.floating],
    parts: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Discharge [m3 s-1] at every outlet (watershed, time): its own water and what comes from upstream.

    Parameters
    ----------
    own : float array (watershed, time)
        Discharge [m3 s-1] of each watershed's own runoff. NaN goes downstream.
    downstream : int array (watershed,)
        Place of the next one, -1 at a mouth.
    coefficients, parts : arrays (watershed, 3) and (watershed,)
        See ``channel_coefficients``.

    Examples
    --------
    A flood wave goes 12 km down a channel, in steps of 10 min: it comes 70 min later and lower, and no water is lost.

    >>> own = np.zeros((2, 48))
    >>> own[0, :3] = [20.0, 60.0, 20.0]
    >>> flow = route(own, np.array([1, -1]), *channel_coefficients(
    ...     np.array([0.0, 12e3]), np.array([0.01, 0.005]), np.array([50.0, 50.0]), step=600.0))
    >>> flow.argmax(axis=1).tolist(), flow.max(axis=1).round(1).tolist(), flow.sum(axis=1).round(6).tolist()
    ([1, 8], [60.0, 43.3], [100.0, 100.0])
    """
    from riskmap._kernels import routing as kernel

    flow = np.ascontiguousarray(own, np.float64)
    count = len(np.asarray(downstream))
    require_shape(flow, (count, *np.shape(flow)[1:2]), "own", where="route")
    require_shape(coefficients, (count, 3), "coefficients", where="route")
    require_shape(parts, (count,), "parts", where="route")
    out = np.zeros_like(flow)
    order, below = downstream_order(downstream), np.asarray(downstream, np.int64)
    kernel.route_tree(order, below, flow, np.ascontiguousarray(coefficients, np.float64), parts, out)
    return out


def basin_index(discharge: Any) -> Numbers:
    """Basin index: the square root of the routed discharge [m3 s-1].

    Our own index under our own name (status D): it is not Japan's 流域雨量指数, whose tank constants are not public here.

    Examples
    --------
    >>> basin_index([0.0, 25.0, 400.0]).tolist()
    [0.0, 5.0, 20.0]
    """
    return np.sqrt(np.maximum(np.asarray(discharge, np.float64), 0.0))


def upstream_area(area: NDArray[np.floating], downstream: NDArray[np.integer]) -> NDArray[np.float64]:
    """Area [m2] that drains through each outlet, the watershed's own included.

    Examples
    --------
    >>> upstream_area(np.array([1.0, 2.0, 4.0]), np.array([2, 2, -1])).tolist()
    [1.0, 2.0, 7.0]
    """
    total = np.array(area, np.float64)
    for here in downstream_order(downstream):
        if downstream[here] >= 0:
            total[downstream[here]] += total[here]
    return total
