"""Typhoons as the QWeather storm service gives them, and CSV tables of Chinese bulletins in the same terms.

JSON: ``track`` (the fixes), ``now`` and, in another answer, ``forecast``; times carry their offset, winds are m s-1,
pressure hPa, ``windRadius30/50/64`` km by quadrant. CSV: ``ISO_TIME`` (UTC), ``CMA_WIND_MS``, ``CMA_PRES``,
``R30_NE_KM`` and so on; forecasts ``ISSUED``, ``FX_TIME``. Shape: the samples of the service's documentation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import xarray as xr

from riskmap.errors import DataError
from riskmap.io.csv_table import parse_each, read_csv_table, read_text
from riskmap.io.fixes import (
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
from riskmap.io.json_file import as_list, as_object, read_json
from riskmap.regressions import KNOT
from riskmap.track import QUADRANTS

AGENCY: Final = "China Meteorological Administration (bulletin)"

_KNOTS: Final = (30, 50, 64)

_JSON_KEYS: Final = MappingProxyType(
    {"lat": "lat", "lon": "lon", "pressure": "pressure", "wind": "windSpeed", "time": "time"}
)
_CSV_KEYS: Final = MappingProxyType(
    {"lat": "LAT", "lon": "LON", "pressure": "CMA_PRES", "wind": "CMA_WIND_MS", "time": "ISO_TIME"}
)


def read_qweather(
    path: str | Path,
    *,
    forecast_file: str | Path | None = None,
    storm: str = "",
    issued_at: datetime | None = None,
) -> xr.Dataset:
    """A storm of the service's track answer, with its forecast where there is one.

    Parameters
    ----------
    path : path
        JSON of the storm-track answer (or ``{"track": ..., "forecast": ...}`` holding both answers), or the CSV table.
    forecast_file : path, optional
        JSON of the storm-forecast answer, or its CSV table.
    storm : str
        The feed names no storm: what to call it.
    issued_at : datetime, optional
        Fixes later than this are not taken; a forecast issued later is an error.

    Returns
    -------
    Dataset (time)
        A track (see ``riskmap.track``), 2-min wind, radii of 30, 50 and 64 kt, ``forecast`` flagged. ``now`` counts
        only where it is later than the track, because its time is that of publication.

    Raises
    ------
    DataError, UnitsError
        The service answered with an error; a value is wrong, rows contradict, or the forecast is older than the
        analysis; names file and row.
    SourceError
        The file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "storm.csv")
    ...     _ = file.write_text("ISO_TIME,LAT,LON,CMA_PRES,CMA_WIND_MS\\n2021-07-25 00:00,29.5,122.6,970,38\\n"
    ...                         "2021-07-25 06:00,30.0,122.1,972,35\\n")
    ...     track = read_qweather(file, storm="2106")
    >>> track["maximum_wind"].values.tolist(), track.attrs["averaging_period"]  # m s-1, s
    ([38.0, 35.0], 120)
    """
    where = str(path)
    analysed, ahead, issued = _rows(path)
    if forecast_file is not None:
        _, ahead, issued = _rows(forecast_file)
        if not ahead:
            raise DataError(
                "no forecast in the forecast file", where=str(forecast_file),
                expected="forecast (JSON) or FX_TIME (CSV)", found="fixes only",
                remedy="give the storm-forecast answer",
            )  # fmt: skip
    if issued_at is not None:
        analysed = [f for f in analysed if f.time <= issued_at]
        if ahead and issued is not None and issued > issued_at:
            raise DataError(
                "a forecast issued after the issue time", where=f"{forecast_file or where}, {ahead[0].row}",
                expected=f"one issued by {issued_at}", found=f"one of {issued}",
                remedy="take the forecast of that time, or a later issue time",
            )  # fmt: skip
    return build_track(
        [*analysed, *ahead],
        averaging_period=BULLETIN_PERIOD,
        wind_threshold=[k * KNOT for k in _KNOTS],
        attributes={"name": "", "number": storm, "agency": AGENCY, "source": Path(path).name},
        judge_way=True,
        where=where,
    )


_Rows = tuple[list[Fix], list[Fix], datetime | None]


def _rows(path: str | Path) -> _Rows:
    """Analysed fixes, forecast fixes and the issue time of the forecast of one file."""
    if read_text(path).lstrip()[:1] == "{":
        return _from_json(path)
    return _from_csv(path)


def _from_json(path: str | Path) -> _Rows:
    where = str(path)
    content = as_object(read_json(path), where=where)
    answers = [content]
    if any(isinstance(content.get(key), dict) for key in ("track", "forecast")):
        answers = [
            as_object(content[k], where=f"{where}, {k}") for k in ("track", "forecast") if content.get(k)
        ]
    analysed: list[Fix] = []
    ahead: list[Fix] = []
    issued = None
    for answer in answers:
        if str(answer.get("code", "200")) != "200":
            raise DataError(
                "the service answered with an error", where=f"{where}, code", expected="200",
                found=repr(answer["code"]), remedy="fetch the file again",
            )  # fmt: skip
        fixes = _listed(answer, "track", where, _JSON_KEYS)
        if answer.get("now"):
            now = as_object(answer["now"], where=f"{where}, now")
            fix = _fix(now, "now", where, MappingProxyType(dict(_JSON_KEYS) | {"time": "pubTime"}))
            if not fixes or fix.time > fixes[-1].time:
                fixes.append(fix)
        analysed += fixes
        keys = MappingProxyType(dict(_JSON_KEYS) | {"time": "fxTime"})
        ahead += _listed(answer, "forecast", where, keys)
        if answer.get("forecast") and answer.get("updateTime"):
            issued = parse_time(answer["updateTime"], where=f"{where}, updateTime", zone=None)
    return analysed, ahead, issued


def _listed(answer: Mapping[str, Any], name: str, where: str, keys: Mapping[str, str]) -> list[Fix]:
    """The fixes of one list of an answer."""

    def fix(item: tuple[int, Any]) -> Fix:
        one = as_object(item[1], where=where)
        return _fix(one, f"{name}[{item[0]}]", where, keys, forecast=name == "forecast")

    return parse_each(enumerate(as_list(answer.get(name), where=f"{where}, {name}")), fix, file=where)


def _from_csv(path: str | Path) -> _Rows:
    table = read_csv_table(path, required=("LAT", "LON", "CMA_PRES", "CMA_WIND_MS"))
    forecast = "FX_TIME" in table.header
    keys = MappingProxyType(dict(_CSV_KEYS) | ({"time": "FX_TIME"} if forecast else {}))
    table.column(keys["time"])
    table.require_whole(table.rows)

    def fix(row: tuple[int, list[str]]) -> Fix:
        values = dict(zip(table.header, row[1], strict=False))
        return _fix(values, f"line {row[0]}", str(path), keys, zone=UTC, forecast=forecast)

    fixes = parse_each(table.rows, fix, file=str(path))
    if not forecast:
        return fixes, [], None
    column = table.column("ISSUED")
    stamps = {table.text(row, column) for row in table.rows}
    if len(stamps) != 1:
        raise DataError(
            "several forecasts in one table", where=f"{path}, column ISSUED", expected="one issue time",
            found=", ".join(sorted(stamps)), remedy="keep the rows of one of them",
        )  # fmt: skip
    return [], fixes, parse_time(stamps.pop(), where=f"{path}, column ISSUED", zone=UTC)


def _fix(
    values: Mapping[str, Any], row: str, where: str, keys: Mapping[str, str], *, zone: tzinfo | None = None,
    forecast: bool = False,
) -> Fix:  # fmt: skip
    at = f"{where}, {row}"
    radii = no_radii()
    for k, knots in enumerate(_KNOTS):
        radii[k] = parse_radii(_four(values, knots, at), unit=1000.0, where=f"{at}, radius of {knots} kt")
    return Fix(
        row=row,
        time=parse_time(values.get(keys["time"]), where=f"{at}, {keys['time']}", zone=zone),
        latitude=parse_number(values.get(keys["lat"]), where=f"{at}, {keys['lat']}"),
        longitude=parse_number(values.get(keys["lon"]), where=f"{at}, {keys['lon']}"),
        pressure=parse_pressure(values.get(keys["pressure"]), where=at),
        wind=parse_wind(values.get(keys["wind"]), where=at),
        radii=radii,
        forecast=forecast,
    )


def _four(values: Mapping[str, Any], knots: int, at: str) -> Sequence[Any]:
    nested = values.get(f"windRadius{knots}")
    if nested:
        quadrants = as_object(nested, where=f"{at}, windRadius{knots}")
        return [quadrants.get(f"{q.lower()}Radius") for q in QUADRANTS]
    return [values.get(f"R{knots}_{q}_KM") for q in QUADRANTS]
