"""Readers of ensembles: a plain CSV, the bundled tracks of the JMA mesoscale ensemble, and CXML in ``riskmap.io.cxml``.

A member is refused, with its file and line, where anything in it does not fit: one point, a repeated time, a strength
that is known at some of its fixes only, an unknown unit, a row older than the issue time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final

import xarray as xr

from riskmap.errors import ConfigError, DataError, Faults, UnitsError
from riskmap.io.bundled import bundled
from riskmap.io.csv_table import CsvTable, parse_each, read_csv_table
from riskmap.io.fixes import Fix, build_track, no_radii, parse_number, parse_pressure, parse_time, parse_wind
from riskmap.members import Ends, Ensemble
from riskmap.regressions import KNOT
from riskmap.track import FORCES, QUADRANTS

WIND_UNITS: Final[Mapping[str, float]] = MappingProxyType(
    {"m s-1": 1.0, "m/s": 1.0, "kt": KNOT, "kn": KNOT, "km h-1": 1 / 3.6, "km/h": 1 / 3.6}
)
"""Unit of a wind -> [m s-1]."""

PRESSURE_UNITS: Final[Mapping[str, float]] = MappingProxyType({"hPa": 1.0, "mb": 1.0, "Pa": 0.01})
"""Unit of a pressure -> [hPa]."""

MEPS_FILE: Final = "tracks/jma_meps_ensemble_tracks.csv.gz"

MEPS_PERIOD: Final = 600
"""Averaging period [s] that the Japan Meteorological Agency's winds have; the file itself has no wind."""


@dataclass(frozen=True)
class Rows:
    """The fixes of one member, as a file has them."""

    label: str
    fixes: tuple[Fix, ...]


def read_members(
    path: str | Path,
    *,
    averaging_period: int,
    issued_at: datetime | None = None,
    storm: str | None = None,
    wind_unit: str = "m s-1",
    pressure_unit: str = "hPa",
    ends: Ends = "together",
    source: str | None = None,
) -> Ensemble:
    """Members out of a CSV file.

    One row a fix. Columns ``member``, ``time`` (with Z or an offset), ``lat``, ``lon`` [degrees]; then as far as they
    are known ``wind``, ``pressure``, ``rmw`` (radius of maximum wind) [km] and ``r7_ne``, ``r7_se``, ``r7_sw``,
    ``r7_nw``, ``r10_ne`` ... ``r12_nw`` (wind radii) [km]; ``storm`` and ``init`` (issue time) where the file holds
    several. Empty cells are unknown. Other columns are an error.

    Parameters
    ----------
    path : path
        Plain or gzip.
    averaging_period : int
        Of ``wind`` [s]: 60, 120 or 600. A model's 10 m wind is commonly taken as a 10-min mean.
    issued_at : datetime, optional
        Timezone-aware. Which ``init``; without such a column, the issue time: by default the first row's time.
    storm : str, optional
        Which ``storm``.
    wind_unit, pressure_unit : str
        See ``WIND_UNITS`` and ``PRESSURE_UNITS``.
    ends : str
        What it means that a member ends before the others: see ``riskmap.members.Ensemble``. With ``dissipated`` a
        member of one fix counts as one without a storm.
    source : str, optional
        For people; the file's name by default.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        No such storm or issue time in it, or several and none was chosen; an unknown unit.
    DataError, UnitsError
        A row or a member does not fit; the message names line and member.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "members.csv")
    ...     _ = file.write_text("member,time,lat,lon,wind\\n1,2021-07-24T00:00Z,27,124.5,38\\n1,2021-07-24T06:00Z,28,124,37\\n"
    ...                         "2,2021-07-24T00:00Z,27,124.5,38\\n2,2021-07-24T06:00Z,28,124.6,35\\n")
    ...     found = read_members(file, averaging_period=600)
    >>> found.size, found.members[1]["longitude"].values.tolist()
    (2, [124.5, 124.6])
    """
    for unit, known, name in (
        (wind_unit, WIND_UNITS, "wind_unit"),
        (pressure_unit, PRESSURE_UNITS, "pressure_unit"),
    ):
        if unit not in known:
            raise ConfigError(
                "unknown unit", where=name, expected=" | ".join(known), found=repr(unit),
                remedy="convert the column, or declare its unit",
            )  # fmt: skip
    table = read_csv_table(path, required=("member", "time", "lat", "lon"))
    _only_known(table)
    rows = _of_storm(table, storm)
    rows, issued_at = _of_init(table, rows, issued_at)
    units = (WIND_UNITS[wind_unit], PRESSURE_UNITS[pressure_unit])
    return gather(
        _members(table, rows, lambda row: _fix(table, row, units, None)),
        averaging_period=averaging_period, issued_at=issued_at, ends=ends, where=table.where,
        source=source or Path(path).name, name=storm or _label(table, rows[0], "storm"),
    )  # fmt: skip


