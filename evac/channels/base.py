"""What every channel is: one attempt to hand a message to one address, bounded in time, that raises nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from evac.orders.outbox import Handover, Outcome, Outgoing

Clock = Callable[[], datetime]
"""The time, with time zone."""


@dataclass(frozen=True)
class Reply:
    """What the other side said to one attempt.

    Attributes
    ----------
    outcome : Outcome
    detail : str
        Its own words, secrets struck out.
    reference : str
        Its own number for the message.
    wait : timedelta or None
        It asked not to be tried again before; None leaves that to the back-off.
    """

    outcome: Outcome
    detail: str = ""
    reference: str = ""
    wait: timedelta | None = None


class Channel(Protocol):
    """One way of delivering.

    An ``attempt`` may be made again under the same key: what the other side needs to know it again (a Message-ID, an
    Idempotency-Key) is made of the key and never changes.
    """

    @property
    def name(self) -> str:
        """In the configuration."""
        ...

    @property
    def way(self) -> str:
        """In words for a person: 邮件, 短信."""
        ...

    @property
    def limit(self) -> timedelta:
        """How long an attempt may take before others go on without it."""
        ...

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        """Try once; an error of the other side or of the network is a ``Reply``, never an exception."""
        ...


def handover(
    outgoing: Outgoing, channel: Channel, reply: Reply, *, at: datetime, again_at: datetime | None
) -> Handover:
    """The record of an attempt, as the loop keeps it."""
    return Handover(
        key=outgoing.key,
        at=at,
        way=channel.way,
        outcome=reply.outcome,
        detail=reply.detail,
        reference=reply.reference,
        again_at=again_at,
    )


def final(outcome: Outcome) -> bool:
    """Whether a delivery is over: it arrived, a gateway took it, or it never will."""
    return outcome is not Outcome.FAILED
