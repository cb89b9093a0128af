"""Who writes: a database that went away and came back is written to again, and nothing was acknowledged meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest

from evac.api.committing import Mending
from evac.group_commit import GroupCommit
from evac.registry import Registry
from evac.store.access import PostgresAccessLog
from evac.store.postgres import PostgresStore
from evac.tokens import Role
from riskmap.errors import SourceError
from tests.evac.api.desks import ANN, Desk
from tests.evac.scenes import make_event


def test_a_database_that_came_back_is_written_to_again(database: Callable[[], str]) -> None:
    dsn = database()
    opener = partial(PostgresStore, dsn, set_up=True)
    writer = Mending(opener, lambda store: GroupCommit(Registry(store)))
    reads = PostgresAccessLog(dsn)
    desk = Desk(opener(), committer=writer, open_reader=opener, open_office=opener, access=reads)
    desk.store.put_people([ANN])
    events = [make_event("arrived_shelter", n) for n in range(4)]
    with desk.client:
        headers = desk.token(Role.LIAISON)
        assert desk.send(events[0], headers=headers).status_code == 200
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert desk.send(events[1], headers=headers).status_code == 503
        answers = [desk.send(event, headers=headers) for event in events]
        counted = [desk.client.get("/v1/counts", headers=headers).status_code for _ in range(4)]
        # who reads a person is written down first, by a connection of its own
        shown = [desk.client.get(f"/v1/people/{ANN.code}", headers=headers).status_code for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.json()["repeated"] != [] for answer in answers] == [True, False, False, False]
    assert (counted[-1], shown[-1]) == (200, 200)
    assert reads.head().sequence == shown.count(200)
    reads.close()
    desk.store.close()


def test_a_store_that_stays_away_fails_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def append(self, *_: object, **__: object) -> Any:
            raise SourceError("away")

        def head(self) -> Any:
            raise SourceError("away")

        def close(self) -> None:
            pass

    opened = []

    def opener() -> Any:
        opened.append(1)
        return Away()

    async def ask() -> None:
        writer = Mending(opener, lambda store: GroupCommit(Registry(store)))
        for _ in range(3):
            with pytest.raises(SourceError, match="away"):
                await writer.check_ins([make_event("notified")])
        writer.close()

    asyncio.run(ask())
    assert len(opened) == 3
