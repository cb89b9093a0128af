"""One contract, every store."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evac.codes import short_code
from evac.errors import ConflictError, EvacError
from evac.events import ABOUT_EVENTS, ASIDE, KINDS, Envelope
from evac.log import Head, verify_chain
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.registry import EventStore, Registry
from evac.standing import cell, seat
from evac.state import fold
from evac.store.counting import Home, homes_of
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sealed import is_sealed
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from tests.evac.scenes import LATER, START, make_event
from tests.evac.world import make_person

ANN = Person(
    code="7" * 26, name="演练00001'; DROP TABLE person;--", household="H1", county="330902", village="330902999001",
    village_name="<b>村</b>", category=Category.FISH_FARM, destination=Destination(Stay.SHELTER, "S1"),
    vulnerability=(Vulnerability.ILL, Vulnerability.NO_PHONE), helper="乙", printed=False, signed=b"\0\xff", synthetic=True,
)  # fmt: skip


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], EventStore]:
    """Makes an empty store of each kind."""
    numbers = count()
    if request.param == "memory":
        return MemoryStore
    if request.param == "sqlite":
        return lambda: SQLiteStore(tmp_path / f"r{next(numbers)}.sqlite")
    database: Callable[[], str] = request.getfixturevalue("database")
    return lambda: PostgresStore(database(), set_up=True)


@pytest.fixture
def store(empty: Callable[[], EventStore]) -> Iterator[EventStore]:
    made = empty()
    yield made
    made.close()


def test_events_are_kept_in_order_and_chained(store: EventStore) -> None:
    assert store.head() == Head()
    events = [make_event("notified", m) for m in range(1200)]
    done = store.append(events[:700], received_at=START)
    assert done.stored == tuple(events[:700])
    store.append(events[700:], received_at=START + timedelta(hours=1))
    assert store.seal().sequence == 1200
    assert [entry.event for entry in store.log()] == list(store.events()) == events
    assert verify_chain(store.log()) == store.head()


def test_positions_are_those_of_the_sealed_log(store: EventStore) -> None:
    events = [make_event(kind, n) for n, kind in enumerate(("notified", "passed") * 400)]
    store.append(events, received_at=START)
    store.seal()
    there = {entry.event.event_id: entry.sequence for entry in store.log()}
    assert store.positions([*there, "f" * 32]) == there
    assert store.positions([]) == {}


def test_repeats_are_ignored_within_and_between_batches(store: EventStore) -> None:
    event = make_event("arrived_shelter")
    done = store.append([event, event], received_at=START)
    assert (done.stored, done.repeated, done.conflicting) == ((event,), (event.event_id,), ())
    done = store.append([event, event], received_at=START)
    assert (done.stored, done.repeated, done.conflicting) == ((), (event.event_id,) * 2, ())
    assert store.seal().sequence == 1


def test_all_events_of_a_person_are_found_however_they_were_batched(store: EventStore) -> None:
    events = [make_event("notified", m) for m in range(7)]
    for batch in (
        [0],
        [0, 1],
        [2],
        [2, 3, 4],
        [0, 4],
        [5, 6],
        [6],
    ):  # alone, after a repeat, several, only repeats
        store.append([events[n] for n in batch], received_at=START + timedelta(hours=1))
    code = events[0].code
    found = store.events_of([code])[code]
    assert sorted(event.event_id for event in found) == sorted(event.event_id for event in events)


def test_one_id_with_another_content_is_kept_out_and_named(store: EventStore) -> None:
    event = make_event("arrived_shelter")
    store.append([event], received_at=START)
    done = store.append([replace(event, place="S2")], received_at=START)
    assert done.conflicting == (event.event_id,)
    store.seal()
    assert [entry.event for entry in store.log()] == [event]


def test_the_highest_counter_of_each_device_after_a_number(store: EventStore) -> None:
    assert store.counters() == (0, {})
    made = [
        make_event("notified", 1, device=d, counter=n)
        for n, d in ((5, "A"), (2, "B"), (4, "A"), (2**40, "演练"))
    ]
    for event in made:
        store.append([event], received_at=START)
    newest, highest = store.counters()
    assert highest == {"A": 5, "B": 2, "演练": 2**40}
    assert store.counters(newest) == (newest, {})
    store.append(
        [
            make_event("head_counted", 3, device="B", counter=3),
            make_event("undone", 9, counter=9, target=made[0].event_id),
        ],
        received_at=START,
    )
    later, more = store.counters(newest)
    assert (later > newest, more) == (True, {"B": 3, "D1": 9})
    assert store.counters()[1]["B"] == 3


def test_people_shelters_and_labels_return(store: EventStore) -> None:
    store.put_people([ANN])
    store.put_people([replace(ANN, helper=None)])
    store.put_shelters([Shelter("S1", "点", "330902", 60, True)])
    store.put_labels({"label": "SYNTHETIC"})
    assert list(store.people()) == [replace(ANN, helper=None)]
    assert store.person(ANN.code) == store.person(short_code(ANN.code)) == replace(ANN, helper=None)
    assert store.person("0" * 26) is None
    assert store.person("0" * 11) is None
    assert list(store.shelters()) == [Shelter("S1", "点", "330902", 60, True)]
    store.put_shelters([Shelter("S1", "点", "330902", 60, True, "village", "330902999", 80.5, 122.1, 30.0)])
    assert [s.area_m2 for s in store.shelters()] == [80.5]
    assert list(store.people("330902999")) == [replace(ANN, helper=None)]
    assert list(store.people("330902998")) == []
    assert store.people_of([ANN.code, "0" * 26]) == {ANN.code: replace(ANN, helper=None)}
    assert store.labels()["label"] == "SYNTHETIC"


def test_homes_are_those_of_the_list(store: EventStore) -> None:
    rng = random.Random(3)
    people = [make_person(n, rng) for n in range(1003)]  # more than one question takes
    store.put_people(people)
    asked = [person.code for person in people[:-1]] + ["0" * 26]
    homes = homes_of(store, asked)
    assert homes == {p.code: Home(p.county, p.village, p.household, p.category.value) for p in people[:-1]}
    assert homes_of(store, []) == {}


def test_who_is_on_a_list_is_there_by_an_event_or_by_the_roster(store: EventStore) -> None:
    store.put_people([ANN])
    entered, seen = (
        make_event("registered", 1, code="1" * 26),
        make_event("arrived_shelter", 2, code="2" * 26),
    )
    store.append([entered, seen], received_at=START)
    assert store.listed([ANN.code, entered.code, seen.code, "3" * 26]) == {ANN.code, entered.code}
    assert store.listed([]) == set()


def test_facts_aside_are_kept_and_change_no_standing(store: EventStore) -> None:
    kinds = ("relief_drawn", "passed", "head_counted")
    aside = [make_event(kind, n) for n, kind in enumerate(kinds)]
    arrived = make_event("arrived_shelter", 9)
    done = store.append([*aside[:2], arrived, aside[2], aside[0]], received_at=START)
    assert [e.event_id for e in done.stored] == [e.event_id for e in (*aside[:2], arrived, aside[2])]
    assert done.repeated == (aside[0].event_id,)
    assert store.append([aside[1]], received_at=START).repeated == (aside[1].event_id,)
    assert store.events_of([arrived.code]) == {arrived.code: [arrived]}
    found = list(store.aside(("relief_drawn", "head_counted")))
    assert [event for _, event in found] == [aside[0], aside[2]]
    assert [e for _, e in store.aside(("relief_drawn", "head_counted"), after=found[0][0])] == [aside[2]]
    assert list(store.aside(kinds, codes=["0" * 26])) == []
    assert [e for _, e in store.aside(kinds, codes=[arrived.code])] == aside
    assert sum(store.cells().values()) == 1
    assert store.seal().sequence == 4


def test_whom_only_an_undone_fact_aside_tells_of_is_heard_of_all_the_same(store: EventStore) -> None:
    registry, who, into = Registry(store), "7" + "A" * 25, "7" + "B" * 25
    listed, passed = make_event("registered", code=who), make_event("passed", code=into)
    undone = make_event("undone", 1, code=into, target=passed.event_id)
    merged = make_event("merged", 2, code=who, into=into)
    registry.check_ins([listed, passed], received_at=LATER).require_all()
    (refused,) = registry.check_ins([merged], received_at=LATER).refused
    assert refused.reason == f"merged: nobody is known by the code {into}"
    registry.check_ins([undone], received_at=LATER).require_all()
    assert [code for code, _ in store.everybody()] == [who, into]
    registry.check_ins([merged], received_at=LATER).require_all()


def test_real_people_are_sealed_and_never_stored_without_a_key(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    real = replace(
        ANN,
        destination=Destination(Stay.RELATIVES, "女儿家"),
        name="王小明",
        helper="李大姐",
        phone="13800000000",
        sex="男",
        birth_year=1950,
        transport="儿子张伟13899990000开车",
        synthetic=False,
    )
    vault = Vault.make()
    dsn = request.getfixturevalue("database")()
    path = tmp_path / "r.sqlite"
    for make in (lambda v: SQLiteStore(path, vault=v), lambda v: PostgresStore(dsn, set_up=True, vault=v)):
        with closing(make(None)) as store, pytest.raises(EvacError, match="no key"):
            store.put_people([real])
        with closing(make(vault)) as store:
            store.put_people([real])
            assert store.person(real.code) == real
        with closing(make(None)) as store:
            masked = store.person(real.code)
            assert masked == replace(
                real,
                destination=Destination(Stay.RELATIVES, ""),
                name="",
                helper=None,
                phone="",
                sex="",
                birth_year=None,
                transport="",
            )
        with pytest.raises(ConflictError, match="another key"):
            make(Vault.make())
    raw = path.read_bytes()
    assert not any(
        word.encode() in raw for word in ("王小明", "李大姐", "13800000000", "女儿家", "13899990000")
    )


@pytest.mark.parametrize(
    ("stay", "place"),
    [
        (Stay.SHELTER, "女儿王小红家13812345678"), (Stay.SHELTER, "13812345678"), (Stay.SHELTER, "138-1234-5678"),
        (Stay.ASHORE, "王小红的船"),
    ],
)  # fmt: skip
def test_where_to_and_how_are_in_no_file_in_clear(
    tmp_path: Path, request: pytest.FixtureRequest, stay: Stay, place: str
) -> None:
    real = replace(
        ANN, name="王小明", destination=Destination(stay, place), transport="张伟开车", synthetic=False
    )
    listed = replace(real, destination=Destination(Stay.SHELTER, "330902-S12"), code="2" * 26)
    vault, path = Vault.make(), tmp_path / "r.sqlite"
    dsn = request.getfixturevalue("database")()
    memory = MemoryStore()
    memory.put_people([real])
    assert memory.person(real.code) == real
    for make in (lambda v: SQLiteStore(path, vault=v), lambda v: PostgresStore(dsn, set_up=True, vault=v)):
        with closing(make(vault)) as store:
            store.put_people([real, listed])
            assert store.people_of([real.code, listed.code]) == {real.code: real, listed.code: listed}
        with closing(make(None)) as store:
            masked = store.person(real.code)
            assert masked is not None
            assert (masked.destination, masked.transport) == (Destination(stay, ""), "")
            found = store.person(listed.code)
            assert found is not None
            assert found.destination.place == "330902-S12"
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert not any(word.encode() in raw for word in (place, "王小红", "张伟"))


def test_a_wrong_key_is_refused_before_anything_is_written(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first, second = (replace(ANN, code=code, synthetic=False) for code in (ANN.code, "7" + "N" * 25))
    vault, dsn, path = Vault.make(), request.getfixturevalue("database")(), tmp_path / "r.sqlite"
    for make in (lambda v: SQLiteStore(path, vault=v), lambda v: PostgresStore(dsn, set_up=True, vault=v)):
        with closing(make(Vault.make())) as late, closing(make(vault)) as store:
            store.put_people([first])
            with pytest.raises(ConflictError, match="another key"):  # it was open before the first came
                late.put_people([second])
            assert [person.code for person in store.people()] == [first.code]
            assert is_sealed(store)
            store._raw.execute("DELETE FROM label WHERE key = 'key_mark'")  # as an earlier version left it
        with pytest.raises(ConflictError, match="another key"):
            make(Vault.make())
        with closing(make(vault)) as store:
            store.put_people([second])
            assert store.key_mark() == vault.mark
        with closing(make(None)) as store:
            assert len(list(store.people())) == 2


def test_nothing_of_a_failed_batch_is_kept(store: EventStore) -> None:
    good, bad = make_event("notified"), make_event("notified", actor="\ud800")
    with pytest.raises(UnicodeEncodeError):
        store.append([good, bad], received_at=START)
    assert store.head() == Head()
    assert store.append([good], received_at=START).stored == (good,)


KINDS_OF_ONE = sorted(KINDS.keys() - ABOUT_EVENTS - ASIDE)
CODES = [f"7{letter * 25}" for letter in "ABC"]


@st.composite
def lives(draw: st.DrawFn) -> list[Envelope]:
    """What happened to a few people: repeats, undos, one id with two contents, and instants that are often the same."""
    events: list[Envelope] = []
    for n in range(draw(st.integers(1, 14))):
        code = draw(st.sampled_from(CODES))
        minute, device = draw(st.integers(0, 6)), draw(st.sampled_from(["D1", "D2"]))
        mine = [event for event in events if event.code == code]
        if mine and (special := draw(st.integers(0, 6))) < 3:
            target = draw(st.sampled_from(mine)).event_id
            about: dict[str, Any] = {"target": target}
            if special == 2:
                about = {"into": draw(st.sampled_from(CODES))}
            kind = ("undone", "received", "merged")[special]
            events.append(make_event(kind, minute, code=code, device=device, counter=n, **about))
            continue
        kind = draw(st.sampled_from(KINDS_OF_ONE))
        events.append(
            make_event(
                kind, minute, code=code, device=device, counter=n, place=draw(st.sampled_from(["S1", "S2"]))
            )
        )
    return events


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), events=lives())
def test_what_is_derived_is_the_fold_of_the_log(
    empty: Callable[[], EventStore], data: st.DataObject, events: list[Envelope]
) -> None:
    with closing(empty()) as store:
        sent = data.draw(st.permutations([*events, *events[:3]]))
        cuts = data.draw(st.integers(1, 5))
        for n in range(0, len(sent), cuts):
            store.append(sent[n : n + cuts], received_at=START + timedelta(days=1))
        truth = fold(events)
        assert {code: standing.state for code, standing in store.everybody()} == truth
        assert {code: standing.state for code, standing in store.standings(CODES).items()} == truth
        assert store.movers() == sorted(c for c, state in truth.items() if state.moves)
        assert store.cells() == Counter(cell(state) for state in truth.values())
        assert store.seats() == Counter(
            place for state in truth.values() if (place := seat(state)) is not None
        )
        assert {code: {e.event_id for e in mine} for code, mine in store.events_of(CODES).items()} == {
            code: {e.event_id for e in events if e.code == code} for code in {e.code for e in events}
        }
        assert store.known([e.event_id for e in events] + ["f" * 32]) == {e.event_id for e in events}
        assert store.seal() == verify_chain(store.log()) == store.head()
        assert [s.sequence for s in store.log(after=1)] == list(range(2, len(events) + 1))
