"""A registry and what lies beside it, by one word: the path of a SQLite file, or the address of a PostgreSQL database."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evac.access import AccessLog
from evac.registry import EventStore
from evac.store.sealed import is_sealed
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_reading import Sums
from evac.store.tokens import PostgresTokens, tokens_beside
from evac.tokens import TokenStore
from evac.vault import Vault
from riskmap.errors import SourceError

_RING, _REVOKED = "ring.json", "revoked.bin"
_ADDRESS: Final = re.compile(r"postgres(ql)?://|[a-z_]+=")  # an URL, or words of libpq


def is_address(where: str) -> bool:
    """Whether this names a PostgreSQL database, not a file.

    Examples
    --------
    >>> is_address("postgresql://evac@db/county"), is_address("registry.sqlite")
    (True, False)
    """
    return _ADDRESS.match(where) is not None


def open_registry(
    where: str, *, vault: Vault | None = None, read_only: bool = False, sums: Sums | None = None
) -> EventStore:
    """The store that a word names; made if it is not there.

    Parameters
    ----------
    where : str
        A path, or a connection string of libpq.
    vault : Vault, optional
        The emergency's key; without it names stay sealed.
    read_only : bool
        On SQLite: open an existing file for reading alone.
    sums : Sums, optional
        On SQLite: what is kept of the file, shared by its readers.

    Raises
    ------
    SourceError
        It cannot be opened.
    ConflictError
        The vault is not the one that its people are sealed under.
    """
    if is_address(where):
        from evac.store.postgres import PostgresStore

        return PostgresStore(where, set_up=not read_only, vault=vault)
    return SQLiteStore(Path(where), read_only=read_only, vault=vault, sums=sums)


def names_are_sealed(where: str) -> bool:
    """Whether a registry that a word names holds somebody sealed under a key; False where there is none yet.

    Raises
    ------
    SourceError
        It cannot be opened.
    """
    if is_address(where):
        from evac.store.postgres import PostgresStore

        with closing(PostgresStore(where, set_up=True)) as store:
            return is_sealed(store)
    if not Path(where).is_file():
        return False
    with closing(SQLiteStore(Path(where))) as file:
        return is_sealed(file)


def open_tokens(where: str) -> TokenStore:
    """The tokens of a registry: a file beside a file, a table in a database."""
    return PostgresTokens(where) if is_address(where) else tokens_beside(Path(where))


def open_access(where: str) -> AccessLog:
    """The log of reads of a registry: a file beside a file, a table in a database."""
    from evac.store.access import PostgresAccessLog, SQLiteAccessLog, beside

    return PostgresAccessLog(where) if is_address(where) else SQLiteAccessLog(beside(Path(where)))


@dataclass(frozen=True)
class Opened:
    """A registry for a server: the writer's store, how to open more, and what lies beside it."""

    store: EventStore
    tokens: TokenStore
    access: AccessLog
    open_reader: Callable[[], EventStore]
    open_office: Callable[[], EventStore]

    def close(self) -> None:
        """Let go of all three."""
        self.access.close()
        self.tokens.close()
        self.store.close()


def open_for_server(where: str, *, vault: Vault | None = None) -> Opened:
    """Everything that ``evac.api.app.create_app`` needs of a registry.

    Raises
    ------
    SourceError
        Something cannot be opened.
    """
    sums = Sums()  # of the readers alone: what the writer reads may be rolled back
    return Opened(
        store=open_registry(where, vault=vault),
        tokens=open_tokens(where),
        access=open_access(where),
        open_reader=lambda: open_registry(where, vault=vault, read_only=True, sums=sums),
        open_office=lambda: open_registry(where, vault=vault),
    )


@dataclass(frozen=True)
class PublicKeys:
    """What a server hands to devices, as it lies in the folder of ``evac keys``: text of the ring, signed list."""

    ring: str | None
    revocations: bytes | None


def key_folder(folder: Path) -> Callable[[], PublicKeys]:
    """Reads the public part of a folder of keys, anew each time: a revocation goes out as soon as it is written.

    Raises
    ------
    SourceError
        There is no ring in it.
    """

    def read() -> PublicKeys:
        try:
            ring = (folder / _RING).read_text(encoding="utf-8")
            revoked = folder / _REVOKED
            return PublicKeys(ring, revoked.read_bytes() if revoked.is_file() else None)
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(
                "the public keys cannot be read",
                where=str(folder / _RING),
                remedy="name the folder of `evac keys new`",
            ) from error

    read()
    return read
