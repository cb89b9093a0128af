"""Hydrographs from a CSV file: what rivers, reservoirs and pipes let into an inundation."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Final

from riskmap.hazard.inundation.hydrographs import Hydrograph
from riskmap.io.csv_table import CsvTable, parse_each, read_csv_table

COLUMNS: Final = ("name", "longitude", "latitude", "time", "discharge_m3s")

LONGEST_STEP: Final = 6.0
"""Hours between two values that are still joined by a line: more is a gap [D]."""


def read_hydrographs(path: str | Path, *, longest_step: float = LONGEST_STEP) -> tuple[Hydrograph, ...]:
    """Read hydrographs, one row a value: name, longitude, latitude, time (ISO 8601 with its offset), discharge_m3s.

    Parameters
    ----------
    path : path
    longest_step : float
        Longest time between two values [h].

    Raises
    ------
    SourceError, DataError
        Unreadable; a gap, by name and times; an empty or negative discharge; times without offset, twice or out of order; one name at
        two places.
    """
    table = read_csv_table(path, required=COLUMNS)
    places: dict[str, tuple[float, float]] = {}
    series: dict[str, list[tuple[datetime, float]]] = {}
    at = {name: table.column(name) for name in COLUMNS}

    def value(row: tuple[int, list[str]]) -> None:
        name = table.text(row, at["name"])
        if not name:
            raise table.wrong(row, at["name"], "a hydrograph without a name", "the name of a place")
        place = (table.number(row, at["longitude"]), table.number(row, at["latitude"]))
        if not (-180.0 <= place[0] <= 360.0 and -90.0 <= place[1] <= 90.0):
            raise table.wrong(row, at["longitude"], "not a place", "longitude and latitude in degrees")
        if places.setdefault(name, place) != place:
            raise table.wrong(row, at["name"], "one name at two places", f"{places[name]}, as before")
        flow = table.number(row, at["discharge_m3s"])
        time = _time(table, row, at["time"])
        held = series.setdefault(name, [])
        before = held[-1][0] if held else None
        held.append((time, flow))  # also where it is wrong, so that the row behind it is not
        if isnan(flow) or flow < 0.0:
            raise table.wrong(
                row, at["discharge_m3s"], f"{name}: a gap or a negative discharge", "0 m3 s-1 or more",
                "fill the gap on purpose, or end the series before it",
            )  # fmt: skip
        if before and time <= before:
            raise table.wrong(
                row, at["time"], f"{name}: times do not rise", f"later than {before.isoformat()}"
            )
        if before and (time - before).total_seconds() > longest_step * 3600.0:
            raise table.wrong(
                row, at["time"], f"{name}: a gap in the series", f"at most {longest_step:g} h after {before.isoformat()}",
                "add the missing rows, or allow longer steps on purpose",
            )  # fmt: skip

    parse_each(table.rows, value, file=table.where)
    return tuple(
        Hydrograph(name, *places[name], tuple(t for t, _ in held), tuple(q for _, q in held))
        for name, held in series.items()
    )


def _time(table: CsvTable, row: tuple[int, list[str]], column: int) -> datetime:
    """A cell as an instant."""
    try:
        time = datetime.fromisoformat(table.text(row, column))
    except ValueError:
        raise table.wrong(row, column, "not a time", "ISO 8601, as 2021-07-25T08:00+08:00") from None
    if time.tzinfo is None:
        raise table.wrong(row, column, "a time without its offset", "an offset, as +08:00 or Z")
    return time.astimezone(UTC)
