"""Typhoon In-Fa with the whole best track on the full grid: what the model must reproduce, and how far it is off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import xarray as xr

from riskmap.analysis import Inputs, Peaks, analyse
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.rain import fallen, radial_rain
from riskmap.hazard.rain_models.upslope import UPSLOPE_FACTOR
from riskmap.hazard.storm.swath import storm_hours
from riskmap.io.bundled import bundled
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook, TierImage
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.terrain.relief import lifting_slope
from riskmap.track import interpolate

LANDFALL = datetime(2021, 7, 25, 4, 30, tzinfo=UTC)
"""12:30 Beijing time, at Putuo, Zhoushan."""


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return read_inputs(read_scenario(bundled("scenarios/in-fa-2021.toml")), Ledger())[1]


def analysed(inputs: Inputs) -> tuple[Outlook, Peaks]:
    return analyse(inputs, encode=lambda _tiers, grid: TierImage(b"", grid.bounds))


@pytest.fixture(scope="module")
def hindcast(inputs: Inputs) -> tuple[Outlook, Peaks]:
    return analysed(inputs)


@pytest.fixture(scope="module")
def by_profile(inputs: Inputs) -> tuple[Outlook, Peaks]:
    """The same storm without the Japanese centre's radii: Holland (1980) from wind, pressure and latitude."""
    return analysed(replace(inputs, wind=replace(inputs.wind, radii="ignore")))


def tiers(outlook: Outlook, hazard: str, city: str) -> xr.DataArray:
    """Tier (time, region) of one hazard in the counties of a city."""
    table = outlook.assessment.table["tier"].sel(hazard=hazard)
    return table.isel(region=[str(code).startswith(city) for code in table["region"].values])


def mean_over(
    field: np.ndarray, inputs: Inputs, box: tuple[float, float, float, float], highest: float
) -> float:
    """Mean over the land of a box (south, north, west, east) below a height."""
    latitude, longitude = inputs.grid.latitude[:, None], inputs.grid.longitude[None, :]
    assert inputs.altitude is not None
    land = inputs.altitude.values < highest  # False at sea
    south, north, west, east = box
    mask = land & (latitude > south) & (latitude < north) & (longitude > west) & (longitude < east)
    assert mask.sum() > 50
    return float(field[mask].mean())


@pytest.mark.slow
def test_zhoushan_is_orange_or_red_for_wind_around_the_landfall(hindcast: tuple[Outlook, Peaks]) -> None:
    outlook = hindcast[0]
    wind = tiers(outlook, "wind", "3309")
    near = [abs(at - LANDFALL) <= timedelta(hours=3) for at in outlook.assessment.valid_at]
    around = wind.values[near]
    assert around.shape == (7, 4)
    assert (around >= Tier.ORANGE).all()


def test_quzhou_in_the_south_west_is_never_above_blue_for_wind(hindcast: tuple[Outlook, Peaks]) -> None:
    wind = tiers(hindcast[0], "wind", "3308")
    assert wind.sizes["region"] == 6
    assert int(wind.max()) <= Tier.BLUE
    assert int(wind.min()) >= Tier.GREEN  # known, not grey


def test_most_rain_falls_on_hills_that_the_wind_climbs(
    inputs: Inputs, hindcast: tuple[Outlook, Peaks]
) -> None:
    assert inputs.altitude is not None
    grid, altitude = inputs.grid, inputs.altitude.values
    rain = np.where(np.isnan(altitude), -1.0, hindcast[1].fields["rain_24h"])
    spot = np.unravel_index(rain.argmax(), rain.shape)
    assert altitude[spot] >= 200
    slope = lifting_slope(altitude, grid)
    lifting, wet = [], []
    hours = storm_hours(
        inputs.track,
        grid,
        inputs.valid_hours,
        inputs.wind,
        rain=radial_rain(),
        slope=slope,
        upslope=UPSLOPE_FACTOR,
    )
    for hour in hours:
        lifting.append(hour.u[spot] * slope[0][spot] + hour.v[spot] * slope[1][spot])
        wet.append(fallen(hour, grid)[spot])
    wettest = np.argsort(wet)[-12:]
    assert np.mean(np.array(lifting)[wettest] > 0) >= 0.75


def test_the_siming_mountains_get_half_as_much_again_as_the_ningbo_plain(
    inputs: Inputs, hindcast: tuple[Outlook, Peaks]
) -> None:
    rain = hindcast[1].fields["rain_24h"]
    mountains = mean_over(rain, inputs, (29.5, 29.95, 120.9, 121.35), highest=9000.0)
    plain = mean_over(rain, inputs, (29.75, 30.0, 121.4, 121.75), highest=20.0)
    assert mountains >= 1.5 * plain


def test_rain_is_of_the_order_that_was_measured(inputs: Inputs, hindcast: tuple[Outlook, Peaks]) -> None:
    # Dingjiafan (Dalan, Siming mountains) had 951 mm in the four days from 22 July 08:00 to 26 July 06:00
    rain = hindcast[1].fields["rain_24h"]
    around = inputs.grid.index_of(latitude=29.75, longitude=121.0)
    assert around is not None
    row, column = around
    assert 200 < float(rain[row - 5 : row + 6, column - 5 : column + 6].max()) < 951


