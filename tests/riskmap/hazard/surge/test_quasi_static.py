"""Storm surge at coastal points."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from riskmap.grid import Grid
from riskmap.hazard.storm.model import WindModel
from riskmap.hazard.surge import inverse_barometer, storm_surge
from riskmap.track import interpolate
from tests.slow_storm import slow_wind
from tests.storms import deepening_storm, fitted_storm, moving_storm, still_storm

GRID = Grid.from_bounds(west=118.0, south=25.0, east=127.0, north=34.0, step=0.1)
HOURS = np.array(["2021-07-24T12", "2021-07-24T13"], "M8[s]")


def chart() -> xr.DataArray:
    """Land west of 122E, 20 m of water east of it."""
    depth = np.where(GRID.longitude > 122.0, 20.0, -50.0) * np.ones(GRID.shape)
    return xr.DataArray(depth, dims=("y", "x"), coords=GRID.coordinates, attrs={"units": "m"})


def coast(*places: tuple[float, float]) -> xr.Dataset:
    return xr.Dataset(
        {
            "latitude": ("point", np.array([p[0] for p in places])),
            "longitude": ("point", np.array([p[1] for p in places])),
            "region": ("point", np.array(["330902"] * len(places))),
        }
    )


def surge(*places: tuple[float, float], **storm: float) -> xr.Dataset:
    """Of a still storm at 29N 122E."""
    track = still_storm(**storm)  # type: ignore[arg-type]
    return storm_surge(track, chart(), GRID, coast(*places), HOURS)


def test_the_sea_rises_a_centimetre_a_hectopascal() -> None:
    rise = inverse_barometer(np.array([100_900.0, 101_000.0, 96_000.0]), 101_000.0)
    assert rise == pytest.approx([0.01, 0.0, 0.5], rel=0.006)


def test_surge_is_the_sum_of_its_parts_and_keeps_the_points() -> None:
    found = surge((29.5, 121.95), (28.5, 121.95))
    np.testing.assert_allclose(found["storm_surge"], found["wind_set_up"] + found["inverse_barometer"])
    assert found["storm_surge"].dims == ("time", "point")
    assert found["storm_surge"].attrs["units"] == "m"
    assert found["region"].values.tolist() == ["330902", "330902"]


def test_water_piles_up_where_the_wind_blows_onshore_only() -> None:
    # counter-clockwise about 29N: onshore from the east in the north, offshore in the south
    found = surge((29.6, 121.95), (28.2, 121.95))
    assert float(found["wind_set_up"][0, 0]) > 0.5
    assert float(found["wind_set_up"][0, 1]) == 0.0


def test_a_stronger_storm_piles_up_more() -> None:
    weak, strong = (
        surge((29.5, 121.95), maximum_wind=v, central_pressure=p) for v, p in ((25.0, 98_500.0), (45.0, 95_000.0))
    )  # fmt: skip
    assert float(strong["storm_surge"][0, 0]) > float(weak["storm_surge"][0, 0])


def test_a_steady_storm_gives_the_same_surge_every_hour() -> None:
    found = surge((29.5, 121.95))
    np.testing.assert_allclose(found["storm_surge"][0], found["storm_surge"][1])


def test_a_point_off_the_chart_is_unknown() -> None:
    assert np.isnan(surge((40.0, 122.0))["storm_surge"]).all()


def test_no_points_give_an_empty_table() -> None:
    assert surge()["storm_surge"].shape == (2, 0)


def test_the_barometer_is_that_of_the_pressure_at_each_hour() -> None:
    storm, places = deepening_storm(), ((29.0, 121.95), (30.3, 123.35))
    rising = np.linspace(101e3, 100e3, storm.sizes["time"])
    storm = storm.assign(environmental_pressure=("time", rising, storm["environmental_pressure"].attrs))
    hours = np.array(["2021-07-24T06", "2021-07-24T12", "2021-07-25T00"], "M8[s]")
    found = storm_surge(storm, chart(), GRID, coast(*places), hours)
    for n, hour in enumerate(hours):
        # the grid's cells have their middles 0.05 degrees off round numbers: the points stand in them
        cells = [GRID.index_of(latitude=lat, longitude=lon) or (0, 0) for lat, lon in places]
        lat, lon = (
            np.array(v) for v in zip(*((GRID.latitude[i], GRID.longitude[j]) for i, j in cells), strict=True)
        )
        pressure = slow_wind(storm, hour, lat, lon, WindModel())[1]
        around = float(interpolate(storm, hours[n : n + 1])["environmental_pressure"][0])
        np.testing.assert_allclose(
            found["inverse_barometer"][n], inverse_barometer(pressure, around), atol=2e-2
        )
    assert (found["inverse_barometer"].values > 0.0).all()


def test_an_hours_surge_does_not_depend_on_the_others() -> None:
    """The water follows the wind of the instant: neither the hour before it counts nor the order."""
    storm = moving_storm()
    hours = np.datetime64("2021-07-24T06", "s") + 6 * np.arange(4) * np.timedelta64(3600, "s")
    together = storm_surge(storm, chart(), GRID, coast((29.6, 121.95)), hours)
    for n in range(4):
        alone = storm_surge(storm, chart(), GRID, coast((29.6, 121.95)), hours[n : n + 1])
        np.testing.assert_array_equal(alone["storm_surge"][0], together["storm_surge"][n])


def test_the_wind_that_drives_it_is_the_one_that_was_chosen() -> None:
    radii = [[500e3, 450e3, 400e3, 480e3], [200e3] * 4, [90e3] * 4]
    storm, place = fitted_storm(radii), coast((27.6, 121.95), (28.4, 121.95))
    fit, profile = (
        storm_surge(storm, chart(), GRID, place, HOURS, model=WindModel(radii=r)) for r in ("fit", "ignore")
    )
    assert float(fit["wind_set_up"].max()) > float(profile["wind_set_up"].max()) + 0.05
    np.testing.assert_allclose(fit["inverse_barometer"].max(), profile["inverse_barometer"].max(), atol=0.1)
