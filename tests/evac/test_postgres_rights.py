"""Roles that own nothing: a writer cannot change the log, a reader sees its region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest

from evac.access import Access, Act
from evac.store.opening import open_for_server
from evac.store.postgres import PostgresStore
from evac.store.postgres_bodies import PostgresBodyLog
from evac.store.postgres_rights import READER, WRITER, secure
from evac.tokens import Role, make_token
from riskmap.errors import ConfigError
from tests.evac.scenes import LATER, make_event

HERE, THERE = "7" + "A" * 25, "7" + "B" * 25


LOGINS = {WRITER: "evac_test_writer", READER: "evac_test_reader"}


@pytest.fixture
def secured(database: Callable[[], str]) -> Iterator[Callable[[str], str]]:
    """A registry with one person in each of two cities; gives the connection string of a login of a role, or the owner's."""
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        for code, county in ((HERE, "330902"), (THERE, "330106")):
            store.append(
                [
                    make_event("registered", code=code, county=county),
                    make_event("arrived_shelter", 1, code=code),
                ],
                received_at=LATER,
            )
    secure(dsn)
    secure(dsn)
    with psycopg.connect(dsn, autocommit=True) as admin:
        for role, login in LOGINS.items():
            admin.execute(f"DROP ROLE IF EXISTS {login}")
            admin.execute(f"CREATE ROLE {login} LOGIN IN ROLE {role}")
    yield lambda role: psycopg.conninfo.make_conninfo(dsn, user=LOGINS[role]) if role else dsn
    with psycopg.connect(dsn, autocommit=True) as admin:
        for login in LOGINS.values():
            admin.execute(f"DROP ROLE {login}")
        for (table,) in admin.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND rowsecurity"
        ).fetchall():
            admin.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY")


def test_a_writer_checks_in_and_seals_and_cannot_change_the_log(secured: Callable[[str], str]) -> None:
    dsn = secured(WRITER)
    with closing(PostgresStore(dsn)) as store:
        one, many = (
            make_event("left", 5, code=HERE),
            [make_event("notified", n, code=THERE) for n in range(6)],
        )
        assert store.append([one], received_at=LATER).stored == (one,)
        assert len(store.append([*many, make_event("passed", 9, code=THERE)], received_at=LATER).stored) == 7
        assert store.seal().sequence == 12
        store.sum_up()
        assert sum(store.cells().values()) == 2
    with psycopg.connect(dsn, autocommit=True) as raw:
        for edit in (
            "UPDATE event SET place = 'S9'", "DELETE FROM event", "TRUNCATE event", "UPDATE seal SET link = ''",
            "DELETE FROM standing", "DROP TABLE event", "ALTER TABLE event DISABLE ROW LEVEL SECURITY",
            "CREATE OR REPLACE FUNCTION check_in(given event, receipt bigint) RETURNS smallint LANGUAGE sql AS 'SELECT 1::smallint'",
        ):  # fmt: skip
            with pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidFunctionDefinition)
            ):
                raw.execute(edit)


def test_a_server_runs_as_a_writer_that_may_make_no_tables(secured: Callable[[str], str]) -> None:
    opened = open_for_server(secured(WRITER))
    with closing(opened):
        _, token = make_token("D1", Role.CLERK, "330902", made_at=LATER, valid=timedelta(days=7))
        opened.tokens.put(token)
        assert opened.tokens.revoke(token.token_id, at=LATER)
        read = Access(at=LATER, who="D1", role="clerk", scope="330902", act=Act.VIEW, what="0" * 32)
        assert opened.access.append([read]).sequence == 1
    with psycopg.connect(secured(WRITER), autocommit=True) as raw:
        for edit in ("DELETE FROM access", "UPDATE access SET body = ''", "DELETE FROM device_token"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(edit)


def test_a_writer_adds_to_the_offices_logs_in_the_same_database(secured: Callable[[str], str]) -> None:
    PostgresBodyLog(secured(""), "field").close()  # its owner makes it, then says again who may do what
    secure(secured(""))
    with closing(PostgresBodyLog(secured(WRITER), "field")) as log:
        with log.writing() as add:
            add([b"{}"], LATER)
        assert log.head().sequence == 1
    with psycopg.connect(secured(WRITER), autocommit=True) as raw, pytest.raises(psycopg.Error):
        raw.execute("DELETE FROM field_record")


@pytest.mark.parametrize(("region", "seen"), [("3309", 1), ("330106", 1), ("33", 2), ("3302", 0)])
def test_a_reader_sees_its_region_and_writes_nothing(
    secured: Callable[[str], str], region: str, seen: int
) -> None:
    login = LOGINS[READER]
    assert secure(secured(""), {login: region}) == {login: region}
    with closing(PostgresStore(secured(READER))) as store:
        assert len(list(store.everybody())) == seen
        assert len(list(store.events())) == 2 * seen
        assert sum(store.cells().values()) == seen
    with psycopg.connect(secured(READER), autocommit=True) as raw:
        for edit in (
            "INSERT INTO label VALUES ('a', 'b')",
            "DELETE FROM person",
            "UPDATE standing SET county = '33'",
            f"INSERT INTO reader_region VALUES ('{login}', '33')",
            "UPDATE reader_region SET region = '33'",
            "SELECT * FROM access",
            "SELECT * FROM device_token",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(edit)


def test_no_reader_can_choose_another_region(secured: Callable[[str], str]) -> None:
    secure(secured(""), {LOGINS[READER]: "3309"})
    with closing(PostgresStore(secured(""))) as store:
        store.put_labels({"blanks/330106": THERE})
    dsn = psycopg.conninfo.make_conninfo(secured(READER), options="-c evac.region=33")
    with psycopg.connect(dsn, autocommit=True) as raw:
        for tried in ("SELECT 1", "SET evac.region = '33'", f"SET ROLE {READER}", "SET row_security = on"):
            raw.execute(tried)
            assert raw.execute("SELECT DISTINCT county FROM standing").fetchall() == [("330902",)]
            assert raw.execute("SELECT count(*) FROM reader_region").fetchone() == (1,)
            assert raw.execute("SELECT key FROM label WHERE key LIKE 'blanks%'").fetchall() == []
        raw.execute("SET row_security = off")  # refuses to answer, instead of answering with less
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute("SELECT * FROM standing")


def test_a_reader_that_was_given_no_region_sees_nobody(secured: Callable[[str], str]) -> None:
    assert secure(secured("")) == {LOGINS[READER]: ""}
    with closing(PostgresStore(secured(READER))) as store:
        assert list(store.everybody()) == []


@pytest.mark.parametrize(
    ("login", "region"), [("nobody", "3309"), ("evac_test_writer", "33"), *((LOGINS[READER], r) for r in ("", "330902001", "%", "33٠٩"))]
)  # fmt: skip
def test_a_region_goes_to_a_login_that_reads(secured: Callable[[str], str], login: str, region: str) -> None:
    with pytest.raises(ConfigError):
        secure(secured(""), {login: region})
    assert secure(secured("")) == {LOGINS[READER]: ""}
