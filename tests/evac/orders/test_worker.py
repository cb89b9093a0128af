"""The worker: killed, doubled, late or with a clock that jumps it misses no deadline and does nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evac.orders import task_events as te
from evac.orders.deadlines import escalation
from evac.orders.desk import Desk, DocumentLog
from evac.orders.events import Received, parse
from evac.orders.mailing import pending
from evac.orders.outbox import Handover, Outcome, Outgoing, Purpose
from evac.orders.rules import bundled_rules
from evac.orders.task_desk import TaskDesk
from evac.orders.worker import SteadyClock, Worker, run
from evac.store.due_tables import SQLiteDueTable
from evac.store.memory_documents import MemoryDocumentLog
from riskmap.errors import SourceError
from tests.contracts.tree import ROOT
from tests.evac.orders.killed import effect, fast, open_both
from tests.evac.orders.office import CITY, COUNTY, SIGNED_AT, draft, issued

MINUTE = timedelta(minutes=1)
RULES = bundled_rules()
ANSWER = draft().answer_minutes


class Channel:
    """Delivers, or says why not."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.had: list[Outgoing] = []
        self._outcomes = list(outcomes)

    def __call__(self, outgoing: Outgoing) -> Handover:
        self.had.append(outgoing)
        outcome = self._outcomes.pop(0) if self._outcomes else Outcome.DELIVERED
        return Handover(key=outgoing.key, at=SIGNED_AT + MINUTE, way="试", outcome=outcome)


@pytest.fixture
def office() -> TaskDesk:
    log = MemoryDocumentLog()
    issued(log)
    return TaskDesk(log)


def worker(desk: TaskDesk, channel: Channel | None = None, table: SQLiteDueTable | None = None) -> Worker:
    made = Worker(desk, table or SQLiteDueTable(), owner="A", deliver=channel)
    made.refresh()
    return made


def at(minute: float) -> datetime:
    return SIGNED_AT + minute * MINUTE


def test_nothing_before_its_time_and_everything_at_it(office: TaskDesk) -> None:
    one = worker(office)
    assert one.tick(at(ANSWER - 0.1)).steps == ()
    assert {(s.receiver, s.measure) for s in one.tick(at(ANSWER)).steps} == {(COUNTY, "催办"), (CITY, "催办")}
    assert one.tick(at(ANSWER)).steps == ()
    assert {s.measure for s in one.tick(at(2 * ANSWER)).steps} == {"电话提醒"}


def test_a_clock_that_began_in_another_century_starts_nothing_early(office: TaskDesk) -> None:
    one = worker(office)
    assert one.tick(at(0) - timedelta(days=20 * 365)).steps == ()
    assert one.tick(at(1)).steps == ()  # it was set right
    assert one.tick(at(ANSWER - 0.1)).steps == ()
    assert {s.measure for s in one.tick(at(ANSWER)).steps} == {"催办"}


def test_an_answer_that_comes_meanwhile_stops_the_chain(office: TaskDesk) -> None:
    one = worker(office)
    one.tick(at(ANSWER))
    office.note(
        "演练防指办函〔2021〕1号", Received, receiver=COUNTY, by="x", at=at(ANSWER + 1), person="李四"
    )
    assert {s.receiver for s in one.tick(at(2 * ANSWER)).steps} == {CITY}


def test_a_new_document_is_seen_at_the_next_look(office: TaskDesk) -> None:
    one = worker(office)
    one.tick(at(1))
    issued(office.log, "330903")
    assert len(one.tick(at(ANSWER)).steps) == 4


def test_the_table_may_be_lost_at_any_time(office: TaskDesk) -> None:
    one = worker(office)
    one.tick(at(ANSWER))
    other = worker(office, table=SQLiteDueTable())
    assert other.tick(at(ANSWER)).steps == ()
    assert {s.measure for s in other.tick(at(2 * ANSWER)).steps} == {"电话提醒"}


