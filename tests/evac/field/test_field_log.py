"""The log of the field on every store: one transaction, nothing lost by a kill, the same book however it is folded."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from evac.errors import ConflictError
from evac.field import events as ev
from evac.field.book import FieldBook
from evac.field.desk import FieldDesk
from evac.field.intake import reading
from evac.field.seen import field_tasks, who_is_out
from evac.field.terms import Says
from evac.log import BodyLog, Head, verify_chain
from evac.store.body_log import MemoryBodyLog
from evac.store.opening_field import open_field_log
from riskmap.errors import SourceError
from tests.contracts.tree import ROOT
from tests.evac.field.scene import AT, Given, level, scene

KINDS = ("memory", "sqlite", "postgres")
MINUTE = timedelta(minutes=1)


def address(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if kind == "sqlite":
        return str(tmp_path / "field.sqlite")
    dsn: str = request.getfixturevalue("database")()
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS field_record, field_once")
    return dsn


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], BodyLog]]:
    """Opens the same empty log, as often as asked; the one in memory is one object."""
    opened: list[BodyLog] = []
    where = "" if request.param == "memory" else address(request.param, request, tmp_path)

    def open_one() -> BodyLog:
        if where:
            opened.append(open_field_log(where))
        elif not opened:
            opened.append(MemoryBodyLog())
        return opened[-1]

    yield open_one
    for log in opened:
        log.close()


def test_a_desk_works_on_every_store_and_its_chain_holds(make: Callable[[], BodyLog]) -> None:
    desk = scene(log=make())
    level(desk, 6.2)
    other = FieldDesk(make(), dangers=Given())
    assert [r.kind for r in other.tick(AT + MINUTE)] == ["alarmed", "sent"]
    assert desk.tick(AT + MINUTE) == []
    assert desk.verify() == other.log.head() != Head()
    assert field_tasks(FieldBook(desk.log.after(0))) == field_tasks(desk.book())


def test_all_of_a_decision_is_kept_or_nothing(make: Callable[[], BodyLog]) -> None:
    desk = scene(log=make())
    head = desk.log.head()
    with pytest.raises(ConflictError):
        desk.observe([reading("G1", AT, 7.5, by="G1"), reading("none", AT, 1.0, by="x")], now=AT)
    assert desk.log.head() == head

    def twice() -> None:
        with desk.log.writing() as append:
            append([b"one"], AT, ["key"])
            append([b"two"], AT, ["key"])

    with pytest.raises((ConflictError, SourceError)):
        twice()
    assert desk.log.head() == head


def test_the_database_lets_nobody_change_or_take_away(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    where = address("postgres", request, tmp_path)
    log = open_field_log(where)
    level(scene(log=log), 6.2)
    log.close()
    for statement in ("DELETE FROM field_record", "UPDATE field_record SET body = ''"):
        with psycopg.connect(where) as other, pytest.raises(psycopg.errors.RaiseException):
            other.execute(statement)


def test_the_book_does_not_depend_on_the_order_in_which_words_came() -> None:
    desk = scene()
    level(desk, 6.2)
    task = next(t for t in desk.book().tasks.values() if not t.room)
    said = [
        ev.WorkerSaid(id=f"s{n}", at=AT + minute * MINUTE, by="x", worker=worker, says=says, task=task.id)
        for n, (worker, says, minute) in enumerate(
            (("W1", Says.ACKNOWLEDGED, 1), ("W1", Says.ARRIVED, 3), ("W1", Says.BACK, 30), ("W2", Says.ACKNOWLEDGED, 2), ("W2", Says.REFUSED, 4))
        )
    ]  # fmt: skip
    heard = [
        ev.VillageSaid(id=f"v{n}", at=AT + n * MINUTE, by="x", village="330902001201", channel=way)
        for n, way in enumerate(("radio", "sms", "satellite"))
    ]
    later = AT + 60 * MINUTE
    found = set()
    entries = list(desk.log.after(0))
    for seed in range(20):
        mixed: list[ev.Record] = [*said, *heard]
        random.Random(seed).shuffle(mixed)
        book = FieldBook(entries)
        for record in mixed:
            book.add(record, later)
            book.add(record, later + MINUTE)  # and again, by another way
        lines = field_tasks(book, every=True)
        found.add((lines, who_is_out(book, desk.rules, now=later), book.heard["330902001201"]))
    assert len(found) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_at_any_moment_it_sends_once_and_keeps_what_it_acknowledged(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    where = address(kind, request, tmp_path)
    log = open_field_log(where)
    scene(log=log)
    done = tmp_path / "acknowledged"
    script = ROOT / "tests" / "evac" / "field" / "killed.py"
    chance = random.Random(7)
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, str(script), where, str(done)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        before = done.stat().st_size if done.exists() else 0
        give_up = time.monotonic() + 30
        enough = before + 6 * 33  # six ids, however slow the machine is
        while time.monotonic() < give_up and (not done.exists() or done.stat().st_size < enough):
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.15))
        child.send_signal(signal.SIGKILL)
        child.wait()
    verify_chain(log.after(0))
    book = FieldBook(log.after(0))
    acknowledged = set(done.read_text().split()[:-1])  # the last line may be half written
    assert len(acknowledged) > 20
    assert acknowledged <= book.ids
    rooms = [task.record.candidate for task in book.tasks.values() if task.room]
    assert sorted(rooms) == sorted(book.candidates)
    for task in book.tasks.values():
        assert len({sent.worker for sent in task.sent}) == len(task.sent)
    log.close()