def read_meps(storm: str, *, issued_at: datetime, path: str | Path | None = None) -> Ensemble:
    """Members of the mesoscale ensemble of the Japan Meteorological Agency: 21 positions-only tracks of 39 h.

    Three storms off Japan: Dolphin (2020), Nepartak (2021) and Meari (2022), 51 issue times in all, 14 positions each,
    three hours apart. The file has neither wind nor pressure nor size, and does not say which member is the
    control: ``riskmap.members.lend_strength`` gives them the strength of a bulletin. Its authors found the
    centres, not the agency.

    Parameters
    ----------
    storm : str
        ``DOLPHIN``, ``NEPARTAK`` or ``MEARI``.
    issued_at : datetime
        Timezone-aware.
    path : path, optional
        Another file of that form; the bundled one by default.

    Raises
    ------
    SourceError, ConfigError, DataError
        The file, the storm or the issue time is wrong.

    References
    ----------
    Oettli and Kotsuki, An Objective Detection of Separation Scenario in Tropical Cyclone Trajectories Based on
    Ensemble Weather Forecast Data; data in the public repository pascaloettli/TC-MEPS-clustering (MIT).

    Examples
    --------
    >>> meps = read_meps("NEPARTAK", issued_at=datetime(2021, 7, 26, tzinfo=UTC))
    >>> meps.size, meps.members[0].sizes["time"], meps.made
    (21, 14, False)
    """
    table = read_csv_table(
        bundled(MEPS_FILE) if path is None else path,
        required=("storm", "member", "init", "valid", "lat", "lon"),
    )
    rows = _of_storm(table, storm)
    rows, init = _of_init(table, rows, issued_at, zone=UTC)
    return gather(
        _members(table, rows, lambda row: _fix(table, row, (1.0, 1.0), UTC, clock="valid")),
        averaging_period=MEPS_PERIOD, issued_at=init, ends="together", where=table.where,
        source="JMA mesoscale ensemble, centres by Oettli and Kotsuki", name=_label(table, rows[0], "storm"),
    )  # fmt: skip


def meps_issue_times(storm: str, *, path: str | Path | None = None) -> tuple[datetime, ...]:
    """Issue times of one storm in the file of ``read_meps``, UTC.

    Raises
    ------
    ConfigError
        No such storm.

    Examples
    --------
    >>> times = meps_issue_times("MEARI")
    >>> len(times), times[0].isoformat()
    (13, '2022-08-09T12:00:00+00:00')
    """
    table = read_csv_table(bundled(MEPS_FILE) if path is None else path, required=("storm", "init"))
    texts = {_label(table, row, "init") for row in _of_storm(table, storm)}
    return tuple(sorted(parse_time(text, where=f"{table.where}, column init", zone=UTC) for text in texts))


_RADII: Final = {
    f"r{force}_{quadrant.lower()}": (f, q)
    for f, force in enumerate(FORCES)
    for q, quadrant in enumerate(QUADRANTS)
}
_COLUMNS: Final = ("storm", "init", "member", "time", "lat", "lon", "wind", "pressure", "rmw", *_RADII)

Row = tuple[int, list[str]]


