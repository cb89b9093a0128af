"""Flash floods of small watersheds: their rain gathered hour by hour, graded when the series is whole.

A watershed's numbers stay in memory, grids do not: flood waves run down the tree of watersheds, so that all hours are
needed at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.flash_flood import basin_weights, flash_flood, with_labels
from riskmap.hazard.flash_flood.watersheds import LABEL, BasinWeights
from riskmap.hazard.runoff.soil_water import steady_tanks
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
        See ``watersheds_of``.
    weights : BasinWeights
        Cells of the grid in each watershed.
    hilly : bool array (watershed,)
        Where a flash flood can form.
    cell : float
        Side of the cells of the relief [m]: said wherever the watersheds are shown.
    """

    watersheds: xr.Dataset
    weights: BasinWeights
    hilly: NDArray[np.bool_]
    cell: float

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

    def zonal(self, weights: ZonalWeights) -> ZonalWeights:
        """The regions' weights with watersheds in place of cells; index 0 is the sea.

        Parameters
        ----------
        weights : ZonalWeights
            Of the grid's cells.
        """
        label, count = self.labels.ravel(), self.watersheds.sizes["watershed"] + 1
        start, cells, areas = [0], [], []
        for first, last in zip(weights.start[:-1], weights.start[1:], strict=True):
            part = slice(int(first), int(last))
            area = np.bincount(label[weights.cell[part]], weights=weights.area[part], minlength=count)
            held = np.flatnonzero(area)
            cells.append(held)
            areas.append(area[held])
            start.append(start[-1] + len(held))
        return ZonalWeights(np.array(start), np.concatenate(cells), np.concatenate(areas), weights.total)


class BasinWatch:
    """Rain of every watershed while the hours stream by.

    Parameters
    ----------
    basins : Basins
    hours : datetime64 (hour,)
        Ends of the hours of rain, UTC.
    """

    def __init__(self, basins: Basins, hours: NDArray[np.datetime64]) -> None:
        self.basins, self._hours = basins, hours
        self._rain = np.full((len(hours), basins.watersheds.sizes["watershed"]), np.nan)

    def hour(self, n: int, fallen: NDArray[np.float32]) -> None:
        """Take in the rain of hour ``n`` [mm], (y, x)."""
        self._rain[n] = self.basins.weights.mean(fallen)

    def finish(
        self, rule: HazardRule, *, analysis: np.datetime64, antecedent: float, curve_number: float | None
    ) -> xr.Dataset:
        """Tiers and steps of all watersheds and hours, see ``riskmap.hazard.flash_flood.flash_flood``.

        Parameters
        ----------
        rule : HazardRule
            Holds the county table, for ground of normal wetness.
        analysis : datetime64
            Issue time, UTC.
        antecedent : float
            Steady rain [mm a day] that the soil knew before the first hour.
        curve_number : float, optional
            Of all watersheds; None = the table alone.
        """
        count = self._rain.shape[1]
        each = np.arange(count, dtype=np.int64)
        alone = BasinWeights(each, np.ones(count), np.arange(count + 1), np.ones(count), (1, count))
        rain = xr.DataArray(
            self._rain[:, None, :],
            dims=("time", "y", "x"),
            coords={"time": self._hours},
            attrs={"units": "mm"},
        )
        number = None if curve_number is None else np.full(count, curve_number)
        soil = np.full(count, sum(steady_tanks(antecedent / 24.0)))
        return flash_flood(
            self.basins.watersheds, rain, rule, analysis=analysis, curve_number=number, soil_index=soil,
            weights=alone,
        )  # fmt: skip


def ratios(basins: Basins, found: xr.Dataset, hours: NDArray[np.datetime64]) -> Iterator[NDArray[np.float32]]:
    """Ratio of each watershed, hour by hour, the sea first: 0 where a flash flood cannot form, NaN where unknown.

    Shape (watershed + 1,), as ``Basins.zonal`` counts them.
    """
    for hour in hours:
        ratio = found["ratio"].sel(time=hour).values
        values = np.where(basins.hilly | np.isnan(ratio), ratio, np.float32(0.0))
        yield np.concatenate([[np.float32(0.0)], values]).astype(np.float32)
