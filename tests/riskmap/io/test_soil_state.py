"""The saved soil state: a resumed run is bit for bit the one that was never stopped; everything else is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from benchmarks.cycles.killing import killed_before
from riskmap.errors import CoverageError, DataError, SourceError
from riskmap.grid import Grid
from riskmap.hazard.runoff import SoilTanks, soil_state, soil_water_step, tanks_of
from riskmap.io.durable import sweep_partials
from riskmap.io.soil_state import read_soil_state, write_soil_state

GRID = Grid.from_bounds(west=120, south=29, east=120.5, north=29.3, step=0.1)
TIME = np.datetime64("2021-07-25T12:00")
RAIN = np.random.default_rng(7).gamma(0.5, 8.0, (10, *GRID.shape))


def advance(tanks: SoilTanks, rain: np.ndarray) -> SoilTanks:
    for step in rain:
        soil_water_step(tanks, step)
    return tanks


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    state = soil_state(advance(SoilTanks.filled(GRID.shape), RAIN[:6]), GRID.coordinates, TIME)
    write_soil_state(state, tmp_path / "soil.state")
    return tmp_path / "soil.state"


def test_a_resumed_run_is_the_run_that_was_never_stopped(saved: Path) -> None:
    whole = advance(SoilTanks.filled(GRID.shape), RAIN)
    resumed = advance(tanks_of(read_soil_state(saved, like=GRID, time=TIME)), RAIN[6:])
    for a, b in ((whole.upper, resumed.upper), (whole.middle, resumed.middle), (whole.lower, resumed.lower)):
        np.testing.assert_array_equal(a, b)


def test_unknown_cells_and_further_variables_go_along(tmp_path: Path) -> None:
    tanks = SoilTanks.filled(GRID.shape)
    tanks.upper[0, 0] = np.nan
    state = soil_state(tanks, GRID.coordinates, TIME)
    state["event_rain"] = (("y", "x"), np.full(GRID.shape, 3.5, np.float32))
    write_soil_state(state, tmp_path / "s")
    found = read_soil_state(tmp_path / "s", like=state)
    xr.testing.assert_equal(found, state.drop_vars("spatial_ref"))
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_another_hour_or_grid_is_refused_by_name(saved: Path) -> None:
    with pytest.raises(CoverageError, match=r"another hour.*13:00.*12:00"):
        read_soil_state(saved, time=np.datetime64("2021-07-25T13:00"))
    shifted = Grid.from_bounds(west=120.1, south=29, east=120.6, north=29.3, step=0.1)
    with pytest.raises(CoverageError, match=r"another grid.*expected 5 cells from 120.1"):
        read_soil_state(saved, like=shifted)
    finer = Grid.from_bounds(west=120, south=29, east=120.5, north=29.3, step=0.05)
    with pytest.raises(CoverageError, match="another grid"):
        read_soil_state(saved, like=finer)


def test_every_flipped_byte_is_noticed(saved: Path) -> None:
    raw = saved.read_bytes()
    for at in range(0, len(raw), 7):
        saved.write_bytes(raw[:at] + bytes([raw[at] ^ 0x15]) + raw[at + 1 :])
        with pytest.raises(DataError, match=r"soil state"):
            read_soil_state(saved)


@pytest.mark.parametrize("keep", [0, 10, 300, -1])
def test_a_file_cut_off_is_noticed(saved: Path, keep: int) -> None:
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(DataError, match="soil state"):
        read_soil_state(saved)


def test_a_missing_file_and_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="could not be read"):
        read_soil_state(tmp_path / "none")
    state = soil_state(SoilTanks.filled(GRID.shape), GRID.coordinates, TIME)
    with pytest.raises(SourceError, match="could not be written"):
        write_soil_state(state, tmp_path / "no" / "folder")


def test_what_is_no_state_is_not_written(tmp_path: Path) -> None:
    state = soil_state(SoilTanks.filled(GRID.shape), GRID.coordinates, TIME)
    with pytest.raises(DataError, match="soil_water_upper"):
        write_soil_state(state.drop_vars("soil_water_upper"), tmp_path / "s")
    with pytest.raises(DataError, match="negative water"):
        write_soil_state(state.assign(soil_water_upper=state["soil_water_upper"] - 1), tmp_path / "s")


def test_what_a_killed_cycle_left_of_a_state_goes_with_the_next(saved: Path) -> None:
    """Each is as large as a state, and of an hour that nobody writes again."""
    state = read_soil_state(saved)
    assert killed_before(2, lambda: write_soil_state(state, saved.with_name("soil_20210725T0600.state")))
    left = [path for path in saved.parent.iterdir() if path != saved]
    assert len(left) == 1
    sweep_partials(saved.parent)
    assert list(saved.parent.iterdir()) == [saved]
