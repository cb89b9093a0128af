"""A postroom that is led on from screen to screen says what one made anew says, whatever came and however the clock went."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from evac.orders import task_events as te
from evac.orders.events import Received, Sent
from evac.orders.task_desk import TaskDesk
from evac.situation.letters import Post, Postroom
from evac.situation.office_records import OfficeRecords
from evac.store.memory_documents import MemoryDocumentLog
from tests.evac.orders.office import CITY, COUNTY, SIGNED_AT, issued
from tests.evac.situation.scene import NAMES

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["issue", "sent", "received", "reported", "escalate", "none", "none"]),
        st.sampled_from([COUNTY, CITY]),
        st.integers(-20, 120),
    ),
    max_size=8,
)  # fmt: skip


def told(post: Post) -> object:
    """All that screens read of a post, by region."""
    return [
        ([(one.task.id, one.next, one.open, one.overdue, one.unanswered) for one in post.within(code)], post.letters(code, digits))
        for code, digits in (("33", 6), ("3309", 6), ("330902", 9), ("330903", 9))
    ]  # fmt: skip


def anew(desk: TaskDesk, at: datetime) -> Post:
    room = Postroom(desk.ladder, desk.rules, NAMES, exercise=True, event="2106")
    room.bring(desk.book().tasks.values(), at)
    return room.post("")


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_led_on_is_as_made_anew(steps: list[tuple[str, str, int]]) -> None:
    log = MemoryDocumentLog()
    numbers = [issued(log)]
    writer = TaskDesk(log)  # another process: the office's own desk hears of it by the log alone
    office = OfficeRecords(documents=TaskDesk(log), names=NAMES)
    at, regions = SIGNED_AT, iter(["330903", "330921", "330922"])
    for what, receiver, minutes in steps:
        at += timedelta(minutes=minutes)  # it may go back, too
        if what == "issue" and (region := next(regions, None)):
            numbers.append(issued(log, region))
        elif what == "escalate":
            writer.escalate(at)
        elif what in ("sent", "received"):
            kind = Sent if what == "sent" else Received
            said = {"way": "传真"} if what == "sent" else {"person": "李四"}
            if what == "received":
                writer.note(numbers[0], kind, receiver=receiver, by="甲", at=at, **said)  # type: ignore[type-var]
        elif what == "reported":
            writer.note(numbers[0], te.Reported, receiver=receiver, by="甲", at=at, person="李四", action="已转移", evidence=("照片",), done=0.5)  # fmt: skip
        found, last = office.post("", at=at, replay=False, exercise=True, event="2106")
        assert told(found) == told(anew(TaskDesk(log), at))
        assert last == writer.book().last_at


def test_only_what_was_touched_is_looked_at_again() -> None:
    log = MemoryDocumentLog()
    for region in ("330902", "330903"):
        issued(log, region)
    office = OfficeRecords(documents=TaskDesk(log), names=NAMES)
    first, _ = office.post("", at=SIGNED_AT, replay=False, exercise=True, event="")
    second, _ = office.post("", at=SIGNED_AT + timedelta(minutes=1), replay=False, exercise=True, event="")
    assert all(a is b for a, b in zip(first.tasks, second.tasks, strict=True))
    late, _ = office.post("", at=SIGNED_AT + timedelta(days=1), replay=False, exercise=True, event="")
    assert all(one.overdue for one in late.tasks if one.open)


def test_a_failure_in_the_middle_is_not_kept() -> None:
    log = MemoryDocumentLog()
    issued(log)
    office = OfficeRecords(documents=TaskDesk(log), names=NAMES)
    office.post("", at=SIGNED_AT, replay=False, exercise=True, event="")
    kept = office._room
    assert kept is not None
    broken = kept[1].bring
    kept[1].bring = lambda *_: 1 / 0  # type: ignore[method-assign,assignment]
    issued(log, "330903")
    try:
        office.post("", at=SIGNED_AT, replay=False, exercise=True, event="")
    except ZeroDivisionError:
        del broken
    found, _ = office.post("", at=SIGNED_AT, replay=False, exercise=True, event="")
    assert told(found) == told(anew(TaskDesk(log), SIGNED_AT))
