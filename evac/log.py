"""The envelope's promises: trusted time, and a hash chain that shows any edit or deletion before the head.

Each link hashes (previous link, sequence number, time of receipt, digest of the event). The digest stands beside the
event, so that the chain will still verify when the event itself has been destroyed; the random event id and
code inside it serve as its salt.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from evac.errors import AlteredLogError
from evac.events import Envelope, canonical, microseconds, parse

GENESIS: Final = hashlib.blake2b(b"evac log 1", digest_size=32).digest()
"""Link before the first event."""
_NUMBERS: Final = struct.Struct(">Qq")


@dataclass(frozen=True, slots=True)
class Head:
    """End of a chain: how many events, and the last link. Written down elsewhere it witnesses all before it."""

    sequence: int = 0
    link: bytes = GENESIS


class Sealed(NamedTuple):
    """One event in its place in the log.

    Attributes
    ----------
    body : bytes
        ``canonical(event)``; empty where the event was destroyed, of which the digest is left.
    received_at : datetime
        Receipt; bounds the event and never orders it.
    digest, link : bytes
        32 bytes each.
    made_from : Envelope, optional
        Where a store keeps columns and writes the body from them.
    """

    sequence: int
    body: bytes
    received_at: datetime
    digest: bytes
    link: bytes
    made_from: Envelope | None = None

    @property
    def event(self) -> Envelope:
        """The event that the body says: the one that it was written from, or parsed; none is left of a destroyed one."""
        return parse(self.body) if self.made_from is None else self.made_from


class AppendBodies(Protocol):
    """Appends bodies of records to a log."""

    def __call__(self, bodies: Sequence[bytes], received_at: datetime, keys: Sequence[str] = ()) -> None:
        """All of them or none; ``keys`` are what none of them may share with a record that is there."""
        ...


class BodyLog(Protocol):
    """A hash chain of record bodies with one writer at a time: what a desk needs of a store."""

    def after(self, sequence: int) -> Iterator[Sealed]:
        """The log beyond an entry, in order of sequence."""
        ...

    def writing(self) -> AbstractContextManager[AppendBodies]:
        """Shut out every other writer; all that is appended inside is kept, or nothing."""
        ...

    def head(self) -> Head:
        """End of the hash chain."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


def trusted_time(
    device_at: datetime, *, offset: timedelta, synced_at: datetime, receipt_at: datetime | None = None
) -> datetime:
    """Device time plus the offset measured at the last sync, clamped between that sync and the receipt.

    Parameters
    ----------
    device_at : datetime
        What the device's clock said.
    offset : timedelta
        True time minus device time at the last sync.
    synced_at : datetime
        True time of the last sync; nothing entered after it can be older.
    receipt_at : datetime, optional
        Earliest signed receipt; nothing can be newer. None while on the device.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> slow = noon - timedelta(days=1)
    >>> trusted_time(slow, offset=timedelta(days=1), synced_at=noon - timedelta(hours=2)) == noon
    True
    >>> trusted_time(noon, offset=timedelta(days=1), synced_at=noon, receipt_at=noon) == noon
    True
    """
    trusted = max(device_at + offset, synced_at)
    return trusted if receipt_at is None else min(trusted, receipt_at)


def seal(head: Head, events: Iterable[Envelope], *, received_at: datetime) -> Iterator[Sealed]:
    """Append events to a chain.

    Parameters
    ----------
    head : Head
        Where the chain ends now.
    events : iterable of Envelope
        New events, none of them in the log yet.
    received_at : datetime
        When they came in.
    """
    return seal_bodies(head, map(canonical, events), received_at=received_at)


def seal_bodies(head: Head, bodies: Iterable[bytes], *, received_at: datetime) -> Iterator[Sealed]:
    """Append records to a chain by their bytes; see ``seal``."""
    sequence, link = head.sequence, head.link
    receipt = microseconds(received_at)
    for body in bodies:
        sequence += 1
        digest = digest_of(body)
        link = next_link(link, sequence, receipt, digest)
        yield Sealed(sequence, body, received_at, digest, link)


def digest_of(body: bytes) -> bytes:
    """The commitment to an event by its canonical bytes: 32 bytes, salted by the random event id in them."""
    return hashlib.blake2b(body, digest_size=32).digest()


def next_link(previous: bytes, position: int, receipt: int, digest: bytes) -> bytes:
    """The next link of a chain; ``receipt`` in microseconds since 1970 UTC."""
    return hashlib.blake2b(previous + _NUMBERS.pack(position, receipt) + digest, digest_size=32).digest()


def verify_chain(
    log: Iterable[Sealed], witness: Head | Sequence[Head] = (), *, destroyed: bool = False
) -> Head:
    """Walk the log and return its head.

    Parameters
    ----------
    log : iterable of Sealed
        In order of sequence.
    witness : Head or sequence of Head
        Heads written down elsewhere; the log must pass through each.
    destroyed : bool
        Events may be gone whose digests are left, as a certified purge leaves them.

    Raises
    ------
    AlteredLogError
        An event was changed, removed, added or moved; names the place.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk, ConflictError
    >>> from evac.events import Notified
    >>> at = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
    >>> clerk = Clerk("李四", "S1", "D1", at)
    >>> log = list(seal(Head(), [clerk.write(Notified, "7" + "C" * 25) for _ in range(3)], received_at=at))
    >>> verify_chain(log).sequence
    3
    >>> try:
    ...     verify_chain([log[0], log[2]])  # somebody took the second entry out
    ... except ConflictError as error:
    ...     print(error.where)
    log, entry 2
    """
    wanted = {h.sequence: h.link for h in ([witness] if isinstance(witness, Head) else witness)}
    sequence, link = 0, GENESIS
    for entry in log:
        sequence += 1
        digest = digest_of(entry.body) if entry.body or not destroyed else entry.digest
        link = next_link(link, sequence, microseconds(entry.received_at), digest)
        if (
            entry.sequence != sequence
            or entry.digest != digest
            or entry.link != link
            or wanted.pop(sequence, link) != link
        ):
            raise AlteredLogError(sequence)
    wanted.pop(0, None)
    if wanted:
        raise AlteredLogError(sequence + 1)
    return Head(sequence, link)
