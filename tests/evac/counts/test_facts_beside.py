"""What changes nobody's state: held back at its receipt, taken back by an undo, never a person of the head-count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from evac.asides import ReliefDrawn
from evac.counts.now import head_count, standing_that_counts
from evac.counts.roll import read_roll
from evac.counts.tasks import TaskKind, open_tasks
from evac.counts.uses import may_draw, rescues
from evac.counts.vessels import vessels
from evac.events import NO_ONE
from evac.model import State
from evac.recounting import recount
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from tests.evac.world import START, Clerk, make_person

CODE = "7" + "C" * 25
DAY = 24 * 60


class Scene:
    """A registry of one store, and a clerk; ``tell`` is received at its own minute unless said."""

    def __init__(self, store: EventStore) -> None:
        self.store, self.registry, self.clerk = store, Registry(store), Clerk()

    def tell(self, kind: str, minute: float, *, received: float | None = None, **said: object) -> str:
        event = self.clerk.event(kind, minute, **({"code": CODE} | said))  # type: ignore[arg-type]
        at = START + timedelta(minutes=minute if received is None else received)
        self.registry.check_ins([event], received_at=at).require_all()
        return event.event_id

    def roll(self, minute: float):  # type: ignore[no-untyped-def]
        return read_roll(self.store, at=START + timedelta(minutes=minute))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    if request.param == "postgres":
        database: Callable[[], str] = request.getfixturevalue("database")
        store: EventStore = PostgresStore(database(), set_up=True)
    else:
        store = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "registry.sqlite")
    yield Scene(store)
    store.close()


def test_a_call_from_a_phone_a_day_fast_is_on_the_list_at_once(scene: Scene) -> None:
    call = scene.tell("rescue_called", DAY, received=5, where="村口", sealed="")
    (found,) = rescues(scene.roll(6))
    assert found.call.event_id == call
    assert found.call.trusted_at == START + timedelta(minutes=5)


def test_a_count_from_a_clock_a_day_fast_makes_nobody(scene: Scene) -> None:
    scene.tell("registered", 0, county="330902")
    scene.tell("head_counted", DAY, received=5, code=NO_ONE, place="S330902-1", count=7)
    assert head_count(scene.store).total()["listed"] == 1
    assert [code for code, _ in scene.store.everybody()] == [CODE]
    assert sum(scene.store.cells().values()) == 1
    assert recount(scene.store) == 1
    (count,) = scene.roll(6).aside("head_counted")
    assert count.trusted_at == START + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [(NO_ONE, "head_counted", {"count": 700}), (CODE, "relief_drawn", {"item": "毛毯/1", "quantity": 1})],
    ids=["a count", "goods"],
)
def test_what_was_told_beside_is_taken_back(
    scene: Scene, code: str, kind: str, said: dict[str, object]
) -> None:
    wrong = scene.tell(kind, 1, code=code, place="S330902-1", **said)
    right = scene.tell(kind, 2, code=code, place="S330902-1", **said)
    scene.tell("undone", 3, code=code, target=wrong)
    assert [event.event_id for event in scene.roll(4).aside(kind)] == [right]
    assert [code for code, _ in scene.store.everybody()] == ([] if code == NO_ONE else [CODE])
    assert recount(scene.store) == (code != NO_ONE)


def test_a_command_sees_a_fast_clocks_arrival_where_its_receipt_put_it(scene: Scene) -> None:
    scene.tell("registered", 0, county="330902")
    scene.tell("ordered", 1, order="令1")
    scene.tell("arrived_shelter", DAY, received=10, place="S330902-1")
    event = scene.clerk.event("withdrawn", 11, code=CODE, order="令1")
    (no,) = scene.registry.check_ins([event], received_at=START + timedelta(minutes=11)).refused
    assert "sheltered" in no.reason
    scene.tell("return_allowed", 12)
    assert scene.registry.state(CODE).state is State.RETURN_ALLOWED


@pytest.mark.parametrize("minute", [5.0, 20.0], ids=["slow clock", "right clock"])
def test_an_undo_of_an_undo_brings_the_scan_back_whatever_its_clock(scene: Scene, minute: float) -> None:
    scan = scene.tell("arrived_shelter", 0, place="S330902-1")
    undo = scene.tell("undone", 10, target=scan)
    assert scene.registry.state(CODE).state is State.REGISTERED
    again = scene.tell("undone", minute, received=21, target=undo)
    assert scene.registry.state(CODE).state is State.SHELTERED
    scene.tell("undone", minute + 1, received=22, target=again)
    assert scene.registry.state(CODE).state is State.REGISTERED


def test_who_walks_home_under_a_held_slope_has_left(scene: Scene) -> None:
    for minute, kind in enumerate(("arrived_shelter", "return_held", "left")):
        scene.tell(kind, minute, place="S330902-1")
    assert scene.registry.state(CODE).state is State.LEFT
    assert not scene.store.seats()


@pytest.mark.parametrize("kind", ["died", "missing", "medical", "left"])
def test_a_grave_fact_that_no_state_takes_in_waits_for_a_person(scene: Scene, kind: str) -> None:
    scene.tell("registered", 0, county="330902")
    scene.tell("ordered", 1, order="令1")
    scene.tell("notified", 2)
    told = scene.tell(kind, 3)
    (task,) = open_tasks(scene.roll(4))
    assert (task.kind, task.target, task.code) == (TaskKind.UNHEEDED, told, CODE)
    assert "已通知" in task.words
    scene.tell("resolved", 5, code=NO_ONE, target=told, how="已核实:误报")
    assert not open_tasks(scene.roll(6))


def test_goods_are_drawn_once_by_a_person_with_two_pendants_and_again_after_an_undo(scene: Scene) -> None:
    other = "7" + "E" * 25
    for code in (CODE, other):
        scene.tell("registered", 0, code=code, county="330902")
    first = scene.tell("relief_drawn", 1, code=other, place="S330902-1", item="毛毯/1", quantity=1)
    again = scene.clerk.event("relief_drawn", 3, code=CODE, place="S330902-1", item="毛毯/1", quantity=1)
    assert isinstance(again, ReliefDrawn)
    assert may_draw(scene.store, again) is None
    merged = scene.tell("merged", 2, code=other, into=CODE)
    assert "毛毯/1 已于" in (may_draw(scene.store, again) or "")
    scene.tell("undone", 4, code=other, target=merged)
    assert may_draw(scene.store, again) is None
    scene.tell("merged", 5, code=other, into=CODE)
    scene.tell("undone", 6, code=other, target=first)
    assert may_draw(scene.store, again) is None


def test_strangers_break_no_sum_of_the_whole_registry(scene: Scene) -> None:
    person = replace(make_person(0, Random(1)), village="", code="7" + "D" * 25)
    scene.store.put_people([person])
    scene.tell("registered", 0, code=person.code, county="330902")
    scene.tell("arrived_shelter", 1, place="S330902-1")  # of a code that is on no list
    assert scene.roll(2).count.total()["listed"] == 2


def test_both_pendants_of_a_merged_person_say_where_that_person_is(scene: Scene) -> None:
    other = "7" + "E" * 25
    for code in (CODE, other):
        scene.tell("registered", 0, code=code, county="330902")
    scene.tell("arrived_shelter", 1, place="S330902-1")
    scene.tell("merged", 2, code=other, into=CODE)
    for code in (CODE, other):
        assert standing_that_counts(scene.store, code).state.place == "S330902-1"
    assert standing_that_counts(scene.store, "7" + "F" * 25).state.state is State.REGISTERED


@pytest.mark.parametrize("evidence", ["", "  "])
def test_nobody_is_taken_off_without_evidence(scene: Scene, evidence: str) -> None:
    scene.tell("registered", 0, county="330902")
    scene.tell("ordered", 1, order="令1")
    scene.tell("notified", 2)
    event = scene.clerk.event("exempted", 3, code=CODE, evidence=evidence)
    (no,) = scene.registry.check_ins([event], received_at=START + timedelta(minutes=3)).refused
    assert "evidence" in no.reason
    assert scene.registry.state(CODE).due


def test_a_boats_number_written_with_a_blank_is_the_same_boat(scene: Scene) -> None:
    scene.store.put_people([replace(make_person(0, Random(1)), vessel="浙普渔00003", code=CODE)])
    scene.tell("registered", 0, county="330902")
    scene.tell("vessel_checked", 1, code=NO_ONE, vessel="浙普渔 ０0003", crew=3, ashore=5)
    (boat,) = vessels(scene.roll(2))
    assert boat.word.startswith("点验数矛盾")
