"""Need, shortage and drafts: no draft makes a lack at its sender, the gravest get theirs first, closed places are left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.clear_words import words_without_numbers
from evac.envelope import Envelope
from evac.model import Vulnerability
from evac.plan.by_road import by_road
from evac.plan.road_build import Way, build_network
from evac.plan.roads import closed
from evac.supplies.ledger import stock
from evac.supplies.need import Crowd, Line, Place, hours_left, need_of, persons_for, shortages, supply_lines
from evac.supplies.rules import item_of, items, units_of
from evac.supplies.transfer import Proposal, propose
from tests.evac.supplies.test_stock import goods


def place(name: str, people: int = 0, coming: int = 0, *, east: float = 0.0, **more: Any) -> Place:
    return Place(
        name, name, Crowd(people), Crowd(coming), longitude=122.0 + east, latitude=30.0, **({"depot": not (people + coming)} | more)
    )  # fmt: skip


def has(**quantities: int) -> list[Envelope]:
    return [goods("stock_delivered", place=name, quantity=n) for name, n in quantities.items()]


def water(found: tuple[Line, ...]) -> dict[str, Line]:
    return {line.place.id: line for line in found if line.item.id == "water"}


def drafted(events: list[Envelope], places: list[Place], **how: Any) -> Proposal:
    held = stock(events)
    return propose([line for line in supply_lines(held, places) if line.item.id == "water"], held, **how)


def test_need_by_item_and_group() -> None:
    crowd = Crowd(100, Counter({Vulnerability.INFANT: 5, Vulnerability.ALONE_AND_AGED: 10}))
    need = {name: need_of(item, crowd, 24) for name, item in items().items()}
    assert need == {
        "water": 600, "food": 300, "baby_food": 2, "nappies": 30, "quilt": 115, "mat": 100, "toilet": 2, "medicine": 2,
    }  # fmt: skip
    assert need_of(items()["water"], crowd, 12) == 300
    assert need_of(items()["quilt"], crowd, 24, given=115) == 0
    assert need_of(items()["toilet"], crowd, 24, given=2) == 2
    assert persons_for(items()["nappies"], Crowd(100)) == 0
    assert hours_left(items()["quilt"], 5, crowd) is None


def test_how_long_it_lasts_with_those_present_and_those_to_come() -> None:
    found = water(supply_lines(stock(has(S1=300)), [place("S1", 100, 50)]))["S1"]
    assert (found.lasts_now, found.lasts, found.need_now, found.need, found.short) == (
        12.0,
        8.0,
        600,
        900,
        600,
    )
    assert found.grave
    assert not found.spare
    below = water(supply_lines(stock([goods("stock_issued", quantity=5)]), [place("S1", 10)]))["S1"]
    assert (below.quantity, below.lasts, below.short) == (-5, 0.0, 60)


def test_what_is_on_its_way_is_not_asked_for_twice() -> None:
    sent = goods("stock_moved", 1, place="D1", quantity=500, to="S1")
    found = water(supply_lines(stock([*has(D1=500), sent]), [place("S1", 100), place("D1")]))["S1"]
    assert (found.coming, found.short) == (500, 100)


def test_the_list_of_shortages_begins_with_what_runs_out_first() -> None:
    found = shortages(supply_lines(stock(has(S1=300, S2=100)), [place("S1", 100), place("S2", 100)]))
    rows = [(line.place.id, line.item.id) for line in found]
    assert rows.index(("S2", "water")) < rows.index(("S1", "water")) < rows.index(("S1", "quilt"))


SHELTERS = st.lists(
    st.tuples(st.integers(0, 1500), st.integers(0, 80), st.integers(0, 80), st.floats(0, 0.4)),
    min_size=2,
    max_size=7,
)


@settings(max_examples=80, deadline=None)
@given(SHELTERS)
def test_no_draft_makes_a_lack_and_nothing_that_can_be_sent_stays(told: list[Any]) -> None:
    places = [
        place(f"S{n}", present, to_come, east=east) for n, (_, present, to_come, east) in enumerate(told)
    ]
    events = has(**{f"S{n}": quantity for n, (quantity, *_) in enumerate(told)})
    before = water(supply_lines(stock(events), places))
    found = drafted(events, places)
    sent: Counter[str] = Counter()
    came: Counter[str] = Counter()
    for t in found.transfers:
        assert t.quantity > 0
        assert t.sender.id != t.receiver.id
        sent[t.sender.id] += t.quantity
        came[t.receiver.id] += t.quantity
    assert all(n <= before[name].spare and not before[name].short for name, n in sent.items())
    assert all(n <= before[name].short for name, n in came.items())
    # all are within reach: as much is met as there is
    lack, over = sum(x.short for x in before.values()), sum(x.spare for x in before.values())
    assert sum(sent.values()) == min(lack, over)
    assert sum(u.quantity for u in found.unmet) == lack - min(lack, over)
    moves = [
        goods("stock_moved", 1, place=t.sender.id, quantity=t.quantity, to=t.receiver.id)
        for t in found.transfers
    ]
    after = water(supply_lines(stock([*events, *moves]), places))
    assert all(after[name].short == 0 for name in sent)
    assert not drafted([*events, *moves], places).transfers or lack > over


def test_the_gravest_get_theirs_first_and_the_nearest_sends() -> None:
    places = [
        place("S1", 100, east=0.0),
        place("S2", 100, east=0.01),
        place("D1", east=0.02),
        place("D2", east=0.3),
    ]
    found = drafted(has(S1=590, D1=600), places)
    assert [(t.receiver.id, t.quantity) for t in found.transfers] == [("S2", 600)]
    assert [(u.line.place.id, u.quantity) for u in found.unmet] == [("S1", 10)]
    (near,) = drafted(has(S1=600, D1=700, D2=700), places).transfers
    assert near.sender.id == "D1"


def test_closed_and_unknown_places_neither_send_nor_receive() -> None:
    places = [
        place("S1", 100),
        place("S2", 100, closed="橙色区"),
        place("D1", closed="路断"),
        Place("D2", "D2", depot=True),
    ]
    found = drafted(has(D1=900, D2=900), places)
    assert found.transfers == ()
    why = {u.line.place.id: u.why for u in found.unmet}
    assert "橙色区" in why["S2"]
    assert "各处均无余" in why["S1"]


def test_lorries_drive_on_open_roads_alone() -> None:
    road = [
        Way(np.array([[122.0, 30.0], [122.1, 30.0]]), "primary"),
        Way(np.array([[122.0, 30.0], [122.0, 30.1], [122.1, 30.1], [122.1, 30.0]]), "primary"),
    ]
    network = build_network(road, source="example")
    places = [place("S1", 100), place("D1", east=0.1)]
    (direct,) = drafted(has(D1=900), places, travel=by_road(network)).transfers
    shut = closed(network, network.line == 0)
    (around,) = drafted(has(D1=900), places, travel=by_road(shut)).transfers
    assert 9_000 < direct.metres < 10_500 < 30_000 < around.metres
    everything = closed(network, network.line >= 0)
    assert drafted(has(D1=900), places, travel=by_road(everything)).transfers == ()


def test_a_draft_s_number_holds_as_long_as_its_stock() -> None:
    places = [place("S1", 100), place("D1", east=0.01)]
    events = has(D1=900)
    (first,) = drafted(events, places).transfers
    (same,) = drafted(list(reversed(events)), list(reversed(places))).transfers
    assert same.number == first.number
    (other,) = drafted([*events, goods("stock_issued", 2, place="D1", quantity=1)], places).transfers
    assert other.number != first.number


def test_no_draft_s_number_is_taken_for_somebody_s_telephone() -> None:
    places = [place("S1", 400), place("D1", east=0.01)]
    for quantity in range(1, 151):
        (draft,) = drafted(has(D1=quantity), places).transfers
        moved = goods("stock_moved", place="D1", quantity=quantity, to="S1", order=draft.number)
        assert words_without_numbers(moved) == moved


def test_words_and_packs() -> None:
    said = {
        "盒饭/2": "food",
        "毛毯/1": "quilt",
        "农夫山泉矿泉水": "water",
        "水": "water",
        "水泵": "水泵",
        "婴儿奶粉": "baby_food",
    }
    assert {word: item_of(word) for word in said} == said
    assert units_of(2, "箱", "water", "20瓶/箱") == 40
    assert units_of(2, "箱", "water", "12") == 24
    assert units_of(2, "瓶", "water", "20瓶/箱") == 2
    assert units_of(2, "台", "水泵") == 2
    for wrong in ((2, "车", "water", ""), (0.5, "瓶", "water", ""), (-1, "瓶", "water", ""), (1, "箱", "water", "箱装"), (1, "箱", "water", "20片/箱")):  # fmt: skip
        with pytest.raises(ValueError, match=r"单位|数量|规格"):
            units_of(*wrong)
    assert units_of(0.5, "箱", "water") == 12
