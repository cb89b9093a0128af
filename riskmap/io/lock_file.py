"""One process at a time: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from riskmap.errors import BusyError
from riskmap.io.durable import cannot_write

_GLANCE: Final = 0.02
"""Seconds after which a lock that was only looked at is free again."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock for as long as the block lasts; never wait for one.

    Raises
    ------
    BusyError
        Another process holds it; says which and since when. Exit code 75.
    SourceError
        The file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as problem:
        raise cannot_write(path, problem) from problem
    with file:
        if not _taken(file):
            file.seek(0)
            raise BusyError(
                "another cycle is at work", where=str(path), expected="one cycle at a time", found=file.read().strip() or "a lock without a name",
                remedy="wait for it; a lock whose process died lets go by itself",
            )  # fmt: skip
        file.truncate(0)
        file.write(f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    """Whether the lock could be had; whoever only looks at it holds it for an instant, which must cost no cycle."""
    for patience in (_GLANCE, _GLANCE, 0.0):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(patience)
        else:
            return True
    return False


def is_free(path: Path) -> bool:
    """Whether a lock that was once taken is held by nobody; False where that cannot be told."""
    try:
        with path.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
