"""Where tokens are kept: in memory, in a SQLite file of their own beside the registry, or in a table on PostgreSQL.

Not in the registry's own tables: who copies a registry gets no tokens, and a new token never waits for a check-in.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from evac.events import instant_of, microseconds
from evac.tokens import Role, Token
from riskmap.errors import SourceError

_COLUMNS: Final = "token_id, digest, device, role, scope, made_at, expires_at, gateway, revoked_at"
_SELECT: Final = f"SELECT {_COLUMNS} FROM device_token"
_MARKS: Final = 9
_SUFFIX: Final = ".tokens"
_CONNECT_SECONDS: Final = 3
"""How long a database may stay silent before who asks with a token is told to come again."""


def _row(token: Token) -> tuple[Any, ...]:
    revoked = None if token.revoked_at is None else microseconds(token.revoked_at)
    return (
        token.token_id, token.digest, token.device, token.role.value, token.scope, microseconds(token.made_at),
        microseconds(token.expires_at), int(token.gateway), revoked,
    )  # fmt: skip


def _token(row: Sequence[Any]) -> Token:
    token_id, digest, device, role, scope, made_at, expires_at, gateway, revoked_at = row
    return Token(
        token_id=token_id, digest=bytes(digest), device=device, role=Role(role), scope=scope, made_at=instant_of(made_at),
        expires_at=instant_of(expires_at), gateway=gateway == 1,
        revoked_at=None if revoked_at is None else instant_of(revoked_at),
    )  # fmt: skip


def _table(number: str, raw: str) -> str:
    return (
        f"CREATE TABLE IF NOT EXISTS device_token (token_id TEXT PRIMARY KEY, digest {raw} NOT NULL, "
        f"device TEXT NOT NULL, role TEXT NOT NULL, scope TEXT NOT NULL, made_at {number} NOT NULL, "
        f"expires_at {number} NOT NULL, gateway {number} NOT NULL, revoked_at {number})"
    )


@contextmanager
def _errors(where: str, kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise SourceError(
            f"the tokens could not be read or written ({str(error).strip()})", where=where,
            expected="a place that this program may write to", remedy="check its rights and the room on its disk",
        ) from error  # fmt: skip


class MemoryTokens:
    """A ``TokenStore`` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def put(self, token: Token) -> None:
        """See ``TokenStore.put``."""
        self._tokens[token.token_id] = token

    def token(self, token_id: str) -> Token | None:
        """See ``TokenStore.token``."""
        return self._tokens.get(token_id)

    def tokens(self) -> list[Token]:
        """See ``TokenStore.tokens``."""
        return sorted(self._tokens.values(), key=lambda token: (token.made_at, token.token_id))

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        """See ``TokenStore.revoke``."""
        token = self._tokens.get(token_id)
        if token is not None and token.revoked_at is None:
            self._tokens[token_id] = replace(token, revoked_at=at)
        return token is not None

    def close(self) -> None:
        """See ``TokenStore.close``."""


class SQLiteTokens:
    """A ``TokenStore`` in a SQLite file that its owner alone may read.

    Parameters
    ----------
    path : Path
        Made if it is not there.

    Raises
    ------
    SourceError
        The file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._lock = threading.Lock()
        with _errors(self._path, OSError):
            path.touch(mode=0o600)
        with _errors(self._path, sqlite3.Error):
            self._raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
            self._raw.execute("PRAGMA synchronous=FULL")
            self._raw.execute(_table("INTEGER", "BLOB"))

    def _run(self, query: str, given: Sequence[Any] = ()) -> tuple[list[Any], int]:
        with self._lock, _errors(self._path, sqlite3.Error):
            cursor = self._raw.execute(query, given)
            return cursor.fetchall(), cursor.rowcount

    def put(self, token: Token) -> None:
        """See ``TokenStore.put``."""
        self._run(f"INSERT INTO device_token ({_COLUMNS}) VALUES ({', '.join('?' * _MARKS)})", _row(token))

    def token(self, token_id: str) -> Token | None:
        """See ``TokenStore.token``."""
        found, _ = self._run(f"{_SELECT} WHERE token_id = ?", (token_id,))
        return _token(found[0]) if found else None

    def tokens(self) -> list[Token]:
        """See ``TokenStore.tokens``."""
        return [_token(row) for row in self._run(f"{_SELECT} ORDER BY made_at, token_id")[0]]

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        """See ``TokenStore.revoke``."""
        first = "UPDATE device_token SET revoked_at = coalesce(revoked_at, ?) WHERE token_id = ?"
        return self._run(first, (microseconds(at), token_id))[1] == 1

    def close(self) -> None:
        """See ``TokenStore.close``."""
        self._raw.close()


class PostgresTokens:
    """A ``TokenStore`` in a table of the registry's database; a lost connection is made again.

    Parameters
    ----------
    dsn : str
        Connection string of libpq.

    Raises
    ------
    SourceError
        The server cannot be reached.
    """

    def __init__(self, dsn: str) -> None:
        import psycopg

        self._dsn = dsn
        self._kind = psycopg.Error
        self._lock = threading.Lock()
        self._raw: Any = None
        # a role that may make no tables finds the one that `evac secure` made
        if self._run("SELECT to_regclass('device_token')::text")[0] == [(None,)]:
            self._run(_table("BIGINT", "BYTEA"))

    def _run(self, query: str, given: Sequence[Any] = ()) -> tuple[list[Any], int]:
        import psycopg

        with self._lock, _errors("PostgreSQL", self._kind):
            if self._raw is None or self._raw.closed:
                self._raw = psycopg.connect(
                    self._dsn, autocommit=True, connect_timeout=_CONNECT_SECONDS, tcp_user_timeout=_CONNECT_SECONDS * 1000
                )  # fmt: skip
            cursor = self._raw.execute(query, given)
            return (cursor.fetchall() if cursor.description else []), cursor.rowcount

    def put(self, token: Token) -> None:
        """See ``TokenStore.put``."""
        self._run(f"INSERT INTO device_token ({_COLUMNS}) VALUES ({', '.join(['%s'] * _MARKS)})", _row(token))

    def token(self, token_id: str) -> Token | None:
        """See ``TokenStore.token``."""
        found, _ = self._run(f"{_SELECT} WHERE token_id = %s", (token_id,))
        return _token(found[0]) if found else None

    def tokens(self) -> list[Token]:
        """See ``TokenStore.tokens``."""
        return [_token(row) for row in self._run(f"{_SELECT} ORDER BY made_at, token_id")[0]]

    def revoke(self, token_id: str, *, at: datetime) -> bool:
        """See ``TokenStore.revoke``."""
        first = "UPDATE device_token SET revoked_at = coalesce(revoked_at, %s) WHERE token_id = %s"
        return self._run(first, (microseconds(at), token_id))[1] == 1

    def close(self) -> None:
        """See ``TokenStore.close``."""
        if self._raw is not None:
            self._raw.close()


def has_tokens(registry: Path) -> bool:
    """Whether tokens were ever made for a registry's file; asking makes no file."""
    return registry.with_name(registry.name + _SUFFIX).is_file()


def tokens_beside(registry: Path) -> SQLiteTokens:
    """The tokens of a registry's file: the file of the same name with ``.tokens`` after it."""
    return SQLiteTokens(registry.with_name(registry.name + _SUFFIX))
