"""The labelled door: names, units, coordinates, and inputs that do not fit."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import ConfigError, CoverageError, DataError, UnitsError
from riskmap.grid import Grid
from riskmap.hazard.inundation import Inflow, Progress, hazard_class, memory_need, simulate_inundation
from riskmap.hazard.inundation.simulate import FIELDS

GRID = Grid.from_bounds(west=120.0, south=28.0, east=120.02, north=28.01, step=0.0005)


def heights() -> xr.DataArray:
    j = np.arange(GRID.shape[1])
    z = np.abs(j - 20.0)[None] * 0.5 + np.zeros((GRID.shape[0], 1))
    z[3, 5] = np.nan
    return xr.DataArray(
        z, dims=("y", "x"), coords=GRID.coordinates, attrs={"units": "m"}, name="surface_altitude"
    )


def hourly(rates: list[float], *, step: float = 0.005) -> xr.DataArray:
    coarse = Grid.from_bounds(west=120.0, south=28.0, east=120.02, north=28.01, step=step)
    times = np.datetime64("2021-07-25T00") + np.arange(len(rates)) * np.timedelta64(1, "h")
    values = np.array(rates)[:, None, None] * np.ones((1, *coarse.shape))
    coords = {"time": times, **coarse.coordinates}
    return xr.DataArray(values, dims=("time", "y", "x"), coords=coords, attrs={"units": "mm h-1"})


def test_a_flood_has_names_units_and_the_coordinates_of_its_ground() -> None:
    seen: list[Progress] = []
    flood = simulate_inundation(heights(), hours=3.0, rain=hourly([50.0, 80.0, 0.0]), progress=seen.append)
    assert set(flood.data_vars) == {*FIELDS, "depth"}
    for name, (units, _) in FIELDS.items():
        assert flood[name].attrs["units"] == units
        assert np.isnan(flood[name].values[3, 5])  # no ground: grey, not dry
    assert flood["x"].equals(heights()["x"])
    assert "spatial_ref" in flood.coords
    area = GRID.cell_area[:, None] * np.isfinite(heights().values)
    assert flood.attrs["water_rain"] == pytest.approx(0.130 * area.sum(), rel=2e-4)
    assert abs(flood.attrs["volume_error"]) < 1e-6
    assert seen[-1].time == seen[-1].until == 3 * 3600.0
    deep = flood["maximum_depth"] >= 0.15
    assert (flood["arrival_time"].notnull() == deep).all()
    assert ((flood["duration"] > 0) == (deep & (flood["arrival_time"] < 3 * 3600.0))).all()
    assert (flood["maximum_depth"] >= flood["depth"] - 1e-6).values[np.isfinite(heights().values)].all()
    again = hazard_class(flood["maximum_depth"].values, flood["maximum_speed"].values)
    assert (flood["hazard_class"].fillna(0).values <= again).all()


def test_a_chute_is_told_to_be_beyond_the_scheme_and_a_plain_is_not() -> None:
    metres = {"units": "m"}
    axes = {"y": ("y", [20.0, 10.0, 0.0], metres), "x": ("x", 10.0 * np.arange(60), metres)}
    z = np.where(np.arange(60) < 30, 0.3 * 10.0 * (30 - np.arange(60)), 0.0) * np.ones((3, 1))
    chute = xr.DataArray(z, dims=("y", "x"), coords=axes, attrs=metres)
    flood = simulate_inundation(
        chute, hours=0.3, inflows=[Inflow([(1, 0)], [0.0, 4000.0], [20.0, 20.0])], manning=0.03
    )
    beyond = flood["beyond_scheme"].values
    assert beyond[:, 3:28].all()
    assert not beyond[:, 40:].any()
    assert flood.attrs["cells_beyond_scheme"] == beyond.sum()


def test_rain_by_grid_and_by_number_are_the_same_flood() -> None:
    one = simulate_inundation(heights(), hours=1.0, rain=40.0)
    grid = simulate_inundation(heights(), hours=1.0, rain=hourly([40.0]))
    assert np.allclose(one["depth"], grid["depth"], atol=1e-5, equal_nan=True)


def test_lazy_rain_is_read_hour_by_hour() -> None:
    pytest.importorskip("dask.array")
    lazy = simulate_inundation(heights(), hours=2.0, rain=hourly([40.0, 10.0]).chunk(time=1))
    eager = simulate_inundation(heights(), hours=2.0, rain=hourly([40.0, 10.0]))
    assert lazy["depth"].equals(eager["depth"])


def test_fields_may_differ_from_cell_to_cell_and_inflows_come_by_cell() -> None:
    n, soil = heights() * 0 + 0.03, heights() * 0 + 5.0
    flood = simulate_inundation(
        heights(), hours=1.0, manning=n.fillna(0.03), infiltration=soil.fillna(0.0), depth=heights() * 0,
        inflows=[Inflow([(10, 20)], [0.0, 3600.0], [2.0, 2.0])],
    )  # fmt: skip
    assert flood.attrs["water_inflow"] == pytest.approx(7200.0)
    assert flood.attrs["water_soaked"] > 0.0


def test_a_resumed_flood_is_the_whole_one() -> None:
    kept: list[dict[str, Any]] = []
    whole = simulate_inundation(heights(), hours=2.0, rain=hourly([50.0, 20.0]), checkpoint=kept.append)
    resumed = simulate_inundation(heights(), hours=2.0, rain=hourly([50.0, 20.0]), resume=kept[0])
    assert kept[0]["time"] < 7200.0
    assert whole.identical(resumed)


@pytest.mark.parametrize("everywhere", [False, True])
def test_the_memory_that_is_told_is_what_is_taken(everywhere: bool) -> None:
    side = 300
    metres = {"units": "m"}
    axes = {"y": ("y", 30.0 * np.arange(side)[::-1], metres), "x": ("x", 30.0 * np.arange(side), metres)}
    z = xr.DataArray(
        np.sin(np.arange(side**2.0)).reshape(side, side), dims=("y", "x"), coords=axes, attrs=metres
    )
    more: dict[str, Any] = {"rain": 20.0}
    if everywhere:
        ends = {"y": [side * 30.0, 0.0], "x": [0.0, side * 30.0], "time": [np.datetime64("2021-07-25")]}
        rain = xr.DataArray(
            np.full((1, 2, 2), 20.0), dims=("time", "y", "x"), coords=ends, attrs={"units": "mm h-1"}
        )
        more = {"rain": rain, "manning": z * 0 + 0.05, "infiltration": z * 0 + 1.0}
    simulate_inundation(z[:20, :20], hours=0.01, **more)  # compiled, imported
    gc.collect()  # what tests before this one left is not freed meanwhile, nor counted
    tracemalloc.start()
    simulate_inundation(z, hours=0.01, **more)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    told = memory_need((side, side), rain=everywhere, manning=everywhere, infiltration=everywhere)
    assert 0.7 * told < peak < 1.05 * told


def south_up() -> xr.DataArray:
    return heights().sortby("y")


def uneven() -> xr.DataArray:
    return heights().isel(x=[0, 1, 2, 5, 9])


def in_feet() -> xr.DataArray:
    return heights().assign_attrs(units="ft")


def no_units_of_axes() -> xr.DataArray:
    found = heights()
    found["y"].attrs.clear()
    return found


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: simulate_inundation(south_up(), hours=1.0), DataError, "not north-up"),
    (lambda: simulate_inundation(uneven(), hours=1.0), DataError, "uneven size"),
    (lambda: simulate_inundation(heights().isel(x=[0]), hours=1.0), DataError, "one cell has no size"),
    (lambda: simulate_inundation(in_feet(), hours=1.0), UnitsError, "0.3048"),
    (lambda: simulate_inundation(no_units_of_axes(), hours=1.0), UnitsError, "do not say their unit"),
    (lambda: simulate_inundation(heights(), hours=1.0, rain=hourly([1.0]).assign_attrs(units="mm")), UnitsError, "mm h-1"),
    (lambda: simulate_inundation(heights(), hours=1.0, rain=hourly([1.0]).assign_coords(x=hourly([1.0])["x"] + 1.0)), CoverageError, "rain: does not reach over the heights in x"),
    (lambda: simulate_inundation(heights(), hours=1.0, rain=hourly([-1.0])), DataError, "negative or missing rain"),
    (lambda: simulate_inundation(heights(), hours=1.0, rain=hourly([np.nan])), DataError, "2021-07-25T00.*NaN"),
    (lambda: simulate_inundation(heights(), hours=1.0, memory_limit=1000), ConfigError, "does not fit into memory"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_does_not_fit_is_refused_by_name(
    call: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()
