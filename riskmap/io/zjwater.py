"""Typhoons as the Zhejiang water authority's service gives them: JSON, and CSV extracts of it.

The JSON is one storm or a list of storms, each with ``points`` and, in a point, ``forecast``: one list of
``forecastpoints`` an agency (``tm``). Its times are +08:00; the extracts (``time,lat,lng,speed,pressure,...`` and
``init,agency,time,...``) are UTC. Radii of force 7, 10 and 12 are ``NE|SE|SW|NW`` in km, winds m s-1, pressure hPa.
The analysed points are those of the Chinese centre. The shape was read in a stored answer of the service; no
specification is published. Programs that draw its radii disagree on the order of the last two (some read
``NE|SE|NW|SW``); the Chinese centre's own order is taken (status M).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.averaging import convert
from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.io.csv_table import parse_each, read_csv_table, read_text
from riskmap.io.fixes import (
    BLANK,
    BULLETIN_PERIOD,
    Fix,
    build_track,
    no_radii,
    parse_number,
    parse_pressure,
    parse_radii,
    parse_time,
    parse_wind,
)
from riskmap.io.fixes import merge_fixes as in_order
from riskmap.io.json_file import as_list, as_object, read_json
from riskmap.outlook import BEIJING

OLDEST: Final = timedelta(hours=12)
"""The service repeats an agency's last forecast until the next; one older than two synoptic terms is refused
(status D)."""


@dataclass(frozen=True)
class _Agency:
    short: str
    period: int


_AGENCIES: Final = MappingProxyType(
    {
        "中国": _Agency("CMA", 120),
        "日本": _Agency("JMA", 600),
        "美国": _Agency("JTWC", 60),
        "中国台湾": _Agency("CWA", 600),
        "中国香港": _Agency("HKO", 600),
    }
)
"""Name in the feed -> short name and averaging period [s] of the agency's own winds (status M: the feed passes
them on; JTWC's 17 级 at 115 kt = 59 m s-1 shows that it does not convert)."""


@dataclass(frozen=True)
class _Storm:
    """One storm of the file: analysed rows, and the forecasts of each agency by the time of their row."""

    number: str
    name: str
    chinese: str
    analysed: list[Fix]
    forecasts: dict[str, list[tuple[datetime, list[Fix]]]]


def read_zjwater(
    path: str | Path,
    *,
    storm: str | None = None,
    agency: str | None = None,
    issued_at: datetime | None = None,
    forecast_file: str | Path | None = None,
) -> xr.Dataset:
    """A storm of the service: what was analysed by the issue time, and one agency's forecast after it.

    Parameters
    ----------
    path : path
        JSON, or the CSV extract of the analysed points.
    storm : str, optional
        ``202116``, ``2116`` or a name; needed where the JSON holds several. The CSV names none: there it is
        the track's number.
    agency : str, optional
        Whose forecast: ``CMA`` (default where there is an issue time), ``JMA``, ``JTWC``, ``CWA``, ``HKO``, or as
        the feed writes it.
    issued_at : datetime, optional
        Nothing later is read as analysed; the last point of the file by default. Without it and without an
        agency the track is the analysed points alone.
    forecast_file : path, optional
        The CSV extract of the forecasts, beside that of the points.

    Returns
    -------
    Dataset (time)
        A track (see ``riskmap.track``), 2-min wind, ``forecast`` flagged; other agencies' winds are converted,
        and ``forecast_agency``, ``forecast_from`` and ``forecast_averaging_period`` say whose they were.

    Raises
    ------
    ConfigError
        No such storm or agency.
    CoverageError
        No point by the issue time.
    DataError, UnitsError
        A value is wrong, rows contradict, or the forecast is older than the analysis; names file and row.
    SourceError
        The file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "points.csv")
    ...     forecasts = Path(folder, "forecasts.csv")
    ...     _ = file.write_text("time,lat,lng,speed,pressure\\n2021-09-28 06:00,22.0,136.0,50,935\\n"
    ...                         "2021-09-28 12:00,22.4,135.6,50,935\\n")
    ...     _ = forecasts.write_text("init,agency,time,lat,lng,speed,pressure\\n"
    ...                              "2021-09-28 12:00,日本,2021-09-29 12:00,24.9,134.8,48,940\\n", encoding="utf-8")
    ...     track = read_zjwater(file, storm="2116", agency="JMA", forecast_file=forecasts,
    ...                          issued_at=datetime(2021, 9, 28, 20, tzinfo=BEIJING))
    >>> track.attrs["forecast_agency"], track["forecast"].values.tolist()
    ('JMA', [False, False, True])
    """
    where = str(path)
    if issued_at is not None and issued_at.tzinfo is None:
        raise DataError(
            "a time without its offset", where="issued_at", expected="a timezone-aware datetime",
            found=issued_at.isoformat(), remedy="add tzinfo, e.g. UTC+8",
        )  # fmt: skip
    if read_text(path).lstrip()[:1] in "[{" or Path(path).suffix.lower() in (".json", ".js", ".jsonp"):
        found = _from_json(path, storm)
    else:
        found = _from_csv(path, storm, forecast_file)
    attributes = {
        "name": found.name, "number": found.number, "chinese": found.chinese, "source": Path(path).name,
        "agency": "China Meteorological Administration, as the Zhejiang water authority's service gives it",
    }  # fmt: skip
    in_order(found.analysed, where=where)
    analysed = [f for f in found.analysed if issued_at is None or f.time <= issued_at]
    if not analysed:
        raise CoverageError(
            "no point by the issue time", where=where, expected=f"points up to {issued_at}",
            found=f"the first at {found.analysed[0].time}" if found.analysed else "no point",
            remedy="choose a later issue time",
        )  # fmt: skip
    later: list[Fix] = []
    if agency is not None or issued_at is not None:
        feed_name = _feed_name(agency or "CMA")
        later, start = _forecast(found, analysed, feed_name, where)
        whose = _AGENCIES[feed_name]
        attributes |= {
            "forecast_agency": whose.short,
            "forecast_from": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "forecast_averaging_period": str(whose.period),
        }
    return build_track(
        [*analysed, *later], averaging_period=BULLETIN_PERIOD, attributes=attributes, judge_way=True, where=where
    )  # fmt: skip


