"""One code at two places within the travel time is a task for a person, never a silent move."""

from __future__ import annotations

from datetime import timedelta

from evac.conflicts import LEAST, by_distance, contradictions, open_conflicts
from evac.model import Shelter
from evac.registry import Registry
from evac.store.memory import MemoryStore
from tests.evac.scenes import LATER, make_event

NEAR, FAR = (
    Shelter(i, i, "330902", 60, True, longitude=x, latitude=30.0) for i, x in (("S1", 122.1), ("S2", 122.5))
)


def test_the_way_takes_as_long_as_it_is() -> None:
    least = by_distance([NEAR, FAR])
    # 0.4 degrees of longitude at 30 N are 38.5 km
    assert 57 < least("S1", "S2").total_seconds() / 60 < 59
    assert least("S1", "nowhere") == LEAST


def test_two_places_too_soon_is_a_conflict_and_long_after_is_none() -> None:
    least = by_distance([NEAR, FAR])
    first, second = (
        make_event("arrived_shelter", 0, place="S1"),
        make_event("arrived_shelter", 30, place="S2"),
    )
    (found,) = contradictions([second, first, second], least)
    assert (found.first, found.second, found.target) == (first, second, second.event_id)
    assert "30 分钟" in found.chinese
    later = make_event("arrived_shelter", 90, place="S2")
    assert contradictions([first, later], least) == []
    again = make_event("arrived_shelter", 2, place="S1")
    assert contradictions([first, again], least) == []


def test_an_undone_scan_contradicts_nothing() -> None:
    first, second = make_event("arrived_shelter", 0, place="S1"), make_event("arrived_shelter", 3, place="S2")
    undo = make_event("undone", 4, target=second.event_id)
    assert contradictions([first, second, undo], lambda a, b: LEAST) == []


def test_a_merge_shows_that_two_codes_were_at_two_places() -> None:
    a, b = "7" + "A" * 25, "7" + "B" * 25
    scans = [
        make_event("arrived_shelter", 0, code=a, place="S1"),
        make_event("arrived_shelter", 3, code=b, place="S2"),
    ]
    assert contradictions(scans, lambda a, b: LEAST) == []
    (found,) = contradictions([*scans, make_event("merged", 9, code=a, into=b)], lambda a, b: LEAST)
    assert found.code == b


def test_open_conflicts_of_a_registry_end_when_somebody_decides() -> None:
    registry = Registry(MemoryStore())
    registry.store.put_shelters([NEAR, FAR])
    scans = [
        make_event("registered"),
        make_event("arrived_shelter", 0, place="S1"),
        make_event("arrived_shelter", 9, place="S2"),
    ]
    registry.check_ins(scans, received_at=LATER)
    (task,) = open_conflicts(registry.store, county="3309")
    assert list(open_conflicts(registry.store, county="3301")) == []
    assert task.apart == timedelta(minutes=9)
    registry.check_in(make_event("resolved", 20, target=task.target, how="第二次是代扫"), received_at=LATER)
    assert list(open_conflicts(registry.store)) == []
