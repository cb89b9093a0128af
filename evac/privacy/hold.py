"""Legal holds (证据保全): while one lasts, nothing of the event is destroyed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from evac.errors import ConflictError
from evac.events import instant_of, microseconds
from riskmap.errors import DataError

_LABEL: Final = "hold/"


class Labelled(Protocol):
    """What has labels: any ``EventStore``."""

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """Add or replace labels."""
        ...

    def labels(self) -> dict[str, str]:
        """The labels."""
        ...


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on an event.

    Attributes
    ----------
    number : int
        1 for the first of the registry.
    who, why : str
        The office that asked for it, and its case.
    placed_at : datetime
        When it was noted.
    until : datetime or None
        Its end; None until it is lifted.
    lifted : str
        Who lifted it and why; empty while it lasts.
    """

    number: int
    who: str
    why: str
    placed_at: datetime
    until: datetime | None = None
    lifted: str = ""

    def lasts(self, now: datetime) -> bool:
        """Whether it forbids a destruction now."""
        return not self.lifted and (self.until is None or now < self.until)

    def __str__(self) -> str:
        end = "until it is lifted" if self.until is None else f"until {self.until:%Y-%m-%d %H:%M} UTC"
        return f"hold {self.number} by {self.who}, {end}: {self.why}"


def holds(labels: Mapping[str, str]) -> list[Hold]:
    """All holds of a registry, lifted and ended ones too, in order.

    Raises
    ------
    DataError
        A label is damaged; then nothing is destroyed either.
    """
    return sorted(
        (_hold(text) for name, text in labels.items() if name.startswith(_LABEL)), key=lambda h: h.number
    )


def _hold(text: str) -> Hold:
    try:
        record: dict[str, Any] = json.loads(text)
        until = record["until"]
        return Hold(**record | {
            "placed_at": instant_of(record["placed_at"]), "until": None if until is None else instant_of(until),
        })  # fmt: skip
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise DataError(
            "a legal hold cannot be read", where="labels of the registry", expected="what `evac hold place` wrote",
            found=f"{type(error).__name__}: {error}", remedy="restore the label; nothing is destroyed meanwhile",
        ) from error  # fmt: skip


def _put(store: Labelled, hold: Hold) -> None:
    record = asdict(hold) | {
        "placed_at": microseconds(hold.placed_at), "until": None if hold.until is None else microseconds(hold.until),
    }  # fmt: skip
    store.put_labels({f"{_LABEL}{hold.number}": json.dumps(record, ensure_ascii=False)})


def place_hold(store: Labelled, *, who: str, why: str, at: datetime, until: datetime | None = None) -> Hold:
    """Note a hold.

    Raises
    ------
    DataError
        Without an office or a case, or ending before it begins.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac.store.memory import MemoryStore
    >>> store = MemoryStore()
    >>> print(place_hold(store, who="调查组", why="案号 2021-17", at=datetime(2021, 8, 1, tzinfo=UTC)))
    hold 1 by 调查组, until it is lifted: 案号 2021-17
    """
    if not who.strip() or not why.strip() or (until is not None and until <= at):
        raise DataError(
            "not a hold", where="hold", expected="who asks for it, why, and an end that is to come",
            found=f"who {who!r}, why {why!r}, until {until}", remedy="give --by, --why and, if it has one, --until",
        )  # fmt: skip
    number = max((hold.number for hold in holds(store.labels())), default=0) + 1
    hold = Hold(number, who.strip(), why.strip(), at, until)
    _put(store, hold)
    return hold


def lift_hold(store: Labelled, number: int, *, who: str, why: str, at: datetime) -> Hold:
    """Note that a hold was lifted, by whom and why; the note stays.

    Raises
    ------
    ConflictError
        There is no such hold, or it was lifted before.
    DataError
        Without a name or a reason.
    """
    found = {hold.number: hold for hold in holds(store.labels())}
    if number not in found or found[number].lifted:
        raise ConflictError(
            "no such hold lasts", where=f"hold {number}", expected=f"one of {[n for n, h in found.items() if not h.lifted]}",
            remedy="see `evac hold list`",
        )  # fmt: skip
    if not who.strip() or not why.strip():
        raise DataError("nobody and no reason", where=f"hold {number}", remedy="give --by and --why")
    lifted = replace(found[number], lifted=f"{at:%Y-%m-%d %H:%M} UTC {who.strip()}: {why.strip()}")
    _put(store, lifted)
    return lifted


def require_no_hold(labels: Mapping[str, str], *, now: datetime) -> None:
    """Refuse while a hold lasts.

    Raises
    ------
    ConflictError
        Names each hold: who, until when, why.
    """
    lasting = [hold for hold in holds(labels) if hold.lasts(now)]
    if lasting:
        raise ConflictError(
            "the event is under a legal hold and was not destroyed", where="registry", expected="no hold that lasts",
            found="; ".join(map(str, lasting)), remedy="ask the office that placed it, then `evac hold lift`",
        )  # fmt: skip
