"""Layers of a grid as files that other programs open: cloud-optimised GeoTIFF and CF NetCDF.

An overview is what a desktop program shows first. GDAL would make it a mean, in which a red valley fades: here each
keeps the worst of the four cells below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError, MissingExtraError
from riskmap.grid import Grid
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, NOT_APPLICABLE, Tier

BLOCK: Final = 512
"""Side of a block of the file; a grid no larger has no overviews [cells]."""

UNKNOWN: Final = 254
NOWHERE: Final = 255
"""Codes of no data (grey) and of not applicable in the files: bytes, since few programs know signed ones."""

_SHOWN: Final = (NOT_APPLICABLE, Tier.GREEN, NO_DATA, Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED)
"""From what yields to what stays."""

Worst = Literal["largest", "smallest", "tier"]


@dataclass(frozen=True, eq=False)
class Layer:
    """One field of a grid.

    Attributes
    ----------
    name : str
        Of the file and of the variable.
    values : array (y, x)
        float32 with NaN where unknown; a tier as int8 with ``NO_DATA`` and ``NOT_APPLICABLE``.
    units : str
        ``1`` for a tier.
    worst : 'largest', 'smallest' or 'tier'
        What an overview keeps of four cells.
    """

    name: str
    values: NDArray[Any]
    grid: Grid
    description: str
    units: str
    worst: Worst = "largest"


def cog(layer: Layer) -> bytes:
    """A layer as cloud-optimised GeoTIFF, deflated; overviews keep the worst.

    Parameters
    ----------
    layer : Layer
        A tier becomes bytes: 0 green to 4 red, ``UNKNOWN`` grey, ``NOWHERE`` nodata, with the scale's colours.

    Raises
    ------
    DataError
        The shape is not the grid's.
    """
    from rasterio.io import MemoryFile
    from rasterio.shutil import copy

    _require_shape(layer)
    tier = layer.worst == "tier"
    values = tier_bytes(layer.values) if tier else np.asarray(layer.values, np.float32)
    folder = uuid4().hex
    profile = {
        "driver": "GTiff", "count": 1, "dtype": values.dtype, "nodata": NOWHERE if tier else np.nan,
        "crs": layer.grid.crs, "transform": layer.grid.transform, "tiled": True,
    }  # fmt: skip
    held = []
    try:
        for name, level in _with_overviews(values, layer.worst):
            held.append(MemoryFile(dirname=folder, filename=name))
            with held[-1].open(**profile, height=level.shape[0], width=level.shape[1]) as out:
                out.write(level, 1)
                if tier:
                    out.write_colormap(1, _colours())
                out.set_band_description(1, layer.description)
                out.set_band_unit(1, layer.units)
        held.append(MemoryFile(dirname=folder, filename="cog.tif"))
        copy(
            held[0].name, held[-1].name, driver="COG", compress="deflate", predictor="yes", blocksize=BLOCK,
            overviews="FORCE_USE_EXISTING" if len(held) > 2 else "NONE",
        )  # fmt: skip
        return bytes(held[-1].read())
    finally:
        for memory in held:
            memory.close()


def tier_bytes(tiers: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Codes of tiers as they stand in the files.

    Examples
    --------
    >>> tier_bytes(np.array([0, 4, -1, -2], np.int8)).tolist()
    [0, 4, 254, 255]
    """
    # bytes all the way: as whole numbers a province of 30 m would take 5 GB on the way
    special = np.where(tiers == NO_DATA, np.uint8(UNKNOWN), np.uint8(NOWHERE))
    return np.where(tiers >= Tier.GREEN, tiers.astype(np.uint8), special)


def worst_of_four(values: NDArray[Any], worst: Worst) -> NDArray[Any]:
    """Half the rows and columns, rounded up: the worst of every two by two cells.

    Parameters
    ----------
    values : array (y, x)
        Floats with NaN, which anything known beats; or bytes of ``tier_bytes``.
    worst : 'largest', 'smallest' or 'tier'

    Examples
    --------
    >>> worst_of_four(np.array([[1.0, np.nan, 2.0]]), "smallest").tolist()
    [[1.0, 2.0]]
    >>> worst_of_four(np.array([[0, UNKNOWN], [0, 0]], np.uint8), "tier").tolist()
    [[254]]
    """
    if worst == "tier":
        order = np.zeros(256, np.uint8)
        codes = tier_bytes(np.array(_SHOWN, np.int8))
        order[codes] = np.arange(len(codes))
        return np.asarray(codes[_halved(order[values], np.maximum, 0)])
    return _halved(values, np.fmax if worst == "largest" else np.fmin, np.nan)


