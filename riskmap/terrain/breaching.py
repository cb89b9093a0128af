"""Depressions breached (开挖贯通): a ditch through the bank instead of a lake behind it.

Roads, bridges and noise dam rivers in an elevation model. Filling floods the valley behind them, which lifts the
ground by metres over many cells; a breach changes a few. What is too deep or too long to dig is filled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.elevation import elevation, mask_like


@dataclass(frozen=True, eq=False)
class Breached:
    """``surface`` [m] (y, x), NaN without data; how many pits there were and how many of them got a ditch."""

    surface: NDArray[Any]
    pits: int
    breached: int


def breach_depressions(
    dem: Any,
    *,
    max_length: int = 50,
    max_depth: float = 10.0,
    fill: bool = True,
    nodata: float | None = None,
    keep: Any = None,
    walls: Any = None,
) -> Breached:
    """Dig the ditches that drain depressions at the least sum of depths; fill what remains.

    Pits are taken lowest first (of equal ones the first in the array), each over the ground as the earlier ones left
    it. A ditch is as high as its pit: all heights stand in the input, and ``flow_direction`` leads water along it. The
    order makes this serial, and the result is of the whole array: it must not be tiled.

    Parameters
    ----------
    dem : array (y, x) [m]
    max_length : int
        How far from the pit a ditch may go, along rows and columns [cells].
    max_depth : float
        How deep it may be [m].
    fill : bool
        Fill depressions that are left.
    nodata, keep, walls
        As in ``riskmap.terrain.depressions.fill_depressions``; ditches go through no walls.

    Raises
    ------
    DataError
        As ``fill_depressions``, or limits that are not positive.

    References
    ----------
    Lindsay and Dhun (2015), International Journal of Geographical Information Science 29, 397, for ditches of least
    cost within a reach; Lindsay (2016), Hydrological Processes 30, 846, for filling what remains. The level of the ditch
    and the order are our own (status D).

    Examples
    --------
    >>> bank = np.array([[9., 9, 9, 9, 9], [9, 2, 6, 3, 1], [9, 9, 9, 9, 9]])
    >>> breach_depressions(bank).surface[1]
    array([9., 2., 2., 2., 1.])
    >>> breach_depressions(bank, max_depth=3.0).surface[1]
    array([9., 6., 6., 3., 1.])
    """
    from riskmap._kernels import breach as kernel

    z = elevation(dem, nodata)
    lakes, barred = mask_like(keep, z.shape, "keep"), mask_like(walls, z.shape, "walls")
    if not (1 <= max_length <= 10_000 and max_depth > 0):
        raise DataError(
            "limits of a ditch",
            where="max_length, max_depth",
            expected="1 to 10,000 cells and a positive depth [m]",
            found=f"{max_length} and {max_depth}",
        )
    filled = fill_depressions(z, keep=keep, walls=walls)
    ground = z.copy()
    if lakes.size:
        ground[lakes] = np.nan
    if barred.size:
        ground[barred] = np.inf
    pits = kernel.find_pits(ground, filled)
    pits = pits[np.argsort(ground.reshape(-1)[pits], kind="stable")]
    reach = min(max_length, max(z.shape))
    done = kernel.breach_pits(ground, pits, filled.reshape(-1)[pits], reach, float(max_depth))
    special = ~np.isfinite(ground)
    ground[special] = z[special]
    if fill:
        ground = fill_depressions(ground, keep=keep, walls=walls)
    return Breached(ground, int(pits.size), int(done))


def breached_surface(surface: xr.DataArray, **options: Any) -> xr.DataArray:
    """``breach_depressions`` for a labelled elevation model; chunks of Dask stay chunks and are computed later.

    The order of the pits makes it one task, whatever the chunks: the whole model, thrice, in one worker's memory.

    Parameters
    ----------
    surface : DataArray (y, x) [m]
        NaN without data.
    **options
        As ``breach_depressions``.

    Returns
    -------
    DataArray (y, x) [m], coordinates and attributes of the input.
    """
    given = {name: value.data if hasattr(value, "dims") else value for name, value in options.items()}
    if hasattr(surface.data, "dask"):
        from riskmap.terrain.lazy_tasks import in_one

        masks = (given.pop("keep", None), given.pop("walls", None))
        dtype = np.float64 if surface.dtype == np.float64 else np.float32
        return surface.copy(data=in_one(_dug, (surface.data, *masks), given, like=surface.data, dtype=dtype))
    return surface.copy(data=breach_depressions(surface.values, **given).surface)


def _dug(dem: Any, keep: Any, walls: Any, options: dict[str, Any]) -> NDArray[Any]:
    masks = {name: mask for name, mask in (("keep", keep), ("walls", walls)) if mask.size}
    return breach_depressions(dem, **masks, **options).surface