def _feed_name(agency: str) -> str:
    for name, entry in _AGENCIES.items():
        if agency.strip().upper() in (name, entry.short):
            return name
    raise ConfigError(
        "unknown agency", where="track agency",
        expected=" | ".join(f"{a.short} ({name})" for name, a in _AGENCIES.items()), found=repr(agency),
        remedy="set [track] agency in the scenario",
    )  # fmt: skip


def _forecast(found: _Storm, analysed: list[Fix], agency: str, where: str) -> tuple[list[Fix], datetime]:
    """The agency's last forecast by the last analysed point, its part after that point, and when it starts."""
    last = analysed[-1]
    known = [(at, fixes) for at, fixes in found.forecasts.get(agency, []) if at <= last.time and fixes]
    if not known:
        others = [_AGENCIES[a].short for a, rows in found.forecasts.items() if a in _AGENCIES and rows]
        raise ConfigError(
            "no forecast of this agency by then", where=where, expected=f"one up to {last.time}",
            found="forecasts of " + (", ".join(others) or "nobody"),
            remedy="choose another agency or issue time; an extract needs its forecast file",
        )  # fmt: skip
    at, fixes = known[-1]
    in_order(fixes, where=where)
    start = min(at, fixes[0].time)
    if last.time - start > OLDEST or fixes[-1].time <= last.time:
        raise DataError(
            "a forecast older than the analysis", where=f"{where}, {last.row} and {fixes[0].row}",
            expected=f"a forecast not more than {OLDEST.total_seconds() / 3600:g} h older that reaches beyond it",
            found=f"one from {start:%Y-%m-%d %H:%M} to {fixes[-1].time:%Y-%m-%d %H:%M} UTC "
            f"beside an analysis of {last.time:%Y-%m-%d %H:%M} UTC",
            remedy="choose another agency or issue time",
        )  # fmt: skip
    period = _AGENCIES[agency].period
    return [
        replace(f, wind=convert(f.wind, period=period, to=BULLETIN_PERIOD)) for f in fixes if f.time > last.time
    ], start  # fmt: skip


