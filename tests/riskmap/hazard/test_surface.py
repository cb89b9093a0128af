"""The wind at the surface: published forms, and the laws of the factors on a grid."""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.averaging import gust_factor
from riskmap.errors import DataError, UnitsError
from riskmap.grid import Grid
from riskmap.hazard.surface import (
    AT_SEA,
    EXPOSURES,
    LAND_ROUGHNESS,
    MOST_MULTIPLIER,
    SEA_ROUGHNESS,
    exposure_of,
    hill_multiplier,
    roughness_ratio,
    surface_of,
    surface_wind,
)

LAWS = settings(deadline=None, max_examples=60)
GRID = Grid.from_bounds(west=120.0, south=29.0, east=120.8, north=29.8, step=0.02)
LAND = np.ones(GRID.shape, bool)
COAST = np.broadcast_to(GRID.longitude < 120.4, GRID.shape)
"""Land in the west, sea in the east."""

LENGTHS = st.floats(1e-4, 5.0)


def range_of_hills(grid: Grid = GRID) -> Any:
    """A ridge of 900 m from north to south at 120.4 E, its sides 8 km wide."""
    away = np.abs(grid.longitude - 120.41) * 97e3
    return np.broadcast_to(np.maximum(900.0 * (1 - away / 8e3), 0.0), grid.shape).astype(np.float32)


RIDGED = surface_of(GRID, land=COAST, altitude=np.where(COAST, range_of_hills(), np.nan), period=120)


def test_the_ratio_is_the_one_of_the_european_wind_code() -> None:
    """EN 1991-1-4: c_r = 0.19 (z0 / 0.05)^0.07 ln(10 / z0); categories II and III over category 0, 10 m up."""

    def factor(z0: float) -> float:
        return 0.19 * (z0 / 0.05) ** 0.07 * log(10 / z0)

    for z0 in (0.01, 0.05, 0.3, 1.0):
        assert float(roughness_ratio(z0)) == pytest.approx(factor(z0) / factor(0.003), abs=2e-3)


def test_the_default_land_stays_near_the_factor_of_knaff() -> None:
    assert float(roughness_ratio(LAND_ROUGHNESS)) == pytest.approx(0.8, abs=0.005)


@LAWS
@given(one=LENGTHS, other=LENGTHS)
def test_rougher_ground_never_has_more_wind(one: float, other: float) -> None:
    smooth, rough = sorted((one, other))
    assert 0.0 < float(roughness_ratio(rough)) <= float(roughness_ratio(smooth)) <= 1.0


def test_the_ratio_is_not_that_of_friction_velocities() -> None:
    """The known mistake raises the wind over rough ground."""
    assert float(roughness_ratio(0.3)) < 0.65 < 1.3 < (0.3 / SEA_ROUGHNESS) ** 0.0706


@pytest.mark.parametrize("wrong", [0.0, -0.1, 10.0, float("nan")])
def test_what_is_no_roughness_length_is_refused(wrong: float) -> None:
    with pytest.raises(UnitsError, match="roughness"):
        roughness_ratio(wrong)


@pytest.mark.parametrize(
    ("height", "half_length", "crest"),
    [
        (100, 1001, 1.0),  # slope just below 0.05
        (100, 500, 1 + 100 / (3.5 * (10 + 180))),
        (400, 2000, 1 + 400 / (3.5 * (10 + 720))),
        (
            400,
            200,
            1.71,
        ),  # L1 = 0.4 H: 1 + 400 / (3.5 * 170) = 1.672 outside the separation zone, 1.71 within
    ],
)
def test_a_crest_by_hand(height: float, half_length: float, crest: float) -> None:
    found = hill_multiplier(0.0, height=height, half_length=half_length, downwind=True)
    assert float(found) == pytest.approx(crest, abs=1e-9)


def test_an_escarpment_reaches_further_behind_its_crest_only() -> None:
    far = 6 * 720.0
    assert float(hill_multiplier(far, height=400, half_length=2000, downwind=True)) == 1.0
    assert float(hill_multiplier(far, height=400, half_length=2000, escarpment=True)) == 1.0
    behind = hill_multiplier(far, height=400, half_length=2000, downwind=True, escarpment=True)
    assert float(behind) == pytest.approx(1 + 400 / (3.5 * 730) * 0.4)


@LAWS
@given(
    height=st.floats(0, 3000), half=st.floats(1, 30e3), near=st.floats(0, 50e3), far=st.floats(0, 50e3),
    downwind=st.booleans(),
)  # fmt: skip
def test_a_hill_only_speeds_up_and_less_with_distance(
    height: float, half: float, near: float, far: float, downwind: bool
) -> None:
    x = np.sort([near, far])
    close, away = hill_multiplier(x, height=height, half_length=half, downwind=downwind)
    assert 1.0 <= away <= close <= MOST_MULTIPLIER


