"""Rain let into a labelled state: cycle by cycle as in one run, and only the rain that follows."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.runoff import SoilTanks, let_in, soil_index, soil_state

GRID = Grid.from_bounds(west=120, south=29, east=120.5, north=29.3, step=0.1)
TIME = np.datetime64("2021-07-25T12:00", "ns")


def rain(first: int, last: int, minutes: int = 60) -> xr.DataArray:
    """Rain of the steps ``first`` to ``last`` after ``TIME``."""
    amounts = np.random.default_rng(7).gamma(0.5, 8.0, (20, *GRID.shape)).astype(np.float32)
    times = TIME + np.arange(1, 21) * np.timedelta64(minutes, "m")
    coords = {"time": times, "y": GRID.latitude, "x": GRID.longitude}
    return xr.DataArray(amounts, dims=("time", "y", "x"), coords=coords).isel(time=slice(first, last))


def start(method: str = "jma") -> xr.Dataset:
    return soil_state(
        SoilTanks.filled(GRID.shape, depth=(5.0, 10.0, 20.0)), GRID.coordinates, TIME, method=method
    )


@pytest.mark.parametrize("method", ["jma", "exact"])
@pytest.mark.parametrize("minutes", [10, 60])
def test_two_cycles_are_one_run(method: str, minutes: int) -> None:
    whole = let_in(start(method), rain(0, 12, minutes))
    parts = let_in(let_in(start(method), rain(0, 5, minutes)), rain(5, 12, minutes))
    xr.testing.assert_identical(whole, parts)
    assert whole["time"].values == TIME + 12 * np.timedelta64(minutes, "m")
    assert soil_index(whole).attrs["units"] == "mm"
    assert float(soil_index(start())[0, 0]) == 35.0


def test_dims_in_another_order_are_the_same() -> None:
    found = let_in(start(), rain(0, 3).transpose("x", "time", "y"))
    xr.testing.assert_identical(found, let_in(start(), rain(0, 3)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (rain(1, 4), "does not follow"),
        (rain(0, 0), "no rain"),
        (rain(0, 6).isel(time=[0, 1, 3]), "does not follow"),
        (rain(0, 3).isel(time=[1, 0, 2]), "does not follow"),
        (rain(0, 3).isel(x=slice(1, None)), "rain, x: rain on other cells"),
        (rain(0, 3).assign_coords(y=GRID.latitude + 0.1), "rain, y: rain on other cells"),
    ],
)
def test_rain_that_does_not_follow_is_refused(wrong: xr.DataArray, words: str) -> None:
    before = start()
    with pytest.raises(CoverageError, match=words):
        let_in(before, wrong)
    xr.testing.assert_identical(before, start())


def test_negative_rain_is_refused_and_the_state_stays() -> None:
    before, wrong = start(), rain(0, 3)
    wrong[2, 0, 0] = -1.0
    with pytest.raises(DataError, match="negative rain"):
        let_in(before, wrong)
    xr.testing.assert_identical(before, start())
