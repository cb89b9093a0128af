from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.commands.operations import disk
from evac.events import canonical
from evac.log import Head, Sealed, seal
from evac.operations.clock import clock_difference, device_clocks, time_of_answer
from evac.operations.disk import disk_forecast, forecast
from evac.store.postgres import PostgresStore
from evac.store.room import free_bytes_if_known
from evac.store.sqlite import SQLiteStore
from riskmap.errors import DataError, SourceError
from tests.evac.scenes import START, make_event

NOW = START + timedelta(hours=12)


def test_a_forecast_is_size_by_pace(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    with closing(SQLiteStore(path)) as store:
        for hour, count in ((1, 500), (8, 30), (10, 200), (11, 90)):
            store.append(
                [make_event("notified") for _ in range(count)],
                received_at=START + timedelta(hours=hour, minutes=30),
            )
        found = disk_forecast(path, now=NOW)
    assert found.events == 820
    assert found.per_hour == 200.0  # the fastest of the last six hours, not of the day
    assert found.per_event == pytest.approx(found.size / 820)
    assert found.free is not None
    assert found.needed == 3 * found.size
    assert found.hours_left == pytest.approx((found.free - found.needed) / (found.per_event * 200))
    with pytest.raises(SourceError):
        disk_forecast(tmp_path / "none.sqlite", now=NOW)


def test_a_registry_that_is_not_there_is_not_told_to_free_the_disk(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no registry is here") as caught:
        disk(str(tmp_path / "countyy.sqlite"))
    assert "free the disk" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_database_is_asked_what_it_has(
    database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dsn = database()
    now = datetime.now(UTC)
    with closing(PostgresStore(dsn, set_up=True)) as store:
        for hours, count in ((1, 20), (8, 30)):
            store.append(
                [make_event("notified") for _ in range(count)], received_at=now - timedelta(hours=hours)
            )
        found = disk_forecast(dsn, now=now)
        assert found.size == store._raw.execute("SELECT pg_database_size(current_database())").fetchone()[0]  # type: ignore[index]
    assert (found.events, found.per_hour, found.needed) == (50, 20.0, found.size)
    monkeypatch.setattr("evac.store.room.free_bytes", lambda _: 10**11)
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    there = disk_forecast(dsn, now=now)
    assert there.free in (None, 10**11)  # by a socket or by an address
    monkeypatch.setattr(Path, "is_dir", lambda _: False)
    unknown = disk_forecast(dsn, now=now)
    assert (unknown.free, unknown.hours_left, unknown.alarm) == (None, None, "")
    disk(dsn)
    assert "free room not known" in capsys.readouterr().out


def test_the_room_of_a_folder_that_is_not_ours_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert free_bytes_if_known(tmp_path)
    assert free_bytes_if_known(tmp_path / "none") is None

    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    assert free_bytes_if_known(tmp_path) is None
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    assert free_bytes_if_known(tmp_path / "none") is None


def test_alarms_of_the_disk() -> None:
    busy = [NOW - timedelta(seconds=n) for n in range(3000)]

    def alarm(size: int, free: int, received: list[datetime]) -> str:
        return forecast(size=size, free=free, received=received, events=10_000, now=NOW).alarm

    assert "GiB free" in alarm(10**6, 10**8, [])
    assert "hours at this pace" in alarm(10**10, 3 * 10**10, busy)
    assert "no room for a backup" in alarm(10**10, 25 * 10**9, [])  # the copy, and twice the file for VACUUM
    assert alarm(10**6, 10**11, busy) == ""
    unknown = forecast(size=10**10, free=None, received=busy, events=10_000, now=NOW)
    assert (unknown.alarm, unknown.hours_left) == ("", None)
    assert forecast(size=4096, free=1, received=[], events=0, now=NOW).hours_left is None


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=5, max_size=5))
def test_the_difference_of_clocks_is_known_to_half_a_round_trip(microseconds: int, delays: list[int]) -> None:
    offset = timedelta(microseconds=microseconds)
    here = [START]
    waits = iter([delay for d in delays for delay in (d, d // 3)])

    def tick() -> datetime:
        return here[0]

    def ask() -> datetime:
        here[0] += timedelta(microseconds=next(waits))
        answer = here[0] + offset
        here[0] += timedelta(microseconds=next(waits))
        return answer

    found = clock_difference(ask, tick)
    assert abs(found.offset - offset) <= found.within
    assert bool(found.alarm) == (abs(found.offset) - found.within > timedelta(seconds=2))


@pytest.mark.parametrize("text", ["", "{}", '{"now": "x"}', "<html>", '{"now": 99999999999999999999}'])
def test_what_is_no_clock_is_said(text: str) -> None:
    with pytest.raises(DataError, match="not a server's clock"):
        time_of_answer(text)
    assert time_of_answer('{"now": 0}') == datetime(1970, 1, 1, tzinfo=UTC)


def test_devices_that_are_off_are_named_the_worst_first() -> None:
    def event(device: str, minute: int, offset: timedelta):  # type: ignore[no-untyped-def]
        at = START + timedelta(minutes=minute)
        return make_event("notified", minute, device=device, device_at=at - offset, trusted_at=at)

    events = [
        event("well", 1, timedelta(seconds=20)), event("well", 2, timedelta(seconds=50)),
        event("day", 3, timedelta(days=1)), event("future", 50, timedelta()),
    ]  # fmt: skip
    log = list(seal(Head(), events, received_at=START + timedelta(minutes=10)))
    destroyed = Sealed(1, b"", START, bytes(32), bytes(32))
    clocks = {clock.device: clock for clock in device_clocks([destroyed, *log])}
    assert list(clocks) == ["day", "future", "well"]
    assert clocks["well"].alarm == ""
    assert (clocks["well"].offset, clocks["well"].drift, clocks["well"].events) == (
        timedelta(seconds=50),
        timedelta(seconds=30),
        2,
    )
    assert "时钟差" in clocks["day"].alarm
    assert clocks["future"].ahead == timedelta(minutes=40)
    assert "晚" in clocks["future"].alarm
    assert canonical(log[0].event) == log[0].body
