"""Small watersheds (小流域) as flash floods need them: the table's form, mean rain over each, values painted back.

A watershed's number in the label raster is its place in the table plus one; 0 is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.hazard.runoff.network import downstream_order

LABEL: Final = "watershed_label"

TABLE: Final = {
    "area": "m2",
    "main_length": "m",
    "main_drop": "m",
    "mean_slope": "m m-1",
}
"""Variables of the table (watershed,) and their units; beside them ``downstream``: the next one's number, 0 = none."""

LARGEST_AREA: Final = 200e6
"""Flash-flood watersheds are in principle smaller [m2] (S); what is said of larger ones has low confidence."""

LEAST_COVER: Final = 0.9
"""A watershed's rain is known where it is known on this share of its cells (status D)."""


def check_watersheds(watersheds: xr.Dataset) -> None:
    """Refuse a Dataset that is no table of watersheds with its raster.

    Raises
    ------
    DataError
        Names the variable that is missing or the watershed that is wrong.
    UnitsError
        Another unit.
    GeometryError
        Watersheds that drain in a loop.
    """
    missing = [n for n in (LABEL, "downstream", *TABLE) if n not in watersheds]
    if missing:
        raise DataError(
            "not a table of watersheds", where=f"watersheds, {missing[0]}", found="no such variable",
            expected=f"{LABEL} (y, x) and downstream, {', '.join(TABLE)} (watershed)", remedy="delineate them first",
        )  # fmt: skip
    for name, units in TABLE.items():
        found = watersheds[name].attrs.get("units")
        if found != units:
            raise UnitsError(
                "wrong units", where=f"watersheds, {name}", expected=units, found=repr(found),
                remedy=f"convert to {units} and set attrs['units']",
            )  # fmt: skip
        values = watersheds[name].values
        wrong = ~((values > 0) if name == "area" else (values >= 0))
        if wrong.any():
            _refuse(name, int(np.argmax(wrong)), "above 0" if name == "area" else "0 or more", values)
    labels, count = watersheds[LABEL].values, watersheds.sizes["watershed"]
    if labels.dtype.kind not in "iu" or labels.min(initial=0) < 0 or labels.max(initial=0) > count:
        raise DataError(
            "labels that the table does not have", where=f"watersheds, {LABEL}", expected=f"integers 0 to {count}",
            found=f"{labels.dtype}, {labels.min()} to {labels.max()}", remedy="use the table made with the raster",
        )  # fmt: skip
    downstream_order(places(watersheds))


def with_labels(
    table: xr.Dataset, labels: NDArray[np.integer], y: NDArray[np.floating], x: NDArray[np.floating]
) -> xr.Dataset:
    """The table of ``riskmap.terrain.basins.small_watersheds`` with its raster (y, x) and the raster's cell centres.

    Parameters
    ----------
    table : Dataset (watershed)
    labels : int array (y, x)
    y, x : float arrays
        Cell centres, in the unit of the rain's coordinates.
    """
    return table.assign({LABEL: (("y", "x"), np.asarray(labels, np.int32))}).assign_coords(y=y, x=x)


def _refuse(name: str, at: int, expected: str, values: NDArray[np.floating]) -> None:
    raise DataError(
        "a watershed with an impossible number", where=f"watersheds, {name}, watershed {at + 1}", expected=expected,
        found=str(float(values[at])), remedy="delineate it anew",
    )  # fmt: skip


