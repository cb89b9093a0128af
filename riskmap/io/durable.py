"""Files and links that are whole or not there, and on the disk when the call returns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from riskmap.errors import SourceError
from riskmap.io.publish import NO_ROOM

ABANDONED: Final = 3600.0
"""Seconds after which a file that was not finished is nobody's any more (D)."""

_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)


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
    part = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            write(file)
            file.flush()
            if written is not None:
                os.utime(file.fileno(), (written.timestamp(), written.timestamp()))
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise cannot_write(path, problem) from problem
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sweep_partials(folder: Path) -> None:
    """Remove what writers that were killed left in a folder under the names that they write under: a file of an hour ago is nobody's.

    By its age, not by its process: one in another container has a number that means nothing here.
    """
    with suppress(OSError):
        for left in folder.glob(".*.partial-*"):
            if time.time() - left.lstat().st_mtime > ABANDONED:
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


def append_line(path: Path, line: str) -> None:
    """Add one line at the end of a file.

    Raises
    ------
    SourceError
        The disk is full, or the file not writable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise cannot_write(path, problem) from problem


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; without it a new name may be lost with the power."""
    descriptor = os.open(folder, _FOLDER)
    try:
        os.fsync(descriptor)
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
