"""The ledger of deliveries: attempts and receipts as records that are only ever added; a key is delivered once.

An attempt is written before the wire is touched, and its receipt after it: what was under way when the power went is known,
and tried again under the same key.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from evac.channels.base import final
from evac.events import instant_of, microseconds
from evac.log import BodyLog
from evac.orders.outbox import Handover, Outcome, Outgoing, outgoing_json, parse_outgoing
from riskmap.errors import DataError


@dataclass
class Account:
    """What is on record of one key.

    Attributes
    ----------
    attempts : mapping
        Name of a channel -> attempts by it.
    failures : int
        Attempts that failed, over all channels.
    last : Handover or None
        The newest receipt.
    settled : Handover or None
        The receipt that ended it; the first, whatever comes after.
    """

    attempts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failures: int = 0
    last: Handover | None = None
    settled: Handover | None = None


class Ledger:
    """Attempts and receipts over a log; may be used by many threads.

    Parameters
    ----------
    log : BodyLog
        One file for an office, or memory in a drill.
    """

    def __init__(self, log: BodyLog) -> None:
        self._log = log
        self._accounts: dict[str, Account] = {}
        self._owed: dict[str, Outgoing] = {}
        self._seen = 0
        self._lock = threading.RLock()

    def _caught_up(self) -> Mapping[str, Account]:
        for entry in self._log.after(self._seen):
            self._fold(_parsed(entry.body))
            self._seen = entry.sequence
        return self._accounts

    def _fold(self, content: dict[str, Any]) -> None:
        account = self._accounts.setdefault(content["key"], Account())
        if "outgoing" in content:
            if account.settled is None:
                self._owed[content["key"]] = parse_outgoing(content["outgoing"])
            return
        if content["kind"] == "attempt":
            account.attempts[content["channel"]] += 1
            return
        receipt = _handover(content)
        account.last = receipt
        if final(receipt.outcome):
            account.settled = account.settled or receipt
            self._owed.pop(content["key"], None)
        else:
            account.failures += 1

    def account(self, key: str) -> Account:
        """What is on record of a key, up to the end of the log."""
        with self._lock:
            return self._caught_up().get(key) or Account()

    def accounts(self) -> Mapping[str, Account]:
        """Every key."""
        with self._lock:
            return dict(self._caught_up())

    def owe(self, outgoing: Outgoing, *, at: datetime) -> None:
        """Note what is to be delivered until it is settled, whoever asks for it again; once a key, in the words of the first time."""
        if self._is_known(outgoing.key):
            return
        with self._lock, self._log.writing() as append:
            if not self._is_known(outgoing.key):
                # for programs before this one an attempt by no channel
                body = {"kind": "attempt", "key": outgoing.key, "channel": "", "at": microseconds(at)}
                append([_bytes(body | {"outgoing": outgoing_json(outgoing)})], at)

    def _is_known(self, key: str) -> bool:
        with self._lock:
            return self._caught_up().get(key, Account()).settled is not None or key in self._owed

    def owed(self) -> dict[str, Outgoing]:
        """What was noted by ``owe`` and is not settled, by key."""
        with self._lock:
            self._caught_up()
            return dict(self._owed)

    def begin(self, key: str, channel: str, *, at: datetime) -> Handover | None:
        """Note an attempt before it is made.

        Returns
        -------
        Handover or None
            The receipt that settled the key already: then nothing was noted and nothing may be sent.
        """
        with self._lock, self._log.writing() as append:
            settled = self._caught_up().get(key, Account()).settled
            if settled is None:
                body = {"kind": "attempt", "key": key, "channel": channel, "at": microseconds(at)}
                append([_bytes(body)], at)
            return settled

    def end(self, receipt: Handover) -> Handover:
        """Note what came of an attempt, also of one that was given up and ended after all.

        Returns
        -------
        Handover
            What the key stands at: the receipt that settled it first, or this one.
        """
        again = None if receipt.again_at is None else microseconds(receipt.again_at)
        body = {
            "kind": "receipt", "key": receipt.key, "at": microseconds(receipt.at), "way": receipt.way,
            "outcome": receipt.outcome.value, "detail": receipt.detail, "reference": receipt.reference, "again_at": again,
        }  # fmt: skip
        with self._lock:
            with self._log.writing() as append:
                settled = self._caught_up().get(receipt.key, Account()).settled
                if settled is not None:
                    return settled
                append([_bytes(body)], receipt.at)
            return self._caught_up()[receipt.key].settled or receipt


def _bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(body)
        if content["kind"] not in ("attempt", "receipt"):
            raise KeyError(content["kind"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError("not a record of a delivery", where="log of deliveries", expected="an attempt or a receipt",
                        found=f"{body[:60]!r}", remedy="restore the log from its last backup") from error  # fmt: skip
    return content


def _handover(content: Mapping[str, Any]) -> Handover:
    again = content["again_at"]
    return Handover(
        key=content["key"],
        at=instant_of(content["at"]),
        way=content["way"],
        outcome=Outcome(content["outcome"]),
        detail=content["detail"],
        reference=content["reference"],
        again_at=None if again is None else instant_of(again),
    )
