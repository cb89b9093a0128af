"""A registry of an earlier version becomes one of this version, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.pool import StaticPool

from evac.store.migrating import Migrated, migrate
from evac.store.postgres import PostgresStore
from evac.store.postgres_reading import _POSITIONS
from evac.store.sqlite import SQLiteStore
from evac.store.tables import METADATA, SCHEMA_VERSION
from riskmap.errors import SourceError
from tests.evac.scenes import LATER, make_event


def _from_nothing(connection: sa.Connection) -> list[object]:
    """Every step from an empty database, and how the result differs from the tables of today."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "evac.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert context.get_current_revision() == SCHEMA_VERSION
    return [d for d in compare_metadata(context, METADATA) if "alembic_version" not in str(d)]


def test_the_steps_end_at_the_tables_of_today() -> None:
    with sa.create_engine("sqlite://").begin() as connection:
        assert _from_nothing(connection) == []


def test_the_steps_end_at_the_tables_of_today_on_postgres(database: Callable[[], str]) -> None:
    dsn = database()
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA IF NOT EXISTS steps")
    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn, options="-c search_path=steps"), poolclass=StaticPool
    )  # fmt: skip
    with engine.connect() as connection:
        assert _from_nothing(connection) == []
        connection.rollback()
    engine.dispose()
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("DROP SCHEMA steps CASCADE")


def test_a_registry_of_today_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    with closing(SQLiteStore(path)) as store:
        store.append([make_event("notified")], received_at=LATER)
        head = store.head()
    assert migrate(str(path)) == Migrated(SCHEMA_VERSION, SCHEMA_VERSION)
    with closing(SQLiteStore(path)) as store:
        assert store.head() == head


BACK_TO_3 = (
    "DROP INDEX ix_seal_sequence",
    "UPDATE label SET value = '3' WHERE key = 'schema'",
    "UPDATE alembic_version SET version_num = '3'",
)


def test_a_registry_of_version_3_gets_the_index_of_its_chain(
    tmp_path: Path, database: Callable[[], str]
) -> None:
    path, dsn = tmp_path / "r.sqlite", database()
    for store in (SQLiteStore(path), PostgresStore(dsn, set_up=True)):
        store.append([make_event("notified")], received_at=LATER)
        store.seal()
        store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in BACK_TO_3:
            raw.execute(statement)
    with psycopg.connect(dsn, autocommit=True) as admin:
        for statement in BACK_TO_3:
            admin.execute(statement)
    for where, opened in ((str(path), lambda: SQLiteStore(path)), (dsn, lambda: PostgresStore(dsn))):
        with pytest.raises(SourceError, match="evac migrate"):
            opened()
        assert migrate(where) == Migrated("3", SCHEMA_VERSION)
        opened().close()
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("SET enable_seqscan = off")
        plan = admin.execute(f"EXPLAIN {_POSITIONS}", ([b""],)).fetchall()
    assert any("ix_seal_sequence" in str(line) for line in plan)


def test_a_state_machine_of_another_version_is_refused_and_renewed(database: Callable[[], str]) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        store.put_labels({"machine": "of another version"})
    with pytest.raises(SourceError, match="evac migrate"):
        PostgresStore(dsn)
    migrate(dsn)
    with closing(PostgresStore(dsn)) as store:
        assert store.append([make_event("notified")], received_at=LATER).stored


def test_an_index_that_made_every_move_dear_is_dropped(database: Callable[[], str]) -> None:
    dsn = database()
    PostgresStore(dsn, set_up=True).close()
    names = "SELECT indexname FROM pg_indexes WHERE tablename = 'standing' AND indexdef LIKE '%moves%'"
    with psycopg.connect(dsn, autocommit=True) as raw:
        assert raw.execute(names).fetchall() == []
        raw.execute("CREATE INDEX standing_moved ON standing (county) WHERE moves > 0")
        migrate(dsn)
        assert raw.execute(names).fetchall() == []


def test_a_database_that_somebody_writes_to_is_not_migrated(database: Callable[[], str]) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        with pytest.raises(SourceError, match="stop every server"):
            migrate(dsn)
        store.append([make_event("registered", 1)], received_at=LATER)
    assert migrate(dsn) == Migrated(SCHEMA_VERSION, SCHEMA_VERSION)


def test_a_file_that_somebody_has_open_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    with closing(SQLiteStore(path)) as store:
        store.append([make_event("registered")], received_at=LATER)
        with pytest.raises(SourceError, match="in use, and stays as it was"):
            migrate(str(path))
        store.append([make_event("notified", 1)], received_at=LATER)
    assert migrate(str(path)) == Migrated(SCHEMA_VERSION, SCHEMA_VERSION)


def test_what_is_no_registry_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such registry"):
        migrate(str(tmp_path / "none.sqlite"))
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as raw:
        raw.execute("CREATE TABLE mine (x)")
    before = other.read_bytes()
    with pytest.raises(SourceError, match="no registry that can be migrated"):
        migrate(str(other))
    assert other.read_bytes() == before


def test_a_registry_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '99'")
    with pytest.raises(SourceError, match="it is as it was"):
        migrate(str(path))
