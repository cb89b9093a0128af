"""When a field of rain was measured: times in names, of CF, steps, parts of an hour; and units as files spell them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from riskmap.errors import DataError
from riskmap.io.rain_declared import AMOUNTS, RATES, RainDeclared, plain_units
from riskmap.io.rain_grids import open_rain
from riskmap.io.rain_times import cf_time, named_time, usual_step
from tests.riskmap.io.rain_files import at, geotiff, netcdf, pattern
from tests.riskmap.io.test_rain_grids import GRID, SAYS


def test_a_name_without_a_zone_is_refused(tmp_path: Path) -> None:
    path = geotiff(tmp_path / "2021072408.tif", pattern(1))
    with pytest.raises(DataError, match=r"without a zone.*8 for Beijing"):
        open_rain(path, GRID, SAYS(kind="amount", stamp="end", interval_hours=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-07-24", None), ("rain_20210724T0830Z", "2021-07-24T08:30:00"), ("2021-07-24T01:00:30+08:00", "2021-07-23T17:00:30"),
        ("QPE.2021072408", "2021-07-24T00:00:00"), ("nothing", None),
    ],
)  # fmt: skip
def test_times_in_names(text: str, expected: str | None) -> None:
    found = named_time(text, 8, where="f")
    assert found == (None if expected is None else np.datetime64(expected))


def test_times_of_cf() -> None:
    assert cf_time(90.0, "minutes since 2021-07-24T00:00:00Z", "gregorian", where="f") == at(1.5)
    assert cf_time(0.5, "days since 2021-07-23 20:00 -4", where="f") == at(12)
    for units, calendar in (
        ("hours since 2021-07-24", "360_day"),
        ("fortnights since 2021-07-24", ""),
        ("hours", ""),
    ):
        with pytest.raises(DataError, match="not understood"):
            cf_time(1.0, units, calendar, where="f")
    with pytest.raises(DataError, match="no such time"):
        cf_time(1.0, "hours since 2021-02-30", where="f")


def test_the_step_of_the_times() -> None:
    assert usual_step([at(0), at(1), at(3)], None, where="f") == np.timedelta64(3600, "s")
    assert usual_step([at(0)], 0.5, where="f") == np.timedelta64(1800, "s")
    for times, hours in (([at(0)], None), ([at(0), at(1), at(2.5)], None), ([at(0), at(1)], -1.0)):
        with pytest.raises(DataError):
            usual_step(times, hours, where="f")


@pytest.mark.parametrize("unit", [*AMOUNTS, *RATES])
def test_a_plain_unit_is_its_own_spelling(unit: str) -> None:
    assert plain_units(unit) == unit


@pytest.mark.parametrize(("minutes", "steps"), [(5, 6), (6, 6), (10, 6), (15, 3), (20, 3), (30, 2), (60, 1)])
def test_parts_of_an_hour_add_up_to_it_and_are_as_fine_as_the_file(
    tmp_path: Path, minutes: int, steps: int
) -> None:
    count = 120 // minutes
    rain = open_rain(
        netcdf(tmp_path / "r.nc", pattern(count), [(n + 1) * minutes / 60 for n in range(count)]), GRID,
        RainDeclared(stamp="end"),
    )  # fmt: skip
    assert rain.steps_an_hour == steps
    parts = rain.parts(at(2), steps)
    assert parts is not None
    assert len(parts) == steps
    np.testing.assert_allclose(np.sum(parts, axis=0), rain.hour(at(2)), rtol=1e-5, atol=1e-5)
    if minutes == 10:
        third = open_rain(tmp_path / "r.nc", GRID, RainDeclared(stamp="end"))._amount(rain.tiles[8])
        np.testing.assert_allclose(parts[2], third, rtol=1e-6)
    assert rain.parts(at(3), steps) is None
