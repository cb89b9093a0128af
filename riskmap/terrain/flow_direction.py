"""Flow direction D8 (流向): which of its eight neighbours each cell drains to, across flats too.

Codes are powers of two, clockwise: 1 E, 2 SE, 4 S, 8 SW, 16 W, 32 NW, 64 N, 128 NE; 0 a kept sink, or a
pit that was not filled; 255 outside. A code may point off the array or at a cell outside: there the water leaves.

The rule, in this order: the steepest way down, of equal ones the first clockwise from east; outside, where nothing is
lower, sides before corners; on a flat, the way of ``riskmap._kernels.flats``, of equal ones sides before
corners.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from riskmap.blocks import run_pieces, run_rows, threads
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS
from riskmap.terrain.elevation import NOTHING, PIECE, blocks_of, each, elevation, flat, mask_like

Codes = NDArray[np.uint8]
Flats = tuple[NDArray[np.int64], Codes, Codes, Codes]
"""Cells of flats that leave their window: index, and what ``_kernels.flats.look_over`` says of each."""

EAST, SOUTHEAST, SOUTH, SOUTHWEST, WEST, NORTHWEST, NORTH, NORTHEAST = (1 << k for k in range(8))
UNRESOLVED: Final = 0
OUTSIDE: Final = 255
_SINK: Final = 254  # of the kernels: a kept sink, until the flats are done

CODES_ATTRIBUTES: Final = {
    "long_name": "D8 flow direction",
    "flag_values": np.array([0, *(1 << k for k in range(8)), OUTSIDE], np.uint8),
    "flag_meanings": "sink east southeast south southwest west northwest north northeast outside",
}


def flow_direction(
    dem: Any,
    *,
    dx: ArrayLike = 1.0,
    dy: float = 1.0,
    flats: bool = True,
    nodata: float | None = None,
    keep: Any = None,
    walls: Any = None,
    window: int = PIECE,
    workers: int | None = None,
) -> Codes:
    """D8 codes of an elevation model; filled, every cell drains.

    Parameters
    ----------
    dem : array (y, x) [m]
        As ``fill_depressions`` gives it. Pits that are left get 0.
    dx, dy : float, or one ``dx`` a row
        Sides of the cells [m]; their ratio matters, for slopes across corners.
    flats : bool
        Let flats drain; without, their cells get 0.
    nodata, keep, walls
        As in ``fill_depressions``, and the same. Kept sinks get 0, walls 255.
    window, workers : int
        Side of the windows [cells], and threads; they change the time, never the result.

    Returns
    -------
    uint8 (y, x)

    Raises
    ------
    DataError
        Not a plane of numbers, sides that are not positive, or masks that do not fit.

    References
    ----------
    O'Callaghan and Mark (1984), Computer Vision, Graphics, and Image Processing 28, 323. Flats: Barnes, Lehman and
    Mulla (2014), Computers & Geosciences 62, 128.

    Examples
    --------
    >>> flow_direction(np.array([[9., 9, 9], [9, 5, 4], [9, 9, 9]]))
    array([[  2,   4,   4],
           [  1,   1,   1],
           [128,  64,  64]], dtype=uint8)
    """
    z = elevation(dem, nodata)
    sinks, barred = mask_like(keep, z.shape, "keep"), mask_like(walls, z.shape, "walls")
    codes = steepest(z, cell_sides(z.shape[0], dx, dy), dy, sinks, barred, workers=workers)
    if flats:
        order = list(flat(blocks_of(z.shape, window)))
        left: list[Flats | None] = [None] * len(order)

        def resolve(k: int) -> None:
            left[k] = resolve_window(z, codes, order[k])

        each(resolve, len(order), workers)
        cells, found = resolve_left(
            [flats for flats in left if flats is not None], z.shape[1], workers=workers
        )
        codes.reshape(-1)[cells] = found
    if sinks.size:
        codes[codes == _SINK] = UNRESOLVED
    return codes


def cell_sides(rows: int, dx: ArrayLike, dy: float) -> NDArray[np.float64]:
    """One ``dx`` a row [m].

    Raises
    ------
    DataError
        Sides that are not positive, or not one a row.
    """
    sides = np.asarray(dx, np.float64)
    if sides.ndim == 0:
        sides = np.full(rows, float(sides))
    if sides.shape != (rows,) or not (sides > 0).all() or not dy > 0 or not np.isfinite([*sides, dy]).all():
        raise DataError(
            "sides of cells",
            where="dx, dy",
            expected=f"positive lengths [m], one or one for each of {rows} rows",
            found=f"dx {sides.shape} from {sides.min(initial=np.inf):g}, dy {dy:g}",
        )
    return np.ascontiguousarray(sides)


def geographic_sides(latitude: ArrayLike, step: tuple[float, float]) -> tuple[NDArray[np.float64], float]:
    """``dx`` of each row and ``dy`` [m] of cells of ``step`` (across, along) degrees, on the sphere.

    Examples
    --------
    >>> dx, dy = geographic_sides([30.0], (0.001, 0.001))
    >>> dx.round(2).tolist(), round(dy, 2)
    ([96.3], 111.2)
    """
    along = np.radians(abs(step[1])) * EARTH_RADIUS
    across = np.radians(abs(step[0])) * EARTH_RADIUS * np.cos(np.radians(np.asarray(latitude, np.float64)))
    return np.asarray(across), float(along)


def steepest(
    z: NDArray[Any],
    dx: NDArray[np.float64],
    dy: float,
    sinks: NDArray[np.bool_] = NOTHING,
    walls: NDArray[np.bool_] = NOTHING,
    *,
    workers: int | None = None,
) -> Codes:
    """Codes before flats are resolved: 0 on those and in pits, 254 in sinks."""
    from riskmap._kernels.d8 import direction_rows

    codes = np.empty(z.shape, np.uint8)

    def fill(first: int, last: int) -> None:
        direction_rows(z, sinks, walls, dx, dy, first, last, codes)

    run_rows(fill, z.shape[0], workers)
    return codes


def resolve_window(z: NDArray[Any], codes: Codes, window: tuple[slice, slice]) -> Flats:
    """Resolve the flats within a window in place; those that leave it are returned."""
    from riskmap._kernels import flats

    rows, columns = window
    found: Flats = flats.resolve_window(z, codes, rows.start, rows.stop, columns.start, columns.stop)
    return found


def resolve_left(
    parts: list[Flats], columns: int, *, workers: int | None = None
) -> tuple[NDArray[np.int64], Codes]:
    """Cells (index in an array of so many columns) of flats that leave their windows, and their codes."""
    from riskmap._kernels import flats

    cells = np.concatenate([p[0] for p in parts])
    order = np.argsort(cells, kind="stable")
    cells = cells[order]
    within, seeds, high = (np.concatenate([p[n] for p in parts])[order] for n in (1, 2, 3))
    start, link, rank = flats.link_cells(cells, within, columns)
    near, away = np.empty(cells.size, np.int32), np.empty(cells.size, np.int32)
    ways = ((seeds, near), (high, away))  # from the ways out, and from higher ground

    def reach(first: int, last: int) -> None:
        for marks, steps in ways[first:last]:
            flats.reach(start, link, marks, cells.size, steps, np.empty(cells.size + 1, np.int32))

    run_pieces(reach, range(3), workers or threads())
    codes = np.empty(cells.size, np.uint8)

    def choose(first: int, last: int) -> None:
        flats.choose_ways(start, link, rank, seeds, near, away, first, last, codes)

    run_rows(choose, cells.size, workers)
    return cells, codes


def direction_memory(shape: tuple[int, int]) -> int:
    """Memory [bytes] that ``flow_direction`` takes beside its input where flats stay within windows.

    Codes, and for each window that is worked on (one a thread, two here) 7 bytes a cell. A cell of a flat that
    leaves its window takes some 130 more until all are resolved: a sea of height 0 that is not declared as no data is
    such a flat.

    Examples
    --------
    >>> round(direction_memory((18_000, 16_200)) / 1e9, 2)
    0.35
    """
    return shape[0] * shape[1] + 2 * 7 * min(PIECE**2, shape[0] * shape[1])


def drainage_direction(
    surface: xr.DataArray, *, dx: ArrayLike = 1.0, dy: float = 1.0, **options: Any
) -> xr.DataArray:
    """``flow_direction`` for a labelled elevation model; chunks of Dask stay chunks and are computed later.

    Parameters
    ----------
    surface : DataArray (y, x) [m]
        Filled; NaN without data.
    dx, dy : float, or one ``dx`` a row
        Sides of the cells [m], see ``geographic_sides``.
    **options
        As ``flow_direction``; with Dask ``keep`` and ``walls`` alone.

    Returns
    -------
    DataArray (y, x) uint8, with the meaning of its codes as CF flags
    """
    if hasattr(surface.data, "dask"):
        from riskmap.terrain.lazy import direct_lazily

        data: Any = direct_lazily(surface.data, dx=dx, dy=dy, **options)
    else:
        given = {k: getattr(v, "values", v) for k, v in options.items()}
        data = flow_direction(surface.values, dx=dx, dy=dy, **given)
    return xr.DataArray(
        data, coords=surface.coords, dims=surface.dims, name="flow_direction", attrs=dict(CODES_ATTRIBUTES)
    )
