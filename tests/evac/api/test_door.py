"""Who is added at the door is known to other servers too, and nobody draws goods twice where the server is asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Any

from evac.api.committing import OneByOne
from evac.events import Corrected, Envelope, Mode
from evac.people.catching_up import catch_up
from evac.registry import Receipt, Registry
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.vault import Vault
from tests.evac.api.desks import ANN, VILLAGE, Desk, as_json, listed
from tests.evac.scenes import LATER, make_event

NEWCOMER = "7" + "N" * 25


def test_details_of_the_door_travel_sealed() -> None:
    vault = Vault.make()
    desk = Desk(MemoryStore(vault))
    event = make_event("registered", 4, code=NEWCOMER, at_door=True, county="330902")
    question = {
        "event": as_json(event),
        "person": {"name": "王小明", "village": VILLAGE, "phone": "13800000000"},
    }
    headers = desk.token()
    for _ in range(3):
        assert desk.client.post("/v1/people", json=question, headers=headers).status_code == 200
    sealed = [e for e in desk.store.events() if isinstance(e, Corrected)]
    assert len(sealed) == 1
    assert "王小明" not in str(sealed)
    other = Registry(MemoryStore(vault))
    other.check_ins(list(desk.store.events()), received_at=LATER)
    catch_up(other, vault)
    person = other.store.person(NEWCOMER)
    assert person is not None
    assert (person.name, person.phone) == ("王小明", "13800000000")


def test_a_server_without_the_key_says_so() -> None:
    desk = Desk(MemoryStore())
    event = make_event("registered", 4, code=NEWCOMER, at_door=True, county="330902")
    question = {"event": as_json(event), "person": {"name": "王小明", "village": VILLAGE}}
    answer = desk.client.post("/v1/people", json=question, headers=desk.token())
    assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
    assert "--vault" in answer.json()["reason"]
    assert (desk.store.person(NEWCOMER), list(desk.store.events())) == (None, [])
    question["person"] |= {"synthetic": True}
    assert desk.client.post("/v1/people", json=question, headers=desk.token()).status_code == 200


def test_goods_are_drawn_once_where_the_server_is_asked(desk: Desk) -> None:
    headers = desk.token()
    first = make_event("relief_drawn", 1, code=ANN.code, item="毛毯/1")
    second = make_event("relief_drawn", 2, code=ANN.code, item="毛毯/1", place="S2")
    assert desk.send(first, headers=headers).json()["stored"] == [first.event_id]
    assert desk.send(first, headers=headers).json()["repeated"] == [first.event_id]
    (refused,) = desk.send(second, headers=headers).json()["refused"]
    assert refused["event_id"] == second.event_id
    assert "S1 领取" in refused["reason"]
    both = [make_event("relief_drawn", 3, code=ANN.code, item="盒饭/1", place=p) for p in ("S1", "S2")]
    assert len(desk.send(*both, headers=headers).json()["refused"]) == 1
    offline = replace(second, event_id="f" * 32, mode=Mode.OFFLINE)
    assert desk.send(offline, headers=headers).json()["stored"] == [offline.event_id]


class _Slow(OneByOne):
    """A writer whose first list waits."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, lambda: LATER)
        self.asked, self.go = threading.Event(), threading.Event()

    async def check_ins(self, events: Sequence[Envelope]) -> Receipt:
        if not self.asked.is_set():
            self.asked.set()
            await asyncio.to_thread(self.go.wait, 10)
        return await super().check_ins(events)


def test_goods_asked_for_at_two_servers_of_one_database_are_drawn_once(
    open_desk: Callable[..., Desk], database: Callable[[], str]
) -> None:
    dsn = database()
    PostgresStore(dsn, set_up=True).close()
    another = partial(PostgresStore, dsn)
    with ExitStack() as stack:
        stores = [stack.enter_context(closing(another())) for _ in range(3)]
        listed(stores[0])
        writer = _Slow(stores[2])
        parts: dict[str, Any] = {"open_reader": another, "open_office": another}
        one = open_desk(store=stores[0], committer=writer, **parts)
        other = open_desk(store=stores[1], **parts)
        ours, theirs = one.token(), other.token()
        first, second = (
            make_event("relief_drawn", 3, code=ANN.code, item="盒饭/1", place=p) for p in ("S1", "S2")
        )
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(one.send, first, headers=ours)
            assert writer.asked.wait(10)
            (refused,) = other.send(second, headers=theirs).json()["refused"]
            writer.go.set()
            assert waiting.result().json()["stored"] == [first.event_id]
        assert "另一处领取" in refused["reason"]
        (refused,) = other.send(second, headers=theirs).json()["refused"]
        assert "S1 领取" in refused["reason"]
        later = replace(second, event_id="e" * 32, item="盒饭/2")
        assert one.send(later, headers=ours).json()["stored"] == [later.event_id]
        assert len(other.send(replace(later, event_id="d" * 32), headers=theirs).json()["refused"]) == 1


def test_goods_asked_for_at_two_counters_at_once_are_drawn_once(open_desk: Callable[..., Desk]) -> None:
    store = MemoryStore()
    listed(store)
    writer = _Slow(store)
    desk = open_desk(store=store, committer=writer)
    headers = desk.token()
    first, second = (
        make_event("relief_drawn", 3, code=ANN.code, item="盒饭/1", place=p) for p in ("S1", "S2")
    )
    other = make_event("relief_drawn", 3, code=ANN.code, item="盒饭/2")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(desk.send, first, headers=headers)
        assert writer.asked.wait(10)
        answer = desk.send(second, other, headers=headers).json()
        writer.go.set()
        assert waiting.result().json()["stored"] == [first.event_id]
    assert (answer["stored"], [no["event_id"] for no in answer["refused"]]) == (
        [other.event_id],
        [second.event_id],
    )
    (refused,) = desk.send(second, headers=headers).json()["refused"]
    assert "S1 领取" in refused["reason"]