def _from_json(path: str | Path, storm: str | None) -> _Storm:
    where = str(path)
    content = read_json(path)
    storms = [as_object(s, where=where) for s in (content if isinstance(content, list) else [content])]
    wanted = (storm or "").strip().upper()
    labels = [[_words(s, key).upper() for key in ("tfid", "enname", "name")] for s in storms]
    chosen = [
        s for s, names in zip(storms, labels, strict=True)
        if not wanted or wanted in names or (len(wanted) == 4 and names[0].endswith(wanted))
    ]  # fmt: skip
    if len(chosen) != 1:
        raise ConfigError(
            "several storms fit" if chosen else "no such storm in the file", where=f"{where}, storm",
            expected="one of " + ", ".join(n[0] or n[1] or "(nameless)" for n in labels), found=repr(storm),
            remedy="give the number, e.g. 202116",
        )  # fmt: skip
    data = chosen[0]
    analysed, forecasts = [], dict[str, list[tuple[datetime, list[Fix]]]]()
    for k, item in enumerate(as_list(data.get("points"), where=f"{where}, points")):
        row = f"points[{k}]"
        point = as_object(item, where=f"{where}, {row}")
        fix = _fix(point, row, where, BEIJING)
        analysed.append(fix)
        for j, entry in enumerate(as_list(point.get("forecast"), where=f"{where}, {row}")):
            label = f"{row}.forecast[{j}]"
            one = as_object(entry, where=f"{where}, {label}")
            ahead = [
                _fix(
                    as_object(p, where=f"{where}, {label}"),
                    f"{label}.forecastpoints[{i}]",
                    where,
                    BEIJING,
                    True,
                )
                for i, p in enumerate(as_list(one.get("forecastpoints"), where=f"{where}, {label}"))
            ]
            forecasts.setdefault(_words(one, "tm"), []).append((fix.time, ahead))
    return _Storm(
        _words(data, "tfid"), _words(data, "enname"), _words(data, "name"), analysed, forecasts
    )  # fmt: skip


def _from_csv(path: str | Path, storm: str | None, forecast_file: str | Path | None) -> _Storm:
    table = read_csv_table(path, required=("time", "lat", "lng", "speed", "pressure"))
    if "init" in table.header:
        raise DataError(
            "an extract of forecasts", where=f"{path}, line 1", expected="the extract of the analysed points",
            found="a column init", remedy="give it as the forecast file",
        )  # fmt: skip
    table.require_whole(table.rows)

    def fix(row: tuple[int, list[str]]) -> Fix:
        return _fix(dict(zip(table.header, row[1], strict=False)), f"line {row[0]}", str(path), UTC)

    analysed = parse_each(table.rows, fix, file=str(path))
    forecasts: dict[str, list[tuple[datetime, list[Fix]]]] = {}
    if forecast_file is not None:
        needed = ("init", "agency", "time", "lat", "lng", "speed", "pressure")
        ahead, there = read_csv_table(forecast_file, required=needed), Path(forecast_file).name
        ahead.require_whole(ahead.rows)

        def add(row: tuple[int, list[str]]) -> None:
            values = dict(zip(ahead.header, row[1], strict=False))
            init = parse_time(values["init"], where=f"{forecast_file}, line {row[0]}, column init", zone=UTC)
            fix = _fix(values, f"{there} line {row[0]}", str(path), UTC, True)
            issued = forecasts.setdefault(values["agency"], [])
            if not issued or issued[-1][0] != init:
                issued.append((init, []))
            issued[-1][1].append(fix)

        parse_each(ahead.rows, add, file=str(forecast_file))
        for issued in forecasts.values():
            issued.sort(key=lambda one: one[0])
    return _Storm((storm or ""), "", "", analysed, forecasts)


def _words(data: Mapping[str, Any], key: str) -> str:
    text = str(data.get(key) or "").strip()
    return "" if text.lower() in BLANK else text


def _fix(values: Mapping[str, Any], row: str, where: str, zone: tzinfo, forecast: bool = False) -> Fix:
    at = f"{where}, {row}"
    radii = no_radii()
    for k, key in enumerate(("radius7", "radius10", "radius12")):
        text = _words(values, key)
        if text:
            parts = text.split("|")
            if len(parts) not in (1, 4):
                raise DataError(
                    "not the radii of four quadrants", where=f"{at}, {key}", expected="NE|SE|SW|NW in km",
                    found=repr(text), remedy="correct the value",
                )  # fmt: skip
            radii[k] = parse_radii(parts * (4 // len(parts)), unit=1000.0, where=f"{at}, {key}")
    wind = parse_wind(values.get("speed"), where=f"{at}, speed")
    return Fix(
        row=row,
        time=parse_time(values.get("time"), where=f"{at}, time", zone=zone),
        latitude=parse_number(values.get("lat"), where=f"{at}, lat"),
        longitude=parse_number(values.get("lng"), where=f"{at}, lng"),
        pressure=parse_pressure(values.get("pressure"), where=at),
        wind=wind if wind > 0 else math.nan,  # 0 stands where nothing is known: a storm is never calm
        radii=np.asarray(radii),
        forecast=forecast,
    )
