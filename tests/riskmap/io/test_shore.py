"""Land and sea from shore lines."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from shapely.geometry import LineString

from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.io.shore import land_of_shore

GRID = Grid.from_bounds(west=120.0, south=28.0, east=122.0, north=30.0, step=0.1)


def chart() -> xr.DataArray:
    depth = np.where(GRID.longitude > 121.0, 30.0, -5.0) * np.ones(GRID.shape)
    return xr.DataArray(depth, dims=("y", "x"), coords=GRID.coordinates)


def test_the_land_lies_behind_the_shore_and_islands_are_land() -> None:
    shore = LineString([(121.0, 27.0), (121.0, 31.0)])
    island = LineString([(121.5, 29.0), (121.8, 29.0), (121.8, 29.3), (121.5, 29.3), (121.5, 29.0)])
    land = land_of_shore([shore, island], chart(), GRID)
    assert land[:, GRID.longitude < 121.0].all()
    sea = land[:, GRID.longitude > 121.0]
    assert int(sea.sum()) == 9


def test_a_strait_wider_than_half_a_cell_stays_open() -> None:
    shore = LineString([(121.0, 27.0), (121.0, 31.0)])
    near = LineString([(121.08, 28.2), (121.4, 28.2), (121.4, 29.8), (121.08, 29.8), (121.08, 28.2)])
    land = land_of_shore([shore, near], chart(), GRID)
    assert not land[:, 10].any()
    assert land[2:-2, 11:14].all()


def test_lines_that_part_nothing_are_refused() -> None:
    with pytest.raises(CoverageError, match="do not part land from sea"):
        land_of_shore([LineString([(121.0, 28.5), (121.0, 29.0)])], chart(), GRID)
