"""Files that one run holds: a lock of the operating system says whether it lives, and goes with it, however it ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def held_file(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A new file, for its owner alone unless a mode is given, locked for as long as this run has it.

    Raises
    ------
    FileExistsError
        Another run has it, or has left it.
    """
    while True:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
        with suppress(OSError):  # some network disks know no locks
            _lock(file, wait=True)
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                break
        file.close()  # somebody took it for abandoned between the two
    with file:
        yield file


@contextmanager
def abandoned(path: Path) -> Iterator[bool]:
    """Whether no run has a file that ``held_file`` made; nobody else takes it for abandoned meanwhile."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            _lock(file, wait=False)
        except OSError:
            yield False
            return
        yield True


def _lock(file: BinaryIO, *, wait: bool) -> None:
    try:
        import fcntl
    except ImportError as error:
        raise OSError(errno.ENOLCK, "no such locks on this system") from error
    fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
