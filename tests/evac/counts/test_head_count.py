"""Laws of the head-count: it adds up, two tables say the same, and the store counts what the log says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.counts.head_count import ELSEWHERE, FINE, HeadCount, region_of_place
from evac.counts.now import counted_roll, head_count
from evac.counts.roll import read_roll
from evac.counts.terms import NOT_MOVED, terms_of
from evac.errors import ConflictError, EvacError
from evac.forms.declared import declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import fill
from evac.grain import TOWN_DIGITS, VILLAGE_DIGITS, grain_of
from evac.model import Category, State, Vulnerability
from evac.progress import COLUMNS, Column
from evac.registry import Registry
from evac.state import PersonState, fold
from evac.store.counting import count_grains, on_list
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import DataError
from tests.evac.world import COUNTIES, END, START, Clerk, make_person, make_shelters, make_world

SEEDS = st.integers(0, 10**6)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from(["", "33", "330902", "330903001", "330902001001"]), st.integers(0, 1800))
def test_every_sum_holds_at_every_instant_in_every_region(seed: int, prefix: str, minute: int) -> None:
    roll = read_roll(make_world(seed, size=30), prefix, at=START + timedelta(minutes=minute))
    total = roll.count.total()  # raises where a village, a category or the list does not add up
    assert total["due"] == sum(total[column.value] for column in COLUMNS)
    assert total["not_moved"] == sum(total[column.value] for column in NOT_MOVED)
    assert total["unaccounted"] == total["due"] - total["moved"] - total["returned"] - total["deceased"]
    assert total["dispersed"] == total["verified"] + total["unverified"]


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_all_ways_to_cut_it_come_to_the_same_total(seed: int) -> None:
    roll = read_roll(make_world(seed, size=30), at=END)
    count = roll.count
    total = count.total()
    for digits in (2, 4, 6, 9, 12):
        assert sum(count.by_risk(digits).values(), Counter[str]()) == +total
    assert sum(count.by_category().values(), Counter[str]()) == +total
    stays = sum(count.by_stay(TOWN_DIGITS, roll.shelters).values(), Counter[str]())
    for term in ("moved", "sheltered", "dispersed", "ashore", "medical"):
        assert stays[term] == total[term]
    assert sum(count.places().values()) == total["moved"]


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(0, 1800))
def test_an_instant_of_the_past_is_the_fold_of_what_had_happened(seed: int, minute: int) -> None:
    store = make_world(seed, size=20)
    at = START + timedelta(minutes=minute)
    about = ("undone", "merged", "received")
    slow = fold(e for e in store.events() if e.trusted_at <= at or e.kind in about)
    for code, life in read_roll(store, at=at).by_code.items():
        if life.state.state is State.MERGED:
            assert slow[code].state is State.MERGED
        elif life.events:
            assert life.state == slow[code]


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_the_newest_instant_is_what_the_registry_holds_now(seed: int) -> None:
    store = make_world(seed)
    roll = read_roll(store, at=END)
    assert {life.code: life.state for life in roll.lives} == Registry(store).states
    assert Counter(life.grain for life in roll.lives) == count_grains(store, silent=True)


@pytest.mark.parametrize("prefix", ["", "33", "330903", "330902001", "330902001001"])
def test_sqlite_counts_a_region_as_the_log_does(tmp_path: Path, prefix: str) -> None:
    store = make_world(5, size=60, store=SQLiteStore(tmp_path / "r.sqlite"))
    store.put_people([make_person(900, random.Random(1))])  # on the list, never heard of
    counted = count_grains(store, prefix, silent=True)
    roll = read_roll(store, prefix, at=END)
    assert counted == Counter(life.grain for life in roll.lives)
    assert HeadCount(counted).total() == roll.count.total()
    assert sum(on_list(store, prefix).values()) == sum(counted.values())
    HeadCount(counted).require_sums(on_list(store, prefix))


def test_postgresql_counts_a_region_as_the_log_does(database: Callable[[], str]) -> None:
    store = make_world(5, size=60, store=PostgresStore(database(), set_up=True))
    try:
        for prefix in ("", "330903", "330902001"):
            roll = read_roll(store, prefix, at=END)
            assert count_grains(store, prefix, silent=True) == Counter(life.grain for life in roll.lives)
            assert roll.count.total() == read_roll(make_world(5, size=60), prefix, at=END).count.total()
    finally:
        store.close()


def test_a_person_who_is_lost_from_the_count_is_noticed() -> None:
    roll = read_roll(make_world(1), at=END)
    grains = dict(Counter(life.grain for life in roll.lives))
    grains[next(iter(grains))] -= 1
    with pytest.raises(ConflictError, match="does not add up"):
        HeadCount(grains).require_sums(roll.listed)


def test_a_state_that_contradicts_who_is_due_is_noticed() -> None:
    grain = grain_of(None, PersonState(State.REFUSED, "330902", "other", due=False))
    with pytest.raises(ConflictError, match="应转移 0"):
        HeadCount({grain: 1}).require_sums()


def test_core_reduction_and_withdrawal_leave_the_number_to_move_and_the_door_raises_it() -> None:
    clerk, rng = Clerk(), random.Random(2)
    people = [make_person(n, rng) for n in range(4)]
    store = MemoryStore()
    store.put_people(people)
    store.put_shelters(make_shelters())
    a, b, c, d = (p.code for p in people)
    events = [clerk.event("registered", 0, code=p.code, county=p.county) for p in people]
    events += [clerk.event("ordered", 1, code=code) for code in (a, b, c)]
    events += [clerk.event("notified", 2, code=a), clerk.event("exempted", 3, code=a, evidence="外出")]
    events += [clerk.event("withdrawn", 4, code=b), clerk.event("refused", 4, code=c)]
    events += [clerk.event("arrived_shelter", 5, code=d, place="S330902-1")]
    Registry(store).check_ins(events, received_at=END)

    def at(minute: float) -> Counter[str]:
        return read_roll(store, at=START + timedelta(minutes=minute)).count.total()

    assert [at(m)["due"] for m in (0, 1, 3, 4, 5)] == [0, 3, 2, 1, 2]
    total = at(5)
    assert (total["exempt"], total["withdrawn"], total["refused"], total["sheltered"]) == (1, 1, 1, 1)
    assert total["listed"] == 4


def test_words_are_those_of_the_rule_book() -> None:
    unreached = grain_of(None, PersonState(State.UNREACHED, due=True))
    assert "unreached" in terms_of(unreached)
    assert Column.MISSING.value not in terms_of(unreached)  # 未联系上 is not 失联
    assert "told" not in terms_of(unreached)
    assert "told" in terms_of(grain_of(None, PersonState(State.NOTIFIED, due=True)))


def test_who_is_helped_counts_by_every_vulnerability() -> None:
    roll = read_roll(make_world(4), at=END)
    table = roll.count.by_vulnerability()
    assert set(table) == set(Vulnerability)
    for kind, row in table.items():
        assert row["due"] == sum(
            life.state.due and kind in life.person.vulnerability for life in roll.lives if life.person
        )


def test_a_region_of_no_level_is_refused() -> None:
    with pytest.raises(DataError, match="not a level"):
        HeadCount({}).by_risk(5)


def test_where_somebody_stays_is_known_or_said_to_be_unknown() -> None:
    shelters = {shelter.shelter_id: shelter for shelter in make_shelters()}
    assert region_of_place("S330902-2", shelters) == "330902002"
    assert region_of_place("330903001", shelters) == "330903001"
    assert region_of_place("亲友家", shelters) == ELSEWHERE


def test_categories_and_villages_are_there_by_name_and_code() -> None:
    count = read_roll(make_world(7), at=END).count
    assert set(count.by_category()) <= {category.value for category in Category}
    assert {code[:6] for code in count.by_risk(VILLAGE_DIGITS)} == set(COUNTIES)


@pytest.mark.parametrize("prefix", ["", "3309", "330902", "330902001"])
def test_the_count_of_now_is_that_of_the_log(tmp_path: Path, prefix: str) -> None:
    store = make_world(6, size=60, store=SQLiteStore(tmp_path / "r.sqlite"))
    now, log = head_count(store, prefix), head_count(store, prefix, at=END)
    for figure, n in log.total().items():
        if now.fine or figure not in FINE:
            assert now.total()[figure] == n, figure
    assert now.by_category().keys() == log.by_category().keys()


def test_a_coarse_count_refuses_what_it_does_not_know() -> None:
    count = head_count(make_world(6))
    for ask in (
        count.by_vulnerability,
        lambda: count.by_risk(9),
        lambda: count.by_stay(6),
        lambda: count.total()["weak"],
    ):
        with pytest.raises(DataError, match="not counted so finely"):
            ask()
    assert count.by_risk(6)["330902"]["listed"] > 0
    assert count.total()["no such figure"] == 0


def test_counts_alone_fill_the_same_tables_as_everybody_read_one_by_one(tmp_path: Path) -> None:
    store = make_world(6, size=80, store=SQLiteStore(tmp_path / "r.sqlite"))
    for prefix in ("", "33", "330902"):
        quick, slow = counted_roll(store, prefix, at=END), read_roll(store, prefix, at=END)
        assert quick.count.total() == slow.count.total()
        filled, refused = 0, set()
        for form in declared_forms().values():
            try:
                found = fill(form, Figures(quick, {}))
            except EvacError:
                refused.add(form.form_id)
                continue
            filled += 1
            assert found.totals == fill(form, Figures(slow, {})).totals, form.form_id
            if form.rows not in ("villages", "towns"):  # names of villages are on the list
                assert found.sections == fill(form, Figures(slow, {})).sections, form.form_id
        assert filled >= 4
        assert refused >= {
            "disaster-brief",
            *(form.form_id for form in declared_forms().values() if not form.counts),
        }
