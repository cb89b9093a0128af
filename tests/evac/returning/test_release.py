"""Who may go home, who waits, and that a release is written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evac.asides import Inspected, ReleaseOrdered
from evac.counts.now import head_count
from evac.envelope import NO_ONE
from evac.errors import ConflictError
from evac.model import State
from evac.people.clerk import Clerk as Pen
from evac.registry import Registry
from evac.returning.hazard import UNKNOWN, Outlook
from evac.returning.inspection import Result, read_inspections
from evac.returning.release import carry_out
from evac.returning.resettlement import end_resettlement, resettle
from evac.returning.second import next_round
from evac.returning.standing_now import return_counts
from evac.store.memory import MemoryStore
from riskmap.errors import ConfigError
from tests.evac.returning.town import COUNTY, OVER, STORES, VILLAGE, at, given, make_store, moved, villagers
from tests.evac.world import Clerk


def states(registry: Registry) -> Counter[State]:
    return Counter(state.state for state in registry.states.values())


def look(registry: Registry, household: str, result: str, hour: float) -> None:
    item = next(
        i
        for i in read_inspections(registry.store, at=at(hour))
        if i.wanted.subject == household and not i.looks
    )
    pen = Pen("王工", VILLAGE, "D9", at(hour))
    registry.check_in(
        pen.write(Inspected, NO_ONE, target=item.wanted.event_id, result=result, evidence="3f" * 32),
        received_at=at(hour),
    )


@pytest.fixture
def town() -> Registry:
    return moved(MemoryStore(), villagers(18), Clerk())


def test_a_house_on_a_slope_waits_with_everybody_in_it_and_the_others_go(town: Registry) -> None:
    done = carry_out(town, given(), OVER, now=at(48))
    assert (done.allowed, done.held) == (12, 6)
    held = {p.person.household for p in done.plan.hold}
    assert held == {"H00000", "H00003"}
    assert all("待安全检查" in step.why for step in done.plan.hold)
    assert {house.household for house in done.plan.wanted} == held
    assert {i.result for i in read_inspections(town.store, at=at(48))} == {Result.OPEN}


def test_once_more_changes_nothing_and_says_so(town: Registry) -> None:
    carry_out(town, given(), OVER, now=at(48))
    before = list(town.events())
    again = carry_out(town, given(), OVER, now=at(50))
    assert (again.allowed, again.held, again.standing) == (0, 0, 6)
    assert list(town.events()) == before


@pytest.mark.parametrize(("result", "goes"), [("safe", 3), ("restricted", 0), ("unsafe", 0)])
def test_a_held_house_goes_only_when_an_inspection_says_safe(town: Registry, result: str, goes: int) -> None:
    carry_out(town, given(), OVER, now=at(48))
    look(town, "H00000", result, 49)
    done = carry_out(town, given(), OVER, now=at(50))
    assert (done.allowed, states(town)[State.RETURN_HELD]) == (goes, 6 - goes)


def test_a_yellow_slope_holds_what_an_inspection_found_safe_and_nobody_overrides_it(town: Registry) -> None:
    carry_out(town, given(), OVER, now=at(48))
    look(town, "H00000", "safe", 49)
    wet = Outlook("", "雨后未满 24 小时")
    done = carry_out(town, given(override_by="张三", override_why="雨停"), wet, now=at(50))
    assert done.allowed == 0
    assert "雨后未满" in done.plan.hold[0].why


def test_what_nobody_knows_of_the_slopes_a_named_person_may_answer_for(town: Registry) -> None:
    answered = given(override_by="张三", override_why="专家现场研判")
    carry_out(town, answered, UNKNOWN, now=at(48))
    look(town, "H00000", "safe", 49)
    assert carry_out(town, answered, UNKNOWN, now=at(50)).allowed == 3


def test_a_house_found_unsafe_after_the_release_is_held_again(town: Registry) -> None:
    carry_out(town, given(), OVER, now=at(48))
    look(town, "H00000", "safe", 49)
    carry_out(town, given(), OVER, now=at(50))
    item = next(i for i in read_inspections(town.store, at=at(50)) if i.wanted.subject == "H00000")
    pen = Pen("王工", VILLAGE, "D8", at(51))
    town.check_in(
        pen.write(Inspected, NO_ONE, target=item.wanted.event_id, result="unsafe", evidence="4a" * 32),
        received_at=at(51),
    )
    assert carry_out(town, given(), OVER, now=at(52)).held == 3
    assert states(town)[State.RETURN_HELD] == 6


@pytest.mark.parametrize("danger", ["330902 仍为橙色", UNKNOWN.danger])
def test_danger_refuses_and_writes_nothing_unless_a_named_person_says_why(
    town: Registry, danger: str
) -> None:
    before = list(town.events())
    with pytest.raises(ConflictError, match="nobody was released"):
        carry_out(town, given(), Outlook(danger, ""), now=at(48))
    for half in ({"override_by": "张三"}, {"override_why": "急"}):
        with pytest.raises(ConfigError, match="named person"):
            carry_out(town, given(**half), Outlook(danger, ""), now=at(48))
    assert list(town.events()) == before
    done = carry_out(
        town, given(override_by="张三", override_why="现场无险"), Outlook(danger, ""), now=at(48)
    )
    assert done.allowed == 12
    told = [e for _, e in town.store.aside({ReleaseOrdered.kind}) if isinstance(e, ReleaseOrdered)]
    assert [e.overridden for e in told] == ["张三: 现场无险"]


def test_by_category_the_house_still_decides(town: Registry) -> None:
    done = carry_out(town, given(categories=("low_lying",)), OVER, now=at(48))
    assert (done.allowed, done.held) == (12, 4)
    with pytest.raises(ConfigError, match="no such category"):
        carry_out(town, given(categories=("everybody",)), OVER, now=at(48))


def test_nobody_goes_home_without_release_in_silence(town: Registry) -> None:
    people = sorted(town.states)
    clerk = Clerk(10_000)
    town.check_ins([clerk.event("returned", 2000, code=people[0], place=VILLAGE)], received_at=at(48))
    done = carry_out(town, given(), OVER, now=at(49))
    assert [(s.person.code, s.why) for s in done.plan.kept] == [(people[0], "擅自离开 · left")]
    assert town.state(people[0]).state is State.LEFT


def test_who_comes_after_the_release_goes_when_it_is_run_again(town: Registry) -> None:
    carry_out(town, given(), OVER, now=at(48))
    someone = next(code for code, s in town.states.items() if s.state is State.RETURN_ALLOWED)
    # a scan for a meal at the shelter's desk puts them back on its list
    town.check_in(
        Clerk(20_000).event("arrived_shelter", 48 * 60 + 5, code=someone, place="S330902-1"),
        received_at=at(49),
    )
    assert town.state(someone).state is State.SHELTERED
    assert carry_out(town, given(), OVER, now=at(50)).allowed == 1


def test_resettled_people_leave_the_shelter_stay_moved_and_are_sent_home_by_no_release(
    town: Registry,
) -> None:
    code = next(iter(sorted(town.states)))
    total = head_count(town.store, "330902").total()
    resettle(
        town, code, to="白泉镇过渡安置点", decision="过渡1号", why="倒塌", clerk=Pen("李四", "", "D5", at(47))
    )
    assert head_count(town.store, "330902").total()["moved"] == total["moved"] == 18
    assert {seat.place: n for seat, n in town.store.seats().items()} == {
        "S330902-1": 17,
        "白泉镇过渡安置点": 1,
    }
    done = carry_out(town, given(), OVER, now=at(48))
    assert "resettled" in next(s.why for s in done.plan.kept)
    assert town.state(code).state is State.SHELTERED
    with pytest.raises(ConflictError, match="cannot be resettled"):
        resettle(town, code, to="别处", decision="过渡2号", why="倒塌", clerk=Pen("李四", "", "D6", at(49)))
    end_resettlement(town, code, outcome="home", note="房屋修复", clerk=Pen("李四", "", "D7", at(49)))
    assert carry_out(town, given(), OVER, now=at(50)).plan.kept == ()


@pytest.mark.parametrize(
    "wrong", [{"to": "S330902-1"}, {"to": "演练学校"}, {"to": " "}, {"decision": ""}, {"why": ""}]
)
def test_a_shelter_is_no_resettlement(town: Registry, wrong: dict[str, Any]) -> None:
    said = {"to": "安置点", "decision": "1号", "why": "倒塌"} | wrong
    with pytest.raises(ConfigError, match="not a resettlement"):
        resettle(town, sorted(town.states)[0], clerk=Pen("李四", "", "D5", at(47)), **said)


def test_a_look_before_the_second_landfall_says_nothing_after_it(town: Registry) -> None:
    wet = Outlook("", "雨后未满 24 小时")
    carry_out(town, given(), wet, now=at(48))
    look(town, "H00000", "safe", 49)
    for hour in (51, 52):  # run twice: the house is put on the list once
        next_round(town, COUNTY, "330902", by="李四", now=at(hour))
    done = carry_out(town, given(), OVER, now=at(90))
    assert "H00000" in {step.person.household for step in done.plan.hold}
    entries = [i for i in read_inspections(town.store, at=at(90)) if i.wanted.subject == "H00000"]
    assert [(i.wanted.round, i.result) for i in entries] == [(1, Result.SAFE), (2, Result.OPEN)]
    look(town, "H00000", "safe", 91)
    assert carry_out(town, given(), OVER, now=at(92)).allowed == 3


@pytest.mark.parametrize("kind", STORES)
def test_in_fa_lands_twice(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Moved, released, some home, some not; then the second landfall, and home for good."""
    database: Callable[[], str] | None = request.getfixturevalue("database") if kind == "postgres" else None
    store = make_store(kind, tmp_path, database)
    try:
        registry = moved(store, villagers(18), Clerk())
        carry_out(registry, given(), OVER, now=at(48))
        goes = sorted(code for code, s in registry.states.items() if s.state is State.RETURN_ALLOWED)
        clerk = Clerk(50_000)
        registry.check_ins(
            [clerk.event("returned", 49 * 60, code=c, place=VILLAGE) for c in goes[:7]], received_at=at(50)
        )
        assert _figures(registry) == {"due": 18, "allowed": 5, "held": 6, "returned": 7}

        second = next_round(registry, COUNTY, "330902", by="李四", now=at(51))
        assert (second.allowed, second.held, second.standing) == (7, 5, 6)
        assert next_round(registry, COUNTY, "330902", by="李四", now=at(52)).allowed == 0
        assert _figures(registry) == {"due": 18, "held": 11, "not_safe": 7}
        assert {registry.state(c).round for c in goes[:7]} == {2}
        assert {registry.state(c).state for c in goes[7:]} == {State.RETURN_HELD}

        registry.check_ins(
            [clerk.event("arrived_shelter", 52 * 60, code=c, place="S330902-1") for c in goes[:7]],
            received_at=at(53),
        )
        carry_out(registry, given(), OVER, now=at(90))
        assert _figures(registry) == {"due": 18, "allowed": 12, "held": 6}
        for household in ("H00000", "H00003"):
            look(registry, household, "safe", 91)
        carry_out(registry, given(), OVER, now=at(92))
        registry.check_ins(
            [clerk.event("returned", 93 * 60, code=c, place=VILLAGE) for c in sorted(registry.states)],
            received_at=at(94),
        )
        assert _figures(registry) == {"due": 18, "returned": 18}
        head_count(store, "330902").require_sums()
    finally:
        store.close()


def _figures(registry: Registry) -> dict[str, int]:
    row = return_counts(registry.store, "330902")[""]
    assert row.adds_up
    return {name: n for name, n in row.counts.items() if n}
