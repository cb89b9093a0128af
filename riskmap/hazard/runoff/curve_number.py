"""Runoff by the SCS curve number: depths in mm, on numbers or arrays.

Q = (P - Ia)^2 / (P - Ia + S) above Ia = ratio x S, S = 25400 / CN - 254 (NRCS, National Engineering Handbook 630,
chapter 10; status S).
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.hazard.runoff.soil_water import require_no_negative
from riskmap.within import require_shape, require_within

Numbers = NDArray[np.float64]

ABSTRACTION_RATIO: Final = 0.2
"""Initial abstraction over retention, Ia / S; TR-55 (1986), eq. 2-2 (S). Hawkins et al. (2009) find 0.05, which needs
curve numbers of its own."""

INCH: Final = 25.4
"""[mm], by definition."""

RETENTION_SCALE, RETENTION_OFFSET = 1000.0 * INCH, 10.0 * INCH
"""S = 1000 / CN - 10 inches, in mm; TR-55 (1986), eq. 2-4 (S)."""


def retention(curve_number: Any) -> Numbers:
    """Potential maximum retention S [mm] of a curve number in (0, 100]; NaN stays NaN.

    Raises
    ------
    DataError
        A curve number outside (0, 100].

    Examples
    --------
    >>> float(retention(75.0).round(3))
    84.667
    """
    cn = np.asarray(curve_number, np.float64)
    if ((cn <= 0.0) | (cn > 100.0)).any():
        wrong = cn[(cn <= 0.0) | (cn > 100.0)].ravel()[0]
        raise DataError(
            "a curve number that is none", where="retention", expected="above 0, up to 100", found=str(float(wrong)),
            remedy="set NaN where the land cover or the soil is unknown",
        )  # fmt: skip
    return np.asarray(RETENTION_SCALE / cn - RETENTION_OFFSET)


def scs_runoff(rain: Any, curve_number: Any, *, ratio: float = ABSTRACTION_RATIO) -> Numbers:
    """Direct runoff [mm] of an event's ``rain`` [mm].

    Examples
    --------
    >>> scs_runoff(100.0, [60.0, 75.0, 90.0]).round(2).tolist()
    [18.57, 41.14, 72.63]
    """
    require_within(rain, "rain [mm]", where="scs_runoff")
    require_within(ratio, "ratio", where="scs_runoff", most=1.0)
    s = retention(curve_number)
    over = np.maximum(np.asarray(rain, np.float64) - ratio * s, 0.0)
    below = np.where(over > 0.0, over + s, 1.0)
    # in this order never above the rain, not by a last bit
    return np.where(np.isnan(over + s), np.nan, over * (over / below))


def scs_rain(runoff: Any, curve_number: Any, *, ratio: float = ABSTRACTION_RATIO) -> Numbers:
    """Rain [mm] of an event that brings ``runoff`` [mm]: the inverse of ``scs_runoff``, in closed form.

    For no runoff it is the largest such rain, Ia.

    Examples
    --------
    >>> float(scs_rain(scs_runoff(130.0, 72.0), 72.0).round(9))
    130.0
    """
    require_within(runoff, "runoff [mm]", where="scs_rain")
    s, q = retention(curve_number), np.asarray(runoff, np.float64)
    return np.asarray(ratio * s + 0.5 * (q + np.sqrt(q * (q + 4.0 * s))))


def scs_increments(rain: Any, curve_number: Any, *, ratio: float = ABSTRACTION_RATIO) -> Numbers:
    """Runoff [mm] of each step of one event: of the rain so far, less what ran off before; shape (time, ...).

    Parameters
    ----------
    rain : float array (time, ...)
        Rain of each step [mm]. A NaN makes that step and all later ones NaN.

    Examples
    --------
    >>> scs_increments([20.0, 60.0, 20.0], 75.0).round(2).tolist()
    [0.11, 26.82, 14.21]
    """
    steps = np.asarray(rain, np.float64)
    require_no_negative(steps, where="scs_increments")
    run_off = scs_runoff(np.cumsum(steps, axis=0), curve_number, ratio=ratio)
    # what has run off never falls, not by the last bit of a rounding either; differences of sums add up to the event's runoff
    return np.diff(np.maximum.accumulate(run_off, axis=0), axis=0, prepend=0.0)


def scs_step(
    rain: NDArray[np.floating],
    total: NDArray[np.floating],
    retained: NDArray[np.floating],
    *,
    ratio: float = ABSTRACTION_RATIO,
) -> NDArray[np.float32]:
    """Runoff [mm] of one step on a grid; ``total`` [mm], the event's rain before it, grows in place.

    Parameters
    ----------
    rain : float array (y, x)
        Rain of the step [mm].
    total : float array (y, x)
        Zeros before an event.
    retained : float array (y, x)
        ``retention`` of the cells' curve numbers [mm].
    """
    from riskmap._kernels import runoff as kernel

    require_no_negative(rain, where="scs_step")
    for name, field in (("total", total), ("retained", retained)):
        require_shape(field, rain.shape, name, where="scs_step")
    out = np.empty(rain.shape, np.float32)
    run_rows(partial(kernel.scs_rows, np.ascontiguousarray(rain), total, retained, ratio, out), rain.shape[0])
    return out


def dry_curve_number(curve_number: Any) -> Numbers:
    """Curve number of dry ground (antecedent moisture I) from the average one (II).

    References
    ----------
    Chow, Maidment and Mays (1988), eq. 5.5.10 (status S, read in several codes that quote it).

    Examples
    --------
    >>> float(dry_curve_number(70.0).round(2))
    49.49
    """
    cn = np.asarray(curve_number, np.float64)
    return np.asarray(4.2 * cn / (10.0 - 0.058 * cn))


def wet_curve_number(curve_number: Any) -> Numbers:
    """Curve number of wet ground (antecedent moisture III) from the average one (II).

    References
    ----------
    Chow, Maidment and Mays (1988), eq. 5.5.11 (status S, read in several codes that quote it).

    Examples
    --------
    >>> float(wet_curve_number(70.0).round(2))
    84.29
    """
    cn = np.asarray(curve_number, np.float64)
    return np.asarray(23.0 * cn / (10.0 + 0.13 * cn))


def antecedent_curve_number(curve_number: Any, wetness: Any) -> Numbers:
    """Curve number for ground of wetness class 0 dry (I), 1 normal (II), 2 wet (III); NaN where the class is -1.

    Examples
    --------
    >>> antecedent_curve_number(70.0, [0, 1, 2, -1]).round(1).tolist()
    [49.5, 70.0, 84.3, nan]
    """
    code = np.asarray(wetness)
    cn = np.asarray(curve_number, np.float64)
    choices = (dry_curve_number(cn), cn, wet_curve_number(cn))
    return np.select([code == k for k in range(3)], choices, np.nan)
