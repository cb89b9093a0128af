"""Landfalls: by hand on a square island, and of the bundled storms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.io.tracks import read_track
from riskmap.outlook import BEIJING
from riskmap.region import Region
from riskmap.track import make_track
from riskmap.verify import (
    PUBLISHED_LANDFALLS,
    ReportedLandfall,
    find_landfalls,
    landfall_of_track,
    published_landfalls,
    verify_landfall,
)
from riskmap.verify.landfalls import parse_landfall


def square(west: float, east: float, *, south: float = 28.0, north: float = 30.0, code: str = "1") -> Region:
    from shapely import box

    return Region(code, f"county {code}", "1", "city", box(west, south, east, north))


def westward(**changes: Any) -> xr.Dataset:
    """0.1 degree an hour along 29 N, from 123 E."""
    hours = np.arange(0, 31, 6)
    given = {
        "time": np.datetime64("2021-07-25T00", "s") + hours.astype("timedelta64[h]"),
        "latitude": np.full(len(hours), 29.0), "longitude": 123.0 - 0.1 * hours,
        "maximum_wind": np.full(len(hours), 40.0), "central_pressure": np.full(len(hours), 96e3),
        "averaging_period": 120,
    }  # fmt: skip
    return make_track(**(given | changes))


ISLAND = square(120.0, 122.0)


def test_a_landfall_by_hand() -> None:
    (found,) = find_landfalls(westward(), [ISLAND])
    assert found.at == datetime(2021, 7, 25, 10, 1, tzinfo=UTC)  # the first minute ashore
    assert (found.code, found.maximum_wind, found.central_pressure) == ("1", 40.0, 96e3)
    assert (found.latitude, found.longitude) == pytest.approx((29.0, 122.0), abs=0.01)


def test_the_wind_is_the_one_of_chinese_reports() -> None:
    (found,) = find_landfalls(westward(averaging_period=600), [ISLAND])
    assert found.maximum_wind == pytest.approx(convert(40.0, period=600, to=120))


def test_the_nearest_county_names_the_place() -> None:
    counties = [square(120.0, 121.0, code="far"), square(121.95, 121.99, north=28.9, code="near")]
    (found,) = find_landfalls(westward(), counties, is_land=lambda _lat, longitude: longitude < 122.0)
    assert found.code == "near"
    away = [square(120.0, 120.5, north=28.1)]
    assert find_landfalls(westward(), away, is_land=lambda _lat, longitude: longitude < 122.0) == ()


def test_who_comes_over_land_does_not_land() -> None:
    assert find_landfalls(westward(), [ISLAND], is_land=lambda latitude, _lon: latitude < 90.0) == ()


def test_a_forecast_does_not_land() -> None:
    track = westward(forecast=np.arange(6) > 0)
    assert find_landfalls(track, [ISLAND]) == ()
    assert find_landfalls(westward(), []) == ()


def test_errors_of_a_landfall_by_hand() -> None:
    shore = ReportedLandfall(
        datetime(2021, 7, 25, 19, 1, tzinfo=BEIJING), latitude=29.0, longitude=122.0, maximum_wind=38.0,
        central_pressure=96_500.0,
    )  # fmt: skip
    score = verify_landfall(westward(), shore, [ISLAND])
    assert score.time_error == -3600.0
    assert score.distance == pytest.approx(160.0, rel=0.1)  # 0.1 degrees an hour for a minute
    assert score.distance_then == pytest.approx(9.9e3, rel=0.01)  # the centre is inland by then
    assert (score.wind_error, score.pressure_error) == pytest.approx((2.0, -500.0))


def test_a_county_is_reached_at_its_outline() -> None:
    report = ReportedLandfall(datetime(2021, 7, 25, 9, tzinfo=UTC), code="1")
    score = verify_landfall(westward(), report, [ISLAND])
    assert score.distance == 0.0
    assert score.distance_then == pytest.approx(9.73e3, rel=0.01)  # 0.1 degrees off shore


def test_a_landfall_that_the_track_does_not_have() -> None:
    report = ReportedLandfall(datetime(2021, 7, 29, tzinfo=UTC), code="1")
    score = verify_landfall(westward(), report, [ISLAND])
    assert score.found is None
    assert np.isnan([score.time_error, score.distance, score.distance_then]).all()
    with pytest.raises(DataError, match="without a place"):
        verify_landfall(westward(), ReportedLandfall(datetime(2021, 7, 25, tzinfo=UTC), code="9"), [ISLAND])


def test_a_track_lands_where_and_when_it_lands() -> None:
    (found,) = find_landfalls(westward(), [ISLAND])
    later = westward(longitude=123.2 - 0.1 * np.arange(0, 31, 6))
    score = verify_landfall(later, landfall_of_track(found, whose="other"), [ISLAND])
    assert score.time_error == 2 * 3600.0
    assert score.distance == pytest.approx(0.0, abs=200.0)
    assert (score.wind_error, score.pressure_error) == pytest.approx((0.0, 0.0))


def test_every_published_landfall_has_its_source_and_county() -> None:
    counties = {r.code for r in read_regions(bundled("admin/zhejiang_district_simple.geojson"))}
    for number, reports in PUBLISHED_LANDFALLS.items():
        track = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm=number)
        assert published_landfalls(track) == reports
        for one in reports:
            assert one.source
            assert one.status in ("S", "M")
            assert one.code in counties


def test_a_number_of_another_century_finds_nothing() -> None:
    track = westward(attributes={"number": "2106"})
    assert published_landfalls(track)[0].place == "舟山普陀"
    early = westward(
        attributes={"number": "2106"}, time=np.datetime64("1921-07-25T00", "s") + np.arange(6) * 21_600
    )
    assert published_landfalls(early) == ()


@pytest.mark.parametrize(
    "text",
    ["", "2021-07-25T12:30,29.9,122.3", "2021-07-25T12:30+08:00", "2021-07-25T12:30+08:00,29.9", "x,29.9,122.3",
     "2021-07-25T12:30+08:00,29.9,122.3,38,96500", "2021-07-25T12:30+08:00,122.3,29.9", "2021-07-25T12:30+08:00,nan,122",
     "2021-07-25T12:30+08:00,29.9,122.3,-1", "2021-07-25T12:30+08:00,29.9,122.3,38,965,1"],
)  # fmt: skip
def test_reports_that_are_none(text: str) -> None:
    with pytest.raises(DataError, match="not a reported landfall"):
        parse_landfall(text)


def test_a_report_with_and_without_strength() -> None:
    bare = parse_landfall("2021-07-25T12:30+08:00, 29.9, 122.3")
    assert np.isnan([bare.maximum_wind, bare.central_pressure]).all()
    assert parse_landfall("2021-07-25T04:30Z,29.9,122.3,38").at == bare.at
