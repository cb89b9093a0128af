from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.events import ASIDE, COMMANDS, KINDS, Envelope, receipt_of
from evac.model import State
from evac.progress import column_of, tally
from evac.refusals import refusal
from evac.state import TRANSITIONS, PersonState, fold, fold_person, step
from tests.evac.scenes import START, make_event

S = State

# the table of the rule book, written again by hand
DOMAIN = [
    (S.REGISTERED, "prepared", S.PREPARE), (S.REGISTERED, "ordered", S.ORDERED), (S.PREPARE, "ordered", S.ORDERED),
    (S.ORDERED, "notified", S.NOTIFIED), (S.ORDERED, "unreached", S.UNREACHED), (S.UNREACHED, "notified", S.NOTIFIED),
    (S.NOTIFIED, "departed", S.IN_TRANSIT), (S.NOTIFIED, "refused", S.REFUSED), (S.REFUSED, "persuaded", S.NOTIFIED),
    (S.REFUSED, "departed", S.IN_TRANSIT), (S.IN_TRANSIT, "arrived_shelter", S.SHELTERED),
    (S.IN_TRANSIT, "arrived_relatives", S.DISPERSED), (S.IN_TRANSIT, "arrived_ashore", S.ASHORE),
    (S.IN_TRANSIT, "missing", S.MISSING), (S.IN_TRANSIT, "exempted", S.EXEMPT), (S.DISPERSED, "called_back", S.DISPERSED),
    (S.SHELTERED, "arrived_shelter", S.SHELTERED), (S.SHELTERED, "medical", S.MEDICAL), (S.SHELTERED, "left", S.LEFT),
    (S.MISSING, "arrived_shelter", S.SHELTERED), (S.MISSING, "arrived_relatives", S.DISPERSED), (S.MISSING, "died", S.DECEASED),
    (S.LEFT, "arrived_shelter", S.SHELTERED), (S.LEFT, "arrived_relatives", S.DISPERSED), (S.LEFT, "died", S.DECEASED),
    (S.MEDICAL, "arrived_shelter", S.SHELTERED), (S.MEDICAL, "arrived_relatives", S.DISPERSED), (S.MEDICAL, "died", S.DECEASED),
    (S.NOTIFIED, "exempted", S.EXEMPT), (S.ORDERED, "withdrawn", S.WITHDRAWN), (S.NOTIFIED, "withdrawn", S.WITHDRAWN),
    (S.SHELTERED, "return_allowed", S.RETURN_ALLOWED), (S.DISPERSED, "return_held", S.RETURN_HELD),
    (S.ASHORE, "return_allowed", S.RETURN_ALLOWED), (S.RETURN_HELD, "return_allowed", S.RETURN_ALLOWED),
    (S.RETURN_ALLOWED, "return_held", S.RETURN_HELD),
    (S.RETURN_ALLOWED, "returned", S.RETURNED), (S.RETURNED, "closed", S.CLOSED), (S.RETURNED, "ordered", S.ORDERED),
    (S.REGISTERED, "ordered_locally", S.ORDERED), (S.SHELTERED, "returned", S.LEFT),
]  # fmt: skip


@pytest.mark.parametrize(("before", "kind", "after"), DOMAIN)
def test_every_transition_of_the_rule_book(before: State, kind: str, after: State) -> None:
    assert step(PersonState(before), make_event(kind)).state is after


@pytest.mark.parametrize("before", [s for s in State if s not in (S.CLOSED, S.PURGED, S.MERGED)])
def test_arrival_is_legal_from_every_state_before_closed_and_implies_notified(before: State) -> None:
    after = step(PersonState(before), make_event("arrived_shelter", place="S7"))
    assert (after.state, after.notified, after.due, after.place) == (S.SHELTERED, True, True, "S7")


def test_arrival_after_closing_changes_nothing_and_is_noted() -> None:
    after = step(PersonState(S.CLOSED), make_event("arrived_shelter"))
    assert (after.state, after.idle) == (S.CLOSED, 1)


