"""A village is green only when every item is; what nobody looked at, or too long ago, is red."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.counts.roll import read_roll
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.ready.checks import checks
from evac.ready.duty import Duty, Level
from evac.ready.readiness import Light, Village, read_looks, readiness
from evac.registry import Registry
from evac.store.memory import MemoryStore
from tests.evac.world import START, Clerk, make_person

VILLAGE, TOWN, SHELTER = "330902001001", "330902001", "S330902-1"
DUTIES = (
    Duty(Level.COUNTY_TOWN, TOWN, "县甲", "副县长", "13800000001", "县乙", "13800000002"),
    Duty(Level.TOWN_VILLAGE, VILLAGE, "镇甲", "副镇长", "13800000003", "镇乙", "13800000004"),
    Duty(Level.VILLAGE_HOUSE, VILLAGE, "村甲", "村委", "13800000005", "村乙", "13800000006"),
)
RECORDED = [c for c in checks().values() if c.recorded and c.item != "call_test"]


class Office:
    """A village with one household, and a log to write looks into."""

    def __init__(self, **changes: Any) -> None:
        person: dict[str, Any] = {
            "village": VILLAGE, "village_name": "青岙村", "household": "H1", "vulnerability": (Vulnerability.ILL,), "helper": "王五",
            "destination": Destination(Stay.SHELTER, SHELTER), "signed": b"x", "vessel": "", "category": Category.LOW_LYING,
        }  # fmt: skip
        self.person: Person = make_person(0, random.Random(1), **(person | changes))
        self.store, self.clerk = MemoryStore(), Clerk()
        self.store.put_people([self.person])
        self.store.put_shelters([Shelter(SHELTER, "东门小学", "330902", 60)])
        self.tell("registered", code=self.person.code)

    def tell(self, kind: str, minute: float = 0, **said: Any) -> None:
        Registry(self.store).check_ins(
            [self.clerk.event(kind, minute, **said)], received_at=START + timedelta(days=400)
        ).require_all()

    def look(self, item: str, place: str, *, ok: bool = True, minute: float = 0, subject: str = "") -> None:
        self.tell("checked", minute, place=place, item=item, ok=ok, subject=subject)

    def look_at_everything(self, minute: float = 0) -> None:
        for check in RECORDED:
            self.look(check.item, SHELTER if check.of == "shelter" else VILLAGE, minute=minute)
        for duty in DUTIES:
            for name in duty.calls:
                self.look("call_test", duty.place, subject=name, minute=minute)

    def village(
        self, duties: tuple[Duty, ...] = DUTIES, *, hours: float = 1, prefix: str = "330902"
    ) -> Village:
        at = START + timedelta(hours=hours)
        (found,) = readiness(read_roll(self.store, prefix, at=at), duties, read_looks(self.store, at))
        return found


def lights(village: Village) -> dict[str, Light]:
    return {item.check.item: item.light for item in village.items}


def test_all_in_place_is_green_and_names_who_looked() -> None:
    office = Office()
    office.look_at_everything()
    village = office.village()
    assert village.ready
    assert (village.name, village.people, village.missing) == ("青岙村", 1, ())
    why = {item.check.item: item.why for item in village.items}
    assert why["generator"].startswith("甲 2021-07-24 12:30")
    assert why["call_test"] == "6 人已接通"


def test_nothing_looked_at_is_never_green() -> None:
    village = Office().village()
    assert not village.ready
    assert {name for name, light in lights(village).items() if light is Light.NOT_CHECKED} == {
        "call_test", *(c.item for c in RECORDED)
    }  # fmt: skip


@pytest.mark.parametrize("check", RECORDED, ids=lambda c: c.item)
def test_each_look_counts_while_it_is_good(check: Any) -> None:
    office = Office()
    office.look_at_everything(minute=60 * 24 * 300)
    place = SHELTER if check.of == "shelter" else VILLAGE
    hours = check.good_for.total_seconds() / 3600
    office.look(check.item, place, minute=60 * (24 * 300 + 0.5))
    good = office.village(hours=24 * 300 + 0.5 + min(hours, 23))
    assert lights(good)[check.item] is Light.READY
    late = office.village(hours=24 * 300 + 0.5 + hours + 0.1)
    assert lights(late)[check.item] is Light.NOT_CHECKED
    office.look(check.item, place, ok=False, minute=60 * (24 * 300 + 0.6))
    assert lights(office.village(hours=24 * 300 + 1))[check.item] is Light.NOT_READY


def test_a_look_at_the_town_holds_for_its_villages_where_the_rule_says_so() -> None:
    office = Office()
    for item in ("generator", "pendants"):
        office.look(item, TOWN)
    found = lights(office.village())
    assert (found["generator"], found["pendants"]) == (Light.READY, Light.NOT_CHECKED)
    assert lights(office.village(prefix=VILLAGE))["generator"] is Light.READY
    office.look("generator", VILLAGE, ok=False, minute=1)
    assert lights(office.village())["generator"] is Light.NOT_READY  # what was found in the village itself


def test_a_test_call_names_who_did_not_answer() -> None:
    office = Office()
    office.look_at_everything()
    office.look("call_test", VILLAGE, ok=False, subject="村乙", minute=1)
    item = next(i for i in office.village().items if i.check.item == "call_test")
    assert (item.light, item.why) == (Light.NOT_READY, "未接通:村乙")
    office.look(
        "call_test", VILLAGE, ok=False, subject="县甲", minute=2
    )  # told for the village, though the town's
    item = next(i for i in office.village().items if i.check.item == "call_test")
    assert item.why == "未接通:县甲、村乙"
    office.look("call_test", TOWN, subject="县甲", minute=3)
    other = (*DUTIES, Duty(Level.VILLAGE_HOUSE, VILLAGE, "村丙", "", "13800000007", "村丁", "13800000008"))
    item = next(i for i in office.village(other).items if i.check.item == "call_test")
    assert item.why == "未接通:村乙;未测试:村丁、村丙"


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"phone": ""}, 2, "村甲无电话"),
        ({"deputy": "", "deputy_phone": ""}, 2, "村甲无替补"),
        ({"deputy_phone": ""}, 1, "替补镇乙无电话"),
        ({"households": frozenset({"H9"})}, 2, "1 户无人包保:H1"),
    ],
)
def test_a_gap_of_the_duty_roster_is_red(change: dict[str, Any], level: int, words: str) -> None:
    duties = list(DUTIES)
    duties[level] = replace(duties[level], **change)
    item = Office().village(tuple(duties)).items[level]
    assert (item.light, item.why) == (Light.NOT_READY, words)
    assert Office().village(()).items[level].why == "无责任人"


@pytest.mark.parametrize(
    ("change", "item", "words"),
    [
        ({"helper": None}, "helpers", "1 人无帮扶人"),
        ({"signed": b""}, "codes", "1 人未制码"),
        ({"destination": Destination(Stay.SHELTER, "S9")}, "shelter_open", "安置点 S9 不在册"),
        ({"destination": Destination(Stay.SHELTER, "")}, "shelter_open", "1 人未定安置点"),
        ({"vessel": "浙普渔1"}, "boats", "1 艘未点验:浙普渔1"),
    ],
)
def test_a_gap_of_the_list_is_red(change: dict[str, Any], item: str, words: str) -> None:
    office = Office(**change)
    office.look_at_everything()
    (found,) = office.village().missing
    assert (found.check.item, found.why) == (item, words)


def test_a_boat_seen_in_port_is_ready_for_a_day() -> None:
    office = Office(vessel="浙普渔1")
    office.tell("vessel_checked", 0, place="沈家门渔港", vessel="浙普渔1", crew=1, ashore=1)
    assert lights(office.village(hours=24))["boats"] is Light.READY
    assert lights(office.village(hours=25))["boats"] is Light.NOT_CHECKED


def test_a_village_of_the_duty_roster_without_people_is_listed() -> None:
    more = Duty(Level.TOWN_VILLAGE, "330902001002", "镇丙")
    at = START + timedelta(hours=1)
    office = Office()
    found = readiness(read_roll(office.store, "330902", at=at), (*DUTIES, more), ())
    assert [v.code for v in found] == [VILLAGE, "330902001002"]
    assert not found[1].ready


@given(st.lists(st.tuples(st.sampled_from(RECORDED), st.booleans(), st.integers(0, 100)), max_size=12))
def test_the_order_in_which_looks_arrive_changes_nothing(told: list[tuple[Any, bool, int]]) -> None:
    def seen(order: list[tuple[int, tuple[Any, bool, int]]]) -> Village:
        office = Office()
        for n, (check, ok, minute) in order:
            office.clerk.number = 100 + n
            office.look(check.item, SHELTER if check.of == "shelter" else VILLAGE, ok=ok, minute=minute)
        return office.village(hours=2)

    numbered = list(enumerate(told))
    assert lights(seen(numbered)) == lights(seen(numbered[::-1]))