def test_documents_reminders_and_answers_go_out_under_one_key_each() -> None:
    log = MemoryDocumentLog()
    number = issued(log, sent=False)
    desk, channel = TaskDesk(log), Channel()
    one = worker(desk, channel)
    one.tick(at(0.5))
    assert {(o.receiver, o.purpose) for o in channel.had} == {
        (COUNTY, Purpose.DOCUMENT),
        (CITY, Purpose.DOCUMENT),
    }
    assert all(o.text.startswith("[演练]") and o.exercise for o in channel.had)
    assert {t.stage.english for t in desk.find(number)} == {"sent"}
    one.tick(at(1 + ANSWER))
    assert Counter(o.purpose for o in channel.had) == {Purpose.DOCUMENT: 2, Purpose.REMINDER: 2}
    one.tick(at(1 + 2 * ANSWER))
    told = [o for o in channel.had if o.purpose is Purpose.ESCALATION]
    assert {(o.about, o.receiver) for o in told} >= {(COUNTY, CITY)}
    assert len({o.key for o in channel.had}) == len(channel.had)
    assert pending(desk.book()) == []
    report = {"person": "李四", "action": "x", "evidence": ("y",), "done": 1.0}
    desk.note(number, te.Reported, receiver=COUNTY, by="x", at=at(40), **report)
    desk.decide(number, te.Verified, receiver=COUNTY, by="张三", at=at(41), result="x")
    desk.decide(number, te.Closed, receiver=COUNTY, by="张三", at=at(42), words="x")
    desk.note(number, te.Reported, receiver=COUNTY, by="x", at=at(50), **report)
    one.tick(at(51))
    (answer,) = [o for o in channel.had if o.purpose is Purpose.ANSWER]
    assert "已销号" in answer.text


def test_what_is_not_out_is_not_sent() -> None:
    log = MemoryDocumentLog()
    issued(log, out=False)
    channel = Channel()
    worker(TaskDesk(log), channel).tick(at(1))
    assert channel.had == []


def test_a_delivery_that_fails_is_tried_again_later_and_one_that_is_refused_is_not() -> None:
    log = MemoryDocumentLog()
    issued(log, sent=False)
    desk, channel = TaskDesk(log), Channel(Outcome.FAILED, Outcome.REFUSED, Outcome.FAILED)
    one = worker(desk, channel)
    waits = [RULES.wait(n) / MINUTE for n in (1, 2)]
    one.tick(at(0))
    assert one.tick(at(0)).handed == 0
    one.tick(at(waits[0]))
    assert len(channel.had) == 3
    one.tick(at(waits[0] + waits[1] - 0.01))
    assert len(channel.had) == 3
    one.tick(at(waits[0] + waits[1]))
    assert [o.key for o in channel.had].count(channel.had[-1].key) == 3
    stages = {t.receiver: t.stage.english for t in desk.find("演练防指办函〔2021〕1号")}
    assert sorted(stages.values()) == [
        "sent",
        "signed",
    ]  # the refused one still waits, and the issuer is reminded of it
    assert any(s.clock == "send" for s in one.tick(at(9)).steps)


def test_a_worker_without_channels_takes_no_delivery_from_one_that_has_them() -> None:
    log, table = MemoryDocumentLog(), SQLiteDueTable()
    issued(log, sent=False)
    channel = Channel()
    other = Worker(TaskDesk(log), table, owner="B", deliver=channel)
    other.refresh()
    watching = Worker(TaskDesk(log), table, owner="A")
    watching.tick(at(0) - timedelta(days=1))  # its clock was set back
    other.tick(at(0))
    assert {o.receiver for o in channel.had} == {COUNTY, CITY}


def test_a_channel_that_breaks_is_one_that_failed() -> None:
    log = MemoryDocumentLog()
    issued(log, sent=False)
    desk = TaskDesk(log)

    def broken(_outgoing: Outgoing) -> Handover:
        raise RuntimeError("no line")

    one = Worker(desk, SQLiteDueTable(), owner="A", deliver=broken)
    one.refresh()
    assert one.tick(at(1)).handed == 2
    (task, _) = desk.find("演练防指办函〔2021〕1号")
    assert (task.deliveries[0].outcome, task.deliveries[0].detail) == ("failed", "RuntimeError: no line")