def test_landfall_is_within_three_hours_of_the_report(hindcast: tuple[Outlook, Peaks]) -> None:
    landfall = hindcast[0].landfall_at
    assert landfall is not None
    assert abs(landfall - LANDFALL) <= timedelta(hours=3)


def test_the_strongest_wind_is_that_of_the_track(inputs: Inputs, hindcast: tuple[Outlook, Peaks]) -> None:
    # only while its ring of maximum wind is on the grid
    at = interpolate(inputs.track, inputs.valid_hours)
    ring = np.degrees(at["radius_of_maximum_wind"].values / EARTH_RADIUS) / np.cos(np.radians(30.0))
    on_grid = at["longitude"].values + ring < inputs.grid.bounds[2]
    reported = float(at["maximum_wind"].values[on_grid].max())
    assert float(hindcast[1].fields["wind_speed"].max()) == pytest.approx(reported, rel=0.03)


@pytest.mark.slow
def test_circles_have_the_size_of_the_operational_ones(by_profile: tuple[Outlook, Peaks]) -> None:
    # R7/R10/R12 = 241/94/40 km by the Chinese centre around the issue time
    circles = by_profile[0].circles
    assert circles is not None
    km = circles["wind_radius"].isel(time=0).mean("quadrant").values / 1000
    assert km[0] == pytest.approx(241, rel=0.25)
    assert km[1] == pytest.approx(94, rel=0.5)
    assert km[2] < 94


def test_wind_rises_to_the_landfall_and_falls_after_it(by_profile: tuple[Outlook, Peaks]) -> None:
    wind = tiers(by_profile[0], "wind", "3309").values
    assert (wind[0] == Tier.GREEN).all()
    assert wind.mean(axis=1).argmax() in range(18, 34)
    assert wind[-1].mean() < wind.mean(axis=1).max()


def test_every_county_is_known_and_every_tier_is_traced(hindcast: tuple[Outlook, Peaks]) -> None:
    assessment = hindcast[0].assessment
    walls = assessment.table.sel(hazard="sea_wall")
    named = {a.region for a in assessment.assets if a.hazard == "sea_wall"}
    grey = {str(r) for r in walls["region"].values[(walls["tier"].values == NO_DATA).any(axis=0)]}
    assert grey  # a coast whose walls nobody listed is not green
    assert not grey & named
    table = assessment.table.sel(hazard=["wind", "rain", "flash_flood"])
    tier, value, threshold = (table[name].values for name in ("tier", "value", "threshold"))
    assert set(np.unique(tier)) <= {NOT_APPLICABLE, *range(5)}
    assert (value[tier > 0] >= threshold[tier > 0]).all()
    assert (value[tier == 0] < threshold[tier == 0]).all()
    assert np.isfinite(table["people"].values[tier > 0]).all()


def known_surge(outlook: Outlook) -> np.ndarray:
    """Surge (time, point) [m] of the points that the sea reaches: some lie up a river that the chart does not have."""
    assert outlook.surge is not None
    surge = outlook.surge["storm_surge"].values
    known = np.isfinite(surge).all(axis=0)
    assert np.isnan(surge[:, ~known]).all()
    assert known.mean() > 0.99
    coasts = outlook.surge["region"].values
    assert set(coasts) == set(coasts[known])
    return surge[:, known]


def test_surge_is_known_on_every_coast_and_of_a_possible_height(by_profile: tuple[Outlook, Peaks]) -> None:
    surge = known_surge(by_profile[0])
    assert 0.5 < float(surge.max()) < 4.0


def test_what_the_radii_of_tokyo_cost(
    hindcast: tuple[Outlook, Peaks], by_profile: tuple[Outlook, Peaks]
) -> None:
    """docs/adr/0012: circles twice those of the Chinese centre, yellow a day ahead."""
    outlook, other = hindcast[0], by_profile[0]
    assert outlook.circles is not None
    assert other.circles is not None
    km = outlook.circles["wind_radius"].isel(time=0).mean("quadrant").values / 1000
    assert km[0] > 2 * 241
    assert 94 * 2 < km[1] < 94 * 4
    ten = [float(o.circles["wind_radius"].sel(force=10).mean()) / 1000 for o in (outlook, other)]
    assert ten[0] == pytest.approx(176, rel=0.1)
    assert ten[0] > 1.3 * ten[1]
    most = [float(known_surge(o).max()) for o in (outlook, other)]
    assert most == pytest.approx([2.19, 2.17], abs=0.1)
    wind = tiers(outlook, "wind", "3309").values
    assert (wind[0] <= Tier.YELLOW).all()
    assert wind.mean(axis=1).argmax() in range(18, 34)
    assert wind[-1].mean() < wind.mean(axis=1).max()
