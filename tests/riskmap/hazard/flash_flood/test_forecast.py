"""Flash floods of made watersheds: the three bases of thresholds, laws, unknown rain, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.hazard.flash_flood import OwnThresholds, bankfull_discharge, flash_flood, guidance, paint_tiers
from riskmap.hazard.runoff import scs_lag, scs_runoff
from tests.riskmap.hazard.flash_flood.made import NOW, RULE, storm, watersheds

CN = np.array([70.0, 75.0, 80.0])
NONE = np.full((3, 4), np.nan)


def run(rain: xr.DataArray, **given: Any) -> xr.Dataset:
    return flash_flood(watersheds(), rain, RULE, analysis=NOW, **given)


def test_without_a_curve_number_the_published_table_decides() -> None:
    found = run(storm([30.0, 40.0, 10.0]))
    # 40 in 1 h, then 80 in 3 h
    assert found["tier"].values[0, -4:].tolist() == [0, 0, 1, 2]
    assert found["driver"].attrs["tests"][int(found["driver"][0, -1])] == "rain_3h"
    assert found["basis"].values.tolist() == [0, 0, 0]
    assert found["confidence"].values.tolist() == ["low"] * 3
    assert float(found["threshold_3h"][0, -1]) == 120.0


@pytest.mark.parametrize(("index", "factor"), [(5.0, 1.14), (50.0, 1.0), (150.0, 0.86), (np.nan, 0.86)])
def test_wet_ground_lowers_the_table_and_an_unknown_state_counts_as_wet(index: float, factor: float) -> None:
    found = run(storm([10.0]), soil_index=np.full(3, index))
    np.testing.assert_allclose(found["threshold_1h"].values, 80.0 * factor, rtol=1e-6)


def test_own_thresholds_come_first() -> None:
    prepare, move = NONE.copy(), NONE.copy()
    prepare[1], move[1] = [25, 40, 60, 90], [32, 50, 75, 110]
    own = OwnThresholds(prepare, move, np.full(3, np.nan))
    found = run(storm([32.0]), own=own)
    assert found["step"].values[:, -1].tolist() == [0, 2, 0]
    assert found["tier"].values[:, -1].tolist() == [0, 4, 0]
    assert found["basis"].values.tolist() == [0, 2, 0]
    assert float(run(storm([25.0]), own=own)["lead_prepare"][1]) == 1.0
    assert found["confidence"].values.tolist() == ["low", "medium", "low"]


def test_guidance_falls_as_the_ground_gets_wet() -> None:
    found = run(storm([20.0, 20.0, 20.0, 20.0]), curve_number=CN)
    threshold = found["threshold_1h"].values[:, -5:]
    assert (np.diff(threshold, axis=1)[:, 1:] < 0).all()
    wet = run(storm([20.0]), curve_number=CN, soil_index=np.full(3, 150.0))
    assert (wet["threshold_1h"].values[:, -2] < threshold[:, 0]).all()
    assert (found["basis"].values == 1).all()


def test_a_surveyed_bankfull_is_trusted_more() -> None:
    own = OwnThresholds(NONE, NONE, np.array([4.0, np.nan, np.nan]))
    found = run(storm([20.0]), curve_number=CN, own=own)
    assert found["confidence"].values.tolist() == ["medium", "low", "low"]
    assert float(found["bankfull"][0]) == 4.0


def test_the_flood_wave_carries_the_runoff_and_comes_after_the_rain() -> None:
    found = run(storm([40.0, 60.0, 20.0], after=30), curve_number=CN)
    flow = found["discharge"].values
    assert (flow >= 0).all()
    assert (found["peak_discharge"].values[2] > found["peak_discharge"].values[:2]).all()
    assert found["peak_time"].values[2] >= 2.0
    area = watersheds()["area"].values
    volume = float((scs_runoff(120.0, CN) / 1000.0 * area).sum())
    # the largest of each hour is at least its mean
    assert volume <= flow[2].sum() * 3600.0 <= 1.6 * volume
    np.testing.assert_allclose(found["basin_index"].values, np.sqrt(flow), rtol=1e-5, atol=1e-9)


HOURS = st.lists(st.floats(0, 70), min_size=4, max_size=4)


@pytest.mark.slow
@settings(max_examples=25)
@given(rain=HOURS, more=st.floats(0, 40), at=st.integers(0, 3))
@pytest.mark.parametrize("numbers", [None, CN])
def test_more_rain_never_lowers_a_tier(numbers: Any, rain: list[float], more: float, at: int) -> None:
    wetter = [*rain]
    wetter[at] += more
    dry, wet = (run(storm(r), curve_number=numbers) for r in (rain, wetter))
    assert (wet["tier"].values >= dry["tier"].values).all()
    assert (wet["ratio"].values[:, -4:] >= dry["ratio"].values[:, -4:] - 1e-5).all()


def test_unknown_rain_is_grey_and_never_green() -> None:
    rain = storm([0.0, 0.0])
    rain[-2, :, :3] = np.nan
    found = run(rain, curve_number=CN)
    assert found["tier"].values[:, -1].tolist() == [-1, 0, -1]
    heavy = storm([0.0, 90.0])
    heavy[-2, :, :3] = np.nan
    assert run(heavy)["tier"].values[0, -1] == 4
    blank = run(rain * np.nan, curve_number=CN)
    assert np.isnan(blank["peak_discharge"].values).all()
    assert np.isnan(blank["peak_time"].values).all()


@pytest.mark.parametrize(
    ("hours", "number", "tier"),
    [
        ([45.0, np.nan, 75.0], None, 4),  # 120 in 3 h at least; 75 in one is orange
        ([np.nan, *[0.0] * 6, 150.0], CN, 4),  # guidance and the wave count all rain since the beginning
        ([np.nan, *[0.0] * 6, 1.0], CN, -1),
    ],
)
def test_a_gap_hides_nothing_that_the_known_rain_shows(hours: list[float], number: Any, tier: int) -> None:
    found = run(storm(hours), curve_number=number)
    assert found["tier"].values[:, -1].tolist() == [tier] * 3
    dry = run(storm([0.0 if np.isnan(mm) else mm for mm in hours]), curve_number=number)
    if tier >= 0:
        np.testing.assert_array_equal(found["ratio"][:, -1], dry["ratio"][:, -1])
        assert not np.isnan(found["rain_3h"].values[:, -1]).any(), "the reason says what it was graded by"


def test_a_window_that_is_not_whole_is_unknown() -> None:
    assert run(storm([0.0], before=5))["tier"].values[0].tolist() == [-1] * 6


def test_hour_by_hour_rain_in_another_order_of_watersheds_is_the_same() -> None:
    rain = storm([30.0, 50.0])
    rain[:, :, 4:] *= 1.5
    found = run(rain, curve_number=CN)
    turned = watersheds().isel(watershed=[1, 0, 2])
    turned["downstream"] = ("watershed", np.array([3, 3, 0]))
    turned["watershed_label"] = turned["watershed_label"].copy(
        data=np.array([0, 2, 1, 3], np.int32)[turned["watershed_label"].values]
    )
    again = flash_flood(turned, rain, RULE, analysis=NOW, curve_number=CN[[1, 0, 2]])
    np.testing.assert_allclose(again["ratio"].values, found["ratio"].values[[1, 0, 2]], rtol=1e-6)


def test_the_ratio_is_painted_on_the_cells() -> None:
    sheds = watersheds()
    found = run(storm([80.0]))
    field = paint_tiers(sheds, found, time=-1, outside=0.0)
    assert field[0, 0] == 1.0
    assert field[29, 0] == 0.0
    assert np.isnan(paint_tiers(sheds, found, time=-1)[29, 0])


def test_bad_input_is_named() -> None:
    rain = storm([10.0])
    with pytest.raises(CoverageError, match=r"steps are missing.*60 min.*180 min"):
        run(rain.isel(time=[0, 1, 2, *range(5, rain.sizes["time"])]))
    with pytest.raises(CoverageError, match="analysis"):
        flash_flood(watersheds(), rain, RULE, analysis=NOW + np.timedelta64(9, "h"))
    wrong = rain.copy()
    wrong[-1, 0, 0] = -5.0
    with pytest.raises(DataError, match=r"negative rain.*-5.0"):
        run(wrong)
    wrong[-1, 0, 0] = 0.0
    wrong[3, 1, 2] = 700.0
    with pytest.raises(DataError, match=r"out of range.*700"):
        run(wrong)
    with pytest.raises(UnitsError, match="inch"):
        run(rain.assign_attrs(units="inch"))
    with pytest.raises(DataError, match="other watersheds"):
        run(rain, own=OwnThresholds(NONE[:2], NONE[:2], np.full(2, np.nan)))


def test_ten_minute_rain_comes_to_the_same_hour_by_hour() -> None:
    hourly = storm([30.0, 50.0, 10.0], after=6)
    fine = hourly.isel(time=np.repeat(np.arange(hourly.sizes["time"]), 6)) / 6.0
    ends = (
        hourly["time"].values[0]
        - np.timedelta64(50, "m")
        + np.arange(fine.sizes["time"]) * np.timedelta64(10, "m")
    )
    coarse, found = (run(r, curve_number=CN) for r in (hourly, fine.assign_coords(time=ends)))
    last = found.isel(time=slice(5, None, 6))
    for name in ("rain_1h", "rain_6h", "rain_24h"):
        np.testing.assert_allclose(last[name].values, coarse[name].values, rtol=1e-5)
    np.testing.assert_allclose(found["peak_discharge"], coarse["peak_discharge"], rtol=1e-9)
    assert (found["lead_prepare"].values <= coarse["lead_prepare"].values).all()
    odd = fine.assign_coords(time=NOW + np.arange(fine.sizes["time"]) * np.timedelta64(420, "s"))
    with pytest.raises(CoverageError, match="420 s"):
        run(odd)


def test_a_watershed_too_large_for_flash_floods_is_trusted_little() -> None:
    sheds = watersheds()
    sheds["area"][1] = 300e6
    own = OwnThresholds(NONE, NONE, np.array([4.0, 90.0, np.nan]))
    found = flash_flood(sheds, storm([20.0]), RULE, analysis=NOW, curve_number=CN, own=own)
    assert found["confidence"].values.tolist() == ["medium", "low", "low"]


def test_the_thresholds_of_the_result_are_those_of_the_guidance() -> None:
    """Also below other watersheds: its own gullies flood by its own area, its outlet by all that comes together there."""
    sheds, series = watersheds(), np.array([8.0, 15.0, 22.0, 9.0, 30.0, 12.0, 7.0])
    found = run(storm(list(series)), curve_number=CN)
    area = sheds["area"].values
    lag = scs_lag(np.maximum(sheds["main_length"].values, np.sqrt(area)), sheds["mean_slope"].values, CN)
    for window in (1, 3, 6):
        wanted = guidance(
            bankfull_discharge(area), area, lag, CN, hours=(window,), before=series[:-window].sum()
        )[:, 0]
        np.testing.assert_allclose(found[f"threshold_{window}h"].values[:, -1], wanted, rtol=1e-6)
    np.testing.assert_allclose(found["bankfull"].values[:2], bankfull_discharge(area[:2]))
    np.testing.assert_allclose(found["bankfull"].values[2], bankfull_discharge(area.sum()))


def test_an_unknown_soil_state_has_the_guidance_of_wet_ground() -> None:
    wet, unknown = (
        run(storm([20.0]), curve_number=CN, soil_index=np.full(3, index)) for index in (150.0, np.nan)
    )
    np.testing.assert_array_equal(unknown["threshold_3h"].values, wet["threshold_3h"].values)
    assert unknown["wetness"].values.tolist() == [-1] * 3


def test_water_of_a_watershed_without_a_curve_number_still_comes_down() -> None:
    known = run(storm([40.0, 40.0]), curve_number=np.array([77.5, 75.0, 80.0]))
    found = run(storm([40.0, 40.0]), curve_number=np.array([np.nan, 75.0, 80.0]))
    assert found["basis"].values.tolist() == [0, 1, 1]
    np.testing.assert_allclose(found["discharge"].values[2], known["discharge"].values[2], rtol=0.1)
    assert found["driver"].values[0, -1] < 4


def test_a_watershed_without_a_channel_has_the_length_of_its_side() -> None:
    short, side = watersheds(), watersheds()
    short["main_length"][:] = 0.0
    side["main_length"][:] = np.sqrt(side["area"].values)
    a, b = (flash_flood(s, storm([20.0]), RULE, analysis=NOW, curve_number=CN) for s in (short, side))
    np.testing.assert_array_equal(a["threshold_1h"].values, b["threshold_1h"].values)
    assert np.isfinite(a["discharge"].values).all()
