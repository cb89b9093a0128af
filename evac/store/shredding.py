"""Keys and files overwritten before they go, as far as a file system lets a program do that.

A journalling or copying file system, a solid-state disk and a snapshot may keep older blocks; what protects names there is that
they were never stored open, and that every copy of the key goes. ``docs/privacy/destroying_an_event.md`` says what else to do.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from riskmap.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_ONCE: Final = 1 << 20
_SECRETS: Final = ("event_key", "vault")
"""Fields of a node's key file that go with the event; its own signing key stays, to sign the certificate."""


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"could not be overwritten and removed ({error.strerror or error})", where=str(path),
            expected="a file that this program may write", remedy="give it the right to, and run the command again",
        ) from error  # fmt: skip


def overwrite(path: Path) -> None:
    """Write random bytes over the whole of a file, in place and onto the disk.

    Raises
    ------
    SourceError
        It cannot be written.
    """
    with _errors(path), path.open("r+b") as file:
        left = file.seek(0, os.SEEK_END)
        file.seek(0)
        while left > 0:
            left -= file.write(os.urandom(min(left, _AT_ONCE)))
        file.flush()
        os.fsync(file.fileno())


def shred(path: Path) -> bool:
    """Overwrite a file and remove it; False where it is gone already.

    Raises
    ------
    SourceError
        It cannot be written.
    """
    with _errors(path):
        if not path.exists():
            return False
        overwrite(path)
        path.unlink()
        sync_folder(path.parent)
    return True


def event_of_key(path: Path) -> str:
    """The event whose key a file holds; empty where the file says none, or is gone.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    with _errors(path):
        if not path.exists():
            return ""
        text = path.read_bytes()
    with suppress(ValueError):
        record = json.loads(text)
        if isinstance(record, dict) and isinstance(record.get("event"), str):
            return str(record["event"])
    return ""


def forget_key(path: Path) -> bool:
    """Destroy the event's key in a file: of a node's key file the event's part alone, of any other the whole file.

    Returns
    -------
    bool
        False where there was no such key any more.

    Raises
    ------
    SourceError
        The file cannot be written.
    """
    with _errors(path):
        if not path.exists():
            return False
        text = path.read_bytes()
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict) or "private" not in record:
        return shred(path)
    secrets = [
        record[name] for name in _SECRETS if isinstance(record.get(name), str) and record[name].strip("x")
    ]
    for secret in secrets:  # by what is no digit: a key of zeros would be a key
        text = text.replace(secret.encode(), b"x" * len(secret))
    if secrets:
        with _errors(path), path.open("r+b") as file:  # in place: as long as it was
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    return bool(secrets)


def key_is_gone(path: Path) -> bool:
    """Whether ``forget_key`` has nothing more to do with a file: it is gone, or a node's own key alone is left in it."""
    with suppress(OSError, ValueError):
        record = json.loads(path.read_bytes())
        if isinstance(record, dict) and "private" in record:
            return not any(str(record.get(name, "")).strip("x") for name in _SECRETS)
    return not path.exists()


def key_is_torn(path: Path) -> bool:
    """Whether ``shred`` was cut off behind overwriting a key file: key files are text, random bytes are none."""
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def kept_aside(path: Path) -> Iterator[None]:
    """Whatever the block removes under this name is overwritten when it ends: a database's write-ahead log, say."""
    aside = path.with_name(f"{path.name}.aside")
    with _errors(path):
        aside.unlink(missing_ok=True)
        if path.exists():
            with suppress(OSError):  # a stick has no links
                os.link(path, aside)
    yield
    if aside.exists():
        if path.exists() and path.samefile(aside):
            aside.unlink()
        else:
            shred(aside)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder onto the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
