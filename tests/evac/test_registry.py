from __future__ import annotations

from datetime import timedelta

import pytest

from evac.errors import ConflictError
from evac.model import State
from evac.registry import Registry
from evac.state import fold
from evac.store.memory import MemoryStore
from tests.evac.scenes import START, make_event

LATER = START + timedelta(days=1)


def test_facts_are_stored_in_any_state_and_commands_are_not() -> None:
    registry = Registry(MemoryStore())
    receipt = registry.check_in(make_event("arrived_shelter", 5), received_at=LATER)
    assert len(receipt.stored) == 1
    receipt = registry.check_in(make_event("closed", 6), received_at=LATER)
    assert receipt.stored == ()
    assert "closed is legal from returned; this person is sheltered" in receipt.refused[0].reason
    with pytest.raises(ConflictError, match="1 command"):
        receipt.require_all()
    assert receipt.head.sequence == 1


def test_a_command_is_judged_at_its_own_place_in_time() -> None:
    registry = Registry(MemoryStore())
    registry.check_ins([make_event("registered"), make_event("ordered", 1)], received_at=LATER)
    exempt = make_event("exempted", 30)
    assert registry.check_in(exempt, received_at=LATER).refused
    # the offline batch with the visit comes in late, and a newer arrival with it
    registry.check_ins([make_event("notified", 20), make_event("arrived_shelter", 90)], received_at=LATER)
    receipt = registry.check_in(exempt, received_at=LATER)
    assert receipt.stored == (exempt.event_id,)
    receipt.require_all()
    assert registry.state(exempt.code).state is State.SHELTERED


def test_commands_of_one_batch_follow_each_other() -> None:
    registry = Registry(MemoryStore())
    batch = [
        make_event("closed", 9),
        make_event("registered"),
        make_event("ordered", 1),
        make_event("withdrawn", 2),
    ]
    receipt = registry.check_ins(batch, received_at=LATER)
    assert [r.event.kind for r in receipt.refused] == ["closed"]
    assert registry.state(batch[0].code).state is State.WITHDRAWN
    again = registry.check_ins(batch[1:], received_at=LATER)
    assert (again.stored, len(again.repeated), again.refused) == ((), 3, ())


def test_an_event_from_the_future_is_held_at_its_receipt() -> None:
    registry = Registry(MemoryStore())
    event = make_event("arrived_shelter", 600)
    registry.check_in(event, received_at=START)
    assert registry.state(event.code).since == START
    again = registry.check_in(event, received_at=LATER)
    assert (again.repeated, again.conflicting) == ((event.event_id,), ())


def test_a_registry_opened_again_knows_everything() -> None:
    store = MemoryStore()
    first = Registry(store)
    first.check_ins(
        [make_event(k, n) for n, k in enumerate(["ordered", "notified", "departed"])], received_at=LATER
    )
    again = Registry(store)
    assert dict(again.states) == dict(first.states) == fold(again.events())
    assert again.verify_chain(store.head()).sequence == 3
