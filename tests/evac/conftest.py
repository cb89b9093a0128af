"""A real PostgreSQL for the tests: the one that ``EVAC_TEST_DSN`` names, or the wheel's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from tests.evac.wheel_postgres import start_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Connection string of a server whose databases we may make and drop."""
    if dsn := os.environ.get("EVAC_TEST_DSN"):
        yield dsn
        return
    with TemporaryDirectory(prefix="evac-pg-") as folder:
        Path(folder).chmod(0o755)
        own = start_server(Path(folder) / "data")
        with psycopg.connect(own.get_uri(), autocommit=True) as admin:
            # processes are killed here and the power is not cut: tests/evac/faults has servers of its own that wait for the disk
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")
        yield own.get_uri()
        own.cleanup()


@pytest.fixture(scope="session")
def _own_database(server: str) -> Iterator[str]:
    name = f"evac_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
    yield psycopg.conninfo.make_conninfo(server, dbname=name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def database(_own_database: str) -> Callable[[], str]:
    """Empties the database of the tests and returns its connection string."""

    def empty() -> str:
        with psycopg.connect(_own_database, autocommit=True) as admin:
            if admin.execute("SELECT to_regclass('event')").fetchone() != (None,):
                admin.execute("DROP TABLE IF EXISTS access")  # a log of reads refuses to be emptied
                tables = admin.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                ).fetchall()
                kept = ("label", "alembic_version")
                admin.execute(f"TRUNCATE {', '.join(name for (name,) in tables if name not in kept)}")
                admin.execute("DELETE FROM label WHERE key NOT IN ('schema', 'machine')")
        return _own_database

    return empty
