"""The fields that rain files hold, through GDAL's NetCDF, GRIB and GeoTIFF drivers: where, when, in which unit."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from affine import Affine

from riskmap.errors import DataError, DatumError, Faults, MissingExtraError, RiskmapError, SourceError
from riskmap.io.rain_declared import RainDeclared, unsaid
from riskmap.io.rain_times import SECOND, cf_time, named_time

SUFFIXES: Final = {
    ".nc": "netCDF", ".nc4": "netCDF", ".grb": "GRIB", ".grb2": "GRIB", ".grib": "GRIB", ".grib2": "GRIB", ".tif": "GTiff",
    ".tiff": "GTiff",
}  # fmt: skip

STANDARD_NAMES: Final = {
    "precipitation_flux", "precipitation_amount", "rainfall_flux", "rainfall_amount", "rainfall_rate",
    "lwe_precipitation_rate", "lwe_thickness_of_precipitation_amount", "thickness_of_rainfall_amount",
}  # fmt: skip
"""CF names of all rain; names of convective or stratiform rain alone are a part of it."""

ELEMENTS: Final = ("APCP", "TPRATE", "PRATE", "TP")
"""GRIB elements of all rain, as GDAL names them; a length in hours may follow."""

HOUR_UNITS: Final = {0: 60, 1: 3600, 2: 86400, 10: 10800, 11: 21600, 12: 43200, 13: 1}
"""Seconds of a unit of time in GRIB2, code table 4.4."""


@dataclass(frozen=True)
class Field:
    """One band: what it says of itself.

    ``bounds`` is the interval it stands for (UTC), None if the file does not tell; then ``at`` is its time.
    """

    dataset: str
    band: int
    at: np.datetime64
    bounds: tuple[np.datetime64, np.datetime64] | None
    units: str | None
    methods: str | None
    where: str


def unsaid_of(found: Sequence[Field], says: RainDeclared) -> list[RiskmapError]:
    """What neither fields nor their user say, each once; see ``riskmap.io.rain_declared.unsaid``."""
    kinds = {(field.units, field.methods, field.bounds is not None): field for field in reversed(found)}
    every = (
        error
        for (units, methods, bounded), field in reversed(kinds.items())
        for error in unsaid(units, methods, says, bounded=bounded, where=field.where)
    )
    return list({error.message: error for error in every}.values())


def fields(path: Path, declared: RainDeclared) -> list[Field]:
    """All fields of rain in a file, or in the files of a folder, by name.

    Raises
    ------
    SourceError
        Nothing there, or not readable.
    DataError
        No rain, more than one kind of rain, no time, or several members.
    DatumError
        No coordinate system.
    """
    files = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise SourceError(
            "no rain files there", where=str(path), expected="NetCDF, GRIB or GeoTIFF files, or a folder of them",
            found="nothing", remedy="check the path",
        )  # fmt: skip
    return [field for file in files for field in _of_file(file, declared)]


def _of_file(path: Path, declared: RainDeclared) -> list[Field]:
    driver = SUFFIXES.get(path.suffix.lower())
    if driver is None:
        raise SourceError(
            "an unknown kind of rain file", where=str(path), expected=" ".join(SUFFIXES), found=path.suffix or "no suffix",
            remedy="rename or convert the file",
        )  # fmt: skip
    if driver == "netCDF":
        return _netcdf(path, declared)
    with opened(str(path), driver) as source:
        reader = _grib if driver == "GRIB" else _geotiff
        found = reader(path, source, declared)
    if not found:
        raise DataError(
            "no rain in the file", where=str(path), expected=declared.variable or " | ".join(ELEMENTS),
            found="other fields", remedy="name the variable",
        )  # fmt: skip
    return found


@contextmanager
def opened(dataset: str, driver: str | None = None, **options: str) -> Iterator[Any]:
    """A GDAL dataset, with what goes wrong put into our words."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    with rasterio.Env(**options) as environment, warnings.catch_warnings():
        if driver is not None and driver not in environment.drivers():
            raise MissingExtraError(
                f"this GDAL cannot read {driver}", where=dataset, expected=f"rasterio built with GDAL's {driver} driver",
                found="a build without it", remedy="install rasterio from its wheels, or convert the file",
            )  # fmt: skip
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with rasterio.open(dataset, driver=driver) as source:
                yield source
        except RasterioIOError as problem:
            raise SourceError(
                "the rain file cannot be read", where=dataset, expected="a file that GDAL reads", found=str(problem),
                remedy="check that the file is whole",
            ) from problem  # fmt: skip


