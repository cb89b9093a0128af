"""Tables of places: where people start, where the exits are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from evac.model import CHINA
from evac.plan.road_files import Datum
from evac.plan.roads import Numbers
from riskmap.errors import DataError
from riskmap.io.csv_table import CsvTable, read_csv_table
from riskmap.io.gcj02 import from_gcj02

_HEADINGS: Final = {
    "name": ("名称", "村", "地点", "name"),
    "longitude": ("经度", "longitude", "lon"),
    "latitude": ("纬度", "latitude", "lat"),
    "people": ("人数", "容量", "座位", "座位数", "people", "capacity", "seats"),
    "ready": ("准备分钟", "可用分钟", "ready_minutes"),
    "last": ("最后分钟", "last_minutes"),
}


@dataclass(frozen=True, eq=False)
class Places:
    """Rows of a table.

    Attributes
    ----------
    names : tuple of str
    points : array (place, 2) [degrees]
        Longitude, latitude; WGS-84.
    people : tuple of int or None
        People who start there, or whom an exit takes; None where the cell is empty.
    ready : array (place,) [s]
        When people set out; 0 where the table does not say.
    last : array (place,) [s]
        When they must have arrived; infinite where the table does not say.
    """

    names: tuple[str, ...]
    points: Numbers
    people: tuple[int | None, ...]
    ready: Numbers
    last: Numbers


def read_places(path: str | Path, *, datum: Datum) -> Places:
    """A CSV of places: 名称, 经度, 纬度; 人数 (容量, 座位), 准备分钟 (可用分钟), 最后分钟 where known.

    Parameters
    ----------
    datum : {'wgs84', 'cgcs2000', 'gcj02'}
        What the degrees refer to; GCJ-02 is converted.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        A column is missing, or a cell is no place, no whole number, or negative; names line and column.
    """
    table = read_csv_table(path)
    at = {
        key: next((table.column(word) for word in words if word in table.header), None)
        for key, words in _HEADINGS.items()
    }
    for key in ("name", "longitude", "latitude"):
        if at[key] is None:
            table.column(_HEADINGS[key][0])  # says what is missing
    names, points, people, ready, last = [], [], [], [], []
    for row in table.rows:
        lon, lat = (_number(table, row, at[key]) for key in ("longitude", "latitude"))
        west, east, south, north = CHINA
        if not (west <= lon <= east and south <= lat <= north):
            raise DataError(
                "a place that is not in China", where=f"{table.where}, line {row[0]}",
                expected=f"longitude {west:g} to {east:g}, latitude {south:g} to {north:g}", found=f"{lon:g}, {lat:g}",
                remedy="exchange the two numbers" if west <= lat <= east else "correct the cells, or list the place apart",
            )  # fmt: skip
        count, minutes, until = (_number(table, row, at[key]) for key in ("people", "ready", "last"))
        if count < 0 or count % 1 > 0 or minutes < 0 or until <= 0:
            raise DataError(
                "a number that cannot be", where=f"{table.where}, line {row[0]}", expected="whole people and minutes, 0 or more",
                found=f"{count:g} people, {minutes:g} and {until:g} minutes", remedy="correct the cell",
            )  # fmt: skip
        names.append(table.text(row, at["name"] or 0) or f"第{row[0]}行")
        points.append((lon, lat))
        people.append(None if math.isnan(count) else int(count))
        ready.append(0.0 if math.isnan(minutes) else minutes * 60.0)
        last.append(math.inf if math.isnan(until) else until * 60.0)
    placed = np.array(points)
    if datum == "gcj02":
        placed = np.stack(from_gcj02(placed[:, 0], placed[:, 1]), axis=1)
    return Places(tuple(names), placed, tuple(people), np.array(ready), np.array(last))


def _number(table: CsvTable, row: tuple[int, list[str]], column: int | None) -> float:
    return math.nan if column is None else table.number(row, column)
