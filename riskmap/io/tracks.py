"""Readers of typhoon tracks: the dispatcher and IBTrACS CSV here, each other format in a module of ``riskmap.io``.

IBTrACS: Knapp et al. (2010), BAMS 91, 363; columns as in the IBTrACS v04 column documentation. A row of units
under the header, as the original files have it, is read and checked.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import ConfigError, DataError, UnitsError
from riskmap.io.atcf import read_atcf as read_atcf
from riskmap.io.best_tracks import TOKYO_THRESHOLDS, quadrant_radii
from riskmap.io.best_tracks import read_cma as read_cma
from riskmap.io.best_tracks import read_jma as read_jma
from riskmap.io.cells import parse_pressure, parse_radii, parse_time, parse_wind
from riskmap.io.csv_table import CsvTable, parse_each, read_csv_table
from riskmap.io.fixes import NAMELESS, Fix, build_track, check_way, check_wind_unit
from riskmap.io.qweather import read_qweather as read_qweather
from riskmap.io.track_geojson import read_geojson_track as read_geojson_track
from riskmap.io.zjwater import read_zjwater as read_zjwater
from riskmap.regressions import KNOT, NAUTICAL_MILE
from riskmap.schema import describe
from riskmap.track import FORCES, QUADRANTS

FORMATS: Final = ("ibtracs", "jma", "jma_csv", "cma", "zjwater", "qweather", "atcf", "geojson")

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class _Agency:
    """Columns of one agency in IBTrACS."""

    prefix: str
    period: int
    name: str
    mean_position: bool = False
    thresholds: tuple[float, float, float] | None = None

    @property
    def latitude(self) -> str:
        return "LAT" if self.mean_position else f"{self.prefix}_LAT"

    @property
    def longitude(self) -> str:
        return "LON" if self.mean_position else f"{self.prefix}_LON"


_AGENCIES: Final = MappingProxyType(
    {
        "WMO": _Agency("WMO", 600, "WMO agency in charge (RSMC Tokyo)", mean_position=True),
        "USA": _Agency("USA", 60, "US agency (JTWC)", thresholds=(34 * KNOT, 50 * KNOT, 64 * KNOT)),
        "TOKYO": _Agency(
            "TOKYO", 600, "Japan Meteorological Agency (RSMC Tokyo)", thresholds=TOKYO_THRESHOLDS
        ),
    }
)
"""Averaging periods: IBTrACS v04 column documentation (WMO: that of the agency, 10 min in the western North
Pacific; USA: 1 min)."""

_UNITS: Final = MappingProxyType(
    {
        "LAT": {"degrees_north", "deg", "degrees"},
        "LON": {"degrees_east", "deg", "degrees"},
        "WIND": {"kts", "kt", "knots"},
        "PRES": {"mb", "hPa", "mbar"},
        "RADIUS": {"nmile", "nm"},
    }
)


def read_track(
    path: str | Path,
    *,
    format: str,  # noqa: A002
    storm: str | tuple[str, int],
    agency: str | None = None,
    issued_at: datetime | None = None,
    forecast_file: str | Path | None = None,
) -> xr.Dataset:
    """A storm out of a track file.

    Parameters
    ----------
    path : path
        Plain or gzip.
    format : str
        ``ibtracs``, ``jma``, ``jma_csv``, ``cma``, ``zjwater``, ``qweather``, ``atcf`` or ``geojson``.
    storm : str or (name, season)
        Identifier, international number, or name, as the format has it.
    agency : str, optional
        IBTrACS: ``WMO`` (default), ``USA`` or ``TOKYO``; zjwater: whose forecast, ``CMA`` by default; ATCF: the
        technique, ``BEST`` by default.
    issued_at : datetime, optional
        Feeds with forecasts in them (zjwater, qweather, atcf): which forecast, and nothing analysed later.
    forecast_file : path, optional
        zjwater (CSV) and qweather: the forecast beside the track.

    Raises
    ------
    ConfigError
        Unknown format, agency or storm.
    SourceError, DataError, UnitsError
        The file or a cell of it is wrong; the message names line and column.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106").sizes["time"]
    81
    """
    name = storm if isinstance(storm, str) else storm[0]
    if forecast_file is not None and format not in ("zjwater", "qweather"):
        raise ConfigError(
            "this format has no forecast file", where="track forecast_file", expected="zjwater | qweather",
            found=repr(format), remedy="leave [track] forecast_file out",
        )  # fmt: skip
    if format == "zjwater":
        return read_zjwater(path, storm=name, agency=agency, issued_at=issued_at, forecast_file=forecast_file)
    if format == "qweather":
        return read_qweather(path, storm=name, issued_at=issued_at, forecast_file=forecast_file)
    if format == "atcf":
        return read_atcf(path, storm=name, technique=agency or "BEST", issued_at=issued_at)
    return _best_track(path, format, storm, agency)


def _best_track(
    path: str | Path,
    format: str,  # noqa: A002
    storm: str | tuple[str, int],
    agency: str | None,
) -> xr.Dataset:
    """A track of the formats that hold what was analysed, or a track that this library wrote."""
    name = storm if isinstance(storm, str) else storm[0]
    if format == "ibtracs":
        return read_ibtracs(path, storm=storm, agency=agency or "WMO")
    if format == "jma_csv":
        return read_jma_csv(path, storm=storm)
    if format in ("jma", "cma"):
        return (read_jma if format == "jma" else read_cma)(path, storm=name)
    if format == "geojson":
        track = _of_name(read_geojson_track(path), name, str(path))
        rows = [f"features[{k}]" for k in range(track.sizes["time"])]
        check_wind_unit(track, where=str(path), rows=rows)
        check_way(track, where=str(path), rows=rows)
        return track
    near = get_close_matches(format, FORMATS, n=1)
    raise ConfigError(
        "unknown track format", where="track format", expected=" | ".join(FORMATS), found=repr(format),
        remedy=f'set format = "{near[0]}"?' if near else "set [track] format in the scenario",
    )  # fmt: skip


def _of_name(track: xr.Dataset, storm: str, where: str) -> xr.Dataset:
    """The track, where it is that storm's or nobody has named it."""
    names = [str(track.attrs.get(key, "")).upper() for key in ("number", "name") if track.attrs.get(key)]
    if names and storm.strip().upper() not in names:
        raise ConfigError(
            "no such storm in the file", where=f"{where}, storm", expected=" or ".join(names), found=repr(storm),
            remedy="give its number or name",
        )  # fmt: skip
    return track


