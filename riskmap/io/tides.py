"""The user's tide tables: warning levels of stations, and the astronomical tide."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from math import isinf
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from riskmap.errors import CoverageError, DataError
from riskmap.heights import HeightDatum
from riskmap.io.csv_table import read_text

LEVELS: Final = ("blue_cm", "yellow_cm", "orange_cm", "red_cm")


LONGEST_GAP: Final = 3600.0
"""Between two levels of a tide table [s]."""


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    reader = csv.DictReader(StringIO(read_text(path)))
    missing = [name for name in needed if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            f"the column {missing[0]!r} is missing", where=str(path), expected=", ".join(needed),
            found=", ".join(reader.fieldnames or ()) or "an empty file", remedy="name the columns in the first line",
        )  # fmt: skip
    rows = list(reader)
    for n, row in enumerate(rows, 2):
        if any(row[name] is None for name in needed):
            raise DataError(
                "a row that is too short", where=f"{path}, row {n}", expected=f"{len(reader.fieldnames or ())} cells",
                found=", ".join(v for v in row.values() if v), remedy="mend the row; an unknown value is an empty cell",
            )  # fmt: skip
    return rows


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
    rows = _rows(path, ("name", "code", "lon", "lat", *LEVELS))
    levels = np.array(
        [[_number(row[c], f"{path}, row {n}, column {c}") for c in LEVELS] for n, row in enumerate(rows, 2)]
    ).reshape(len(rows), 4)
    codes = [row["code"].strip() for row in rows]
    for n, row in enumerate(levels):
        where = f"{path}, row {n + 2}, station {codes[n]}"
        if codes.index(codes[n]) != n:
            raise DataError("a station twice", where=where, expected="each code once", remedy="drop one row")
        known = row[~np.isnan(row)]
        if (np.diff(known) <= 0).any():
            raise DataError(
                "warning levels do not rise", where=where, expected="blue < yellow < orange < red",
                found=str(known.tolist()), remedy="check the columns",
            )  # fmt: skip
    position = {
        name: [_number(row[column], f"{path}, row {n}, column {column}") for n, row in enumerate(rows, 2)]
        for name, column in (("latitude", "lat"), ("longitude", "lon"))
    }
    for name, column, most in (("latitude", "lat", 90.0), ("longitude", "lon", 360.0)):
        wrong = ~(np.abs(position[name]) <= most)  # NaN too
        if wrong.any():
            n = int(np.argmax(wrong))
            raise DataError(
                f"a {name} that is none", where=f"{path}, row {n + 2}, column {column}",
                expected=f"-{most:g} to {most:g} degrees", found=rows[n][column] or "nothing",
                remedy="check that lat and lon are not swapped",
            )  # fmt: skip
    names = ("blue_level", "yellow_level", "orange_level", "red_level")
    return xr.Dataset(
        {name: ("station", levels[:, k] / 100.0, {"units": "m"}) for k, name in enumerate(names)}
        | {name: ("station", np.array(values, np.float64)) for name, values in position.items()}
        | {"name": ("station", np.array([row["name"] for row in rows], dtype="U40"))},
        coords={"station": codes},
    )


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
    for n, row in enumerate(_rows(path, ("code", "time", "level_cm")), 2):
        try:
            instant = datetime.fromisoformat(row["time"].strip())
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            raise DataError(
                "not an instant with its offset", where=f"{path}, row {n}, column time",
                expected="e.g. 2021-07-25T12:00:00+08:00", found=repr(row["time"]), remedy="add the offset",
            )  # fmt: skip
        level = _number(row["level_cm"], f"{path}, row {n}, column level_cm")
        series.setdefault(row["code"].strip(), []).append((instant.timestamp(), level / 100.0))
    seconds = times.astype("datetime64[s]").astype(np.float64)
    out = np.full((len(times), len(codes)), np.nan)
    for k, code in enumerate(codes):
        if code not in series:
            continue
        table = np.array(sorted(series[code]))
        if table[0, 0] > seconds[0] or table[-1, 0] < seconds[-1]:
            first, last = (datetime.fromtimestamp(t, UTC).isoformat() for t in (table[0, 0], table[-1, 0]))
            raise CoverageError(
                "the astronomical tide does not cover the hours of the run", where=f"{path}, station {code}",
                expected=f"{times[0]} to {times[-1]} UTC", found=f"{first} to {last}", remedy="extend the table",
            )  # fmt: skip
        gap = float(np.diff(table[:, 0]).max(initial=0.0))
        if gap > LONGEST_GAP:
            raise CoverageError(
                "the astronomical tide has a gap", where=f"{path}, station {code}",
                expected="a level at least every hour", found=f"{gap / 3600:g} h without one",
                remedy="give hourly levels: between high and low water a straight line is wrong by decimetres",
            )  # fmt: skip
        out[:, k] = np.interp(seconds, table[:, 0], table[:, 1])
    attrs = {"units": "m"} | ({} if datum is None else {"height_datum": datum})
    return xr.DataArray(out, dims=("time", "station"), coords={"time": times, "station": codes}, attrs=attrs)
