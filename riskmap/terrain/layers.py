"""From an elevation model to everything that is known of its drainage, with labels: the door that other rooms use."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import xarray as xr

from riskmap.errors import DataError
from riskmap.schema import require
from riskmap.terrain.basins import SMALL_WATERSHED, small_watersheds
from riskmap.terrain.breaching import breached_surface
from riskmap.terrain.depressions import filled_surface
from riskmap.terrain.drainage import height_above
from riskmap.terrain.flow_direction import drainage_direction
from riskmap.terrain.slopes import curvature, slope_aspect
from riskmap.terrain.streams import Network, upstream_area
from riskmap.terrain.wetness import spread_area, wetness_index
from riskmap.within import require_within

STREAM_AREA: Final = 1e6
"""Upstream area from which on a cell is a stream, unless another is asked for [m2]; 1 km2, about where perennial
streams begin in humid hills (status D)."""


def drainage_layers(
    dem: xr.Dataset, *, stream_area: float = STREAM_AREA, keep: Any = None, pits: Literal["fill", "breach"] = "fill",
    workers: int | None = None,
) -> xr.Dataset:  # fmt: skip
    """Filled ground, directions, upstream area, streams and height above them.

    Parameters
    ----------
    dem : Dataset (y, x)
        ``surface_altitude`` [m], ``cell_width`` (y) [m] and the attribute ``cell_height`` [m], as ``read_dem`` has it; cells
        of ``sea``, where it is there, are no ground. Chunks of Dask stay chunks and are computed later.
    stream_area : float
        Upstream area from which on a cell is a stream [m2].
    keep : bool (y, x), optional
        Lakes and sinks that are not filled.
    pits : {"fill", "breach"}
        Fill depressions, or dig ditches through their banks first (50 cells, 10 m); see ``riskmap.terrain.breaching``.
    workers : int, optional
        Threads; not with Dask.

    Returns
    -------
    Dataset (y, x)
        ``filled_altitude`` [m], ``flow_direction`` uint8, ``upstream_area`` [m2], ``stream`` bool,
        ``height_above_drainage`` [m]; NaN (255, False) outside the ground. Coordinates, ``cell_width`` and
        attributes of the input.

    Raises
    ------
    DataError, UnitsError
        Heights or sides of cells are missing or in another unit.

    Examples
    --------
    >>> import riskmap as rm
    >>> valley = rm.read_dem(rm.bundled("dem/made_valley.tif"))
    >>> found = drainage_layers(valley)
    >>> int(found["stream"].sum()), round(float(found["upstream_area"].max()) / 1e6, 1)  # cells of stream, km2
    (2691, 220.4)
    >>> round(float(found["height_above_drainage"].max()))  # m
    418
    """
    _require_layers(dem, (), made_by="read_dem")
    require_within(
        stream_area,
        "stream_area [m2]",
        where="drainage_layers",
        above=True,
        remedy="give an area, such as 1e6",
    )
    if np.isnan(stream_area):
        raise DataError("no area of streams", where="drainage_layers", expected="m2 above 0", found="NaN")
    require(dem[["surface_altitude"]] if "surface_altitude" in dem else dem, "surface_altitude", where="dem")
    dx, dy = cell_sides_of(dem)
    ground = dem["surface_altitude"]
    if "sea" in dem:
        ground = ground.where(~dem["sea"]).astype(ground.dtype)
    lazily = hasattr(ground.data, "dask")
    options = {} if keep is None else {"keep": keep}
    threads: dict[str, Any] = {} if lazily else {"workers": workers}
    if pits == "breach":
        ground = breached_surface(ground, **options)
    filled = filled_surface(ground, **options, **threads)
    codes = drainage_direction(filled, dx=dx, dy=dy, **options, **threads)
    if lazily:
        from riskmap.terrain.lazy_flow import accumulate_lazily, height_above_lazily

        area = accumulate_lazily(codes.data, dx=dx, dy=dy)
        streams = area >= stream_area
        height = height_above_lazily(filled.data, codes.data, streams)
    else:
        area = upstream_area(codes.values, dx=dx, dy=dy, workers=workers)
        streams = area >= stream_area  # NaN is no stream
        height = height_above(filled.values, codes.values, streams, workers=workers)
    dims = ("y", "x")
    return xr.Dataset(
        {
            "filled_altitude": (dims, filled.data, {"units": "m", "long_name": "height of the filled ground"}),
            "flow_direction": codes,
            "upstream_area": (dims, area, {"units": "m2", "long_name": "area that drains through the cell"}),
            "stream": (dims, streams, {"long_name": "stream", "least_area": stream_area}),
            "height_above_drainage": (
                dims, height, {"units": "m", "long_name": "height above the stream that the cell drains to"}
            ),
            "cell_width": dem["cell_width"],
        },
        attrs=dict(dem.attrs),
    )  # fmt: skip


def cell_sides_of(dem: xr.Dataset) -> tuple[Any, float]:
    """Width of the cells of each row, and their height [m].

    Raises
    ------
    DataError
        One of them is missing.
    """
    if "cell_width" not in dem or "cell_height" not in dem.attrs:
        raise DataError(
            "the sides of the cells are not known", where="dem", expected="cell_width (y) [m] and attrs['cell_height'] [m]",
            found=", ".join(str(n) for n in [*dem.variables, *dem.attrs]), remedy="read it with riskmap.io.dem.read_dem",
        )  # fmt: skip
    return dem["cell_width"].values, float(dem.attrs["cell_height"])


def _require_layers(found: Any, names: tuple[str, ...], *, made_by: str) -> None:
    """Refuse what is no Dataset, or lacks a layer.

    Raises
    ------
    DataError
    """
    if not isinstance(found, xr.Dataset) or any(name not in found for name in names):
        raise DataError(
            "layers are missing", where=made_by, expected="a Dataset" + (f" with {', '.join(names)}" if names else ""),
            found=", ".join(map(str, found)) if isinstance(found, xr.Dataset) else type(found).__name__,
            remedy=f"give what {made_by} gave",
        )  # fmt: skip


def shape_layers(layers: xr.Dataset, *, workers: int | None = None) -> xr.Dataset:
    """Slope, aspect, curvature and wetness index of what ``drainage_layers`` gave.

    Chunks of Dask stay chunks and are computed later; the water of the wetness index is followed in one task.

    Parameters
    ----------
    layers : Dataset (y, x)
    workers : int, optional
        Threads; not with Dask.

    Returns
    -------
    Dataset (y, x)
        ``slope`` [m m-1], ``aspect`` [degrees], ``profile_curvature`` and ``plan_curvature`` [m-1], ``wetness_index`` [1],
        the last of water that spreads (Freeman 1991).
    """
    _require_layers(layers, ("filled_altitude", "flow_direction"), made_by="drainage_layers")
    dx, dy = cell_sides_of(layers)
    ground, codes = layers["filled_altitude"].data, layers["flow_direction"].data
    if hasattr(ground, "dask"):
        from riskmap.terrain.lazy_shape import curvature_lazily, slope_aspect_lazily, wetness_lazily

        slope, aspect = slope_aspect_lazily(ground, dx=dx, dy=dy)
        bent = curvature_lazily(ground, dx=dx, dy=dy)
        wetness = wetness_lazily(ground, codes, slope, dx=dx, dy=dy)
    else:
        slope, aspect = slope_aspect(ground, dx=dx, dy=dy, workers=workers)
        bent = curvature(ground, dx=dx, dy=dy, workers=workers)
        area = spread_area(ground, codes, dx=dx, dy=dy, workers=workers)
        wetness = wetness_index(area, slope, dx=dx, dy=dy)
    dims = ("y", "x")
    return xr.Dataset(
        {
            "slope": (dims, slope, {"units": "m m-1", "long_name": "slope of the filled ground"}),
            "aspect": (dims, aspect, {"units": "degrees", "long_name": "where the slope faces, clockwise from north"}),
            "profile_curvature": (dims, bent[0], {"units": "m-1", "long_name": "curvature along the slope, convex positive"}),
            "plan_curvature": (dims, bent[1], {"units": "m-1", "long_name": "curvature across the slope, hollow positive"}),
            "wetness_index": (dims, wetness, {"units": "1", "long_name": "topographic wetness index"}),
        },
        coords=layers.coords,
    )  # fmt: skip


def watershed_layers(
    layers: xr.Dataset, *, max_area: float = SMALL_WATERSHED, slope: Any = None
) -> tuple[xr.DataArray, xr.Dataset]:
    """Small watersheds (小流域) of what ``drainage_layers`` gave: their numbers on the grid, and their table.

    Parameters
    ----------
    layers : Dataset (y, x)
    max_area : float
        Area that none of them reaches [m2].
    slope : float array (y, x), optional
        Slope [m m-1]; computed where it is not given.

    Returns
    -------
    (DataArray (y, x) int32, Dataset (watershed))
        0 outside the ground; the table as in ``small_watersheds``, with ``outlet_y`` and ``outlet_x`` in the grid's
        coordinates (latitude and longitude on a geographic grid).

    Examples
    --------
    >>> import riskmap as rm
    >>> found = drainage_layers(rm.read_dem(rm.bundled("dem/made_valley.tif")))
    >>> label, table = watershed_layers(found, max_area=50e6)
    >>> int(label.max()), round(float(table["area"].max()) / 1e6, 1)  # watersheds, km2 of the largest
    (13, 49.6)
    """
    _require_layers(layers, ("filled_altitude", "flow_direction"), made_by="drainage_layers")
    require_within(
        max_area, "max_area [m2]", where="watershed_layers", above=True, remedy="give an area, such as 200e6"
    )
    dx, dy = cell_sides_of(layers)
    ground = layers["filled_altitude"].values
    steep = slope_aspect(ground, dx=dx, dy=dy)[0] if slope is None else np.asarray(slope)
    network = Network.of(layers["flow_direction"].values, dx=dx, dy=dy)
    label, table = small_watersheds(network, ground, steep, max_area=max_area)
    for axis, index in (("y", "outlet_row"), ("x", "outlet_column")):
        where = layers[axis].values[table[index].values]
        table[f"outlet_{axis}"] = ("watershed", where, dict(layers[axis].attrs))
    grid = xr.DataArray(
        label, dims=("y", "x"), coords=layers.coords, name="watershed", attrs={"long_name": "small watershed, 0: none"}
    )  # fmt: skip
    return grid, table
