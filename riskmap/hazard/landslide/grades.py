"""Grade of a slope at an hour: susceptibility x rain of 24 h x wetness of the ground; and its slow release.

The ground is wet by the days of rain before (as in Vietnam's Decision 18/2021, Art. 46) or by the soil-water index,
whichever says so: a typhoon's first day wets the ground by itself, which a count of days before it cannot see.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.hazard.landslide.tables import LandslideRules
from riskmap.scale import NO_DATA, Tier

GRADE_WORDS: Final = MappingProxyType(
    {
        Tier.GREEN: ("风险低", "low risk"),
        Tier.BLUE: ("有一定风险", "some risk"),
        Tier.YELLOW: ("风险较高", "raised risk"),
        Tier.ORANGE: ("风险高", "high risk"),
        Tier.RED: ("风险很高", "very high risk"),
    }
)
"""What a geo-hazard tier is called; never 一级 to 五级, since 一级 is red in the law and the least grade here."""


def landslide_grade(
    classes: NDArray[np.int8],
    rain_24h: NDArray[np.floating],
    rules: LandslideRules,
    *,
    rain_days: NDArray[Any] | None = None,
    soil_water: NDArray[np.floating] | None = None,
    workers: int | None = None,
) -> NDArray[np.float32]:
    """Grade 1 to 5 of every cell, NaN where it cannot be known.

    Parameters
    ----------
    classes : int8 array (y, x)
        Susceptibility, 0 to 4; ``NO_DATA`` where unknown.
    rain_24h : array (y, x)
        [mm]; NaN unknown.
    rain_days : array (y, x), optional
        Days of rain before those 24 h, see ``antecedent_days``; below 0 unknown.
    soil_water : array (y, x), optional
        Soil-water index (土壤雨量指数) [mm]; NaN unknown.

    Raises
    ------
    DataError
        Neither sign of wet ground is given, shapes differ, or rain is negative.

    References
    ----------
    Vietnam, Decision 18/2021/QD-TTg, Art. 46 (S: shape and level 1); the other entries are our own (D).

    Examples
    --------
    One kind of slope under 80, 150 and 450 mm of rain in 24 h, and a cell of which no susceptibility is known.

    >>> from riskmap.io.landslide_table import read_landslide_rules
    >>> grades = landslide_grade(np.array([[3, 3, 3, -1]], np.int8), np.array([[80.0, 150.0, 450.0, 450.0]]),
    ...                          read_landslide_rules(), rain_days=np.array([[1, 1, 3, 3]]))
    >>> grades.tolist()
    [[1.0, 2.0, 4.0, nan]]
    >>> GRADE_WORDS[Tier(int(grades[0, 2]) - 1)]
    ('风险高', 'high risk')

    .. image:: /images/landslide.svg
       :alt: Factor of safety against slope for three wetnesses, and the grade table as colours
    """
    from riskmap._kernels import slope_stability as kernel

    if rain_days is None and soil_water is None:
        raise DataError(
            "nothing says how wet the ground is", where="landslide grade",
            expected="rain_days or soil_water", found="neither", remedy="give the rain of the days before",
        )  # fmt: skip
    given = {"rain_24h": rain_24h, "rain_days": rain_days, "soil_water": soil_water}
    shape = np.shape(classes)
    for name, array in given.items():
        if array is not None and np.shape(array) != shape:
            raise DataError(
                "arrays of different shapes", where=f"landslide grade, {name}", expected=str(shape),
                found=str(np.shape(array)), remedy="bring them on one grid",
            )  # fmt: skip
    rain = np.atleast_2d(np.asarray(rain_24h, np.float32))
    if bool((rain < 0).any()):
        raise DataError(
            "negative rain", where="landslide grade, rain_24h", expected="0 mm or more", found=f"{np.nanmin(rain)}",
            remedy="mend the rain field; unknown rain is NaN",
        )  # fmt: skip
    days = np.full(rain.shape, -1, np.int8) if rain_days is None else np.atleast_2d(np.asarray(rain_days))
    water = np.full((1, 1), np.nan, np.float32) if soil_water is None else np.atleast_2d(soil_water)
    water = np.broadcast_to(np.asarray(water, np.float32), rain.shape)
    out = np.empty(rain.shape, np.float32)
    rains, day_steps, water_steps = (
        np.asarray(b, np.float64) for b in (rules.rain_bounds, rules.rain_day_bounds, rules.soil_water_bounds)
    )
    table, known = np.asarray(rules.table, np.float32), np.atleast_2d(np.asarray(classes, np.int8))

    def block(first: int, last: int) -> None:
        kernel.grade_rows(
            known, rain, days, water, rains, day_steps, water_steps, table, first, last, out
        )  # fmt: skip

    run_rows(block, rain.shape[0], workers)
    return out.reshape(shape)


def tiers_of_grades(grades: NDArray[np.floating]) -> NDArray[np.int8]:
    """Tier of every grade: 1 green, 2 blue .. 5 red; ``NO_DATA`` where NaN.

    Examples
    --------
    >>> tiers_of_grades(np.array([1.0, 5.0, np.nan])).tolist()
    [0, 4, -1]
    """
    unknown = np.isnan(grades)
    return np.where(unknown, NO_DATA, np.where(unknown, 1.0, grades) - 1).astype(np.int8)


def antecedent_days(daily: Iterable[NDArray[np.floating]], least: float) -> NDArray[np.int8]:
    """Days of rain in a row up to the last day given.

    Parameters
    ----------
    daily : iterable of arrays
        Rain of each day before the 24 h in question, oldest first [mm].
    least : float
        Rain that makes a day a rain day [mm].

    Returns
    -------
    int8 array
        -1 where the last day is unknown; an unknown day further back ends the count there, which is then the least
        that is sure.

    Raises
    ------
    DataError
        No day is given.

    Examples
    --------
    >>> antecedent_days([np.array([12.0, 12.0]), np.array([0.0, 30.0])], 10.0).tolist()
    [0, 2]
    """
    count: NDArray[np.int8] | None = None
    last: NDArray[np.floating] | None = None
    for day in daily:
        before = np.zeros(np.shape(day), np.int8) if count is None else count
        count, last = np.where(day >= least, np.minimum(before + 1, 100), 0).astype(np.int8), day
    if count is None or last is None:
        raise DataError(
            "no day before", where="antecedent rain days", expected="one day's rain or more", found="none",
            remedy="give the days before, or the soil-water index instead",
        )  # fmt: skip
    count[np.isnan(last)] = -1
    return count


class LagState(NamedTuple):
    """What the release remembers of every cell between steps; save it to go on in the next cycle.

    ``dry_hours`` since the last rain [h] and whether yellow was reached since the last release.
    """

    dry_hours: NDArray[np.float32]
    raised: NDArray[np.bool_]


def calm(shape: tuple[int, ...]) -> LagState:
    """State of slopes on which nothing has happened."""
    return LagState(np.full(shape, np.inf, np.float32), np.zeros(shape, bool))


def hold(
    tiers: NDArray[np.int8],
    rain: NDArray[np.floating],
    state: LagState,
    rules: LandslideRules,
    *,
    step: float = 1.0,
) -> tuple[NDArray[np.int8], LagState]:
    """Keep a slope that reached yellow at yellow or above until 24 h after the rain.

    Parameters
    ----------
    tiers : int8 array
        Tier of each cell or asset at this step.
    rain : array
        Rain of the step [mm]; NaN, unknown, does not count as dry.
    step : float
        Length of the step [h].

    Returns
    -------
    tiers, state
        What is known to be raised stays raised where the new tier is unknown.
    """
    with np.errstate(invalid="ignore"):
        dry_now = rain < rules.wet_rate * step
    dry = np.where(dry_now, state.dry_hours + np.float32(step), np.float32(0.0)).astype(np.float32)
    raised = (state.raised & (dry < rules.release_hours)) | (tiers >= Tier.YELLOW)
    kept = np.where(raised, np.maximum(tiers, np.int8(Tier.YELLOW)), tiers).astype(np.int8)
    return kept, LagState(dry, np.asarray(raised))


def grade_hour(
    slopes: xr.Dataset,
    rain_24h: xr.DataArray,
    rules: LandslideRules,
    *,
    rain_days: xr.DataArray | None = None,
    soil_water_index: xr.DataArray | None = None,
) -> xr.DataArray:
    """Grade of every cell at one hour, labelled.

    Parameters
    ----------
    slopes : Dataset (y, x)
        From ``susceptibility``; its attribute ``lacking`` is handed on.
    rain_24h : DataArray (y, x) [mm]
    rain_days : DataArray (y, x) [1], optional
    soil_water_index : DataArray (y, x) [mm], optional

    Returns
    -------
    DataArray (y, x)
        ``landslide_grade``, float32, 1 to 5, NaN unknown.
    """
    classes = slopes["susceptibility_class"]
    grades = landslide_grade(
        np.asarray(classes.values), np.asarray(rain_24h.values), rules,
        rain_days=None if rain_days is None else np.asarray(rain_days.values),
        soil_water=None if soil_water_index is None else np.asarray(soil_water_index.values),
    )  # fmt: skip
    attrs: dict[str, Any] = {"units": "1", "long_name": "geo-hazard grade, 1 to 5"}
    if "lacking" in slopes.attrs:
        attrs["lacking"] = slopes.attrs["lacking"]
    return xr.DataArray(grades, dims=classes.dims, coords=classes.coords, name="landslide_grade", attrs=attrs)
