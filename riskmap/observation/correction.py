"""Rain fields corrected by gauges: one factor for all, or factors by distance, each scored by leaving gauges out.

Four methods. ``mean_field``: all gauges' rain over the field's at them (mean field bias; Smith and Krajewski 1991).
``brandes``: ratios weighted by exp(-d2/k), k = 1/(2 gauge density) (Brandes 1975, in the form of Goudenhoofdt and Delobbe
2009). ``inverse_distance``: ratios weighted by reach2/d2 - 1 (inverse distance that fades out at the reach; Franke and Little), exact at
the gauges. ``additive``: the same weights on differences, cut at zero: the one that can bring rain where the field has
none. Status: forms S (read in public code that names them) or M, limits and reach D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import ConfigError, DataError
from riskmap.grid import EARTH_RADIUS, Grid

Method = Literal["mean_field", "brandes", "inverse_distance", "additive"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class CorrectionRules:
    """Limits of the correction (status D).

    Attributes
    ----------
    least_rain : float
        Rain of the field at a gauge below which no ratio is formed [mm].
    least_factor, largest_factor : float
        Factors are held between them: a gauge may be wrong in a way that no test sees.
    least_gauges : int
        Fewer cells with gauges leave the field as it is.
    reach : float
        A gauge says nothing beyond it [m].
    fading : float
        In a forecast the correction fades to 1 with this time constant [h].
    """

    least_rain: float = 1.0
    least_factor: float = 0.2
    largest_factor: float = 5.0
    least_gauges: int = 3
    reach: float = 100e3
    fading: float = 6.0


RULES: Final = CorrectionRules()


class GaugeCells(NamedTuple):
    """Gauges by the cell that they lie in, in the order of the grid: ``row``, ``column`` and mean ``rain`` [mm]."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    rain: Numbers


def gauge_cells(
    grid: Grid, longitude: NDArray[Any], latitude: NDArray[Any], rain: NDArray[Any]
) -> GaugeCells:
    """Mean rain of the gauges of each cell; gauges off the grid and unknown rain are left out.

    Parameters
    ----------
    longitude, latitude : arrays (gauge,) [degrees]
    rain : array (gauge,) [mm]
        Trusted sums; NaN unknown.

    Raises
    ------
    DataError
        Negative rain: it was to be flagged and left out.
    """
    amounts = np.asarray(rain, np.float64)
    if bool((amounts < 0).any()):
        raise DataError(
            "negative rain at a gauge", where="rain correction", expected="0 mm or more", found=f"{np.nanmin(amounts):g}",
            remedy="use trusted readings only",
        )  # fmt: skip
    held: dict[tuple[int, int], list[float]] = {}
    for x, y, mm in zip(np.asarray(longitude), np.asarray(latitude), amounts, strict=True):
        spot = grid.index_of(latitude=float(y), longitude=float(x))
        if spot is not None and not np.isnan(mm):
            held.setdefault(spot, []).append(float(mm))
    cells = sorted(held)
    places = np.array(cells, np.intp).reshape(-1, 2)
    means = [float(np.mean(sorted(held[cell]))) for cell in cells]
    return GaugeCells(places[:, 0], places[:, 1], np.array(means, np.float64))


def gauge_factors(gauge: Numbers, field: Numbers, rules: CorrectionRules = RULES) -> Numbers:
    """Gauge over field at each gauge, within the limits; NaN where the field has too little rain for a ratio.

    Parameters
    ----------
    gauge, field : arrays (gauge,) [mm]

    Examples
    --------
    >>> gauge_factors(np.array([20.0, 0.0, 99.0, 5.0]), np.array([10.0, 10.0, 10.0, 0.5])).tolist()
    [2.0, 0.2, 5.0, nan]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.clip(gauge / field, rules.least_factor, rules.largest_factor)
    return np.where(field >= rules.least_rain, ratio, np.nan)


def mean_field_bias(gauge: Numbers, field: Numbers, rules: CorrectionRules = RULES) -> float:
    """All gauges' rain over the field's at them, within the limits; 1 where too little is known.

    Parameters
    ----------
    gauge, field : arrays (gauge,) [mm]
        NaN pairs are left out.

    Examples
    --------
    >>> mean_field_bias(np.array([20.0, 40.0, 30.0]), np.array([10.0, 30.0, 20.0]))
    1.5
    """
    known = ~np.isnan(gauge) & ~np.isnan(field)
    theirs = float(field[known].sum())
    if known.sum() < rules.least_gauges or theirs < rules.least_rain * known.sum():
        return 1.0
    return float(np.clip(gauge[known].sum() / theirs, rules.least_factor, rules.largest_factor))


def _metres(grid: Grid) -> tuple[Numbers, Numbers, Numbers]:
    """Centres of columns and rows [m at the equator], and the cosine of each row's latitude."""
    x, y = np.radians(grid.longitude) * EARTH_RADIUS, np.radians(grid.latitude) * EARTH_RADIUS
    return x, y, np.cos(np.radians(grid.latitude))


