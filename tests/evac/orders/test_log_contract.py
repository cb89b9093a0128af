"""One contract, every log of documents: memory, SQLite, PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evac.errors import ConflictError
from evac.log import Head, verify_chain
from evac.orders.desk import Desk, DocumentLog
from evac.orders.events import Received, Sent, parse
from evac.orders.task_desk import TaskDesk
from evac.store.postgres_documents import PostgresDocumentLog
from riskmap.errors import SourceError
from tests.evac.orders.office import COUNTY, LOGS, SIGNED_AT, draft, issued

KINDS = (*LOGS, "postgres")


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], DocumentLog]]:
    """Opens the same empty log, as often as asked; the one in memory is one object."""
    opened: list[DocumentLog] = []
    dsn = ""
    if request.param == "postgres":
        import psycopg

        dsn = request.getfixturevalue("own_database")
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("DROP TABLE IF EXISTS document_record, document_once")

    def open_one() -> DocumentLog:
        if request.param == "postgres":
            opened.append(PostgresDocumentLog(dsn))
        elif request.param == "sqlite" or not opened:
            opened.append(LOGS[request.param](tmp_path / "documents.sqlite"))
        return opened[-1]

    yield open_one
    for log in opened:
        log.close()


def said(minute: int) -> Received:
    at = SIGNED_AT + timedelta(minutes=minute)
    return Received(draft="0" * 64, at=at, by="甲", receiver="乙", person="丙")


def test_records_are_kept_in_order_and_chained(make: Callable[[], DocumentLog]) -> None:
    log = make()
    assert log.head() == Head()
    for n in range(3):
        with log.writing() as append:
            append([said(n), said(n + 10)], SIGNED_AT)
    assert [parse(e.body).at.minute for e in log.after(0)] == [
        said(n).at.minute for n in (0, 10, 1, 11, 2, 12)
    ]
    assert [e.sequence for e in log.after(4)] == [5, 6]
    assert verify_chain(log.after(0)) == log.head() == make().head()


def test_what_fails_inside_is_as_if_it_had_not_been(make: Callable[[], DocumentLog]) -> None:
    log = make()

    def fail() -> None:
        with log.writing() as append:
            append([said(1)], SIGNED_AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert log.head() == Head()
    with log.writing() as append:
        append([said(2)], SIGNED_AT)
    assert log.head().sequence == 1


def test_a_number_and_a_step_are_taken_once(make: Callable[[], DocumentLog]) -> None:
    log = make()
    done = Desk(log).sign(draft(), signer="张三", at=SIGNED_AT)
    with pytest.raises((SourceError, ConflictError), match="number"), log.writing() as append:
        append([replace(done.signed, draft="1" * 64, identifier="")], SIGNED_AT)
    Desk(log).published(done.signed.draft, [], by="x", at=SIGNED_AT)
    Desk(log).sent(done.number, receiver=COUNTY, way="x", by="x", at=SIGNED_AT)
    (step, *_) = TaskDesk(log).escalate(SIGNED_AT + timedelta(hours=1))
    head = log.head()
    with pytest.raises((SourceError, ConflictError)), log.writing() as append:
        append([step], SIGNED_AT)
    assert log.head() == head


def test_desks_on_threads_get_each_number_once_and_take_each_step_once(
    make: Callable[[], DocumentLog],
) -> None:
    logs = [make() for _ in range(4)]
    regions = ["330902", "330903", "330921", "330922"]

    def work(n: int) -> list[str]:
        desk, tasks = Desk(logs[n]), TaskDesk(logs[n])
        for cycle in range(3):
            desk.sign(draft(regions[n], "response_notice", cycle), signer="张三", at=SIGNED_AT)
        return [step.key for hour in (1, 2, 3) for step in tasks.escalate(SIGNED_AT + timedelta(hours=hour))]

    with ThreadPoolExecutor(4) as pool:
        keys = [key for found in pool.map(work, range(4)) for key in found]
    assert len(set(keys)) == len(keys)
    numbers = [d.signed.number for d in Desk(logs[0]).register().documents.values()]
    assert sorted(numbers) == list(range(1, 13))
    Desk(logs[0]).verify()
    assert TaskDesk(logs[0]).escalate(SIGNED_AT + timedelta(hours=3)) == []


def test_the_log_of_another_desk_is_seen(make: Callable[[], DocumentLog]) -> None:
    one, two = make(), make()
    number = issued(one)
    assert {t.receiver for t in TaskDesk(two).find(number)} >= {COUNTY}
    sent = [parse(e.body) for e in two.after(0)]
    assert [r.kind for r in sent if isinstance(r, Sent)] == ["sent", "sent"]


def test_postgres_refuses_an_edit_and_comes_back_after_a_lost_connection(own_database: str) -> None:
    import psycopg

    log = PostgresDocumentLog(own_database)
    with log.writing() as append:
        append([said(1)], SIGNED_AT)
    with psycopg.connect(own_database, autocommit=True) as admin:
        with pytest.raises(psycopg.Error, match="append only"):
            admin.execute("UPDATE document_record SET kind = 'x'")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(SourceError, match="could not be read"):
        log.head()
    assert log.head().sequence >= 1
    log.close()


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceError, match="could not be opened"):
        PostgresDocumentLog("host=127.0.0.1 port=1 dbname=x")