def test_a_damaged_row_is_told_and_stops_no_other() -> None:
    log = MemoryDocumentLog()
    issued(log, sent=False)
    desk, channel, table = TaskDesk(log), Channel(), SQLiteDueTable()
    one = worker(desk, channel, table)
    table._raw.execute(
        "UPDATE due SET body = '{' WHERE kind = 'delivery' AND key LIKE ?", (f"%{CITY}|document",)
    )
    one.tick(at(0.5))
    assert [o.receiver for o in channel.had] == [COUNTY]
    assert [("not a record of the outbox" in fault) for fault in one.faults()] == [True]
    assert one.faults() == []
    one.refresh()
    one.tick(at(1))
    assert [o.receiver for o in channel.had] == [COUNTY, CITY]


def test_a_receipt_that_cannot_be_written_brings_the_delivery_back_under_its_key() -> None:
    log = MemoryDocumentLog()
    issued(log, sent=False)
    desk, channel = TaskDesk(log), Channel()
    one = worker(desk, channel)
    real, broken = desk.delivered, iter([True, True])

    def delivered(outgoing: Outgoing, handover: Handover) -> bool:
        if next(broken, False):
            raise SourceError("the disk is full", where="here")
        return real(outgoing, handover)

    desk.delivered = delivered  # type: ignore[method-assign]
    one.tick(at(0.5))
    assert len(one.faults()) == 2
    one.tick(at(0.5) + RULES.lease)
    assert len(channel.had) == 4
    assert len({o.key for o in channel.had}) == 2
    assert pending(desk.book()) == []


def test_a_channel_that_hangs_keeps_no_deadline_waiting_and_is_not_begun_twice() -> None:
    log = MemoryDocumentLog()
    issued(log, sent=False)
    desk, let_go = TaskDesk(log), threading.Event()
    begun: list[str] = []

    def hangs(outgoing: Outgoing) -> Handover:
        begun.append(outgoing.key)
        assert let_go.wait(60)
        return Handover(key=outgoing.key, at=at(70), way="试", outcome=Outcome.DELIVERED)

    with ThreadPoolExecutor(8) as pool:
        one = Worker(desk, SQLiteDueTable(), owner="A", deliver=hangs, pool=pool)
        one.refresh()
        seen = [len(one.tick(at(minute)).steps) for minute in range(0, 60, 1)]  # an hour, over many leases
        assert sum(seen) >= 6
        let_go.set()
    documents = [key for key in begun if key.endswith("|document")]
    assert len(documents) == len(set(documents)) == 2


def test_what_was_answered_before_its_reminder_went_out_is_not_reminded(office: TaskDesk) -> None:
    table, channel = SQLiteDueTable(), Channel()
    one = worker(office, channel, table)
    number = "演练防指办函〔2021〕1号"
    steps = office.escalate(at(ANSWER))
    one.refresh()
    assert len(steps) == 2
    office.note(number, Received, receiver=CITY, by="x", at=at(ANSWER), person="李四")  # a copy is done then
    one.tick(at(ANSWER))
    assert {o.receiver for o in channel.had} == {COUNTY}


def test_a_clock_that_jumps_is_told_of_and_not_believed_at_once() -> None:
    wall, tick = [SIGNED_AT], [0.0]
    clock = SteadyClock(RULES.clock_tolerance, wall=lambda: wall[0], monotonic=lambda: tick[0])

    def go(seconds: float, jump: float = 0) -> timedelta:
        wall[0] += timedelta(seconds=seconds + jump)
        tick[0] += seconds
        return clock.look()[1]

    assert go(2) == go(2, jump=5) == timedelta(0)
    assert go(2, jump=7200) == timedelta(seconds=7200)
    assert go(2) == timedelta(0)
    assert go(2, jump=-7200) == timedelta(seconds=-7200)


def test_the_loop_goes_on_after_an_error_and_decides_nothing_at_a_jump(office: TaskDesk) -> None:
    jumps = iter([0.0, 3600.0, 0.0, 0.0])
    wall, tick = [at(ANSWER)], [0.0]

    def look() -> datetime:
        wall[0] += timedelta(seconds=next(jumps, 0.0))
        return wall[0]

    clock = SteadyClock(RULES.clock_tolerance, wall=look, monotonic=lambda: tick[0])
    one, told, looks = worker(office), list[str](), iter(range(9))
    real, broken = office.log.after, iter([True])

    def after(sequence: int) -> Iterator:  # type: ignore[type-arg]
        if next(broken, False):
            raise SourceError("the disk is gone", where="here")
        return real(sequence)

    office.log.after = after  # type: ignore[method-assign]
    run(one, clock, every=0.001, stop=lambda: next(looks) == 4, tell=told.append)
    assert "the disk is gone" in told[0]
    assert "jumped by 3600 s" in told[1]
    assert sum("未按时应答" in line for line in told) == 2


