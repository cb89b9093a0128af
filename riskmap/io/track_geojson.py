"""Tracks as GeoJSON (RFC 7946): one point a fix, everything of the track in it, both ways without loss.

Longitudes stand within 180 degrees of Greenwich, as the RFC asks; a track that counts on to 360 keeps its own number
in the property ``longitude``. The foreign member ``track`` holds what belongs to the whole track.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DataError, UnitsError
from riskmap.io.cells import parse_number, parse_time
from riskmap.io.fixes import Fix, build_track
from riskmap.io.json_file import as_list, as_object, read_json
from riskmap.schema import describe, require_range
from riskmap.track import FORCES, MODELLED, QUADRANTS, check_track

_NUMBERS: Final = ("central_pressure", "environmental_pressure", "maximum_wind", "radius_of_maximum_wind")


def track_geojson(track: xr.Dataset) -> str:
    """A track as GeoJSON text; ``read_geojson_track`` gives the same track back.

    Parameters
    ----------
    track : Dataset (time)
        See ``riskmap.track``; variables that a track need not have, such as motion, are left out.

    Returns
    -------
    str
        A FeatureCollection; quantities in SI units, radii [m] as forces by NE, SE, SW, NW, unknown is null.

    Raises
    ------
    DataError, UnitsError
        Not a track.

    Examples
    --------
    >>> from riskmap.track import make_track
    >>> track = make_track(time=np.array(["2021-07-24T00", "2021-07-24T06"], "M8[s]"), latitude=[26.5, 27.2],
    ...                    longitude=[124.7, 124.4], averaging_period=600, central_pressure=[96000, 96000])
    >>> json.loads(track_geojson(track))["features"][1]["geometry"]["coordinates"]
    [124.4, 27.2]
    """
    check_track(track, where="track_geojson")
    radius = track["wind_radius"]
    whole = {
        "attributes": {k: _plain(v) for k, v in track.attrs.items()},
        "wind_radius": {
            "averaging_period": _plain(radius.attrs.get("averaging_period", track.attrs["averaging_period"])),
            "wind_threshold": [_known(v) for v in track["wind_threshold"].values],
            "force": [int(f) for f in track["force"].values],
            "quadrant": [str(q) for q in track["quadrant"].values],
        },
        "units": {name: describe(name).units for name in (*_NUMBERS, "wind_radius")},
    }
    features = [_feature(track.isel(time=k)) for k in range(track.sizes["time"])]
    content = {"type": "FeatureCollection", "track": whole, "features": features}
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _known(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _feature(fix: xr.Dataset) -> dict[str, Any]:
    longitude = float(fix["longitude"])
    shown = longitude - 360.0 if longitude > 180.0 else longitude
    properties: dict[str, Any] = {"time": f"{np.datetime_as_string(fix['time'].values, unit='s')}Z"}
    if shown != longitude:
        properties["longitude"] = longitude
    properties |= {name: _known(fix[name]) for name in _NUMBERS}
    properties["wind_radius"] = [[_known(v) for v in row] for row in fix["wind_radius"].values]
    properties["forecast"] = bool(fix["forecast"])
    properties["modelled"] = [name for name in MODELLED if bool(fix[f"{name}_modelled"])]
    point = {"type": "Point", "coordinates": [shown, float(fix["latitude"])]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def read_geojson_track(path: str | Path) -> xr.Dataset:
    """A track out of GeoJSON as ``track_geojson`` writes it.

    Parameters
    ----------
    path : path
        Plain or gzip. Other GeoJSON may be read where it has the member ``track`` with its ``averaging_period``, and
        in each point's properties ``time`` (with offset) and the quantities in the register's units.

    Raises
    ------
    DataError, UnitsError
        A member is missing or wrong; see ``check_track``.
    SourceError
        The file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from riskmap.io.bundled import bundled
    >>> from riskmap.io.tracks import read_jma_csv
    >>> track = read_jma_csv(bundled("tracks/jma_zhejiang_2015_2021.csv"), storm="2106")
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "track.geojson")
    ...     _ = file.write_text(track_geojson(track), encoding="utf-8")
    ...     again = read_geojson_track(file)
    >>> again.attrs["name"], again.sizes["time"] == track.sizes["time"]
    ('IN-FA', True)
    """
    where = str(path)
    content = as_object(read_json(path), where=where)
    whole = as_object(content.get("track"), where=f"{where}, track")
    attributes = dict(as_object(whole.get("attributes"), where=f"{where}, track.attributes"))
    radius = as_object(whole.get("wind_radius", {}), where=f"{where}, track.wind_radius")
    for name, unit in as_object(whole.get("units", {}), where=f"{where}, track.units").items():
        if describe(name).units != unit:
            raise DataError(
                "another unit than the register's", where=f"{where}, track.units.{name}",
                expected=repr(describe(name).units), found=repr(unit), remedy="convert the values",
            )  # fmt: skip
    if radius.get("force", list(FORCES)) != list(FORCES) or radius.get("quadrant", list(QUADRANTS)) != list(
        QUADRANTS
    ):
        raise DataError(
            "other forces or quadrants", where=f"{where}, track.wind_radius", expected=f"{FORCES} by {QUADRANTS}",
            found=f"{radius.get('force')} by {radius.get('quadrant')}", remedy="order the radii so",
        )  # fmt: skip
    fixes = [
        _fix(as_object(f, where=f"{where}, features[{k}]"), f"features[{k}]", where)
        for k, f in enumerate(as_list(content.get("features"), where=f"{where}, features"))
    ]
    thresholds = as_list(radius.get("wind_threshold"), where=f"{where}, track.wind_radius.wind_threshold")
    if len(thresholds) not in (0, len(FORCES)):
        raise DataError(
            "not one threshold a force", where=f"{where}, track.wind_radius.wind_threshold",
            expected=f"{len(FORCES)} speeds [m s-1]", found=str(len(thresholds)), remedy="write null where unknown",
        )  # fmt: skip
    track = build_track(
        fixes,
        averaging_period=_period(attributes.pop("averaging_period", None), f"{where}, track.attributes"),
        wind_threshold=[parse_number(v, where=where) for v in thresholds] or None,
        attributes=attributes,
        where=where,
        judge_wind=False,
    )
    if "averaging_period" in radius:
        period = _period(radius["averaging_period"], f"{where}, track.wind_radius")
        track["wind_radius"].attrs["averaging_period"] = period
    return track


def _period(value: Any, where: str) -> int:
    """An averaging period [s]; which ones there are is for ``check_track`` to say."""
    if not isinstance(value, int):
        raise UnitsError(
            "the averaging period of the wind is not declared", where=f"{where}.averaging_period",
            expected="60, 120 or 600 s", found=repr(value), remedy="set it to that of the agency",
        )  # fmt: skip
    return value


def _fix(feature: dict[str, Any], row: str, where: str) -> Fix:
    at = f"{where}, {row}"
    geometry = as_object(feature.get("geometry"), where=f"{at}.geometry")
    properties = as_object(feature.get("properties"), where=f"{at}.properties")
    place = geometry.get("coordinates")
    if geometry.get("type") != "Point" or not isinstance(place, list) or len(place) < 2:
        raise DataError(
            "not a point", where=f"{at}.geometry", expected="Point with [longitude, latitude]",
            found=f"{geometry.get('type')} {place!r}"[:60], remedy="write one point a fix",
        )  # fmt: skip
    forecast = properties.get("forecast", False)
    if not isinstance(forecast, bool):
        raise DataError(
            "neither true nor false", where=f"{at}.forecast", expected="true or false",
            found=repr(forecast)[:60], remedy="write true where nobody had observed the fix",
        )  # fmt: skip
    numbers = {name: _quantity(properties, name, at) for name in _NUMBERS}
    return Fix(
        row,
        parse_time(properties.get("time"), where=f"{at}.time", zone=None),
        parse_number(place[1], where=f"{at}.geometry"),
        parse_number(properties.get("longitude", place[0]), where=f"{at}.geometry"),
        numbers["central_pressure"],
        numbers["maximum_wind"],
        numbers["radius_of_maximum_wind"],
        _radii(properties, at),
        forecast,
        numbers["environmental_pressure"],
        tuple(str(m) for m in as_list(properties.get("modelled"), where=f"{at}.modelled")),
    )


def _quantity(properties: dict[str, Any], name: str, at: str) -> float:
    """A number in the register's unit and range."""
    value = parse_number(properties.get(name), where=f"{at}.{name}")
    require_range([value], name, where=at)
    return value


def _radii(properties: dict[str, Any], at: str) -> NDArray[np.float64]:
    """Radii [m] as they were written: 0 stays 0."""
    rows = properties.get("wind_radius") or [[None] * len(QUADRANTS)] * len(FORCES)
    radii = [[parse_number(v, where=f"{at}.wind_radius") for v in as_list(r, where=at)] for r in as_list(rows, where=at)]  # fmt: skip
    if [len(r) for r in radii] != [len(QUADRANTS)] * len(FORCES):
        raise DataError(
            "not the radii of four quadrants", where=f"{at}.wind_radius", expected="3 forces by 4 quadrants",
            found=repr(rows)[:60], remedy="write null where unknown",
        )  # fmt: skip
    require_range(radii, "wind_radius", where=at)
    return np.asarray(radii, np.float64)
