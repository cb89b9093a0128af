"""Tracks as CF NetCDF, discrete sampling geometry ``trajectory`` (CF-1.8, chapter 9; status M)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.errors import MissingExtraError, SourceError
from riskmap.track import MODELLED, check_track

_FILL: Final = float("nan")


def write_netcdf(track: xr.Dataset, path: str | Path) -> None:
    """Write a track as CF NetCDF.

    Parameters
    ----------
    track : Dataset (time)
        See ``riskmap.track``; written in its SI units, flags as bytes.
    path : path
        Replaced where it exists.

    Raises
    ------
    MissingExtraError
        netCDF4 is not installed.
    DataError, UnitsError
        Not a track.
    SourceError
        The file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from riskmap.io.bundled import bundled
    >>> from riskmap.io.tracks import read_jma_csv
    >>> track = read_jma_csv(bundled("tracks/jma_zhejiang_2015_2021.csv"), storm="2106")
    >>> with TemporaryDirectory() as folder:
    ...     write_netcdf(track, Path(folder, "track.nc"))
    ...     with xr.open_dataset(Path(folder, "track.nc"), engine="netcdf4") as again:
    ...         again.attrs["name"]
    'IN-FA'
    """
    check_track(track, where="write_netcdf")
    try:
        import_module("netCDF4")
    except ImportError as error:
        raise MissingExtraError(
            "NetCDF needs netCDF4", where="write_netcdf", expected="the package netCDF4", found="nothing",
            remedy="pip install 'riskmap[inputs]'",
        ) from error  # fmt: skip
    dataset = cf_track(track)
    encoding: dict[Any, dict[str, Any]] = {
        name: {"_FillValue": _FILL if np.issubdtype(v.dtype, np.floating) and name not in _PLACES else None}
        for name, v in dataset.variables.items()
    }
    encoding["time"] |= {
        "units": "seconds since 1970-01-01 00:00:00",
        "calendar": "standard",
        "dtype": "int64",
    }
    try:
        dataset.to_netcdf(Path(path), engine="netcdf4", encoding=encoding)
    except OSError as error:
        raise SourceError(
            "the file could not be written", where=str(path), expected="a writable folder",
            found=error.strerror or str(error), remedy="check the path and its permissions",
        ) from error  # fmt: skip


_PLACES: Final = ("latitude", "longitude")


def cf_track(track: xr.Dataset) -> xr.Dataset:
    """The same track in the terms of CF: positions as coordinates, flags with their meanings, cell methods.

    Parameters
    ----------
    track : Dataset (time)

    Examples
    --------
    >>> from riskmap.track import make_track
    >>> track = make_track(time=np.array(["2021-07-24T00", "2021-07-24T06"], "M8[s]"), latitude=[26.5, 27.2],
    ...                    longitude=[124.7, 124.4], averaging_period=600, central_pressure=[96000, 96000])
    >>> cf_track(track).attrs["featureType"]
    'trajectory'
    """
    cf = track.copy()
    meanings = {"forecast": "analysed forecast"} | {f"{n}_modelled": "reported modelled" for n in MODELLED}
    for name, words in meanings.items():
        flags = {"flag_values": np.array([0, 1], "int8"), "flag_meanings": words, "long_name": name}
        cf[name] = ("time", track[name].values.astype("int8"), flags)
    period = int(track.attrs["averaging_period"])
    cf["maximum_wind"].attrs["cell_methods"] = f"time: mean (interval: {period} s) area: maximum"
    cf["time"].attrs |= {"standard_name": "time", "axis": "T"}
    cf["force"].attrs |= {"units": "1", "long_name": "wind force (Beaufort)"}
    cf["quadrant"].attrs["long_name"] = "quadrant of the storm"
    cf["wind_threshold"].attrs["long_name"] = "wind speed at the radius"
    cf = cf.set_coords(_PLACES).assign_coords(
        trajectory=((), track.attrs.get("number", "") or "0", {"cf_role": "trajectory_id"})
    )
    cf.attrs |= {"Conventions": "CF-1.8", "featureType": "trajectory", "title": "Track of a tropical cyclone"}
    return cf
