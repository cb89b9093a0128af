"""Wave run-up and overtopping of sea walls on plain arrays, after the EurOtop manual (2018).

Heights and depths [m], periods Tm-1,0 [s], discharges [m3 s-1 per m of wall]. Coefficients are those of the mean value
approach, or with ``design=True`` of design and assessment (about a standard deviation higher). They were read in public
implementations that cite the manual's equations, not in the manual (status S where two agree, M else).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.hazard.surge.quasi_static import GRAVITY
from riskmap.within import require_within

Floats = NDArray[np.float64]

RUN_UP: Final = {False: (1.65, 1.0), True: (1.75, 1.07)}
"""Design? -> coefficients of eqs. 5.1 and 5.2, or 5.4 and 5.5; the second of design is read once, another public
code has 4.3 in place of the 4.0 of its bracket after the errata of 2019 (status M)."""
SLOPE: Final = {False: (0.023, 2.7, 0.09, 1.5), True: (0.026, 2.5, 0.1035, 1.35)}
"""Design? -> coefficients of eqs. 5.10 and 5.11, or 5.12 and 5.13 (status S)."""
DEEP_WALL: Final = (0.047, 2.35)
"""Eq. 7.1: a vertical wall without influence of a foreshore (status S)."""
SHALLOW_WALL: Final = (0.05, 2.78)
"""Eq. 7.5: a vertical wall behind a foreshore, waves that do not break on it (status S)."""
BREAKING_WALL: Final = (0.011, 2.2, 0.0014)
"""Eqs. 7.7 and 7.8: waves that break on the wall (status M: two of the three coefficients were read)."""
LIMITS_WALL: Final = (4.0, 0.23, 1.35)
"""Depth over wave height from which there is no foreshore (status S); h^2 / (Hm0 Lm-1,0) under which waves break on the
wall, and Rc / Hm0 that parts eqs. 7.7 and 7.8 (status M)."""
WEIR: Final = 0.54
"""Overflow of a broad crest, q = 0.54 sqrt(g h^3); EurOtop (2018), ch. 5 (status S: 1.7049 h^1.5 in SFINCS)."""


def breaker_parameter(*, height: Any, period: Any, cot_slope: Any) -> Floats:
    """Iribarren number with the deep-water steepness; below about 2 waves break on the slope.

    Parameters
    ----------
    height : float or array
        Hm0 at the toe [m].
    period : float or array
        Tm-1,0 [s].
    cot_slope : float or array
        3 = one up in three along.

    Examples
    --------
    >>> float(breaker_parameter(height=2.0, period=5.0, cot_slope=3.0).round(3))
    1.472
    """
    require_within(height, "wave height [m]", where="breaker_parameter")
    require_within(period, "wave period [s]", where="breaker_parameter")
    require_within(cot_slope, "cot_slope", where="breaker_parameter", above=True)
    steepness = (
        2.0
        * np.pi
        * np.asarray(height, np.float64)
        / (GRAVITY * np.maximum(np.asarray(period, np.float64), 1e-3) ** 2)
    )
    return np.asarray(1.0 / (np.asarray(cot_slope, np.float64) * np.sqrt(np.maximum(steepness, 1e-12))))


def oblique_factor(angle: Any, *, run_up: bool = False) -> Floats:
    """Influence of oblique waves on a smooth slope, eqs. 5.28 (run-up) and 5.29 (overtopping) (status S).

    Parameters
    ----------
    angle : float or array
        Between the waves and the normal of the wall [degrees]; counted up to 80.

    Examples
    --------
    >>> oblique_factor([0.0, 60.0, 90.0]).round(3).tolist()
    [1.0, 0.802, 0.736]
    """
    beta = np.minimum(np.abs(np.asarray(angle, np.float64)), 80.0)
    return np.asarray(1.0 - (0.0022 if run_up else 0.0033) * beta)


def berm_factor(*, width: Any, length: Any, below_water: Any, height: Any, run_up: Any) -> Floats:
    """Influence of a berm, eqs. 5.40 to 5.42: 1 without one, 0.6 at the least (status S).

    Parameters
    ----------
    width : float or array
        Of the berm [m].
    length : float or array
        Of the slope between one Hm0 below and one above the berm [m], the berm included.
    below_water : float or array
        Still water above the middle of the berm [m], negative for a berm above it.
    height, run_up : float or array
        Hm0 and R2% without a berm [m].

    Examples
    --------
    >>> float(berm_factor(width=4.0, length=16.0, below_water=0.0, height=2.0, run_up=5.0))
    0.75
    >>> float(berm_factor(width=4.0, length=16.0, below_water=4.0, height=2.0, run_up=5.0))
    1.0
    """
    over, reach = np.asarray(below_water, np.float64), np.asarray(run_up, np.float64)
    span = np.where(over < 0.0, reach, 2.0 * np.asarray(height, np.float64))
    place = 0.5 - 0.5 * np.cos(np.pi * np.clip(np.abs(over) / np.maximum(span, 1e-9), 0.0, 1.0))
    share = np.asarray(width, np.float64) / np.maximum(np.asarray(length, np.float64), 1e-9)
    return np.asarray(np.clip(1.0 - share * (1.0 - place), 0.6, 1.0))


def run_up(
    *, height: Any, period: Any, cot_slope: Any, rough: Any = 1.0, oblique: Any = 1.0, berm: Any = 1.0,
    design: bool = False,
) -> Floats:  # fmt: skip
    """Height that 2 % of the waves run up a slope [m] above the still water, eqs. 5.1 and 5.2.

    Parameters
    ----------
    height : float or array
        Hm0 at the toe [m].
    period : float or array
        Tm-1,0 [s].
    rough, oblique, berm : float or array
        Influence factors: 1 = smooth, straight on, none.
    design : bool
        The coefficients for design and assessment.

    Examples
    --------
    >>> float(run_up(height=2.0, period=5.0, cot_slope=3.0).round(2))
    4.86
    """
    _require_factors("run_up", rough, oblique, berm)
    first, most = RUN_UP[design]
    h = np.asarray(height, np.float64)
    xi = breaker_parameter(height=height, period=period, cot_slope=cot_slope) * berm
    wetted = np.asarray(rough, np.float64) * oblique
    top = most * wetted * (4.0 - 1.5 / np.sqrt(np.maximum(xi, 1e-12)))
    breaking = first * wetted * xi
    # the second formula is a limit for steep slopes; on very gentle ones its bracket is negative
    found = h * np.where(top > 0.0, np.minimum(breaking, top), breaking)
    return np.asarray(np.where(h > 0.0, found, h * 0.0))


def overtopping_slope(
    *, height: Any, period: Any, freeboard: Any, cot_slope: Any, rough: Any = 1.0, oblique: Any = 1.0, berm: Any = 1.0,
    design: bool = False,
) -> Floats:  # fmt: skip
    """Mean discharge over a sloping wall [m3 s-1 m-1], eqs. 5.10 and 5.11; with overflow where the crest is under water.

    Parameters
    ----------
    height : float or array
        Hm0 at the toe [m].
    period : float or array
        Tm-1,0 [s].
    freeboard : float or array
        Crest above still water [m]; below 0 the waves' part at 0 and the weir are added.
    cot_slope : float or array
        At least 2; steeper walls count between slope and vertical in the manual, here as 1 in 2.

    Examples
    --------
    >>> q = overtopping_slope(height=2.0, period=5.0, freeboard=[3.0, 5.0, -0.2], cot_slope=3.0)
    >>> (1e3 * q).round(2).tolist()  # l/s per m
    [12.51, 0.37, 670.77]
    """
    _require_factors("overtopping_slope", rough, oblique, berm)
    a, b, c, d = SLOPE[design]
    require_within(height, "wave height [m]", where="overtopping_slope")
    h = np.maximum(np.asarray(height, np.float64), 0.0)
    high = np.maximum(np.asarray(freeboard, np.float64), 0.0)
    require_within(cot_slope, "cot_slope", where="overtopping_slope")
    cot = np.maximum(np.asarray(cot_slope, np.float64), 2.0)
    xi = breaker_parameter(height=h, period=period, cot_slope=cot) * berm
    wetted = np.asarray(rough, np.float64) * oblique
    wave = np.maximum(h, 1e-9)
    breaking = a * np.sqrt(cot) * xi * np.exp(-((b * high / (np.maximum(xi, 1e-9) * wave * wetted)) ** 1.3))
    most = c * np.exp(-((d * high / (wave * wetted)) ** 1.3))
    return np.asarray(np.sqrt(GRAVITY * h**3) * np.minimum(breaking, most) + overflow(freeboard))


def overtopping_wall(*, height: Any, period: Any, freeboard: Any, depth: Any, oblique: Any = 1.0) -> Floats:
    """Mean discharge over a vertical wall [m3 s-1 m-1], eqs. 7.1, 7.5, 7.7 and 7.8; with overflow as on a slope.

    Parameters
    ----------
    height : float or array
        Hm0 at the toe [m].
    period : float or array
        Tm-1,0 [s].
    freeboard, depth : float or array
        Crest above still water, still water above the toe [m].

    Examples
    --------
    >>> q = overtopping_wall(height=1.5, period=6.0, freeboard=2.5, depth=[10.0, 4.5, 1.5])
    >>> (1e3 * q).round(2).tolist()  # l/s per m: deep; a foreshore; waves that break on the wall
    [0.74, 2.8, 10.65]
    """
    _require_factors("overtopping_wall", oblique)
    require_within(height, "wave height [m]", where="overtopping_wall")
    require_within(period, "wave period [s]", where="overtopping_wall")
    h = np.maximum(np.asarray(height, np.float64), 0.0)
    high = np.maximum(np.asarray(freeboard, np.float64), 0.0)
    d = np.maximum(np.asarray(depth, np.float64), 1e-3)
    deep_limit, impulse, parted = LIMITS_WALL
    wave = np.maximum(h, 1e-9)
    ratio = high / (wave * oblique)
    length = GRAVITY * np.maximum(np.asarray(period, np.float64), 1e-3) ** 2 / (2.0 * np.pi)
    steep = np.sqrt(wave / (d * (wave / length)))
    deep = DEEP_WALL[0] * np.exp(-((DEEP_WALL[1] * ratio) ** 1.3))
    shallow = SHALLOW_WALL[0] * np.exp(-SHALLOW_WALL[1] * ratio)
    low = BREAKING_WALL[0] * steep * np.exp(-BREAKING_WALL[1] * ratio)
    tall = BREAKING_WALL[2] * steep * np.maximum(ratio, parted) ** -3.0
    breaks = d**2 / (wave * length) < impulse
    q = np.where(d / wave > deep_limit, deep, np.where(breaks, np.where(ratio < parted, low, tall), shallow))
    q = np.where(np.isnan(d + length), np.nan, q)
    return np.asarray(np.sqrt(GRAVITY * h**3) * q + overflow(freeboard))


def _require_factors(where: str, *factors: Any) -> None:
    for factor in factors:
        require_within(factor, "an influence factor", where=where, most=1.0, above=True)


def overflow(freeboard: Any) -> Floats:
    """Discharge over a crest under still water [m3 s-1 m-1], none where the freeboard [m] is not negative.

    Examples
    --------
    >>> overflow([1.0, 0.0, -0.5]).round(3).tolist()
    [0.0, 0.0, 0.598]
    """
    head = np.maximum(-np.asarray(freeboard, np.float64), 0.0)
    return np.asarray(WEIR * np.sqrt(GRAVITY * head**3))
