"""One process at a time: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from riskmap.errors import BusyError
from riskmap.io.durable import cannot_write


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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyError(
                "another cycle is at work", where=str(path), expected="one cycle at a time", found=file.read().strip() or "a lock without a name",
                remedy="wait for it; a lock whose process died lets go by itself",
            ) from None  # fmt: skip
        file.truncate(0)
        file.write(f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        file.flush()
        yield
