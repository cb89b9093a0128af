"""Track files of an invented storm in every format that is read, out of rows that a test may spoil."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import xarray as xr

from riskmap.errors import RiskmapError
from riskmap.io.tracks import read_track
from riskmap.regressions import KNOT

Cell = float | str
START = datetime(2021, 7, 24, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """One fix as a bulletin has it: degrees, m/s, hPa; a text stands in the file as it is."""

    time: datetime
    latitude: Cell
    longitude: Cell
    wind: Cell
    pressure: Cell
    forecast: bool = False


def storm(count: int = 5) -> list[Row]:
    """A typhoon on its way north-west, 6-hourly, with winds as they go with its pressures."""
    winds, pressures = (33.0, 36.0, 38.0, 36.0, 33.0), (975.0, 970.0, 965.0, 970.0, 975.0)
    return [
        Row(START + timedelta(hours=6 * k), 26.0 + 0.5 * k, 125.0 - 0.5 * k, winds[k % 5], pressures[k % 5])
        for k in range(count)
    ]


@dataclass(frozen=True)
class Format:
    """How one format is written and read.

    Attributes
    ----------
    suffix : str
    write : callable
        (rows, name of the storm) -> text.
    read : callable
        path -> track.
    row : str
        How its messages name the k-th fix: ``line {k + 2}``.
    first : int
        What to add to k there.
    knots : bool
        Whether its winds are knots.
    forecasts : bool
        Whether one file may hold a forecast.
    """

    suffix: str
    write: Callable[[Sequence[Row], str], str]
    read: Callable[[Path], xr.Dataset]
    row: str
    first: int
    knots: bool
    forecasts: bool = False

    def label(self, k: int) -> str:
        """The name of the k-th fix in messages."""
        return self.row.format(k + self.first)


def _reader(kind: str, identifier: str = "2106") -> Callable[[Path], xr.Dataset]:
    return lambda path: read_track(path, format=kind, storm=identifier)


def _cell(value: Cell, scale: float = 1.0, digits: int = 0) -> str:
    return value if isinstance(value, str) else f"{value * scale:.{digits}f}"


def _jma(rows: Sequence[Row], name: str) -> str:
    lines = [f"66666 2106  {len(rows):03d} 0009 2106 0 6 {name:>20}              20211028"]
    for r in rows:
        place = f"{_cell(r.latitude, 10):>3} {_cell(r.longitude, 10):>4}"
        strength = (
            f"{_cell(r.pressure):>4}     {_cell(r.wind, 1 / KNOT).rjust(3, '0' if r.wind != '' else ' ')}"
        )
        lines.append(f"{r.time:%y%m%d%H} 002 5 {place} {strength}     20150 0080 90325 0325")
    return "\n".join(lines) + "\n"


def _cma(rows: Sequence[Row], name: str) -> str:
    lines = [f"66666 2106 {len(rows):4d} 0009 2106 0 6 {name or '(nameless)':<20}             20220501"]
    lines += [
        f"{r.time:%Y%m%d%H} 4 {_cell(r.latitude, 10):>3} {_cell(r.longitude, 10):>4} {_cell(r.pressure):>4}    {_cell(r.wind):>4}"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def _table(header: str, rows: Sequence[Row], line: Callable[[Row], tuple[str, ...]]) -> str:
    return "\n".join([header, *(",".join(line(r)) for r in rows)]) + "\n"


def _ibtracs(rows: Sequence[Row], name: str) -> str:
    return _table(
        "SID,SEASON,BASIN,NAME,ISO_TIME,LAT,LON,WMO_WIND,WMO_PRES", rows,
        lambda r: ("2106", "2021", "WP", name or "UNNAMED", f"{r.time:%Y-%m-%d %H:%M:%S}", _cell(r.latitude, 1, 2),
                   _cell(r.longitude, 1, 2), _cell(r.wind, 1 / KNOT, 1), _cell(r.pressure)),
    )  # fmt: skip


def _jma_csv(rows: Sequence[Row], name: str) -> str:
    return _table(
        "SID,SEASON,NAME,ISO_TIME,TOKYO_LAT,TOKYO_LON,TOKYO_WIND,TOKYO_R30_DIR,TOKYO_R30_LONG,TOKYO_R30_SHORT,TOKYO_PRES",
        rows,
        lambda r: ("2106", "2021", name, f"{r.time:%Y-%m-%d %H:%M:%S}", _cell(r.latitude, 1, 2),
                   _cell(r.longitude, 1, 2), _cell(r.wind, 1 / KNOT, 1), "2", "150", "80", _cell(r.pressure)),
    )  # fmt: skip


def _zjwater_csv(rows: Sequence[Row], name: str) -> str:
    return _table(
        "strong,lat,lng,time,speed,radius7,radius10,radius12,pressure", rows,
        lambda r: (name, _cell(r.latitude, 1, 2), _cell(r.longitude, 1, 2), f"{r.time:%Y-%m-%d %H:%M:%S}",
                   _cell(r.wind), "300|250|200|220", "", "", _cell(r.pressure)),
    )  # fmt: skip


def _point(r: Row) -> dict[str, str]:
    local = r.time + timedelta(hours=8)
    return {
        "time": f"{local.year}/{local.month}/{local.day} {local.hour}:{local:%M:%S}", "lat": _cell(r.latitude, 1, 2),
        "lng": _cell(r.longitude, 1, 2), "speed": _cell(r.wind), "pressure": _cell(r.pressure),
        "radius7": "300|250|200|220", "radius10": "", "radius12": "",
    }  # fmt: skip


def _zjwater(rows: Sequence[Row], name: str) -> str:
    analysed = [r for r in rows if not r.forecast]
    points: list[dict[str, Any]] = [_point(r) | {"forecast": None} for r in analysed]
    ahead = [_point(r) for r in rows if r.forecast]
    if ahead:
        points[-1]["forecast"] = [{"tm": "中国", "forecastpoints": ahead}]
    content = {"tfid": "202106", "name": name, "enname": "", "points": points}
    return json.dumps(content, ensure_ascii=False, indent=1)


def _read_zjwater(path: Path) -> xr.Dataset:
    ahead = path.suffix == ".json" and '"tm"' in path.read_bytes().decode("utf-8", "replace")
    return read_track(path, format="zjwater", storm="2106", agency="CMA" if ahead else None)


def _qweather(rows: Sequence[Row], _name: str) -> str:
    def entry(r: Row, key: str) -> dict[str, Any]:
        return {
            key: f"{r.time + timedelta(hours=8):%Y-%m-%dT%H:%M}+08:00", "lat": _cell(r.latitude, 1, 2),
            "lon": _cell(r.longitude, 1, 2), "pressure": _cell(r.pressure), "windSpeed": _cell(r.wind),
            "windRadius30": {"neRadius": "350", "seRadius": "400", "swRadius": "200", "nwRadius": "210"},
        }  # fmt: skip

    content: dict[str, Any] = {
        "track": {"code": "200", "track": [entry(r, "time") for r in rows if not r.forecast]}
    }
    ahead = [entry(r, "fxTime") for r in rows if r.forecast]
    if ahead:
        content["forecast"] = {"code": "200", "updateTime": "2021-07-24T00:00+00:00", "forecast": ahead}
    return json.dumps(content, ensure_ascii=False, indent=1)


def _qweather_csv(rows: Sequence[Row], name: str) -> str:
    return _table(
        "TYPE,ISO_TIME,LAT,LON,CMA_WIND_MS,R30_NE_KM,R30_SE_KM,R30_SW_KM,R30_NW_KM,CMA_PRES", rows,
        lambda r: (name, f"{r.time:%Y-%m-%d %H:%M:%S}", _cell(r.latitude, 1, 2), _cell(r.longitude, 1, 2),
                   _cell(r.wind), "300", "250", "200", "220", _cell(r.pressure)),
    )  # fmt: skip


def _degrees(value: Cell, sides: str) -> str:
    return value if isinstance(value, str) else f"{abs(value) * 10:.0f}{sides[value < 0]}"


def _atcf(rows: Sequence[Row], name: str) -> str:
    lines = []
    for r in rows:
        place = f"{_degrees(r.latitude, 'NS'):>4}, {_degrees(r.longitude, 'EW'):>5}"
        strength = f"{_cell(r.wind, 1 / KNOT):>3}, {_cell(r.pressure):>4}"
        base, lead = (START, int((r.time - START).total_seconds() // 3600)) if r.forecast else (r.time, 0)
        lines.append(
            f"WP, 09, {base:%Y%m%d%H},   , JTWC, {lead:3d}, {place}, {strength}, TY,  34, NEQ,  150,  140,  120,  130, "
            f"1006,  200,   0,   0,   0,   W,   0,    ,   0,   0, {name or 'NONAME':>10}, D,"
        )
    return "\n".join(lines) + "\n"


def _geojson(rows: Sequence[Row], name: str) -> str:
    def known(value: Cell, scale: float = 1.0) -> Any:
        return value if isinstance(value, str) else round(value * scale, 6)

    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [known(r.longitude), known(r.latitude)]},
            "properties": {
                "time": f"{r.time:%Y-%m-%dT%H:%M:%S}Z", "maximum_wind": known(r.wind),
                "central_pressure": known(r.pressure, 100.0), "forecast": r.forecast,
            },
        }
        for r in rows
    ]  # fmt: skip
    attributes = {"averaging_period": 120, "name": name, "number": "2106"}
    content = {"type": "FeatureCollection", "track": {"attributes": attributes}, "features": features}
    return json.dumps(content, ensure_ascii=False, indent=1)


FORMATS = {
    "jma": Format(".txt", _jma, _reader("jma"), "line {}", 2, True),
    "cma": Format(".txt", _cma, _reader("cma"), "line {}", 2, False),
    "ibtracs": Format(".csv", _ibtracs, _reader("ibtracs"), "line {}", 2, True),
    "jma_csv": Format(".csv", _jma_csv, _reader("jma_csv"), "line {}", 2, True),
    "zjwater": Format(".json", _zjwater, _read_zjwater, "points[{}]", 0, False, True),
    "zjwater_csv": Format(".csv", _zjwater_csv, _read_zjwater, "line {}", 2, False),
    "qweather": Format(".json", _qweather, _reader("qweather"), "track[{}]", 0, False, True),
    "qweather_csv": Format(".csv", _qweather_csv, _reader("qweather"), "line {}", 2, False),
    "atcf": Format(
        ".dat", _atcf, lambda path: read_track(path, format="atcf", storm="WP092021", agency="JTWC"), "line {}", 1,
        True, True,
    ),
    "geojson": Format(".geojson", _geojson, _reader("geojson"), "features[{}]", 0, False, True),
}  # fmt: skip


def spoilt(rows: Sequence[Row], k: int, **changes: Any) -> list[Row]:
    """The rows with one of them changed."""
    found = list(rows)
    found[k] = replace(found[k], **changes)
    return found


def outcome(reading: Callable[[], xr.Dataset]) -> tuple[xr.Dataset | None, RiskmapError | None]:
    """The track or the refusal."""
    try:
        return reading(), None
    except RiskmapError as problem:
        return None, problem
