"""Gauges and their readings: tables of stations in CSV, readings in CSV or JSON from a file or a service.

Unit and time zone are declared or the readings are refused: 315 may be metres or centimetres, 08:00 may be eight hours
away. A bad row is named and left out, the others are read.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final

import numpy as np

from riskmap.errors import DataError, UnitsError
from riskmap.io.csv_table import read_csv_table, read_text
from riskmap.io.reservoirs import datum_of_levels
from riskmap.io.rows import Row, check_places, collect, refuse_repeated, require_some
from riskmap.io.service import SIZE_LIMIT, TIMEOUT, TRIES, Opener, fetch_text, told_address
from riskmap.observation.gauges import UNITS, Gauge, Kind, Readings, in_order
from riskmap.region import Region

_KINDS: Final[Mapping[str, Kind]] = {
    "rain": "rain", "雨量": "rain", "river": "river", "河道": "river", "水位": "river", "tide": "tide", "潮位": "tide",
    "reservoir": "reservoir", "水库": "reservoir", "pond": "reservoir", "山塘": "reservoir",
}  # fmt: skip
_SIZES: Final = {
    "mm": {"mm": 1.0, "0.1mm": 0.1, "cm": 10.0, "in": 25.4}, "m": {"m": 1.0, "cm": 0.01, "mm": 0.001},
}  # fmt: skip
HEAVIEST_HOUR: Final = 250.0
"""More rain in an hour is out of range [mm] (status D: the mainland's record is 201.9 mm, Zhengzhou 2021, M)."""

LEAST_HIGH: Final = 60.0
"""A short reading may hold so much all the same [mm] (status D)."""


@dataclass(frozen=True, eq=False)
class GaugeTable:
    """The gauges of a table, and the rows left out or doubtful, to be reported."""

    gauges: tuple[Gauge, ...]
    problems: tuple[DataError, ...]


@dataclass(frozen=True, eq=False)
class ReadingTable:
    """Readings of all gauges, in their order, unchecked; and the rows left out, to be reported."""

    readings: tuple[Readings, ...]
    problems: tuple[DataError, ...]


def read_gauges(path: str | Path, *, datum: str | None = None, regions: Sequence[Region] = ()) -> GaugeTable:
    """Stations with their kind, place, interval and levels, row by row.

    Parameters
    ----------
    path : path
        CSV with ``id``, ``name``, ``kind`` (雨量 | 河道 | 潮位 | 水库), ``region``, ``lon``, ``lat``, ``interval_min``; for
        levels ``height_datum``; where known ``low``, ``high`` (what is possible there [mm or m]), ``blue_m``,
        ``yellow_m``, ``orange_m``, ``red_m``, ``datum``.
    datum : str, optional
        Of the coordinates, where no column says so: ``wgs84``, ``cgcs2000``, ``gcj02``.
    regions : sequence of Region, optional
        Outlines to check the places against.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError, DatumError
        No row could be read, an id twice, or points that lie like GCJ-02.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "gauges.csv")
    ...     _ = file.write_text("id,name,kind,region,lon,lat,interval_min,height_datum,yellow_m,orange_m\\n"
    ...                         "R1,佛堂,河道,330782,120.02,29.2,5,1985,52.5,54\\n"
    ...                         "R2,义乌,河道,330782,120.08,29.3,5,,56,58\\n", encoding="utf-8")
    ...     table = read_gauges(file, datum="wgs84")
    >>> table.gauges[0].name, table.gauges[0].kind, table.gauges[0].bounds  # blue, yellow, orange, red [m]
    ('佛堂', 'river', (None, 52.5, 54.0, None))
    >>> [problem.message for problem in table.problems]  # rows left out
    ['a height without its datum']
    """
    where = str(path)
    table = read_csv_table(path)
    rows = [
        Row(dict(zip(table.header, cells, strict=False)), f"{where}, line {line}")
        for line, cells in table.rows
    ]
    gauges, problems = collect(rows, lambda row: _gauge(row, datum))
    require_some(gauges, problems, where)
    refuse_repeated([g.gauge_id for g in gauges], where)
    if regions:
        spots = [(g.longitude, g.latitude) for g in gauges]
        problems += check_places(spots, [g.region for g in gauges], regions, where=where)
    return GaugeTable(tuple(gauges), tuple(problems))


def _gauge(row: Row, datum: str | None) -> Gauge:
    words = row.text("kind", "类型", needed=True)
    if words not in _KINDS:
        raise DataError(
            "an unknown kind", where=f"{row.where}, column kind", expected=" | ".join(_KINDS), found=repr(words),
            remedy="correct the cell",
        )  # fmt: skip
    kind = _KINDS[words]
    minutes = row.number("interval_min", "间隔", low=1, high=1440, units="min", needed=True)
    assert minutes is not None
    columns = (("blue_m", "蓝"), ("yellow_m", "黄"), ("orange_m", "橙"), ("red_m", "红"))
    levels = tuple(row.number(*names, low=-20, high=3000, units="m") for names in columns)
    known = [v for v in levels if v is not None]
    if kind == "rain":
        span = (0.0, max(HEAVIEST_HOUR * minutes / 60, LEAST_HIGH))
    else:
        span = (min(known) - 15, max(known) + 10) if known else (-20.0, 3000.0)
    low = row.number("low", "下限", low=-50, high=3000, units=UNITS[kind])
    high = row.number("high", "上限", low=-50, high=3000, units=UNITS[kind])
    east, north = row.place(datum)
    return Gauge(
        gauge_id=row.text("id", "编号", "测站编码", needed=True), name=row.text("name", "名称", needed=True), kind=kind,
        region=row.text("region", "区划代码", needed=True).removesuffix(".0"), longitude=east, latitude=north,
        interval=minutes * 60, low=span[0] if low is None else low, high=span[1] if high is None else high,
        datum="" if kind == "rain" else datum_of_levels(row),
        bounds=(levels[0], levels[1], levels[2], levels[3]) if known and kind != "rain" else None,
    )  # fmt: skip


def read_readings(
    path: str | Path, gauges: Sequence[Gauge], *, units: Mapping[str, str] | None = None, zone: tzinfo | None = None
) -> ReadingTable:  # fmt: skip
    """Readings from a file: CSV, or JSON (a list of objects, or an object with ``readings``).

    Parameters
    ----------
    path : path
        Each row has ``id``, ``time``, ``value``, and where they differ ``units``. A blank value is left out.
    gauges : sequence of Gauge
    units : mapping, optional
        Kind -> unit of the values where no column says so: mm, 0.1mm, cm, in for rain; m, cm, mm for levels.
    zone : tzinfo, optional
        Of times that carry no offset.

    Returns
    -------
    ReadingTable
        One entry a gauge, empty where it has no reading. Rows without unit, zone or gauge are left out and named.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        Neither CSV nor JSON, or a column is missing.

    Examples
    --------
    >>> from datetime import timedelta, timezone
    >>> from tempfile import TemporaryDirectory
    >>> gauge = Gauge("R1", "佛堂", "river", "330782", 120.02, 29.2, interval=300.0, low=40.0, high=70.0, datum="1985")
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "levels.csv")
    ...     _ = file.write_text("id,time,value\\nR1,2021-07-25 08:00,5231\\n", encoding="utf-8")
    ...     table = read_readings(file, [gauge], units={"river": "cm"}, zone=timezone(timedelta(hours=8)))
    >>> str(table.readings[0].times[0]), float(table.readings[0].values[0])  # UTC, m
    ('2021-07-25T00:00:00', 52.31)
    """
    return parse_readings(read_text(path), gauges, where=str(path), units=units, zone=zone)


def fetch_readings(
    url: str, gauges: Sequence[Gauge], *, opener: Opener | None = None, units: Mapping[str, str] | None = None,
    zone: tzinfo | None = None, timeout: float = TIMEOUT, limit: int = SIZE_LIMIT, tries: int = TRIES,
) -> ReadingTable:  # fmt: skip
    """Readings from a service, CSV or JSON.

    Parameters
    ----------
    url, opener, timeout, limit, tries
        See ``riskmap.io.service.fetch_text``: http or https, in bounded time and size.
    gauges, units, zone
        As for ``read_readings``.

    Raises
    ------
    ConfigError
        Another scheme than http and https.
    SourceError
        No whole answer in time, an error of the service, too long an answer, or one that is not text.
    DataError
        As for ``read_readings``.
    """
    text = fetch_text(url, opener=opener, timeout=timeout, limit=limit, tries=tries)
    return parse_readings(text, gauges, where=told_address(url), units=units, zone=zone)


def parse_readings(
    text: str, gauges: Sequence[Gauge], *, where: str, units: Mapping[str, str] | None = None, zone: tzinfo | None = None
) -> ReadingTable:  # fmt: skip
    """Readings in a text, CSV or JSON; see ``read_readings`` for its form, units and zone.

    Parameters
    ----------
    where : str
        File or service, for messages.

    Raises
    ------
    DataError
        Neither CSV nor JSON, or a column is missing.
    """
    known = {g.gauge_id: g for g in gauges}
    held: dict[str, list[tuple[np.datetime64, float]]] = {name: [] for name in known}
    rows = _objects(text, where) if text.lstrip()[:1] in ("[", "{") else _lines(text, where)
    pairs, problems = collect(rows, lambda row: _reading(row, known, dict(units or {}), zone))
    for pair in pairs:
        if pair is not None:
            held[pair[0]].append((pair[1], pair[2]))
    return ReadingTable(tuple(in_order(g, held[g.gauge_id]) for g in gauges), tuple(problems))


def _reading(
    row: Row, known: Mapping[str, Gauge], units: Mapping[str, str], zone: tzinfo | None
) -> tuple[str, np.datetime64, float] | None:
    name = row.text("id", "编号", "测站编码", needed=True)
    if name not in known:
        raise DataError(
            "a reading of an unknown gauge", where=row.where, expected="an id of the gauge table", found=repr(name),
            remedy="add the gauge to the table",
        )  # fmt: skip
    unit = UNITS[known[name].kind]
    declared = (row.text("units", "单位") or units.get(known[name].kind, "")).lower().replace(" ", "")
    if declared not in _SIZES[unit]:
        raise UnitsError(
            "a reading without a unit" if not declared else "an unknown unit", where=row.where,
            expected=" | ".join(_SIZES[unit]), found=repr(declared) if declared else "none declared",
            remedy="add a column units, or state it for the kind",
        )  # fmt: skip
    at = _instant(row, zone)
    value = row.number("value", "值", low=-1e6, high=1e6, units=declared)
    return None if value is None else (name, at, round(value * _SIZES[unit][declared], 9))


def _instant(row: Row, zone: tzinfo | None) -> np.datetime64:
    words = row.text("time", "时间", needed=True)
    try:
        when = datetime.fromisoformat(words.replace("/", "-"))
        when = when.replace(tzinfo=zone) if when.tzinfo is None else when
        if when.tzinfo is None:
            raise ValueError("no offset, and no zone is stated")
    except ValueError as problem:
        raise DataError(
            "not an instant", where=f"{row.where}, column time", expected="2021-07-25T12:00:00+08:00, or a stated zone",
            found=f"{words!r} ({problem})", remedy="add the offset, or state the zone of the file",
        ) from problem  # fmt: skip
    return np.datetime64(round(when.astimezone(UTC).timestamp()), "s")


def _lines(text: str, where: str) -> Iterator[Row]:
    reader = csv.reader(text.splitlines())
    header = [cell.strip() for cell in next(reader, [])]
    for names in (("id", "编号", "测站编码"), ("time", "时间"), ("value", "值")):
        if not set(names) & set(header):
            raise DataError(
                "missing column", where=f"{where}, line 1", expected=" or ".join(names), found=", ".join(header) or "nothing",
                remedy="name the columns in the first line",
            )  # fmt: skip
    for cells in reader:
        if any(cells):
            yield Row(dict(zip(header, cells, strict=False)), f"{where}, line {reader.line_num}")


def _objects(text: str, where: str) -> Iterator[Row]:
    try:
        document: Any = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as problem:
        raise DataError(
            "not JSON", where=where, expected="a list of readings", found=str(problem)[:80], remedy="fetch it again"
        ) from problem  # fmt: skip
    items = document.get("readings") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise DataError(
            "no list of readings", where=where, expected='[{"id": ..., "time": ..., "value": ...}, ...]',
            found=type(items).__name__, remedy='give a list, or an object with "readings"',
        )  # fmt: skip
    for n, item in enumerate(items):
        yield Row(item if isinstance(item, dict) else {}, f"{where}, readings[{n}]")
