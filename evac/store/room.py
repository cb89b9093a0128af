"""How large a registry's files or database are, and what room there is."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from evac.events import instant_of, microseconds
from evac.store.sqlite_reading import sqlite_errors
from riskmap.errors import SourceError


def registry_bytes(registry: Path) -> int:
    """Bytes of a registry on SQLite, its write-ahead log included."""
    names = (registry, registry.with_name(f"{registry.name}-wal"))
    return sum(path.stat().st_size for path in names if path.exists())


def free_bytes(folder: Path) -> int:
    """Bytes free on the disk of a folder.

    Raises
    ------
    SourceError
        There is no such folder.
    """
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise SourceError("the disk cannot be asked", where=str(folder), found=str(error)) from error


def free_bytes_if_known(folder: Path) -> int | None:
    """Bytes free on the disk of a folder; None where there is no such folder, or it is not ours to look into."""
    try:
        return free_bytes(folder) if folder.is_dir() else None
    except (OSError, SourceError):
        return None


def receipts_since(registry: Path, since: datetime) -> list[datetime]:
    """When events came in since then, newest first; what came before is not looked at.

    Raises
    ------
    SourceError
        The registry cannot be read.
    """
    found = []
    with (
        sqlite_errors(registry, "be read"),
        closing(sqlite3.connect(f"{registry.resolve().as_uri()}?mode=ro", uri=True)) as raw,
    ):
        for (at,) in raw.execute("SELECT received_at FROM event ORDER BY sequence DESC"):
            if at < microseconds(since):
                break
            found.append(instant_of(at))
    return found


class PostgresRoom(NamedTuple):
    """Bytes of a database, bytes free on its disk or None where that is not known, its events, and receipts of the last ones."""

    size: int
    free: int | None
    events: int
    received: list[datetime]


def postgres_room(dsn: str, since: datetime) -> PostgresRoom:
    """Room of a registry on PostgreSQL, by what its server says.

    Raises
    ------
    SourceError
        The database cannot be read.
    """
    from evac.store.postgres import PostgresStore

    with closing(PostgresStore(dsn)) as store, store._errors("be read"):
        raw = store._raw
        size, events, here = raw.execute(
            "SELECT pg_database_size(current_database()), (SELECT count(*) FROM event), inet_server_addr() IS NULL"
        ).fetchone() or (0, 0, False)
        received = raw.execute(
            "SELECT received_at FROM event WHERE received_at >= %s", (microseconds(since),)
        ).fetchall()
        (folder,) = raw.execute(
            "SELECT current_setting('data_directory') WHERE pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')"
        ).fetchone() or ("",)
    free = free_bytes_if_known(Path(folder)) if here and folder else None
    return PostgresRoom(size, free, events, [instant_of(at) for (at,) in received])
