"""Files with people or keys in them: readable by their owner alone, written whole or not at all."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from riskmap.errors import SourceError
from riskmap.io.durable import append_line, whole_file
from riskmap.io.publish import NO_ROOM, Staging


def private_folder(path: Path) -> None:
    """Make a folder that others cannot look into; one that is there stays as it is.

    Raises
    ------
    SourceError
        It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _failed(path, error) from error


def write_private(path: Path, content: bytes, *, replace: bool = True, under: Staging | None = None) -> None:
    """Write a file with mode 0600 under its name in one step, on the disk when this returns.

    Parameters
    ----------
    under : Staging, optional
        A folder under construction that it is part of: then it is on the disk when that is.

    Raises
    ------
    SourceError
        The disk is full, the folder not writable, or the file there although it must not be replaced; nothing is left.
    """
    if not replace and path.exists():
        raise SourceError(
            "the file is already there", where=str(path), remedy="name another one, or move it away"
        )
    bring = None if under is None else partial(under.bring, path)
    try:
        with whole_file(path, mode=0o600, bring=bring) as file:
            file.write(content)
    except OSError as error:
        raise _failed(path, error) from error


def append_private(path: Path, line: str) -> None:
    """Add one line to a file with mode 0600, on the disk when this returns.

    Raises
    ------
    SourceError
        The disk is full or the file not writable.
    """
    try:
        append_line(path, line, mode=0o600)
    except OSError as error:
        raise _failed(path, error) from error


def read_private(path: Path, *, secret: bool = False) -> bytes:
    """The content of a file.

    Parameters
    ----------
    secret : bool
        Refuse it where others than its owner may read it.

    Raises
    ------
    SourceError
        It cannot be read, or others can read it too.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"cannot read ({error.strerror})", where=str(path), remedy="check the path and who may read it"
        ) from error
    if secret and os.name == "posix" and mode & 0o077:
        raise SourceError(
            "others can read this key",
            where=str(path),
            expected="mode 0600",
            found=f"mode {mode & 0o777:04o}",
            remedy="chmod 600, owned by whoever runs this; if others have read it, it is a stolen key: docs/howto/operations.md",
        )
    return content


def _failed(path: Path, error: OSError) -> SourceError:
    if error.errno in NO_ROOM:
        return SourceError(
            "the disk is full", where=str(path), remedy="free the disk and start again: what is whole stays"
        )
    return SourceError(
        f"cannot write ({error.strerror})", where=str(path), remedy="choose a folder that can be written"
    )
