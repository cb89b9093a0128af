"""The bed that a solver's grid takes from an elevation model: larger cells, valleys kept open, ways out at the rim."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.hazard.inundation.forcing import OpenEdge
from riskmap.terrain.accumulation import downstream_index

Heights = NDArray[np.float32]

CORNERS: Final = {2: (1, 1), 8: (1, -1), 32: (-1, -1), 128: (-1, 1)}
"""D8 code of a way across a corner -> rows down, columns right."""

EDGE_SLOPES: Final = (0.001, 0.003, 0.01, 0.03, 0.1)
"""Slopes at which water leaves over the rim; each cell takes the nearest (status D)."""


FLOOR: Final = (5, 10.0)
"""Cells on each side of a stream's way out, and height above it [m], within which the rim lets water go (status D)."""


def blocks(values: NDArray[np.generic], factor: int, fill: float | bool) -> NDArray[np.generic]:
    """Cells of ``factor`` x ``factor`` beside each other, (Y, X, factor * factor); what the rim lacks is ``fill``.

    Examples
    --------
    >>> blocks(np.array([[1.0, 2.0, 3.0]]), 2, np.nan).shape
    (1, 2, 4)
    """
    rows, columns = (-n % factor for n in values.shape)
    wide = np.pad(values, ((0, rows), (0, columns)), constant_values=fill)
    shape = wide.shape[0] // factor, factor, wide.shape[1] // factor, factor
    return wide.reshape(shape).swapaxes(1, 2).reshape(shape[0], shape[2], factor * factor)


def coarsen(altitude: Heights, streams: NDArray[np.bool_], factor: int) -> Heights:
    """Mean heights of blocks of cells; where a stream runs through, its lowest cell, so that no valley is dammed.

    Parameters
    ----------
    altitude : float32 array (y, x)
        [m], NaN where unknown.
    streams : bool array (y, x)
    factor : int
        Cells of a block along each side.

    Returns
    -------
    float32 array (Y, X)
        NaN where less than half of a block is known.

    Examples
    --------
    >>> coarsen(np.array([[4.0, 2.0], [3.0, 3.0]], np.float32), np.array([[False, True], [False, False]]), 2).tolist()
    [[2.0]]
    """
    if factor == 1:
        return np.ascontiguousarray(altitude, np.float32)
    parts = blocks(altitude.astype(np.float64), factor, np.nan)
    known = np.isfinite(parts)
    count = known.sum(axis=2)
    mean = np.where(known, parts, 0.0).sum(axis=2) / np.maximum(count, 1)
    low = np.where(known & blocks(streams, factor, False), parts, np.inf).min(axis=2)
    return np.where(2 * count >= factor * factor, np.minimum(mean, low), np.nan).astype(np.float32)


def without_corners(altitude: Heights, directions: NDArray[np.uint8]) -> Heights:
    """Heights [m] on which each way of D8 can be gone over the sides of cells.

    D8 lets water go across a corner, a solver moves it over sides only: a valley that runs across corners would be
    a chain of dams. The lower cell beside each such step is cut down to the cell that the step leaves.

    Examples
    --------
    >>> without_corners(np.array([[2.0, 9.0], [8.0, 1.0]], np.float32), np.array([[2, 4], [1, 0]], np.uint8)).tolist()
    [[2.0, 9.0], [2.0, 1.0]]
    """
    out = altitude.copy()
    rows, columns = altitude.shape
    for code, (down, right) in CORNERS.items():
        i, j = np.nonzero(directions == code)
        inside = (i + down >= 0) & (i + down < rows) & (j + right >= 0) & (j + right < columns)
        i, j = i[inside], j[inside]
        first, second = altitude[i + down, j], altitude[i, j + right]
        along = ~(first > second) & np.isfinite(first) | ~np.isfinite(second)
        side = np.where(along, i + down, i), np.where(along, j, j + right)
        lower = np.isfinite(altitude[side])
        np.minimum.at(out, (side[0][lower], side[1][lower]), altitude[i, j][lower])
    return out


def ways_out(
    altitude: Heights, directions: NDArray[np.uint8], slope: NDArray[np.floating], streams: NDArray[np.bool_],
    sea: NDArray[np.bool_],
) -> list[OpenEdge]:  # fmt: skip
    """Open edges where water leaves the known ground, but for the sea; where a stream does, its valley floor is open too.

    Parameters
    ----------
    altitude : float32 array (y, x)
        Filled ground [m], NaN where unknown.
    directions : uint8 array (y, x)
        Its D8 codes.
    slope : float array (y, x)
        [m m-1]; NaN counts as flat.
    streams, sea : bool arrays (y, x)
    """
    known = np.isfinite(altitude)
    below = downstream_index(directions)
    shore = _around(sea)
    rim = known & _around(~known, outside=True) & ~shore
    exits = known & (below == np.arange(below.size).reshape(below.shape)) & ~shore
    kind = np.abs(
        np.log(np.maximum(np.nan_to_num(slope, nan=0.0), 1e-6))[..., None] - np.log(EDGE_SLOPES)
    ).argmin(axis=-1)
    chosen = np.where(exits, kind, -1)
    for i, j in zip(*np.nonzero(exits & streams), strict=True):
        part = slice(max(i - FLOOR[0], 0), i + FLOOR[0] + 1), slice(max(j - FLOOR[0], 0), j + FLOOR[0] + 1)
        floor = rim[part] & (altitude[part] <= altitude[i, j] + FLOOR[1]) & (chosen[part] < 0)
        chosen[part][floor] = kind[i, j]
    return [
        OpenEdge(
            [(int(i), int(j)) for i, j in np.argwhere(chosen == n)],
            fall,
            across="y",
            where=f"rim, slope {fall:g}",
        )
        for n, fall in enumerate(EDGE_SLOPES)
        if (chosen == n).any()
    ]


def _around(mask: NDArray[np.bool_], *, outside: bool = False) -> NDArray[np.bool_]:
    """Cells with a marked one beside them; ``outside`` says whether what lies off the array is marked."""
    wide = np.pad(mask, 1, constant_values=outside)
    return np.asarray(wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:])
