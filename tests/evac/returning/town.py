"""A small town that was moved, on any store: slope-side houses, families, people with relatives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from evac.codes import mint
from evac.events import ORDER, Envelope
from evac.model import Category, Destination, Person, Stay
from evac.registry import EventStore, Registry
from evac.returning.authority import Authority
from evac.returning.hazard import Outlook
from evac.returning.release import Release
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from tests.evac.world import START, Clerk, make_shelters

OVER = Outlook("", "")
"""A map that says it is over, slopes too."""
COUNTY = Authority(
    "演练定防指令〔2021〕2号", "演练定防指令〔2021〕1号", "定海区防汛防台抗旱指挥部", "330902", "paper"
)
VILLAGE = "330902001001"
STORES = ("memory", "sqlite", "postgres")


def make_store(kind: str, folder: Path, database: Callable[[], str] | None = None) -> EventStore:
    """An empty store of a kind."""
    if kind == "memory":
        return MemoryStore()
    if kind == "sqlite":
        return SQLiteStore(folder / "town.sqlite")
    assert database is not None
    return PostgresStore(database(), set_up=True)


def villagers(number: int, seed: int = 1, *, slope: int = 3) -> list[Person]:
    """People of houses of three; one house in ``slope`` is slope-side, by its first member alone."""
    rng = random.Random(seed)
    found = []
    for n in range(number):
        house = n // 3
        first_on_slope = house % slope == 0 and n % 3 == 0
        found.append(
            Person(
                mint(rng), f"演练{n:05d}", f"H{house:05d}", "330902", VILLAGE, "演练村",
                Category.LANDSLIDE if first_on_slope else Category.LOW_LYING, Destination(Stay.SHELTER, "S330902-1"), synthetic=True,
            )
        )  # fmt: skip
    return found


def moved(
    store: EventStore,
    people: list[Person],
    clerk: Clerk,
    kinds: tuple[str, ...] = ("ordered", "arrived_shelter"),
) -> Registry:
    """The town on the list, ordered and moved."""
    store.put_people(people)
    store.put_shelters(make_shelters())
    store.put_labels({"label": "SYNTHETIC", "event": "2106"})
    registry = Registry(store)
    events: list[Envelope] = [
        clerk.event("registered", 0, code=p.code, county=p.county, category=p.category.value) for p in people
    ]
    for minute, kind in enumerate(kinds, 1):
        place = "S330902-1" if kind == "arrived_shelter" else "亲友家"
        events += [clerk.event(kind, minute, code=p.code, place=place) for p in people]
    for n in range(0, len(events), 5000):
        registry.check_ins(events[n : n + 5000], received_at=at(60)).require_all()
    return registry


def at(hours: float) -> datetime:
    """Hours after the start."""
    return START + timedelta(hours=hours)


def given(**changes: object) -> Release:
    """A release of the county for its own region."""
    told = {"authority": COUNTY, "region": "330902", "by": "李四"} | changes
    return Release(**told)  # type: ignore[arg-type]


def in_order(events: Iterator[Envelope]) -> list[Envelope]:
    """Events in their order."""
    return sorted(events, key=ORDER)
