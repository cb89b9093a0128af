"""The user's harmonic constants of tide stations."""

from __future__ import annotations

import math
import re
from pathlib import Path

from riskmap.errors import DataError, Faults
from riskmap.hazard.surge.tide import Harmonics
from riskmap.heights import height_datum
from riskmap.io.csv_table import CsvTable, parse_each, read_csv_table

Row = tuple[int, list[str]]
_Constituent = tuple[Row, tuple[float, float, float, str], str, float, float]
COLUMNS = (
    "station",
    "lat",
    "constituent",
    "amplitude_cm",
    "phase_deg",
    "phase_clock",
    "mean_level_cm",
    "datum",
)


def read_harmonics(path: str | Path) -> dict[str, Harmonics]:
    """Harmonic constants by station.

    Parameters
    ----------
    path : path
        CSV, one row a constituent: station (code), lat, constituent, amplitude_cm, phase_deg, phase_clock (``UTC`` or an
        offset such as ``+08:00``), mean_level_cm above the datum, datum (1985, 吴淞, 站基面, 平均海面).

    Raises
    ------
    SourceError, DataError, DatumError
        Unreadable; a column is missing; a cell is wrong, named by line and column; a station's rows disagree.
    """
    table = read_csv_table(path, required=COLUMNS)
    stations: dict[str, list[_Constituent]] = {}
    for one in parse_each(table.rows, lambda row: _constituent(table, row), file=table.where):
        stations.setdefault(table.text(one[0], table.column("station")), []).append(one)
    read = parse_each(stations.values(), lambda rows: _station(table, rows), file=table.where)
    return dict(zip(stations, read, strict=True))


def _constituent(table: CsvTable, row: Row) -> _Constituent:
    datum = table.column("datum")
    head = (
        _number(table, row, "lat", -90.0, 90.0), _clock(table, row), _number(table, row, "mean_level_cm", -3e3, 3e3),
        str(height_datum(table.text(row, datum), where=f"{table.where}, line {row[0]}, column datum")),
    )  # fmt: skip
    amplitude, phase = (
        _number(table, row, "amplitude_cm", 0.0, 800.0),
        _number(table, row, "phase_deg", -360.0, 360.0),
    )
    return row, head, table.text(row, table.column("constituent")).upper(), amplitude / 100.0, phase


def _station(table: CsvTable, rows: list[_Constituent]) -> Harmonics:
    (_, head, _, _, _), names = rows[0], [name for _, _, name, _, _ in rows]
    faults = Faults()
    for n, (row, other, name, _, _) in enumerate(rows):
        if other != head or names.index(name) != n:
            what = "rows of one station disagree" if other != head else "a constituent twice"
            faults.add(
                DataError(
                    what, where=f"{table.where}, line {row[0]}", expected="one latitude, clock, mean level and datum a station",
                    found=f"{name}: {other}", remedy="mend the row",
                )
            )  # fmt: skip
    faults.tell()
    latitude, zone, mean, datum = head
    return Harmonics(
        latitude, tuple(names), tuple(a for *_, a, _ in rows), tuple(p for *_, p in rows), zone, mean / 100.0,
        height_datum(datum, where=table.where),
    )  # fmt: skip


def _number(table: CsvTable, row: Row, column: str, low: float, high: float) -> float:
    value = table.number(row, table.column(column))
    if math.isnan(value) or not low <= value <= high:
        raise table.wrong(
            row, table.column(column), "a value out of range", f"{low:g} to {high:g}", "check the unit"
        )
    return value


def _clock(table: CsvTable, row: Row) -> float:
    """Hours ahead of UTC of the clock that phases count in."""
    column = table.column("phase_clock")
    text = table.text(row, column).upper()
    if text in ("UTC", "GMT", "Z"):
        return 0.0
    found = re.fullmatch(r"([+-])(\d{1,2}):(\d{2})", text)
    if not found:
        raise table.wrong(
            row, column, "a phase without its clock", "UTC or an offset such as +08:00", "say in which clock"
        )
    hours = int(found[2]) + int(found[3]) / 60.0
    return -hours if found[1] == "-" else hours
