"""What screens ask of the store beside the head-count: since when, and goods, the same of every store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from evac.counts.roll import read_roll
from evac.model import State
from evac.registry import EventStore, Registry
from evac.situation.people import ALARMING
from evac.situation.since import SinceWhen
from evac.store.counting import Held, held_since, newest_aside, newest_event
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from evac.supplies.need import shortages, supply_lines
from evac.supplies.now import goods_now
from evac.supplies.places import shelter_places
from tests.evac.world import COUNTIES, END, SHELTERS, START, Clerk, make_world


def told(store: EventStore) -> EventStore:
    clerk = Clerk()
    steps = ("registered", "ordered", "notified", "departed", "missing")
    events = [
        clerk.event(
            kind,
            10 * n + step,
            code=f"7{n:025d}",
            **({"county": COUNTIES[n % 2]} if kind == "registered" else {}),
        )
        for n in range(5)
        for step, kind in enumerate(steps if n else steps[:2])
    ]
    Registry(store).check_ins(events, received_at=END)
    return store


def test_every_store_says_the_same(tmp_path: Path, database: Callable[[], str]) -> None:
    stores = [MemoryStore(), SQLiteStore(tmp_path / "r.sqlite"), PostgresStore(database(), set_up=True)]
    found = [held_since(told(store), COUNTIES, ALARMING) for store in stores]
    assert found[0] == found[1] == found[2]
    missing = found[0][COUNTIES[0], State.MISSING]
    assert (missing.people, missing.oldest, missing.newest) == (
        2,
        START + timedelta(minutes=24),
        START + timedelta(minutes=44),
    )
    assert held_since(stores[1], [COUNTIES[1]], ALARMING) == {
        k: v for k, v in found[0].items() if k[0] == COUNTIES[1]
    }
    assert {newest_event(store)[1] for store in stores} == {END}
    assert {newest_event(store)[0] for store in stores[:2]} == {22}, (
        "a database numbers on over what was emptied"
    )
    assert held_since(stores[1], [], ALARMING) == {}
    assert newest_event(MemoryStore()) == (0, None)
    for store in stores:
        store.close()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])  # the second keeps them itself
def test_kept_times_are_those_asked_anew_and_few_counties_are_asked_twice(tmp_path: Path, kind: str) -> None:
    store = told(MemoryStore() if kind == "memory" else SQLiteStore(tmp_path / "r.sqlite"))
    since, clerk = SinceWhen(), Clerk(10**6)

    def read() -> dict[tuple[str, State], Held]:
        counts = Counter(
            {
                (c.county, c.state): n
                for c, n in store.cells().items()
                if c.state in ALARMING and c.county in COUNTIES
            }
        )
        return since.read(
            store, {(county, state): counts[county, state] for county in COUNTIES for state in ALARMING}
        )

    assert read() == held_since(store, COUNTIES, ALARMING)
    Registry(store).check_in(
        clerk.event("arrived_shelter", 900, code=f"7{2:025d}", place="S1"), received_at=END
    )
    assert read() == held_since(store, COUNTIES, ALARMING)
    # one is found while another goes missing: the count stays, and the turn comes to that county
    Registry(store).check_ins(
        [
            clerk.event("arrived_shelter", 910, code=f"7{1:025d}", place="S1"),
            *(clerk.event(kind, 911 + n, code=f"7{0:025d}") for n, kind in enumerate(("notified", "departed", "missing"))),
            *(clerk.event(kind, 911 + n, code=f"7{5:025d}", **more) for n, (kind, more) in enumerate(
                (("registered", {"county": COUNTIES[1]}), ("ordered", {}), ("notified", {}), ("departed", {}), ("missing", {}))
            )),
        ],
        received_at=END,
    )  # fmt: skip
    read()
    assert read() == held_since(store, COUNTIES, ALARMING)
    assert SinceWhen().read(store, {(COUNTIES[0], State.MISSING): 0}) == {}


def test_goods_now_are_those_of_the_roll_in_every_store(tmp_path: Path, database: Callable[[], str]) -> None:
    stores = [MemoryStore(), SQLiteStore(tmp_path / "g.sqlite"), PostgresStore(database(), set_up=True)]
    found = []
    for store in stores:
        make_world(11, size=80, store=store)
        clerk = Clerk(10**6)
        counted = [
            clerk.event("stock_counted", 1000, place=key, item="water", quantity=3) for key in SHELTERS[:2]
        ]
        Registry(store).check_ins(counted, received_at=END)
        goods = goods_now(store, at=END)
        assert goods is not None
        lines = supply_lines(
            goods.stock, [p for p in shelter_places(read_roll(store, at=END)) if p.id in goods.kept]
        )
        slow = {(x.place.id, x.item.id): (x.short, x.need_now, x.need, x.lasts) for x in shortages(lines)}
        assert {
            (x.place.id, x.item.id): (x.short, x.need_now, x.need, x.lasts) for x in goods.lacking
        } == slow
        assert goods.lacking
        found.append((goods.kept, goods.unkept, slow, newest_aside(store, {"stock_counted"})[0]))
        store.close()
    assert found[0] == found[1] == found[2]
    assert found[0][3] == 2
    assert newest_aside(MemoryStore(), {"stock_counted"}) == (0, 0)
