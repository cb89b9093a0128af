"""Flash floods of small watersheds: their rain gathered hour by hour, graded when the series is whole.

A watershed's numbers stay in memory, grids do not: flood waves run down the tree of watersheds, so that all hours are
needed at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.flash_flood import OwnThresholds, basin_weights, flash_flood, with_labels
from riskmap.hazard.flash_flood.watersheds import LABEL, BasinWeights
from riskmap.hazard.rain_models.precedence import split_hour
from riskmap.rules import HazardRule
from riskmap.terrain.basins import small_watersheds
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import flow_direction, geographic_sides
from riskmap.terrain.slopes import slope_aspect
from riskmap.terrain.streams import Network
from riskmap.zonal import ZonalWeights

HILLY_SHARE = 0.5
"""A watershed is hilly enough for a flash flood where at least this share of it is flash-flood terrain (status D)."""


def watersheds_of(altitude: NDArray[np.floating], grid: Grid) -> xr.Dataset:
    """Small watersheds (小流域) of a relief, as ``riskmap.hazard.flash_flood`` takes them.

    Parameters
    ----------
    altitude : float array (y, x)
        ``surface_altitude`` [m] on ``grid``, NaN over the sea.
    grid : Grid

    Returns
    -------
    Dataset
        ``watershed_label`` (y, x), 0 at sea, and the table (watershed,); see ``riskmap.terrain.basins``.
    """
    dx, dy = geographic_sides(grid.latitude, (grid.transform.a, -grid.transform.e))
    ground = np.ascontiguousarray(altitude, np.float32)
    filled = fill_depressions(ground)
    network = Network.of(flow_direction(filled, dx=dx, dy=dy), dx=dx, dy=dy)
    labels, table = small_watersheds(network, ground, slope_aspect(ground, dx=dx, dy=dy)[0])
    return with_labels(table, labels, grid.latitude, grid.longitude)


@dataclass(frozen=True, eq=False)
class Basins:
    """Watersheds on the hazards' grid, ready for the stream of hours.

    Attributes
    ----------
    watersheds : Dataset
        See ``watersheds_of``; where watersheds are given, ``watershed_label`` is what is drawn.
    weights : BasinWeights
        Cells of the grid in each watershed.
    hilly : bool array (watershed,)
        Where a flash flood can form.
    cell : float
        Side of the cells of the relief [m]: said wherever the watersheds are shown.
    share : BasinWeights or None
        Part of each cell in each watershed, where they are finer than the cells; None = the whole cell, by its label.
    codes, names : tuple of str
        Of given watersheds, empty for derived ones.
    finer : (labels, factor, before), optional
        Given watersheds on cells ``factor`` times as fine, numbered on from ``before``.
    beneath : int32 array (y, x), optional
        Labels of the derived watersheds alone, where given ones are drawn over them.
    """

    watersheds: xr.Dataset
    weights: BasinWeights
    hilly: NDArray[np.bool_]
    cell: float
    share: BasinWeights | None = None
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    finer: tuple[NDArray[np.int32], int, int] | None = None
    beneath: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, altitude: NDArray[np.floating], grid: Grid, possible: NDArray[np.bool_]) -> Basins:
        """Watersheds of a relief [m] on ``grid``; ``possible`` (y, x) marks flash-flood terrain."""
        watersheds = watersheds_of(altitude, grid)
        labels = watersheds[LABEL].values
        rows, columns = np.arange(grid.shape[0]), np.arange(grid.shape[1])
        weights = basin_weights(
            labels, rows, columns, grid.shape, count=watersheds.sizes["watershed"], row_weight=grid.cell_area
        )
        hilly = weights.mean(possible.astype(np.float64)) >= HILLY_SHARE
        return cls(watersheds, weights, hilly, round(float(np.radians(-grid.transform.e)) * EARTH_RADIUS, 1))

    @property
    def labels(self) -> NDArray[np.int32]:
        """Number of the watershed of each cell, 0 at sea, shape (y, x)."""
        return np.asarray(self.watersheds[LABEL].values, np.int32)

    def number_at(self, grid: Grid, longitude: float, latitude: float) -> int:
        """Number of the watershed at a point [degrees]: 0 at sea, -1 off the grid."""
        west, _, _, north = grid.bounds
        column, row = ((longitude - west) / grid.transform.a, (latitude - north) / grid.transform.e)
        if not (0.0 <= row < grid.shape[0] and 0.0 <= column < grid.shape[1]):
            return -1
        if self.finer is not None:
            labels, factor, before = self.finer
            own = int(labels[int(row * factor), int(column * factor)])
            if own > 0:
                return own + before
        return int(self.derived[int(row), int(column)])

    @property
    def derived(self) -> NDArray[np.int32]:
        """Number of the derived watershed of each cell, 0 at sea, shape (y, x)."""
        return self.labels if self.beneath is None else self.beneath

    def zonal(self, weights: ZonalWeights) -> ZonalWeights:
        """The regions' weights with watersheds in place of cells; index 0 is the sea.

        Parameters
        ----------
        weights : ZonalWeights
            Of the grid's cells.
        """
        count = self.watersheds.sizes["watershed"] + 1
        begin, label, held_by = self._by_cell()
        start, cells, areas = [0], [], []
        for first, last in zip(weights.start[:-1], weights.start[1:], strict=True):
            part = slice(int(first), int(last))
            mine = weights.cell[part]
            times = begin[mine + 1] - begin[mine]
            pairs = np.repeat(begin[mine] - np.cumsum(times) + times, times) + np.arange(times.sum())
            area = np.bincount(
                label[pairs], weights=np.repeat(weights.area[part], times) * held_by[pairs], minlength=count
            )
            held = np.flatnonzero(area)
            cells.append(held)
            areas.append(area[held])
            start.append(start[-1] + len(held))
        return ZonalWeights(np.array(start), np.concatenate(cells), np.concatenate(areas), weights.total)

    def _by_cell(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Where each cell's watersheds begin, their numbers (0: the sea), and the part of the cell that each holds."""
        label = self.labels.ravel().astype(np.int64)
        if self.share is None:
            return np.arange(label.size + 1), label, np.ones(label.size)
        number = np.repeat(np.arange(1, len(self.share.total) + 1), np.diff(self.share.first))
        known = np.bincount(self.share.cell, weights=self.share.weight, minlength=label.size)
        sea = np.flatnonzero(known < 1.0 - 1e-9)
        cell = np.concatenate([self.share.cell, sea])
        number = np.concatenate([number, np.zeros(len(sea), np.int64)])
        part = np.concatenate([self.share.weight, 1.0 - known[sea]])
        order = np.argsort(cell, kind="stable")
        return np.searchsorted(cell[order], np.arange(label.size + 1)), number[order], part[order]


