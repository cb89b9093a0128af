"""A town, its county's registry, and kiosks at doors, for tests."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from evac.codes import SigningKey, Ticket, mint, qr_text, sign
from evac.kiosk.clock import KioskClock, confirmed
from evac.kiosk.desk import KioskDesk
from evac.kiosk.reading import CodeReader
from evac.model import Category, Destination, Person, Shelter, State, Stay
from evac.people.door import blanks, stock
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from evac.sync.bundle import Bundle
from evac.sync.files import reading
from evac.sync.node import EVENT, OWN, Node, trust, write_node
from evac.sync.roster_bundle import export_roster, of_town, take_in_roster
from tests.evac.scenes import START, make_event
from tests.evac.sync.posts import make_node

KEY = SigningKey.for_drill(1)
TOWN = "330902001"


class Watch:
    """Clocks that tests move: what the wall clock says, and seconds that only grow."""

    def __init__(self, at: datetime) -> None:
        self.at, self.seconds = at, 0.0

    def wall(self) -> datetime:
        return self.at

    def steady(self) -> float:
        return self.seconds

    def passes(self, **time: float) -> None:
        """Time goes by for both."""
        self.at += timedelta(**time)
        self.seconds += timedelta(**time).total_seconds()


def townspeople(n: int, rng: random.Random, shelter: str = "S1") -> list[Person]:
    """People of the town with signed codes."""
    people = []
    for number in range(n):
        code = mint(rng)
        signed = sign(Ticket(code, "330902", START - timedelta(hours=1), 200), KEY)
        person = Person(
            code=code, name=f"张{number}", household=f"H{number}", county="330902", village=f"{TOWN}001", village_name="岭下村",
            category=Category.OTHER, destination=Destination(Stay.SHELTER, shelter), signed=signed,
        )  # fmt: skip
        people.append(person)
    return people


def county(
    folder: Path, people: list[Person], *, shelters: tuple[str, ...] = ("S1",), name: str = "330902"
) -> Node:
    """A county's registry ``NAME.sqlite`` with its key file; everybody is on the list and ordered to move."""
    node = make_node(name)
    write_node(folder / f"{name}.key", node)
    store = SQLiteStore(folder / f"{name}.sqlite", vault=node.vault)
    store.put_labels({EVENT: node.event, OWN: name, "public_key": KEY.public.public_bytes_raw().hex()})
    store.put_people(people)
    stock(store, "330902", 3, batch="T", rng=random.Random(7))
    store.put_shelters([Shelter(s, f"安置点{s}", "330902", 300, town=TOWN) for s in shelters])
    events = [make_event("registered", 1, code=p.code, device=name) for p in people]
    events += [make_event("ordered", 2, code=p.code, device=name) for p in people]
    Registry(store).check_ins(events, received_at=START + timedelta(minutes=5))
    store.close()
    return node


def kiosk(folder: Path, parent: Node, name: str = "K1") -> Node:
    """A kiosk's registry ``NAME.sqlite`` from the county's roster."""
    node = make_node(name)
    above = SQLiteStore(folder / f"{parent.node_id}.sqlite", vault=parent.vault)
    trust(above, name, node.public)
    town = of_town(above, TOWN)
    path = folder / f"{name}.evacroster"
    export_roster(
        above, path, node=parent, people=town.people, shelters=town.shelters, labels=town.labels, scope=TOWN,
        made_at=START, salt=bytes(32),
    )  # fmt: skip
    above.close()
    parents = {parent.node_id: parent.public}
    write_node(folder / f"{name}.key", node, parents=parents)
    store = SQLiteStore(folder / f"{name}.sqlite", vault=node.vault)
    with reading(path) as file:
        take_in_roster(store, Bundle(file, str(path)), node, parent=parents, now=START)
    store.close()
    return node


def desk_of(store: SQLiteStore, node: Node, watch: Watch, *, shelter: str = "S1") -> KioskDesk:
    """A desk whose clock was just confirmed."""
    clock = KioskClock(confirmed(watch.wall(), watch.wall()), watch.wall, watch.steady)
    return KioskDesk(
        Registry(store), shelter=shelter, actor="李四", device=node.node_id, clock=clock,
        reader=CodeReader(store.labels(), store.person), vault=node.vault,
    )  # fmt: skip


def scan(person: Person) -> str:
    """What a scanner types for a pendant."""
    return qr_text(person.signed)


def blank(store: SQLiteStore) -> tuple[str, str]:
    """A blank pendant of the stock: its code, and what a scanner types."""
    return pendant(sorted(blanks(store).values())[0])


def unlisted(rng: random.Random) -> tuple[str, str]:
    """A valid pendant that is on no list here and of no stock: another town's."""
    return pendant(mint(rng))


def pendant(code: str) -> tuple[str, str]:
    """A code, and what a scanner types for it."""
    return code, qr_text(sign(Ticket(code, "330902", START - timedelta(hours=1), 200), KEY))


def foreign(person: Person) -> str:
    """A code signed by another event's key."""
    ticket = Ticket(person.code, "330902", START, 200)
    return qr_text(sign(ticket, SigningKey.for_drill(2)))


def forged(person: Person) -> str:
    """A code whose signature does not fit."""
    signed = person.signed[:-1] + bytes([person.signed[-1] ^ 1])
    return scan(replace(person, signed=signed))


def answers(*typed: str) -> Callable[[str], str]:
    """Answers to questions, in turn."""
    left = iter(typed)
    return lambda _question: next(left)


NOW = START + timedelta(hours=2)


class Door:
    """A kiosk's desk over its own registry."""

    def __init__(self, folder: Path) -> None:
        self.rng = random.Random(1)
        self.people = townspeople(6, self.rng)
        self.county = county(folder, self.people, shelters=("S1", "S2"))
        self.node: Node = kiosk(folder, self.county)
        self.store = SQLiteStore(folder / "K1.sqlite", vault=self.node.vault)
        self.watch = Watch(NOW)
        self.desk: KioskDesk = desk_of(self.store, self.node, self.watch)

    def state(self, person: Person | str) -> State:
        code = person if isinstance(person, str) else person.code
        return self.desk.registry.state(code).state
