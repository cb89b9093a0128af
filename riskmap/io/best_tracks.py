"""Best-track texts with ``66666`` headers: RSMC Tokyo (JMA) and CMA.

Formats: RSMC Tokyo-Typhoon Center, "Format of RSMC Best Track Data" (read); CMA tropical cyclone best track
dataset, Ying et al. (2014), J. Atmos. Oceanic Technol. 31, 287 (marks 0 and 9 of the wind: status M).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import ConfigError, DataError
from riskmap.io.cells import parse_pressure, parse_radii, parse_wind
from riskmap.io.csv_table import parse_each, read_text, require_last_line
from riskmap.io.fixes import NAMELESS, Fix, build_track, no_radii
from riskmap.regressions import KNOT, NAUTICAL_MILE
from riskmap.track import QUADRANTS

TOKYO_THRESHOLDS: Final = (30 * KNOT, 50 * KNOT, math.nan)
"""Wind at the radii of RSMC Tokyo [m s-1]: 30 kt (force 7) and 50 kt (force 10); force 12 is not reported."""

_AZIMUTH: Final = dict(zip(QUADRANTS, (45.0, 135.0, 225.0, 315.0), strict=True))


def quadrant_radii(*, direction: int, longest: float, shortest: float) -> NDArray[np.float64]:
    """Radii in the four quadrants from the longest and shortest radius of RSMC Tokyo.

    The area is a circle whose centre lies off the storm's, towards the longest radius, the shortest opposite;
    a quadrant gets the distance to that circle along its middle (NE 45, SE 135, SW 225, NW 315 degrees).
    Across the long axis this is the geometric mean of the two (status D: the centre publishes no quadrants).

    Parameters
    ----------
    direction : int
        1 NE, 2 E, 3 SE, 4 S, 5 SW, 6 W, 7 NW, 8 N; 9 symmetric; 0 none.
    longest, shortest : float
        Any unit of length.

    Returns
    -------
    array (4,)
        NE, SE, SW, NW in the unit given; NaN where there is no radius.

    Examples
    --------
    >>> quadrant_radii(direction=1, longest=90, shortest=40).round(0).tolist()
    [90.0, 60.0, 40.0, 60.0]
    >>> quadrant_radii(direction=9, longest=70, shortest=70).tolist()
    [70.0, 70.0, 70.0, 70.0]
    """
    if direction == 0 or not longest > 0:
        return np.full(len(QUADRANTS), np.nan)
    radius, offset = (longest + shortest) / 2, 0.0 if direction == 9 else (longest - shortest) / 2
    angle = np.radians(np.array([_AZIMUTH[q] for q in QUADRANTS]) - 45.0 * direction)
    return np.asarray(offset * np.cos(angle) + np.sqrt(radius**2 - (offset * np.sin(angle)) ** 2))


@dataclass
class _Block:
    """One storm of the text."""

    line: int
    number: str
    name: str
    count: int
    rows: list[tuple[int, str]] = field(default_factory=list)


def read_jma(path: str | Path, *, storm: str) -> xr.Dataset:
    """A storm out of the best-track text of RSMC Tokyo.

    Parameters
    ----------
    path : path
        Plain or gzip.
    storm : str
        International number (``"2106"``) or name (``"IN-FA"``).

    Returns
    -------
    Dataset (time)
        A track (see ``riskmap.track``), 10-min wind; ``wind_radius`` of force 7 and 10 from R30 and R50.

    Raises
    ------
    SourceError, DataError, ConfigError, UnitsError
        The file, a line of it, or the storm's name is wrong.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> track = read_jma(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), storm="2106")
    >>> track.attrs["name"], track.attrs["averaging_period"], float(track["central_pressure"].min())
    ('IN-FA', 600, 95000.0)
    """
    where = str(path)
    found = _storm(_blocks(path, _jma_header), storm, where)
    fixes = parse_each(found.rows, lambda row: _jma_fix(row[1], row[0], where), file=where)
    return _track(
        found, fixes, period=600, agency="Japan Meteorological Agency (RSMC Tokyo)", where=where,
        thresholds=TOKYO_THRESHOLDS,
    )  # fmt: skip


def read_cma(path: str | Path, *, storm: str) -> xr.Dataset:
    """A storm out of the best-track text of the China Meteorological Administration.

    Parameters
    ----------
    path : path
        One year's file (``CH2017BST.txt``), plain or gzip.
    storm : str
        International number (``"1713"``) or name (``"HATO"``).

    Returns
    -------
    Dataset (time)
        A track (see ``riskmap.track``), 2-min wind. Marks 0 (unknown) and 9 (below 10 m/s) become NaN.

    Raises
    ------
    SourceError, DataError, ConfigError, UnitsError
        The file, a line of it, or the storm's name is wrong.
    """
    where = str(path)
    found = _storm(_blocks(path, _cma_header), storm, where)
    fixes = parse_each(found.rows, lambda row: _cma_fix(row[1], row[0], where), file=where)
    return _track(found, fixes, period=120, agency="China Meteorological Administration", where=where)


def _blocks(path: str | Path, header: Callable[[str, int, str], _Block]) -> list[_Block]:
    where, blocks = str(path), list[_Block]()
    text = read_text(path)
    require_last_line(text, where=where)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if line.startswith("66666"):
            blocks.append(header(line, number, where))
        elif not blocks:
            raise DataError(
                "not a best-track text", where=f"{where}, line {number}", expected="a header that begins with 66666",
                found=repr(line[:40]), remedy="check the file and the track's format",
            )  # fmt: skip
        else:
            blocks[-1].rows.append((number, line))
    return blocks


def _jma_header(line: str, number: int, where: str) -> _Block:
    count = _integer(line, 12, 15, f"{where}, line {number}", "the number of data lines")
    return _Block(number, line[6:10].strip(), line[30:50].strip(), count)


def _cma_header(line: str, number: int, where: str) -> _Block:
    cells = line.split()
    if len(cells) < 8 or not re.fullmatch(r"[0-9]{1,4}", cells[2]):
        raise DataError(
            "not a header of the CMA best track", where=f"{where}, line {number}",
            expected="66666 NUMBER LINES SERIAL NUMBER FLAG HOURS NAME DATE", found=repr(line.strip()),
            remedy='check the file, or set format = "jma"',
        )  # fmt: skip
    return _Block(number, cells[1], cells[7], int(cells[2]))


def _storm(blocks: list[_Block], storm: str, where: str) -> _Block:
    wanted = storm.strip().upper()
    found = [b for b in blocks if wanted in (b.number, b.name.upper()) and wanted not in ("", "0000")]
    if len(found) != 1:
        known = {f"{b.number} {b.name}".strip(): b for b in blocks}
        near = [k for k in known if wanted in k.split()] or get_close_matches(wanted, known, n=3, cutoff=0.6)
        raise ConfigError(
            "several storms of that name" if found else "no such storm in the file", where=f"{where}, storm",
            expected="one of " + ", ".join(near or list(known)[:20]), found=repr(storm),
            remedy="give the international number, e.g. 2106",
        )  # fmt: skip
    block = found[0]
    if block.count != len(block.rows):
        raise DataError(
            "the storm's lines are not all there", where=f"{where}, line {block.line}",
            expected=f"{block.count} lines, as the header says", found=str(len(block.rows)),
            remedy="fetch the file again",
        )  # fmt: skip
    return block


_JMA_BLANK: Final = (8, 12, 14, 18, 23)
"""Columns (from 0) that stand empty between the values of a line of RSMC Tokyo."""

_JMA_LINE = re.compile(r".{28}(.{8}( {5}[0-9]{5} [0-9]{4} [0-9]{5} [0-9]{4}.*)?)?", re.ASCII)
"""A line ends after the pressure (before 1977), after the wind or after all radii, and not inside a value."""


def _jma_fix(line: str, number: int, where: str) -> Fix:
    at = f"{where}, line {number}"
    if line[9:12] != "002":
        raise DataError(
            "not a line of the RSMC Tokyo best track", where=at, expected="'002' in columns 10 to 12",
            found=repr(line[:40]), remedy='check the file, or set format = "cma"',
        )  # fmt: skip
    whole = line.removesuffix("#").rstrip()
    shifted = any(line[k : k + 1].strip() for k in _JMA_BLANK)
    if shifted or not _JMA_LINE.fullmatch(whole):
        raise DataError(
            "the columns of the line have shifted" if shifted else "the line is not all there", where=at,
            expected="pressure in columns 25 to 28, wind in 34 to 36, then all radii, or the end after one of them", found=repr(line[:72]),
            remedy="fetch the file again, or correct the line",
        )  # fmt: skip
    yy = _integer(line, 0, 2, at, "the year")
    year = yy + (1900 if yy >= 51 else 2000)  # the record begins in 1951
    wind = _integer(line, 33, 36, at, "the maximum wind in knots", blank=0)
    radii = no_radii()
    for row, start in ((1, 41), (0, 52)):
        radii[row] = _jma_radii(line, start, at)
    return Fix(
        f"line {number}",
        _time(f"{year}{line[2:8]}", at),
        _integer(line, 15, 18, at, "the latitude in 0.1 degree") / 10,
        _integer(line, 19, 23, at, "the longitude in 0.1 degree") / 10,
        _pressure(_integer(line, 24, 28, at, "the pressure in hPa", blank=0), at),
        parse_wind(wind or None, where=at, unit=KNOT),
        radii=radii,
    )


def _jma_radii(line: str, start: int, at: str) -> NDArray[np.float64]:
    """The quadrants [m] of one threshold."""
    direction = _integer(line, start, start + 1, at, "a direction 0 to 9", blank=0)
    longest = _integer(line, start + 1, start + 5, at, "the longest radius in nautical miles", blank=0)
    shortest = _integer(line, start + 6, start + 10, at, "the shortest radius in nautical miles", blank=0)
    if longest < shortest:
        raise DataError(
            "the longest radius is shorter than the shortest", where=at, expected="longest >= shortest",
            found=f"{longest} and {shortest} nautical miles", remedy="correct the line",
        )  # fmt: skip
    quadrants = quadrant_radii(direction=direction, longest=longest, shortest=shortest)
    return parse_radii([None if math.isnan(r) else r for r in quadrants], unit=NAUTICAL_MILE, where=at)


_CMA_LINE = re.compile(r"[0-9]{10}( +-?[0-9]{1,6}){5,6}", re.ASCII)


def _cma_fix(line: str, number: int, where: str) -> Fix:
    at = f"{where}, line {number}"
    if not _CMA_LINE.fullmatch(line.strip()):
        raise DataError(
            "not a line of the CMA best track", where=at,
            expected="YYYYMMDDHH GRADE LATITUDE LONGITUDE PRESSURE WIND", found=repr(line.strip()[:60]),
            remedy='correct the line, or set format = "jma"',
        )  # fmt: skip
    time, _, *numbers = line.split()
    latitude, longitude, pressure, wind = (int(c) for c in numbers[:4])
    return Fix(
        f"line {number}",
        _time(time, at),
        latitude / 10,
        longitude / 10,
        _pressure(pressure, at),
        parse_wind(None if wind in (0, 9) else wind, where=at),
    )


def _pressure(hectopascal: int, at: str) -> float:
    """[Pa]; 0 stands where nothing is known."""
    return parse_pressure(hectopascal or None, where=at)


def _time(digits: str, where: str) -> datetime:
    try:
        return datetime.strptime(digits, "%Y%m%d%H").replace(tzinfo=UTC)
    except ValueError as error:
        raise DataError(
            "not a time", where=where, expected="year, month, day and hour (UTC) in two digits each",
            found=repr(digits), remedy="correct the line",
        ) from error  # fmt: skip


def _integer(line: str, start: int, end: int, where: str, what: str, *, blank: int | None = None) -> int:
    cell = line[start:end].strip()
    if not cell and blank is not None:
        return blank
    if not (cell.isascii() and cell.isdigit()):
        raise DataError(
            "not a number", where=f"{where}, columns {start + 1} to {end}", expected=what, found=repr(line[start:end]),
            remedy="correct the line",
        )  # fmt: skip
    return int(cell)


def _track(
    block: _Block, fixes: list[Fix], *, period: int, agency: str, where: str,
    thresholds: tuple[float, float, float] | None = None,
) -> xr.Dataset:  # fmt: skip
    name = "" if block.name.lower() in NAMELESS else block.name
    return build_track(
        fixes,
        wind_threshold=thresholds,
        averaging_period=period,
        attributes={"name": name, "number": block.number, "agency": agency, "source": Path(where).name},
        judge_way=True,
        where=where,
    )
