"""Planning again: a tier that falls releases nobody, and every change is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from evac.model import State
from evac.plan.replan import Change, Earlier, counted, differences, rows_of
from evac.plan.roster import TransferPlan, make_plan
from evac.plan.zones import MoveStep
from evac.roster_row import RosterRow
from riskmap.scale import Tier
from tests.evac.plan.planned import assessed, at, calm, people, row, slope


def planned(*rows: RosterRow, assessment: object = None, earlier: object = None) -> TransferPlan:
    return make_plan(assessment or assessed(), people(*rows), at=at(), earlier=earlier, prefix="3309")  # type: ignore[arg-type]


def changed(before: TransferPlan, after: TransferPlan) -> dict[str, Change]:
    return {one.key: one.change for one in differences(rows_of(before), rows_of(after))}


def test_a_plan_compared_with_itself_has_no_changes() -> None:
    plan = planned(row(1), row(2, state=State.SHELTERED))
    assert changed(plan, plan) == {}
    assert changed(plan, planned(row(1), row(2, state=State.SHELTERED), earlier=rows_of(plan))) == {}


def test_green_without_an_order_changes_nothing_of_who_must_move() -> None:
    before = planned(row(1), row(2, state=State.NOTIFIED), row(3, state=State.SHELTERED))
    after = planned(
        row(1), row(2, state=State.NOTIFIED), row(3, state=State.SHELTERED), assessment=calm(), earlier=rows_of(before)
    )  # fmt: skip
    steps = {m.household: (m.step, m.held) for m in after if m.household}
    assert steps == {
        "1": (MoveStep.MOVE, True), "2": (MoveStep.MOVE, True), "3": (MoveStep.AWAY, False)
    }  # fmt: skip
    assert all("未经解除" in m.why for m in after if m.held)


def test_an_order_releases() -> None:
    before = planned(row(1), row(2), row(3))
    after = planned(
        row(1, state=State.WITHDRAWN), row(2, state=State.RETURNED), row(3, state=State.EXEMPT), assessment=calm(),
        earlier=rows_of(before),
    )  # fmt: skip
    assert not [m for m in after if m.household]
    found = changed(before, after)
    assert {found[f"330902001201|{n}"] for n in (1, 2, 3)} == {Change.RELEASED}


def test_who_moved_is_told_and_stays() -> None:
    before = planned(row(1), row(2))
    after = planned(row(1, state=State.SHELTERED), row(2), earlier=rows_of(before))
    assert changed(before, after) == {"330902001201|1": Change.MOVED}
    assert counted(differences(rows_of(before), rows_of(after))) == {Change.MOVED: (1, 1)}


def test_a_household_that_is_on_no_list_any_more_is_looked_for() -> None:
    before = planned(row(1), row(2))
    after = planned(row(1), earlier=rows_of(before))
    lost = next(m for m in after if m.key == "lost:330902001201|2")
    assert (lost.step, lost.people, lost.village_name) == (MoveStep.CHECK, 1, "大蛟村")
    assert "查无此户" in lost.why
    # and again the next time, until it is found
    again = planned(row(1), earlier=rows_of(after))
    assert "lost:330902001201|2" in {m.key for m in again}
    found = planned(row(1), row(2), earlier=rows_of(again))
    assert not [m for m in found if m.key.startswith("lost:")]


def test_modelled_people_are_held_too_until_a_register_replaces_them() -> None:
    before = planned(row(1))
    key = "modelled:region:330903:wind"
    after = planned(row(1), assessment=calm(), earlier=rows_of(before))
    move = next(m for m in after if m.key == key)
    assert (move.step, move.held, move.modelled) == (MoveStep.MOVE, True, True)
    now = planned(row(1), row(2, county="330903", village="330903001201"), earlier=rows_of(after))
    assert changed(after, now)[key] is Change.REPLACED


def test_a_higher_tier_raises_and_an_earlier_hour_is_told() -> None:
    prepared = replace(assessed(slope("后山", Tier.ORANGE, hours=20)), lacking={})
    moved = replace(assessed(slope("后山", Tier.RED, hours=20)), lacking={})
    sooner = replace(assessed(slope("后山", Tier.RED, hours=10)), lacking={})
    plans = [planned(row(1, category="geo_hazard_zone"), assessment=a) for a in (prepared, moved, sooner)]
    key = "330902001201|1"
    assert changed(plans[0], plans[1])[key] is Change.RAISED
    assert changed(plans[1], plans[2])[key] is Change.EARLIER
    assert changed(plans[2], plans[1])[key] is Change.LATER


STATES = st.lists(st.sampled_from(State), min_size=6, max_size=6)


@settings(max_examples=40, deadline=None)
@given(STATES, STATES, st.booleans())
def test_nobody_who_was_planned_or_moved_falls_off_without_an_order(
    first: list[State], second: list[State], storm: bool
) -> None:
    def rows(states: list[State]) -> list[RosterRow]:
        return [row(n, household=str(n // 2), state=state) for n, state in enumerate(states)]

    before = planned(*rows(first))
    after = planned(*rows(second), assessment=assessed() if storm else calm(), earlier=rows_of(before))
    was, now = rows_of(before), {m.key: m for m in after}
    over = {
        State.WITHDRAWN, State.RETURNED, State.CLOSED, State.EXEMPT, State.DECEASED, State.PURGED, State.MERGED
    }  # fmt: skip
    for n in range(3):
        key = f"330902001201|{n}"
        members = second[2 * n : 2 * n + 2]
        if all(state in over for state in members):
            continue
        old = was.get(key)
        if old is not None and old.step in (MoveStep.MOVE, MoveStep.PREPARE):
            assert key in now
            if any(state in (State.REGISTERED, State.NOTIFIED) for state in members):
                assert now[key].step.rank >= old.step.rank


def test_a_row_of_a_table_is_a_row_of_the_plan() -> None:
    plan = planned(row(1))
    one = rows_of(plan)["330902001201|1"]
    assert one == Earlier(
        MoveStep.MOVE, one.basis, "330902001201", "大蛟村", one.category, 1, 0, one.latest_departure
    )