@pytest.mark.parametrize(
    "wrong", [{"distance": -1.0}, {"height": -5.0}, {"half_length": 0.0}, {"half_length": float("nan")}]
)
def test_what_is_no_hill_is_refused(wrong: dict[str, float]) -> None:
    place = {"distance": 0.0, "height": 100.0, "half_length": 500.0} | wrong
    with pytest.raises(DataError, match="not a hill"):
        hill_multiplier(place["distance"], height=place["height"], half_length=place["half_length"])


def test_the_sea_far_from_land_is_open_water() -> None:
    surface = surface_of(GRID, land=~LAND, period=120)
    np.testing.assert_allclose(surface.mean, 1.0, atol=1e-7)
    np.testing.assert_allclose(surface.gust, gust_factor("at_sea", period=120))
    assert (surface.exposure == EXPOSURES.index("at_sea")).all()


@pytest.mark.parametrize("period", [60, 120, 600])
def test_flat_land_far_from_the_sea_is_one_factor(period: int) -> None:
    flat = surface_of(GRID, land=LAND, altitude=np.full(GRID.shape, 80.0), period=period)
    np.testing.assert_allclose(flat.mean, roughness_ratio(LAND_ROUGHNESS), rtol=1e-6)
    np.testing.assert_allclose(flat.gust, gust_factor("in_land", period=period), rtol=1e-6)


def test_a_coast_is_between_land_and_sea_and_falls_inland() -> None:
    mean = surface_of(GRID, land=COAST, period=120).mean
    assert (np.diff(mean, axis=1) >= -1e-6).all()  # west to east: from land to sea
    last_land = int(COAST[0].sum()) - 1
    assert 0.85 < mean[20, last_land] < 1.0
    np.testing.assert_allclose(mean[20, :10], roughness_ratio(LAND_ROUGHNESS), atol=2e-3)
    np.testing.assert_allclose(mean[20, last_land + 1 :], 1.0, atol=1e-6)


def test_exposures_change_at_the_coast_and_20_km_off_it() -> None:
    exposure = surface_of(GRID, land=COAST, period=120).exposure[20]
    offshore = (GRID.longitude - 120.4) * 111.195e3 * np.cos(np.radians(GRID.latitude[20]))
    cell = 0.02 * 111.195e3 * np.cos(np.radians(GRID.latitude[20]))
    assert (exposure[COAST[20]] == EXPOSURES.index("in_land")).all()  # the offshore wind is the gustier
    assert (exposure[offshore + cell / 2 > AT_SEA + cell] == EXPOSURES.index("at_sea")).all()
    between = (offshore > 3 * cell) & (offshore < AT_SEA - cell)
    assert (exposure[between] == EXPOSURES.index("off_sea")).all()
    assert between.sum() > 3


def test_the_gust_never_lies_below_that_of_the_open_sea_or_of_plain_land() -> None:
    surface = surface_of(GRID, land=COAST, altitude=np.where(COAST, range_of_hills(), np.nan), period=120)
    gust = surface.mean * surface.gust
    least = float(roughness_ratio(LAND_ROUGHNESS)) * gust_factor("in_land", period=120)
    assert (gust >= min(least, gust_factor("at_sea", period=120)) - 1e-6).all()
    assert (surface.gust <= gust_factor("in_land", period=120) + 1e-6).all()
    assert (surface.gust >= gust_factor("at_sea", period=120) - 1e-6).all()


def test_hills_only_add_and_only_on_land() -> None:
    island = (np.abs(GRID.longitude - 120.41) < 0.1) & (np.abs(GRID.latitude - 29.4) < 0.2)[:, None]
    height = np.where(island, range_of_hills(), np.nan)
    with_hills = surface_of(GRID, land=island, altitude=height, period=120).mean
    flat = surface_of(GRID, land=island, period=120).mean
    assert (with_hills >= flat - 1e-7).all()
    np.testing.assert_array_equal(with_hills[~island], flat[~island])
    assert with_hills[20, 20] > 1.1 * flat[20, 20]


def test_a_ridge_by_hand() -> None:
    """900 m over 8 km: Lu = 4 km, L1 = 1.44 km; the 2.2 km grid samples its profile within a tenth of the effect."""
    mean = surface_of(GRID, land=LAND, altitude=range_of_hills(), period=120).mean
    crest = roughness_ratio(LAND_ROUGHNESS) * (1 + 900 / (3.5 * 1450))
    assert mean[20, 20] == pytest.approx(float(crest), abs=0.02)
    np.testing.assert_allclose(mean[:, :5], roughness_ratio(LAND_ROUGHNESS), rtol=1e-6)


