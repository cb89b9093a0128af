"""Files and links that are whole or not there, and on the disk when the call returns."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from riskmap.errors import SourceError
from riskmap.io.held import ABANDONED, abandoned, held_file
from riskmap.io.publish import NO_ROOM

_NO_FOLDERS: Final = (errno.EINVAL, errno.ENOTSUP)
"""What the file systems of some sticks and shares say, which cannot sync a folder."""


def replace_file(
    path: Path, content: bytes | str, *, mode: int = 0o644, written: datetime | None = None
) -> None:
    """Write a file under its name in one step; an earlier one stays until the new one is whole.

    Parameters
    ----------
    written : datetime, optional
        When it is to count as written, from the first moment that it has its name; now unless given.

    Raises
    ------
    SourceError
        The disk is full, or the folder not writable; nothing is left.
    """
    data = content.encode() if isinstance(content, str) else content
    replace_by(path, lambda file: file.write(data), mode=mode, written=written)


def replace_by(
    path: Path, write: Callable[[BinaryIO], object], *, mode: int = 0o644, written: datetime | None = None
) -> None:
    """As ``replace_file``, with a content that ``write`` writes by and by; whatever it raises, nothing is left."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, mode=mode, written=written) as file:
            write(file)
    except OSError as problem:
        raise cannot_write(path, problem) from problem


@contextmanager
def whole_file(
    path: Path,
    *,
    mode: int = 0o644,
    written: datetime | None = None,
    bring: Callable[[int], None] | None = None,
) -> Iterator[BinaryIO]:
    """A file that gets its name when the block ends well, and is on the disk then; where it ends otherwise nothing is left.

    What writers that were killed left beside it goes, too, before the first file that a process writes into a folder: under another name
    nobody would look for it.

    Parameters
    ----------
    bring : callable, optional
        Brings the file, and then its folder, to the disk; ``os.fsync`` where None.

    Raises
    ------
    OSError
        It cannot be written; an earlier one is left.
    """
    _sweep_once(os.getpid(), path.parent)
    part = path.with_name(f".{path.name}.partial-{os.getpid()}")
    part.unlink(missing_ok=True)  # of an earlier process with this number: its mode may be another one
    try:
        with ExitStack() as stack:
            file = stack.enter_context(held_file(part, mode))
            yield file
            file.flush()
            if written is not None:
                os.utime(file.fileno(), (written.timestamp(), written.timestamp()))
            (bring or os.fsync)(file.fileno())
            if os.name != "posix":
                stack.close()  # what is open cannot be renamed there
            part.replace(path)  # while it is held, or it would be taken for one that was left
        sync_folder(path.parent, bring)
    except BaseException:
        with suppress(OSError):  # a stick may be gone
            part.unlink(missing_ok=True)
        raise


@lru_cache(maxsize=256)
def _sweep_once(_process: int, folder: Path) -> None:
    """Once: a folder may hold as many files as there are messages."""
    sweep_partials(folder)


def sweep_partials(folder: Path) -> None:
    """Remove what writers that were killed left in a folder under the names that they write under.

    A file that a living process writes is locked; where a disk knows no locks one of an hour ago is nobody's. Not by the number of the
    process: one in another container has a number that means nothing here.
    """
    with suppress(OSError):
        for left in list(folder.glob(".*.partial-[0-9]*")):
            with suppress(OSError), ExitStack() as stack:
                found = left.lstat()
                free = stat.S_ISREG(found.st_mode) and stack.enter_context(abandoned(left))
                if not stat.S_ISDIR(found.st_mode) and (free or time.time() - found.st_mtime > ABANDONED):
                    left.unlink()


def point(link: Path, target: str) -> None:
    """Make a symbolic link point at a target, in one step: it always names the old one or the new one.

    Parameters
    ----------
    link : Path
    target : str
        As the link holds it; relative to the link's folder, so that the whole tree can be moved.

    Raises
    ------
    SourceError
        The folder is not writable, or a file or folder of that name is in the way.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> link = Path(mkdtemp()) / "latest"
    >>> point(link, "runs/1"); point(link, "runs/2"); link.readlink().as_posix()
    'runs/2'
    """
    part = link.with_name(f".{link.name}.partial-{os.getpid()}")
    try:
        if link.exists() and not link.is_symlink():
            raise FileExistsError(17, "something that is no link has this name")
        part.unlink(missing_ok=True)
        part.symlink_to(target)
        part.replace(link)
        sync_folder(link.parent)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise cannot_write(link, problem) from problem


def append_line(path: Path, line: str, *, mode: int = 0o644) -> None:
    """Add one line at the end of a file, on the disk when this returns; behind half a line that a killed writer left a new one begins.

    Raises
    ------
    OSError
        The disk is full, or the file not writable.
    """
    new = not path.exists()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, mode), "r+b") as file:
        length = file.seek(0, os.SEEK_END)
        file.seek(max(length - 1, 0))
        file.write((b"" if file.read() in (b"", b"\n") else b"\n") + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)


def sync_folder(folder: Path, bring: Callable[[int], None] | None = None) -> None:
    """Bring the names in a folder to the disk; without it a new name may be lost with the power."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        (bring or os.fsync)(descriptor)
    except OSError as problem:
        if problem.errno not in _NO_FOLDERS:
            raise
    finally:
        os.close(descriptor)


def cannot_write(path: Path, problem: OSError) -> SourceError:
    """The error of a write that failed, with what to do."""
    full = problem.errno in NO_ROOM
    return SourceError(
        "the disk is full" if full else "cannot write", where=str(path), expected="room on the disk" if full else "a writable folder",
        found=problem.strerror or str(problem),
        remedy="free some space and run again" if full else "check the path and its permissions",
    )  # fmt: skip
