"""Copies of a registry's file, taken while others write to it; sealed for the way, and opened again."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Final

from evac.store.shredding import shred, sync_folder
from evac.store.sqlite_reading import require_file, sqlite_errors
from evac.vault import Vault
from riskmap.errors import DataError, SourceError
from riskmap.io.held import abandoned, held_file

_MAGIC: Final = b"EVACBKUP1\n"
_SEALED_AT_ONCE: Final = 1 << 20
_LENGTH: Final = 4
_HEADER_MOST: Final = 1 << 16
_PAGES: Final = 4000  # of a copy at a time, so that writers get their turn


def copy_registry(source: Path, target: Path) -> None:
    """A copy of a registry in one file, for its owner alone, by SQLite's own backup: one moment of it, whoever writes meanwhile.

    Raises
    ------
    SourceError
        The source cannot be read, or the target not be written; no half of it is left.
    """
    require_file(source)
    part = _partial(target)
    _gone(part)
    try:
        with copying_errors(target):
            _private(part).close()
        with sqlite_errors(target, "be copied"), closing(sqlite3.connect(part)) as copy:
            there = f"{source.resolve().as_uri()}?mode=ro"
            with closing(sqlite3.connect(there, uri=True, isolation_level=None)) as raw:
                raw.execute("BEGIN")  # one moment is held, or each write of others would begin the copy anew
                raw.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
                raw.backup(copy, pages=_PAGES, sleep=0.001)
            copy.execute("PRAGMA journal_mode=DELETE").fetchall()
            copy.execute("PRAGMA synchronous=FULL")
            if copy.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise sqlite3.DatabaseError("the copy is damaged")
        put_in_place(part, target)
    except BaseException:
        _gone(part)
        raise


def forget_copy(target: Path) -> None:
    """Overwrite and remove a copy, and what a killed run left of it.

    Raises
    ------
    SourceError
        It cannot be written.
    """
    _gone(_partial(target))
    _gone(target)


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.partial")


def _private(path: Path) -> BinaryIO:
    """A new file for its owner alone, whatever the umask."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _gone(part: Path) -> None:
    for tail in ("", "-journal", "-wal", "-shm"):
        shred(part.with_name(f"{part.name}{tail}"))


@contextmanager
def copying_errors(path: Path) -> Iterator[None]:
    """Say which file could not be read or written."""
    try:
        yield
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        absent = isinstance(error, FileNotFoundError | NotADirectoryError)
        raise SourceError(
            f"cannot be read or written ({error.strerror or error})", where=str(path),
            expected="a folder that is there" if absent else "a disk with room",
            remedy="plug the disk in or make the folder" if absent else "free room or name another folder; the registry itself is not touched",
        ) from error  # fmt: skip


def put_in_place(part: Path, target: Path) -> None:
    """Give a whole file its name, on the disk.

    Raises
    ------
    SourceError
        It cannot be renamed.
    """
    with copying_errors(target):
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        sync_folder(target.parent)


def seal_file(plain: Path, target: Path, header: Mapping[str, Any], vault: Vault) -> tuple[Path, str]:
    """Seal a file under the event's key: its copies die with the key. Where another has the name, the name gets a number.

    The header can be read by anybody and changed by nobody; each piece of a mebibyte has its number and whether it is the last in
    what it is sealed about, so that none can be taken out, moved or cut off.

    Returns
    -------
    tuple of Path and str
        The sealed file and its SHA-256, 64 hexadecimal digits.

    Raises
    ------
    SourceError
        A file cannot be read or written.
    """
    told = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    about = hashlib.blake2b(told, digest_size=32).digest()
    whole = hashlib.sha256()
    with copying_errors(target), plain.open("rb") as source, _claimed(target) as (free, file):

        def put(data: bytes) -> None:
            whole.update(data)
            file.write(data)

        put(_MAGIC + len(told).to_bytes(_LENGTH, "big") + told)
        number, piece = 0, source.read(_SEALED_AT_ONCE)
        while True:
            following = source.read(_SEALED_AT_ONCE)
            sealed = vault.seal(piece, _place(about, number, last=not following))
            put(len(sealed).to_bytes(_LENGTH, "big") + sealed)
            if not following:
                break
            number, piece = number + 1, following
        file.flush()
        put_in_place(_partial(free), free)
    return free, whole.hexdigest()


@contextmanager
def _claimed(wanted: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A name that no other run has or takes, and the file that will get it; what killed runs left in the folder goes."""
    for part in wanted.parent.glob(f".*{wanted.suffix}.partial"):
        with abandoned(part) as dead:
            if dead:
                part.unlink(missing_ok=True)
    for number in count(1):
        target = wanted if number == 1 else wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        with ExitStack() as stack:
            try:
                file = stack.enter_context(held_file(_partial(target)))
            except FileExistsError:
                continue
            stack.callback(_partial(target).unlink, missing_ok=True)  # where it was not given its name
            if not target.exists():
                yield target, file
                return


def _place(about: bytes, number: int, *, last: bool) -> bytes:
    return about + number.to_bytes(8, "big") + (b"\1" if last else b"\0")


def sealed_header(path: Path) -> dict[str, Any]:
    """What a sealed file says of itself; believed only once its pieces were opened.

    Raises
    ------
    SourceError
        It cannot be read.
    DataError
        It is no backup.
    """
    with copying_errors(path), path.open("rb") as file:
        return _header(file, path)[0]


def _header(file: BinaryIO, path: Path) -> tuple[dict[str, Any], bytes]:
    length = 0
    if file.read(len(_MAGIC)) == _MAGIC:
        length = int.from_bytes(file.read(_LENGTH), "big")
    told = file.read(length) if 0 < length <= _HEADER_MOST else b""
    with suppress(ValueError):
        record = json.loads(told)
        if isinstance(record, dict):
            return record, hashlib.blake2b(told, digest_size=32).digest()
    raise DataError(
        "not a backup of a registry", where=str(path), expected="the file that `evac backup` wrote",
        found=f"{length} bytes of header", remedy="name the .evbackup file",
    )  # fmt: skip


def open_sealed(path: Path, target: Path, vault: Vault) -> None:
    """Open a sealed file into another, for its owner alone, which gets its name only when all of it was opened.

    Raises
    ------
    SourceError
        A file cannot be read or written.
    DataError
        It is no backup, or cut short.
    EvacError
        Sealed by another key, or changed since.
    """
    part = _partial(target)
    _gone(part)
    try:
        with copying_errors(path), path.open("rb") as file, _private(part) as out:
            _, about = _header(file, path)
            number, sealed = 0, _piece(file)
            while sealed:
                following = _piece(file)
                out.write(vault.open(sealed, _place(about, number, last=not following)))
                number, sealed = number + 1, following
            if not number:
                raise DataError("a backup without content", where=str(path), remedy="take an older one")
        put_in_place(part, target)
    except BaseException:
        _gone(part)
        raise


def _piece(file: BinaryIO) -> bytes:
    head = file.read(_LENGTH)
    return file.read(min(int.from_bytes(head, "big"), 2 * _SEALED_AT_ONCE)) if len(head) == _LENGTH else b""
