"""Goods are neither made nor lost: whatever the order, what went out of one place is in another, on its way, or on the list of differences."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evac.envelope import Envelope
from evac.supplies.ledger import Differs, Stock, stock
from tests.evac.scenes import make_event

NO_ONE = "0" * 26
PLACES = st.sampled_from(["S1", "S2", "D1"])
STEPS = st.tuples(
    st.sampled_from(["stock_delivered", "stock_moved", "stock_issued", "relief_drawn", "stock_received", "stock_counted"]),
    PLACES, PLACES, st.sampled_from(["water", "quilt"]), st.integers(0, 50), st.integers(0, 10_000),
)  # fmt: skip


def goods(kind: str, minute: float = 0, **said: Any) -> Envelope:
    return make_event(kind, minute, code=NO_ONE, **({"item": "water", "quantity": 10, "place": "S1"} | said))


def told(steps: list[tuple[Any, ...]]) -> list[Envelope]:
    """Events of steps; a receipt names one of the moves before it."""
    events: list[Envelope] = []
    for minute, (kind, place, other, item, quantity, pick) in enumerate(steps):
        said: dict[str, Any] = {"place": place, "item": item, "quantity": quantity}
        if kind == "stock_moved":
            said["to"] = other
        elif kind == "stock_received":
            moves = [event for event in events if event.kind == "stock_moved"]
            if not moves:
                continue
            move = moves[pick % len(moves)]
            said |= {"target": move.event_id, "place": move.to, "item": move.item}  # type: ignore[attr-defined]
        events.append(goods(kind, minute, **said))
    return events


def total(found: Stock, item: str) -> int:
    return sum(level.quantity for slot, level in found.levels.items() if slot.item == item)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=30))
def test_goods_are_conserved(steps: list[Any]) -> None:
    events = told(steps)
    found = stock(events)
    for item in ("water", "quilt"):
        sums = {
            kind: sum(e.quantity for e in events if e.kind == kind and e.item == item)  # type: ignore[attr-defined]
            for kind in ("stock_delivered", "stock_issued", "relief_drawn")
        }
        on_the_way = sum(t.quantity for t in found.transit if t.item == item)
        lost = {Differs.SHORT: 0, Differs.MORE: 0, Differs.COUNT: 0}
        for d in found.discrepancies:
            if d.item == item and d.kind in lost:
                lost[d.kind] += d.expected - d.found
        first_counts = counted_anew(events, item)
        assert total(found, item) + on_the_way == (
            sums["stock_delivered"]
            - sums["stock_issued"]
            - sums["relief_drawn"]
            + first_counts
            - sum(lost.values())
        )


def counted_anew(events: list[Envelope], item: str) -> int:
    """What counts brought onto a book of which nothing was known: the first word about a place is no difference."""
    heard: dict[str, int] = {}
    brought = 0
    for event in events:
        if event.item != item:  # type: ignore[attr-defined]
            continue
        place, n = event.place, event.quantity  # type: ignore[attr-defined]
        if event.kind == "stock_counted":
            if place not in heard or (heard[place] == 0 and ("counted", place) not in heard):  # type: ignore[comparison-overlap]
                brought += n
            heard[place] = n
            heard["counted", place] = 1  # type: ignore[index]
        else:
            sign = 1 if event.kind in ("stock_delivered", "stock_received") else -1
            heard[place] = heard.get(place, 0) + sign * n
    return brought


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_receipt_changes_nothing(steps: list[Any], rng: random.Random) -> None:
    events = told(steps)
    shuffled = [*events, *events[::2]]
    rng.shuffle(shuffled)
    assert stock(shuffled) == stock(events)


def test_goods_are_on_their_way_until_somebody_signs() -> None:
    came, sent = (
        goods("stock_delivered", quantity=100),
        goods("stock_moved", 1, quantity=60, to="S2", order="令1"),
    )
    found = stock([came, sent])
    assert (found.level("S1", "water").quantity, found.level("S2", "water").quantity) == (40, 0)
    assert (found.coming("S2", "water"), found.transit[0].order) == (60, "令1")
    signed = goods("stock_received", 2, quantity=55, place="S2", target=sent.event_id)
    found = stock([came, sent, signed])
    assert (found.level("S2", "water").quantity, found.transit) == (55, ())
    (short,) = found.discrepancies
    assert (short.kind.chinese, short.expected, short.found) == ("签收短少", 60, 55)
    second = goods("stock_received", 3, quantity=5, place="S2", target=sent.event_id)
    assert stock([came, sent, signed, second]).discrepancies == ()
    stranger = goods("stock_received", 4, quantity=5, place="S2", target="f" * 32)
    assert [d.kind for d in stock([stranger]).discrepancies] == [Differs.NO_MOVE]


def test_what_is_drawn_with_a_code_is_gone_and_negative_stock_is_said() -> None:
    events = [
        goods("stock_delivered", quantity=2, item="food"),
        *(goods("relief_drawn", n + 1, item=f"盒饭/{n}", quantity=1) for n in range(3)),
    ]
    found = stock(events)
    assert (found.level("S1", "food").quantity, found.level("S1", "food").given) == (-1, 3)
    (negative,) = found.discrepancies
    assert (negative.kind, negative.found) == (Differs.NEGATIVE, -1)


def test_a_count_sets_the_stock_and_lists_what_it_changed() -> None:
    events = [goods("stock_delivered", quantity=100), goods("stock_counted", 5, quantity=93)]
    found = stock(events)
    assert found.level("S1", "water").quantity == 93
    (differs,) = found.discrepancies
    assert (differs.kind, differs.expected, differs.found, differs.by) == (Differs.COUNT, 100, 93, "甲")
    # a first count of a place of which nothing was known is no difference
    assert stock([goods("stock_counted", quantity=93)]).discrepancies == ()
    late = goods("stock_issued", 3, quantity=7)
    assert stock([*events, late]).discrepancies == ()
