"""Bundles of events: a stretch of a node's log in canonical bytes, each event with its receipt there.

The header says which stretch it is, and the links of the node's chain before and after it: whoever reads the lines walks the chain
again and must come out at the head that the node signed, so that the digest of every event is checked on the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evac.codes import key_id
from evac.errors import BundleError, CodeError, Fault
from evac.events import instant_of, microseconds
from evac.log import GENESIS, Head, next_link
from evac.registry import EventStore
from evac.sync.container import Container, Written, file_key, write_container
from evac.sync.files import writing
from evac.sync.ledger import BASE
from evac.sync.node import EVENT, Node, key_of_hex, known_nodes, lost_nodes
from evac.witness import log_id, read_witness, sign_head
from riskmap.errors import DataError

EVENTS: Final = "events"
"""Kind of a bundle of events; others are in ``evac.sync.roster_bundle``."""
_LAST: Final = "bundle/last"


class Line(NamedTuple):
    """One line of a bundle: when the sender had the event, and its canonical bytes."""

    received_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """What a bundle says of itself, in clear.

    Attributes
    ----------
    kind : str
        ``"events"`` or ``"roster"``.
    event, node : str
        Ids of the emergency and of the sender.
    key, mark : str
        The sender's public key, which counts only where it is known here; and a mark of the event's key.
    after, to : int
        Positions in the sender's log: everything later than ``after``, up to ``to``.
    before, head : bytes
        Links of the sender's chain at these positions.
    witness : bytes
        The sender's signed head, see ``evac.witness``.
    previous : str
        Digest of the sender's bundle before this one, or empty.
    scope : str
        Administrative prefix; empty for everything.
    salt : bytes
        Of this file's key.
    base : int
        The sender's log up to here is what it began with: a roster, whose sender has these events.
    """

    kind: str
    event: str
    node: str
    key: str
    mark: str
    made_at: datetime
    salt: bytes
    after: int = 0
    to: int = 0
    before: bytes = GENESIS
    head: bytes = GENESIS
    witness: bytes = b""
    previous: str = ""
    scope: str = ""
    base: int = 0

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": self.kind, "event": self.event, "node": self.node, "key": self.key, "mark": self.mark,
            "made_at": microseconds(self.made_at), "salt": self.salt.hex(), "after": self.after, "to": self.to,
            "before": self.before.hex(), "head": self.head.hex(), "witness": self.witness.hex(),
            "previous": self.previous, "scope": self.scope, "base": self.base,
        }  # fmt: skip


def header_of(record: Mapping[str, Any]) -> Header:
    """The header of its JSON.

    Raises
    ------
    KeyError, ValueError, TypeError
        A field is missing or of another type.
    """
    after, to = int(record["after"]), int(record["to"])
    before, head = bytes.fromhex(record["before"]), bytes.fromhex(record["head"])
    base = int(record["base"])
    if not 0 <= after <= to or base < 0 or len(before) != 32 or len(head) != 32:
        raise ValueError(f"positions {after} to {to}")
    kind, event, node, key, mark, previous, scope = (
        str(record[name]) for name in ("kind", "event", "node", "key", "mark", "previous", "scope")
    )
    made_at, salt, witness = (
        instant_of(int(record["made_at"])),
        bytes.fromhex(record["salt"]),
        bytes.fromhex(record["witness"]),
    )
    return Header(
        kind, event, node, key, mark, made_at, salt, after, to, before, head, witness, previous, scope, base
    )


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle that was written."""

    path: Path
    header: Header
    written: Written


def export_events(
    store: EventStore, path: Path, *, node: Node, made_at: datetime, salt: bytes, after: int = 0
) -> Exported:
    """Write the log after a position to a file, whole or not at all.

    Parameters
    ----------
    store : EventStore
        Sealed on the way.
    node : Node
        The one whose log this is.
    made_at : datetime
        Trusted time.
    salt : bytes
        32 random bytes; each file has a key of its own.
    after : int
        What the receiver holds already, see ``evac.sync.ledger.acknowledged``.

    Raises
    ------
    DataError
        The log is not that long.
    SourceError
        The disk is full or gone.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> from evac import Clerk, MemoryStore
    >>> from evac.events import Notified
    >>> at, store = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore()
    >>> stored = store.append([Clerk("李四", "S1", "D1", at).write(Notified, "7" + "C" * 25)], received_at=at)
    >>> with tempfile.TemporaryDirectory() as stick:
    ...     node = Node.make("330902-S1", "2106", event_key=bytes(32))
    ...     done = export_events(store, Path(stick) / "a.evx", node=node, made_at=at, salt=bytes(32))
    >>> done.header.node, done.header.to
    ('330902-S1', 1)
    """
    with writing(path) as file:
        header, written = write_events(store, file, node=node, made_at=made_at, salt=salt, after=after)
    store.put_labels({_LAST: written.digest.hex()})
    return Exported(path, header, written)


def write_events(
    store: EventStore, file: BinaryIO, *, node: Node, made_at: datetime, salt: bytes, after: int = 0
) -> tuple[Header, Written]:
    """Write the log after a position to an open file; see ``export_events``."""
    head, labels = store.seal(), store.labels()
    if not 0 <= after <= head.sequence:
        raise DataError(
            "the log is not that long", where="after", expected=f"0 to {head.sequence}", found=str(after),
            remedy="leave --after out",
        )  # fmt: skip
    before = GENESIS if not after else next(iter(store.log(after - 1))).link
    header = Header(
        EVENTS, node.event, node.node_id, node.public, node.mark, made_at, salt, after, head.sequence, before, head.link,
        sign_head(head, node.private, event=node.event, node=node.node_id, at=made_at), labels.get(_LAST, ""),
        base=int(labels.get(BASE, "0")),
    )  # fmt: skip
    entries = islice(store.log(after), head.sequence - after)
    lines = (b"%d %s" % (microseconds(entry.received_at), entry.body) for entry in entries)
    key = file_key(node.bundle_key, salt)
    return header, write_container(file, header.record(), lines, key=key, signer=node.private)


