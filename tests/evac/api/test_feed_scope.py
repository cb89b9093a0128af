"""The feed of a region: a gateway that resumes has what one has that begins anew, and all that concerns the region."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from evac.api.feed_scope import entrances
from evac.events import NO_ONE, Envelope
from evac.model import Shelter
from evac.registry import EventStore, Registry
from evac.tokens import Role
from tests.evac.api.desks import Desk
from tests.evac.api.test_feed import Opener, opener, pages
from tests.evac.scenes import START, make_event

__all__ = ["opener"]  # the fixture

GUEST, OTHER = "7" + "G" * 25, "7" + "H" * 25
STEP = timedelta(hours=1)
Follow = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def follow(opener: Opener) -> Any:
    """Stores events one by one while a gateway of 330902 resumes after each; its items are those of one that begins anew."""
    store: EventStore = opener()
    store.put_shelters([Shelter("S1", "一", "330902", 200), Shelter("S9", "九", "330903", 200)])
    desk = Desk(store, open_reader=opener, open_office=opener)

    def run(*events: Envelope) -> list[dict[str, Any]]:
        headers = desk.token(Role.CLERK, device="gateway", gateway=True)
        seen: list[dict[str, Any]] = []
        for event in events:
            Registry(store).check_ins([event], received_at=START + STEP)
            seen += pages(desk, headers, after=len(seen))  # type: ignore[arg-type]
        assert list(pages(desk, headers)) == seen
        return seen

    with desk.client:
        yield run
    store.close()


def ids(items: list[dict[str, Any]]) -> list[str | None]:
    return [item["event"] and item["event"]["event_id"] for item in items]


def test_whoever_resumes_has_the_scan_of_a_code_that_was_on_no_list(follow: Follow) -> None:
    here = make_event("arrived_shelter", 1, code=GUEST)
    added = make_event("registered", 2, code=GUEST, at_door=True)
    assert ids(follow(here, added)) == [here.event_id, added.event_id]


def test_who_enters_the_region_brings_the_earlier_events_along(follow: Follow) -> None:
    elsewhere = {"code": GUEST, "place": "S9", "device": "D9"}
    before = [
        make_event("departed", 1, **elsewhere),
        make_event("passed", 2, **elsewhere),
        make_event("arrived_shelter", 3, **elsewhere),
    ]
    added = make_event("registered", 4, county="330902", at_door=True, **elsewhere)
    after = make_event("left", 5, **elsewhere)
    items = follow(*before, added, after)
    assert ids(items) == [None, None, None, added.event_id, after.event_id]
    assert [(e["position"], e["event"]["event_id"]) for e in items[3]["earlier"]] == [
        (n, event.event_id) for n, event in enumerate(before, 1)
    ]
    assert not any(item["earlier"] for item in (*items[:3], items[4]))


def test_counts_of_a_place_are_shown_to_its_county_with_their_receipts(follow: Follow) -> None:
    near = make_event("head_counted", 1, code=NO_ONE)
    far = make_event("head_counted", 2, code=NO_ONE, place="S9")
    village = make_event("checked", 3, code=NO_ONE, place="330902001001")
    early = make_event("head_counted", 90, code=NO_ONE)  # of a clock that is fast
    items = follow(near, far, village, early)
    assert ids(items)[:3] == [near.event_id, None, village.event_id]
    # of one transaction, in either order
    shown = {item["event"]["kind"]: item["event"] for item in items[3:]}
    assert shown["head_counted"]["event_id"] == shown["received"]["target"] == early.event_id


def test_who_is_merged_with_somebody_of_the_region_enters_it(follow: Follow) -> None:
    away = make_event("arrived_shelter", 1, code=GUEST, place="S9")
    mine = make_event("registered", 2, code=OTHER, place="S9")
    both = make_event("merged", 3, code=GUEST, into=OTHER, place="S9")
    items = follow(away, mine, both)
    assert ids(items) == [None, mine.event_id, both.event_id]
    assert [e["event"]["event_id"] for e in items[2]["earlier"]] == [away.event_id]


def test_a_device_shows_its_region_what_it_sends_once_it_has_a_token(desk: Desk) -> None:
    first, second = (make_event("passed", n, code=GUEST, place="road", device="D7") for n in (1, 2))
    Registry(desk.store).check_ins([first], received_at=START + STEP)
    headers = desk.token(Role.AUDITOR, device="office")
    desk.token(device="D7", scope="330902001")
    Registry(desk.store).check_ins([second], received_at=desk.now)
    assert ids(list(pages(desk, headers, after=4))) == [None, second.event_id]  # type: ignore[arg-type]


def test_who_was_once_of_a_region_stays_in_view() -> None:
    entry = make_event("registered", code=GUEST)
    moved = make_event("corrected", 1, code=GUEST, county="330903")
    assert entrances("330902", [(1, entry), (2, moved)]) == {GUEST: 1}
    assert entrances("330903", [(2, moved), (1, entry)]) == {GUEST: 2}
