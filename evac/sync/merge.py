"""Many logs, one state: the merge as a pure function.

A log is a set of facts, each with the earliest receipt that anybody has of it. Merging is the union of sets, so neither the order
of merging nor repeats or overlaps matter; what the union says of everybody is ``evac.state.fold``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from evac.events import Envelope, Received, canonical, receipt_of
from evac.state import PersonState, fold


class Entry(NamedTuple):
    """An event, and when a node first had it (its earliest signed receipt)."""

    event: Envelope
    received_at: datetime


def merge(*logs: Iterable[Entry]) -> tuple[Entry, ...]:
    """The union of logs: each event once, with its earliest receipt, in the order of events.

    Of one id with two contents both are kept, and ``contested`` names them; the fold takes the first in order.

    Parameters
    ----------
    *logs : iterable of Entry
        In any order, repeated and overlapping as they may be.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from evac.events import ArrivedShelter
    >>> at = datetime(2021, 7, 25, tzinfo=UTC)
    >>> e = ArrivedShelter(event_id="1" * 32, code="C", place="S1", actor="A", device="D", counter=1,
    ...                    device_at=at, trusted_at=at)
    >>> early, late = Entry(e, at), Entry(e, at + timedelta(hours=3))
    >>> merge([late], [early, late]) == (early,)
    True
    """
    held: dict[Envelope, datetime] = {}
    for event, received_at in chain.from_iterable(logs):
        known = held.get(event)
        held[event] = received_at if known is None else min(known, received_at)
    entries = [Entry(event, received_at) for event, received_at in held.items()]
    return tuple(sorted(entries, key=lambda entry: (entry.event.key, canonical(entry.event))))


def contested(log: Iterable[Entry]) -> tuple[str, ...]:
    """Ids that stand for more than one content: a device at fault, or a forger."""
    contents: dict[str, set[Envelope]] = {}
    for entry in log:
        contents.setdefault(entry.event.event_id, set()).add(entry.event)
    return tuple(sorted(event_id for event_id, found in contents.items() if len(found) > 1))


def receipts(log: Iterable[Entry]) -> tuple[Received, ...]:
    """What holds back the events that were here before their own trusted time, each at its receipt."""
    return tuple(
        receipt_of(event, received_at)
        for event, received_at in log
        if event.trusted_at > received_at and not isinstance(event, Received)
    )


def merged_state(*logs: Iterable[Entry]) -> dict[str, PersonState]:
    """State of everybody from logs in any order, with repeats and overlaps.

    Returns
    -------
    dict
        Code -> state: ``fold`` of all events and of the receipts of those from the future.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from evac import Clerk
    >>> from evac.events import ArrivedShelter, Departed
    >>> at, code = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), "7" + "C" * 25
    >>> left = Entry(Clerk("李四", "V1", "D1", at).write(Departed, code), at)
    >>> came = Entry(Clerk("王五", "S1", "D2", at + timedelta(hours=1)).write(ArrivedShelter, code), at + timedelta(hours=1))
    >>> merged_state([came], [left, came])[code].state.chinese
    '集中安置'
    """
    log = merge(*logs)
    return fold([*(entry.event for entry in log), *receipts(log)])