def placed(source: Any, where: str) -> tuple[Affine, Any, bool]:
    """Transform, coordinate system and whether it stands in degrees.

    Raises
    ------
    DatumError
        Neither a coordinate system nor axes in degrees.
    DataError
        No regular grid.
    """
    if source.transform.is_identity or source.transform.b or source.transform.d:
        raise DataError(
            "the rain does not lie on a regular grid", where=where, expected="equal steps along both axes",
            found="none, or a turned grid", remedy="regrid it first",
        )  # fmt: skip
    if source.crs is not None:
        return source.transform, source.crs, bool(source.crs.is_geographic)
    units = {value for key, value in source.tags().items() if key.endswith("#units")}
    if {"degrees_north", "degrees_east"} <= units:
        return source.transform, None, True
    raise DatumError(
        "the rain declares no coordinate system", where=where, expected="e.g. EPSG:4326, or axes in degrees",
        found="nothing", remedy="assign one, for example with gdal_edit -a_srs",
    )  # fmt: skip


def _netcdf(path: Path, declared: RainDeclared) -> list[Field]:
    with opened(str(path), "netCDF") as source:
        names = [str(s).rsplit(":", 1)[1].strip('"') for s in source.subdatasets]
        if not names:
            names = [source.tags(1).get("NETCDF_VARNAME", "")]
    every = [name for name in names if not name.endswith(("_bnds", "_bounds"))]
    if declared.variable is not None:
        names = [declared.variable]
    else:
        names = [name for name in names if _standard_name(path, name) in STANDARD_NAMES]
    if len(names) != 1:
        faults = Faults()
        faults.add(DataError(
            "which variable is the rain is unclear", where=str(path),
            expected="one variable with a CF standard name of rain, or variable declared",
            found=", ".join(names or [f"{name} without one" for name in every]) or "none",
            remedy=f'set variable = "{(names or every)[0]}" under [rain], or the standard_name in the file',
        ))  # fmt: skip
        faults.add(*_unsaid_of_any(path, names or every, declared))
        faults.tell()
    with opened(_variable(path, names[0]), "netCDF") as source:
        return _netcdf_bands(path, names[0], source)


def _unsaid_of_any(path: Path, names: Sequence[str], says: RainDeclared) -> list[RiskmapError]:
    """What would have to be said besides, whichever of the variables is the rain."""
    every: list[dict[str, RiskmapError]] = []
    for name in names:
        try:
            with opened(_variable(path, name), "netCDF") as source:
                found = _netcdf_bands(path, name, source)
        except RiskmapError:  # without one axis of time it is no rain
            continue
        every.append({error.message: error for error in unsaid_of(found, says)})
    return [error for words, error in every[0].items() if all(words in one for one in every)] if every else []


def _variable(path: Path, name: str) -> str:
    return f'NETCDF:"{path}":{name}'


def _standard_name(path: Path, name: str) -> str:
    with opened(_variable(path, name), "netCDF") as source:
        return str(source.tags(1).get("standard_name", ""))


def _netcdf_bands(path: Path, name: str, source: Any) -> list[Field]:
    tags = source.tags()
    extra = [dim for dim in tags.get("NETCDF_DIM_EXTRA", "{}").strip("{}").split(",") if dim]
    times = [dim for dim in extra if " since " in tags.get(f"{dim}#units", "")]
    where = f"{path}, {name}"
    many = [
        d
        for d in extra
        if d not in times and len({source.tags(b)[f"NETCDF_DIM_{d}"] for b in source.indexes}) > 1
    ]
    if len(times) != 1 or many:
        raise DataError(
            "rain needs one axis of time and no other", where=where, expected="dimensions time, latitude, longitude",
            found=", ".join(extra) or "no axis of time", remedy="choose one member, or one forecast, first",
        )  # fmt: skip
    axis = times[0]
    unit, calendar = tags[f"{axis}#units"], tags.get(f"{axis}#calendar", "")
    edges = None
    if f"{axis}#bounds" in tags:
        edges = _netcdf_bounds(path, tags[f"{axis}#bounds"], unit, source.count)
    found = []
    for band in source.indexes:
        own = source.tags(band)
        at = cf_time(float(own[f"NETCDF_DIM_{axis}"]), unit, calendar, where=where)
        bounds = None
        if edges is not None:
            first, last = (cf_time(float(x), unit, calendar, where=where) for x in edges[band - 1])
            if not first <= at <= last or first == last:
                raise DataError(
                    "a time outside its bounds", where=where, expected=f"{first} to {last}", found=f"{at}",
                    remedy="correct the bounds",
                )  # fmt: skip
            bounds = first, last
        found.append(
            Field(
                _variable(path, name), band, at, bounds, own.get("units"), own.get("cell_methods"), f"{where} at {at} UTC"
            )
        )  # fmt: skip
    return found