@pytest.mark.parametrize("kind", sorted(COMMANDS - {"undone", "merged"}))
@pytest.mark.parametrize("before", list(State))
def test_commands_are_refused_outside_the_table_with_the_reason(kind: str, before: State) -> None:
    reason = refusal(PersonState(before), make_event(kind))
    if before in TRANSITIONS[kind]:
        assert reason is None
    else:
        assert reason is not None
        assert f"this person is {before.value}" in reason
        assert kind in reason


def test_facts_are_never_refused() -> None:
    for kind in KINDS.keys() - COMMANDS:
        assert refusal(PersonState(S.PURGED), make_event(kind)) is None


def test_late_departed_never_undoes_a_newer_arrived() -> None:
    arrived, departed = make_event("arrived_shelter", 60), make_event("departed", 20)
    assert fold_person([arrived, departed]).state is S.SHELTERED


def test_undo_takes_the_mistake_back_even_when_it_comes_first() -> None:
    wrong = make_event("arrived_shelter", 30)
    undo = make_event("undone", 35, target=wrong.event_id)
    rest = [make_event("registered"), make_event("ordered", 1)]
    assert fold_person([undo, *rest]).state is S.ORDERED
    assert fold_person([undo, wrong, *rest]).state is S.ORDERED
    again = make_event("undone", 40, target=undo.event_id)
    assert fold_person([undo, wrong, again, *rest]).state is S.SHELTERED


def test_undo_is_refused_without_target_and_twice() -> None:
    wrong = make_event("arrived_shelter", 30)
    undo = make_event("undone", 35, target=wrong.event_id)
    second = make_event("undone", 36, target=wrong.event_id)
    assert "no event" in str(refusal(PersonState(), undo, []))
    assert refusal(PersonState(), undo, [wrong]) is None
    assert "undone already" in str(refusal(PersonState(), second, [wrong, undo]))
    listed = make_event("registered")
    assert "not undone" in str(refusal(PersonState(), make_event("undone", target=listed.event_id), [listed]))


def test_rounds_stay_and_verification() -> None:
    mine = [
        make_event("registered"), make_event("ordered", 1), make_event("notified", 2), make_event("departed", 3),
        make_event("arrived_relatives", 4), make_event("called_back", 5),
    ]  # fmt: skip
    state = fold_person(mine)
    assert (state.round, state.stay, state.verified) == (1, S.DISPERSED, True)
    mine += [make_event("return_held", 6)]
    assert column_of(fold_person(mine)) == "dispersed"
    mine += [make_event("return_allowed", 7), make_event("returned", 8), make_event("ordered", 9)]
    state = fold_person(mine)
    assert (state.state, state.round, state.stay, state.notified) == (S.ORDERED, 2, None, False)


def test_exempt_and_withdrawn_leave_the_number_to_move() -> None:
    told = [make_event("ordered", 1), make_event("notified", 2)]
    assert fold_person(told).due
    assert not fold_person([*told, make_event("exempted", 3)]).due
    assert not fold_person([*told, make_event("withdrawn", 3)]).due


@st.composite
def histories(draw: st.DrawFn) -> list[Envelope]:
    events: list[Envelope] = []
    for _ in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        changes: dict[str, object] = {
            "code": draw(st.sampled_from(["A" * 26, "B" * 26, "C" * 26])),
            "device": draw(st.sampled_from(["D1", "D2"])),
            "place": draw(st.sampled_from(["S1", "S2"])),
        }
        if kind in ("undone", "received"):
            changes["target"] = draw(st.sampled_from([e.event_id for e in events] or ["none"]))
        if kind == "merged":
            changes["into"] = draw(st.sampled_from(["A" * 26, "B" * 26, "C" * 26]))
        events.append(make_event(kind, draw(st.integers(0, 6)), **changes))  # type: ignore[arg-type]
        if draw(st.integers(0, 9)) == 0:  # one id, another content
            events.append(replace(events[-1], place="S9"))
    return events


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_order_any_repeats_any_batches_give_one_state(events: list[Envelope], rng) -> None:  # type: ignore[no-untyped-def]
    expected = fold(events)
    shuffled = events + [e for e in events if rng.random() < 0.3]
    rng.shuffle(shuffled)
    assert fold(shuffled) == expected


