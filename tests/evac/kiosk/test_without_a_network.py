"""A drill: three shelters, two counties, a city and a province, hours without a network, sticks in any order."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from evac.clear_words import RELATIVES
from evac.model import State
from evac.people.catching_up import catch_up
from evac.registry import Registry
from evac.standing import Seat
from evac.state import fold
from evac.store.sqlite import SQLiteStore
from evac.sync.bundle import export_events
from evac.sync.counters import device_reports
from evac.sync.files import files_of
from evac.sync.ledger import acknowledged, received_from
from evac.sync.node import EVENT, OWN, Node, known_nodes, trust
from evac.sync.receipt import Acknowledgement, write_acknowledgement
from evac.sync.stick import take_in_file
from tests.evac.kiosk.doors import Watch, county, desk_of, kiosk, scan, townspeople, unlisted
from tests.evac.scenes import START
from tests.evac.sync.posts import make_node

KIOSKS = {"K1": ("330902", "S1"), "K2": ("330902", "S2"), "K3": ("330903", "S3")}
UP = {"330902": "330900", "330903": "330900", "330900": "330000"}


class Offline:
    """All nodes of the drill, and the truth beside them."""

    def __init__(self, folder: Path, stack: ExitStack, seed: int) -> None:
        self.folder, self.rng = folder, random.Random(seed)
        self.watch = Watch(START + timedelta(hours=1))
        self.people = {code: townspeople(30, self.rng) for code in ("330902", "330903")}
        self.nodes: dict[str, Node] = {}
        for code, shelters in (("330902", ("S1", "S2")), ("330903", ("S3",))):
            self.nodes[code] = county(folder, self.people[code], shelters=shelters, name=code)
        for name, (parent, _) in KIOSKS.items():
            self.nodes[name] = kiosk(folder, self.nodes[parent], name)
        for name in ("330900", "330000"):
            self.nodes[name] = make_node(name)
        self.stores: dict[str, SQLiteStore] = {}
        for name, node in self.nodes.items():
            store = SQLiteStore(folder / f"{name}.sqlite", vault=node.vault)
            self.stores[name] = stack.enter_context(closing(store))
            store.put_labels({EVENT: node.event, OWN: name})
            for other in self.nodes.values():
                trust(store, other.node_id, other.public)
        self.desks = {
            name: desk_of(self.stores[name], self.nodes[name], self.watch, shelter=s)
            for name, (_, s) in KIOSKS.items()
        }
        self.truth: dict[str, Seat] = {}
        self.sticks: list[Path] = []

    def an_hour_at_the_doors(self) -> None:
        """People come, some to another shelter later, some twice, some who are on no list; nobody has a network."""
        for _ in range(25):
            self.watch.passes(minutes=self.rng.randrange(1, 4))
            name = self.rng.choice(list(KIOSKS))
            parent, shelter = KIOSKS[name]
            desk, person = self.desks[name], self.rng.choice(self.people[parent])
            if self.rng.random() < 0.2:
                code, text = unlisted(self.rng)
                desk.take(text)
                desk.take(f"= 名单外{len(self.truth)}")  # a blank of no stock known here
                self.truth[code] = Seat(shelter, State.SHELTERED)
            elif self.rng.random() < 0.3:
                desk.take("r " + scan(person))
                self.truth[person.code] = Seat(RELATIVES, State.DISPERSED)
            else:
                desk.take(scan(person))
                desk.take(scan(person))  # the scanner fired twice
                self.truth[person.code] = Seat(shelter, State.SHELTERED)

    def export(self, name: str) -> None:
        """Somebody takes a stick along: what is new, or everything again."""
        store = self.stores[name]
        after = acknowledged(store.labels()) if self.rng.random() < 0.5 else 0
        path = self.folder / "sticks" / f"{len(self.sticks):03d}-{name}"
        salt = self.rng.randbytes(32)
        export_events(store, path, node=self.nodes[name], made_at=self.watch.at, salt=salt, after=after)
        self.sticks.append(path)

    def deliver(self, path: Path, receiver: str) -> None:
        """One stick arrives at a node, in whatever order, and an acknowledgement goes down now and then."""
        node, store = self.nodes[receiver], self.stores[receiver]
        found = take_in_file(Registry(store), path, node, now=self.watch.at)
        assert found.error is None
        sender = path.name.split("-")[1]
        if self.rng.random() < 0.3:
            ack = Acknowledgement(
                node.event, receiver, sender, self.watch.at, received_from(store.labels(), sender)
            )
            write_acknowledgement(self.folder / "ack", ack, node)
            below = self.stores[sender]
            answer = take_in_file(Registry(below), self.folder / "ack", self.nodes[sender], now=self.watch.at)
            assert answer.error is None

    def above(self, name: str) -> str:
        return KIOSKS[name][0] if name in KIOSKS else UP[name]


@pytest.mark.parametrize("seed", [1])
def test_counts_are_exact_at_every_level(tmp_path: Path, seed: int) -> None:
    (tmp_path / "sticks").mkdir()
    with ExitStack() as stack:
        drill = Offline(tmp_path, stack, seed)
        rng = drill.rng
        senders = [*KIOSKS, *UP]
        for _ in range(4):
            drill.an_hour_at_the_doors()
            for name in rng.sample(senders, 4):
                drill.export(name)
            for path in rng.sample(drill.sticks, min(len(drill.sticks), 5)):
                sender = path.name.split("-")[1]
                drill.deliver(path, rng.choice([drill.above(sender), "330000"]))  # some go past a level
        for name in senders:  # the last sticks go up, level by level, all of them at last
            drill.export(name)
            if name in KIOSKS:
                for path in rng.sample([p for p in drill.sticks if p.name.endswith(name)], 1):
                    drill.deliver(path, drill.above(name))
        for name in senders:
            drill.export(name)
            export_everything(drill, name)
        everybody = {code: len(people) for code, people in drill.people.items()}
        province, city = drill.stores["330000"], drill.stores["330900"]
        for store in (province, city):
            assert store.seats() == Counter(drill.truth.values())
            assert {code: s.state for code, s in store.everybody()} == fold(store.events())
            newcomers = sum(s.state.at_door for _, s in store.everybody())
            assert len(dict(store.everybody())) == sum(everybody.values()) + newcomers
            assert [
                str(r)
                for r in device_reports(store.events(), now=drill.watch.at)
                if r.missing.parts and r.device in KIOSKS
            ] == []
        for name in ("330902", "330903"):
            mine = {
                seat
                for seat in drill.truth.values()
                if seat.place in {s for p, s in KIOSKS.values() if p == name}
            }
            seats = drill.stores[name].seats()
            assert {seat: seats[seat] for seat in mine} == {
                seat: n for seat, n in Counter(drill.truth.values()).items() if seat in mine
            }
        catch_up(Registry(province), drill.nodes["330000"].vault)
        named = {p.code: p.name for p in province.people() if p.name.startswith("名单外")}
        assert len(named) == newcomers
        assert set(known_nodes(province.labels())) == set(drill.nodes)
        # and the whole stick once more, in whatever order its names have: nothing new anywhere
        heads = {name: store.seal() for name, store in drill.stores.items()}
        for path in files_of([tmp_path / "sticks"]):
            drill.deliver(path, "330000")
        assert province.seal() == heads["330000"]


def export_everything(drill: Offline, name: str) -> None:
    """Everything of a node, to the level above."""
    path = drill.sticks[-1]
    drill.deliver(path, drill.above(name))
    whole = drill.folder / "sticks" / f"{len(drill.sticks):03d}-{name}"
    node = drill.nodes[name]
    export_events(drill.stores[name], whole, node=node, made_at=drill.watch.at, salt=drill.rng.randbytes(32))
    drill.sticks.append(whole)
    drill.deliver(whole, drill.above(name))
