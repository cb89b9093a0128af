"""Reads are written down before they are answered, in a log without names that shows every edit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from evac.access import Access, AccessLog, Act, MemoryAccessLog, parse, require_reason, subject
from evac.errors import ConflictError, UnknownCodeError
from evac.log import Head, verify_chain
from evac.model import Category, Destination, Person, Stay
from evac.privacy.break_glass import reveal
from evac.store.access import PostgresAccessLog, SQLiteAccessLog, beside
from evac.store.memory import MemoryStore
from riskmap.errors import DataError, SourceError
from tests.evac.scenes import START

ANN = Person(
    code="7" * 26, name="欧阳修文", household="H1", county="330902", village="330902001203", village_name="村",
    category=Category.OTHER, destination=Destination(Stay.SHELTER, "S1"), helper="李白", synthetic=True,
)  # fmt: skip
READ = Access(
    at=START, who="clerk-1", role="clerk", scope="330902001", act=Act.PRINT, what="名单", people=40, why=""
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AccessLog]:
    made: AccessLog
    if request.param == "memory":
        made = MemoryAccessLog()
    elif request.param == "sqlite":
        made = SQLiteAccessLog(beside(tmp_path / "r.sqlite"))
    else:
        dsn = request.getfixturevalue("database")()
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("DROP TABLE IF EXISTS access")
        made = PostgresAccessLog(dsn)
    yield made
    made.close()


def test_reads_are_kept_in_order_and_chained(log: AccessLog) -> None:
    assert log.head() == Head()
    first = log.append([READ, replace(READ, act=Act.EXPORT)])
    second = log.append([replace(READ, at=START + timedelta(hours=1))])
    assert [entry.sequence for entry in log.entries(1)] == [2, 3]
    assert [parse(entry.body).act for entry in log.entries()] == [Act.PRINT, Act.EXPORT, Act.PRINT]
    assert verify_chain(log.entries(), [first, second]) == second == log.head()


def test_a_name_outside_the_role_takes_a_reason_and_leaves_a_trace(log: AccessLog) -> None:
    store = MemoryStore()
    store.put_people([ANN])
    asked = {"who": "330902-office", "role": "liaison", "at": START}
    with pytest.raises(DataError, match="no reason"):
        reveal(store, log, [ANN.code], scope="330902", why=" 看 ", **asked)  # type: ignore[arg-type]
    assert log.head() == Head()
    assert reveal(store, log, [ANN.code], scope="330902", why="失联核查", **asked) == [ANN]  # type: ignore[arg-type]
    assert reveal(store, log, [ANN.code], scope=ANN.village, why="入户叫醒", **asked) == [ANN]  # type: ignore[arg-type]
    with pytest.raises(UnknownCodeError):
        reveal(store, log, ["0" * 26], scope="330902", why="失联核查", **asked)  # type: ignore[arg-type]
    records = [parse(entry.body) for entry in log.entries()]
    assert [(r.act, r.people, r.what) for r in records] == [
        (Act.BREAK_GLASS, 1, subject(ANN.code)), (Act.VIEW, 1, subject(ANN.code)), (Act.BREAK_GLASS, 0, "unknown"),
    ]  # fmt: skip
    kept = b"".join(entry.body for entry in log.entries())
    for secret in (ANN.name, "李白", ANN.code):
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    "why", ["找欧阳修文", "电话 138 0000 0147", "身份证110105194912310020", "证号11010519491231002X"]
)
def test_a_reason_that_names_somebody_is_refused(why: str) -> None:
    with pytest.raises(DataError, match="names somebody"):
        require_reason(why, names=["欧阳修文", "", "王"])


def test_a_reason_may_hold_a_date_and_a_case() -> None:
    assert require_reason(" 案号 2021-17,  王家村失联 ", names=["王"]) == "案号 2021-17, 王家村失联"


def test_nothing_is_shown_that_could_not_be_written_down(tmp_path: Path) -> None:
    store = MemoryStore()
    store.put_people([ANN])
    log = SQLiteAccessLog(tmp_path / "a.access")
    log.close()
    with pytest.raises(SourceError, match="access log could not be"):
        reveal(store, log, [ANN.code], who="甲", role="clerk", scope="33", why="失联核查", at=START)
    with pytest.raises(SourceError, match="access log could not be"):
        SQLiteAccessLog(tmp_path / "none" / "a.access")


def test_an_entry_is_neither_changed_nor_deleted_nor_unseen_if_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.access"
    with closing(SQLiteAccessLog(path)) as log:
        log.append([READ] * 3)
        with closing(sqlite3.connect(path)) as raw:
            for statement in ("UPDATE access SET received_at = 0", "DELETE FROM access"):
                with pytest.raises(sqlite3.IntegrityError, match="append only"):
                    raw.execute(statement)
            raw.execute("DROP TRIGGER access_update")
            raw.execute("UPDATE access SET body = replace(body, 'clerk-1', 'clerk-2') WHERE sequence = 2")
            raw.commit()
        with pytest.raises(ConflictError, match="entry 2"):
            verify_chain(log.entries())


def test_postgres_refuses_changes(database: Callable[[], str]) -> None:
    dsn = database()
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("DROP TABLE IF EXISTS access")
    with closing(PostgresAccessLog(dsn)) as log, psycopg.connect(dsn, autocommit=True) as raw:
        log.append([READ])
        for statement in ("UPDATE access SET received_at = 0", "DELETE FROM access", "TRUNCATE access"):
            with pytest.raises(psycopg.errors.RaiseException, match="append only"):
                raw.execute(statement)
        assert verify_chain(log.entries()) == log.head()


def test_many_write_at_once_into_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "a.access"

    def write() -> None:
        with closing(SQLiteAccessLog(path)) as own:
            for _ in range(20):
                own.append([READ])

    SQLiteAccessLog(path).close()
    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with closing(SQLiteAccessLog(path)) as log:
        assert verify_chain(log.entries()).sequence == 80


def test_what_is_no_record_is_said() -> None:
    with pytest.raises(DataError, match="not a record of access"):
        parse(b"{}")