def _only_known(table: CsvTable) -> None:
    strange = [name for name in table.header if name not in _COLUMNS]
    twice = [name for name in table.header if table.header.count(name) > 1]
    if strange or twice:
        raise DataError(
            "a column that stands twice" if twice else "an unknown column", where=f"{table.where}, line 1",
            expected=", ".join(_COLUMNS), found=(twice or strange)[0],
            remedy="rename it or leave it out: a column that is not read may hold what you need",
        )  # fmt: skip


def _label(table: CsvTable, row: Row, column: str) -> str:
    return table.text(row, table.column(column)) if column in table.header else ""


def _of_storm(table: CsvTable, storm: str | None) -> list[Row]:
    """The rows of one storm, by its whole name or the last part of it."""
    if "storm" not in table.header:
        return list(table.rows)
    names = list(dict.fromkeys(_label(table, row, "storm") for row in table.rows))
    wanted = (storm or "").strip().upper()
    found = [n for n in names if not wanted or n.upper() == wanted or n.upper().endswith(f".{wanted}")]
    if len(found) != 1:
        raise ConfigError(
            "several storms in the file" if found else "no such storm in the file", where=f"{table.where}, storm",
            expected="one of " + ", ".join(names), found=repr(storm), remedy="give the name of one",
        )  # fmt: skip
    return [row for row in table.rows if _label(table, row, "storm") == found[0]]


def _of_init(
    table: CsvTable, rows: Sequence[Row], issued_at: datetime | None, *, zone: tzinfo | None = None
) -> tuple[list[Row], datetime | None]:
    """The rows of one issue time."""
    if "init" not in table.header:
        return list(rows), issued_at
    column = table.column("init")
    inits = {
        text: parse_time(text, where=f"{table.where}, column init", zone=zone)
        for text in dict.fromkeys(table.text(row, column) for row in rows)
    }
    chosen = [text for text, time in inits.items() if issued_at is None or time == issued_at]
    if len(chosen) != 1:
        ordered = sorted(inits.values())
        raise ConfigError(
            "several issue times in the file" if chosen else "no such issue time in the file",
            where=f"{table.where}, issued_at", expected=f"one of {len(ordered)}, {ordered[0]} to {ordered[-1]}",
            found=str(issued_at), remedy="give one of them",
        )  # fmt: skip
    return [row for row in rows if table.text(row, column) == chosen[0]], inits[chosen[0]]


def _members(table: CsvTable, rows: Sequence[Row], fix: Callable[[Row], Fix]) -> list[Rows]:
    column = table.column("member")
    found: dict[str, list[Fix]] = {}

    def add(row: Row) -> None:
        label = table.text(row, column)
        if not label:
            raise table.wrong(row, column, "a row without its member", "the member's number or name")
        found.setdefault(label, []).append(fix(row))

    parse_each(rows, add, file=table.where)
    return [Rows(label, tuple(fixes)) for label, fixes in found.items()]


def _fix(
    table: CsvTable, row: Row, units: tuple[float, float], zone: tzinfo | None, *, clock: str = "time"
) -> Fix:
    def at(name: str) -> str:
        return f"{table.where}, line {row[0]}, column {name}"

    def number(name: str) -> float:
        return parse_number(_label(table, row, name), where=at(name))

    wind, pressure = units
    hectopascal = number("pressure") * pressure
    radii = no_radii()
    for name, place in _RADII.items():
        radii[place] = number(name) * 1000.0
    return Fix(
        f"line {row[0]}",
        parse_time(_label(table, row, clock), where=at(clock), zone=zone),
        number("lat"),
        number("lon"),
        math.nan if math.isnan(hectopascal) else parse_pressure(hectopascal, where=at("pressure")),
        parse_wind(_label(table, row, "wind"), where=at("wind"), unit=wind),
        number("rmw") * 1000.0,
        radii,
    )


