"""The table of reasons as files for other programs: NetCDF, GeoPackage, GeoParquet; the outlines stand in each once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.assessment import Assessment
from riskmap.errors import MissingExtraError
from riskmap.outlook import beijing

FORMATS: Final = ("netcdf", "geopackage", "geoparquet")
"""What ``reasons_files`` can write."""

_EPOCH: Final = "seconds since 1970-01-01"
_NOTHING: Final = np.iinfo(np.int64).min
_STAMP: Final = "OGR_CURRENT_DATE"
"""GDAL's setting of the time that a GeoPackage says it was changed: the issue time, so that the same run gives the same bytes."""


def reasons_files(
    assessment: Assessment, table: xr.Dataset, formats: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file.

    Parameters
    ----------
    assessment : Assessment
        Whose regions have the outlines.
    table : Dataset (hazard, time, region)
        See ``riskmap.reasons_table``.
    formats : sequence of str
        Of ``FORMATS``: ``reasons.nc``; ``regions.gpkg`` with the layer ``regions`` and the table ``reasons``, joined by
        ``region``; ``regions.parquet`` (GeoParquet) and ``reasons.parquet``.

    Raises
    ------
    MissingExtraError
        A package of the extras ``gis`` or ``inputs`` is not installed.
    """
    makers: Mapping[str, Callable[[Assessment, xr.Dataset], Iterator[tuple[str, bytes]]]] = {
        "netcdf": _netcdf, "geopackage": _geopackage, "geoparquet": _geoparquet,
    }  # fmt: skip
    for name in formats:
        yield from makers[name](assessment, table)


def _need(package: str, extra: str) -> Any:
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingExtraError(
            f"the file needs {package}", where="reasons_files", expected=f"the package {package}", found="nothing",
            remedy=f"pip install 'riskmap[{extra}]'",
        ) from error  # fmt: skip


def _netcdf(_assessment: Assessment, table: xr.Dataset) -> Iterator[tuple[str, bytes]]:
    """One file; instants count seconds, and an unknown one is the fill value."""
    _need("netCDF4", "inputs")
    instants = {"units": _EPOCH, "dtype": "int64", "_FillValue": _NOTHING}
    encoding: dict[str, dict[str, Any]] = {name: dict(instants) for name in ("onset", "end")}
    encoding["time"] = {"units": _EPOCH, "dtype": "int64"}
    encoding |= {str(n): {"zlib": True, "complevel": 4} | encoding.get(str(n), {}) for n in table.data_vars}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reasons.nc"
        table.to_netcdf(path, engine="netcdf4", encoding=encoding)
        yield path.name, path.read_bytes()


def _geopackage(assessment: Assessment, table: xr.Dataset) -> Iterator[tuple[str, bytes]]:
    _need("geopandas", "gis")
    pyogrio = _need("pyogrio", "gis")
    stamp = assessment.issued_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    before = pyogrio.get_gdal_config_option(_STAMP)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "regions.gpkg"
        pyogrio.set_gdal_config_options({_STAMP: stamp})
        try:
            pyogrio.write_dataframe(_regions(assessment, table), path, layer="regions")
            pyogrio.write_dataframe(_rows(table), path, layer="reasons", append=True)
        finally:
            pyogrio.set_gdal_config_options({_STAMP: before})
        yield path.name, path.read_bytes()


def _geoparquet(assessment: Assessment, table: xr.Dataset) -> Iterator[tuple[str, bytes]]:
    _need("geopandas", "gis")
    _need("pyarrow", "gis")
    for name, frame in (("regions.parquet", _regions(assessment, table)), ("reasons.parquet", _rows(table))):
        out = io.BytesIO()
        frame.to_parquet(out, index=False)
        yield name, out.getvalue()


def _regions(assessment: Assessment, table: xr.Dataset) -> Any:
    """A GeoDataFrame: one row a region with its outline, residents, and tier of the window."""
    worst = table["worst"].sel(hazard="combined").values
    before = table["previous_worst"].sel(hazard="combined").values
    standing = assessment.standing
    entries = [standing.of(r.code) if standing else None for r in assessment.regions]
    driver = [assessment.worst(r.code).driver for r in assessment.regions]
    columns = {
        "region": [r.code for r in assessment.regions], "name": [r.name for r in assessment.regions],
        "city": [r.city_name for r in assessment.regions],
        "residents": [np.nan if r.population is None else r.population for r in assessment.regions],
        **{f"residents_{age}": [np.nan if r.aged[n] is None else r.aged[n] for r in assessment.regions] for n, age in enumerate((60, 65, 80))},
        "published": assessment.published_worst, "computed": worst, "previous": before,
        "published_since": ["" if e is None else beijing(e.since) for e in entries],
        "held_because": ["" if e is None else e.why for e in entries],
        "driver": ["" if d is None or w < 0 else d.hazard for d, w in zip(driver, worst, strict=True)],
        "issued_at": beijing(assessment.issued_at),
    }  # fmt: skip
    return _need("geopandas", "gis").GeoDataFrame(
        columns, geometry=[r.geometry for r in assessment.regions], crs="EPSG:4326"
    )


def _rows(table: xr.Dataset) -> Any:
    """A DataFrame: one row a hazard, hour and region; ``valid_at`` is UTC, codes are those of the Dataset."""
    frame = table.drop_vars(["name", "city", "worst", "previous_worst"]).to_dataframe().reset_index()
    hazards = [str(h) for h in table["hazard"].values[1:]]
    frame["driver"] = [hazards[n] if n >= 0 else "" for n in frame["driver"]]
    return frame.rename(columns={"time": "valid_at"})