class BasinWatch:
    """Rain of every watershed while the hours stream by.

    Parameters
    ----------
    basins : Basins
    hours : datetime64 (hour,)
        Ends of the hours of rain, UTC.
    steps_an_hour : int
        Even steps that the rain of an hour is told in: 1, 2, 3 or 6.
    """

    def __init__(self, basins: Basins, hours: NDArray[np.datetime64], steps_an_hour: int = 1) -> None:
        self.basins, self.steps_an_hour = basins, steps_an_hour
        step = np.timedelta64(3600 // steps_an_hour, "s")
        before = np.arange(steps_an_hour)[::-1] * step
        self._times = (hours[:, None] - before[None, :]).ravel()
        self._rain = np.full((len(self._times), basins.watersheds.sizes["watershed"]), np.nan)

    def hour(
        self, n: int, fallen: NDArray[np.float32], parts: list[NDArray[np.float32]] | None = None
    ) -> None:
        """Take in the rain of hour ``n`` [mm], (y, x); ``parts``, where known, say how it fell within the hour."""
        count = self.steps_an_hour
        if count == 1:
            self._rain[n] = self.basins.weights.mean(fallen)
            return
        for k, step in enumerate(split_hour(fallen, parts, count)):
            self._rain[n * count + k] = self.basins.weights.mean(step)

    def forget(self) -> None:
        """Let all rain be unknown."""
        self._rain[:] = np.nan

    def finish(
        self, rule: HazardRule, *, analysis: np.datetime64, soil: NDArray[np.floating] | float, curve_number: float | None,
        own: OwnThresholds | None = None,
    ) -> xr.Dataset:  # fmt: skip
        """Tiers and steps of all watersheds and hours, see ``riskmap.hazard.flash_flood.flash_flood``.

        Parameters
        ----------
        rule : HazardRule
            Holds the county table, for ground of normal wetness.
        analysis : datetime64
            Issue time, UTC.
        soil : float array (y, x) or float
            Soil-water index [mm] of the grid's cells before the first hour, or of all of them.
        curve_number : float, optional
            Of all watersheds; None = the table alone, but where ``own`` has one.
        own : OwnThresholds, optional
            The user's own, before all else.
        """
        count = self._rain.shape[1]
        each = np.arange(count, dtype=np.int64)
        alone = BasinWeights(each, np.ones(count), np.arange(count + 1), np.ones(count), (1, count))
        rain = xr.DataArray(
            self._rain[:, None, :],
            dims=("time", "y", "x"),
            coords={"time": self._times},
            attrs={"units": "mm"},
        )
        number = None if curve_number is None else np.full(count, curve_number)
        index = (
            np.full(count, float(soil)) if np.ndim(soil) == 0 else self.basins.weights.mean(np.asarray(soil))
        )
        return flash_flood(
            self.basins.watersheds, rain, rule, analysis=analysis, curve_number=number,
            soil_index=index, own=own, weights=alone,
        )  # fmt: skip
