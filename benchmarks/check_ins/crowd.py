"""Invented people and their check-ins, the same for every store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from evac.codes import mint
from evac.events import ArrivedShelter, Envelope, Registered
from evac.registry import EventStore

START = datetime(2021, 7, 25, tzinfo=UTC)
RECEIVED = START + timedelta(days=1)
PEOPLE, FEW = 2_030_000, 20_000
SHELTERS = 2000
COUNTIES = 90
AT_ONCE = 20_000


def codes(people: int) -> list[str]:
    """Safety codes of so many people."""
    rng = random.Random(1)
    return [mint(rng) for _ in range(people)]


def registered(code: str, number: int) -> Envelope:
    """The entry of one person on the list."""
    return Registered(
        event_id=f"{number:032x}", code=code, place="office", actor="甲", device="office", counter=number,
        device_at=START, trusted_at=START, county=f"33{number % COUNTIES:04d}", category="other",
    )  # fmt: skip


def load(store: EventStore, people: list[str]) -> None:
    """Put everybody on the list."""
    for first in range(0, len(people), AT_ONCE):
        part = people[first : first + AT_ONCE]
        store.append([registered(code, n) for n, code in enumerate(part, first)], received_at=RECEIVED)


def arrivals(people: list[str], count: int, *, stream: int, run: int) -> Iterator[Envelope]:
    """Arrivals of anybody at any shelter, as one device sends them: ids begin with the time, as the device makes them."""
    rng = random.Random(run * 1009 + stream)
    for n in range(count):
        millisecond = run * 10**7 + n
        at = START + timedelta(milliseconds=millisecond)
        yield ArrivedShelter(
            event_id=f"{millisecond + 2**44:012x}{stream:04x}{rng.getrandbits(64):016x}", code=rng.choice(people),
            place=f"S{rng.randrange(SHELTERS)}", actor="甲", device=f"D{stream}", counter=n, device_at=at, trusted_at=at,
        )  # fmt: skip
