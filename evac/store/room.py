"""How large a registry's files are, and what room there is."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

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