def gather(
    members: Sequence[Rows], *, averaging_period: int, issued_at: datetime | None, ends: Ends, where: str,
    source: str, name: str, wind_threshold: Sequence[float] | None = None, stormless: Sequence[str] = (),
) -> Ensemble:  # fmt: skip
    """An ensemble of what a file holds.

    Parameters
    ----------
    members : sequence of Rows
        In the order of their time.
    averaging_period : int
        Of the winds [s].
    issued_at : datetime, optional
        By default the time of the first fix.
    ends : str
        See ``riskmap.members.Ensemble``.
    where, source, name : str
        For messages, for people, and of the storm.
    wind_threshold : sequence (3,), optional
        Wind speed at the radii [m s-1].
    stormless : sequence of str
        Members of the file without this storm.

    Raises
    ------
    DataError, UnitsError
        A member does not fit; named.
    """
    times = [fix.time for member in members for fix in member.fixes]
    if not times:
        raise DataError(
            "no member has this storm", where=where, expected="one member or more", found="none",
            remedy="check the storm and the issue time",
        )  # fmt: skip
    issued_at = min(times) if issued_at is None else issued_at
    tracks: list[xr.Dataset] = []
    labels, gone, faults = [], list(stormless), Faults()
    for member in members:
        at = f"{where}, member {member.label}"
        with faults:
            _check_rows(member, issued_at, at)
            if len(member.fixes) == 1 and ends == "dissipated":
                gone.append(member.label)
                continue
            labels.append(member.label)
            tracks.append(_track(member, averaging_period, issued_at, wind_threshold, source, name, at))
    faults.tell(file=where)
    return Ensemble(
        tuple(tracks), tuple(labels), made=False, source=source, issued_at=issued_at,
        stormless=tuple(gone), ends=ends,
    )  # fmt: skip


def _track(
    member: Rows, averaging_period: int, issued_at: datetime, wind_threshold: Sequence[float] | None, source: str,
    name: str, where: str,
) -> xr.Dataset:  # fmt: skip
    if len(member.fixes) < 2:
        raise DataError(
            "a member of one point has no motion", where=where, expected="2 fixes or more", found="1",
            remedy='leave it out, or set ends = "dissipated" if its storm has died in the model',
        )  # fmt: skip
    # a model's centre may jump; only what was analysed is held to a storm's way
    return build_track(
        [replace(fix, forecast=fix.time > issued_at) for fix in member.fixes],
        averaging_period=averaging_period, wind_threshold=wind_threshold,
        attributes={"name": name, "agency": "", "source": source, "member": member.label}, where=where,
    )  # fmt: skip


def _check_rows(member: Rows, issued_at: datetime, where: str) -> None:
    """Times that repeat or are older than the issue, and a strength with holes."""
    for before, fix in pairwise(member.fixes):
        if fix.time == before.time:
            raise DataError(
                "two rows of one time", where=f"{where}, {before.row} and {fix.row}", expected="one row a time",
                found=fix.time.isoformat(), remedy="leave one out; or two members have one label",
            )  # fmt: skip
        if fix.time < before.time:
            raise DataError(
                "times go backwards", where=f"{where}, {before.row} and {fix.row}", expected="rows in order of time",
                found=f"{fix.time.isoformat()} after {before.time.isoformat()}",
                remedy="sort the rows; or two members have one label",
            )  # fmt: skip
    first = member.fixes[0]
    if first.time < issued_at:
        raise DataError(
            "a forecast older than the analysis", where=f"{where}, {first.row}",
            expected=f"{issued_at.isoformat()} or later", found=first.time.isoformat(),
            remedy="take the members of that issue time",
        )  # fmt: skip
    unknown = [fix for fix in member.fixes if math.isnan(fix.wind) and math.isnan(fix.pressure)]
    if unknown and len(unknown) < len(member.fixes):
        raise DataError(
            "neither wind nor pressure at some of its fixes", where=f"{where}, {unknown[0].row}",
            expected="one of the two at every fix, or at none", found="no value", remedy="fill in or drop the row",
        )  # fmt: skip
    small = [
        fix
        for fix in member.fixes
        if not math.isnan(fix.radius_of_maximum_wind) and fix.radius_of_maximum_wind < 1000.0
    ]
    if small:
        raise UnitsError(
            "value out of range", where=f"{where}, {small[0].row}, radius of maximum wind", expected="1 km or more",
            found=f"{small[0].radius_of_maximum_wind / 1000.0:g} km", remedy="check the unit, or leave it empty",
        )  # fmt: skip
