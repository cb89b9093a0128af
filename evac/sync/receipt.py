"""The small file that goes down again: what of whose log is held here, signed, so that a kiosk knows what it may let go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature

from evac.errors import BundleError, Fault
from evac.events import instant_of, microseconds
from evac.log import GENESIS
from evac.registry import EventStore
from evac.sync.files import writing
from evac.sync.ledger import Account, account_of, held_by, put_held_by
from evac.sync.node import EVENT, Node, key_of_hex, known_nodes, lost_nodes

KIND: Final = "evac acknowledgement 1"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a node holds of another's log.

    Attributes
    ----------
    by, to : str
        Node ids: who holds it, whose log it is.
    account : Account
        Positions held, heads that were seen, and what could not be stored and why.
    """

    event: str
    by: str
    to: str
    made_at: datetime
    account: Account

    def record(self) -> dict[str, Any]:
        """As JSON, not yet signed."""
        return {
            "kind": KIND, "event": self.event, "by": self.by, "to": self.to, "made_at": microseconds(self.made_at),
            **self.account.record(),
        }  # fmt: skip


def _signed_bytes(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def write_acknowledgement(path: Path, ack: Acknowledgement, node: Node) -> None:
    """Write and sign it.

    Raises
    ------
    SourceError
        It cannot be written.
    """
    record = ack.record()
    record["signature"] = node.private.sign(_signed_bytes(record)).hex()
    with writing(path) as file:
        file.write(json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n")


def read_acknowledgement(
    data: bytes, *, where: str, node: Node, labels: Mapping[str, str]
) -> Acknowledgement:
    """An acknowledgement that is ours, from a node that is known here.

    Raises
    ------
    BundleError
        Each way of failing by its own ``fault``.
    """

    def error(
        fault: Fault, remedy: str, expected: str | None = None, found: str | None = None
    ) -> BundleError:
        return BundleError(fault, where=where, expected=expected, found=found, remedy=remedy)

    try:
        record = json.loads(data)
        signature = bytes.fromhex(record.pop("signature"))
        signed = _signed_bytes(record)
        ack = Acknowledgement(
            record["event"], record["by"], record["to"], instant_of(record["made_at"]), account_of(record)
        )
        if record["kind"] != KIND:
            raise ValueError(record["kind"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as cause:
        raise error(
            Fault.BAD_DIGEST, "have it written again: evac bundle ack", found=str(cause)[:80]
        ) from cause
    if ack.event != labels.get(EVENT, node.event):
        raise error(Fault.FOREIGN_EVENT, "leave it", labels.get(EVENT, node.event), ack.event)
    if ack.to != node.node_id:
        raise error(Fault.NOT_OURS, "give it to that one", node.node_id, ack.to)
    known = known_nodes(labels)
    if ack.by not in known:
        why = lost_nodes(labels).get(ack.by, "never heard of")
        raise error(
            Fault.UNKNOWN_NODE, f"if you know it: evac bundle trust {ack.by} KEY", found=f"{ack.by}: {why}"
        )
    try:
        key_of_hex(known[ack.by], where).verify(signature, signed)
    except InvalidSignature as cause:
        raise error(Fault.BAD_SIGNATURE, "ask the sender; nothing was let go") from cause
    return ack


def take_acknowledgement(store: EventStore, ack: Acknowledgement) -> Account:
    """Remember what the other node holds of the own log; an older one, or the same again, changes nothing.

    Returns
    -------
    Account
        All that it holds now. Positions whose head is not the own log's are not among them: they are of a log that a
        backup has replaced.
    """
    store.seal()
    account = ack.account
    altered = [n for n, link in sorted(account.heads.items()) if _link(store, n) != link]
    if altered:
        account = account.forgetting(altered[0])
    earlier = held_by(store.labels(), ack.by)
    spans = earlier.spans | account.spans
    held = replace(
        account, spans=spans, heads={**earlier.heads, **account.heads},
        refused={n: why for n, why in {**earlier.refused, **account.refused}.items() if int(n) not in spans},
    )  # fmt: skip
    put_held_by(store, ack.by, held)
    return held


def _link(store: EventStore, position: int) -> bytes:
    if position == 0:
        return GENESIS
    return next((entry.link for entry in store.log(position - 1)), b"")
