"""One contract, every table of due rows: leases, fences, and never a row given to two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from evac.orders.due import Due, DueTable
from evac.store.due_tables import PostgresDueTable, SQLiteDueTable
from riskmap.errors import SourceError
from tests.evac.orders.office import SIGNED_AT as NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgres"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], DueTable]]:
    opened: list[DueTable] = []
    dsn = ""
    if request.param == "postgres":
        import psycopg

        dsn = request.getfixturevalue("own_database")
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("DROP TABLE IF EXISTS due, beat")

    def open_one() -> DueTable:
        opened.append(
            PostgresDueTable(dsn) if request.param == "postgres" else SQLiteDueTable(tmp_path / "x.due")
        )
        return opened[-1]

    yield open_one
    for table in opened:
        table.close()


def row(key: str = "k", minute: int = 0, seen: int = 1, body: str = "") -> Due:
    return Due(key, "delivery" if body else "deadline", NOW + minute * MINUTE, seen, body)


def claim(table: DueTable, owner: str, minute: int, limit: int = 10, kind: str = "deadline") -> list[str]:
    return [lease.due.key for lease in leases(table, owner, minute, limit, kind)]


def leases(table: DueTable, owner: str, minute: int, limit: int = 10, kind: str = "deadline") -> list:  # type: ignore[type-arg]
    return table.claim(owner, now=NOW + minute * MINUTE, span=MINUTE, limit=limit, kind=kind)  # type: ignore[arg-type]


def due_at(table: DueTable) -> dict[str, datetime]:
    return {found.key: found.due_at for found in table.listed(NOW + timedelta(days=9), 99)}


def test_only_what_is_due_is_given_the_oldest_first_and_to_one(make: Callable[[], DueTable]) -> None:
    one, two = make(), make()
    one.put([row("late", 0), row("later", 1), row("latest", 2), row("future", 9), row("mail", 0, body="{}")])
    assert claim(one, "A", 5, limit=2) == ["late", "later"]
    assert claim(two, "B", 5) == ["latest"]
    assert claim(two, "B", 5, kind="delivery") == ["mail"]
    assert claim(one, "A", 5) == []


def test_a_lease_runs_out_and_the_old_holder_cannot_settle(make: Callable[[], DueTable]) -> None:
    one, two = make(), make()
    one.put([row()])
    (old,) = leases(one, "A", 0)
    assert claim(two, "B", 0) == []
    (new,) = leases(two, "B", 1)
    assert (new.fence, new.attempts) == (old.fence + 1, 2)
    assert not one.settle(old, None, seen=5)
    assert not one.renew(old, NOW + 9 * MINUTE)
    assert two.renew(new, NOW + 9 * MINUTE)
    assert claim(one, "A", 5) == []
    assert two.settle(new, NOW + 20 * MINUTE, seen=5)
    assert due_at(one) == {"k": NOW + 20 * MINUTE}
    assert claim(one, "A", 19) == []
    assert claim(one, "A", 20) == ["k"]


def test_what_is_computed_from_less_of_the_log_overwrites_nothing(make: Callable[[], DueTable]) -> None:
    table = make()
    table.put([row(minute=5, seen=7)])
    table.put([row(minute=60, seen=6)])
    table.drop(["k"], 6)
    assert due_at(table) == {"k": NOW + 5 * MINUTE}
    table.put([row(minute=60, seen=8)])
    assert due_at(table) == {"k": NOW + 60 * MINUTE}
    table.drop(["k"], 8)
    assert due_at(table) == {}


def test_a_row_that_moves_while_it_is_held_is_free_again_and_stays_moved(
    make: Callable[[], DueTable],
) -> None:
    table = make()
    table.put([row()])
    (held,) = leases(table, "A", 0)
    table.put([row(minute=3, seen=2)])  # a fact came in meanwhile
    assert not table.settle(held, NOW + 90 * MINUTE, seen=1)
    assert due_at(table) == {"k": NOW + 3 * MINUTE}
    assert claim(table, "B", 3) == ["k"]


def test_a_delivery_keeps_the_time_of_its_next_attempt(make: Callable[[], DueTable]) -> None:
    table = make()
    table.put([row("m", 0, body="{}")])
    (held,) = leases(table, "A", 0, kind="delivery")
    assert table.settle(held, NOW + 30 * MINUTE, seen=1)
    table.put([row("m", 0, seen=99, body="{}")])
    assert due_at(table) == {"m": NOW + 30 * MINUTE}
    (held,) = leases(table, "A", 30, kind="delivery")
    assert held.attempts == 2
    assert table.settle(held, None, seen=1)
    assert due_at(table) == {}


def test_many_workers_share_many_rows_and_none_is_given_twice(make: Callable[[], DueTable]) -> None:
    tables = [make() for _ in range(4)]
    tables[0].put([row(f"{n:04d}") for n in range(400)])

    def work(n: int) -> list[str]:
        found: list[str] = []
        while more := claim(tables[n], f"W{n}", 0, limit=7):
            found += more
        return found

    with ThreadPoolExecutor(4) as pool:
        given = [key for keys in pool.map(work, range(4)) for key in keys]
    assert sorted(given) == [f"{n:04d}" for n in range(400)]


def test_signs_of_life(make: Callable[[], DueTable]) -> None:
    table = make()
    table.beat("A", NOW, "x")
    table.beat("B", NOW + MINUTE, "y")
    table.beat("A", NOW + 2 * MINUTE, "z")
    assert [(b.owner, b.at, b.words) for b in table.beats()] == [
        ("A", NOW + 2 * MINUTE, "z"), ("B", NOW + MINUTE, "y"),
    ]  # fmt: skip


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no database at all, but long enough to be one" * 50)
    with pytest.raises(SourceError, match="made again from the log"):
        SQLiteDueTable(tmp_path / "x")
