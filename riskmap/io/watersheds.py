"""The user's own table of small watersheds: thresholds of rain, bankfull discharge, curve number. One row a watershed.

A wrong row is left out and listed by line, so that one slip does not silence a county; a table of which no row is right is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Final

import numpy as np

from riskmap.errors import DataError
from riskmap.hazard.flash_flood.forecast import WINDOWS, OwnThresholds
from riskmap.io.csv_table import CsvTable, read_csv_table

Row = tuple[int, list[str]]

NUMBER: Final = "watershed"
MOST_RAIN: Final = 1000.0
"""A threshold above is a slip [mm]."""

_OPTIONAL: Final = {"bankfull_m3s": (0.0, 50_000.0), "curve_number": (0.0, 100.0)}


@dataclass(frozen=True, eq=False)
class WatershedTable:
    """What was read.

    Attributes
    ----------
    own : OwnThresholds
        As ``flash_flood`` takes it; NaN where the table says nothing.
    sources : mapping
        Watershed number -> whose thresholds.
    refused : tuple of str
        Rows left out: line, column and why.
    """

    own: OwnThresholds
    sources: dict[int, str]
    refused: tuple[str, ...]


def read_watersheds(path: str | Path, count: int) -> WatershedTable:
    """Read the table of own thresholds.

    Parameters
    ----------
    path : path
        CSV with ``watershed`` (1 to ``count``) and any of ``prepare_1h_mm`` ... ``prepare_24h_mm`` and ``move_1h_mm`` ...
        (准备转移, 立即转移: both or neither of a window), ``bankfull_m3s``, ``curve_number``, ``source``.
    count : int
        Watersheds of the raster.

    Raises
    ------
    SourceError, DataError
        Unreadable, no column that it knows beside the number, or no row that is right.

    Examples
    --------
    >>> read_watersheds("watersheds.csv", count=1480)  # doctest: +SKIP
    """
    table = read_csv_table(path, required=(NUMBER,))
    names = [f"{kind}_{w}h_mm" for kind in ("prepare", "move") for w in WINDOWS]
    if not {*names, *_OPTIONAL} & set(table.header):
        raise DataError(
            "a table without thresholds", where=f"{table.where}, line 1", found=", ".join(table.header),
            expected=f"one or more of {', '.join([*names, *_OPTIONAL])}", remedy="name the columns",
        )  # fmt: skip
    numbers = {name: np.full(count, np.nan) for name in (*names, *_OPTIONAL)}
    sources: dict[int, str] = {}
    refused: list[str] = []
    for row in table.rows:
        try:
            at, values = _row(table, row, count, names)
            if at in sources:
                raise table.wrong(
                    row, table.column(NUMBER), "a watershed twice", "each number once", "drop one row"
                )
        except DataError as error:
            refused.append(str(error))
            continue
        sources[at] = table.text(row, table.column("source")) if "source" in table.header else ""
        for name, value in values.items():
            numbers[name][at - 1] = value
    if not sources:
        raise DataError(
            "no row is right", where=table.where, expected="one or more watersheds", found=refused[0],
            remedy="mend the rows",
        )  # fmt: skip
    prepare, move = (
        np.stack([numbers[f"{kind}_{w}h_mm"] for w in WINDOWS], axis=1) for kind in ("prepare", "move")
    )
    own = OwnThresholds(prepare, move, numbers["bankfull_m3s"], numbers["curve_number"])
    return WatershedTable(own, sources, tuple(refused))


def _row(table: CsvTable, row: Row, count: int, names: list[str]) -> tuple[int, dict[str, float]]:
    """Number and values of a row, checked."""
    place = table.column(NUMBER)
    number = table.number(row, place)
    if isnan(number) or number != int(number) or not 1 <= number <= count:
        raise table.wrong(row, place, "not a watershed of the raster", f"a whole number 1 to {count}")
    found = {name: _value(table, row, name, (0.0, MOST_RAIN)) for name in names}
    found |= {name: _value(table, row, name, bounds) for name, bounds in _OPTIONAL.items()}
    for w in WINDOWS:
        low, high = found[f"prepare_{w}h_mm"], found[f"move_{w}h_mm"]
        if isnan(low) != isnan(high) or low >= high:
            column = next((c for c in (f"prepare_{w}h_mm", f"move_{w}h_mm") if c in table.header), NUMBER)
            raise table.wrong(
                row, table.column(column), f"thresholds of {w} h that do not rise",
                "prepare below move, both or neither",
            )  # fmt: skip
    return int(number), found


def _value(table: CsvTable, row: Row, name: str, bounds: tuple[float, float]) -> float:
    """A cell within (low, high]; NaN where blank or where the table has no such column."""
    if name not in table.header:
        return float("nan")
    value = table.number(row, table.column(name))
    low, high = bounds
    if value <= low or value > high:
        raise table.wrong(
            row, table.column(name), "a number that cannot be", f"above {low:g}, up to {high:g}"
        )
    return value
