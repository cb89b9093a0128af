"""What a door says of somebody never replaces what the list says of them, in any order and on every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from evac.counts.roll import read_roll
from evac.counts.tasks import Desk, Task, TaskKind, decision, open_tasks
from evac.events import Envelope, Registered
from evac.model import Category, Person
from evac.people.catching_up import OTHER_NAME, catch_up
from evac.people.cells import Setting
from evac.people.clerk import Clerk
from evac.people.corrections import blank_person, correct
from evac.people.door import add, arrival
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from tests.evac.people_lists import TODAY

At = Callable[[str], Clerk]
CODE = "7" + "A" * 25
LISTED = replace(blank_person(CODE, "330902", Category.OTHER), name="张三", phone="13800001111")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[EventStore]:
    """The registry that has the list."""
    if request.param == "postgres":
        store: EventStore = PostgresStore(request.getfixturevalue("database")(), set_up=True, vault=vault)
    else:
        store = (
            MemoryStore(vault)
            if request.param == "memory"
            else SQLiteStore(tmp_path / "r.sqlite", vault=vault)
        )
    yield store
    store.close()


def later(clerk: At, minute: int) -> Clerk:
    one = clerk(f"desk-{minute}")  # a command line takes another device each time
    return replace(one, now=one.now + timedelta(minutes=minute))


def at_the_door(vault: Vault, clerk: At) -> tuple[Person, list[Envelope]]:
    """A neighbour's laptop takes a listed person's pendant for a blank one, and corrects its own entry afterwards."""
    door = Registry(MemoryStore(vault))
    setting = Setting(vault.pseudonym, TODAY, region="330921001001")
    told = {"name": "章三", "phone": "13900002222"}
    add(door, CODE, told, setting=setting, vault=vault, clerk=later(clerk, 10))
    own = correct(
        door,
        CODE,
        {"name": "章山", "phone": "13900003333", "county": "330922"},
        clerk=later(clerk, 20),
        vault=vault,
    )
    return own, list(door.events())


def test_a_door_that_corrects_its_own_entry_leaves_the_list_as_it_is(
    office: EventStore, vault: Vault, clerk: At
) -> None:
    own, events = at_the_door(vault, clerk)
    assert (own.name, own.phone, own.county) == ("章山", "13900003333", "330922")
    here = Registry(office)
    office.put_people([LISTED])
    listed = clerk("office").write(Registered, CODE, county="330902", category="other")
    here.check_in(listed, received_at=clerk("office").now)
    correct(here, CODE, {"phone": "13700004444"}, clerk=later(clerk, 5), vault=vault)
    here.check_ins(events, received_at=later(clerk, 30).now)
    catch_up(here, vault)
    kept = office.people_of([CODE])[CODE]
    assert (kept.name, kept.phone, kept.county) == ("张三", "13700004444", "330902")
    assert (here.states[CODE].county, here.states[CODE].at_door) == ("330902", False)


def test_whom_doors_alone_have_entered_is_as_the_door_says(
    office: EventStore, vault: Vault, clerk: At
) -> None:
    own, events = at_the_door(vault, clerk)
    here = Registry(office)
    here.check_ins(reversed(events), received_at=later(clerk, 30).now)
    catch_up(here, vault)
    assert office.people_of([CODE])[CODE] == own
    assert here.states[CODE].county == "330922"


def test_in_whatever_order_the_list_and_the_door_are_heard(vault: Vault, clerk: At) -> None:
    _, events = at_the_door(vault, clerk)
    listed = later(clerk, 15).write(Registered, CODE, county="330902", category="other")
    for order in permutations([listed, *events]):
        here = Registry(MemoryStore(vault))
        here.store.put_people([LISTED])
        for event in order:
            here.check_in(event, received_at=later(clerk, 30).now)
            catch_up(here, vault)
            if event is listed:
                here.store.put_people([LISTED])  # with its roster
        catch_up(here, vault)
        assert here.store.people_of([CODE])[CODE] == LISTED
        assert here.states[CODE].county == "330902"


def test_a_door_that_calls_somebody_of_the_list_by_another_name_is_a_task(
    office: EventStore, vault: Vault, clerk: At
) -> None:
    here, now = Registry(office), later(clerk, 40)
    office.put_people([LISTED])
    listed = clerk("office").write(Registered, CODE, county="330902", category="other")
    here.check_in(listed, received_at=listed.trusted_at)

    def waiting() -> list[Task]:
        return list(open_tasks(read_roll(office, at=now.now)))

    door = later(clerk, 5)
    same = arrival(replace(LISTED, name="张　三"), clerk=door, vault=vault, arrived="S1")
    here.check_ins(same, received_at=door.now)
    end = catch_up(here, vault)
    assert waiting() == []
    other = arrival(replace(LISTED, name="王五"), clerk=later(clerk, 6), vault=vault, arrived="S2")
    here.check_ins(other, received_at=later(clerk, 6).now)
    end = catch_up(here, vault, after=end)
    assert catch_up(here, vault, after=end) == end
    (task,) = [t for t in waiting() if t.kind is TaskKind.DOOR_NAME]
    assert (task.code, task.target) == (CODE, other[1].event_id)
    assert "王五" not in task.words + str(office.labels())
    desk = Desk("李四", "330902", "desk", 1)
    said = decision(task, "王五另发吊牌", desk, at=now.now, event_ids=("e" * 32, "f" * 32), undo=task.target)
    here.check_ins(said[:1], received_at=now.now).require_all()
    assert TaskKind.DOOR_NAME not in {t.kind for t in waiting()}
    here.check_ins(said[1:], received_at=now.now).require_all()
    catch_up(here, vault, after=end)
    assert office.labels()[OTHER_NAME] == ""
