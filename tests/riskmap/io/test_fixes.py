"""What every feed reader refuses, and what it merges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError, UnitsError
from riskmap.io.bundled import bundled
from riskmap.io.fixes import (
    Fix,
    build_track,
    check_wind_unit,
    merge_fixes,
    no_radii,
    parse_number,
    parse_pressure,
    parse_radii,
    parse_time,
    parse_wind,
)
from riskmap.io.tracks import read_ibtracs

START = datetime(2021, 7, 25, tzinfo=UTC)


def row(k: int, **changes: object) -> Fix:
    base = Fix(f"line {k + 2}", START + timedelta(hours=6 * k), 28.0 + k, 123.0 - k, 96_500.0, 38.0)
    return replace(base, **changes)  # type: ignore[arg-type]


def build(*fixes: Fix) -> object:
    return build_track(fixes, averaging_period=120, attributes={}, where="f.json")


def test_a_landfall_row_is_merged() -> None:
    radii = no_radii()
    radii[0] = 300e3
    bare = row(1, pressure=np.nan, wind=np.nan)
    for pair in ((row(1, radii=radii), bare), (bare, row(1, radii=radii))):
        merged = merge_fixes([row(0), *pair, row(2)], where="f")
        assert [f.wind for f in merged] == [38.0] * 3
        assert merged[1].radii[0].tolist() == [300e3] * 4


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"latitude": 29.1}, "latitude"),
        ({"longitude": 121.0}, "longitude"),
        ({"pressure": 96_000.0}, "pressure"),
        ({"wind": 35.0}, "wind"),
        ({"radii": np.full((3, 4), 1e5)}, "radii"),
    ],
)
def test_rows_of_one_time_that_differ_are_both_named(changes: dict[str, object], name: str) -> None:
    first = row(1, radii=np.full((3, 4), 2e5))
    with pytest.raises(DataError, match=rf"f, line 3 and line 9: two rows of the same time differ in {name}"):
        merge_fixes([row(0), first, replace(first, row="line 9", **changes)], where="f")  # type: ignore[arg-type]


def test_the_same_place_across_180_degrees_agrees() -> None:
    fixes = [row(0, longitude=180.0), row(0, longitude=-180.0), row(1, longitude=-179.0)]
    assert [f.longitude for f in merge_fixes(fixes, where="f")] == [180.0, -179.0]


def test_unsorted_times_name_both_rows() -> None:
    with pytest.raises(DataError, match=r"f\.json, line 4 and line 3: times go backwards"):
        build(row(0), row(2), row(1))


def test_a_forecast_older_than_the_analysis() -> None:
    for k in (0, 1):
        with pytest.raises(DataError, match=r"line 3 and forecast.*older than the analysis"):
            build(row(0), row(1), row(k, forecast=True, row="forecast[0]"))


def test_one_fix_is_no_track() -> None:
    with pytest.raises(DataError, match="two fixes"):
        build(row(0))
    with pytest.raises(DataError, match="two fixes"):
        build()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"latitude": np.nan}, "without a position"),
        ({"latitude": 121.0, "longitude": 29.0}, "swapped"),
        ({"longitude": 1230.0}, "no typhoon is found there"),
    ],
)
def test_a_wrong_position_in_the_middle(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=rf"f.json, line 3.*{message}"):
        build(row(0), row(1, **changes), row(2))


@pytest.mark.parametrize(
    ("factor", "unit"), [(3600 / 1852, "knots"), (3.6, "km h-1"), (1852 / 3600, "column of knots")]
)
def test_winds_in_another_unit_are_told_by_the_pressure(factor: float, unit: str) -> None:
    with pytest.raises(UnitsError, match=rf"line \d.*does not fit the pressure.*{unit}"):
        build(*(row(k, wind=30.0 * factor) for k in range(3)))


def test_one_row_of_knots_is_named() -> None:
    with pytest.raises(UnitsError, match=r"line 4 .*knots"):
        build(row(0), row(1), row(2, wind=74.0), row(3))


def test_no_real_storm_is_refused() -> None:
    """All typhoons of the bundled file, whose ratios set the limits."""
    path = bundled("tracks/ibtracs_zhejiang_wmo.csv")
    storms = {line.split(",")[0] for line in path.read_text("utf-8").splitlines()[1:]}
    for storm in sorted(storms)[::6]:
        check_wind_unit(read_ibtracs(path, storm=storm), where="f")


@pytest.mark.parametrize("text", ["", "null", None, " NULL ", "-"])
def test_unknown_is_nan(text: str | None) -> None:
    assert np.isnan(parse_number(text, where="f"))
    assert np.isnan(parse_pressure(text, where="f"))
    assert np.isnan(parse_wind(text, where="f"))


@pytest.mark.parametrize("text", ["NaN", float("nan"), "inf", "abc", True, [1], 10**400])
def test_no_number(text: object) -> None:
    with pytest.raises(DataError, match="f, line 3: not a number"):
        parse_number(text, where="f, line 3")


def test_values_that_no_storm_has() -> None:
    with pytest.raises(UnitsError, match="looks like Pa"):
        parse_pressure("95500", where="f")
    with pytest.raises(UnitsError, match="correct the value"):
        parse_pressure("9", where="f")
    with pytest.raises(UnitsError, match="not negative"):
        parse_wind("-1", where="f")
    with pytest.raises(UnitsError, match="0 to 110"):
        parse_wind("250", where="f")
    with pytest.raises(UnitsError, match="2000 km"):
        parse_radii(["-1", "2", "3", "4"], unit=1000.0, where="f")
    with pytest.raises(UnitsError, match="2000 km"):
        parse_radii(["300000", "2", "3", "4"], unit=1000.0, where="f")


def test_zero_radii_mean_none() -> None:
    assert np.isnan(parse_radii([0, 0, 0, 0], unit=1.0, where="f")).all()


def test_times() -> None:
    assert parse_time("2021-07-24T12:30+08:00", where="f", zone=None) == datetime(
        2021, 7, 24, 4, 30, tzinfo=UTC
    )
    with pytest.raises(DataError, match="without its offset"):
        parse_time("2021-07-24T12:30", where="f", zone=None)
    for wrong in ("tomorrow", None, "2021-02-30 00:00:00"):
        with pytest.raises(DataError, match="not a time"):
            parse_time(wrong, where="f", zone=UTC)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=12).map(sorted))
def test_repeats_change_nothing(hours: list[int]) -> None:
    merged = merge_fixes([row(k) for k in hours], where="f")
    assert [f.time for f in merged] == sorted({row(k).time for k in hours})
