"""How wet the ground is: dry, normal or wet, by the soil-water index; the 5-day rain of the curve-number method beside it."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import ConfigError
from riskmap.hazard.runoff.soil_water import JMA, TankConstants, steady_tanks

Wetness = Literal["dry", "normal", "wet"]
CLASSES: Final[tuple[Wetness, ...]] = ("dry", "normal", "wet")
"""Codes 0, 1, 2 in arrays; -1 where the index is unknown."""

DRY_DAILY_RAIN, WET_DAILY_RAIN = 4.0, 20.0
"""Steady rain [mm a day] whose index bounds dry and wet where there is no record of the place: about the yearly mean of
Zhejiang, and a wet spell of the plum rains (status D)."""

PERCENTILES: Final = (30.0, 80.0)
"""Percentiles of a place's own record of the index that bound dry and wet (status D)."""


def default_bounds(constants: TankConstants = JMA) -> tuple[float, float]:
    """Soil-water indices [mm] that bound dry and wet for want of a record; status D, confidence low.

    Examples
    --------
    >>> [round(b, 1) for b in default_bounds()]
    [20.6, 69.9]
    """
    dry, wet = (sum(steady_tanks(rain / 24.0, constants)) for rain in (DRY_DAILY_RAIN, WET_DAILY_RAIN))
    return dry, wet


def recorded_bounds(
    index: NDArray[np.floating], percentiles: tuple[float, float] = PERCENTILES
) -> NDArray[np.float64]:
    """Bounds [mm] from a record of the index (time, ...): shape (2, ...), NaN where the record is all NaN.

    Examples
    --------
    >>> recorded_bounds(np.arange(101.0)).tolist()
    [30.0, 80.0]
    """
    low, high = percentiles
    if not 0.0 <= low < high <= 100.0:
        raise ConfigError(
            "percentiles that bound nothing", where="recorded_bounds", expected="0 <= dry < wet <= 100",
            found=f"{low}, {high}", remedy="correct them",
        )  # fmt: skip
    record = np.asarray(index, np.float64)
    known = ~np.isnan(record).all(axis=0)
    out = np.full((2, *record.shape[1:]), np.nan)
    if known.any():
        out[:, known] = np.nanpercentile(record[:, known], (low, high), axis=0)
    return out


def wetness_class(
    index: NDArray[np.floating], bounds: NDArray[np.floating] | tuple[float, float] | None = None
) -> NDArray[np.int8]:
    """0 dry, 1 normal, 2 wet, -1 unknown, by the soil-water index [mm] before the rain in question.

    Parameters
    ----------
    index : float array (...)
    bounds : (dry, wet), each a number or an array like ``index``
        Below the first the ground is dry, from the second on wet; ``default_bounds`` where not given.

    Examples
    --------
    >>> wetness_class(np.array([10.0, 50.0, 120.0, np.nan])).tolist()
    [0, 1, 2, -1]
    """
    dry, wet = default_bounds() if bounds is None else bounds
    values = np.asarray(index, np.float64)
    code = (values >= dry).astype(np.int8) + (values >= wet).astype(np.int8)
    return np.where(np.isnan(values + dry + wet), np.int8(-1), code)
