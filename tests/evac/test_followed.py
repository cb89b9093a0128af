"""People that are kept between questions are those of a fold from scratch, whoever wrote, put anew or rolled back meanwhile."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.events import Envelope, instant_of, microseconds
from evac.grain import Grain, grain_of
from evac.model import Person, State, Vulnerability
from evac.situation.people import ALARMING
from evac.state import PersonState, fold
from evac.store import followed
from evac.store.counting import Held, count_grains, held_since
from evac.store.purge import purge
from evac.store.rows import event_row
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_reading import Sums
from tests.evac.world import COUNTIES, END, Clerk, make_person, random_events

STEPS = st.lists(
    st.sampled_from(["write", "write", "write", "put", "put some", "fail", "merge", "anew", "file"]),
    max_size=12,
)
GRAVE = sorted(followed.GRAVE)


def folded(store: SQLiteStore) -> dict[str, PersonState]:
    return {code: state for code, state in fold(store.events()).items() if state.county}


def grains(store: SQLiteStore, county: str) -> Counter[Grain]:
    people = {person.code: person for person in store.people()}
    states = folded(store).items()
    return Counter(grain_of(people.get(code), state) for code, state in states if state.county == county)


def held(store: SQLiteStore, counties: tuple[str, ...], states: list[State]) -> dict[tuple[str, State], Held]:
    found: dict[tuple[str, State], list[int]] = {}
    for state in folded(store).values():
        if state.county in counties and state.state in states and state.since is not None:
            found.setdefault((state.county, state.state), []).append(microseconds(state.since))
    return {key: Held(len(n), instant_of(min(n)), instant_of(max(n))) for key, n in found.items()}


def require(store: SQLiteStore, *others: SQLiteStore) -> None:
    """All that is kept, of each, against the fold of the log."""
    for county in COUNTIES:
        told = grains(store, county)
        times = held(store, (county,), list(ALARMING))
        for one in (store, *others):
            assert count_grains(one, county) == told
            assert held_since(one, [county], ALARMING) == times
    grave = held(store, COUNTIES, GRAVE)
    for one in (store, *others):
        assert held_since(one, COUNTIES, GRAVE) == grave


def fail(writer: SQLiteStore, event: Envelope) -> None:
    """Reads in the middle of what is rolled back."""
    with writer._transaction("fail"):
        writer._write({b"": (event, event_row(event))}, END)
        require(writer)
        raise ZeroDivisionError


def otherwise(person: Person, rng: random.Random) -> Person:
    """The same person, in another village and otherwise vulnerable."""
    weak = (rng.choice(list(Vulnerability)),)
    return make_person(rng.randrange(8), rng, code=person.code, vulnerability=weak)


@settings(max_examples=25, deadline=None)
@given(STEPS, st.integers(0, 10**6))
def test_kept_people_are_those_of_a_fold_from_scratch(steps: list[str], seed: int) -> None:
    rng, clerk = random.Random(seed), Clerk()
    people = [make_person(n, rng) for n in range(8)]
    events = random_events(people, rng, clerk, each=8)
    rng.shuffle(events)  # late ones, undone ones before what they undo, merges in the middle
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        path = Path(folder) / "r.sqlite"
        writer, sums = SQLiteStore(path), Sums()
        stores = [writer, *(SQLiteStore(path, read_only=True, sums=sums) for _ in range(2))]
        for step in steps:
            if step == "write":
                writer.append([events.pop() for _ in range(min(5, len(events)))], received_at=END)
            elif step == "put":
                writer.put_people(people)
            elif step == "put some":
                writer.put_people([otherwise(one, rng) for one in rng.sample(people, 2)])
            elif step == "fail" and events:
                with pytest.raises(ZeroDivisionError):
                    fail(writer, events[0])  # not what is written next
            elif step == "merge":
                one, into = rng.sample(people, 2)
                writer.append([clerk.event("merged", 1700, code=one.code, into=into.code)], received_at=END)
            elif step == "anew":
                patched.setattr(followed, "ANEW_AFTER", rng.choice((0, 3, 10**6)))
            elif step == "file":
                with closing(sqlite3.connect(path)) as raw:
                    raw.execute("VACUUM")
            if step != "fail":  # what is written next has the numbers of what was rolled back
                rng.shuffle(stores)
                require(stores[0], *stores[1 : rng.randrange(1, 4)])
        require(*stores)
        for store in stores:
            store.close()


def made(folder: Path, people: int = 20) -> tuple[SQLiteStore, list[Person]]:
    rng, writer = random.Random(3), SQLiteStore(folder / "r.sqlite")
    listed = [make_person(n, rng) for n in range(people)]
    writer.put_people(listed)
    writer.append(random_events(listed, rng, Clerk()), received_at=END)
    return writer, listed


def test_only_who_was_touched_since_is_read(tmp_path: Path) -> None:
    writer, people = made(tmp_path)
    reader = SQLiteStore(tmp_path / "r.sqlite", read_only=True)
    states = folded(writer)
    here = next(one for one in people if one.code in states and states[one.code].county == COUNTIES[0])
    first = count_grains(reader, COUNTIES[0])
    asked: list[str] = []
    reader._raw.set_trace_callback(asked.append)
    assert count_grains(reader, COUNTIES[0]) == first
    clerk = Clerk(10**6)
    writer.append([clerk.event("missing", 1790, code=here.code)], received_at=END)
    writer.put_people([make_person(0, random.Random(9), code=here.code, village=f"{COUNTIES[0]}099099")])
    assert count_grains(reader, COUNTIES[0]) == grains(writer, COUNTIES[0]) != first
    assert not [query for query in asked if "s.county =" in query]
    reader.close()
    writer.close()


def test_who_was_merged_is_led_on_with_the_other(tmp_path: Path) -> None:
    writer, clerk = SQLiteStore(tmp_path / "r.sqlite"), Clerk()
    one, other = (make_person(n, random.Random(n)).code for n in (0, 2))
    first = [clerk.event("registered", 0, code=code, county=COUNTIES[0]) for code in (one, other)]
    writer.append([*first, clerk.event("merged", 1, code=one, into=other)], received_at=END)
    require(writer)
    # by the pendant that counts no more: whose state moves is another's
    writer.append([clerk.event("arrived_shelter", 2, code=one, place="S330902-1")], received_at=END)
    require(writer)
    assert {grain.place for grain in count_grains(writer, COUNTIES[0])} == {"", "S330902-1"}
    writer.close()


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    writer, _ = made(tmp_path)
    asked: list[str] = []
    require(writer)
    with closing(sqlite3.connect(writer.path)) as raw:
        raw.execute("VACUUM")
    writer._raw.set_trace_callback(asked.append)
    count_grains(writer, COUNTIES[0])
    assert [query for query in asked if "s.county =" in query]
    writer.close()


def test_what_was_destroyed_is_forgotten_though_the_log_grows_as_long_again(tmp_path: Path) -> None:
    writer, people = made(tmp_path)
    sums = Sums()
    reader = SQLiteStore(writer.path, read_only=True, sums=sums)
    require(writer, reader)
    reader.close()
    purge(writer, head=writer.head())
    reader = SQLiteStore(writer.path, read_only=True, sums=sums)
    assert count_grains(reader, COUNTIES[0]) == Counter()
    reader.close()
    again = SQLiteStore(writer.path)
    again.put_people([otherwise(one, random.Random(1)) for one in people])
    clerk = Clerk(10**7)
    again.append(
        [clerk.event("registered", n, code=people[n % 20].code, county=COUNTIES[1]) for n in range(400)],
        received_at=END,
    )
    reader = SQLiteStore(writer.path, read_only=True, sums=sums)
    require(again, reader)
    reader.close()
    again.close()


def test_counties_asked_longest_ago_are_forgotten_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "MOST_PEOPLE", 1)
    writer, _ = made(tmp_path)
    for county in (*COUNTIES, COUNTIES[0]):
        assert count_grains(writer, county) == grains(writer, county)
        assert list(writer._sums.people._counties) == [county]
    writer.close()


def test_screens_watch_no_state_that_is_not_kept() -> None:
    assert followed.WATCHED.issuperset(ALARMING)
    assert followed.GRAVE.issuperset(ALARMING[:2])
