"""Which tide stations stand for which region."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from riskmap.hazard.storm_tide import LEVELS, STATION_REACH, stations_of_regions
from tests.factories import make_regions

REGIONS = make_regions()  # 0.4 degree squares from 121E, 29.8N


def stations(*places: tuple[float, float]) -> xr.Dataset:
    return xr.Dataset(
        {
            "latitude": ("station", np.array([p[0] for p in places], np.float64)),
            "longitude": ("station", np.array([p[1] for p in places], np.float64)),
        }
        | {name: ("station", np.full(len(places), 2.0 + n)) for n, name in enumerate(LEVELS)}
    )


def coast(*points: tuple[float, float, str]) -> xr.Dataset:
    return xr.Dataset(
        {
            "latitude": ("point", np.array([p[0] for p in points], np.float64)),
            "longitude": ("point", np.array([p[1] for p in points], np.float64)),
            "region": ("point", np.array([p[2] for p in points], "U12")),
        }
    )


def test_a_region_takes_all_stations_inside_it() -> None:
    found = stations_of_regions(
        stations((30.0, 121.1), (30.1, 121.3), (30.0, 121.6)), REGIONS, coast((30.0, 121.2, "330902"))
    )
    assert found == {"330902": (0, 1)}


def test_a_coastal_region_without_one_takes_those_within_reach_of_its_coast() -> None:
    degrees = STATION_REACH / 111_195
    near, far = (29.8 - 0.9 * degrees, 121.2), (29.8 - 1.1 * degrees, 121.2)
    found = stations_of_regions(stations(near, far), REGIONS, coast((29.8, 121.2, "330902")))
    assert found == {"330902": (0,)}


@pytest.mark.parametrize("sites", [((25.0, 110.0),), ()])
def test_a_coastal_region_without_any_is_listed_with_none(sites: tuple[tuple[float, float], ...]) -> None:
    assert stations_of_regions(stations(*sites), REGIONS, coast((29.8, 121.2, "330902"))) == {"330902": ()}


def test_an_inland_region_is_absent_even_with_a_station() -> None:
    assert "330903" not in stations_of_regions(
        stations((30.0, 121.6)), REGIONS, coast((29.8, 121.2, "330902"))
    )


def test_a_gauge_without_warning_levels_stands_for_nobody() -> None:
    gauges = stations((30.0, 121.1), (30.1, 121.3))
    gauges["orange_level"][0] = np.nan
    shore = coast((30.0, 121.2, "330902"))
    assert stations_of_regions(gauges, REGIONS, shore) == {"330902": (1,)}
    gauges["orange_level"][1] = np.nan
    assert stations_of_regions(gauges, REGIONS, shore) == {"330902": ()}
