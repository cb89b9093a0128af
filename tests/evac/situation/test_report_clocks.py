"""Dead and missing people are reported in time: two hours, every morning, and once at the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evac.model import State
from evac.registry import Registry
from evac.situation.document import ReportClock
from evac.situation.report_clocks import (
    Made,
    deadline_of,
    made_reports,
    report_clocks,
    report_target,
    reported,
)
from evac.store.counting import Held
from riskmap.errors import ConfigError
from tests.evac.situation.scene import NAMES, bare, screen
from tests.evac.world import END, START, Clerk

T = datetime(2021, 7, 25, 3, tzinfo=UTC)  # 11:00 in Beijing
COUNTY = "330902"


def clock(
    missing: int,
    deceased: int,
    *made: Made,
    since: datetime = T,
    newest: datetime = T,
    at: datetime = T + timedelta(days=9),
) -> ReportClock:
    held = {
        (COUNTY, state): Held(n, since, newest)
        for state, n in ((State.MISSING, missing), (State.DECEASED, deceased))
        if n
    }
    (found,) = report_clocks({COUNTY: {"missing": missing, "deceased": deceased}}, held, made, NAMES, at)
    return found


def made(kind: str, hours: float) -> Made:
    return Made(COUNTY, kind, T + timedelta(hours=hours), "3号")


def test_the_first_report_is_due_two_hours_after_the_first_of_them() -> None:
    found = clock(2, 1, at=T + timedelta(hours=2, minutes=1))
    assert (found.kind, found.due_at, found.overdue) == ("first_report", T + timedelta(hours=2), True)
    due = deadline_of(found)
    assert due is not None
    assert due.words == "遇难1人、失联2人 首报"


def test_while_somebody_is_missing_it_is_reported_every_morning() -> None:
    found = clock(2, 0, made("first_report", 1))
    assert found.kind == "follow_up"
    assert found.due_at == datetime(2021, 7, 26, 1, tzinfo=UTC)  # 9:00 in Beijing
    again = clock(2, 0, made("first_report", 1), made("follow_up", 22))
    assert again.due_at == datetime(2021, 7, 27, 1, tzinfo=UTC)


def test_one_more_is_reported_within_the_hour() -> None:
    found = clock(3, 0, made("first_report", 1), newest=T + timedelta(hours=3))
    assert (found.kind, found.due_at) == ("follow_up", T + timedelta(hours=4))


def test_when_nobody_is_missing_any_more_a_final_report_is_due_and_ends_it() -> None:
    found = clock(0, 1, made("first_report", 1), made("follow_up", 20))
    assert (found.kind, found.due_at) == ("final_report", T + timedelta(hours=68))
    done = clock(0, 1, made("first_report", 1), made("final_report", 30))
    assert (done.kind, done.due_at, done.overdue) == ("done", None, False)
    assert deadline_of(done) is None


def test_somebody_missing_after_the_final_report_starts_it_again() -> None:
    found = clock(1, 0, made("first_report", 1), made("final_report", 30), newest=T + timedelta(hours=31))
    assert (found.kind, found.due_at) == ("follow_up", T + timedelta(hours=32))


def test_ten_and_more_go_straight_up() -> None:
    assert "应急管理部" in clock(7, 3).basis
    assert "应急管理部和" not in clock(7, 2).basis
    assert clock(7, 2).basis.count("同时报省级") == 0


def test_a_county_without_any_has_no_clock() -> None:
    assert report_clocks({COUNTY: {"missing": 0, "deceased": 0}}, {}, [], NAMES, T) == ()


def test_from_the_log_to_the_screen_and_back() -> None:
    store, clerk = bare(), Clerk(10**6)
    code = "7" + "E" * 25
    said = [
        clerk.event("registered", 1, code=code, county=COUNTY), clerk.event("ordered", 2, code=code),
        clerk.event("notified", 3, code=code), clerk.event("departed", 4, code=code), clerk.event("missing", 10, code=code),
    ]  # fmt: skip
    Registry(store).check_ins(said, received_at=END)
    at = START + timedelta(minutes=70)
    (found,) = screen(store, COUNTY, at=at).report_clocks or ()
    assert (found.missing, found.since, found.due_at) == (
        1,
        START + timedelta(minutes=10),
        START + timedelta(minutes=130),
    )
    told = clerk.event("resolved", 60, target=reported("first_report", COUNTY), how="定应急3号", place=COUNTY)
    Registry(store).check_in(told, received_at=END)
    assert [report.number for report in made_reports([told])] == ["定应急3号"]
    for code in (COUNTY, "3309", "33"):
        (after,) = screen(store, code, at=at).report_clocks or ()
        assert (after.kind, after.reported[0][2]) == ("follow_up", "定应急3号")
    assert screen(store, "330903", at=at).report_clocks == ()


def test_what_is_no_report_is_refused() -> None:
    assert report_target("final_report", COUNTY) == reported("final_report", COUNTY)
    for kind, county in (("late_report", COUNTY), ("first_report", "3309")):
        with pytest.raises(ConfigError, match="not a report"):
            report_target(kind, county)