def read_jma_csv(path: str | Path, *, storm: str | tuple[str, int]) -> xr.Dataset:
    """A storm out of a CSV with IBTrACS ``TOKYO_*`` columns: 10-min wind, R30 and R50 with their directions.

    ``storm`` is an IBTrACS identifier, ``JMA_NUMBER`` (``"2106"``) where there is such a column, or
    (name, season). See ``read_ibtracs``.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> read_jma_csv(bundled("tracks/jma_zhejiang_2015_2021.csv"), storm="2106").attrs["name"]
    'IN-FA'
    """
    return read_ibtracs(path, storm=storm, agency="TOKYO")


def read_ibtracs(path: str | Path, *, storm: str | tuple[str, int], agency: str = "WMO") -> xr.Dataset:
    """A storm out of an IBTrACS CSV.

    Parameters
    ----------
    path : path
        The original files or a part of their columns, plain or gzip.
    storm : str or (name, season)
        Identifier (``"2021197N17135"``), or ``("IN-FA", 2021)``, or ``"IN-FA 2021"``.
    agency : str
        ``WMO`` (10-min wind at the mean position of all agencies), ``USA`` (JTWC: 1-min wind, its own
        positions and quadrant radii) or ``TOKYO`` (10-min).

    Returns
    -------
    Dataset (time)
        A track (see ``riskmap.track``); blank cells, 0 and the marks -9 to -9999 are NaN. Rows in which
        the agency says nothing are left out.

    Raises
    ------
    SourceError, DataError, ConfigError, UnitsError
        The file, a cell, the storm or a unit is wrong.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> track = read_ibtracs(bundled("tracks/ibtracs_zhejiang_wmo.csv"), storm=("IN-FA", 2021))
    >>> track.attrs["number"], track.attrs["averaging_period"]
    ('2021197N17135', 600)
    """
    if agency not in _AGENCIES:
        raise ConfigError(
            "unknown agency", where="track agency", expected=" | ".join(_AGENCIES), found=repr(agency),
            remedy="set [track] agency in the scenario",
        )  # fmt: skip
    columns = _AGENCIES[agency]
    wind, pressure = f"{columns.prefix}_WIND", f"{columns.prefix}_PRES"
    table = read_csv_table(
        path, required=("SID", "ISO_TIME", columns.latitude, columns.longitude, wind, pressure)
    )
    table = _without_units(table)
    rows = _rows_of(table, storm)
    latitude, longitude = table.column(columns.latitude), table.column(columns.longitude)
    known = (latitude, longitude, table.column(wind), table.column(pressure))
    rows = [r for r in rows if any(table.text(r, k) for k in known)]
    if not rows:
        raise DataError(
            "no position of this agency", where=f"{table.where}, column {columns.latitude}",
            expected="degrees", found="blank cells for the whole storm", remedy="choose another agency",
        )  # fmt: skip
    table.require_whole(rows)
    _check_basin(table, rows, columns)
    name, season = _text(table, rows[0], "NAME"), _text(table, rows[0], "SEASON")
    number = _text(table, rows[0], "JMA_NUMBER") or table.text(rows[0], table.column("SID"))
    radii = _radii(table, rows, columns)
    return build_track(
        parse_each(enumerate(rows), lambda one: _fix(table, one[1], columns, radii[one[0]]), file=table.where),
        wind_threshold=columns.thresholds,
        averaging_period=columns.period,
        attributes={
            "name": "" if name.lower() in NAMELESS else name, "number": number, "agency": columns.name,
            "source": Path(path).name, "season": season,
        },
        judge_way=True,
        where=table.where,
    )  # fmt: skip


