"""Health: a cycle that failed or was killed is not well again because the next one has begun."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from riskmap.errors import BusyError
from riskmap.health import FAILING, HEALTHY, NOTHING, TOO_OLD, Health, judge
from riskmap.io.cycle_status import LOCK, CycleStatus, judged_status, read_status
from riskmap.io.lock_file import is_free, locked

AT = datetime(2021, 7, 23, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def look(root: Path, latest: datetime | None = AT) -> Health:
    return judge(read_status(root), latest, now=AT + HOUR, max_age=2 * HOUR)


@pytest.fixture
def status(tmp_path: Path) -> CycleStatus:
    """One cycle published."""
    found = CycleStatus(tmp_path)
    found.started(AT, AT)
    found.ended(AT, 0, tmp_path / "runs" / "one", (), ())
    assert look(tmp_path).exit_code == HEALTHY
    return found


def test_what_failed_stays_failed_until_one_is_published(status: CycleStatus, tmp_path: Path) -> None:
    status.failed(AT + HOUR, 3, "no track")
    for _ in range(2):  # the second was killed before its end
        status.started(AT + HOUR, AT + HOUR)
        assert look(tmp_path).exit_code == FAILING
    assert "began 2021-07-23T09:00:00Z and was killed" in look(tmp_path).lines[0]
    assert look(tmp_path, None).exit_code == NOTHING
    assert "was killed" in look(tmp_path, None).lines[1]
    status.ended(AT + HOUR, 0, tmp_path / "runs" / "two", (), ())
    assert look(tmp_path).exit_code == HEALTHY


def test_the_failure_before_is_told_with_its_words(status: CycleStatus, tmp_path: Path) -> None:
    status.failed(AT + HOUR, 3, "no track")
    status.started(AT + HOUR, AT + HOUR)
    assert look(tmp_path).lines == ("the cycle before the one at work failed (exit code 3): no track",)


def test_a_cycle_at_work_after_one_that_was_published_is_well(status: CycleStatus, tmp_path: Path) -> None:
    status.started(AT + HOUR, AT + HOUR)
    assert look(tmp_path).exit_code == HEALTHY


def test_a_cycle_that_was_killed_is_told_at_once_and_one_at_work_is_not(
    status: CycleStatus, tmp_path: Path
) -> None:
    """The lock tells them apart: the system lets go of it with the process."""

    def state() -> object:
        return judged_status(tmp_path)["state"]

    with locked(tmp_path / LOCK):
        status.started(AT + HOUR, AT + HOUR)
        assert state() == "running"
    assert state() == "killed"
    found = judge(judged_status(tmp_path), AT, now=AT + HOUR, max_age=2 * HOUR)
    assert (found.exit_code, found.beats) == (FAILING, False)
    assert found.lines == (
        "the last cycle failed: it began 2021-07-23T09:00:00Z and was killed before its end",
    )
    (tmp_path / LOCK).unlink()  # nobody can tell
    assert state() == "running"


def test_a_look_at_the_lock_costs_no_cycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(tmp_path / LOCK):
        assert not is_free(tmp_path / LOCK)
        with pytest.raises(BusyError), locked(tmp_path / LOCK):
            pass
    assert is_free(tmp_path / LOCK)
    with (tmp_path / LOCK).open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        monkeypatch.setattr("riskmap.io.lock_file.time.sleep", lambda _seconds: looking.close())
        with locked(tmp_path / LOCK):
            assert not is_free(tmp_path / LOCK)


def test_what_is_left_out_is_told_beside_what_is_stale(status: CycleStatus, tmp_path: Path) -> None:
    status.ended(AT, 4, tmp_path / "runs" / "one", ("the track is old",), ("sea walls: none",))
    found = look(tmp_path)
    assert (found.exit_code, found.lines) == (TOO_OLD, ("the track is old", "left out: sea walls: none"))