@pytest.mark.parametrize("split", [2, 5, 10])
def test_another_grid_step_does_not_change_the_wind(split: int) -> None:
    fine = Grid.from_bounds(west=120.0, south=29.0, east=120.8, north=29.8, step=0.02 / split)
    land = np.broadcast_to(fine.longitude < 120.4, fine.shape)
    coarse = surface_of(GRID, land=COAST, period=120).mean
    parts = surface_of(fine, land=land, period=120).mean.reshape(40, split, 40, split).mean(axis=(1, 3))
    np.testing.assert_allclose(parts, coarse, atol=0.02)
    ridge = surface_of(fine, land=np.ones(fine.shape, bool), altitude=range_of_hills(fine), period=120).mean
    known = surface_of(GRID, land=LAND, altitude=range_of_hills(), period=120).mean
    assert float(ridge.max()) == pytest.approx(float(known.max()), rel=0.03)


@pytest.mark.parametrize("split", [2, 4])
def test_a_coarse_relief_on_a_fine_grid_does_not_make_hills_of_its_stairs(split: int) -> None:
    fine = Grid.from_bounds(west=120.0, south=29.0, east=120.8, north=29.8, step=0.02 / split)
    rng = np.random.default_rng(7)
    coarse = 600 + 300 * np.sin(np.arange(40) / 2.0)[:, None] + rng.uniform(0, 300, GRID.shape)
    stairs = coarse.repeat(split, axis=0).repeat(split, axis=1)
    land = np.ones(fine.shape, bool)
    known = surface_of(GRID, land=LAND, altitude=coarse, period=120).mean.mean()
    found = surface_of(fine, land=land, altitude=stairs, period=120).mean.mean()
    taken_as_fine = surface_of(fine, land=land, altitude=stairs, relief_cell=500.0, period=120).mean.mean()
    assert found < known + 0.005
    assert taken_as_fine > known + 0.02


@LAWS
@given(seed=st.integers(0, 10_000))
def test_a_mirrored_land_has_a_mirrored_wind(seed: int) -> None:
    """No direction is preferred: all eight look upwind alike."""
    small = Grid.from_bounds(west=120.0, south=-0.16, east=120.32, north=0.16, step=0.02)
    rng = np.random.default_rng(seed)
    land = rng.random(small.shape) < 0.5
    height = np.where(land, rng.uniform(0, 900, small.shape), np.nan)
    here = surface_of(small, land=land, altitude=height, period=120)
    for turn in (lambda a: a[::-1], lambda a: a[:, ::-1]):
        there = surface_of(small, land=turn(land), altitude=turn(height), period=120)
        np.testing.assert_allclose(turn(there.mean), here.mean, rtol=1e-5)
        np.testing.assert_allclose(turn(there.gust), here.gust, rtol=1e-5)


def test_a_roughness_raster_counts_on_land_and_gaps_take_the_default() -> None:
    rough = np.full(GRID.shape, 0.5)
    rough[:, :20] = np.nan
    surface = surface_of(GRID, land=LAND, roughness=rough, period=120)
    np.testing.assert_allclose(surface.mean[:, :13], roughness_ratio(LAND_ROUGHNESS), atol=2e-3)
    np.testing.assert_allclose(surface.mean[:, 28:], roughness_ratio(0.5), atol=2e-3)
    at_sea = surface_of(GRID, land=~LAND, roughness=rough, period=120)
    np.testing.assert_allclose(at_sea.mean, 1.0, atol=1e-6)
    assert "as read" in surface.source


def test_wrong_fields_are_refused() -> None:
    with pytest.raises(DataError, match="another grid"):
        surface_of(GRID, land=LAND[1:], period=120)
    with pytest.raises(UnitsError, match="roughness"):
        surface_of(GRID, land=LAND, roughness=np.full(GRID.shape, 40.0), period=120)
    with pytest.raises(UnitsError, match="averaging period"):
        surface_of(GRID, land=LAND, period=180 * 2)


def blowing(from_degrees: float, speed: float = 20.0) -> dict[str, Any]:
    towards = np.radians(from_degrees + 180.0)
    still = np.ones(GRID.shape, np.float32) * np.float32(speed)
    return {"eastward": still * np.sin(towards), "northward": still * np.cos(towards)}


