"""From the version of a registry's tables to the one that this program writes, in one transaction: all of it or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from evac.store.sqlite_reading import sqlite_errors
from evac.store.tables import SCHEMA_VERSION
from riskmap.errors import SourceError

_SCRIPTS: Final = "evac.store:migrations"
_WAIT: Final = 1.0  # s, for whoever has a file open to let go of it


@dataclass(frozen=True)
class Migrated:
    """From which version to which; the same where there was nothing to do."""

    before: str
    after: str


def migrate(where: str) -> Migrated:
    """Bring a registry to the newest version; a backup of it is the caller's to make.

    Parameters
    ----------
    where : str
        A path, or a connection string of libpq whose role owns the tables.

    Raises
    ------
    SourceError
        It is no registry, is of a version that this program does not know, or cannot be written.
    """
    from evac.store.opening import is_address

    return _migrate_database(where) if is_address(where) else _migrate_file(Path(where))


def _migrate_file(path: Path) -> Migrated:
    if not path.is_file():
        raise SourceError("no such registry", where=str(path), remedy="name the file that holds it")

    opened = closing(sqlite3.connect(path, isolation_level=None, timeout=_WAIT))
    with sqlite_errors(path, "be migrated"), opened as raw:
        _require_alone(raw, path)
        return _run("sqlite://", lambda: raw, str(path), lambda one: one.exec_driver_sql("BEGIN EXCLUSIVE"))


def _require_alone(raw: sqlite3.Connection, path: Path) -> None:
    """Nobody else has the file open until it is closed: an earlier program would go on writing beside the new tables."""
    try:
        for setting in ("locking_mode=EXCLUSIVE", "synchronous=FULL"):
            raw.execute(f"PRAGMA {setting}")
        raw.execute("BEGIN EXCLUSIVE")
        raw.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
            raise
        raise SourceError(
            "the registry is in use, and stays as it was", where=str(path), expected="no program that has it open",
            found="at least one", remedy="stop the server, kiosks and backups of this file, then run `evac migrate` again",
        ) from error  # fmt: skip


def _migrate_database(dsn: str) -> Migrated:
    import psycopg

    from evac.store import postgres_sql as sql

    def lock(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({sql.SETTING_UP})")
        # an earlier program that goes on writing beside a new one would fold people by half their events
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({sql.IN_USE})").scalar():
            raise SourceError(
                "the registry is in use, and stays as it was", where="PostgreSQL", expected="no program that writes to it",
                found="at least one that is connected",
                remedy="stop every server and gateway of this database, then run `evac migrate` again",
            )  # fmt: skip

    def refresh(connection: Connection) -> None:
        connection.exec_driver_sql(sql.SETTLE)
        connection.exec_driver_sql(sql.LEAN)
        connection.exec_driver_sql(sql.FUNCTION)
        connection.exec_driver_sql(sql.SAY_MACHINE, (sql.MACHINE,))

    try:
        return _run("postgresql+psycopg://", lambda: psycopg.connect(dsn), "PostgreSQL", lock, refresh)
    except psycopg.Error as error:
        raise SourceError(
            f"the registry could not be migrated ({str(error).strip()})", where="PostgreSQL",
            expected="a reachable server, and a role that owns the tables", remedy="use the role that set it up",
        ) from error  # fmt: skip


def _run(
    dialect: str,
    connect: Callable[[], Any],
    where: str,
    begin: Callable[[Connection], object],
    refresh: Callable[[Connection], object] = lambda _connection: None,
) -> Migrated:
    engine = sa.create_engine(dialect, creator=connect, poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            begin(connection)
            before = MigrationContext.configure(connection).get_current_revision()
            if before is None:
                raise SourceError(
                    "this is no registry that can be migrated", where=where, expected="tables with a version",
                    found="none", remedy="name a registry that this program or an earlier one made",
                )  # fmt: skip
            config = Config()
            config.set_main_option("script_location", _SCRIPTS)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.execute(
                sa.text("UPDATE label SET value = :now WHERE key = 'schema'"), {"now": SCHEMA_VERSION}
            )
            refresh(connection)
        return Migrated(before, SCHEMA_VERSION)
    except (sa.exc.DBAPIError, CommandError) as error:
        raise SourceError(
            f"the registry could not be migrated ({error}); it is as it was", where=where,
            expected="a registry of this or an earlier version that nobody else writes to", remedy="stop the other program",
        ) from error  # fmt: skip
    finally:
        engine.dispose()
