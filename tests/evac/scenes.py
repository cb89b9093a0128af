"""Events for tests: one device, one person, minutes after the storm's issue time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from evac.events import KINDS, Envelope

START = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
_EXTRA: dict[str, dict[str, Any]] = {
    "registered": {"county": "330902", "category": "other"},
    "prepared": {"order": "令1"},
    "ordered": {"order": "令1"},
    "ordered_locally": {"why": "水涨"},
    "exempted": {"evidence": "外出"},
    "withdrawn": {"order": "令1"},
    "undone": {"target": ""},
}
_numbers = count()


def make_event(kind: str, minute: float = 0, *, code: str = "7" + "C" * 25, **changes: Any) -> Envelope:
    """An event of a kind, ``minute`` minutes after the start; a new id unless given."""
    number = next(_numbers)
    at = START + timedelta(minutes=minute)
    values: dict[str, Any] = {
        "event_id": f"{number:032x}", "code": code, "place": "S1", "actor": "甲", "device": "D1", "counter": number,
        "device_at": at, "trusted_at": at,
    }  # fmt: skip
    return KINDS[kind](**(values | _EXTRA.get(kind, {}) | changes))
