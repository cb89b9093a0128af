"""Every grid of an outlook becomes a file, with what it is and what it is not written into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from riskmap.analysis import Peaks
from riskmap.grid import Grid
from riskmap.onset import Onsets
from riskmap.outlook import Flood, Outlook
from riskmap.products.grids import grid_files, layers
from riskmap.scale import DISCLAIMER, NOT_APPLICABLE
from tests.outlooks import GRID, make_outlook

FINE = Grid.from_bounds(west=120.0, south=28.0, east=120.2, north=28.1, step=0.01)


def outlook_with_water() -> tuple[Outlook, Peaks]:
    here, nowhere, wet = Onsets(GRID.shape), Onsets(GRID.shape), Onsets(FINE.shape)
    wet.grid = FINE
    here.update(np.full(GRID.shape, 2, np.int8), 0)
    nowhere.update(np.full(GRID.shape, NOT_APPLICABLE, np.int8), 0)
    wet.update(np.full(FINE.shape, 4, np.int8), 0)
    label = np.zeros(FINE.shape, np.int32)
    values = {name: np.ones(1, np.float32) for name in ("maximum_depth", "arrival_time")}
    flood = Flood(FINE, label, values, ("速图", "a quick map"))
    onsets = {"wind": here, "storm_tide": nowhere, "inundation": wet}
    peaks = Peaks({"rain_24h": np.ones(GRID.shape, np.float32), "other": np.ones(GRID.shape, np.float32)})
    return replace(make_outlook(), onsets=onsets, flood=flood), peaks


def test_the_layers_know_their_grid_and_their_worst() -> None:
    outlook, peaks = outlook_with_water()
    found = {layer.name: layer for layer in layers(outlook, peaks, GRID)}
    assert list(found) == [
        "peak_rain_24h", "tier_wind", "tier_inundation", "inundation_maximum_depth", "inundation_arrival_time",
    ]  # fmt: skip
    assert found["inundation_arrival_time"].worst == "smallest"
    assert found["inundation_maximum_depth"].worst == "largest"
    assert found["tier_inundation"].grid is FINE
    assert "not observed" in found["peak_rain_24h"].description
    assert "a quick map" in found["inundation_maximum_depth"].description


def test_the_files_of_a_run(tmp_path: Path) -> None:
    pytest.importorskip("netCDF4")
    outlook, peaks = outlook_with_water()
    files = {n: make() for n, make in grid_files(layers(outlook, peaks, GRID), outlook, with_netcdf=True)}
    assert [name for name in files if name.endswith(".nc")] == ["grids.nc", "grids_2.nc"]
    (tmp_path / "grids_2.nc").write_bytes(files["grids_2.nc"])
    with xr.open_dataset(tmp_path / "grids_2.nc") as data:
        assert {"tier_inundation", "inundation_maximum_depth", "inundation_arrival_time"} <= set(data)
        assert DISCLAIMER[1] in data.attrs["comment"]
        assert "Replay" in data.attrs["comment"]
        assert data.attrs["time_coverage_start"] == outlook.assessment.valid_at[0].isoformat()
    without = dict(grid_files(layers(outlook, peaks, GRID), outlook, with_netcdf=False))
    assert set(files) - set(without) == {"grids.nc", "grids_2.nc"}