def _netcdf_bounds(path: Path, name: str, unit: str, count: int) -> np.ndarray[Any, Any]:
    # GDAL takes the rows of any field for latitudes and turns them: not here
    with opened(_variable(path, name), "netCDF", GDAL_NETCDF_BOTTOMUP="NO") as source:
        edges = np.asarray(source.read(1), float)
        own = source.tags(1).get("units", unit)
    if edges.shape != (count, 2) or own != unit:
        raise DataError(
            "bounds of the times that do not fit", where=f"{path}, {name}", expected=f"shape ({count}, 2), {unit!r}",
            found=f"{edges.shape}, {own!r}", remedy="correct the bounds",
        )  # fmt: skip
    return edges


def _grib(path: Path, source: Any, declared: RainDeclared) -> list[Field]:
    wanted = (declared.variable,) if declared.variable else ELEMENTS
    found, elements = [], set()
    for band in source.indexes:
        tags = source.tags(band)
        element = re.sub(r"\d+$", "", tags.get("GRIB_ELEMENT", ""))
        if element not in wanted and tags.get("GRIB_ELEMENT") not in wanted:
            continue
        elements.add(element)
        at = np.datetime64(int(tags["GRIB_VALID_TIME"].split()[0]), "s")
        methods, bounds = _grib_interval(tags, where=f"{path}, band {band}")
        found.append(
            Field(
                str(path),
                band,
                at,
                bounds,
                tags.get("GRIB_UNIT"),
                methods,
                f"{path}, band {band} at {at} UTC",
            )
        )
    if len(elements) > 1:
        raise DataError(
            "which element is the rain is unclear", where=str(path), expected="one of them", found=", ".join(sorted(elements)),
            remedy="set variable under [rain] to the one that is the rain",
        )  # fmt: skip
    return found


def _grib_interval(
    tags: dict[str, str], *, where: str
) -> tuple[str | None, tuple[np.datetime64, np.datetime64] | None]:
    """Method and interval of a GRIB2 field of product template 4.8 (4.11 and 4.12 have a member first): WMO FM 92."""
    member = {"8": 0, "11": 3, "12": 2}.get(tags.get("GRIB_PDS_PDTN", ""))
    if member is None:
        return None, None
    numbers = [int(float(x)) for x in tags["GRIB_PDS_TEMPLATE_ASSEMBLED_VALUES"].split()][15 + member :]
    year, month, day, hour, minute, second, ranges, _, process, _, unit, length = numbers[:12]
    if ranges != 1 or process not in (0, 1) or unit not in HOUR_UNITS:
        raise DataError(
            "a GRIB interval that is not understood", where=where, expected="one range, a sum or a mean",
            found=f"{ranges} ranges, process {process}, unit {unit}", remedy="convert the file",
        )  # fmt: skip
    end = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}", "s")
    return ("time: mean", "time: sum")[process], (end - SECOND * (length * HOUR_UNITS[unit]), end)


def _geotiff(path: Path, source: Any, declared: RainDeclared) -> list[Field]:
    found = []
    for band in source.indexes:
        own = source.tags(band)
        name = own.get("time") or source.descriptions[band - 1] or ""
        at = named_time(name, declared.utc_offset_hours, where=f"{path}, band {band}")
        if at is None and source.count == 1:
            name = source.tags().get("time") or path.stem
            at = named_time(name, declared.utc_offset_hours, where=str(path))
        if at is None:
            raise DataError(
                "a band without a time", where=f"{path}, band {band}",
                expected="a time as the band's name or tag 'time', or in the name of a file with one band",
                found=repr(name), remedy="name the bands, e.g. 2021-07-24T01:00Z",
            )  # fmt: skip
        methods = own.get("cell_methods") or source.tags().get("cell_methods")
        units = source.units[band - 1] or own.get("units") or source.tags().get("units")
        found.append(Field(str(path), band, at, None, units, methods, f"{path}, band {band} at {at} UTC"))
    return found
