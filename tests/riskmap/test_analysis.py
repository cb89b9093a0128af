"""One analysis end to end, small."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import xarray as xr
from shapely.geometry import box

from riskmap.analysis import Inputs, Peaks, analyse, first_landfall
from riskmap.analysis.basins import watersheds_of
from riskmap.analysis.ground import ground_of
from riskmap.assessing import assess
from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.hazard.storm.swath import storm_hours
from riskmap.hazard.surface import surface_of, surface_wind
from riskmap.hazard.wind import wind_field
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook, TierImage
from riskmap.region import Region
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.severity import grade
from riskmap.track import interpolate
from tests.scenarios import write_scenario
from tests.storms import moving_storm


def encode(tiers: np.ndarray, grid: Grid) -> TierImage:
    """An image that holds the tiers themselves."""
    assert tiers.shape == grid.shape
    return TierImage(tiers.tobytes(), grid.bounds)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Inputs, ...]:
    folder = tmp_path_factory.mktemp("analysis")
    (folder / "w.csv").write_text(
        "name,code,lon,lat,blue_cm,yellow_cm,orange_cm,red_cm\n定海,DH,122.10,30.01,210,240,270,300\n"
    )
    (folder / "t.csv").write_text(
        "code,time,level_cm\n"
        + "".join(f"DH,2021-07-{25 + h // 24}T{h % 24:02}:00:00+08:00,200\n" for h in range(25))
    )
    tide = '\n[tide]\nwarning_levels = "w.csv"\nastronomical = "t.csv"\ndatum = "station"\n'
    return read_inputs(read_scenario(write_scenario(folder, extra=tide)), Ledger())


@pytest.fixture(scope="module")
def found(inputs: tuple[Inputs, ...]) -> tuple[Outlook, Peaks]:
    return analyse(inputs[1], encode=encode)


@pytest.mark.slow
def test_the_outlook_holds_every_hazard_hour_and_region(found: tuple[Outlook, Peaks]) -> None:
    assessment = found[0].assessment
    assert assessment.hazards == ("wind", "rain", "flash_flood", "storm_tide", "waves")
    assert assessment.table.sizes == {"hazard": 5, "time": 9, "region": 90}
    assert assessment.valid_at[0] == datetime(2021, 7, 24, 22, 30, tzinfo=UTC)
    assert assessment.issued_at == assessment.valid_at[0]
    assert set(assessment.lacking) == {"inundation", "landslide", "sea_wall", "reservoir", "river_stage"}
    assert set(assessment.rules) == set(assessment.hazards)


def test_peaks_are_named_fields_of_the_grid(inputs: tuple[Inputs, ...], found: tuple[Outlook, Peaks]) -> None:
    fields = found[1].fields
    assert set(fields) == {"wind_speed", "wind_speed_of_gust", *(f"rain_{h}h" for h in (1, 3, 6, 12, 24))}
    assert {f.shape for f in fields.values()} == {inputs[1].grid.shape}
    assert fields["wind_speed"].max() > 30
    assert (fields["wind_speed_of_gust"] >= fields["wind_speed"]).all()
    assert (fields["rain_24h"] >= fields["rain_12h"]).all()


def test_the_map_gets_one_image_an_hour_of_each_gridded_hazard(found: tuple[Outlook, Peaks]) -> None:
    assert {k: len(v) for k, v in found[0].rasters.items()} == {"wind": 9, "rain": 9, "flash_flood": 9}


def test_no_county_is_above_the_worst_cell_of_its_hour(found: tuple[Outlook, Peaks]) -> None:
    outlook = found[0]
    for hazard in ("wind", "rain", "flash_flood"):
        tiers = outlook.assessment.table["tier"].sel(hazard=hazard).values
        for hour, image in enumerate(outlook.rasters[hazard]):
            assert tiers[hour].max() <= np.frombuffer(image.png, np.int8).max()


def test_every_reported_value_stands_on_its_tiers_side(found: tuple[Outlook, Peaks]) -> None:
    table = found[0].assessment.table
    tier, value, threshold = (table[name].values for name in ("tier", "value", "threshold"))
    assert (value[tier > 0] >= threshold[tier > 0]).all()
    assert (value[tier == 0] < threshold[tier == 0]).all()
    assert (tier == 0).any()
    assert (tier == Tier.ORANGE).any()


def test_counties_outside_the_grid_are_grey_and_inland_ones_have_no_tide(
    found: tuple[Outlook, Peaks],
) -> None:
    assessment = found[0].assessment
    tiers = assessment.table["tier"]
    assert (tiers.sel(hazard="wind", region="330881") == NO_DATA).all()  # Jiangshan, west of the grid
    assert (tiers.sel(hazard="storm_tide", region="330624") == NOT_APPLICABLE).all()  # Xinchang, inland
    tide = tiers.sel(hazard="storm_tide", region="330902").values  # Dinghai, with the station
    assert tide.max() >= Tier.BLUE
    assert assessment.combined[:, [r.code for r in assessment.regions].index("330881")].max() == NO_DATA


def test_the_surge_is_drawn_at_points_of_coastal_counties(found: tuple[Outlook, Peaks]) -> None:
    surge = found[0].surge
    assert surge is not None
    assert surge["storm_surge"].sizes["time"] == 9
    inside = (surge["latitude"] > 28.6) & (surge["latitude"] < 30.9) & (surge["longitude"] < 122.9)
    known = np.isfinite(surge["storm_surge"].values)
    assert known[:, inside.values].mean() > 0.95
    assert not known[:, (surge["latitude"] < 28.2).values].any()  # off the grid nothing is known
    assert {str(code)[:4] for code in surge["region"].values} >= {"3309", "3302", "3310"}


def test_landfall_of_in_fa_is_within_three_hours_of_the_report(inputs: tuple[Inputs, ...]) -> None:
    landfall = first_landfall(inputs[1].track, inputs[1].regions, replace(inputs[1], hours=12).valid_hours)
    assert landfall is not None
    # reported 12:30 Beijing time at Putuo; the best track's positions are rounded to 0.1 degree
    assert abs(landfall - datetime(2021, 7, 25, 4, 30, tzinfo=UTC)) <= timedelta(hours=3)


def test_progress_is_told_and_reaches_the_end(inputs: tuple[Inputs, ...]) -> None:
    told: list[float] = []
    few = replace(inputs[0], hours=1, shelf=None, coast=None, tides=None)
    analyse(few, encode=encode, tell=lambda _step, part: told.append(part))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_without_relief_and_sea_only_wind_and_rain_are_given(inputs: tuple[Inputs, ...]) -> None:
    bare = replace(
        inputs[0], hours=1, altitude=None, shelf=None, coast=None, tides=None,
        lacking={"flash_flood": "x", "storm_tide": "y"},
    )  # fmt: skip
    outlook, _ = analyse(bare, encode=encode)
    assert outlook.assessment.hazards == ("wind", "rain")
    assert outlook.surge is None
    assert set(outlook.assessment.lacking) == {"flash_flood", "storm_tide"}


def same(one: Outlook, other: Outlook) -> None:
    xr.testing.assert_identical(one.assessment.table, other.assessment.table)
    xr.testing.assert_identical(one.circles, other.circles)
    xr.testing.assert_identical(one.surge, other.surge)
    assert one.rasters == other.rasters
    assert one.landfall_at == other.landfall_at


def test_nothing_observed_after_the_issue_time_is_read(inputs: tuple[Inputs, ...]) -> None:
    forecast, hindcast = inputs
    issue = forecast.valid_hours[0]
    known = hindcast.track.isel(time=np.flatnonzero(hindcast.track["time"].values <= issue))
    issued = forecast.track.isel(time=np.flatnonzero(forecast.track["forecast"].values))
    assert 0 < known.sizes["time"] < hindcast.track.sizes["time"]
    rebuilt = xr.concat(
        [known, issued], "time", data_vars="minimal", coords="minimal", compat="override", join="exact"
    )
    rebuilt.attrs = forecast.track.attrs
    short = {"hours": 3, "tides": None}
    same(
        analyse(replace(forecast, **short), encode=encode)[0],  # type: ignore[arg-type]
        analyse(replace(forecast, track=rebuilt, **short), encode=encode)[0],  # type: ignore[arg-type]
    )


def test_a_longer_run_begins_as_a_shorter_one(inputs: tuple[Inputs, ...]) -> None:
    short, long = (
        analyse(replace(inputs[1], hours=h, shelf=None, coast=None, tides=None), encode=encode)[0]
        for h in (2, 5)
    )
    xr.testing.assert_identical(short.assessment.table, long.assessment.table.isel(time=slice(0, 3)))


@pytest.mark.slow
def test_memory_does_not_grow_with_the_hours() -> None:
    grid = Grid.from_bounds(west=120.0, south=28.0, east=123.0, north=31.0, step=0.04)
    base: dict[str, Any] = {
        "kind": "hindcast", "event": None, "issued_at": datetime(2021, 7, 24, tzinfo=UTC), "grid": grid,
        "track": moving_storm(latitude=25.0), "marks": (),
        "regions": (Region("330902", "定海区", "3309", "舟山市", box(121.5, 29.5, 122.5, 30.5), 1),),
    }  # fmt: skip
    from riskmap.io.rule_files import read_rules

    row, column = np.indices(grid.shape)
    base_altitude = (50.0 + 10.0 * np.hypot(row, column)).astype(np.float32)  # all drains to one corner
    peaks = []
    for hours in (1, 24, 48):  # the first one only warms up; tables are made for a day of hours at once
        run = Inputs(
            hours=hours,
            rules=read_rules(),
            altitude=xr.DataArray(base_altitude),
            **base,
        )
        tracemalloc.start()
        analyse(run, encode=lambda _t, g: TierImage(b"", g.bounds))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    one_grid = grid.shape[0] * grid.shape[1] * 4
    # watersheds keep their hours, some 60 numbers each, since their flood waves run into one another; they are of
    # 200 km2 at any cell size
    basins = watersheds_of(base_altitude, grid).sizes["watershed"] * 24 * 60 * 8
    assert peaks[2] - peaks[1] < 4 * one_grid + basins  # one field kept for 24 more hours would be 24


def test_at_the_issue_time_only_the_wind_of_that_instant_counts(inputs: tuple[Inputs, ...]) -> None:
    """What blew in the hour before it is over: a fast storm's swath would colour cells that it has left."""
    storm = moving_storm(latitude=11.0, longitude=121.5, north_per_hour=0.4, west_per_hour=0.0)
    run = replace(
        inputs[1], hours=1, track=storm, altitude=None, shelf=None, coast=None, tides=None,
        lacking={"flash_flood": "x", "storm_tide": "y"},
    )  # fmt: skip
    first, second = (
        np.frombuffer(image.png, np.int8).reshape(run.grid.shape)
        for image in analyse(run, encode=encode)[0].rasters["wind"]
    )
    sea = surface_of(run.grid, land=np.zeros(run.grid.shape, np.bool_), period=120)
    instant, hour = storm_hours(storm, run.grid, run.valid_hours, run.wind)
    for image, wind in ((first, instant), (second, hour)):
        fields = surface_wind(wind.peak, sea, eastward=wind.u, northward=wind.v)
        np.testing.assert_array_equal(image, grade(fields, run.rules["wind"]).tiers().reshape(image.shape))
    np.testing.assert_allclose(instant.peak, np.hypot(instant.u, instant.v), rtol=1e-5)
    assert first.max() >= Tier.ORANGE