def adjustment(
    field: NDArray[np.floating], grid: Grid, cells: GaugeCells, *, method: Method, rules: CorrectionRules = RULES,
    rows: NDArray[np.intp] | None = None, columns: NDArray[np.intp] | None = None,
) -> Numbers:  # fmt: skip
    """Factor (or for ``additive`` the difference [mm]) at every cell.

    Parameters
    ----------
    field : array (y, x) [mm]
        Sum over the time of the gauges' sums.
    grid : Grid
    cells : GaugeCells
    method : str
        ``mean_field``, ``brandes``, ``inverse_distance``, ``additive``.
    rows, columns : index arrays, optional
        Only these rows and columns.

    Returns
    -------
    float64 array (y, x)
        1 (or 0) everywhere where fewer cells have gauges than the rules ask for.

    Raises
    ------
    ConfigError
        Unknown method.
    DataError
        The field is not on the grid, or has negative rain.
    """
    from riskmap._kernels import gauge_weights as kernel

    if method not in METHODS:
        raise ConfigError(
            "unknown method of correction", where="rain correction, method", expected=" | ".join(METHODS),
            found=repr(method), remedy="choose one of them",
        )  # fmt: skip
    values = np.asarray(field, np.float64)
    if values.shape != grid.shape or bool((values < 0).any()):
        raise DataError(
            "a rain field that cannot be corrected", where="rain correction", expected=f"{grid.shape}, 0 mm or more",
            found=f"{values.shape}, least {np.nanmin(values) if values.size else np.nan:g}", remedy="check the field",
        )  # fmt: skip
    x, y, stretch = _metres(grid)
    own = values[cells.row, cells.column]
    additive = method == "additive"
    bias = 0.0 if additive else mean_field_bias(cells.rain, own, rules)
    said = cells.rain - own if additive else gauge_factors(cells.rain, own, rules)
    use = ~np.isnan(said)
    gauge_x, gauge_y, said = x[cells.column][use], y[cells.row][use], said[use]
    rows = np.arange(grid.shape[0]) if rows is None else rows
    columns = np.arange(grid.shape[1]) if columns is None else columns
    out = np.full((len(rows), len(columns)), bias)
    if len(cells.rain) < rules.least_gauges or method == "mean_field" or len(said) == 0:
        return out
    width = (x[-1] - x[0] + (x[1] - x[0] if len(x) > 1 else 0)) * float(stretch.mean())
    height = abs(y[-1] - y[0]) + (abs(y[1] - y[0]) if len(y) > 1 else 0)
    smoothing = max(width * height, 1.0) / (2.0 * len(said))
    gaussian = method == "brandes"
    weight = float(np.exp(-(rules.reach**2) / smoothing)) if gaussian else 1.0
    at_x, at_y, at_stretch = x[columns], y[rows], stretch[rows]

    def block(first: int, last: int) -> None:
        kernel.mean_rows(
            at_x, at_y, at_stretch, gauge_x, gauge_y, said, smoothing, rules.reach, gaussian, bias, max(weight, 1e-300),
            first, last, out,
        )  # fmt: skip

    run_rows(block, len(rows))
    return out


def interpolated(grid: Grid, cells: GaugeCells, *, reach: float) -> Numbers:
    """Rain by the gauges alone [mm], (y, x): inverse distance, NaN where no gauge is within reach.

    Parameters
    ----------
    grid : Grid
    cells : GaugeCells
    reach : float
        [m]
    """
    from riskmap._kernels import gauge_weights as kernel

    x, y, stretch = _metres(grid)
    out = np.full(grid.shape, np.nan)

    def block(first: int, last: int) -> None:
        kernel.mean_rows(
            x, y, stretch, x[cells.column], y[cells.row], cells.rain, 1.0, reach, False, 0.0, 0.0, first, last, out
        )  # fmt: skip

    run_rows(block, len(y))
    return out


def apply(field: NDArray[np.floating], by: Numbers, *, method: Method) -> Numbers:
    """The field with the correction: times the factor, or plus the difference and never below zero [mm].

    Unknown rain stays unknown.
    """
    rain = np.asarray(field, np.float64)
    return np.maximum(rain + by, 0.0) if method == "additive" else rain * by


