"""The switchboard: which way a message goes, in which order, when again; a channel that hangs never stops the others.

It is a ``Deliver`` of the outbox: ``evac worker`` calls it with one record at a time and gets a ``Handover``. Each attempt
runs in a thread of its own that is given up after the channel's limit; a channel that stalled so is passed over at once
for a while. An attempt that ends after it was given up is noted all the same, so that nothing is sent a second time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from evac.channels.base import Channel, Clock, Reply, final, handover
from evac.channels.ledger import Ledger
from evac.channels.retries import Retries
from evac.orders.outbox import Handover, Outcome, Outgoing, Purpose
from riskmap.errors import RiskmapError

NO_WAY: Final = "无可用渠道,请电话或大喇叭通知 · no channel: call by telephone or loudspeaker"
_STALLED: Final = 0.9
"""Share of its limit after which an attempt that failed counts as a stall (D): the channel is then left alone for a while."""


@dataclass(frozen=True)
class Route:
    """A channel and an address on it."""

    channel: str
    to: str


class Switchboard:
    """Delivers one record at a time, for any number of threads.

    Parameters
    ----------
    channels : iterable of Channel
    routes : mapping
        Name of a receiver -> ways to it, the first to be tried first. ``*`` stands for every receiver that is not named.
    ledger : Ledger
    retries : Retries
    clock : callable
        The time.
    also : sequence of str
        Channels that take every document besides its way to the receiver: a feed. What one of them could not take is
        offered again with the next record, while the process lives.
    """

    def __init__(
        self,
        channels: Iterable[Channel],
        routes: Mapping[str, Sequence[Route]],
        ledger: Ledger,
        retries: Retries,
        clock: Clock,
        also: Sequence[str] = (),
    ) -> None:
        self.channels = {channel.name: channel for channel in channels}
        self.routes = routes
        self.ledger = ledger
        self.retries = retries
        self._clock = clock
        self._under_way: dict[str, set[str]] = {name: set() for name in self.channels}
        self._rests_until: dict[str, datetime] = {}
        self.also = tuple(also)
        self._lock = threading.Lock()

    def __call__(self, outgoing: Outgoing, /) -> Handover:
        """Try the ways to the receiver in their order until one takes the message; see ``Deliver``."""
        try:
            return self._deliver(outgoing)
        except (
            RiskmapError,
            OSError,
        ) as error:  # the ledger's disk is full: said to the loop, which tries again
            return Handover(
                key=outgoing.key, at=self._clock(), way="", outcome=Outcome.FAILED, detail=str(error)[:300]
            )

    def _deliver(self, outgoing: Outgoing) -> Handover:
        self._besides(outgoing)
        account = self.ledger.account(outgoing.key)
        if account.settled is not None:
            return account.settled
        now = self._clock()
        if account.last is not None and account.last.again_at is not None and now < account.last.again_at:
            return account.last
        ways = self.routes.get(outgoing.receiver, self.routes.get("*", ()))
        said: list[str] = []
        waits: list[timedelta] = []
        refused = 0
        for route in ways:
            channel = self.channels[route.channel]
            settled, reply = self._try(channel, outgoing, route.to)
            if settled is not None:
                return settled
            assert reply is not None
            refused += reply.outcome is Outcome.REFUSED
            said.append(f"{channel.way}: {reply.detail}")
            waits += [reply.wait] if reply.wait is not None else []
        return self._failed(outgoing, account.failures, said, waits, every_way_refused=refused == len(ways))

    def _besides(self, outgoing: Outgoing) -> None:
        """Offer a document to the feeds, and what they are owed; none of it holds up the way to the receiver."""
        if outgoing.purpose is Purpose.DOCUMENT:
            for name in self.also:
                # one document goes to many receivers and stands once in a feed
                self.ledger.owe(replace(outgoing, key=f"{name}|{outgoing.draft}"), at=self._clock())
        self.offer_owed()

    def offer_owed(self) -> None:
        """Offer the feeds what could not be put there before, also by a process that has ended since.

        Raises
        ------
        SourceError
            The ledger cannot be read or written.
        """
        for key, own in self.ledger.owed().items():
            name = key.rpartition("|")[0]
            if name not in self.also:  # no feed any more
                continue
            settled, reply = self._try(self.channels[name], own, "")
            if settled is None and reply is not None and final(reply.outcome):
                self.ledger.end(handover(own, self.channels[name], reply, at=self._clock(), again_at=None))

    def _failed(
        self, outgoing: Outgoing, failures: int, said: list[str], waits: list[timedelta], *, every_way_refused: bool
    ) -> Handover:  # fmt: skip
        now = self._clock()
        wait = max([self.retries.wait(outgoing.key, failures + 1), *waits])
        outcome = Outcome.REFUSED if every_way_refused else Outcome.FAILED
        receipt = Handover(
            key=outgoing.key, at=now, way="、".join(dict.fromkeys(s.partition(":")[0] for s in said)), outcome=outcome,
            detail="; ".join(said) or NO_WAY, again_at=None if every_way_refused else now + wait,
        )  # fmt: skip
        return self.ledger.end(receipt)

    def _try(self, channel: Channel, outgoing: Outgoing, to: str) -> tuple[Handover | None, Reply | None]:
        """One attempt on one way: a receipt that settles the key, or what the other side said instead."""
        now = self._clock()
        with self._lock:
            under_way = self._under_way[channel.name]
            if outgoing.key in under_way:
                return None, Reply(Outcome.FAILED, "上次发送尚未返回 · an earlier attempt is still under way")
            if now < self._rests_until.get(channel.name, now):
                return None, Reply(
                    Outcome.FAILED, "渠道无响应,暂停使用 · the channel stalled and is left alone"
                )
            under_way.add(outgoing.key)
        try:
            settled = self.ledger.begin(outgoing.key, channel.name, at=now)
        except BaseException:
            self._over(channel, outgoing)
            raise
        if settled is not None:
            self._over(channel, outgoing)
            return settled, None
        done: Future[Reply] = Future()
        threading.Thread(
            target=self._attempt, args=(channel, outgoing, to, done), name=f"evac-{channel.name}", daemon=True
        ).start()
        begun = time.monotonic()
        limit = channel.limit.total_seconds()
        try:
            reply = done.result(limit)
        except TimeoutError:
            reply = Reply(Outcome.FAILED, f"{limit:g} 秒内无响应 · no answer within {limit:g} s")
        if reply.outcome in (Outcome.DELIVERED, Outcome.HANDED):
            return self.ledger.account(outgoing.key).settled, reply
        if reply.outcome is Outcome.FAILED and time.monotonic() - begun >= _STALLED * limit:
            with self._lock:
                self._rests_until[channel.name] = self._clock() + self.retries.rest
        return None, reply

    def _over(self, channel: Channel, outgoing: Outgoing) -> None:
        with self._lock:
            self._under_way[channel.name].discard(outgoing.key)

    def _attempt(self, channel: Channel, outgoing: Outgoing, to: str, done: Future[Reply]) -> None:
        """In a thread of its own: what arrives is noted here, also when nobody waits any more."""
        try:
            reply = channel.attempt(outgoing, to, at=self._clock())
        except Exception as error:  # a fault of ours in one channel must not silence the others
            reply = Reply(Outcome.FAILED, f"渠道内部错误 · fault in the channel: {type(error).__name__}")
        try:
            if reply.outcome in (Outcome.DELIVERED, Outcome.HANDED):
                self.ledger.end(handover(outgoing, channel, reply, at=self._clock(), again_at=None))
        except Exception as error:  # a full disk: it is out, and will come again under the same key
            reply = Reply(
                Outcome.FAILED, f"回执未能记录 · the receipt could not be written: {type(error).__name__}"
            )
        finally:
            self._over(channel, outgoing)
            done.set_result(reply)

    def deliver_all(self, records: Sequence[Outgoing], *, at_once: int = 16) -> tuple[Handover, ...]:
        """Deliver many, so many at a time, in the order given; one that waits for a slow channel holds up no other."""
        with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="evac-deliver") as pool:
            return tuple(pool.map(self, records))

    def by_hand(self, records: Iterable[Outgoing]) -> tuple[Outgoing, ...]:
        """Records whose receiver must be called: refused on every way, without a way, or failed too often."""
        found = []
        for record in records:
            account = self.ledger.account(record.key)
            settled = account.settled
            if settled is not None and settled.outcome is not Outcome.REFUSED:
                continue
            ways = self.routes.get(record.receiver, self.routes.get("*", ()))
            if not ways or settled is not None or account.failures >= self.retries.by_hand_after:
                found.append(record)
        return tuple(found)
