"""Where the record has holes: what came late, clocks that were wrong, contradictions, what was undone, words that changed nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from evac.conflicts import open_conflicts
from evac.events import ASIDE, Envelope, Merged, Received, Undone
from evac.log import Sealed
from evac.registry import EventStore

LATE_SYNC: Final = timedelta(minutes=30)
"""An event that came in later than this after it happened was out of the network, or on paper (D)."""
_SILENCE: Final = timedelta(hours=1)


def record_gaps(store: EventStore, *, at: datetime) -> dict[str, Any]:
    """What the log says of itself, up to an instant.

    Returns
    -------
    dict
        ``events``; ``late`` with the devices that were and the worst delay; ``clocks_ahead`` (events held back at their receipt);
        ``undone``, ``merged``; contradictions that nobody decided; destroyed entries; the longest hour-long silences between events.
    """
    late: dict[str, timedelta] = {}
    counts = {"events": 0, "late": 0, "clocks_ahead": 0, "undone": 0, "merged": 0, "destroyed": 0}
    times: list[datetime] = []
    for entry in store.log():
        if not entry.body:
            counts["destroyed"] += 1
            continue
        event = entry.event
        if event.trusted_at > at:
            continue
        counts["events"] += 1
        _take(event, entry, counts, late)
        if event.kind not in ASIDE:
            times.append(event.trusted_at)
    worst = max(late.values(), default=None)
    return counts | {
        "late_devices": len(late),
        "late_minutes_rule": LATE_SYNC / timedelta(minutes=1),
        "worst_hours": None if worst is None else round(worst / timedelta(hours=1), 1),
        "contradictions_open": sum(1 for _ in open_conflicts(store)),
        "silences": _silences(sorted(times)),
    }


def _take(event: Envelope, entry: Sealed, counts: dict[str, int], late: dict[str, timedelta]) -> None:
    if isinstance(event, Received):
        counts["clocks_ahead"] += 1
    elif isinstance(event, Undone):
        counts["undone"] += 1
    elif isinstance(event, Merged):
        counts["merged"] += 1
    delay = entry.received_at - event.trusted_at
    if delay > LATE_SYNC:
        counts["late"] += 1
        late[event.device] = max(delay, late.get(event.device, delay))


def _silences(times: Iterable[datetime]) -> list[dict[str, Any]]:
    """Hours in which the whole registry heard nothing, between the first event and the last."""
    found, last = [], None
    for time in times:
        if last is not None and time - last > _SILENCE:
            found.append({"from": last.isoformat(), "hours": round((time - last) / timedelta(hours=1), 1)})
        last = time
    return found
