"""Tiers from fields of one's own: the rules' laws hold, and what is not given is never green."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.assessing import GIVEN_NOTE, assess
from riskmap.errors import CoverageError, DataError, DatumError, UnitsError
from riskmap.grid import Grid
from riskmap.io.rule_files import read_rules
from riskmap.scale import NO_DATA
from tests.factories import make_regions

GRID = Grid.from_bounds(west=121.0, south=29.8, east=123.4, north=30.2, step=0.2)
REGIONS = make_regions()  # six squares of 2 x 2 cells that fill the grid


def wind(mean: float | np.ndarray, gust: float | np.ndarray | None = None, hours: int = 2) -> xr.Dataset:
    """Wind of every hour, 2-min mean; calm gusts unless given."""
    shape, time = (
        (hours, *GRID.shape),
        np.datetime64("2021-07-25T00", "ns") + np.arange(hours) * np.timedelta64(1, "h"),
    )
    fields = {"wind_speed": mean, "wind_speed_of_gust": 0.0 if gust is None else gust}
    return xr.Dataset(
        {
            name: (("time", "y", "x"), np.broadcast_to(v, shape).copy(), {"units": "m s-1"})
            for name, v in fields.items()
        },
        coords={"time": time, **GRID.coordinates},
        attrs={"averaging_period": 120},
    )


def tiers(fields: xr.Dataset) -> np.ndarray:
    return np.asarray(assess(fields, REGIONS).table["tier"].sel(hazard="wind").values)


@settings(max_examples=15)
@given(st.lists(st.floats(0.0, 60.0), min_size=6, max_size=6))
def test_a_region_of_one_wind_has_the_tier_of_its_bounds(speeds: list[float]) -> None:
    bounds = read_rules()["wind"].metrics[0].thresholds
    slow = [sum(speed >= bound for bound in bounds if bound is not None) for speed in speeds]
    columns = np.repeat(speeds, 2)
    assert tiers(wind(columns)).tolist() == [slow, slow]


@settings(max_examples=15)
@given(st.integers(0, 11), st.floats(0.0, 60.0))
def test_an_unknown_cell_never_makes_a_region_better_and_never_green(column: int, speed: float) -> None:
    known = wind(speed)
    known["wind_speed"][:, :, column] = np.nan
    known["wind_speed_of_gust"][:, :, column] = np.nan
    found, whole = tiers(known), tiers(wind(speed))
    touched = column // 2
    assert set(found[:, touched].tolist()) <= {NO_DATA, int(whole[0, touched])} - {0}
    assert (np.delete(found, touched, axis=1) == np.delete(whole, touched, axis=1)).all()


def test_the_reason_says_what_was_given_and_that_nobody_checked_it() -> None:
    found = assess(wind(20.0, 26.0), REGIONS)
    reason = found.worst("330902").driver
    assert reason is not None
    assert (reason.metric.variable, reason.value, reason.threshold) in {
        ("wind_speed", 20.0, 17.2), ("wind_speed_of_gust", 26.0, 24.5),
    }  # fmt: skip
    assert reason.confidence_note == GIVEN_NOTE
    assert found.issued_at == datetime(2021, 7, 25, tzinfo=UTC)


def test_hazards_without_their_fields_are_named_and_not_coloured() -> None:
    found = assess(wind(20.0), REGIONS)
    assert found.hazards == ("wind",)
    assert set(found.lacking) == set(read_rules()) - {"wind"}
    assert "rain_6h" in found.lacking["rain"]


def test_part_of_a_rule_is_not_enough() -> None:
    """Gusts may be worse than the mean: without them green would be a guess."""
    with pytest.raises(DataError, match=r"wind: wind_speed, wind_speed_of_gust.*found wind_speed"):
        assess(wind(5.0).drop_vars("wind_speed_of_gust"), REGIONS)


@pytest.mark.parametrize("period", [None, 600, "2 min", 120.9])
def test_a_wind_of_another_averaging_period_is_refused(period: float | str | None) -> None:
    fields = wind(20.0)
    fields.attrs = {} if period is None else {"averaging_period": period}
    with pytest.raises(UnitsError, match=rf"= 120 s; found '?{period}.*to_averaging_period"):
        assess(fields, REGIONS)


def test_a_field_in_other_units_is_refused() -> None:
    fields = wind(20.0)
    fields["wind_speed"].attrs["units"] = "km h-1"
    with pytest.raises(UnitsError, match=r"divide by 3\.6"):
        assess(fields, REGIONS)


def test_other_names_of_the_axes_and_of_their_order_count() -> None:
    fields = wind(np.repeat([5.0, 12.0, 18.0, 25.0, 33.0, 5.0], 2))
    plain = fields.drop_vars("spatial_ref").rename(y="lat", x="lon").transpose("lon", "time", "lat")
    assert (tiers(plain) == tiers(fields)).all()


def test_a_field_that_runs_from_south_to_north_is_refused_with_the_way_out() -> None:
    with pytest.raises(CoverageError, match=r"sortby\('y', ascending=False\)"):
        assess(wind(20.0).isel(y=slice(None, None, -1)), REGIONS)


def test_a_projected_field_is_refused() -> None:
    fields = wind(20.0)
    with pytest.raises(DatumError, match="warp them"):
        assess(fields.assign_coords(x=fields["x"] * 1e4, y=fields["y"] * 1e5), REGIONS)


def test_a_field_without_a_time_is_refused() -> None:
    with pytest.raises(DataError, match="expand_dims"):
        assess(wind(20.0).isel(time=0, drop=True), REGIONS)


def test_regions_that_lie_elsewhere_are_refused() -> None:
    from shapely.geometry import box

    far = [replace(REGIONS[0], geometry=box(100, 20, 101, 21))]
    with pytest.raises(CoverageError, match=r"no region lies on the grid.*found 1 regions such as 定海区"):
        assess(wind(20.0), far)


def test_beyond_what_a_signal_says_is_unknown_and_not_green() -> None:
    rules = read_rules()
    signal = {"wind": replace(rules["wind"], mode="signal")}
    found = assess(wind(40.0, hours=30), REGIONS, rules=signal)
    tier = found.table["tier"].sel(hazard="wind").values
    assert tier[6].tolist() == [4] * 6
    assert tier[25].tolist() == [NO_DATA] * 6


def test_fields_on_dask_give_the_same_table() -> None:
    pytest.importorskip("dask.array")
    fields = wind(np.repeat([5.0, 12.0, 18.0, 25.0, 33.0, 5.0], 2), hours=4)
    lazy = assess(fields.chunk({"time": 1, "x": 5}), REGIONS)
    xr.testing.assert_identical(lazy.table, assess(fields, REGIONS).table)
