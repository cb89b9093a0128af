"""Lists beside the head-count: houses, shelters, boats, goods, calls, evidence, local orders."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from evac.counts.dangers import dangers_of
from evac.counts.evidence import taken_off, unconfirmed_orders
from evac.counts.roll import Roll, read_roll
from evac.counts.rules import area_needed, rules
from evac.counts.shelters import Room, ShelterCount, shelter_counts
from evac.counts.unaccounted import is_unaccounted, unaccounted_houses
from evac.counts.uses import (
    Verdict,
    check_points,
    double_draws,
    may_draw,
    pass_verdict,
    relief_item,
    relief_totals,
    rescues,
)
from evac.counts.vessels import NO_NUMBER, Vessel, vessels
from evac.events import Envelope
from evac.model import Category, Person, State, Vulnerability
from evac.registry import Registry
from evac.state import PersonState
from evac.store.memory import MemoryStore
from tests.evac.world import END, START, Clerk, make_person, make_shelters, make_world

SMALL = "S330902-2"  # four places on eight square metres


class Scene:
    """A few people and what is written down about them."""

    def __init__(self, count: int = 6, **changes: Any) -> None:
        rng = random.Random(3)
        plain = {"category": Category.OTHER, "vessel": "", "vulnerability": (), "helper": None}
        self.people = [make_person(n, rng, **(plain | changes)) for n in range(count)]
        self.clerk, self.store, self.events = Clerk(), MemoryStore(), list[Envelope]()
        for person in self.people:
            self.add("registered", 0, person.code, county=person.county)

    def add(self, kind: str, minute: float, code: str | None = None, **said: Any) -> Envelope:
        """Write one event."""
        event = self.clerk.event(kind, minute, **({"code": code} if code else {}), **said)
        self.events.append(event)
        return event

    def roll(self, prefix: str = "", minute: float | None = None) -> Roll:
        """Everything, as of a minute."""
        self.store.put_people(self.people)
        self.store.put_shelters(make_shelters())
        Registry(self.store).check_ins(self.events, received_at=END)
        return read_roll(self.store, prefix, at=END if minute is None else START + timedelta(minutes=minute))

    def codes(self) -> list[str]:
        """Codes of the people."""
        return [person.code for person in self.people]


def _shelter(roll: Roll, shelter_id: str = SMALL) -> ShelterCount:
    return next(count for count in shelter_counts(roll) if count.shelter.shelter_id == shelter_id)


def test_every_unaccounted_person_is_in_one_house_and_nobody_else_is_sought() -> None:
    for seed in range(10):
        roll = read_roll(make_world(seed), at=END)
        sought = [life.code for house in unaccounted_houses(roll.lives) for life in house.wanted]
        assert sorted(sought) == sorted(life.code for life in roll.lives if is_unaccounted(life))
        assert len(sought) == roll.count.total()["unaccounted"]


def test_the_weak_are_looked_for_first_then_the_worst_state() -> None:
    scene = Scene(4)
    weak = replace(scene.people[3], vulnerability=(Vulnerability.DISABLED,), household="H9")
    scene.people = [replace(p, household=f"H{n}") for n, p in enumerate(scene.people[:3])] + [weak]
    for person in scene.people:
        scene.add("ordered", 1, person.code)
        scene.add("notified", 2, person.code)
    scene.add("departed", 3, scene.people[1].code)
    scene.add("missing", 9, scene.people[1].code)
    order = [house.household for house in unaccounted_houses(scene.roll().lives)]
    assert order == ["H9", "H1", "H0", "H2"]


def test_a_house_says_where_the_rest_of_the_family_is() -> None:
    scene = Scene(2)
    a, b = (replace(p, household="H", village=scene.people[0].village, county="330902") for p in scene.people)
    scene.people = [a, b]
    scene.events = []
    for person in scene.people:
        scene.add("registered", 0, person.code)
    scene.add("ordered", 1, a.code)
    scene.add("arrived_shelter", 5, b.code, place=SMALL)
    (house,) = unaccounted_houses(scene.roll().lives)
    assert [life.code for life in house.wanted] == [a.code]
    assert [life.code for life in house.elsewhere] == [b.code]
    assert house.address.endswith("H户")


@pytest.mark.parametrize(
    ("present", "room"), [(0, Room.UNUSED), (2, Room.FREE), (4, Room.NEAR_FULL), (5, Room.OVERFULL)]
)
def test_how_full_a_shelter_is(present: int, room: Room) -> None:
    scene = Scene()
    for code in scene.codes()[:present]:
        scene.add("arrived_shelter", 5, code, place=SMALL)
    found = _shelter(scene.roll(minute=60))
    assert (found.present, found.room) == (present, room)


def test_a_shelter_gets_too_tight_as_days_go_by() -> None:
    scene = Scene()
    scene.store.put_shelters([replace(make_shelters()[0], area_m2=4.0)])
    for code in scene.codes():
        scene.add("arrived_shelter", 5, code, place="S330902-1")
    roll = scene.roll(minute=60)
    roll = replace(roll, shelters={"S330902-1": replace(make_shelters()[0], area_m2=4.0)})
    early = _shelter(roll, "S330902-1")
    assert (early.area_each, early.area_wanted, early.room) == (0.67, 0.5, Room.FREE)
    late = _shelter(replace(roll, at=START + timedelta(days=2)), "S330902-1")
    assert (late.area_wanted, late.room) == (1.0, Room.TIGHT)


def test_floor_that_is_not_known_is_not_made_up() -> None:
    scene = Scene()
    scene.add("arrived_shelter", 5, scene.codes()[0], place="S330903-1")
    assert _shelter(scene.roll(), "S330903-1").area_each is None


def test_the_day_adds_up() -> None:
    """昨日在住 + 今日入住 - 今日离开 = 现有."""
    for seed in range(12):
        for count in shelter_counts(read_roll(make_world(seed), at=END)):
            assert count.before + count.came - count.went == count.present


def test_an_independent_count_stands_beside_the_scans_of_its_own_instant() -> None:
    scene = Scene()
    for minute, code in enumerate(scene.codes()[:3], start=5):
        scene.add("arrived_shelter", minute, code, place=SMALL)
    scene.add("head_counted", 6, place=SMALL, count=2)
    scene.add("head_counted", 20, place=SMALL, count=4)
    scene.add("head_counted", 30, place=SMALL, count=5)
    found = _shelter(scene.roll())
    assert [(c.count, c.scanned, c.difference) for c in found.counts] == [(2, 2, 0), (4, 3, 1), (5, 3, 2)]
    assert found.differs_since == START + timedelta(minutes=20)
    scene.add("head_counted", 40, place=SMALL, count=3)
    assert _shelter(scene.roll()).differs_since is None


def test_guests_from_another_county_count_where_they_stay() -> None:
    scene = Scene(2)  # the second is of 330903
    scene.add("arrived_shelter", 5, scene.codes()[1], place=SMALL)
    roll = scene.roll("330902")
    assert [life.code for life in roll.guests] == [scene.codes()[1]]
    assert _shelter(roll).present == 1
    assert roll.count.total()["moved"] == 0  # at risk elsewhere


def test_boats_that_nobody_checked_and_crew_that_is_not_ashore() -> None:
    scene = Scene(5)
    names = ("浙普渔1", "浙普渔1", "浙普渔2", "", "浙普渔3")
    scene.people = [
        replace(p, category=Category.FISHING_CREW, vessel=v) for p, v in zip(scene.people, names, strict=True)
    ]
    for code in scene.codes():
        scene.add("ordered", 1, code)
    scene.add("arrived_ashore", 9, scene.codes()[0], place="沈家门渔港")
    scene.add("arrived_ashore", 9, scene.codes()[4], place="沈家门渔港")
    scene.add("vessel_checked", 8, place="沈家门渔港", vessel="浙普渔1", crew=2, ashore=1)
    scene.add("vessel_checked", 8, place="沈家门渔港", vessel="浙普渔3", crew=1, ashore=1)
    scene.add("vessel_checked", 8, place="沈家门渔港", vessel="外来船", crew=4, ashore=4)
    found: dict[str, Vessel] = {vessel.number: vessel for vessel in vessels(scene.roll())}
    assert set(found) == {"浙普渔1", "浙普渔2", "浙普渔3", NO_NUMBER, "外来船"}
    assert [v for v in found.values() if v.check is None] == [found[NO_NUMBER], found["浙普渔2"]]
    assert (found["浙普渔1"].listed, found["浙普渔1"].ashore, len(found["浙普渔1"].not_ashore)) == (2, 1, 1)
    assert found["浙普渔1"].word == "点验时 1 人未上岸"
    assert found["浙普渔2"].word == "未点验"
    assert found["浙普渔3"].word == "已上岸"
    assert found["外来船"].word == "点验 4 人,名单 0 人,待核"


def test_goods_are_drawn_once_online_and_offline_doubles_are_listed_until_somebody_decides() -> None:
    scene = Scene(2)
    item = relief_item("盒饭", handing_out=1)
    first = scene.add("relief_drawn", 10, scene.codes()[0], place=SMALL, item=item, quantity=1)
    scene.roll()
    again = scene.clerk.event(
        "relief_drawn", 11, code=scene.codes()[0], place="S330902-1", item=item, quantity=1
    )
    assert "已于" in (may_draw(scene.store, again) or "")  # type: ignore[arg-type]
    assert may_draw(scene.store, first) is None  # type: ignore[arg-type]  # a re-send is no second draw
    other = replace(again, item=relief_item("盒饭", handing_out=2))  # type: ignore[call-arg]
    assert may_draw(scene.store, other) is None  # type: ignore[arg-type]
    scene.events.append(again)  # a counter without a link handed it out all the same
    (double,) = double_draws(scene.roll())
    assert [draw.event_id for draw in double.draws] == [first.event_id, again.event_id]
    assert relief_totals(scene.roll()) == {(SMALL, item): 1, ("S330902-1", item): 1}
    scene.add("resolved", 20, target=again.event_id, how="代母亲领取")
    assert double_draws(scene.roll()) == ()


def test_one_person_with_two_codes_draws_once() -> None:
    scene = Scene(2)
    a, b = scene.codes()
    scene.add("merged", 5, b, into=a)
    scene.add("relief_drawn", 10, a, place=SMALL, item="棉被/1", quantity=1)
    scene.add("relief_drawn", 12, b, place=SMALL, item="棉被/1", quantity=1)
    (double,) = double_draws(scene.roll())
    assert double.code == a


def test_calls_for_rescue_stay_open_until_they_are_ended_the_oldest_first() -> None:
    scene = Scene(3)
    calls = [
        scene.add("rescue_called", m, code, where="屋顶")
        for m, code in zip((9, 3, 6), scene.codes(), strict=True)
    ]
    scene.add("rescue_ended", 40, target=calls[1].event_id, outcome="救出")
    found = rescues(scene.roll(minute=38))
    assert [rescue.call.trusted_at for rescue in found] == sorted(call.trusted_at for call in calls)
    assert [rescue.overdue(START + timedelta(minutes=38)) for rescue in found] == [True, True, False]
    found = rescues(scene.roll())
    assert [rescue.end is None for rescue in found] == [True, True, False]
    assert found[2].waited(END) == timedelta(minutes=37)


def test_a_call_whose_place_nobody_can_tell_is_shown_in_every_region() -> None:
    scene = Scene(1)
    scene.add("rescue_called", 3, where="桥头", place="")
    scene.add("danger_reported", 4, danger="塌方", where="村口", place="")
    assert len(rescues(scene.roll("330903"))) == len(dangers_of(scene.roll("330903"))) == 1


def test_a_call_of_somebody_who_is_on_no_list_here_is_in_a_roll_all_the_same() -> None:
    scene = Scene(1)
    own = scene.add("rescue_called", 2, scene.codes()[0], where="岙里", place="330903001")
    unlisted = scene.add("rescue_called", 3, "7" + "F" * 25, where="桥头", place=SMALL)
    danger = scene.add("danger_reported", 4, "7" + "F" * 25, danger="塌方", where="村口", place=SMALL)
    lost = scene.add("rescue_called", 5, "7" + "E" * 25, where="山上", place="山上")
    guest = make_person(0, random.Random(9), county="330903", village="330903001001")
    scene.people.append(guest)
    scene.add("registered", 0, guest.code, county=guest.county)
    scene.add("arrived_shelter", 1, guest.code, place=SMALL)
    abroad = scene.add("rescue_called", 6, guest.code, where="楼顶", place=SMALL)
    for prefix, calls in {
        "": [own, unlisted, lost, abroad],
        "330902": [own, unlisted, lost, abroad],
        "330903": [own, lost, abroad],
        "330921": [lost],
    }.items():
        roll = scene.roll(prefix)
        assert [rescue.call for rescue in rescues(roll)] == calls, prefix
        assert [d.id for d in dangers_of(roll)] == ([danger.event_id] if prefix in ("", "330902") else [])


def test_road_checks() -> None:
    scene = Scene(2)
    for minute, code in ((3, scene.codes()[0]), (5, scene.codes()[0]), (6, "7" + "C" * 25)):
        scene.add("passed", minute, code, place="卡口1")
    (point,) = check_points(scene.roll())
    assert (point.scans, point.people, point.strangers) == (3, 2, 1)


@pytest.mark.parametrize(
    ("state", "valid", "into_danger", "verdict"),
    [
        (PersonState(State.NOTIFIED, due=True), True, False, Verdict.GO),
        (PersonState(State.SHELTERED, due=True), True, True, Verdict.TURN_BACK),
        (PersonState(State.RETURN_HELD, due=True), True, True, Verdict.TURN_BACK),
        (PersonState(State.RETURN_ALLOWED, due=True), True, True, Verdict.GO),
        (PersonState(State.REGISTERED), True, True, Verdict.GO),
        (None, True, False, Verdict.WRITE_DOWN),
        (PersonState(State.NOTIFIED, due=True), False, False, Verdict.WRITE_DOWN),
        (None, False, True, Verdict.TURN_BACK),
    ],
)
def test_nobody_is_stopped_on_the_way_out(
    state: PersonState | None, valid: bool, into_danger: bool, verdict: Verdict
) -> None:
    assert pass_verdict(state, valid=valid, into_danger=into_danger) is verdict


def test_local_orders_are_listed_until_an_order_confirms_them() -> None:
    scene = Scene(2)
    local = scene.add("ordered_locally", 3, scene.codes()[0], why="水涨")
    scene.add("arrived_shelter", 9, scene.codes()[0], place=SMALL)
    scene.add("ordered", 3, scene.codes()[1])
    (open_order,) = unconfirmed_orders(scene.roll())
    assert (open_order.event, open_order.life.code) == (local, scene.codes()[0])
    scene.add("resolved", 30, target=local.event_id, how="confirmed 令7")
    assert unconfirmed_orders(scene.roll()) == ()


def test_core_reductions_are_listed_with_their_evidence() -> None:
    scene = Scene(2)
    a, b = scene.codes()
    for code in (a, b):
        scene.add("ordered", 1, code)
    scene.add("notified", 2, a)
    scene.add("exempted", 3, a, evidence="住院证明 12 号")
    scene.add("withdrawn", 4, b, order="令1")
    roll = scene.roll()
    assert [(t.life.code, t.why) for t in taken_off(roll.lives)] == [
        (a, "住院证明 12 号"),
        (b, "指令撤回 令1"),
    ]
    scene.add("arrived_shelter", 9, a, place=SMALL)  # came after all
    assert [t.life.code for t in taken_off(scene.roll().lives)] == [b]


def test_each_number_has_a_source_and_a_status() -> None:
    for name, rule in rules().items():
        assert rule["source"], name
        assert rule["status"] in ("S", "M", "D"), name
    assert area_needed(timedelta(days=40)) == 4.5


def test_a_person_on_no_list_is_a_household_of_one() -> None:
    scene = Scene(1)
    stranger = "7" + "C" * 25
    scene.add("registered", 1, stranger, county="330902", at_door=True)
    scene.add("arrived_shelter", 2, stranger, place=SMALL)
    life = scene.roll().by_code[stranger]
    assert life.person is None
    assert life.household.endswith(stranger)
    assert isinstance(scene.people[0], Person)
