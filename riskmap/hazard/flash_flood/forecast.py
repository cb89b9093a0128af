"""Flash floods of every small watershed, hour by hour: rain and flood wave against its thresholds, tier, step and lead time.

Which thresholds: the user's own; else guidance from the curve number and the rain so far; else the published county table,
times its factor for wet or dry ground. Each watershed says which, and how far to trust it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.hazard.flash_flood.guidance import (
    BANKFULL_EXPONENT,
    GUIDANCE_HOURS,
    bankfull_discharge,
    guidance_rain,
    threshold_runoff,
)
from riskmap.hazard.flash_flood.ratios import (
    MOVE,
    PREPARE,
    TIER_RATIOS,
    Graded,
    at_least,
    lead_hours,
    rain_before,
    ratio_of,
    rolling_sums,
    step_of,
    tier_of,
    worst_ratio,
)
from riskmap.hazard.flash_flood.watersheds import (
    LABEL,
    LARGEST_AREA,
    BasinWeights,
    check_watersheds,
    paint,
    places,
    weights_between,
)
from riskmap.hazard.runoff.curve_number import antecedent_curve_number, scs_increments
from riskmap.hazard.runoff.network import basin_index, channel_coefficients, route, upstream_area
from riskmap.hazard.runoff.soil_water import require_no_negative
from riskmap.hazard.runoff.unit_hydrograph import hydrograph, scs_lag
from riskmap.hazard.runoff.wetness import CLASSES, wetness_class
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA
from riskmap.schema import require_range

Numbers = NDArray[np.float64]

WINDOWS: Final = (1, 3, 6, 24)
"""Windows of the tests [h]; the flood wave is the last test."""

TABLE, GUIDANCE, OWN, SURVEYED = range(4)
"""Basis of a watershed's thresholds: the published table, guidance, the user's own; of a test also guidance with a
surveyed bankfull."""

BASIS_WORDS: Final = ("外省县级阈值表", "动态临界雨量(CN与前期降雨)", "本流域指标", "动态临界雨量(平滩流量实测)")  # fmt: skip
CONFIDENCE: Final = ("low", "low", "medium")
"""By basis; guidance with a surveyed bankfull discharge is medium."""

UNKNOWN_NUMBER: Final = 70.0
"""Curve number for the lag, and for water sent downstream, where none is known anywhere (status D)."""

STEP: Final = 600.0
"""Of the hydrographs [s]."""

STEPS_AN_HOUR: Final = (1, 2, 3, 6)
"""Of the rain: hours, or 30, 20, 10 min."""


@dataclass(frozen=True, eq=False)
class OwnThresholds:
    """What the user knows of his watersheds, NaN where nothing; see ``riskmap.io.thresholds``.

    Attributes
    ----------
    prepare, move : float arrays (watershed, 4)
        Rain [mm] of 1, 3, 6, 24 h of 准备转移 and 立即转移.
    bankfull : float array (watershed,)
        Discharge [m3 s-1] at the outlet that fills the channel: of the whole area above it.
    curve_number : float array (watershed,)
        For ground of normal wetness.
    """

    prepare: Numbers
    move: Numbers
    bankfull: Numbers
    curve_number: Numbers = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class _Setting:
    """What stays the same over the hours, each (watershed,)."""

    area: Numbers
    upstream: Numbers
    lag: Numbers
    number: Numbers
    wetness: NDArray[np.int8]
    bankfull: Numbers
    surveyed: NDArray[np.bool_]
    own: OwnThresholds


def flash_flood(
    watersheds: xr.Dataset,
    rain: xr.DataArray,
    rule: HazardRule,
    *,
    analysis: np.datetime64,
    curve_number: NDArray[np.floating] | None = None,
    soil_index: NDArray[np.floating] | None = None,
    bounds: tuple[Any, Any] | None = None,
    own: OwnThresholds | None = None,
    weights: BasinWeights | None = None,
) -> xr.Dataset:
    """Flash-flood tiers and steps of small watersheds.

    Parameters
    ----------
    watersheds : Dataset
        ``watershed_label`` (y, x) and the table (watershed,); see ``check_watersheds``.
    rain : DataArray (time, y, x)
        Rain of the step that ends at each time [mm], on a grid of its own with the same kind of coordinates: hours, or
        30, 20, 10 min. For whole windows it begins a day before the first hour of interest. May be lazy: it is taken
        step by step.
    rule : HazardRule
        The published table (``riskmap/rules/flash_flood.toml``).
    analysis : datetime64
        Present instant, UTC: rain until then is measured, after it forecast.
    curve_number : float array (watershed,), optional
        For ground of normal wetness; without it there is neither guidance nor a flood wave.
    soil_index : float array (watershed,), optional
        Soil-water index [mm] before the first hour of ``rain``; makes the ground dry, normal or wet. Normal by default.
    bounds : (dry, wet), optional
        Indices [mm] that bound dry and wet, see ``wetness_class``.
    own : OwnThresholds, optional
        The user's own, before all else.
    weights : BasinWeights, optional
        From ``weights_between``, where they were made before.

    Returns
    -------
    Dataset (watershed, time)
        ``rain_1h`` ... ``rain_24h`` and ``threshold_1h`` ... (立即转移) [mm], ``discharge`` (largest of the step) [m3 s-1],
        ``basin_index``, ``ratio`` (1 = move now), ``driver`` (test that gives it), ``driver_basis`` (that test's own
        basis, -1 unknown), ``tier`` (four colours), ``step`` (0, 1 准备转移, 2 立即转移), and per watershed ``lead_prepare`` and ``lead_move`` [h], ``peak_discharge``,
        ``peak_time``, ``bankfull``, ``wetness``, ``basis``, ``confidence``.

    Raises
    ------
    DataError, UnitsError, GeometryError
        Not watersheds, or negative rain.
    CoverageError
        Rain and watersheds do not overlap, steps are missing, or the analysis lies outside them.

    Examples
    --------
    >>> import riskmap as rm
    >>> from riskmap.hazard.flash_flood import with_labels
    >>> label, table = rm.watershed_layers(rm.drainage_layers(rm.read_dem(rm.bundled("dem/made_valley.tif"))))
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(24) * np.timedelta64(1, "h")
    >>> rain = xr.DataArray(0.0, {"time": hours, "y": label["y"][::20], "x": label["x"][::20]}, ("time", "y", "x"))
    >>> rain[-2:] = 50.0  # mm in each of the last two hours
    >>> found = flash_flood(with_labels(table, label.values, label["y"].values, label["x"].values), rain,
    ...                     rm.read_rules()["flash_flood"], analysis=hours[-3])
    >>> found["tier"].values[0, -2:].tolist(), float(found["lead_prepare"][0])  # yellow, orange; in 2 h 准备转移
    ([2, 3], 2.0)

    .. image:: /images/flash_flood.svg
       :alt: A storm on a wooded watershed of 12 km²: guidance falls as the ground gets wet; the flood wave passes bankfull
    """
    check_watersheds(watersheds)
    hours, an_hour = _hours(rain, analysis)
    over = weights_between(watersheds, rain) if weights is None else weights
    amounts = basin_rain(rain, over)
    setting = _setting(watersheds, curve_number, soil_index, bounds, own)
    graded = _graded(amounts, setting, rule, watersheds, an_hour)
    if np.isnan(amounts).any():  # a gap hides nothing that the known rain shows
        graded = at_least(graded, _graded(np.nan_to_num(amounts), setting, rule, watersheds, an_hour))
    return _labelled(watersheds, rain, graded, hours, setting)


def _graded(
    amounts: Numbers, setting: _Setting, rule: HazardRule, watersheds: xr.Dataset, an_hour: int
) -> Graded:
    sums = np.stack([rolling_sums(amounts, w * an_hour) for w in WINDOWS])
    ratios, moves, bases = _rain_ratios(sums, amounts, setting, rule, an_hour)
    flow = _flow(amounts, setting, watersheds, an_hour)
    wave = flow / setting.bankfull[:, None]
    # where there is no curve number the wave is no test; where the rain is unknown, it is an unknown one
    wave[~(setting.number > 0)] = 0.0
    ratio, driver = worst_ratio(np.concatenate([ratios, wave[None]]))
    return Graded(sums, moves, flow, ratio, driver, bases)


def basin_rain(rain: xr.DataArray, weights: BasinWeights) -> Numbers:
    """Mean rain [mm] of each watershed and hour (watershed, time), hour by hour: memory does not grow with the series.

    Raises
    ------
    DataError
        Negative rain, or more in a step than can fall.
    UnitsError
        Rain in another unit than mm.
    """
    units = rain.attrs.get("units", "mm")
    if units != "mm":
        raise UnitsError(
            "rain in another unit", where="rain", expected="mm in each step", found=repr(units),
            remedy="convert it and set attrs['units']",
        )  # fmt: skip
    out = np.empty((len(weights.first) - 1, rain.sizes["time"]))
    for k in range(rain.sizes["time"]):
        amount = np.asarray(rain.isel(time=k).transpose("y", "x").values)
        where = f"rain, {rain['time'].values[k].astype('datetime64[s]')}"
        require_no_negative(amount, where=where)
        require_range(amount, "rain_1h", where=where)
        out[:, k] = weights.mean(amount)
    return out


def _hours(rain: xr.DataArray, analysis: np.datetime64) -> tuple[Numbers, int]:
    """End of each step, in hours from the analysis; and steps an hour."""
    times = rain["time"].values
    gaps = np.diff(times) / np.timedelta64(1, "s")
    step = float(np.median(gaps)) if gaps.size else 3600.0
    an_hour = 3600.0 / step if step > 0.0 else 0.0
    if an_hour not in STEPS_AN_HOUR:
        raise CoverageError(
            "steps of the rain that no hour is made of", where="rain, time", found=f"{step:g} s",
            expected=f"steps of {', '.join(f'{60 // n}' for n in STEPS_AN_HOUR)} min", remedy="sum or split the rain",
        )  # fmt: skip
    if (gaps != step).any():
        at = int(np.argmax(gaps != step))
        raise CoverageError(
            "steps are missing in the rain", where=f"rain, after {times[at].astype('datetime64[s]')}",
            expected=f"one field every {step / 60.0:g} min", found=f"{gaps[at] / 60.0:g} min to the next",
            remedy="put in the missing fields, NaN where unknown",
        )  # fmt: skip
    hours = (times - np.datetime64(analysis)) / np.timedelta64(3600, "s")
    if not (hours.min(initial=np.inf) <= 0.0 <= hours.max(initial=-np.inf)):
        raise CoverageError(
            "the analysis lies outside the rain", where="analysis", found=str(analysis),
            expected=f"{times[0]} to {times[-1]}" if len(times) else "rain", remedy="give rain around it",
        )  # fmt: skip
    return np.asarray(hours, np.float64), round(an_hour)


def _setting(
    watersheds: xr.Dataset, curve_number: NDArray[np.floating] | None, soil_index: NDArray[np.floating] | None,
    bounds: tuple[Any, Any] | None, own: OwnThresholds | None,
) -> _Setting:  # fmt: skip
    count = watersheds.sizes["watershed"]
    nothing = np.full(count, np.nan)
    theirs = own or OwnThresholds(np.full((count, 4), np.nan), np.full((count, 4), np.nan), nothing, nothing)
    if theirs.prepare.shape != (count, 4) or theirs.move.shape != (count, 4):
        raise DataError(
            "own thresholds of other watersheds", where="own", expected=f"({count}, 4)",
            found=str(theirs.prepare.shape), remedy="read the table for these watersheds",
        )  # fmt: skip
    mapped = nothing if curve_number is None else np.asarray(curve_number, np.float64)
    numbers = theirs.curve_number if theirs.curve_number.size else nothing
    normal = np.where(np.isnan(numbers), mapped, numbers)
    wetness = np.full(count, 1, np.int8) if soil_index is None else wetness_class(soil_index, bounds)
    # an unknown state counts as wet: the lower threshold
    number = antecedent_curve_number(normal, np.where(wetness < 0, 2, wetness))
    area = watersheds["area"].values.astype(np.float64)
    upstream = upstream_area(area, places(watersheds))
    surveyed = ~np.isnan(theirs.bankfull)
    lag = scs_lag(
        np.maximum(watersheds["main_length"].values, np.sqrt(area)),
        watersheds["mean_slope"].values,
        np.where(number > 0, number, UNKNOWN_NUMBER),
    )
    bankfull = np.where(surveyed, theirs.bankfull, bankfull_discharge(upstream))
    return _Setting(area, upstream, lag, number, wetness, bankfull, surveyed, theirs)


def _rain_ratios(
    sums: Numbers, amounts: Numbers, setting: _Setting, rule: HazardRule, an_hour: int
) -> tuple[Numbers, Numbers, NDArray[np.int8]]:
    """Ratio and move-now threshold of each window (window, watershed, time), and the basis of each test (test, watershed)."""
    ratios, moves = np.empty_like(sums), np.empty_like(sums)
    guided = setting.number > 0
    guide = np.where(setting.surveyed, SURVEYED, GUIDANCE).astype(np.int8)
    bases = np.full((len(WINDOWS) + 1, len(guided)), TABLE, np.int8)
    bases[-1] = guide
    local = setting.bankfull * (setting.area / setting.upstream) ** BANKFULL_EXPONENT
    for n, window in enumerate(WINDOWS):
        table = _table(rule, window, setting.wetness)
        ratios[n] = ratio_of(sums[n], tuple(t[:, None] for t in table))  # type: ignore[arg-type]
        moves[n] = np.broadcast_to(table[3][:, None], sums[n].shape)
        if window in GUIDANCE_HOURS and guided.any():
            g = guided
            needed = threshold_runoff(
                local[g], setting.area[g], setting.lag[g], duration=3600.0 * window, step=STEP
            )
            before = rain_before(amounts[g], window * an_hour)
            moves[n][g] = guidance_rain(needed[:, None], setting.number[g][:, None], before=before)
            ratios[n][g] = sums[n][g] / moves[n][g]
            bases[n][g] = guide[g]
        known = ~np.isnan(setting.own.prepare[:, n] + setting.own.move[:, n])
        bases[n][known] = OWN
        prepare, move = setting.own.prepare[known, n, None], setting.own.move[known, n, None]
        shares = [prepare * r / PREPARE for r in TIER_RATIOS[:2]]
        ratios[n][known] = ratio_of(sums[n][known], (*shares, prepare, move))  # type: ignore[arg-type]
        moves[n][known] = np.broadcast_to(move, sums[n][known].shape)
    return ratios, moves, bases


def _table(rule: HazardRule, window: int, wetness: NDArray[np.int8]) -> list[Numbers]:
    """Thresholds of blue to red [mm] of each watershed, by its wetness; an unknown one counts as wet."""
    metric = next(m for m in rule.metrics if m.window_hours == window)
    factors = [rule.wetness.get(c, {}).get(metric.variable, 1.0) for c in CLASSES]
    factor = np.array(factors)[np.where(wetness < 0, 2, wetness)]
    return [np.nan * factor if t is None else t * factor for t in metric.thresholds]


def _flow(amounts: Numbers, setting: _Setting, watersheds: xr.Dataset, an_hour: int) -> Numbers:
    """Largest discharge of each step of the rain at every outlet [m3 s-1] (watershed, time).

    A watershed without a curve number sends down the water of a middling one: none at all would look safe below it.
    """
    parts_of = round(3600.0 / STEP) // an_hour
    has = setting.number > 0
    middling = float(np.median(setting.number[has])) if has.any() else UNKNOWN_NUMBER
    rain = np.repeat(amounts / parts_of, parts_of, axis=1)
    excess = scs_increments(rain.T, np.where(has, setting.number, middling)).T
    own = hydrograph(excess, setting.area, setting.lag, step=STEP)
    length = watersheds["main_length"].values.astype(np.float64)
    slope = watersheds["main_drop"].values / np.maximum(length, 1.0)
    coefficients, parts = channel_coefficients(length, slope, setting.bankfull, step=STEP)
    routed = route(own, places(watersheds), coefficients, parts)
    return np.asarray(routed.reshape(len(amounts), -1, parts_of).max(axis=-1))


def _labelled(
    watersheds: xr.Dataset, rain: xr.DataArray, graded: Graded, hours: Numbers, setting: _Setting
) -> xr.Dataset:
    sums, moves, flow, ratio, driver, bases = graded
    both, one, mm = ("watershed", "time"), "watershed", {"units": "mm"}
    flows = {"units": "m3 s-1"}
    basis = np.where((bases == OWN).any(axis=0), OWN, np.where(setting.number > 0, GUIDANCE, TABLE)).astype(
        np.int8
    )
    of_driver = bases[np.maximum(driver, 0), np.arange(len(driver))[:, None]]
    trusted = np.where((basis == GUIDANCE) & setting.surveyed, "medium", np.array(CONFIDENCE)[basis])
    trusted = np.where(setting.area > LARGEST_AREA, "low", trusted)
    known = ~np.isnan(flow)
    peak = np.where(known, flow, -np.inf).argmax(axis=1)
    variables: dict[str, Any] = {}
    for n, window in enumerate(WINDOWS):
        variables[f"rain_{window}h"] = (both, sums[n].astype(np.float32), mm)
        variables[f"threshold_{window}h"] = (both, moves[n].astype(np.float32), mm)
    variables |= {
        "discharge": (both, flow.astype(np.float32), flows),
        "basin_index": (both, basin_index(flow).astype(np.float32), {"units": "1"}),
        "ratio": (both, ratio.astype(np.float32), {"units": "1", "bounds_of_tiers": list(TIER_RATIOS)}),
        "driver": (both, driver, {"tests": [*(f"rain_{w}h" for w in WINDOWS), "discharge"]}),
        "driver_basis": (both, np.where(driver < 0, np.int8(-1), of_driver), {"meanings": list(BASIS_WORDS)}),
        "tier": (both, tier_of(ratio), {"no_data": NO_DATA}),
        "step": (both, step_of(ratio), {"no_data": NO_DATA, "meanings": "0 none, 1 准备转移, 2 立即转移"}),
        "lead_prepare": (one, lead_hours(ratio, hours, PREPARE), {"units": "h"}),
        "lead_move": (one, lead_hours(ratio, hours, MOVE), {"units": "h"}),
        "peak_discharge": (one, np.where(known.any(axis=1), flow[np.arange(len(flow)), peak], np.nan), flows),
        "peak_time": (one, np.where(known.any(axis=1), hours[peak], np.nan), {"units": "h", "long_name": "hours from the analysis"}),
        "bankfull": (one, setting.bankfull, flows),
        "wetness": (one, setting.wetness, {"meanings": "0 dry, 1 normal, 2 wet, -1 unknown"}),
        "basis": (one, basis, {"meanings": list(BASIS_WORDS)}),
        "confidence": (one, trusted),
    }  # fmt: skip
    numbers = watersheds["watershed"].values if "watershed" in watersheds.coords else np.arange(len(flow)) + 1
    return xr.Dataset(variables, coords={"watershed": numbers, "time": rain["time"].values})


def paint_tiers(
    watersheds: xr.Dataset, found: xr.Dataset, *, time: int, outside: float = np.nan
) -> NDArray[np.float32]:
    """Ratio of one hour on every cell of the label raster (y, x); NaN where unknown.

    Parameters
    ----------
    watersheds, found : Dataset
        As given to and returned by ``flash_flood``.
    time : int
        Index of the hour.
    outside : float
        Of cells in no watershed: NaN, or 0 where the caller knows that they are land too flat to have one.
    """
    labels = watersheds[LABEL].transpose("y", "x").values
    return paint(labels, found["ratio"].isel(time=time).values, outside=outside)
