"""A hash chain of records in one SQLite file: opened, read and written in one way, whatever the records are.

Write-ahead log, synchronous=FULL, one transaction a decision, one writer at a time over threads and processes.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final, Generic, Self, TypeVar

from evac.events import instant_of
from evac.log import Head, Sealed
from riskmap.errors import RiskmapError, SourceError

WAIT: Final = 30.0
"""How long a process waits for another to finish writing [s]."""
Appending = TypeVar("Appending")


class ChainFile(ABC, Generic[Appending]):
    """What every such file does.

    Attributes
    ----------
    mark : int
        Marks the file as one of this kind: no other database is written to.
    schema : tuple of str
        Its tables; ``record`` has sequence, received_at, body, digest and link, whatever else it has.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    what : str
        What is logged, for messages.

    Raises
    ------
    SourceError
        The file cannot be opened, or is another database.
    """

    mark: ClassVar[int]
    schema: ClassVar[tuple[str, ...]]

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self.what = what
        self._lock = threading.RLock()
        with self._errors("open"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=WAIT)
            try:
                self._prepare()
            except BaseException:
                self._raw.close()
                raise

    @property
    @abstractmethod
    def _append(self) -> Appending:
        """What appends records inside ``writing``."""

    @abstractmethod
    def _twice(self, error: sqlite3.IntegrityError) -> RiskmapError:
        """What to say of a record that is there already."""

    def _made(self) -> None:
        """What a new file says of itself; inside the transaction that makes it."""

    def _checked(self) -> None:
        """Refuse a file that is not this one's."""

    def _prepare(self) -> None:
        """Make the tables, or refuse another database; two processes may come at once."""
        if not self._is_ours():
            self._raw.execute("BEGIN IMMEDIATE")
            if not self._is_ours():  # nobody made it while this one waited
                if self._raw.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    self._raw.execute("ROLLBACK")
                    raise sqlite3.DatabaseError("it is another database")
                for statement in (*self.schema, f"PRAGMA application_id = {self.mark}"):
                    self._raw.execute(statement)
                self._made()
            self._raw.execute("COMMIT")
        self._checked()
        give_up = time.monotonic() + WAIT
        while True:
            try:
                self._raw.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError:  # this one statement does not wait for others by itself
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
        self._raw.execute("PRAGMA synchronous=FULL")

    def _is_ours(self) -> bool:
        return bool(self._raw.execute("PRAGMA application_id").fetchone()[0] == self.mark)

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise self._twice(error) from error
        except (sqlite3.Error, OSError) as error:
            raise SourceError(
                f"the log of {self.what} could not {doing} ({error}); nothing was written", where=str(self.path),
                expected=f"a log of {self.what} on a writable disk with room",
                remedy="free the disk, or name the office's own file with --store",
            ) from error  # fmt: skip

    def after(self, sequence: int) -> Iterator[Sealed]:
        """The log beyond an entry, in order of sequence."""
        with self._errors("be read"), self._lock:
            rows = self._raw.execute(
                "SELECT sequence, CAST(body AS BLOB), received_at, digest, link FROM record "
                "WHERE sequence > ? ORDER BY sequence",
                (sequence,),
            ).fetchall()
        for number, body, received, digest, link in rows:
            yield Sealed(number, body, instant_of(received), digest, link)

    def head(self) -> Head:
        """End of the hash chain."""
        with self._errors("be read"), self._lock:
            row = self._raw.execute(
                "SELECT sequence, link FROM record ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        return Head(*row) if row else Head()

    @contextmanager
    def writing(self) -> Iterator[Appending]:
        """Shut out every other writer; all that is appended inside is kept, or nothing."""
        with self._lock, self._errors("be written"):
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                yield self._append
                self._raw.execute("COMMIT")
            except BaseException:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                raise

    def staged(self) -> Self:
        """The same, of a folder that is published whole: no record waits for the disk by itself, closing does for all of them."""
        self._raw.execute("PRAGMA synchronous=NORMAL")
        return self

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._raw.close()
