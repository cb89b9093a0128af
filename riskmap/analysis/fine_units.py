"""Fine cells that always share a tier, counted once: what keeps an hour's work small, whatever the elevation model.

Slopes of one class under one cell of rain, or the cells of one reach at one height above it, cannot differ. A region's
share of each such unit is counted once; an hour then grades units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import _span, rows_and_columns
from riskmap.grid import Grid
from riskmap.onset import NEVER, Onsets
from riskmap.region import Region
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.zonal import ZonalWeights, zonal_weights

MOST_PIXELS: Final = 1000
"""Pixels of a picture along its longer side (status D): more would make the map's page too large."""


def canvas_of(over: Grid, fine: Grid) -> Grid:
    """The hazards' grid in smaller cells, as a picture of fine cells wants it: no smaller than those, no more than ``MOST_PIXELS``.

    Examples
    --------
    >>> over = Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.02)
    >>> canvas_of(over, Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.001)).shape
    (1000, 1000)
    """
    finest = over.transform.a / max(fine.transform.a, -fine.transform.e)
    parts = max(1, min(int(finest + 1e-6), MOST_PIXELS // max(over.shape)))
    t = over.transform
    shape = over.shape[0] * parts, over.shape[1] * parts
    return Grid(shape, Affine(t.a / parts, 0.0, t.c, 0.0, t.e / parts, t.f), over.crs)


@dataclass(frozen=True, eq=False)
class Units:
    """Fine cells by unit, and how much of every cell of the hazards' grid each unit covers.

    Attributes
    ----------
    label : int32 array (y, x)
        Unit of every fine cell, from 0.
    count : int
    grid, over : Grid
        Of the fine cells, and of the hazards.
    cell, unit : int64 arrays (pair,)
        Flat cell of ``over`` and a unit that it holds, by cell.
    share : float64 array (pair,)
        Share of the cell's area.
    """

    label: NDArray[np.int32]
    count: int
    grid: Grid
    over: Grid
    cell: NDArray[np.int64]
    unit: NDArray[np.int64]
    share: NDArray[np.float64]

    @classmethod
    def of(cls, label: NDArray[np.int32], count: int, grid: Grid, over: Grid) -> Units:
        """Count the units of ``label`` (y, x) under the cells of ``over``, some rows at a time."""
        rows, columns = rows_and_columns(grid, over)
        inside = columns >= 0
        keys, shares = [np.empty(0, np.int64)], [np.empty(0)]
        for row in range(over.shape[0]):
            part = _span(rows, row)
            if part.start == part.stop:
                continue
            key = (row * over.shape[1] + columns[inside]) * count + label[part][:, inside]
            found, times = np.unique(key, return_counts=True)
            keys.append(found)
            shares.append(times * (float(grid.cell_area[part].mean()) / over.cell_area[row]))
        pairs = np.concatenate(keys)
        return cls(label, count, grid, over, pairs // count, pairs % count, np.concatenate(shares))

    def on(self, canvas: Grid) -> Units:
        """The same units under the cells of another grid, to be painted there."""
        return Units.of(self.label, self.count, self.grid, canvas)

    def locate(self, longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.int64]:
        """Unit at each point [degrees], -1 beyond the fine cells, shape (point,)."""
        west, _, _, north = self.grid.bounds
        column = np.floor((longitude - west) / self.grid.transform.a).astype(np.int64)
        row = np.floor((latitude - north) / self.grid.transform.e).astype(np.int64)
        inside = (row >= 0) & (row < self.label.shape[0]) & (column >= 0) & (column < self.label.shape[1])
        found = self.label[np.where(inside, row, 0), np.where(inside, column, 0)]
        return np.where(inside, found, -1).astype(np.int64)

    def zonal(self, regions: Sequence[Region]) -> ZonalWeights:
        """The regions' shares of the units; of one region at a time, so that memory is that of the largest."""
        start, units, areas, totals = [0], [], [], []
        flat = self.label.reshape(-1)
        for region in regions:
            alone = zonal_weights([region], self.grid)
            area = np.bincount(flat[alone.cell], weights=alone.area, minlength=self.count)
            held = np.flatnonzero(area)
            units.append(held)
            areas.append(area[held])
            totals.append(alone.total)
            start.append(start[-1] + len(held))
        return ZonalWeights(
            np.array(start), np.concatenate(units), np.concatenate(areas), np.concatenate(totals)
        )

    def paint(
        self,
        tiers: NDArray[np.int8],
        *,
        least: float,
        nowhere: NDArray[np.bool_],
        of_held: bool = False,
    ) -> NDArray[np.int8]:
        """The worst unit of each cell of the hazards' grid: a picture there never hides a worse place.

        Parameters
        ----------
        tiers : int8 array (unit,)
        least : float
            Share of a cell's area from which on unknown ground makes it grey, where nothing in it is at blue.
        nowhere : bool array, shape of ``over``
            Where the hazard cannot be: transparent, unless something in it is at blue.
        of_held : bool
            Count the share of the fine cells that are held, not of the cell's area: for pixels about as large as fine cells.
        """
        worst = np.full(self.over.shape[0] * self.over.shape[1], NOT_APPLICABLE, np.int8)
        known = np.zeros(worst.size)
        of_pair = tiers[self.unit]
        np.maximum.at(worst, self.cell, of_pair)
        np.add.at(known, self.cell, np.where(of_pair == NO_DATA, 0.0, self.share))
        whole = np.zeros(worst.size) if of_held else np.ones(worst.size)
        if of_held:
            np.add.at(whole, self.cell, self.share)
        grey = (worst < Tier.BLUE) & ((whole - known >= max(least, 1e-6) * whole) | (whole == 0.0))
        out = np.where(grey, np.int8(NO_DATA), worst).reshape(self.over.shape)
        return np.where(nowhere & (out < Tier.BLUE), np.int8(NOT_APPLICABLE), out).astype(np.int8)


class UnitOnsets(Onsets):
    """First hours of units, told cell by cell of the fine grid: 8 bytes a unit and none a cell until they are asked for.

    Parameters
    ----------
    units : Units
    nowhere : bool array (y, x) of the hazards' grid, optional
        Where the hazard cannot be, as in ``Units.paint``.
    """

    def __init__(self, units: Units, nowhere: NDArray[np.bool_] | None = None) -> None:
        super().__init__((1, units.count))
        self.grid = units.grid
        self._label, self._over, self._nowhere = units.label, units.over, nowhere

    def update(self, tiers: NDArray[np.int8], hour: int) -> None:
        """Take in one more hour of tiers (unit,); hours come in order."""
        super().update(tiers.reshape(1, -1), hour)

    def first(self, tier: Tier, rows: slice = slice(None)) -> NDArray[np.int16]:
        """Index of the first hour at or above a tier, ``NEVER`` where there is none, shape of the fine grid; or of some rows."""
        return np.asarray(super().first(tier)[0][self._label[rows]])

    def worst(self, rows: slice = slice(None)) -> NDArray[np.int8]:
        """Worst tier of each fine cell, 0 where none was reached; or of some rows."""
        label = self._label[rows]
        worst = np.zeros(label.shape, np.int8)
        for first in self._first:  # of these cells alone: there may be more units than cells in some rows
            worst += (first[0] != NEVER)[label]
        return worst

    def window(self) -> NDArray[np.int8]:
        """Worst tier of each fine cell over the window; ``NOT_APPLICABLE`` where the hazard cannot be."""
        worst = np.asarray(super().window()[0][self._label])
        if self._nowhere is not None and self.grid is not None:
            rows, columns = rows_and_columns(self.grid, self._over)
            beyond = np.pad(
                self._nowhere, ((0, 1), (0, 1))
            )  # off the hazards' grid, index -1: not known to be nowhere
            worst[beyond[rows[:, None], columns[None, :]] & (worst < Tier.BLUE)] = NOT_APPLICABLE
        return worst