def _halved(
    values: NDArray[Any], choose: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]], fill: float
) -> NDArray[Any]:
    padding = tuple((0, n % 2) for n in values.shape)
    if values.shape[0] % 2 or values.shape[1] % 2:
        values = np.pad(values, padding, constant_values=fill)
    rows = choose(values[0::2], values[1::2])
    return choose(rows[:, 0::2], rows[:, 1::2])


def _with_overviews(values: NDArray[Any], worst: Worst) -> Iterable[tuple[str, NDArray[Any]]]:
    """The grid and its overviews, each under the name where GDAL looks for the overview of the one before."""
    name = "grid.tif"
    yield name, values
    while max(values.shape) > BLOCK:
        values, name = worst_of_four(values, worst), f"{name}.ovr"
        yield name, values


def _colours() -> dict[int, tuple[int, ...]]:
    named = {int(tier): tier.colour for tier in Tier} | {UNKNOWN: NO_DATA_COLOUR}
    return {code: (*bytes.fromhex(colour[1:]), 255) for code, colour in named.items()} | {
        NOWHERE: (255, 255, 255, 0)
    }


def netcdf(layers: Sequence[Layer], *, attributes: Mapping[str, str]) -> bytes:
    """Layers of one grid as CF-1.10 NetCDF-4.

    Parameters
    ----------
    layers : sequence of Layer
        All on the same grid.
    attributes : mapping
        Of the whole file, such as ``title``.

    Raises
    ------
    MissingExtraError
        netCDF4 is not installed.
    DataError
        The layers are on several grids, or there is none.
    """
    try:
        import_module("netCDF4")
    except ImportError as error:
        raise MissingExtraError(
            "NetCDF needs netCDF4", where="netcdf", expected="the package netCDF4", found="nothing",
            remedy="pip install 'riskmap[inputs]'",
        ) from error  # fmt: skip
    from netCDF4 import Dataset

    if len({layer.grid for layer in layers}) != 1:
        raise DataError(
            "the layers of a file have one grid", where="netcdf", expected="one grid",
            found=f"{len({layer.grid for layer in layers})}", remedy="write a file for each grid",
        )  # fmt: skip
    file = Dataset("layers.nc", "w", memory=1024)
    _axes(file, layers[0].grid)
    for layer in layers:
        _require_shape(layer)
        _variable(file, layer)
    file.setncatts({"Conventions": "CF-1.10", **attributes})
    return bytes(file.close())


def _axes(file: Any, grid: Grid) -> None:
    from rasterio.crs import CRS

    for name, size, values, standard, units, axis in (
        ("y", grid.shape[0], grid.latitude, "latitude", "degrees_north", "Y"),
        ("x", grid.shape[1], grid.longitude, "longitude", "degrees_east", "X"),
    ):
        file.createDimension(name, size)
        variable = file.createVariable(name, "f8", (name,))
        variable[:] = values
        variable.setncatts({"standard_name": standard, "units": units, "axis": axis})
    mapping = file.createVariable("spatial_ref", "i4", ())
    transform = grid.transform
    gdal = (transform.c, transform.a, transform.b, transform.f, transform.d, transform.e)
    mapping.setncatts(
        {
            "grid_mapping_name": "latitude_longitude",
            "crs_wkt": CRS.from_user_input(grid.crs).to_wkt(version="WKT2_2019"),
            "GeoTransform": " ".join(map(repr, map(float, gdal))),
        }
    )


def _variable(file: Any, layer: Layer) -> None:
    tier = layer.worst == "tier"
    values = tier_bytes(layer.values) if tier else np.asarray(layer.values, np.float32)
    variable = file.createVariable(
        layer.name, values.dtype, ("y", "x"), compression="zlib", complevel=4, shuffle=True,
        fill_value=NOWHERE if tier else np.float32(np.nan),
    )  # fmt: skip
    variable.set_auto_maskandscale(False)
    variable[:] = values
    about: dict[str, Any] = {
        "long_name": layer.description,
        "units": layer.units,
        "grid_mapping": "spatial_ref",
    }
    if tier:
        meanings = " ".join([*(t.english for t in Tier), "no_data"])
        about |= {"flag_values": np.array([*Tier, UNKNOWN], np.uint8), "flag_meanings": meanings}
    variable.setncatts(about)


def _require_shape(layer: Layer) -> None:
    if layer.values.shape != layer.grid.shape:
        raise DataError(
            "the values do not fit the grid", where=f"layer {layer.name}", expected=f"shape {layer.grid.shape}",
            found=f"shape {layer.values.shape}", remedy="pass the grid that they were computed on",
        )  # fmt: skip
