"""What a relief says of its slopes: slope, relief within a kilometre, plan curvature, wetness, on plain arrays."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from riskmap.errors import DataError
from riskmap.terrain.slopes import curvature, slope_aspect
from riskmap.terrain.wetness import wetness_index

WINDOW: Final = 1000.0
"""Side of the square in which relief is taken [m] (status D: LHEF takes it by facet of the slope)."""


def relief_within(altitude: NDArray[np.floating], *, rows: int, columns: int) -> NDArray[np.float32]:
    """Highest less lowest ground [m] within so many rows and columns on each side; NaN where the ground is unknown.

    Cells without a height, and those beyond the edge, say nothing.

    Parameters
    ----------
    altitude : array (y, x) [m]
    rows, columns : int
        Half sides of the window, in cells.

    Examples
    --------
    >>> relief_within(np.array([[0.0, 5.0, 1.0, np.nan, 9.0]]), rows=0, columns=1).tolist()
    [[5.0, 5.0, 4.0, nan, 0.0]]
    """
    ground = np.asarray(altitude, np.float32)
    known = ~np.isnan(ground)
    low = np.where(known, ground, np.float32(np.inf))
    high = np.where(known, ground, np.float32(-np.inf))
    for axis, half in ((0, rows), (1, columns)):
        low, high = _running(low, half, axis, np.minimum), _running(high, half, axis, np.maximum)
    with np.errstate(invalid="ignore"):
        return np.where(known, high - low, np.float32(np.nan)).astype(np.float32)


def _running(field: NDArray[np.float32], half: int, axis: int, extreme: Any) -> NDArray[np.float32]:
    """Running extreme over ``2 half + 1`` cells of an axis, by doubling: the cost grows with the window's logarithm."""
    if half == 0:
        return field
    width = 2 * half + 1
    edge = np.float32(np.inf if extreme is np.minimum else -np.inf)
    sides = [(half, half) if k == axis else (0, 0) for k in range(field.ndim)]
    held = np.moveaxis(np.pad(field, sides, constant_values=edge), axis, 0)
    size = 1
    while 2 * size <= width:
        held, size = extreme(held[: len(held) - size], held[size:]), 2 * size
    rest = width - size
    whole = extreme(held[: len(held) - rest], held[rest:]) if rest else held
    return np.asarray(np.moveaxis(whole, 0, axis), np.float32)


def half_window(dx: ArrayLike, dy: float) -> tuple[int, int]:
    """Half sides of the square in which relief is taken, in rows and columns of cells with sides ``dx``, ``dy`` [m].

    Examples
    --------
    >>> half_window(30.0, 30.0)
    (17, 17)
    """
    across = float(np.mean(np.asarray(dx, np.float64)))
    rows, columns = (max(1, round(WINDOW / side / 2)) for side in (dy, across))
    return rows, columns


def layers(
    altitude: xr.DataArray, *, dx: ArrayLike, dy: float, upstream_area: xr.DataArray | None = None,
    land_cover: xr.DataArray | None = None, window: tuple[int, int] | None = None,
) -> xr.Dataset:  # fmt: skip
    """Layers for ``riskmap.hazard.landslide.susceptibility`` from a relief.

    Parameters
    ----------
    altitude : DataArray (y, x) [m]
        As measured, not filled; NaN at sea.
    dx, dy : float or float array (y,), float
        Sides of the cells [m].
    upstream_area : DataArray (y, x) [m2], optional
        For the wetness index; better spread over many ways (``riskmap.terrain.wetness.spread_area``).
    land_cover : DataArray (y, x), optional
        Codes of ESA WorldCover.
    window : (int, int), optional
        As ``half_window`` gives it for the whole, where this is a part of a relief.

    Returns
    -------
    Dataset (y, x)
        ``slope`` [m m-1], ``relief`` [m], ``curvature`` [m-1] (plan, positive in hollows), and where given ``wetness``
        and ``land_cover``; float32, units in the attributes.

    Raises
    ------
    DataError
        Layers of another shape than the relief.
    """
    ground = np.asarray(altitude.values)
    for name, layer in (("upstream_area", upstream_area), ("land_cover", land_cover)):
        if layer is not None and layer.shape != ground.shape:
            raise DataError(
                "a layer of another shape", where=f"slopes, {name}", expected=str(ground.shape), found=str(layer.shape),
                remedy="bring it on the grid of the relief",
            )  # fmt: skip
    slope, _ = slope_aspect(ground, dx=dx, dy=dy)
    _, plan = curvature(ground, dx=dx, dy=dy)
    rows, columns = half_window(dx, dy) if window is None else window
    relief = relief_within(ground, rows=rows, columns=columns)
    found: dict[str, tuple[NDArray[Any], str]] = {
        "slope": (slope, "m m-1"), "relief": (relief, "m"), "curvature": (plan, "m-1"),
    }  # fmt: skip
    if upstream_area is not None:
        found["wetness"] = (wetness_index(np.asarray(upstream_area.values), slope, dx=dx, dy=dy), "1")
    if land_cover is not None:
        found["land_cover"] = (np.asarray(land_cover.values), "1")
    data = {name: (altitude.dims, values, {"units": unit}) for name, (values, unit) in found.items()}
    return xr.Dataset(data, coords=altitude.coords)
