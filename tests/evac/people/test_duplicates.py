"""Duplicates: who is asked about, merge and un-merge as a round trip, and pairs that stay apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.errors import ConflictError
from evac.events import ArrivedShelter, Ordered, Registered
from evac.model import Category, Person, State
from evac.people.clerk import Clerk
from evac.people.corrections import blank_person
from evac.people.duplicates import Likeness, alike, candidates, merge, pair_id, queue, tell_apart, unmerge
from evac.registry import Registry
from evac.state import fold

At = Callable[[str], Clerk]
A, B, C = (f"7{letter * 25}" for letter in "ABC")


def person(code: str, name: str, **changes: object) -> Person:
    home = replace(
        blank_person(code, "330902", Category.OTHER),
        village="330902001001",
        household="330902001001-1",
        phone="",
    )
    return replace(home, name=name, **changes)  # type: ignore[arg-type]


def test_the_same_number_is_certain() -> None:
    (pair,) = candidates([person(A, "张三", identity="x"), person(B, "李四", identity="x", household="2")])
    assert (pair.first, pair.second, pair.likeness) == (A, B, Likeness.CERTAIN)


@pytest.mark.parametrize(
    "same",
    [{"birth_year": 1950}, {"phone": "13800001111"}, {"phone": "13800001111", "village": "330281001001"}],
)
def test_name_with_year_or_telephone_is_probable(same: dict[str, object]) -> None:
    (pair,) = candidates([person(A, "张 三", **same), person(B, "张三", **(same | {"household": "2"}))])
    assert pair.likeness is Likeness.PROBABLE


def test_alike_in_one_household_is_possible_unless_the_years_say_no() -> None:
    one, other = person(A, "王晓明", birth_year=1990), person(B, "王小明", birth_year=1990)
    (pair,) = candidates([one, other])
    assert pair.likeness is Likeness.POSSIBLE
    assert candidates([one, replace(other, birth_year=1993)]) == []
    assert candidates([one, replace(other, household="2")]) == []


def test_nameless_infants_are_not_asked_about() -> None:
    assert candidates([person(A, "婴儿", birth_year=2021), person(B, "婴儿", birth_year=2021)]) == []


def test_a_pair_is_asked_about_once() -> None:
    same = {"identity": "x", "birth_year": 1950, "phone": "13800001111"}
    assert len(candidates([person(A, "张三", **same), person(B, "张三", **same)])) == 1


def test_a_hundred_of_one_number_are_asked_against_the_first() -> None:
    codes = [f"7{n:025d}" for n in range(100)]
    assert len(candidates([person(c, f"人{c}", identity="x", household=c) for c in codes])) == 99


@given(st.text(max_size=8), st.text(max_size=8))
def test_alike_is_the_same_both_ways(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)
    assert alike(one, one)


def listed(registry: Registry, clerk: At) -> None:
    registry.store.put_people(
        [person(A, "张三", identity="x"), person(B, "张三", identity="x"), person(C, "李四")]
    )
    office = clerk("office")
    registry.check_ins(
        [office.write(Registered, code, county="330902", category="other") for code in (A, B, C)],
        received_at=office.now,
    )


def test_merge_counts_once_and_unmerge_brings_all_back(registry: Registry, clerk: At) -> None:
    listed(registry, clerk)
    office = clerk("door")
    registry.check_ins(
        [office.write(Ordered, A, order="令1"), office.write(ArrivedShelter, B)], received_at=office.now
    )
    before, cells = registry.states, registry.store.cells()
    (pair,) = queue(registry.store, "330902")
    merge(registry, A, B, clerk=later(clerk, 1))
    states = registry.states
    assert (states[A].state, states[B].state) == (State.SHELTERED, State.MERGED)
    assert queue(registry.store, "330902") == []
    assert states == fold(registry.events())
    unmerge(registry, B, clerk=later(clerk, 2))
    assert registry.states == before
    assert registry.store.cells() == cells
    assert [p.pair_id for p in queue(registry.store, "330902")] == [pair.pair_id]
    merge(registry, A, B, clerk=later(clerk, 3))
    assert registry.states[B].state is State.MERGED


def later(clerk: At, minutes: int) -> Clerk:
    at = clerk(f"office{minutes}")
    return replace(at, now=at.now + timedelta(minutes=minutes))


def test_two_people_told_apart_do_not_come_back(registry: Registry, clerk: At) -> None:
    listed(registry, clerk)
    tell_apart(registry, B, A, clerk=clerk("office1"))
    assert queue(registry.store, "330902") == []
    assert pair_id(A, B) == pair_id(B, A)
    assert len(registry.states) == 3


def test_what_cannot_be_merged_is_refused_with_the_reason(registry: Registry, clerk: At) -> None:
    listed(registry, clerk)
    with pytest.raises(ConflictError, match="not a duplicate of itself"):
        merge(registry, A, A, clerk=clerk("1"))
    with pytest.raises(ConflictError, match="nobody is known"):
        merge(registry, "7" + "E" * 25, A, clerk=clerk("2"))
    with pytest.raises(ConflictError, match="not merged"):
        unmerge(registry, A, clerk=clerk("3"))
