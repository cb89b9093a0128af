"""The hand-over sheet of a running server: since the shift took over, and just after that since the one before did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from evac.situation.document import HeadCountHere, Situation
from evac.situation.shifts import Shifts, shift_began
from riskmap.outlook import BEIJING
from tests.evac.situation.sample import sample_situation

H = timedelta(hours=1)
EIGHT = datetime(2021, 7, 25, 8, tzinfo=BEIJING)


def seen(at: datetime, moved: int, code: str = "330902") -> Situation:
    one = sample_situation()
    head = one.head_count
    assert head is not None
    figures = dict(head.figures) | {"moved": moved}
    count = HeadCountHere(figures, head.words, head.parts, True, head.share)
    return replace(
        one, at=at.astimezone(UTC), head_count=count, place=replace(one.place, code=code), handover=None
    )


def moves(one: Situation) -> list[tuple[str, str]]:
    assert one.handover is not None
    return [(c.before, c.after) for c in one.handover.changes if c.words == "已转移"]


def test_a_sheet_tells_of_this_shift_and_just_after_the_change_of_the_last() -> None:
    shifts = Shifts()
    assert moves(shifts.with_sheet(seen(EIGHT, 10))) == []
    assert moves(shifts.with_sheet(seen(EIGHT + 3 * H, 40))) == [("10", "40")]
    early = shifts.with_sheet(seen(EIGHT + 12.5 * H, 90))
    assert moves(early) == [("10", "90")]  # the next shift reads what happened on the last
    assert early.handover is not None
    assert early.handover.since == EIGHT
    assert moves(shifts.with_sheet(seen(EIGHT + 14 * H, 95))) == [("90", "95")]
    assert moves(shifts.with_sheet(seen(EIGHT + 24.5 * H, 99))) == [("90", "99")]


def test_screens_are_kept_apart() -> None:
    shifts = Shifts()
    shifts.with_sheet(seen(EIGHT, 10))
    assert moves(shifts.with_sheet(seen(EIGHT + H, 50, "330903"))) == []
    assert moves(shifts.with_sheet(seen(EIGHT + 2 * H, 60, "330903"))) == [("50", "60")]


def test_many_screens_are_not_kept_for_ever() -> None:
    shifts = Shifts()
    for n in range(700):
        shifts.with_sheet(seen(EIGHT, n, f"{330000 + n}"))
    assert moves(shifts.with_sheet(seen(EIGHT + H, 1000, "330699"))) == [("699", "1,000")]
    assert moves(shifts.with_sheet(seen(EIGHT + H, 1000, "330001"))) == []  # asked long ago, and forgotten


@given(st.integers(1_600_000_000, 1_900_000_000))
def test_a_shift_began_before_now_and_less_than_twelve_hours_ago(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    began = shift_began(at)
    assert timedelta(0) <= at - began < 12 * H
    assert began.astimezone(BEIJING).hour in (8, 20)
