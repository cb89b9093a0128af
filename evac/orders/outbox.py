"""What is to be delivered to whom, whatever the channel: one record with an idempotency key, and what became of it.

The loop makes ``Outgoing`` records from its log, a pure function, so that a crash between a decision and its delivery loses
nothing; a channel makes one attempt and answers with a ``Handover``. Delivery is at least once: after a crash the same record
comes again **under the same key**, and a channel or the one who is served drops what it has had.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from evac.events import instant_of, microseconds
from riskmap.errors import DataError


class Purpose(StrEnum):
    """Why something is delivered."""

    DOCUMENT = "document"
    """The signed document itself."""
    REMINDER = "reminder"
    """To whom the task belongs: a deadline has passed (催办)."""
    ESCALATION = "escalation"
    """To a level above, which must act (升级)."""
    ANSWER = "answer"
    """To who reported on an order that was closed."""


class Outcome(StrEnum):
    """What one attempt of a channel came to."""

    DELIVERED = "delivered"
    """The other side's own receipt says that it is there."""
    HANDED = "handed"
    """A gateway took it; whether it arrived is not known. Counts as sent, never as answered."""
    FAILED = "failed"
    """Not now: to be tried again under the same key."""
    REFUSED = "refused"
    """It will never arrive this way (no such number): a person must find another."""


FINAL: Final = frozenset({Outcome.DELIVERED, Outcome.HANDED, Outcome.REFUSED})
"""After these the same key is not tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One thing to deliver.

    Attributes
    ----------
    key : str
        Idempotency key: the same thing has the same key, however often it is asked for, by whatever process.
    draft : str
        Digest of the document that it is about; its files lie in the folder that ``evac sign`` wrote.
    number : str
        发文字号 of that document.
    type : str
        Id of the document's type.
    region : str
        Code of the document's region.
    about : str
        The office whose task it is about.
    receiver : str
        The office that is to get it, by the name under which it is addressed; the same as ``about``, but for an escalation.
    subject, text : str
        In Chinese, ready to be sent; the text begins with 演练 in an exercise.
    urgency : str
        特急, 加急, 平急 or empty.
    exercise : bool
    made_at : datetime
        When it became due for delivery.
    answer_by : datetime or None
        Until when an answer is expected.
    """

    key: str
    draft: str
    number: str
    type: str
    region: str
    purpose: Purpose
    about: str
    receiver: str
    subject: str
    text: str
    urgency: str
    exercise: bool
    made_at: datetime
    answer_by: datetime | None = None

    def __post_init__(self) -> None:
        if not self.key.strip() or not self.receiver.strip() or self.made_at.tzinfo is None:
            raise DataError(
                "nothing that can be delivered", where=f"outgoing {self.key!r}",
                expected="a key, a receiver and a timezone-aware instant",
                found=f"{self.key!r}, {self.receiver!r}, {self.made_at}", remedy="name the receiver; attach the zone",
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What one attempt to deliver came to.

    Attributes
    ----------
    key : str
        Of the ``Outgoing``.
    at : datetime
        When it was known.
    way : str
        Which channel, in words for a person: ``短信``, ``传真``.
    outcome : Outcome
    detail : str
        The other side's words.
    reference : str
        The other side's own number for it, by which a later receipt is matched; empty if it gave none.
    again_at : datetime or None
        Not before this is it worth another attempt; None leaves that to the loop.
    """

    key: str
    at: datetime
    way: str
    outcome: Outcome
    detail: str = ""
    reference: str = ""
    again_at: datetime | None = None


class Deliver(Protocol):
    """One attempt at a delivery; ``evac.channels`` holds those that really deliver.

    It raises nothing: a channel that fails says so in its ``Handover``. It may take as long as its own time limit, and the
    loop goes on with others meanwhile.
    """

    def __call__(self, outgoing: Outgoing, /) -> Handover:
        """Try once."""
        ...


def outgoing_json(outgoing: Outgoing) -> str:
    """As one line of JSON, sorted names, instants as microseconds since 1970 UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> made = Outgoing(key="k", draft="0" * 64, number="防指办函〔2021〕3号", type="risk_notice", region="330902",
    ...                 purpose=Purpose.REMINDER, about="甲县防指", receiver="甲县防指", subject="催办", text="请应答",
    ...                 urgency="特急", exercise=True, made_at=datetime(2021, 7, 24, 4, tzinfo=UTC))
    >>> parse_outgoing(outgoing_json(made)) == made
    True
    """
    until = None if outgoing.answer_by is None else microseconds(outgoing.answer_by)
    content = asdict(outgoing) | {"made_at": microseconds(outgoing.made_at), "answer_by": until}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse_outgoing(text: str) -> Outgoing:
    """The record of its JSON.

    Raises
    ------
    DataError
        Not JSON, or a field is missing, unknown or of the wrong type.
    """
    try:
        content = json.loads(text)
        if set(content) != {f.name for f in fields(Outgoing)}:
            raise TypeError("missing or unknown fields")
        until = content["answer_by"]
        content |= {
            "purpose": Purpose(content["purpose"]),
            "made_at": instant_of(content["made_at"]),
            "answer_by": None if until is None else instant_of(until),
        }
        return Outgoing(**content)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise DataError(
            "not a record of the outbox", where="outbox", expected="what outgoing_json writes",
            found=f"{type(error).__name__}: {error}", remedy="empty the outbox: it is made again from the log",
        ) from error  # fmt: skip
