"""Files and folders that one run holds: a lock of the operating system says whether it lives, and goes with it, however it ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

ABANDONED: Final = 3600.0
"""Seconds after which what was not finished, and is not locked, is nobody's any more (D)."""


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


@contextmanager
def held_folder(path: Path) -> Iterator[None]:
    """A folder, locked for as long as the block lasts; under another name too."""
    with ExitStack() as stack:
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            _lock(descriptor, wait=True)
        yield


def is_held(path: Path) -> bool | None:
    """Whether a run has a folder that ``held_folder`` locked; None where the disk does not tell."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        _lock(descriptor, wait=False)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


def _lock(file: BinaryIO | int, *, wait: bool) -> None:
    try:
        import fcntl
    except ImportError as error:
        raise OSError(errno.ENOLCK, "no such locks on this system") from error
    fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