def _fix(table: CsvTable, row: Row, columns: _Agency, radii: NDArray[np.float64]) -> Fix:
    at = f"{table.where}, line {row[0]}"
    k = table.column("ISO_TIME")
    core = _unless_marked(table, row, f"{columns.prefix}_RMW") * NAUTICAL_MILE
    wind, pressure = (_unless_marked(table, row, f"{columns.prefix}_{q}") for q in ("WIND", "PRES"))
    low, high = describe("radius_of_maximum_wind").valid_range
    if core < low or core > high:
        raise table.wrong(
            row, table.column(f"{columns.prefix}_RMW"), "no radius of maximum wind",
            f"{low / NAUTICAL_MILE:.1f} to {high / NAUTICAL_MILE:.0f} nautical miles",
        )  # fmt: skip
    return Fix(
        f"line {row[0]}",
        parse_time(table.text(row, k), where=f"{at}, column ISO_TIME", zone=UTC),
        table.number(row, table.column(columns.latitude)),
        table.number(row, table.column(columns.longitude)),
        parse_pressure(None if math.isnan(pressure) else pressure, where=at),
        parse_wind(None if math.isnan(wind) else wind, where=at, unit=KNOT),
        radius_of_maximum_wind=core,
        radii=radii,
    )


_MARKS: Final = (0.0, *(1.0 - 10.0**k for k in (1, 2, 3, 4)))
"""Numbers that agencies write where they know nothing: 0, and -9 to as many nines as four."""


def _unless_marked(table: CsvTable, row: Row, column: str) -> float:
    """A quantity; NaN where the column is absent, the cell blank, or its number a mark for that."""
    if column not in table.header:
        return math.nan
    value = table.number(row, table.column(column))
    return math.nan if value in _MARKS else value


def _text(table: CsvTable, row: Row, column: str) -> str:
    return table.text(row, table.column(column)) if column in table.header else ""


def _numbers(table: CsvTable, rows: list[Row], column: str, *, optional: bool = False) -> NDArray[np.float64]:
    if optional and column not in table.header:
        return np.full(len(rows), math.nan)
    k = table.column(column)
    return np.array(parse_each(rows, lambda row: table.number(row, k), file=table.where))


def _without_units(table: CsvTable) -> CsvTable:
    """Check and drop the row of units that original files have under the header."""
    first, sid = table.rows[0], table.column("SID")
    if table.text(first, sid) or not any(cell.strip() for cell in first[1]):
        return table
    for k, name in enumerate(table.header):
        kind = name.rsplit("_", 1)[-1]
        if re.search(r"_(RMW|R\d\d)(_|$)", name) and not name.endswith("_DIR"):
            kind = "RADIUS"
        unit = table.text(first, k)
        if kind in _UNITS and unit and unit not in _UNITS[kind]:
            raise UnitsError(
                "unknown unit", where=f"{table.where}, line {first[0]}, column {name}",
                expected=" or ".join(sorted(_UNITS[kind])), found=repr(unit),
                remedy="convert the column to the unit of the original files",
            )  # fmt: skip
    return replace(table, rows=table.rows[1:])


