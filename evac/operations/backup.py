"""Backups that were tried before they are called so: copied, walked link by link, sealed, and restored the same way.

A backup is sealed under the event's key and so dies with it. The key itself is copied apart, under a passphrase, and kept in
another building: without it no backup opens.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from evac.errors import ConflictError, EvacError
from evac.log import Head
from evac.store.copying import (
    copy_registry,
    forget_copy,
    open_sealed,
    put_in_place,
    seal_file,
    sealed_header,
)
from evac.store.migrating import migrate
from evac.store.purge import Rows, rows_of
from evac.store.sqlite import SQLiteStore
from evac.store.working_copies import own_copy
from evac.sync.node import EVENT, OWN
from evac.vault import Vault
from evac.witness import audit
from riskmap.errors import ConfigError, DataError

SUFFIX: Final = ".evbackup"
_FORM: Final = "evac key copy 1"
_SCRYPT: Final = {"n": 1 << 17, "r": 8, "p": 1}
"""Cost of a passphrase: 128 MiB and about a third of a second (OWASP, Password Storage Cheat Sheet) [S]."""
_SHORTEST: Final = 20
"""Bytes of a passphrase in UTF-8 [D]: twenty letters, or seven Chinese characters."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was tried.

    Attributes
    ----------
    path : Path
        The sealed file, or the registry that was restored from it.
    event, node : str
        Of which registry.
    taken_at : datetime
        When.
    head : Head
        The end of its log.
    rows : Rows
        People, events and standings in it.
    sha256 : str
        Of the sealed file; empty for a restored registry.
    """

    path: Path
    event: str
    node: str
    taken_at: datetime
    head: Head
    rows: Rows
    sha256: str = ""


def back_up(
    registry: Path, folder: Path, vault: Vault, *, at: datetime, witness: Sequence[Head] = ()
) -> Backup:
    """Copy a registry that is in use, try the copy, and seal it; the plain copy lies beside the registry and never leaves it.

    Parameters
    ----------
    registry : Path
        SQLite file; check-ins go on meanwhile.
    folder : Path
        Where the backup goes: another disk.
    vault : Vault
        The event's key.
    at : datetime
        Now; part of the name.
    witness : sequence of Head
        Heads that were written down elsewhere; the copy must pass through each.

    Raises
    ------
    ConflictError
        The copy's log is not as it was sealed or witnessed: there is no backup.
    SourceError
        A file cannot be read or written.

    Examples
    --------
    >>> import tempfile
    >>> at, vault = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), Vault(bytes(32))
    >>> with tempfile.TemporaryDirectory() as disk:
    ...     with closing(SQLiteStore(Path(disk) / "county.sqlite", vault=vault)) as store:
    ...         store.put_labels({"event": "2106", "node": "330902-S1"})
    ...     done = back_up(Path(disk) / "county.sqlite", Path(disk), vault, at=at)
    >>> done.path.name
    '330902-S1-20210724T043000Z-0.evbackup'
    """
    with own_copy(registry) as plain:
        copy_registry(registry, plain)
        with closing(SQLiteStore(plain, read_only=True, vault=vault)) as copy:
            labels, rows, destroyed = copy.labels(), rows_of(copy), False
            destroyed = bool(labels.get("destroyed"))
            head = audit(copy, witness, destroyed=destroyed)
        event, node = labels.get(EVENT, ""), labels.get(OWN, registry.stem)
        target = folder / f"{node}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{head.sequence}{SUFFIX}"
        header = {
            "event": event, "node": node, "at": at.isoformat(), "sequence": head.sequence, "link": head.link.hex(),
            "rows": list(rows), "destroyed": destroyed,
        }  # fmt: skip
        sealed, digest = seal_file(plain, target, header, vault)
    return Backup(sealed, event, node, at, head, rows, digest)


def restore(path: Path, target: Path, vault: Vault, *, witness: Sequence[Head] = ()) -> Backup:
    """Open a backup as a registry of today's version, and hold it against what was backed up: the same head, the same counts.

    Parameters
    ----------
    path : Path
        The sealed file.
    target : Path
        Registry to be made; must not be there.
    vault : Vault
        The event's key.
    witness : sequence of Head
        Heads that were written down elsewhere before the backup was taken.

    Raises
    ------
    ConfigError
        The target is there already.
    ConflictError
        What was restored is not what was backed up.
    SourceError, DataError, EvacError
        The file cannot be read, is no backup, was sealed by another key or changed since.

    Examples
    --------
    >>> import tempfile
    >>> at, vault = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), Vault(bytes(32))
    >>> with tempfile.TemporaryDirectory() as disk:
    ...     SQLiteStore(Path(disk) / "county.sqlite", vault=vault).close()
    ...     done = back_up(Path(disk) / "county.sqlite", Path(disk), vault, at=at)
    ...     again = restore(done.path, Path(disk) / "restored.sqlite", vault)
    >>> again.head == done.head, again.rows == done.rows
    (True, True)
    """
    if target.exists():
        raise ConfigError(
            "a registry is there already", where=str(target), expected="a new file", remedy="restore beside it, compare, rename",
        )  # fmt: skip
    told = sealed_header(path)
    tried = target.with_name(f".{target.name}.tried")  # its own name once it was held against the backup
    forget_copy(tried)  # of a run that was killed
    try:
        open_sealed(path, tried, vault)
        migrate(str(tried))  # a backup that an earlier version took is good with this one
        with closing(SQLiteStore(tried, read_only=True, vault=vault)) as store:
            rows = rows_of(store)
            head = audit(store, [*witness, _head(told)], destroyed=bool(told.get("destroyed")))
            next(store.people(), None)  # the key opens the names as well
        if head != _head(told) or list(rows) != told["rows"]:
            raise ConflictError(
                "what was restored is not what was backed up", where=str(path), expected=f"{told['rows']}",
                found=f"{list(rows)}, {head.sequence} events", remedy="take an older backup",
            )  # fmt: skip
        put_in_place(tried, target)
    except BaseException:
        forget_copy(tried)
        raise
    return Backup(target, told["event"], told["node"], datetime.fromisoformat(told["at"]), head, rows)


def _head(told: dict[str, Any]) -> Head:
    return Head(told["sequence"], bytes.fromhex(told["link"]))


def wrap_key(vault: Vault, passphrase: str, *, event: str) -> str:
    """The event's key under a passphrase, to be kept in another building: a small JSON text, also fit for paper.

    Raises
    ------
    DataError
        The passphrase is too short.

    References
    ----------
    RFC 7914, scrypt.
    """
    if len(passphrase.encode()) < _SHORTEST:
        raise DataError(
            "the passphrase is too short", where="passphrase", expected=f"{_SHORTEST} letters, or 7 Chinese characters, or more",
            found=f"{len(passphrase)}", remedy="four words that do not belong together",
        )  # fmt: skip
    salt = os.urandom(16)
    sealed = Vault(_stretched(passphrase, salt)).seal(vault.key, event.encode())
    text = {
        "form": _FORM, "event": event, "salt": base64.b64encode(salt).decode(), "sealed": base64.b64encode(sealed).decode(),
    }  # fmt: skip
    return json.dumps(text, ensure_ascii=False, indent=1) + "\n"


def unwrap_key(text: str, passphrase: str) -> Vault:
    """The event's key of its copy.

    Raises
    ------
    DataError
        Not a copy of a key.
    EvacError
        Another passphrase.
    """
    try:
        record = json.loads(text)
        if record["form"] != _FORM:
            raise ValueError("another form")
        salt, sealed = base64.b64decode(record["salt"]), base64.b64decode(record["sealed"])
        about = record["event"].encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "not a copy of an event's key", where="copy of the key", expected="the file that `evac backup --key-copy` wrote",
            found=f"{type(error).__name__}: {error}",
        ) from error  # fmt: skip
    try:
        return Vault(Vault(_stretched(passphrase, salt)).open(sealed, about))
    except EvacError as error:
        raise EvacError(
            "the copy of the key does not open", where="passphrase", expected="that of the copy, letter by letter",
            found="another passphrase, or a copy that was changed since", remedy="type it again, or take another copy",
        ) from error  # fmt: skip


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, dklen=32, maxmem=1 << 28, **_SCRYPT)
