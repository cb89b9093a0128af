"""The feed: a cursor that resumes anywhere, without a gap or a repeat, while others write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from evac.events import Envelope, canonical
from evac.log import Head, Sealed, verify_chain
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from evac.tokens import Role
from tests.evac.api.desks import Desk, as_json
from tests.evac.scenes import START, make_event

LATER = START + timedelta(hours=1)
Opener = Callable[[], EventStore]


@pytest.fixture(params=["sqlite", "postgres"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    if request.param == "sqlite":
        return partial(SQLiteStore, tmp_path / "r.sqlite")
    dsn: str = request.getfixturevalue("database")()
    return partial(PostgresStore, dsn, set_up=True)


def pages(desk: Desk, headers: dict[str, str], after: int = 0, limit: int = 7) -> Iterator[dict[str, object]]:
    """The items from a cursor to the end."""
    while True:
        page = desk.client.get(f"/v1/feed?after={after}&limit={limit}", headers=headers).json()
        yield from page["items"]
        after = page["next"]
        if not page["more"]:
            return


def test_a_reader_among_writers_misses_nothing_and_sees_nothing_twice(opener: Opener) -> None:
    writers, each = 3, 40
    made = [
        [make_event("notified", n, code=f"7{w:025d}", device=f"D{w}") for n in range(each)]
        for w in range(writers)
    ]
    first = opener()
    desk = Desk(first, open_reader=opener, open_office=opener)

    def write(events: list[Envelope]) -> None:
        store = opener()
        for n in range(0, each, 5):
            store.append(events[n : n + 5], received_at=START)
        store.close()

    threads = [threading.Thread(target=write, args=(events,)) for events in made]
    seen: list[dict[str, object]] = []
    with desk.client:
        headers = desk.token(Role.AUDITOR, "")
        for one in threads:
            one.start()
        while len(seen) < writers * each:
            seen += pages(desk, headers, after=len(seen))
        for one in threads:
            one.join()
        assert [item["position"] for item in seen] == list(range(1, writers * each + 1))
        for cursor in (0, 1, 13, writers * each - 1, writers * each, writers * each + 5):
            assert list(pages(desk, headers, after=cursor)) == seen[cursor:]
    ids = [item["event"]["event_id"] for item in seen]  # type: ignore[index]
    assert sorted(ids) == sorted(event.event_id for events in made for event in events)
    first.close()


def test_who_has_the_feed_can_verify_the_chain() -> None:
    store = MemoryStore()
    events = [make_event("notified", n) for n in range(5)]
    Registry(store).check_ins(events, received_at=LATER)
    desk = Desk(store)
    with desk.client:
        page = desk.client.get("/v1/feed", headers=desk.token(Role.AUDITOR, "")).json()
    log = [
        Sealed(
            item["position"],
            canonical(event),
            LATER,
            bytes.fromhex(item["digest"]),
            bytes.fromhex(item["link"]),
        )
        for item, event in zip(page["items"], events, strict=True)
    ]
    assert [item["event"] for item in page["items"]] == [as_json(event) for event in events]
    assert verify_chain(log) == Head(page["head"]["sequence"], bytes.fromhex(page["head"]["link"]))


@pytest.mark.parametrize(
    "query", ["after=-1", "limit=0", "limit=1001", "after=x", "after=99999999999999999999"]
)
def test_a_wrong_cursor_is_named(desk: Desk, query: str) -> None:
    assert desk.client.get(f"/v1/feed?{query}", headers=desk.token(Role.AUDITOR)).status_code == 422
