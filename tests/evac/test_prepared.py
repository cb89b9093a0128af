"""A check-in that comes alone is called on libpq itself: it says and refuses what a cursor would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from evac.store.postgres import PostgresStore
from riskmap.errors import SourceError
from tests.evac.scenes import LATER, make_event


@pytest.fixture
def store(database: Callable[[], str]) -> Iterator[PostgresStore]:
    with closing(PostgresStore(database(), set_up=True)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"place": "S1\0 and more"}, "0x00"), ({"counter": 2**63}, "too long")],
    ids=["a text with a NUL in it", "a counter of 64 bits"],
)
def test_what_a_column_cannot_hold_is_refused_and_the_store_goes_on(
    store: PostgresStore, wrong: dict[str, object], told: str
) -> None:
    with pytest.raises(SourceError, match=told):
        store.append([make_event("arrived_shelter", 3, **wrong)], received_at=LATER)
    right = make_event("arrived_shelter", 3, place=f"S of {told}")
    assert store.append([right], received_at=LATER).stored == (right,)
    assert list(store.events_of([right.code])[right.code])[-1] == right


def test_texts_and_numbers_of_any_kind_come_back_as_they_went_in(store: PostgresStore) -> None:
    event = make_event(
        "corrected", 8, place="", actor="沈家门'; DROP TABLE event;--", counter=2**63 - 1, county="330903"
    )
    store.append([event], received_at=LATER)
    assert event in store.events_of([event.code])[event.code]


def test_a_connection_that_was_cut_is_told_and_nothing_is_acknowledged(database: Callable[[], str]) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store, psycopg.connect(dsn, autocommit=True) as admin:
        store.append([make_event("ordered", 1)], received_at=LATER)
        admin.execute("SELECT pg_terminate_backend(%s)", (store._raw.info.backend_pid,))
        for _ in range(2):
            with pytest.raises(SourceError, match="nothing of this batch was acknowledged"):
                store.append([make_event("departed", 2)], received_at=LATER)
        assert admin.execute("SELECT count(*) FROM event").fetchone() == (1,)