def test_peaks_keep_the_largest_known_value() -> None:
    peaks = Peaks({})
    peaks.update({"a": np.array([1.0, np.nan, 3.0], np.float32)})
    peaks.update({"a": np.array([2.0, 5.0, np.nan], np.float32)})
    assert peaks.fields["a"].tolist() == [2.0, 5.0, 3.0]


def test_a_storm_far_away_is_refused(inputs: tuple[Inputs, ...]) -> None:
    with pytest.raises(CoverageError, match="never comes near"):
        analyse(replace(inputs[0], track=moving_storm(longitude=160.0)), encode=encode)


HOURS = np.arange("2021-07-23T00", "2021-07-25T00", 1, "M8[h]").astype("M8[s]")


def test_landfall_is_when_the_centre_reaches_the_land() -> None:
    storm = moving_storm(latitude=26.0, longitude=124.0, north_per_hour=0.1, west_per_hour=0.0)
    coast = Region("330902", "定海区", "3309", "舟山市", box(123.0, 28.0, 125.0, 30.0))
    landfall = first_landfall(storm, (coast,), HOURS)
    assert landfall is not None
    at = interpolate(storm, [landfall])
    assert float(at["latitude"][0]) == pytest.approx(28.0 - 0.05, abs=0.02)


def test_a_storm_that_stays_at_sea_has_no_landfall() -> None:
    inland = Region("330802", "柯城区", "3308", "衢州市", box(118.0, 28.5, 119.0, 29.5))
    assert first_landfall(moving_storm(), (inland,), HOURS) is None


def test_fields_alone_come_to_the_tiers_of_the_run(
    inputs: tuple[Inputs, ...], found: tuple[Outlook, Peaks]
) -> None:
    """``riskmap.assess`` and a whole run are one law: the same wind gives the same tier, value and share."""
    one = inputs[1]
    wind = wind_field(one.track, one.grid, one.valid_hours, model=one.wind, surface=ground_of(one).surface)
    alone = assess(wind, one.regions, rules=one.rules).table.sel(hazard="wind")
    whole = found[0].assessment.table.sel(hazard="wind")
    for name in ("tier", "metric", "value", "area_share", "covered", "people"):
        np.testing.assert_array_equal(alone[name].values, whole[name].values)
