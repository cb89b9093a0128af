"""Laws of the loop: facts in any order, clocks that jump, ends that hold, ladders of any shape."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.orders import task_events as te
from evac.orders.deadlines import Clock, Step, clocks, close_by, escalation, steps_of
from evac.orders.escalation import told_office
from evac.orders.events import Received, Record, Sent
from evac.orders.offices import Ladder, Office
from evac.orders.replay import replay
from evac.orders.rules import bundled_rules
from evac.orders.task_desk import TaskDesk
from evac.orders.tasks import ENDED, Stage
from evac.orders.worker import Worker
from evac.store.due_tables import SQLiteDueTable
from evac.store.memory_documents import MemoryDocumentLog
from riskmap.errors import DataError
from tests.evac.orders.office import COUNTY, SIGNED_AT, issued
from tests.evac.orders.test_escalation import LADDER, MINUTE, book_of, facts, histories, minutes

RULES = bundled_rules()
CENTURY = 20 * 365 * 24 * 60
"""Minutes by which a machine without a battery is behind: it begins in the year 2000."""
LATE = SIGNED_AT + timedelta(days=3)
"""When the paper of the night is typed in."""

_SAID: dict[str, tuple[Any, dict[str, Any]]] = {
    "sent": (Sent, {"way": "x"}), "received": (Received, {"person": "甲"}), "accepted": (te.Accepted, {"person": "甲"}),
    "started": (te.Started, {"person": "甲"}), "counted": (te.Counted, {"to_move": 90, "moved": 1}),
    "report": (te.Reported, {"person": "甲", "action": "x", "evidence": (), "done": 0.5}),
    "done": (te.Reported, {"person": "甲", "action": "x", "evidence": ("y",), "done": 1.0}),
    "declined": (te.Declined, {"person": "甲", "reason": "x"}),
    "asked": (te.ExtensionAsked, {"person": "甲", "reason": "x", "until": SIGNED_AT + timedelta(days=9)}),
}  # fmt: skip


@st.composite
def told(draw: st.DrawFn) -> list[tuple[Record, datetime]]:
    """Facts, each at an instant of its own, all typed in when the night is over."""
    when = draw(st.lists(st.integers(0, 3000), max_size=8, unique=True))
    kinds = [draw(st.sampled_from(sorted(_SAID))) for _ in when]
    found = facts(
        *[(minute, _SAID[kind][0], _SAID[kind][1]) for minute, kind in zip(when, kinds, strict=True)]
    )
    return [found[0], *((record, LATE) for record, _ in found[1:])]


def seen(records: list[tuple[Record, datetime]], now: datetime) -> Any:
    book = book_of(records)
    return [
        (
            task.receiver, task.stage, task.received_at, task.reported_at, task.refusing, task.asked, task.counted, task.claimed,
            task.redo, clocks(task, RULES),
        )
        for task in book.tasks.values()
    ] + [(step.key, step.due_at, step.rung.id) for step in escalation(book.tasks.values(), RULES, now)]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(told(), st.randoms(use_true_random=False), st.integers(0, 9000))
def test_in_whatever_order_facts_come_in_the_same_is_due(records: Any, chance: Any, minute: int) -> None:
    now = SIGNED_AT + minute * MINUTE
    mixed = [records[0], *chance.sample(records[1:], len(records) - 1)]
    assert seen(mixed, now) == seen(records, now)


def test_paper_that_is_typed_in_late_moves_nothing_that_was_said_after_it() -> None:
    def report(minute: float, done: float) -> tuple[Any, ...]:
        return (minute, te.Reported, {"person": "甲", "action": "x", "evidence": ("y",), "done": done})

    records = facts(
        (0, Sent, {"way": "x"}),
        report(50, 1.0),
        report(20, 0.2),
        (10, te.Declined, {"person": "甲", "reason": "x"}),
    )
    (task,) = (t for t in book_of([(r, LATE) for r, _ in records]).tasks.values() if t.receiver == COUNTY)
    assert task.claimed
    assert [r.done for r in task.reports] == [0.2, 1.0]
    assert {c.id for c in clocks(task, RULES)} == {"verify", "close"}
    records = facts(
        (50, te.Declined, {"person": "甲", "reason": "x"}),
        report(20, 0.2),
        (10, te.Started, {"person": "甲"}),
    )
    (task,) = (t for t in book_of([(r, LATE) for r, _ in records]).tasks.values() if t.receiver == COUNTY)
    assert (task.stage, task.refusing is not None) == (Stage.DECLINED, True)


_WORD: dict[str, tuple[Any, dict[str, Any]]] = {
    **_SAID, "back": (te.SentBack, {"reason": "x"}), "refused": (te.ExtensionRefused, {"reason": "x"}),
}  # fmt: skip


@pytest.mark.parametrize("older", ["report", "done", "declined", "asked"])
@pytest.mark.parametrize(
    "last", [("report",), ("done",), ("declined",), ("report", "back"), ("declined", "back", "started")]
)
def test_paper_that_is_typed_in_late_begins_no_chain_anew(last: tuple[str, ...], older: str) -> None:
    def running(*words: str) -> list[Clock]:
        said = [(5.0, *_SAID["received"]), (8.0, *_SAID["asked"])]
        said += [(50.0 + n, *_WORD[kind]) for n, kind in enumerate(last)]
        said += [(6.0, *_SAID[kind]) for kind in words]
        (task,) = (
            t for t in book_of(facts((0, Sent, {"way": "x"}), *said)).tasks.values() if t.receiver == COUNTY
        )
        return clocks(task, RULES)

    assert running(older) == running()


def test_an_older_request_opens_none_that_was_decided() -> None:
    said = [(5, *_SAID["received"]), (10, *_SAID["asked"]), (20, *_WORD["refused"]), (8, *_SAID["asked"])]
    (task,) = (t for t in book_of(facts(*said)).tasks.values() if t.receiver == COUNTY)
    assert task.asked is None
    (task,) = (t for t in book_of(facts(*said, (15, *_SAID["asked"]))).tasks.values() if t.receiver == COUNTY)
    assert task.asked is not None  # it was said after the one that was decided


def test_an_older_count_never_replaces_a_newer_one() -> None:
    count = [(60, te.Counted, {"to_move": 100, "moved": 100}), (30, te.Counted, {"to_move": 100, "moved": 3})]
    (task,) = (t for t in book_of(facts(*count)).tasks.values() if t.receiver == COUNTY)
    assert task.counted is not None
    assert task.counted.moved == 100


@settings(max_examples=25, deadline=None)
@given(histories(), st.integers(100, 6000))
def test_what_has_ended_is_left_alone_and_an_extension_is_waited_for(records: Any, until: int) -> None:
    records = sorted(records, key=lambda pair: pair[1])
    done = replay(records, rules=RULES, ladder=LADDER, until=SIGNED_AT + until * MINUTE)
    for task in done.book.tasks.values():
        for step in (step for chain in task.steps.values() for step in chain):
            if task.stage in ENDED and task.ended_at is not None:
                noted = next(
                    n for r, n in records if isinstance(r, te.Closed) and r.receiver == task.receiver
                )
                assert step.at <= max(noted, task.ended_at)
            if step.clock == "close" and step.nth:
                assert step.due_at >= task.granted[step.nth - 1].until
        if task.granted and task.stage not in ENDED:
            assert close_by(task, RULES) == task.granted[-1].until


@settings(max_examples=30, deadline=None)
@given(histories(), st.lists(st.integers(-2000, 6000) | st.just(-CENTURY), min_size=1, max_size=12))
def test_whatever_a_clock_showed_before_nothing_waits_for_its_tomorrow(
    records: Any, ticks: list[int]
) -> None:
    log = MemoryDocumentLog()
    with log.writing() as append:
        for record, noted in records:
            append([record], noted)
    desk = TaskDesk(log, ladder=LADDER)
    for minute in ticks:
        now = SIGNED_AT + minute * MINUTE
        desk.hold_to(now)
        desk.escalate(now)
        for task in desk.book().unfinished():
            for step in steps_of(task, RULES):
                longest = max(step.clock.step, task.terms.repeat)
                if task.steps.get(
                    (step.clock.id, step.clock.nth)
                ):  # a chain that is being climbed goes on within one wait
                    assert step.due_at <= max(now + RULES.clock_tolerance + longest, step.clock.due_at)
    keys = [s.key for t in desk.book().tasks.values() for chain in t.steps.values() for s in chain]
    assert len(set(keys)) == len(keys)


@settings(max_examples=30, deadline=None)
@given(histories(), st.sampled_from([100, 1000, CENTURY]), st.integers(0, 6000))
def test_whatever_a_clock_showed_before_nothing_is_due_before_its_time(
    records: Any, behind: int, minute: int
) -> None:
    log = MemoryDocumentLog()
    with log.writing() as append:
        for record, noted in records:
            append([record], noted)
    looked, never_looked = TaskDesk(log, ladder=LADDER), TaskDesk(log, ladder=LADDER)
    before, now = SIGNED_AT - behind * MINUTE, SIGNED_AT + minute * MINUTE
    looked.hold_to(before)
    assert looked.escalate(before) == []
    due = []
    for desk in (looked, never_looked):
        desk.hold_to(now)
        due.append([(step.key, step.due_at) for step in escalation(desk.book().unfinished(), RULES, now)])
    assert due[0] == due[1]


def test_a_clock_that_ran_a_day_ahead_costs_no_day(tmp_path: Any) -> None:
    log = MemoryDocumentLog()
    issued(log)
    answer = minutes("answer") * MINUTE
    table = SQLiteDueTable(tmp_path / "due.sqlite")
    tried: list[str] = []

    def hang(outgoing: Any) -> Any:
        tried.append(outgoing.key)
        raise OSError("no line")

    worker = Worker(TaskDesk(log, ladder=LADDER), table, owner="w", deliver=hang)
    worker.refresh()
    wrong = SIGNED_AT + timedelta(days=1)
    assert {s.measure for s in worker.tick(wrong).steps} == {"催办"}
    before = len(tried)
    right = SIGNED_AT + answer  # somebody sets it right
    assert worker.tick(right).steps == ()
    assert len(tried) > before  # what failed under the wrong clock is tried again at once
    assert {s.measure for s in worker.tick(right + answer).steps} == {"电话提醒"}
    # and whoever starts later believes the same
    again = Worker(TaskDesk(log, ladder=LADDER), table, owner="v")
    again.refresh()
    assert {s.measure for s in again.tick(right + 2 * answer).steps} == {"督办单"}
    table.close()


NAMES = [f"办{n}" for n in range(5)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["33", "3309", "330902", "330902001", "330902001201", "33090"]), st.integers(-1, 5)),
        min_size=1, max_size=5,
    ),
    st.integers(0, 5), st.booleans(),
)  # fmt: skip
def test_a_ladder_of_any_shape_ends_or_names_its_circle(
    rows: list[tuple[str, int]], up: int, stranger: bool
) -> None:
    names = [*NAMES[: len(rows)], "无此办"]
    offices = [
        Office(NAMES[n], code, superior="" if above < 0 else names[min(above, len(names) - 1)])
        for n, (code, above) in enumerate(rows)
    ]
    try:
        ladder, said = Ladder(offices), ""
    except DataError as error:
        ladder, said = Ladder(), str(error)
    if said:
        assert "circle" in said or "superior" in said
        return
    for office in offices:
        above = ladder.above(office.name)
        assert office.name not in above
        assert len(set(above)) == len(above)
    receiver = "谁" if stranger else offices[0].name
    (task,) = (
        t
        for t in book_of(facts((0, Sent, {"receiver": receiver, "way": "x"}))).tasks.values()
        if t.receiver == receiver
    )
    clock = Clock("answer", 0, SIGNED_AT, MINUTE, issuer=False)
    rung = next(r for r in RULES.rungs if r.up == min(up, RULES.rungs[-1].up))
    office_told = told_office(Step(task, clock, rung, 0, SIGNED_AT), ladder)
    assert office_told
    if stranger and rung.up:
        assert office_told != receiver  # nobody is told of his own silence alone where the issuer is known
