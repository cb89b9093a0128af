"""Walls that are known by their line, laid onto the sides of a grid's cells."""

from __future__ import annotations

import numpy as np

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.inundation.forcing import Side

Faces = list[tuple[int, int, Side]]


def wall_faces(grid: Grid, *, longitude: float, latitude: float, facing: float, length: float) -> Faces:
    """Sides of cells between the two sides of a straight wall: the chain of faces nearest to its line.

    Parameters
    ----------
    grid : Grid
    longitude, latitude : float
        Middle of the wall [degrees].
    facing : float
        Where the water lies, clockwise from north [degrees].
    length : float
        [m].

    Returns
    -------
    list of (row, column, side)
        Empty where no cell of the grid lies within the wall's reach.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120.0, south=29.0, east=120.004, north=29.004, step=0.001)
    >>> wall_faces(grid, longitude=120.0021, latitude=29.002, facing=90.0, length=200.0)
    [(1, 1, 'east'), (2, 1, 'east')]
    """
    metre = np.radians(1.0) * EARTH_RADIUS
    across = metre * np.cos(np.radians(latitude))
    x = (grid.longitude - longitude) * across
    y = (grid.latitude - latitude) * metre
    dx, dy = grid.transform.a * across, -grid.transform.e * metre
    reach = 0.5 * length + max(dx, dy)
    columns, rows = (np.flatnonzero(np.abs(at) <= reach) for at in (x, y))
    if not columns.size or not rows.size:
        return []
    angle = np.radians(facing)
    seaward = np.sin(angle), np.cos(angle)
    xx, yy = np.meshgrid(x[columns], y[rows])
    side = xx * seaward[0] + yy * seaward[1] > 0.0
    found: Faces = []
    name: Side
    for name, (down, right) in (("east", (0, 1)), ("south", (1, 0))):
        a = side[: side.shape[0] - down, : side.shape[1] - right]
        b = side[down:, right:]
        px = xx[: a.shape[0], : a.shape[1]] + 0.5 * right * dx
        py = yy[: a.shape[0], : a.shape[1]] - 0.5 * down * dy
        along = np.abs(px * seaward[1] - py * seaward[0])
        for i, j in zip(*np.nonzero((a != b) & (along <= 0.5 * length)), strict=True):
            found.append((int(rows[i]), int(columns[j]), name))
    return sorted(found)