# killed


def spawn(where: str, sink: Path, start: float, speed: float) -> subprocess.Popen[bytes]:
    code = "from tests.evac.orders.killed import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, where, str(sink), SIGNED_AT.isoformat(), repr(start), repr(speed)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def rungs(log: DocumentLog, villages: list[str]) -> list[int]:
    """How many steps were taken for each."""
    taken = Counter(r.receiver for e in log.after(0) if isinstance(r := parse(e.body), te.Escalated))
    return [taken[village] for village in villages]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_workers_that_are_killed_miss_no_deadline_and_do_nothing_twice(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where = str(tmp_path)
    if kind == "postgres":
        import psycopg

        where = request.getfixturevalue("own_database")
        with psycopg.connect(where, autocommit=True) as admin:
            admin.execute("DROP TABLE IF EXISTS document_record, document_once, due, beat")
    sink = tmp_path / "sink"
    sink.mkdir()
    log, table = open_both(where)
    number = issued(log)
    desk = Desk(log)
    villages = [f"演练村{n:02d}" for n in range(40)]
    for n, village in enumerate(villages):
        desk.sent(number, receiver=village, way="x", by="张三", at=SIGNED_AT + n * MINUTE / 4)
    chance, speed, start = random.Random(7), 120.0, time.time()
    workers = [spawn(where, sink, start, speed) for _ in range(2)]
    kills = begun = 0
    while kills < 6 or (min(rungs(log, villages)) < 3 and kills < 40):
        killed = workers.pop(0)
        assert killed.stdout is not None
        begun += killed.stdout.readline() == b"ready\n"  # killed while it works, not while it starts
        time.sleep(chance.uniform(0.05, 1.0))
        killed.send_signal(signal.SIGKILL)
        said = killed.communicate()[1].decode()
        assert (killed.returncode, said) == (-signal.SIGKILL, "")
        kills += 1
        workers.append(spawn(where, sink, start, speed))
    for left in workers:
        left.kill()
        left.communicate()
    end = fast(SIGNED_AT, start, speed)
    tasks = TaskDesk(log)

    def deliver(outgoing: Outgoing) -> Handover:
        effect(sink, outgoing)
        return Handover(key=outgoing.key, at=end, way="试", outcome=Outcome.DELIVERED)

    last = Worker(tasks, table, owner="last", deliver=deliver)
    last.refresh()
    last.tick(end + RULES.lease)  # what the killed ones held
    book = tasks.book()
    steps = [r for e in log.after(0) if isinstance(r := parse(e.body), te.Escalated)]
    assert begun == kills >= 6
    assert len({s.key for s in steps}) == len(steps) > 100
    assert escalation(book.unfinished(), RULES, end) == []
    for village in villages:
        (task,) = tasks.find(number, village)
        chain = task.steps["answer", 0]
        assert [s.measure for s in chain[:3]] == ["催办", "电话提醒", "督办单"]
        assert all(s.at >= s.due_at for s in chain)
    receipts = [r for e in log.after(0) if isinstance(r := parse(e.body), te.Delivery)]
    assert len({r.key for r in receipts}) == len(receipts)
    attempts = (sink / "attempts").read_text().split("\n")[:-1]
    effects = {line.split()[0] for line in attempts}
    assert len(effects) == len(list(sink.iterdir())) - 1  # each key has had its effect once
    assert len(attempts) - len(effects) <= 2 * kills  # what was under way at a kill came again, under its key
    assert pending(book) == []  # and none was lost
    desk.verify()
    log.close()
    table.close()


def test_signs_of_life_are_there(office: TaskDesk) -> None:
    table = SQLiteDueTable()
    worker(office, table=table).tick(at(ANSWER))
    (beat,) = table.beats()
    assert (beat.owner, beat.at, beat.words) == ("A", at(ANSWER), "2 steps, 0 deliveries")
    assert beat.at.tzinfo is not None
    assert SteadyClock(RULES.clock_tolerance).look()[0].tzinfo is UTC
