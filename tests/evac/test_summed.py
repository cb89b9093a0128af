"""Sums that are kept between questions are those of the whole table, whoever wrote, summed up or rolled back meanwhile."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.store import rows, sqlite
from evac.store.sqlite import SQLiteStore
from tests.evac.world import END, Clerk, make_person, make_shelters, random_events

STEPS = st.lists(st.sampled_from(["write", "write", "read", "read other", "sum up", "fail"]), max_size=14)


def whole(store: SQLiteStore) -> tuple[object, object]:
    """Asked of the table itself."""
    cells, seats = store._raw.execute(rows.CELLS).fetchall(), store._raw.execute(rows.SEATS).fetchall()
    return Counter(dict(map(rows.cell_of, cells))), Counter(dict(map(rows.seat_of, seats)))


def fail(writer: SQLiteStore) -> None:
    """Reads in the middle of what is rolled back."""
    with writer._transaction("fail"):
        writer._raw.execute("INSERT INTO change VALUES ('330902', 'other', 1, NULL, 0, '', 7)")
        assert whole(writer) == (writer.cells(), writer.seats())
        raise ZeroDivisionError


@settings(max_examples=25, deadline=None)
@given(STEPS, st.integers(0, 10**6))
def test_kept_sums_are_those_of_the_whole_table(steps: list[str], seed: int) -> None:
    rng, clerk = random.Random(seed), Clerk()
    people = [make_person(n, rng) for n in range(6)]
    events = random_events(people, rng, clerk, each=8)
    rng.shuffle(events)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(sqlite, "_SUM_UP_AFTER", 10**9)
        path = Path(folder) / "r.sqlite"
        writer = SQLiteStore(path)
        writer.put_shelters(make_shelters())
        reader, other = SQLiteStore(path, read_only=True), SQLiteStore(path, read_only=True)
        for step in steps:
            if step == "write" and events:
                writer.append([events.pop() for _ in range(min(5, len(events)))], received_at=END)
            elif step == "sum up":
                with writer._transaction("sum up"):
                    writer._sum_up()
            elif step == "fail":
                with pytest.raises(ZeroDivisionError):
                    fail(writer)
            one = other if step == "read other" else reader
            assert (one.cells(), one.seats()) == whole(one)
            assert (writer.cells(), writer.seats()) == whole(writer)
        for store in (reader, other, writer):
            assert (store.cells(), store.seats()) == whole(writer)
            store.close()


def test_only_what_came_since_is_read(tmp_path: Path) -> None:
    writer = SQLiteStore(tmp_path / "r.sqlite")
    rng, clerk = random.Random(1), Clerk()
    writer.append(random_events([make_person(n, rng) for n in range(20)], rng, clerk), received_at=END)
    reader = SQLiteStore(tmp_path / "r.sqlite", read_only=True)
    first = reader.cells()
    asked: list[str] = []
    reader._raw.set_trace_callback(asked.append)
    assert reader.cells() == first
    code = f"7{1:025d}"
    writer.append([clerk.event("registered", 0, code=code, county="330902")], received_at=END)
    assert sum(reader.cells().values()) == sum(first.values()) + 1
    assert not [query for query in asked if "GROUP BY" in query]
    with writer._transaction("sum up"):
        writer._sum_up()
    reader.cells()
    assert [query for query in asked if "GROUP BY" in query]
    reader.close()
    writer.close()
