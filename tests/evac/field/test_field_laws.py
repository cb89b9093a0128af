"""Laws of the field: nobody into danger, one room task a candidate, dispatch the same every time, nothing lowered."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from evac.field import events as ev
from evac.field.book import FieldBook
from evac.field.danger import Safety, Spot, Verdict
from evac.field.desk import FieldDesk
from evac.field.seen import raising
from evac.field.terms import Says
from evac.store.body_log import MemoryBodyLog
from riskmap.observation.trigger import raise_tiers
from riskmap.scale import Tier
from tests.evac.field.scene import AT, OTHER, VILLAGE, WORKERS, level, scene

MINUTE = timedelta(minutes=1)


class Hours:
    """Dangers that come and go: (code, hour since ``AT``) -> safety."""

    def __init__(self, by_hour: dict[tuple[str, int], Safety]) -> None:
        self.by_hour = by_hour

    def during(self, spot: Spot, first: datetime, last: datetime) -> Verdict:
        hours = range(int((first - AT) / timedelta(hours=1)), int((last - AT) / timedelta(hours=1)) + 1)
        found = {self.by_hour.get((spot.code, hour), Safety.SAFE) for hour in hours}
        worst = next((s for s in (Safety.DANGER, Safety.UNKNOWN) if s in found), Safety.SAFE)
        return Verdict(worst, "测试")


dangers = st.dictionaries(
    st.tuples(st.sampled_from([VILLAGE, OTHER, *(w.spot.code for w in WORKERS)]), st.integers(0, 5)),
    st.sampled_from(list(Safety)),
    max_size=8,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("level"), st.sampled_from(["G1", "G2", "G3"]), st.floats(0.0, 11.0).map(lambda v: round(v, 2))),
        st.tuples(st.just("tick"), st.just(""), st.just(0.0)),
        st.tuples(st.just("said"), st.sampled_from([w.number for w in WORKERS]), st.sampled_from([0.0, 1.0, 2.0, 3.0])),
    ),
    min_size=1,
    max_size=25,
)  # fmt: skip
WORDS = (Says.ACKNOWLEDGED, Says.ARRIVED, Says.BACK, Says.REFUSED)


def play(
    plan: list[tuple[str, str, float]], by_hour: dict[tuple[str, int], Safety], waits: list[int]
) -> FieldDesk:
    desk = scene()
    desk.dangers = Hours(by_hour)
    now = AT
    for n, (what, who, value) in enumerate(plan):
        now += waits[n % len(waits)] * timedelta(seconds=20)
        minute = (now - AT) / MINUTE
        if what == "level":
            level(desk, value, source=who, minute=minute)
        elif what == "tick":
            desk.tick(now)
        else:
            desk.said(who, WORDS[int(value)], by=who, at=now, now=now)
    return desk


@settings(max_examples=120, deadline=None)
@given(steps, dangers, st.lists(st.integers(1, 90), min_size=1, max_size=5))
def test_nobody_is_sent_into_danger_and_every_candidate_has_one_task_of_the_room(
    plan: list[tuple[str, str, float]], by_hour: dict[tuple[str, int], Safety], waits: list[int]
) -> None:
    desk = play(plan, by_hour, waits)
    book = desk.book()
    for task in book.tasks.values():
        for sent in task.sent:
            assert Hours(by_hour).during(task.spot, sent.at, sent.back_by).safe
            own = book.workers[sent.worker].spot
            assert Hours(by_hour).during(own, sent.at, sent.back_by).safety is not Safety.DANGER
        assert len({sent.worker for sent in task.sent}) == len(task.sent)
    assert Counter(t.record.candidate for t in book.tasks.values() if t.room) == Counter(
        book.candidates.keys()
    )
    busy = Counter(worker for task in book.tasks.values() for worker in task.out())
    assert all(sent.worker in book.workers for task in book.tasks.values() for sent in task.sent)
    assert set(busy) <= set(book.workers)


@settings(max_examples=40, deadline=None)
@given(steps, dangers, st.lists(st.integers(1, 90), min_size=1, max_size=5))
def test_the_same_words_and_clock_give_the_same_log_byte_for_byte(
    plan: list[tuple[str, str, float]], by_hour: dict[tuple[str, int], Safety], waits: list[int]
) -> None:
    one, two = (play(plan, by_hour, waits) for _ in range(2))

    def bodies(desk: FieldDesk) -> list[bytes]:
        return [
            e.body for e in desk.log.after(0) if ev.parse(e.body).kind != "entered"
        ]  # sealed with a random nonce

    assert bodies(one) == bodies(two)
    assert FieldBook(one.log.after(0)).ids == one.book().ids


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 11.0).map(lambda v: round(v, 2)), min_size=1, max_size=12),
    st.sampled_from([None, *Tier]),
)
def test_a_candidate_lowers_no_tier(values: list[float], published: Tier | None) -> None:
    desk = scene()
    for n, value in enumerate(values):
        level(desk, value, minute=5 * n)
    found, _ = raise_tiers({"330902": published}, raising(desk.book()))
    after = found["330902"]
    assert published is None or (after is not None and after >= published)


def test_a_tick_with_nothing_due_writes_nothing() -> None:
    log = MemoryBodyLog()
    desk = scene(log=log)
    head = log.head()
    for n in range(5):
        assert desk.tick(AT + n * MINUTE) == []
    assert log.head() == head
