"""What a signed document demands of all its receivers, read once from the draft that it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from evac.orders.events import Signed
from riskmap.errors import DataError
from riskmap.outlook import BEIJING
from riskmap.products.letter_fields import TIMERS, full_number
from riskmap.scale import Tier

FINISH: Final = "due_at"
"""Entry of a 工作督办单 that states its own time (办结时限)."""
MOVE: Final = "finish_at"
"""Entry of a 转移指令 that states by when everybody is to have moved (完成时限)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a document demands, the same for all its receivers.

    Attributes
    ----------
    signed : Signed
    number : str
        发文字号.
    name, level, urgency : str
        Of the region, ``county`` or ``city``; 特急 or so.
    tier : Tier or None
    addressee : str
        主送: who must act.
    answer, feedback, repeat : timedelta
        As printed.
    finish_by : datetime or None
        A 工作督办单's own time.
    move_by : datetime or None
        By when everybody is to have moved, of an order that says so.
    """

    signed: Signed
    number: str
    name: str
    level: str
    urgency: str
    tier: Tier | None
    addressee: str
    answer: timedelta
    feedback: timedelta
    repeat: timedelta
    finish_by: datetime | None
    move_by: datetime | None = None

    @property
    def rank(self) -> Tier:
        """The tier that deadlines go by: what is not known is as urgent as orange, and no timer is slower than blue's."""
        return Tier.ORANGE if self.tier is None else max(self.tier, Tier.BLUE)


def terms_of(record: Signed) -> Terms:
    """What a signed document demands, read from the draft that it holds.

    Raises
    ------
    DataError
        The draft is none.
    """
    try:
        fields = json.loads(record.content)["fields"]
        tier = None if fields["tier"] is None else Tier(fields["tier"])
        printed = [int(fields[f"{name}_minutes"]) for name in ("answer", "feedback", "repeat")]
        if min(printed) <= 0:
            raise ValueError("a time that is none")
        given = dict(fields.get("entries", ()))
        words = [str(fields[name]) for name in ("name", "level", "urgency", "addressee")]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            "the signed draft cannot be read", where=f"document {record.draft[:16]}", expected="a draft of riskmap",
            found=f"{type(error).__name__}: {error}", remedy="restore the store from its last backup",
        ) from error  # fmt: skip
    answer, feedback, repeat = (timedelta(minutes=m) for m in printed)
    name, level, urgency, addressee = words
    number = full_number(record.series, record.year, record.number)
    # a 撤回通知 is addressed to all who hold the wrong document
    known = addressee if addressee in record.receivers else record.receivers[0] if record.receivers else ""
    return Terms(
        record,
        number,
        name,
        level,
        urgency,
        tier,
        known,
        answer,
        feedback,
        repeat,
        _instant(given.get(FINISH, "")),
        _instant(given.get(MOVE, "")),
    )


def _instant(words: str) -> datetime | None:
    """A time in Beijing as 办结时限 states it; None where it is said in other words."""
    try:
        return datetime.strptime(words.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)
    except ValueError:
        return None


def unknown_terms(record: Signed) -> Terms:
    """Of a document whose draft cannot be read: as urgent as orange, the first receiver must act."""
    answer, feedback, repeat = (timedelta(minutes=m) for m in TIMERS[Tier.ORANGE])
    number = full_number(record.series, record.year, record.number)
    first = record.receivers[0] if record.receivers else ""
    return Terms(record, number, record.region, "", "", None, first, answer, feedback, repeat, None)
