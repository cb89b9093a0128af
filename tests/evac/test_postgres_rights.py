"""Roles that own nothing: a writer cannot change the log, a reader sees its region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from evac.store.postgres import PostgresStore
from evac.store.postgres_rights import READER, WRITER, secure
from tests.evac.scenes import LATER, make_event

HERE, THERE = "7" + "A" * 25, "7" + "B" * 25


@pytest.fixture
def secured(database: Callable[[], str]) -> Iterator[Callable[[str], str]]:
    """A registry with one person in each of two cities; gives the connection string of a login of a role."""
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
    logins = {WRITER: "evac_test_writer", READER: "evac_test_reader"}
    with psycopg.connect(dsn, autocommit=True) as admin:
        for role, login in logins.items():
            admin.execute(f"DROP ROLE IF EXISTS {login}")
            admin.execute(f"CREATE ROLE {login} LOGIN IN ROLE {role}")
    yield lambda role: psycopg.conninfo.make_conninfo(dsn, user=logins[role])
    with psycopg.connect(dsn, autocommit=True) as admin:
        for login in logins.values():
            admin.execute(f"DROP ROLE {login}")
        for table in ("event", "seal", "trail", "alias", "standing", "change", "person", "shelter", "label"):
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


@pytest.mark.parametrize(
    ("region", "seen"), [("", 0), ("3309", 1), ("330106", 1), ("33", 2), ("3302", 0), ("%", 0)]
)
def test_a_reader_sees_its_region_and_writes_nothing(
    secured: Callable[[str], str], region: str, seen: int
) -> None:
    dsn = psycopg.conninfo.make_conninfo(secured(READER), options=f"-c evac.region={region}")
    with closing(PostgresStore(dsn)) as store:
        assert len(list(store.everybody())) == seen
        assert len(list(store.events())) == 2 * seen
        assert sum(store.cells().values()) == seen
    with psycopg.connect(dsn, autocommit=True) as raw:
        for edit in (
            "INSERT INTO label VALUES ('a', 'b')",
            "DELETE FROM person",
            "UPDATE standing SET county = '33'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(edit)


def test_a_reader_who_names_no_region_sees_nobody(secured: Callable[[str], str]) -> None:
    with closing(PostgresStore(secured(READER))) as store:
        assert list(store.everybody()) == []
