"""The register of households as points: CSV with where they live and how many they are; no names are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from riskmap.analysis.registered import Register
from riskmap.errors import DataError
from riskmap.io.csv_table import read_csv_table
from riskmap.io.rows import Row, collect, require_some

MOST_PEOPLE: Final = 100
"""Of one household (status D): more is a slip of the pen, or a row that is a whole hamlet."""


@dataclass(frozen=True, eq=False)
class RegisterRead:
    """The register, and the rows left out: people live there."""

    register: Register
    problems: tuple[DataError, ...]


def read_register(path: str | Path, *, datum: str | None = None) -> RegisterRead:
    """Households as points.

    Parameters
    ----------
    path : path
        CSV with ``lon``, ``lat`` [degrees] and ``people`` (人数); one row a household. Other columns are not looked at: leave
        names and numbers out.
    datum : str, optional
        ``wgs84``, ``cgcs2000``, or ``gcj02`` to have the coordinates converted; must be declared here or in a column.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        Not a table, or no row that could be read.
    DatumError
        No row has a declared datum.
    """
    table = read_csv_table(path)
    rows = [
        Row(dict(zip(table.header, cells, strict=False)), f"{path}, line {line}")
        for line, cells in table.rows
    ]
    found, problems = collect(rows, lambda row: _household(row, datum))
    require_some(found, problems, str(path))
    lon, lat, people = (np.array(column) for column in zip(*found, strict=True))
    return RegisterRead(Register(lon, lat, people.astype(np.int64)), tuple(problems))


def _household(row: Row, datum: str | None) -> tuple[float, float, int]:
    longitude, latitude = row.place(datum)
    people = row.count("people", "人数")
    if people is None or not 1 <= people <= MOST_PEOPLE:
        raise DataError(
            "not a household", where=f"{row.where}, column people", expected=f"1 to {MOST_PEOPLE} people",
            found=repr(people), remedy="correct the cell; one row a household",
        )  # fmt: skip
    return longitude, latitude, people
