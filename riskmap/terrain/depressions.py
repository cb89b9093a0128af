"""Depressions (洼地) of an elevation model: filled so that every cell drains, lakes kept, rivers burnt in.

Outside, where water leaves, are the array's edge and every cell without data, also a hole within the land; see
``inland_holes`` for holes that do not drain. Neighbours are all eight. The filled height of a cell is the lowest
possible highest point of a way out: heights of the input, compared and never computed with, so that tiles, threads and
chunks cannot change a bit.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.terrain.elevation import elevation, mask_like
from riskmap.terrain.tiled_fill import BLOCK, fill_blocks

MARK: Final = -9998.0
"""Heights down from here are marks for no data, -9999 and such, not ground [m] (status D)."""

BASINS: Final = 0.25
"""Largest share of cells that can be pits: of two neighbours one is lower, or earlier."""


def fill_depressions(
    dem: Any,
    *,
    nodata: float | None = None,
    keep: Any = None,
    walls: Any = None,
    epsilon: bool = False,
    block: int = BLOCK,
    workers: int | None = None,
) -> NDArray[Any]:
    """Raise every cell to the lowest level at which its water reaches the edge.

    Parameters
    ----------
    dem : array (y, x) [m]
        float32 or float64 keeps its type; see ``riskmap.terrain.elevation.elevation`` for whole numbers.
    nodata : float, optional
        Value of cells without data, besides NaN.
    keep : bool (y, x), optional
        Lakes and sinks that stay as they are: water that reaches them has left.
    walls : bool (y, x), optional
        Cells that no water crosses or leaves by, such as ``inland_holes``. They keep their height, and so does land that
        they enclose on all sides.
    epsilon : bool
        Also let every raised cell lie a bit (the next number of the type) above the one it drains to; serial, slow,
        and needless before ``flow_direction``, which drains flats by itself.
    block, workers : int
        Side of the blocks threads work on [cells], and threads; they change the time, never the result.

    Returns
    -------
    Array (y, x) [m], NaN without data.

    Raises
    ------
    DataError
        Not a plane of numbers, infinite heights, a mask that does not fit, or a block without cells.

    References
    ----------
    The level is that of Barnes, Lehman and Mulla (2014), Computers & Geosciences 62, 117; it is found by basins and
    their lowest passes as in Cordonnier et al. (2019), Earth Surface Dynamics 7, 549, tile by tile as in Barnes (2016),
    Computers & Geosciences 96, 56.

    Examples
    --------
    >>> fill_depressions(np.array([[5., 5, 5, 5], [5, 1, 4, 3], [5, 5, 5, 5]]))
    array([[5., 5., 5., 5.],
           [5., 4., 4., 3.],
           [5., 5., 5., 5.]])
    """
    z = elevation(dem, nodata)
    lowest = float(np.fmin.reduce(z, axis=None))
    if -np.inf < lowest <= MARK:
        raise DataError(
            "a mark for no data among the heights", where="dem", expected=f"heights above {MARK:g} m, NaN without data",
            found=f"{lowest:g}", remedy=f"give nodata={lowest:g}, or read the file with read_dem",
        )  # fmt: skip
    lakes, barred = mask_like(keep, z.shape, "keep"), mask_like(walls, z.shape, "walls")
    if not epsilon:
        filled = fill_blocks(z, keep=lakes, walls=barred, block=block, workers=workers)
        if barred.size:
            np.copyto(filled, z, where=barred)
        return filled
    from riskmap._kernels.flood import flood

    out = np.empty_like(z)
    bad = flood(z, lakes, barred, out)
    if bad:
        raise DataError("infinite heights in the elevation model", where="dem", found=f"{bad} infinite cells")
    return out


def inland_holes(dem: Any, *, nodata: float | None = None) -> NDArray[np.bool_]:
    """Cells without data that land encloses: a lake or shadow of the radar, not the sea.

    Those connected (by sides or corners) to the array's edge do not count. Given as ``walls``, water goes round them;
    otherwise it leaves through them.

    Examples
    --------
    >>> x = np.nan
    >>> inland_holes(np.array([[1., 1, 1, 1], [1, x, 1, 1], [1, 1, 1, 1], [1, 1, 1, x]])).astype(int)
    array([[0, 0, 0, 0],
           [0, 1, 0, 0],
           [0, 0, 0, 0],
           [0, 0, 0, 0]])
    """
    missing = np.isnan(elevation(dem, nodata))
    land = np.pad(
        (~missing).astype(np.float32), 1
    )  # a rim below everything: the edge is not higher than the sea
    return np.asarray((fill_blocks(land)[1:-1, 1:-1] > 0) & missing)


def burn_streams(dem: Any, streams: Any, depth: float, *, nodata: float | None = None) -> NDArray[Any]:
    """Lower the cells of mapped rivers, so that water finds them.

    Parameters
    ----------
    dem : array (y, x) [m]
    streams : bool (y, x)
    depth : float
        By how much [m]; more than the noise of the model beside the river.

    Raises
    ------
    DataError
        A depth that is not positive and finite, or a mask that does not fit.

    Examples
    --------
    >>> burn_streams(np.array([[9., 8, 9]]), np.array([[False, True, False]]), 2.0)
    array([[9., 6., 9.]])
    """
    z = elevation(dem, nodata)
    if not 0.0 < depth < np.inf:
        raise DataError(
            "a river's depth", where="depth", expected="a positive number of metres", found=f"{depth}"
        )
    return np.where(mask_like(streams, z.shape, "streams"), z - z.dtype.type(depth), z)


def fill_memory(shape: tuple[int, int], dtype: Any = np.float32) -> int:
    """Memory [bytes] that ``fill_depressions`` takes at most beside its input: result, labels and basins.

    A real model has a pit in 20 cells or fewer, so that half of it is usual.

    Examples
    --------
    >>> round(fill_memory((18_000, 16_200)) / 1e9, 2)
    3.21
    """
    size = int(np.dtype(dtype).itemsize)
    per_basin = 4 + size + 1 + size + 4  # way up, height, known, level, head of its group
    return round(shape[0] * shape[1] * (size + 2 + BASINS * (per_basin + 3)))


def filled_surface(surface: xr.DataArray, **options: Any) -> xr.DataArray:
    """``fill_depressions`` for a labelled elevation model; chunks of Dask stay chunks and are computed later.

    Parameters
    ----------
    surface : DataArray (y, x) [m]
        NaN without data.
    **options
        As ``fill_depressions``; with Dask ``keep`` and ``walls`` alone.

    Returns
    -------
    DataArray (y, x) [m], coordinates and attributes of the input.
    """
    if hasattr(surface.data, "dask"):
        from riskmap.terrain.lazy import fill_lazily

        return surface.copy(data=fill_lazily(surface.data, **options))
    given = {k: getattr(v, "values", v) for k, v in options.items()}
    return surface.copy(data=fill_depressions(surface.values, **given))
