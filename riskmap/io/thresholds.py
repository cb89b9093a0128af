"""Own thresholds of small watersheds (小流域危险性阈值), placed by a point in each or by the ids of the county's own watersheds.

Watersheds that are derived from the relief have numbers that mean nothing to a county: a row says where it is. A wrong row is
left out and named; where two rows fall in one watershed the more cautious of each number counts, and both are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from typing import Any, Final

import numpy as np

from riskmap.analysis.basins import Basins
from riskmap.errors import CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import OwnThresholds
from riskmap.hazard.flash_flood.forecast import WINDOWS
from riskmap.io.csv_table import read_csv_table
from riskmap.io.rows import Row, collect, require_some

_KINDS: Final = {"prepare": "准备转移", "move": "立即转移"}
COLUMNS: Final = (
    *(f"{kind}_{window}h_mm" for kind in _KINDS for window in WINDOWS), "bankfull_m3s", "curve_number",
)  # fmt: skip
"""Columns of numbers; any of them may be missing or empty."""

MOST_RAIN: Final = 1000.0
"""A threshold above is a slip [mm]."""

AREA_FACTOR: Final = 3.0
"""A row whose own area differs by more from that of the watershed that it falls in is doubtful (status D)."""


@dataclass(frozen=True, eq=False)
class ThresholdTable:
    """What was read: thresholds of every watershed, and one line for each row that is wrong or doubtful."""

    own: OwnThresholds
    problems: tuple[str, ...]
    used: int


@dataclass(frozen=True)
class _Own:
    name: str
    number: int
    values: tuple[float, ...]
    area: float | None
    where: str


def read_thresholds(path: Path, basins: Basins, grid: Grid, *, datum: str | None = None) -> ThresholdTable:
    """Own thresholds of watersheds.

    Parameters
    ----------
    path : Path
        CSV with ``lon`` and ``lat`` of a point in the watershed, or ``code`` (编号) where the scenario gives watersheds of its
        own; ``name``; and any of ``prepare_1h_mm`` ... ``prepare_24h_mm``, ``move_1h_mm`` ... (准备转移, 立即转移: both or neither of
        a window), ``bankfull_m3s``, ``curve_number``; ``area_km2`` to compare with, ``source``, ``datum``.
    basins : Basins
        Of this analysis.
    grid : Grid
    datum : str, optional
        Of the coordinates: ``wgs84``, ``cgcs2000``, ``gcj02``.

    Raises
    ------
    SourceError, DataError, DatumError
        Unreadable, no column of thresholds, or no row that is right.
    """
    table = read_csv_table(path)
    if not set(COLUMNS) & set(table.header):
        raise DataError(
            "a table without thresholds", where=f"{path}, line 1", found=", ".join(table.header),
            expected=f"one or more of {', '.join(COLUMNS)}", remedy="name the columns",
        )  # fmt: skip
    rows = [
        Row(dict(zip(table.header, cells, strict=False)), f"{path}, line {line}")
        for line, cells in table.rows
    ]
    found, bad = collect(rows, lambda row: _row(row, basins, grid, datum))
    require_some(found, bad, str(path))
    problems = [str(problem) for problem in bad]
    numbers: dict[int, _Own] = {}
    for own in found:
        problems += _doubts(own, basins)
        held = numbers.get(own.number)
        if held is not None:
            problems.append(
                f"{own.where}: falls in the same watershed as {held.name or held.where} ({_called(basins, own.number)});"
                " the more cautious of each number counts"
            )
            own = _Own(held.name, own.number, _cautious(held.values, own.values), held.area, held.where)
        numbers[own.number] = own
    values = np.full((basins.watersheds.sizes["watershed"], len(COLUMNS)), nan)
    for number, own in numbers.items():
        values[number - 1] = own.values
    n = len(WINDOWS)
    thresholds = OwnThresholds(values[:, :n], values[:, n : 2 * n], values[:, 2 * n], values[:, 2 * n + 1])
    return ThresholdTable(thresholds, tuple(problems), len(numbers))


def _row(row: Row, basins: Basins, grid: Grid, datum: str | None) -> _Own:
    values = tuple(_values(row))
    n = len(WINDOWS)
    for k, window in enumerate(WINDOWS):
        low, high = values[k], values[n + k]
        if isnan(low) != isnan(high) or low >= high:
            raise DataError(
                f"thresholds of {window} h that do not rise", where=row.where, expected="prepare below move, both or neither",
                found=f"{low:g}, {high:g}", remedy="correct the cells",
            )  # fmt: skip
    if all(map(isnan, values)):
        raise DataError(
            "a row without any threshold", where=row.where, expected=f"one of {', '.join(COLUMNS)}", found="nothing",
            remedy="fill it in or drop the row",
        )  # fmt: skip
    name = row.text("name", "名称") or row.text("code", "编号", "id")
    area = row.number("area_km2", "面积", low=0.01, high=100_000, units="km2")
    return _Own(name, _number(row, basins, grid, datum), values, area, row.where)


def _values(row: Row) -> Iterator[float]:
    bounds = {"bankfull_m3s": (0.01, 50_000.0, "m3 s-1"), "curve_number": (1.0, 100.0, "(a curve number)")}
    for name in COLUMNS:
        low, high, units = bounds.get(name, (1.0, MOST_RAIN, "mm"))
        value = row.number(name, low=low, high=high, units=units)
        yield nan if value is None else value


def _number(row: Row, basins: Basins, grid: Grid, datum: str | None) -> int:
    """Watershed of a row: by its code among the given ones, else by its point."""
    code = row.text("code", "编号", "watershed", "id").removesuffix(".0")
    by_code = basins.codes.index(code) + 1 if code and code in basins.codes else 0
    placed = bool(row.text("lon", "longitude", "经度") or row.text("lat", "latitude", "纬度"))
    if not placed:
        if by_code:
            return by_code
        raise DataError(
            "a watershed that is nowhere", where=row.where,
            expected="lon and lat of a point in it" + (", or a code of the given watersheds" if basins.finer else ""),
            found=f"code {code!r}" if code else "neither", remedy="give a point in the watershed",
        )  # fmt: skip
    x, y = row.place(datum)
    number = basins.number_at(grid, x, y)
    if number < 0:
        raise CoverageError(
            "a point off the grid", where=row.where, expected="west {:g}, south {:g}, east {:g}, north {:g}".format(*grid.bounds),
            found=f"{x:g}, {y:g}", remedy="check the coordinates, or widen [grid]",
        )  # fmt: skip
    if by_code and by_code != number:
        raise DataError(
            "a point in another watershed than its code", where=row.where, expected=f"a point in {code}",
            found=f"{x:g}, {y:g} in {_called(basins, number)}", remedy="correct the code or the point",
        )  # fmt: skip
    if number == 0:
        raise DataError(
            "a point at sea", where=row.where, expected="a point on land by the relief", found=f"{x:g}, {y:g}",
            remedy="move it up the valley: the relief's cells are coarse",
        )  # fmt: skip
    return number


def _called(basins: Basins, number: int) -> str:
    if number == 0:
        return "none"
    code = basins.codes[number - 1] if basins.codes else ""
    area = float(basins.watersheds["area"].values[number - 1]) / 1e6
    return f"{code or 'derived watershed ' + str(number)}, {area:.0f} km2"


def _doubts(own: _Own, basins: Basins) -> Iterator[str]:
    area = float(basins.watersheds["area"].values[own.number - 1]) / 1e6
    if own.area is not None and not 1.0 / AREA_FACTOR <= own.area / area <= AREA_FACTOR:
        yield (
            f"{own.where}: {own.name or 'the row'} is {own.area:g} km2, the watershed that it falls in {area:.0f} km2: its"
            " thresholds meet the mean rain of that; give [flash_flood] watersheds"
        )


def _cautious(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    """Lower of two thresholds and discharges, higher of two curve numbers; a number that one row lacks is the other's."""
    pairs: Any = list(zip(one, other, strict=True))
    lowest = [float(np.fmin(a, b)) for a, b in pairs[:-1]]
    return (*lowest, float(np.fmax(*pairs[-1])))