def test_the_wind_of_an_hour_without_a_direction_is_the_most_exposed() -> None:
    surface = surface_of(GRID, land=COAST, period=120)
    peak = np.full(GRID.shape, 20.0, np.float32)
    found = surface_wind(peak, surface)
    np.testing.assert_allclose(found["wind_speed"], 20 * surface.mean)
    np.testing.assert_allclose(found["wind_speed_of_gust"], 20 * surface.mean * surface.gust)
    assert all(field.dtype == np.float32 for field in found.values())


def test_an_onshore_wind_is_stronger_on_the_coast_than_an_offshore_one() -> None:
    surface = surface_of(GRID, land=COAST, period=120)
    peak = np.full(GRID.shape, 20.0, np.float32)
    onshore, offshore = (surface_wind(peak, surface, **blowing(d)) for d in (90.0, 270.0))
    last_land = int(COAST[0].sum()) - 1
    assert onshore["wind_speed"][20, last_land] > 1.05 * offshore["wind_speed"][20, last_land]
    factor = offshore["wind_speed_of_gust"] / offshore["wind_speed"]
    assert factor[20, last_land] == pytest.approx(gust_factor("in_land", period=120))
    off_land = factor[20, last_land + 1]
    assert off_land == pytest.approx(gust_factor("off_land", period=120))
    assert all(field.dtype == np.float32 for field in onshore.values())


@LAWS
@given(direction=st.floats(-360, 720), share=st.floats(0.0, 1.0))
def test_no_direction_exceeds_the_most_exposed(direction: float, share: float) -> None:
    peak = np.full(GRID.shape, 20.0, np.float32)
    most = surface_wind(peak, RIDGED)
    found = surface_wind(peak, RIDGED, **blowing(direction, 20.0 * share))
    for name, values in found.items():
        assert (values <= most[name] * (1 + 1e-6)).all()
        if share < 0.89:  # the wind has turned since: the direction does not count
            np.testing.assert_allclose(values, most[name], rtol=1e-6)


@pytest.mark.parametrize(
    ("direction", "sector"), [(0, 0), (45, 1), (90, 2), (180, 4), (270, 6), (337.4, 7), (360, 0)]
)
def test_directions_are_those_the_wind_comes_from(direction: float, sector: int) -> None:
    peak = np.full(GRID.shape, 20.0, np.float32)
    found = surface_wind(peak, RIDGED, **blowing(direction))
    np.testing.assert_allclose(found["wind_speed"], 20 * RIDGED.mean_by_direction[sector], rtol=1e-6)
    np.testing.assert_allclose(found["wind_speed_of_gust"], 20 * RIDGED.gust_by_direction[sector], rtol=1e-6)


def test_a_wind_without_a_value_takes_the_most_exposed_direction() -> None:
    peak, gap = np.full(GRID.shape, 20.0, np.float32), np.full(GRID.shape, np.nan)
    found = surface_wind(peak, RIDGED, eastward=gap, northward=gap)
    np.testing.assert_array_equal(found["wind_speed"], surface_wind(peak, RIDGED)["wind_speed"])


def test_a_ridge_speeds_up_the_wind_across_it_and_not_along_it() -> None:
    surface = surface_of(GRID, land=LAND, altitude=range_of_hills(), period=120)
    across, along = (hill_only[20, 20] for hill_only in surface.mean_by_direction[[2, 0]])
    plain = float(roughness_ratio(LAND_ROUGHNESS))
    assert across > 1.1 * plain
    # north and south have neighbours at 45 degrees, which meet a slope of 0.7 of the whole
    assert plain < along < across


@LAWS
@given(land=st.booleans(), share=st.floats(0, 1), distance=st.floats(0, 60e3))
def test_an_exposure_by_its_rule(land: bool, share: float, distance: float) -> None:
    name = EXPOSURES[int(exposure_of(land, upwind_land=share, distance=distance))]
    from_land = share >= 0.5
    expected = {(True, True): "in_land", (True, False): "off_sea", (False, True): "off_land"}
    assert name == expected.get((land, from_land), "at_sea" if distance > AT_SEA else "off_sea")


def test_the_page_has_the_ratios_of_the_formula() -> None:
    page = (Path(__file__).parents[3] / "docs" / "concepts" / "surface.md").read_text(encoding="utf-8")
    lengths, ratios = (
        [float(cell.replace("*", "").split(",")[0]) for cell in line.strip("|").split("|")[1:]]
        for line in page.splitlines()
        if line.startswith(("| z0 (m)", "| ratio"))
    )
    assert len(lengths) == 9
    np.testing.assert_allclose(roughness_ratio(lengths).round(2), ratios, atol=1e-9)