def _rows_of(table: CsvTable, storm: str | tuple[str, int]) -> list[Row]:
    """Rows of one storm, side tracks left out."""
    sid = table.column("SID")
    by_storm: dict[str, list[Row]] = {}
    for row in table.rows:
        by_storm.setdefault(table.text(row, sid), []).append(row)
    name, season = _name_and_season(storm)
    found = [key for key in by_storm if key == name] if not season else []
    labels = {key: _label(table, rows[0]) for key, rows in by_storm.items()}
    if not found:
        found = [
            k for k, (n, s, number) in labels.items() if (n == name and season in ("", s)) or number == name
        ]
    if len(found) != 1:
        words = {f"{n or '(nameless)'} {s} ({k})": k for k, (n, s, _) in labels.items()}
        same = [w for w in words if w.startswith(f"{name} ")]
        near = same[-5:] or get_close_matches(f"{name} {season}", words, n=3, cutoff=0.3)
        raise ConfigError(
            "several storms of that name" if found else "no such storm in the file",
            where=f"{table.where}, storm", expected="one of " + ", ".join(near or list(words)[-3:]),
            found=repr(storm), remedy="give the identifier, or the name and the season",
        )  # fmt: skip
    rows = by_storm[found[0]]
    if "TRACK_TYPE" in table.header:
        kind = table.column("TRACK_TYPE")
        rows = [r for r in rows if not table.text(r, kind).lower().endswith("spur")]
    return rows


def _label(table: CsvTable, row: Row) -> tuple[str, str, str]:
    return _text(table, row, "NAME").upper(), _text(table, row, "SEASON"), _text(table, row, "JMA_NUMBER")


def _name_and_season(storm: str | tuple[str, int]) -> tuple[str, str]:
    if not isinstance(storm, str):
        return str(storm[0]).strip().upper(), str(storm[1])
    matched = re.fullmatch(r"(.*\S)[ ,/]+(\d{4})", storm.strip())
    return (matched[1].upper(), matched[2]) if matched else (storm.strip().upper(), "")


def _check_basin(table: CsvTable, rows: list[Row], columns: _Agency) -> None:
    """WMO winds are 10-min means in the western North Pacific; elsewhere the agency has its own period."""
    if columns.prefix != "WMO" or "BASIN" not in table.header:
        return
    basin, wind = table.column("BASIN"), table.column("WMO_WIND")
    for row in rows:
        if table.text(row, basin) not in ("", "WP") and table.text(row, wind):
            raise table.wrong(
                row, basin, "the averaging period of WMO_WIND is not 10 min in this basin", "WP",
                'set agency = "USA" (1-min everywhere), or drop the rows outside the western North Pacific',
            )  # fmt: skip


def _radii(table: CsvTable, rows: list[Row], columns: _Agency) -> NDArray[np.float64]:
    """Quadrant radii [m], shape (rows, force, quadrant)."""
    radii = np.full((len(rows), len(FORCES), len(QUADRANTS)), math.nan)
    prefix = columns.prefix
    if prefix == "USA":
        for force, knots in enumerate((34, 50, 64)):
            for k, quadrant in enumerate(QUADRANTS):
                radii[:, force, k] = _numbers(table, rows, f"USA_R{knots}_{quadrant}", optional=True)
    elif prefix == "TOKYO":
        for force, knots in enumerate((30, 50)):
            parts = (f"TOKYO_R{knots}_DIR", f"TOKYO_R{knots}_LONG", f"TOKYO_R{knots}_SHORT")
            code, longest, shortest = (np.nan_to_num(_numbers(table, rows, p, optional=True)) for p in parts)
            for n, direction in enumerate(code):
                radii[n, force] = quadrant_radii(
                    direction=int(direction), longest=longest[n], shortest=shortest[n]
                )
    radii = np.where(np.isin(radii, _MARKS), math.nan, radii)
    for n, row in enumerate(rows):
        for k, quadrants in enumerate(radii[n]):
            given = [None if math.isnan(v) else v for v in quadrants]
            radii[n, k] = parse_radii(given, unit=NAUTICAL_MILE, where=f"{table.where}, line {row[0]}")
    return radii
