"""The user's tide tables: warning levels of stations, and the astronomical tide."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise
from math import isinf, isnan
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError, Faults
from riskmap.heights import HeightDatum
from riskmap.io.csv_table import parse_each, read_text

LEVELS: Final = ("blue_cm", "yellow_cm", "orange_cm", "red_cm")

_PLACE: Final = (("latitude", "lat", 90.0), ("longitude", "lon", 360.0))
_STATION: Final = ("name", "code", "lon", "lat", *LEVELS)
_TIDE: Final = ("code", "time", "level_cm")

LONGEST_GAP: Final = 3600.0
"""Between two levels of a tide table [s]."""


Row = tuple[int, dict[str, str]]


def _rows(path: Path, needed: tuple[str, ...]) -> list[Row]:
    """Rows with the line that they end on."""
    reader = csv.DictReader(StringIO(read_text(path)))
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            f"the column {missing[0]!r} is missing", where=str(path), expected=", ".join(needed),
            found=", ".join(reader.fieldnames or ()) or "an empty file", remedy="name the columns in the first line",
        )  # fmt: skip
    return [(reader.line_num, row) for row in reader]


def _require_whole(row: dict[str, str], needed: tuple[str, ...], where: str) -> None:
    if any(row[name] is None for name in needed):
        raise DataError(
            "a row that is too short", where=where, expected=f"{len(row)} cells",
            found=", ".join(v for v in row.values() if v), remedy="mend the row; an unknown value is an empty cell",
        )  # fmt: skip


def _numbers(row: dict[str, str], columns: tuple[str, ...], where: str) -> list[float]:
    """Cells of a row; where several are wrong, all of them are told."""
    return parse_each(columns, lambda column: _number(row[column], f"{where}, column {column}"), file=where)


def _number(text: str, where: str) -> float:
    if not text.strip():
        return float("nan")
    try:
        number = float(text)
        if isinf(number):
            raise ValueError(text)
        return number
    except ValueError:
        raise DataError(
            "not a number", where=where, expected="centimetres, or nothing where unknown", found=repr(text),
            remedy="mend the cell",
        ) from None  # fmt: skip


def read_stations(path: Path) -> xr.Dataset:
    """Tide stations with their own four warning levels.

    Parameters
    ----------
    path : Path
        CSV with name, code, lon, lat, blue_cm, yellow_cm, orange_cm, red_cm; empty where a station has none.

    Returns
    -------
    Dataset (station)
        ``blue_level`` ... ``red_level`` [m] in the tables' datum, ``latitude``, ``longitude``, ``name``.

    Raises
    ------
    SourceError, DataError
        Unreadable, a column missing, a cell that is no number, levels that do not rise, a code twice.
    """
    seen: set[str] = set()
    rows = parse_each(
        _rows(path, _STATION), lambda row: _station(row[1], f"{path}, row {row[0]}", seen), file=str(path)
    )
    codes = [row["code"].strip() for row, _ in rows]
    cells = np.array([found for _, found in rows], np.float64).reshape(len(rows), len(_PLACE) + len(LEVELS))
    levels = cells[:, len(_PLACE) :]
    position = {name: cells[:, k] for k, (name, _, _) in enumerate(_PLACE)}
    names = ("blue_level", "yellow_level", "orange_level", "red_level")
    return xr.Dataset(
        {name: ("station", levels[:, k] / 100.0, {"units": "m"}) for k, name in enumerate(names)}
        | {name: ("station", values) for name, values in position.items()}
        | {"name": ("station", np.array([row["name"] for row, _ in rows], dtype="U40"))},
        coords={"station": codes},
    )


def _station(row: dict[str, str], where: str, seen: set[str]) -> tuple[dict[str, str], list[float]]:
    """A row with its place and its levels, as they stand."""
    _require_whole(row, _STATION, where)
    found = _numbers(row, (*(column for _, column, _ in _PLACE), *LEVELS), where)
    code, faults = row["code"].strip(), Faults()
    at = f"{where}, station {code}"
    for value, (name, column, most) in zip(found, _PLACE, strict=False):
        if not abs(value) <= most:  # NaN too
            faults.add(
                DataError(
                    f"a {name} that is none", where=f"{where}, column {column}", expected=f"-{most:g} to {most:g} degrees",
                    found=row[column] or "nothing", remedy="check that lat and lon are not swapped",
                )
            )  # fmt: skip
    if code in seen:
        faults.add(DataError("a station twice", where=at, expected="each code once", remedy="drop one row"))
    seen.add(code)
    known = [level for level in found[len(_PLACE) :] if not isnan(level)]
    if any(high <= low for low, high in pairwise(known)):
        faults.add(
            DataError(
                "warning levels do not rise", where=at, expected="blue < yellow < orange < red", found=str(known),
                remedy="check the columns",
            )
        )  # fmt: skip
    faults.tell()
    return row, found


def read_astronomical_tide(
    path: Path, codes: list[str], times: np.ndarray, *, datum: HeightDatum | None = None
) -> xr.DataArray:
    """Astronomical tide at the stations for each hour, linear between the table's instants.

    Parameters
    ----------
    path : Path
        CSV with code, time (ISO 8601 with its offset), level_cm, in the datum of the warning levels.
    codes : list of str
    times : datetime64 (time,), UTC
    datum : str, optional
        What the table's heights count from, see ``riskmap.heights``; sea walls need it.

    Returns
    -------
    DataArray (time, station)
        ``astronomical_tide`` [m], attribute ``height_datum`` where it was said; NaN for a station that the table lacks.

    Raises
    ------
    SourceError, DataError
        Unreadable, a column missing, an instant without offset.
    CoverageError
        A station's tide does not cover the hours: then its tier would be silently wrong.
    """
    series: dict[str, list[tuple[float, float]]] = {}
    rows = _rows(path, _TIDE)
    levels = parse_each(rows, lambda row: _level(row[1], f"{path}, row {row[0]}"), file=str(path))
    for code, seconds_of, level in levels:
        series.setdefault(code, []).append((seconds_of, level))
    out = np.full((len(times), len(codes)), np.nan)
    faults = Faults()
    for k, code in enumerate(codes):
        if code in series:
            with faults:
                out[:, k] = _at_hours(series[code], times, f"{path}, station {code}")
    faults.tell(file=str(path))
    attrs = {"units": "m"} | ({} if datum is None else {"height_datum": datum})
    return xr.DataArray(out, dims=("time", "station"), coords={"time": times, "station": codes}, attrs=attrs)


def _level(row: dict[str, str], where: str) -> tuple[str, float, float]:
    """Station, instant [s since 1970] and level [m] of a row."""
    _require_whole(row, _TIDE, where)
    faults = Faults()
    with faults:
        seconds = _instant(row["time"], f"{where}, column time")
    with faults:
        level = _number(row["level_cm"], f"{where}, column level_cm")
    faults.tell()
    return row["code"].strip(), seconds, level / 100.0


def _instant(text: str, where: str) -> float:
    """Seconds since 1970."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise DataError(
            "not an instant with its offset", where=where, expected="e.g. 2021-07-25T12:00:00+08:00", found=repr(text),
            remedy="add the offset",
        )  # fmt: skip
    return instant.timestamp()


def _at_hours(levels: list[tuple[float, float]], times: np.ndarray, where: str) -> NDArray[np.float64]:
    """Levels of one station at the hours of a run; a table that does not cover them would make its tier wrong in silence."""
    seconds = times.astype("datetime64[s]").astype(np.float64)
    table = np.array(sorted(levels))
    if table[0, 0] > seconds[0] or table[-1, 0] < seconds[-1]:
        first, last = (datetime.fromtimestamp(t, UTC).isoformat() for t in (table[0, 0], table[-1, 0]))
        raise CoverageError(
            "the astronomical tide does not cover the hours of the run", where=where,
            expected=f"{times[0]} to {times[-1]} UTC", found=f"{first} to {last}", remedy="extend the table",
        )  # fmt: skip
    gap = float(np.diff(table[:, 0]).max(initial=0.0))
    if gap > LONGEST_GAP:
        raise CoverageError(
            "the astronomical tide has a gap", where=where, expected="a level at least every hour",
            found=f"{gap / 3600:g} h without one",
            remedy="give hourly levels: between high and low water a straight line is wrong by decimetres",
        )  # fmt: skip
    found: NDArray[np.float64] = np.interp(seconds, table[:, 0], table[:, 1])
    return found
