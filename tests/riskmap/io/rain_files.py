"""Writers of rain files for the tests: NetCDF, GRIB2, GeoTIFF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import xarray as xr
from affine import Affine
from rasterio.shutil import copy

WEST, NORTH, STEP = 119.5, 30.5, 0.05
START = np.datetime64("2021-07-24T00:00", "ns")
HOUR = np.timedelta64(3600, "s").astype("timedelta64[ns]")


def at(hours: float) -> np.datetime64:
    """So many hours after the start of the files."""
    return np.datetime64((START + np.timedelta64(round(3600 * hours), "s")).astype("M8[s]"))


def pattern(n: int = 1, *, shape: tuple[int, int] = (40, 40)) -> np.ndarray:
    """Rain of ``n`` hours [mm]: never negative, every cell and hour different."""
    rng = np.random.default_rng(7)
    return rng.gamma(0.7, 6.0, (n, *shape)).astype(np.float32)


def netcdf(
    path: Path,
    values: np.ndarray,
    ends: list[float],
    *,
    units: str | None = "mm",
    bounds: list[tuple[float, float]] | None = None,
    methods: str | None = "time: sum",
    standard_name: str = "lwe_thickness_of_precipitation_amount",
    packed: bool = False,
    step: float = STEP,
    northwards: bool = True,
    west: float = WEST,
    time_units: str = "hours since 2021-07-24 00:00:00",
    **more: Any,
) -> Path:
    """A CF file of one variable ``tp`` (time, lat, lon)."""
    times = START + np.array([np.timedelta64(round(3600 * h), "s") for h in ends]).astype("m8[ns]")
    latitude = NORTH - (np.arange(values.shape[1]) + 0.5) * step
    if northwards:
        latitude, values = latitude[::-1], values[:, ::-1]
    own = {"standard_name": standard_name} | {
        k: v for k, v in (("units", units), ("cell_methods", methods)) if v
    }
    data: dict[str, Any] = {"tp": (("time", "lat", "lon"), values, own)}
    coordinates = {
        "time": times,
        "lat": ("lat", latitude, {"units": "degrees_north"}),
        "lon": ("lon", west + (np.arange(values.shape[2]) + 0.5) * step, {"units": "degrees_east"}),
    }
    if bounds is not None:
        edges = [[START + np.timedelta64(round(3600 * h), "s") for h in pair] for pair in bounds]
        data["time_bnds"] = (("time", "nv"), np.array(edges).astype("M8[ns]"))
    dataset = xr.Dataset(data | more, coords=coordinates)
    if bounds is not None:
        dataset["time"].attrs["bounds"] = "time_bnds"
    clock = {"units": time_units, "dtype": "float64"}
    encoding: dict[str, Any] = {"time": clock} | ({"time_bnds": clock} if bounds is not None else {})
    if packed:
        encoding["tp"] = {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -32768}
    dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)
    return path


def geotiff(
    path: Path, values: np.ndarray, names: list[str] | None = None, *, units: str | None = "mm", step: float = STEP,
    crs: str | None = "EPSG:4326", transform: Affine | None = None, **tags: str,
) -> Path:  # fmt: skip
    """A file of one band a field."""
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[1], width=values.shape[2], count=len(values), dtype="float32",
        crs=crs, transform=transform or Affine(step, 0, WEST, 0, -step, NORTH), nodata=np.nan,
    ) as out:  # fmt: skip
        out.write(values.astype(np.float32))
        out.update_tags(**tags)
        for n in range(len(values)):
            if names:
                out.set_band_description(n + 1, names[n])
            if units:
                out.set_band_unit(n + 1, units)
    return path


def grib(
    path: Path,
    values: np.ndarray,
    intervals: list[tuple[int, int]],
    *,
    process: int = 1,
    number: int = 8,
    member: bool = False,
) -> Path:
    """GRIB2, product template 4.8, of a member 4.11: sums (or means, process 0) of total precipitation between hours of 24 July."""
    plain = geotiff(path.with_suffix(".tmp.tif"), values, units=None)
    options = {"DATA_ENCODING": "SIMPLE_PACKING", "NBITS": "24"}
    for n, (first, last) in enumerate(intervals, 1):
        template = f"1 {number} 2 0 96 0 0 1 {first} 1 0 0 255 0 0{' 3 5 20' if member else ''} 2021 7 24 {last} 0 0 1 0 {process} 2 1 {last - first} 1 0"
        options |= {
            f"BAND_{n}_DISCIPLINE": "0", f"BAND_{n}_PDS_PDTN": "11" if member else "8",
            f"BAND_{n}_PDS_TEMPLATE_ASSEMBLED_VALUES": template,
            f"BAND_{n}_IDS": "CENTER=38 SUBCENTER=0 MASTER_TABLE=5 LOCAL_TABLE=0 SIGNF_REF_TIME=1"
            " REF_TIME=2021-07-24T00:00:00Z PROD_STATUS=0 TYPE=1",
        }  # fmt: skip
    copy(plain, path, driver="GRIB", **options)
    plain.unlink()
    return path
