"""Which soil state a run goes on from, what it leaves, and every state that cannot be used by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from riskmap.analysis.soil import BEFORE, SoilStart, SoilWatch
from riskmap.errors import DataError, SourceError
from riskmap.grid import Grid
from riskmap.io.soil_cycle import (
    KEPT_DAYS,
    LONGEST_GAP,
    SoilFound,
    file_name,
    find_soil_start,
    is_folder,
    keep_soil_state,
)
from riskmap.io.soil_state import read_soil_state, write_soil_state

GRID = Grid.from_bounds(west=120, south=28, east=120.4, north=28.3, step=0.1)
NOW = datetime(2021, 7, 25, 6, tzinfo=UTC)
LONG_AGO = np.datetime64("2021-07-01", "s")


def stamp(at: datetime) -> np.datetime64:
    return np.datetime64(int(at.timestamp()), "s")


def state(at: datetime, *, grid: Grid = GRID, depth: float = 3.0) -> xr.Dataset:
    return SoilWatch(None, grid.shape, depth=(depth, 2.0, 1.0)).state(grid, stamp(at))


def look(path: Path, *, now: datetime = NOW, rain_from: np.datetime64 = LONG_AGO) -> SoilFound:
    return find_soil_start(path, now, GRID, rain_from=rain_from)


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def test_a_folder_that_is_not_there_yet_is_no_problem_and_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "soil"
    found = look(folder)
    assert (found.start, found.file, found.problems) == (None, None, ())
    file = keep_soil_state(folder, state(NOW))
    assert file == folder / "soil_20210725T060000Z.state"
    assert [p.name for p in folder.iterdir()] == [file.name]


def test_a_state_within_the_hour_of_a_layer_is_no_matter_of_the_clock(tmp_path: Path) -> None:
    keep_soil_state(tmp_path, state(NOW - hours(1)))
    keep_soil_state(tmp_path, state(NOW + hours(0.5)))
    found = find_soil_start(tmp_path, NOW, GRID, rain_from=LONG_AGO, clock=NOW + hours(0.75))
    assert (found.start is not None, found.problems) == (True, ())
    assert "check the clock" in look(tmp_path).problems[0]


def test_the_newest_state_before_the_issue_time_is_taken_with_its_gap(tmp_path: Path) -> None:
    for n in (5, 3, 2):
        keep_soil_state(tmp_path, state(NOW - hours(n), depth=float(n)))
    found = look(tmp_path)
    assert found.problems == ()
    assert found.start is not None
    assert (found.start.gap, found.start.time) == (2, stamp(NOW - hours(2)))
    now, before = found.start.tanks()
    assert (now.upper == 2.0).all()
    assert (before.upper == 2.0).all()


def test_a_state_of_the_same_hour_is_the_last_choice(tmp_path: Path) -> None:
    keep_soil_state(tmp_path, state(NOW))
    assert look(tmp_path).start.gap == 0  # type: ignore[union-attr]
    keep_soil_state(tmp_path, state(NOW - hours(7)))
    assert look(tmp_path).start.gap == 7  # type: ignore[union-attr]


def test_later_states_are_named_and_not_used(tmp_path: Path) -> None:
    keep_soil_state(tmp_path, state(NOW + hours(1)))
    found = look(tmp_path)
    assert found.start is None
    assert "1 soil states are later than the issue time" in found.problems[0]
    keep_soil_state(tmp_path, state(NOW - hours(1)))
    found = look(tmp_path)
    assert found.start is not None
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("age", "words"),
    [(LONGEST_GAP + 1, f"{LONGEST_GAP + 1} h old, more than"), (1.5, "no whole number of hours")],
)
def test_a_state_whose_rain_cannot_be_bridged_is_named(tmp_path: Path, age: float, words: str) -> None:
    keep_soil_state(tmp_path, state(NOW - hours(age)))
    found = look(tmp_path)
    assert found.start is None
    assert words in found.problems[0]


def test_a_track_that_begins_too_late_is_named(tmp_path: Path) -> None:
    keep_soil_state(tmp_path, state(NOW - hours(3)))
    assert look(tmp_path, rain_from=stamp(NOW - hours(27))).start is not None
    assert "track begins later" in look(tmp_path, rain_from=stamp(NOW - hours(26))).problems[0]


def test_damaged_and_foreign_states_are_named_and_an_older_sound_one_is_taken(tmp_path: Path) -> None:
    keep_soil_state(tmp_path, state(NOW - hours(4)))
    whole = keep_soil_state(tmp_path, state(NOW - hours(1)))
    whole.write_bytes(whole.read_bytes()[:-3])
    other = Grid.from_bounds(west=120, south=28, east=120.5, north=28.3, step=0.1)
    keep_soil_state(tmp_path, state(NOW - hours(2), grid=other))
    bare = state(NOW - hours(3)).drop_vars(list(BEFORE))
    write_soil_state(bare, tmp_path / file_name(stamp(NOW - hours(3))))
    (tmp_path / "soil_20219999T000000Z.state").write_text("x")
    found = look(tmp_path)
    assert found.start is not None
    assert found.start.gap == 4
    said = "\n".join(found.problems)
    for words in ("cut off", "of another grid", "without the day before"):
        assert words in said, words
    assert len(found.problems) == 4


def test_the_wetness_class_is_left_where_none_is_sound(tmp_path: Path) -> None:
    (tmp_path / file_name(stamp(NOW - hours(1)))).write_bytes(b"nothing of the kind")
    found = look(tmp_path)
    assert (found.start, found.file) == (None, None)
    assert "not a soil state" in found.problems[0]


def test_one_file_is_replaced_and_never_by_an_earlier_state(tmp_path: Path) -> None:
    path = tmp_path / "soil.state"
    assert not is_folder(path)
    assert look(path).problems == ()
    keep_soil_state(path, state(NOW - hours(2)))
    keep_soil_state(path, state(NOW))
    assert look(path, now=NOW + hours(1)).start.gap == 1  # type: ignore[union-attr]
    with pytest.raises(DataError, match="a later soil state is there"):
        keep_soil_state(path, state(NOW - hours(1)))
    path.write_bytes(b"rubbish")
    assert "not a soil state" in look(path).problems[0]
    keep_soil_state(path, state(NOW - hours(1)))
    assert look(path).start.gap == 1  # type: ignore[union-attr]


def test_old_states_go_and_strange_files_stay(tmp_path: Path) -> None:
    first = keep_soil_state(tmp_path, state(NOW - timedelta(days=KEPT_DAYS, hours=1)))
    second = keep_soil_state(tmp_path, state(NOW - timedelta(days=KEPT_DAYS)))
    (tmp_path / "soil_notes.state").write_text("mine")
    keep_soil_state(tmp_path, state(NOW))
    assert not first.exists()
    assert second.exists()
    assert (tmp_path / "soil_notes.state").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file")
    with pytest.raises(SourceError, match="cannot be made"):
        keep_soil_state(tmp_path / "a" / "b", state(NOW))


def test_runs_that_go_on_are_bit_for_bit_the_one_that_never_stopped(tmp_path: Path) -> None:
    rain = np.random.default_rng(1).gamma(0.5, 8.0, (60, *GRID.shape)).astype(np.float32)
    begin = NOW - hours(24)  # rain[n] falls in hour n after it

    def cycle(after: int, start: SoilStart | None) -> SoilWatch:
        """One run issued so many hours after NOW, with six hours of forecast."""
        watch = SoilWatch(start, GRID.shape, depth=(5.0, 4.0, 3.0))
        gap = 0 if start is None else start.gap
        for n, amount in enumerate(rain[after - gap : after + 24]):
            watch.hour(n, amount)
        return watch

    kept = state(NOW)
    for after in (0, 1, 7, 8, 30):
        folder = tmp_path / "soil"
        found = find_soil_start(folder, NOW + hours(after), GRID, rain_from=LONG_AGO)
        assert (found.start is None) == (after == 0)
        kept = cycle(after, found.start).state(GRID, stamp(NOW + hours(after)))
        keep_soil_state(folder, kept)
    now = SoilWatch(None, GRID.shape, depth=(5.0, 4.0, 3.0))
    for n, amount in enumerate(rain[:54]):
        if n == 30:
            earlier = now.state(GRID, stamp(begin + hours(30)))
        now.hour(n, amount)
    whole = now.state(GRID, stamp(NOW + hours(30)))
    read = read_soil_state(tmp_path / "soil" / file_name(stamp(NOW + hours(30))), like=GRID)
    for name, day_before in zip(list(whole.data_vars)[:3], BEFORE, strict=True):
        np.testing.assert_array_equal(read[name].values, whole[name].values)
        np.testing.assert_array_equal(read[day_before].values, earlier[name].values)
        np.testing.assert_array_equal(kept[name].values, whole[name].values)


def test_a_week_of_foreign_states_is_not_named_one_by_one(tmp_path: Path) -> None:
    other = Grid.from_bounds(west=120, south=28, east=120.5, north=28.3, step=0.1)
    for n in range(1, 10):
        keep_soil_state(tmp_path, state(NOW - hours(n), grid=other))
    found = look(tmp_path)
    assert len(found.problems) == 6
    assert found.problems[-1] == "4 more soil states could not be used"