class Bundle:
    """A file that says it is a bundle; ``check`` before anything of it is believed.

    Parameters
    ----------
    file : BinaryIO
        Open and seekable.
    where : str
        Its name, for errors.

    Attributes
    ----------
    altered_at : int
        After ``check``: the first position at which the sender's log is not the one it was; 0 where it is.

    Raises
    ------
    BundleError
        Not a bundle, of a newer version, or cut short within its header.
    """

    def __init__(self, file: BinaryIO, where: str) -> None:
        self._container = Container(file, where)
        self.where = where
        self.altered_at = 0
        try:
            self.header = header_of(self._container.header)
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise self._container.error(
                Fault.BAD_DIGEST, "export it again", found=f"a header without sense: {error}"
            ) from error

    @property
    def digest(self) -> str:
        """Name of the file's content; empty before ``check``."""
        return self._container.digest.hex()

    def check(
        self, node: Node, labels: Mapping[str, str], *, heads: Mapping[int, bytes] | None = None
    ) -> None:
        """Event, sender, completeness, signature, key and chain: the whole file is read, and nothing taken in.

        Parameters
        ----------
        node : Node
            The reader.
        labels : mapping
            Of the reader's registry: its event and the nodes it knows.
        heads : mapping, optional
            Position -> link of the sender's chain, as it was at earlier bundles. Where it is another now, ``altered_at``
            says so: a log that was restored from a backup is still full of facts.

        Raises
        ------
        BundleError
            Each way of failing by its own ``fault``.
        """
        error, header = self._container.error, self.header
        ours = labels.get(EVENT, node.event)
        if header.event != ours:
            raise error(
                Fault.FOREIGN_EVENT, "leave it; it belongs to another event's registry", ours, header.event
            )
        sender = key_of_hex(self._sender_key(node, labels), self.where)
        self._container.check(sender)
        if header.mark != node.mark:
            raise error(
                Fault.WRONG_KEY,
                "give the key of this event: --key",
                f"mark {node.mark}",
                f"mark {header.mark}",
            )
        if header.kind == EVENTS:
            self._check_chain(node, sender, heads or {})

    def _sender_key(self, node: Node, labels: Mapping[str, str]) -> str:
        header, error = self.header, self._container.error
        known = known_nodes(labels) | {node.node_id: node.public}
        if why := lost_nodes(labels).get(header.node):
            raise error(
                Fault.UNKNOWN_NODE, "ask who made it; if the computer was found: evac bundle trust",
                found=f"{header.node}, reported lost: {why}",
            )  # fmt: skip
        if header.node not in known:
            raise error(
                Fault.UNKNOWN_NODE, f"if you know it: evac bundle trust {header.node} KEY", found=header.node
            )
        return known[header.node]

    def _check_chain(self, node: Node, sender: Ed25519PublicKey, heads: Mapping[int, bytes]) -> None:
        """Walk the sender's chain over the lines, up to the head that it signed."""
        header = self.header
        try:
            seen = read_witness(header.witness, {key_id(sender): sender})
        except CodeError as error:
            raise self._container.error(
                Fault.BAD_SIGNATURE, "ask the sender", found="a head that it did not sign"
            ) from error
        head = Head(header.after, header.before)
        altered = [head.sequence] if heads.get(head.sequence, head.link) != head.link else []
        for line in self.received(node):
            place, digest = head.sequence + 1, hashlib.blake2b(line.body, digest_size=32).digest()
            head = Head(place, next_link(head.link, place, microseconds(line.received_at), digest))
            if heads.get(place, head.link) != head.link:
                altered.append(place)
        if not head == Head(header.to, header.head) == seen.head or seen.log != log_id(
            header.event, header.node
        ):
            raise self._container.error(
                Fault.BAD_DIGEST, "have the sender check its log: evac witness",
                f"a chain that ends at {header.to} {header.head.hex()[:16]}", f"{head.sequence} {head.link.hex()[:16]}",
            )  # fmt: skip
        self.altered_at = min(altered, default=0)

    def lines(self, node: Node) -> Iterator[bytes]:
        """The lines, as they were written."""
        return self._container.lines(file_key(node.bundle_key, self.header.salt))

    def received(self, node: Node) -> Iterator[Line]:
        """The events' bytes and receipts, in the order of the sender's log.

        Raises
        ------
        BundleError
            Not a bundle of events.
        """
        if self.header.kind != EVENTS:
            raise BundleError(
                Fault.NO_BUNDLE, where=self.where, expected="a bundle of events", found=f"a {self.header.kind}",
                remedy="a roster is for a new kiosk: evac kiosk init --from",
            )  # fmt: skip
        for line in self.lines(node):
            receipt, _, body = line.partition(b" ")
            try:
                yield Line(instant_of(int(receipt)), body)
            except (ValueError, OverflowError) as error:
                raise self._container.error(
                    Fault.BAD_DIGEST, "export it again", found=f"a line without a receipt: {line[:40]!r}"
                ) from error
