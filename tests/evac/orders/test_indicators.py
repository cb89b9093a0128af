"""Figures of the loop: known values by hand, unknown is never good, and nothing is ranked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.orders import task_events as te
from evac.orders.desk import Desk
from evac.orders.events import Received
from evac.orders.indicators import WEIGHTS, Indicators, Share, by_county, cascade, indicators
from evac.orders.offices import Ladder, Office
from evac.orders.rules import bundled_rules
from evac.orders.task_desk import TaskDesk
from evac.store.memory_documents import MemoryDocumentLog
from tests.evac.orders.office import CITY, COUNTY, SIGNED_AT, draft, issued
from tests.evac.orders.test_escalation import LADDER, TOWN, VILLAGE, book_of, histories

RULES = bundled_rules()
MINUTE = timedelta(minutes=1)


def office() -> tuple[TaskDesk, str]:
    log = MemoryDocumentLog()
    return TaskDesk(log, ladder=LADDER), issued(log)


def note(desk: TaskDesk, number: str, kind: Any, minute: float, receiver: str = COUNTY, **words: Any) -> None:
    desk.note(number, kind, receiver=receiver, by="x", at=SIGNED_AT + minute * MINUTE, person="李四", **words)


def figures(desk: TaskDesk, minute: float) -> Indicators:
    return indicators(desk.book().tasks.values(), RULES, SIGNED_AT + minute * MINUTE)


def test_times_and_shares_by_hand() -> None:
    desk, number = office()
    answer, feedback = draft().answer_minutes, draft().feedback_minutes
    note(desk, number, Received, 4)
    note(desk, number, Received, answer + 7, CITY)
    note(desk, number, te.Reported, 20, action="x", evidence=("y",), done=1.0)
    found = figures(desk, 30)
    assert (found.tasks, found.unanswered, found.open) == (2, 0, 1)
    assert found.answer == (4 * MINUTE, (answer + 7) * MINUTE)
    assert found.feedback == (16 * MINUTE,)
    assert found.shares["answered"] == Share(1, 2)
    assert found.shares["feedback"] == Share(1, 1)
    assert found.shares["closed"].value is None  # not due yet: neither good nor bad
    assert found.shares["moved"].value is None
    assert found.index == pytest.approx(100 * (0.3 * 0.5 + 0.2 * 1) / 0.5)
    assert feedback > 16


def test_nothing_is_known_before_it_is_due_and_nothing_good_comes_of_silence() -> None:
    desk, _ = office()
    assert figures(desk, 0).index is None
    late = figures(desk, 60 * 24 * 3)
    assert (late.index, late.unanswered, late.median_answer) == (0, 2, None)


def test_the_moved_share_of_a_transfer_order() -> None:
    log = MemoryDocumentLog()
    desk, number = TaskDesk(log), issued(log, "330902", "transfer_order")
    receiver = Desk(log).register().find(number).signed.receivers[0]
    desk.note(number, te.Counted, receiver=receiver, by="x", at=SIGNED_AT, to_move=200, moved=150)
    (found,) = by_county(desk.find(number, receiver), RULES, Ladder(), SIGNED_AT).values()
    assert found.shares["moved"] == Share(150, 200)
    assert found.index == pytest.approx(75)


def test_the_cascade_from_the_county_to_the_village() -> None:
    desk, number = office()
    note(desk, number, Received, 2, CITY)
    note(desk, number, Received, 5)
    note(desk, number, Received, 12, TOWN)
    Desk(desk.log).sent(number, receiver=VILLAGE, way="x", by="x", at=SIGNED_AT + 13 * MINUTE)
    down = cascade(desk.find(number), LADDER)
    assert [(lag.above, lag.below, lag.median, lag.waiting) for lag in down] == [
        ("city", "county", 3 * MINUTE, 0), ("county", "town", 7 * MINUTE, 0), ("town", "village", None, 1),
    ]  # fmt: skip
    assert cascade(desk.find(number), Ladder()) == ()


def test_counties_stand_in_the_order_of_their_codes_whatever_their_figures() -> None:
    ladder = Ladder([Office("甲", "330921"), Office("乙", "330902"), Office("丙镇", "330902001")])
    desk, number = office()
    for receiver, minute in (("甲", 1), ("乙", 300), ("丙镇", 1)):
        Desk(desk.log).sent(number, receiver=receiver, way="x", by="x", at=SIGNED_AT)
        note(desk, number, Received, minute, receiver)
    found = by_county(desk.find(number), RULES, ladder, SIGNED_AT + 400 * MINUTE)
    assert list(found) == sorted(found)
    assert found["330902"].tasks == 4  # 乙, 丙镇, and the two receivers of the letter, of that county


@given(histories(), st.integers(0, 6000))
@settings(max_examples=60, deadline=None)
def test_shares_are_shares_and_the_index_stays_in_its_range(records: Any, minute: int) -> None:
    found = indicators(book_of(records).tasks.values(), RULES, SIGNED_AT + minute * MINUTE)
    assert all(0 <= share.met <= share.of for share in found.shares.values())
    assert found.index is None or 0 <= found.index <= 100
    assert all(span >= timedelta(0) for span in (*found.answer, *found.feedback))


def test_the_weights_are_a_whole() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