@given(histories())
@settings(max_examples=150, deadline=None)
def test_the_sum_holds_for_every_history(events: list[Envelope]) -> None:
    listed = [make_event("registered", -1, code=c * 26) for c in "AB"]
    unique: Iterable[Envelope] = {e.event_id: e for e in [*listed, *events]}.values()
    hours = [START, START.replace(hour=5)]
    tally(unique, hours, ["330902"]).require_sums()


def test_a_merged_code_counts_nowhere_and_its_events_count_for_the_other() -> None:
    a, b = "A" * 26, "B" * 26
    events = [
        make_event("registered", code=a), make_event("registered", code=b, county="330106"),
        make_event("ordered", 1, code=b), make_event("arrived_shelter", 2, code=a, place="S7"),
    ]  # fmt: skip
    merged = make_event("merged", 3, code=a, into=b)
    states = fold([*events, merged])
    assert (states[a].state, states[a].due) == (S.MERGED, False)
    assert (states[b].state, states[b].place, states[b].county) == (S.SHELTERED, "S7", "330106")
    undone = make_event("undone", 4, code=a, target=merged.event_id)
    assert fold([*events, merged, undone]) == fold(events)


def test_of_a_ring_of_merges_the_first_hold() -> None:
    a, b = "A" * 26, "B" * 26
    events = [make_event("registered", code=a), make_event("registered", code=b)]
    ring = [make_event("merged", 1, code=a, into=b), make_event("merged", 2, code=b, into=a)]
    states = fold([*ring[::-1], *events])
    assert (states[a].state, states[b].state) == (S.MERGED, S.REGISTERED)


@pytest.mark.parametrize(
    ("state", "other", "into", "reason"),
    [
        (S.REGISTERED, None, "A", "not a duplicate of itself"), (S.REGISTERED, None, "B", "nobody is known"),
        (S.MERGED, S.ORDERED, "B", "this code was merged"), (S.ORDERED, S.MERGED, "B", "take the code that counts"),
        (S.ORDERED, S.ORDERED, "B", None),
    ],
)  # fmt: skip
def test_merges_are_refused_with_the_reason(
    state: State, other: State | None, into: str, reason: str | None
) -> None:
    command = make_event("merged", code="A" * 26, into=into * 26)
    found = refusal(PersonState(state), command, other=PersonState(other) if other else None)
    assert (found is None) if reason is None else (reason in str(found))


def test_a_receipt_holds_back_an_event_from_the_future_and_the_earliest_counts() -> None:
    arrived, left = make_event("arrived_shelter", 600), make_event("left", 60)
    assert fold_person([arrived, left]).state is S.SHELTERED
    receipts = [receipt_of(arrived, START + timedelta(minutes=m)) for m in (50, 30, 40)]
    state = fold_person([arrived, left, *receipts])
    assert (state.state, state.since) == (S.LEFT, left.trusted_at)
    assert fold_person([arrived, *receipts]).since == START + timedelta(minutes=30)


def test_a_correction_changes_the_entry_and_nothing_else() -> None:
    mine = [
        make_event("registered"),
        make_event("ordered", 1),
        make_event("corrected", 2, category="fish_farm"),
    ]
    before, after = fold_person(mine[:2]), fold_person(mine)
    assert after == before._replace(category="fish_farm")


def test_facts_aside_change_no_state() -> None:
    mine = [make_event("registered"), make_event("ordered", 1)]
    aside = [make_event(kind, 2) for kind in sorted(ASIDE)]
    assert fold([*mine, *aside]) == fold(mine)
    assert fold(aside) == {}


def test_moves_count_arrivals_elsewhere() -> None:
    mine = [make_event("arrived_shelter", m, place=p) for m, p in enumerate(["S1", "S1", "S2", "S1"])]
    assert fold_person(mine).moves == 2


def test_who_is_on_the_list_stays_there_whatever_a_door_writes_down() -> None:
    listed = make_event("registered", 1, county="330902", category="fish_farm")
    door = make_event("registered", 5, county="330106", at_door=True)
    for order in ([listed, door], [door, listed]):
        state = fold_person(order)
        assert (state.county, state.category, state.at_door) == ("330902", "fish_farm", False)
    earlier = make_event("registered", 0, county="330106", at_door=True)
    assert fold_person([earlier, listed]).county == "330902"
    assert fold_person([earlier, door]).at_door
