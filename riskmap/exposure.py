"""Residents on the cells of a grid: modelled, since a census knows counties only, or spread as a raster has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.region import Region
from riskmap.zonal import ZonalWeights


@dataclass(frozen=True, eq=False)
class Exposure:
    """Residents by region and cell.

    Attributes
    ----------
    weights : ZonalWeights
        Which cells each region covers.
    people : float64 (n,)
        Residents of each (region, cell) pair of ``weights``; NaN where the region's residents are unknown.
    aged : float64 (3, region)
        Share of residents of 60, 65 and 80 and over; NaN where unknown.
    """

    weights: ZonalWeights
    people: NDArray[np.float64]
    aged: NDArray[np.float64]

    def of_regions(self, factor: NDArray[Any]) -> NDArray[np.float64]:
        """Sum of residents times a factor of their cell, shape (region,).

        Parameters
        ----------
        factor : array (cell,)
            Flat; NaN makes every region that it touches unknown.
        """
        pairs = np.append(self.people * np.asarray(factor, np.float64)[self.weights.cell], 0.0)
        sums = np.add.reduceat(pairs, self.weights.start[:-1])
        sums[self.weights.start[1:] == self.weights.start[:-1]] = np.nan
        return np.asarray(sums)

    def field(self, grid: Grid, share: NDArray[np.float64] | None = None) -> NDArray[np.float32]:
        """Residents of each cell, or those of an age by each region's ``share`` (region,), shape (y, x); NaN off all regions."""
        people = self.people
        if share is not None:
            people = people * np.repeat(share, np.diff(self.weights.start))
        size = grid.shape[0] * grid.shape[1]
        sums = np.bincount(self.weights.cell, weights=np.nan_to_num(people), minlength=size)
        known = np.bincount(self.weights.cell, weights=~np.isnan(people), minlength=size) > 0
        return np.where(known, sums, np.nan).astype(np.float32).reshape(grid.shape)


def spread_people(
    regions: Sequence[Region],
    weights: ZonalWeights,
    grid: Grid,
    places: Mapping[str, NDArray[np.float64]],
    *,
    spread: float,
    counted: NDArray[np.float64] | None = None,
) -> Exposure:
    """Spread the residents of each region over its cells.

    Those who live in the country are spread evenly over the region's land. Those who live in towns lie about the
    region's places, each place with the same number, by a bell curve; a region without places, or whose
    residents of towns are unknown, is spread evenly. What of a region lies off the grid keeps its even share.
    Sums over a region that lies on the grid are its residents.

    Parameters
    ----------
    regions : sequence of Region
    weights : ZonalWeights
        Of the regions on ``grid``.
    places : mapping
        Region code -> longitude, latitude of its places, shape (place, 2) [degrees].
    spread : float
        Width of the bell [m].
    counted : float array (y, x), optional
        Residents of each cell by a raster. Where it has any in a region, the region's residents lie as they do there, and no
        place counts; a region whose residents are unknown has those of the raster.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> from riskmap.zonal import zonal_weights
    >>> grid = Grid.from_bounds(west=121, south=29, east=122, north=30, step=0.25)
    >>> regions = (Region("330902", "定海区", "3309", "舟山市", box(121, 29, 122, 30), 1000, urban=800),)
    >>> near = {"330902": np.array([[121.1, 29.9]])}
    >>> people = spread_people(regions, zonal_weights(regions, grid), grid, near, spread=3000.0)
    >>> field = people.field(grid)
    >>> int(field.sum().round()), bool(field[0, 0] == field.max())
    (1000, True)
    """
    people = np.empty(len(weights.cell))
    row, column = weights.cell // grid.shape[1], weights.cell % grid.shape[1]
    for n, region in enumerate(regions):
        mine = slice(int(weights.start[n]), int(weights.start[n + 1]))
        area = weights.area[mine]
        even = area / weights.total[n]
        held = None if counted is None else _held(counted, weights, mine, grid)
        if held is not None:
            of_all = held.sum() if region.population is None else region.population * even.sum()
            people[mine] = held * (of_all / held.sum())
            continue
        if region.population is None:
            people[mine] = np.nan
            continue
        near = np.zeros(len(area))
        for longitude, latitude in places.get(region.code, ()):
            y = np.radians(grid.latitude[row[mine]] - latitude) * EARTH_RADIUS
            x = (
                np.radians(grid.longitude[column[mine]] - longitude)
                * EARTH_RADIUS
                * np.cos(np.radians(latitude))
            )
            # the whole cell's bell, by its middle: at least half a cell wide, lest a place between cells be lost
            wide = max(spread, 0.5 * np.radians(abs(grid.transform.e)) * EARTH_RADIUS)
            bell = area * np.exp(-(x * x + y * y) / (2.0 * wide * wide))
            near += bell / bell.sum() if bell.sum() > 0 else 0.0
        urban = region.urban if region.urban is not None and near.sum() > 0 else 0
        towns = near / near.sum() * even.sum() if near.sum() > 0 else even
        people[mine] = (region.population - urban) * even + urban * towns
    aged = np.array([_shares(region) for region in regions], np.float64).reshape(-1, 3).T
    return Exposure(weights, people, aged)


def _held(
    counted: NDArray[np.float64], weights: ZonalWeights, mine: slice, grid: Grid
) -> NDArray[np.float64] | None:
    """People that a raster has in each cell of a region; None where it has nobody in it."""
    cell = weights.cell[mine]
    inside = weights.area[mine] / grid.cell_area[cell // grid.shape[1]]
    held = np.nan_to_num(counted.reshape(-1)[cell]) * inside
    return held if held.sum() > 0 else None


def _shares(region: Region) -> list[float]:
    if not region.population:
        return [np.nan] * 3
    return [np.nan if n is None else n / region.population for n in region.aged]
