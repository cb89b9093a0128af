"""How long the disk will last, from the file and the log alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from evac.store.opening import is_address
from evac.store.room import free_bytes, postgres_room, receipts_since, registry_bytes
from evac.store.sqlite import SQLiteStore

_LOOK_BACK: Final = timedelta(hours=6)
"""Events of the last hours say how fast they come [D]: a wave of arrivals lasts about as long."""
LEAST_HOURS: Final = 24.0
"""Alarm below so many hours left [D]: a night, and time to bring a disk."""
LEAST_FREE: Final = 1 << 30
"""Alarm below so many bytes free, however slowly events come [D]: SQLite's log is folded in at 10 MB."""
COPIES: Final = 3
"""Times its size that a registry on SQLite needs beside it: a backup's working copy; a VACUUM, which writes the file anew beside it and
again through its log (SQLite, VACUUM: "as much as twice the size of the original database file") [S]."""
_COPIES_OF_POSTGRES: Final = 1  # VACUUM FULL of a destruction; pg_dump writes elsewhere


@dataclass(frozen=True, slots=True)
class Forecast:
    """Room on a registry's disk.

    Attributes
    ----------
    size : int
        Bytes of the registry's files, or of its database.
    free : int or None
        Bytes free on their disk; None where that is not known here.
    needed : int
        Bytes that must stay free: for a backup's working copy, and to write the registry anew (VACUUM).
    events : int
        In the registry.
    per_event : float
        Bytes an event, people and indices included.
    per_hour : float
        Events an hour at the fastest hour of the last six.
    hours_left : float or None
        Until no more is free than what is needed, at that pace; None while nothing comes in, or where it is not known what is free.
    """

    size: int
    free: int | None
    needed: int
    events: int
    per_event: float
    per_hour: float
    hours_left: float | None

    @property
    def alarm(self) -> str:
        """What to do; empty while there is room."""
        if self.free is None:
            return ""
        if self.free < LEAST_FREE:
            return f"磁盘快满 · less than {LEAST_FREE >> 30} GiB free: free room or move the registry now"
        if self.free < self.needed:
            return "磁盘不够做备份和整理 · no room for a backup's working copy and a VACUUM: free room"
        if self.hours_left is not None and self.hours_left < LEAST_HOURS:
            return f"磁盘只够 {self.hours_left:.0f} 小时 · full in {self.hours_left:.0f} hours at this pace: bring a disk"
        return ""


def forecast(
    *,
    size: int,
    free: int | None,
    received: Sequence[datetime],
    events: int,
    now: datetime,
    copies: int = COPIES,
) -> Forecast:
    """Room from what was measured.

    Parameters
    ----------
    size : int
        Bytes of the registry.
    free : int or None
        Bytes free on its disk; None where that is not known.
    received : sequence of datetime
        Receipts of the last events, at least those of six hours if there are so many.
    events : int
        All events.
    now : datetime
        Now.
    copies : int
        Times its size that must stay free beside it.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2021, 7, 25, tzinfo=UTC)
    >>> f = forecast(size=10**6, free=10**10, received=[now - timedelta(minutes=n) for n in range(50)], events=1000, now=now)
    >>> f.per_hour, f.hours_left, f.alarm
    (50.0, 199940.0, '')
    """
    by_hour: dict[int, int] = {}
    for at in received:
        if timedelta() <= now - at < _LOOK_BACK:
            hour = (now - at) // timedelta(hours=1)
            by_hour[hour] = by_hour.get(hour, 0) + 1
    per_hour = float(max(by_hour.values(), default=0))
    per_event = size / events if events else 0.0
    growth = per_hour * per_event
    needed = copies * size
    hours = None if free is None or not growth else max(free - needed, 0) / growth
    return Forecast(size, free, needed, events, per_event, per_hour, hours)


def disk_forecast(registry: str | Path, *, now: datetime) -> Forecast:
    """Room of a registry: a file of SQLite, or a PostgreSQL database by its address.

    What is free on a database's disk is known where its server runs on this machine and is reached by a socket.

    Raises
    ------
    SourceError
        The registry cannot be read.
    """
    if is_address(str(registry)):
        room = postgres_room(str(registry), now - _LOOK_BACK)
        return forecast(
            size=room.size,
            free=room.free,
            received=room.received,
            events=room.events,
            now=now,
            copies=_COPIES_OF_POSTGRES,
        )
    registry = Path(registry)
    with closing(SQLiteStore(registry, read_only=True)) as store:
        head = store.head()
    received = receipts_since(registry, now - _LOOK_BACK)
    return forecast(
        size=registry_bytes(registry),
        free=free_bytes(registry.parent),
        received=received,
        events=head.sequence,
        now=now,
    )
