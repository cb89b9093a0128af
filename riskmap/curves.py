"""Smooth curves through points that neither overshoot nor need a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def pchip(x: Any, y: Any, at: Any) -> NDArray[np.float64]:
    """Piecewise cubic Hermite interpolation that keeps monotone data monotone.

    Parameters
    ----------
    x : array (n,), n >= 2
        Strictly increasing.
    y : array (n,)
        Values.
    at : array (m,)
        Where to evaluate, within ``x[0]`` to ``x[-1]``.

    Returns
    -------
    array (m,)
        Continuous with its first derivative.

    References
    ----------
    Fritsch and Butland (1984), SIAM J. Sci. Stat. Comput. 5, 300 (slopes: weighted harmonic mean); Moler (2004),
    Numerical Computing with MATLAB, ch. 3.4 (end slopes).

    Examples
    --------
    >>> pchip([0, 1, 2], [0, 1, 1], [0.5, 1.0, 1.5]).round(4).tolist()
    [0.6875, 1.0, 1.0]
    """
    x, y, at = (np.asarray(v, np.float64) for v in (x, y, at))
    h, delta = np.diff(x), np.diff(y) / np.diff(x)
    slope = _slopes(h, delta)
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(h) - 1)
    s = at - x[k]
    quadratic = (3 * delta[k] - 2 * slope[k] - slope[k + 1]) / h[k]
    cubic = (slope[k] - 2 * delta[k] + slope[k + 1]) / h[k] ** 2
    values = y[k] + s * (slope[k] + s * (quadratic + s * cubic))
    return np.asarray(np.where(at == x[k + 1], y[k + 1], values))


def _slopes(h: NDArray[np.float64], delta: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(h) == 1:
        return np.array([delta[0], delta[0]])
    slope = np.zeros(len(h) + 1)
    before, after = delta[:-1], delta[1:]
    same = np.sign(before) * np.sign(after) > 0
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    # a ratio of the two stays a number where their reciprocals overflow (slopes near 1e-308)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = before * ((w1 + w2) / (w1 + w2 * (before / after)))
    slope[1:-1] = np.where(same, mean, 0.0)
    slope[0] = _end_slope(h[0], h[1], delta[0], delta[1])
    slope[-1] = _end_slope(h[-1], h[-2], delta[-1], delta[-2])
    return slope


def _end_slope(h0: float, h1: float, d0: float, d1: float) -> float:
    slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    if np.sign(slope) != np.sign(d0):
        return 0.0
    if np.sign(d0) != np.sign(d1) and abs(slope) > 3 * abs(d0):
        return float(3 * d0)
    return float(slope)