def fade(by: Numbers, lead_time: float, *, method: Method, rules: CorrectionRules = RULES) -> Numbers:
    """The correction of a forecast so many hours ahead: what the gauges know fades with time.

    Parameters
    ----------
    by : array
        From ``adjustment``.
    lead_time : float
        After the gauges' last hour [h].

    Examples
    --------
    >>> fade(np.array([2.0]), 0.0, method="brandes").tolist(), fade(np.array([2.0]), 600.0, method="brandes").tolist()
    ([2.0], [1.0])
    """
    rest = 0.0 if method == "additive" else 1.0
    return np.asarray(
        rest + (np.asarray(by) - rest) * np.exp(-max(lead_time, 0.0) / rules.fading), np.float64
    )


@dataclass(frozen=True)
class Score:
    """How well cells with gauges are told by the other gauges [mm]; ``before`` is the field as it came.

    ``number`` of cells, mean error (``bias``), mean absolute error and root mean square error.
    """

    method: str
    number: int
    bias_before: float
    bias_after: float
    absolute_before: float
    absolute_after: float
    rms_before: float
    rms_after: float


def leave_one_out(
    field: NDArray[np.floating],
    grid: Grid,
    cells: GaugeCells,
    *,
    method: Method,
    rules: CorrectionRules = RULES,
) -> Score:
    """Correct without each cell in turn, and compare with its gauges.

    Parameters
    ----------
    field : array (y, x) [mm]
    grid, cells, method, rules
        As for ``adjustment``.
    """
    values = np.asarray(field, np.float64)
    before = values[cells.row, cells.column] - cells.rain
    after = np.full(len(cells.rain), np.nan)
    for k in range(len(cells.rain)):
        others = GaugeCells(np.delete(cells.row, k), np.delete(cells.column, k), np.delete(cells.rain, k))
        row, column = cells.row[k : k + 1], cells.column[k : k + 1]
        by = adjustment(values, grid, others, method=method, rules=rules, rows=row, columns=column)
        after[k] = apply(values[row, column], by[0], method=method)[0] - cells.rain[k]
    known = ~np.isnan(before) & ~np.isnan(after)
    b, a = before[known], after[known]
    if b.size == 0:
        return Score(method, 0, *([float("nan")] * 6))
    return Score(
        method, int(b.size), float(b.mean()), float(a.mean()), float(np.abs(b).mean()), float(np.abs(a).mean()),
        float(np.sqrt((b**2).mean())), float(np.sqrt((a**2).mean())),
    )  # fmt: skip


def best_method(
    field: NDArray[np.floating], grid: Grid, cells: GaugeCells, rules: CorrectionRules = RULES
) -> tuple[Method | None, Mapping[str, Score]]:
    """The method with the least root mean square error left out; None where none is better than the field itself.

    Parameters
    ----------
    field : array (y, x) [mm]
    """
    scores: dict[str, Score] = {}
    best: Method | None = None
    for method in METHODS:
        scores[method] = score = leave_one_out(field, grid, cells, method=method, rules=rules)
        bar = score.rms_before if best is None else scores[best].rms_after
        if score.number >= rules.least_gauges and score.rms_after < bar:
            best = method
    return best, MappingProxyType(scores)


def correct_rain(
    rain: xr.DataArray, grid: Grid, cells: GaugeCells, *, method: Method | Literal["best"] = "best",
    rules: CorrectionRules = RULES,
) -> xr.Dataset:  # fmt: skip
    """A rain sum corrected by gauges, labelled.

    Parameters
    ----------
    rain : DataArray (y, x) [mm]
        Sum over the time that the gauges' sums cover.
    grid, cells
        See ``gauge_cells``.
    method : str
        ``best`` takes the one that leaving gauges out prefers, or none.

    Returns
    -------
    Dataset (y, x)
        ``rain`` [mm] float32 and ``adjustment`` (factor, or difference [mm]) float32; attributes ``method``, ``gauges``
        and the score left out, ``rms_before`` and ``rms_after`` [mm].
    """
    chosen: Method | None
    if method == "best":
        chosen, scores = best_method(np.asarray(rain.values), grid, cells, rules)
        score = scores[chosen or METHODS[0]]
    else:
        chosen, score = (
            method,
            leave_one_out(np.asarray(rain.values), grid, cells, method=method, rules=rules),
        )
    if chosen is None:
        by, found = np.ones(grid.shape), np.asarray(rain.values, np.float64)
    else:
        by = adjustment(np.asarray(rain.values), grid, cells, method=chosen, rules=rules)
        found = apply(np.asarray(rain.values), by, method=chosen)
    unit = "mm" if chosen == "additive" else "1"
    attrs = {
        "method": chosen or "none", "gauges": len(cells.rain), "rms_before": score.rms_before,
        "rms_after": score.rms_before if chosen is None else score.rms_after,
    }  # fmt: skip
    return xr.Dataset(
        {
            "rain": (rain.dims, found.astype(np.float32), {"units": "mm"}),
            "adjustment": (rain.dims, by.astype(np.float32), {"units": unit}),
        },
        coords=rain.coords,
        attrs=attrs,
    )
