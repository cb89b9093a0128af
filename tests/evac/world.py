"""A small invented region for tests of counts and forms: two counties, four towns, eight villages, and a random log."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from evac.codes import mint
from evac.events import ASIDE, KINDS, NO_ONE, Envelope
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore

START = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
END = START + timedelta(hours=30)
COUNTIES = ("330902", "330903")
SHELTERS = ("S330902-1", "S330902-2", "S330903-1")
_PLACES = (*SHELTERS, "亲友家", "330903001", "沈家门渔港", "县医院")
_ABOUT_PEOPLE = tuple(
    kind for kind in KINDS if kind not in ASIDE and kind not in ("received", "merged", "undone", "corrected")
)
_OFTEN = ("ordered", "notified", "departed", "arrived_shelter", "arrived_relatives", "arrived_ashore")


class Clerk:
    """Writes events: one device, a rising counter, ids of its own."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def event(self, kind: str, minute: float = 0, *, code: str = NO_ONE, **said: Any) -> Envelope:
        """An event of a kind, some minutes after the start."""
        self.number += 1
        at = START + timedelta(minutes=minute)
        given = {
            "event_id": f"{self.number:032x}", "code": code, "place": "330902001001", "actor": "甲", "device": "D1",
            "counter": self.number, "device_at": at, "trusted_at": at,
        }  # fmt: skip
        extra: dict[str, Any] = {
            "registered": {"county": "330902"}, "prepared": {"order": "令1"}, "ordered": {"order": "令1"},
            "ordered_locally": {"why": "水涨"}, "exempted": {"evidence": "外出"}, "withdrawn": {"order": "令1"},
        }.get(kind, {})  # fmt: skip
        return KINDS[kind](**(given | extra | said))


def make_person(number: int, rng: random.Random, **changes: Any) -> Person:
    """One invented person of one of the eight villages."""
    county = COUNTIES[number % 2]
    village = f"{county}00{1 + number // 2 % 2}00{1 + number // 4 % 2}"
    crew = rng.random() < 0.2
    weak = tuple(kind for kind in Vulnerability if rng.random() < 0.15)
    given: dict[str, Any] = {
        "code": mint(rng), "name": f"演练{number:04d}", "household": f"{county}-{number // 16:03d}", "county": county,
        "village": village, "village_name": f"演练村{village[-1]}",
        "category": Category.FISHING_CREW if crew else rng.choice(list(Category)),
        "destination": Destination(Stay.SHELTER, rng.choice(SHELTERS)), "vulnerability": weak,
        "helper": "演练干部" if weak else None, "synthetic": True, "phone": f"1380000{number:04d}", "sex": "女",
        "birth_year": 1930 + number % 90, "vessel": f"浙普渔{number % 3}" if crew else "",
    }  # fmt: skip
    return Person(**(given | changes))


def make_shelters() -> list[Shelter]:
    """Three shelters of two counties, one of them small."""
    return [
        Shelter("S330902-1", "演练学校", "330902", 120, True, "county", "330902001", 90.0),
        Shelter("S330902-2", "演练文化礼堂", "330902", 4, True, "village", "330902002", 8.0),
        Shelter("S330903-1", "演练体育馆", "330903", 200, True, "town", "330903001", None),
    ]


def random_events(people: list[Person], rng: random.Random, clerk: Clerk, *, each: int = 6) -> list[Envelope]:
    """What may happen to people, legal or not, in any order."""
    found: list[Envelope] = []
    for person in people:
        found.append(
            clerk.event(
                "registered", 0, code=person.code, county=person.county, category=person.category.value
            )
        )
        for _ in range(rng.randrange(each)):
            kind = rng.choice(_OFTEN if rng.random() < 0.6 else _ABOUT_PEOPLE)
            if kind == "registered":
                continue
            found.append(
                clerk.event(kind, rng.randrange(1, 1700), code=person.code, place=rng.choice(_PLACES))
            )
        if rng.random() < 0.1:
            target = rng.choice([e for e in found if e.code == person.code])
            found.append(
                clerk.event("undone", rng.randrange(1, 1700), code=person.code, target=target.event_id)
            )
        if rng.random() < 0.05:
            found.append(clerk.event("merged", 1700, code=person.code, into=rng.choice(people).code))
    found += [
        clerk.event("head_counted", rng.randrange(1700), place=shelter, count=rng.randrange(9))
        for shelter in SHELTERS
        if rng.random() < 0.7
    ]
    found += [
        clerk.event("vessel_checked", 60 + n, place="330902001", vessel=f"浙普渔{n}", crew=3, ashore=n % 3)
        for n in range(4)
    ]
    for person in people[:5]:
        where = rng.choice(SHELTERS)
        item = rng.choice(("盒饭/1", "棉被/1"))
        found += [
            clerk.event("relief_drawn", 500 + n, code=person.code, place=where, item=item, quantity=1)
            for n in range(rng.randrange(3))
        ]
    calls = [
        clerk.event("rescue_called", 100 + n, code=p.code, where="屋顶") for n, p in enumerate(people[:3])
    ]
    ends = [clerk.event("rescue_ended", 300, target=calls[0].event_id, outcome="救出")] if calls else []
    return [
        *found,
        *calls,
        *ends,
        clerk.event("danger_reported", 200, danger="塌方", where="村口"),
        clerk.event("passed", 90, code=people[0].code, place="卡口1"),
    ]


def make_world(seed: int = 0, *, size: int = 48, store: EventStore | None = None) -> EventStore:
    """A store with people, shelters and a random log that its registry accepted."""
    rng = random.Random(seed)
    held = store or MemoryStore()
    people = [make_person(n, rng) for n in range(size)]
    held.put_people(people)
    held.put_shelters(make_shelters())
    held.put_labels({"label": "SYNTHETIC", "event": "2106 烟花(演练)"})
    Registry(held).check_ins(random_events(people, rng, Clerk()), received_at=END)
    return held
