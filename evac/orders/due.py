"""What is due when, for workers that share it: rows with leases and fences. A cache of the log, made again from it at will.

Nothing is decided here: a step is written once because the log takes its key once. Leases keep two workers from doing the same
delivery at the same time; a worker that lost its lease is told so when it settles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

Kind = Literal["deadline", "delivery"]


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to look at.

    Attributes
    ----------
    key : str
        Of the task, or of the ``Outgoing``.
    kind : 'deadline' or 'delivery'
    due_at : datetime
    seen : int
        End of the log that this was computed from: what was computed from less never overwrites it.
    body : str
        JSON of the ``Outgoing``; empty for a deadline.
    """

    key: str
    kind: Kind
    due_at: datetime
    seen: int
    body: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """A row that one worker holds for a while.

    Attributes
    ----------
    due : Due
    fence : int
        Grows with every lease: an older one cannot settle.
    attempts : int
        Leases of this row so far.
    """

    due: Due
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Beat:
    """Sign of life of a worker."""

    owner: str
    at: datetime
    words: str


class DueTable(Protocol):
    """Rows that are due; ``tests/evac/orders/test_due_contract.py`` runs over every one. Instants are timezone-aware."""

    def put(self, rows: Sequence[Due]) -> None:
        """Add rows, or move them; a row computed from less of the log than the one that is there changes nothing.

        A row that moves loses its lease.
        """
        ...

    def drop(self, keys: Sequence[str], seen: int) -> None:
        """Forget rows, unless they were computed from more of the log."""
        ...

    def claim(self, owner: str, *, now: datetime, span: timedelta, limit: int, kind: Kind) -> list[Lease]:
        """Lease rows that are due and that nobody holds, the oldest first; no row is given to two."""
        ...

    def settle(self, lease: Lease, next_at: datetime | None, *, seen: int) -> bool:
        """Give a row back, due again later, or never; False where the lease was lost: then nothing changes."""
        ...

    def renew(self, lease: Lease, until: datetime) -> bool:
        """Hold a row for longer; False where the lease was lost."""
        ...

    def listed(self, until: datetime, limit: int) -> list[Due]:
        """Rows due until then, the oldest first."""
        ...

    def beat(self, owner: str, at: datetime, words: str) -> None:
        """Note a sign of life."""
        ...

    def beats(self) -> list[Beat]:
        """The last sign of life of each worker, the newest first."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