def places(watersheds: xr.Dataset) -> NDArray[np.int64]:
    """Place of the next watershed downstream of each, -1 where there is none."""
    return np.asarray(watersheds["downstream"].values, np.int64) - 1


Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BasinWeights:
    """Which cells of another grid lie in which watershed, and how much of it: exact counts of the raster's cells.

    Attributes
    ----------
    cell : int array (pair,)
        Flat cells of the other grid, watershed by watershed.
    weight : float array (pair,)
        Cells of the label raster, times their weight.
    first : int array (watershed + 1,)
        Where each watershed's pairs begin.
    total : float array (watershed,)
        Weight of the whole watershed, cells outside the other grid included.
    shape : (int, int)
        Of the other grid.
    """

    cell: NDArray[np.int64]
    weight: NDArray[np.float64]
    first: NDArray[np.int64]
    total: NDArray[np.float64]
    shape: tuple[int, int]

    def mean(self, field: NDArray[np.floating], *, least_cover: float = LEAST_COVER) -> NDArray[np.float64]:
        """Mean of a field (y, x) over each watershed; NaN where less than ``least_cover`` of it is known.

        Raises
        ------
        DataError
            Another shape.
        """
        if field.shape != self.shape:
            raise DataError(
                "a field of another grid", where="BasinWeights.mean", expected=str(self.shape), found=str(field.shape),
                remedy="make the weights anew for this grid",
            )  # fmt: skip
        values = np.asarray(field, np.float64).ravel()[self.cell]
        known = ~np.isnan(values)
        return _mean(
            self._sums(np.where(known, self.weight, 0.0)),
            self._sums(np.where(known, self.weight * np.nan_to_num(values), 0.0)),
            self.total,
            least_cover,
        )

    def _sums(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of each watershed's pairs; 0 where it has none."""
        count = len(self.first) - 1
        out = np.zeros(count)
        some = np.diff(self.first) > 0
        if some.any():
            out[some] = np.add.reduceat(values, self.first[:-1][some])
        return out


def _mean(
    known: NDArray[np.float64], sums: NDArray[np.float64], total: NDArray[np.float64], least: float
) -> NDArray[np.float64]:
    enough = (known > 0.0) & (known >= least * total)
    return np.where(enough, sums / np.where(known > 0.0, known, 1.0), np.nan)


def cells_under(
    centres: NDArray[np.floating], axis: NDArray[np.floating], *, where: str = "axis"
) -> NDArray[np.int64]:
    """Index of the cell of a regular ``axis`` that holds each of ``centres``; -1 outside. Both in the same unit.

    Raises
    ------
    DataError
        An axis of fewer than two cells, or one that is not regular.

    Examples
    --------
    >>> cells_under(np.array([0.6, 1.4, 9.0]), np.array([0.5, 1.5, 2.5])).tolist()
    [0, 1, -1]
    """
    axis = np.asarray(axis, np.float64)
    step = np.diff(axis)
    if axis.size < 2 or not np.allclose(step, step[0], rtol=1e-4, atol=0.0) or step[0] == 0.0:
        raise DataError(
            "not a regular axis", where=where, expected="two or more cell centres at even distances",
            found=f"{axis.size} centres", remedy="bring the field onto a regular grid",
        )  # fmt: skip
    even = (axis[-1] - axis[0]) / (axis.size - 1)
    index = np.floor((np.asarray(centres, np.float64) - axis[0]) / even + 0.5 + 1e-9).astype(np.int64)
    return np.where((index >= 0) & (index < axis.size), index, -1)


def basin_weights(
    labels: NDArray[np.integer],
    rows: NDArray[np.integer],
    columns: NDArray[np.integer],
    shape: tuple[int, int],
    *,
    count: int | None = None,
    row_weight: NDArray[np.floating] | None = None,
) -> BasinWeights:
    """Weights of another grid's cells in every watershed, by counting the raster's cells.

    Parameters
    ----------
    labels : int32 array (y, x)
        Watershed numbers, 0 = none.
    rows, columns : int arrays (y,) and (x,)
        Row and column of the other grid under each row and column of the raster, -1 outside; see ``cells_under``.
    shape : (int, int)
        Of the other grid.
    count : int, optional
        Number of watersheds; the largest label by default.
    row_weight : float array (y,), optional
        Area of a cell of each row, say; 1 by default.
    """
    from riskmap._kernels import runoff as kernel

    labels = np.ascontiguousarray(labels, np.int32)
    rows, columns = np.asarray(rows, np.int64), np.asarray(columns, np.int64)
    cells, height = shape[0] * shape[1], labels.shape[0]
    number = int(labels.max(initial=0)) if count is None else count
    heavy = np.ones(height) if row_weight is None else np.asarray(row_weight, np.float64)
    edges = np.unique(np.linspace(0, height, 65).astype(np.int64))
    blocks = list(pairwise(edges))
    runs = [kernel.count_runs(labels, rows, columns, a, b) for a, b in blocks]
    at = np.append(0, np.cumsum(runs))
    keys, lengths, lines = (np.empty(at[-1], np.int64) for _ in range(3))

    def fill(first: int, last: int) -> None:
        for k in range(first, last):
            kernel.list_runs(labels, rows, columns, shape[1], cells, keys, lengths, lines, at[k], *blocks[k])

    run_rows(fill, len(blocks))
    order = np.argsort(keys, kind="stable")
    keys, weights = keys[order], (lengths * heavy[lines])[order]
    start = np.flatnonzero(np.append(True, np.diff(keys) > 0)) if keys.size else np.empty(0, np.int64)
    pairs = keys[start]
    owner = pairs // cells - 1 if cells else pairs
    total = np.zeros(number)
    for a in range(0, height, 512):
        part = labels[a : a + 512]
        each = np.repeat(heavy[a : a + 512], part.shape[1])
        total += np.bincount(part.ravel(), weights=each, minlength=number + 1)[1 : number + 1]
    return BasinWeights(
        cell=pairs % cells,
        weight=np.add.reduceat(weights, start) if start.size else np.empty(0),
        first=np.searchsorted(owner, np.arange(number + 1)),
        total=total,
        shape=shape,
    )


def label_mean(
    labels: NDArray[np.integer], field: NDArray[np.floating], count: int, *, least_cover: float = LEAST_COVER
) -> Numbers:
    """Mean of a field on the raster's own cells (y, x) over each watershed, NaN where less than ``least_cover`` is known.

    For curve numbers, slopes and such; block by block, so that memory does not grow with the raster.

    Examples
    --------
    >>> label_mean(np.array([[1, 1, 2, 0]]), np.array([[60.0, 80.0, np.nan, 5.0]]), 2).tolist()
    [70.0, nan]
    """
    total, known, sums = (np.zeros(count + 1) for _ in range(3))
    for a in range(0, labels.shape[0], 512):
        part = labels[a : a + 512].ravel()
        values = np.asarray(field[a : a + 512], np.float64).ravel()
        there = ~np.isnan(values)
        total += np.bincount(part, minlength=count + 1)
        known += np.bincount(part[there], minlength=count + 1)
        sums += np.bincount(part[there], weights=values[there], minlength=count + 1)
    return _mean(known[1:], sums[1:], total[1:], least_cover)


def weights_between(watersheds: xr.Dataset, field: xr.Dataset | xr.DataArray) -> BasinWeights:
    """Weights of a labelled field's cells: both with coordinates ``y``, ``x`` in the same unit and datum.

    Raises
    ------
    CoverageError
        No watershed lies under the field.
    """
    labels = watersheds[LABEL].transpose("y", "x")
    rows = cells_under(labels["y"].values, field["y"].values, where="rain, y")
    columns = cells_under(labels["x"].values, field["x"].values, where="rain, x")
    found = basin_weights(
        labels.values,
        rows,
        columns,
        (field.sizes["y"], field.sizes["x"]),
        count=watersheds.sizes["watershed"],
    )
    if not found.cell.size:
        raise CoverageError(
            "rain and watersheds do not overlap", where="rain",
            expected=f"x {float(labels['x'].min())} to {float(labels['x'].max())}",
            found=f"x {float(field['x'].min())} to {float(field['x'].max())}",
            remedy="check the coordinates of both",
        )  # fmt: skip
    return found


def paint(
    labels: NDArray[np.integer], values: NDArray[np.floating], *, outside: float = np.nan
) -> NDArray[np.float32]:
    """A value of each watershed on every one of its cells, float32 (y, x); ``outside`` where there is none.

    Examples
    --------
    >>> paint(np.array([[0, 1], [2, 2]]), np.array([0.5, 1.2]), outside=0.0).round(1).tolist()
    [[0.0, 0.5], [1.2000000476837158, 1.2000000476837158]]
    """
    from riskmap._kernels import runoff as kernel

    raster = np.ascontiguousarray(labels, np.int32)
    out = np.empty(raster.shape, np.float32)
    amounts = np.asarray(values, np.float32)
    run_rows(partial(kernel.paint_rows, raster, amounts, np.float32(outside), out), raster.shape[0])
    return out
