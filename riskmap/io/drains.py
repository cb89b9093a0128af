"""Drains, culverts and pumps (涵闸、泵站) from a CSV file."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import Final

from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.hazard.inundation import Drain
from riskmap.io.csv_table import CsvTable, parse_each, read_csv_table
from riskmap.ledger import Problem

REQUIRED: Final = ("name", "longitude", "latitude", "capacity_m3s")
TARGET: Final = ("to_longitude", "to_latitude")


def read_drains(path: Path, grid: Grid) -> tuple[tuple[Drain, ...], tuple[Problem, ...]]:
    """Drains on a grid, one a row, and the rows that do not lie on it.

    Parameters
    ----------
    path : Path
        CSV: name, longitude, latitude (WGS-84), capacity_m3s; to_longitude, to_latitude where it lets the water out, both
        empty where that is away for good.
    grid : Grid

    Returns
    -------
    drains, problems : tuple of Drain, tuple of Problem
        What lies off the grid is left out and named: the water then stays, which is the safe side.

    Raises
    ------
    SourceError, DataError
        Unreadable; a column is missing; a number is wrong, named by line and column.
    """
    table = read_csv_table(path, required=REQUIRED)
    drains, problems = [], []

    def drain(row: tuple[int, list[str]]) -> None:
        name = table.text(row, table.column("name")) or f"line {row[0]}"
        capacity = table.number(row, table.column("capacity_m3s"))
        if isnan(capacity) or capacity < 0.0:
            raise table.wrong(row, table.column("capacity_m3s"), "not a capacity", "0 m3 s-1 or more")
        cell = _cell(table, row, ("longitude", "latitude"), grid)
        target = _cell(table, row, TARGET, grid) if _has_target(table, row) else None
        if cell is None or (target is None and _has_target(table, row)):
            problems.append(Problem(path.name, f"drain {name} lies off the inundation's grid: left out"))
            return
        drains.append(Drain(cell, capacity, target, where=f"drain {name}"))

    parse_each(table.rows, drain, file=table.where)
    return tuple(drains), tuple(problems)


def _has_target(table: CsvTable, row: tuple[int, list[str]]) -> bool:
    given = [name in table.header and bool(table.text(row, table.column(name))) for name in TARGET]
    if any(given) and not all(given):
        raise DataError(
            "half a place", where=f"{table.where}, line {row[0]}", expected="both of to_longitude and to_latitude, or none",
            found="one of them", remedy="fill or empty both",
        )  # fmt: skip
    return all(given)


def _cell(
    table: CsvTable, row: tuple[int, list[str]], names: tuple[str, str], grid: Grid
) -> tuple[int, int] | None:
    longitude, latitude = (table.number(row, table.column(name)) for name in names)
    if isnan(longitude) or isnan(latitude):
        raise table.wrong(row, table.column(names[0]), "not a place", "longitude and latitude in degrees")
    return grid.index_of(latitude=latitude, longitude=longitude)
