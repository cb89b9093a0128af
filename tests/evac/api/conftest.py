"""Servers for the tests of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from evac.api.buckets import Limits
from evac.field.entering import entries_of
from evac.field.registers import Worker
from evac.store.memory import MemoryStore
from tests.evac.api.desks import NO_LIMITS, Desk, listed
from tests.evac.field.scene import AT, VILLAGE, scene


@pytest.fixture
def desk() -> Iterator[Desk]:
    store = MemoryStore()
    listed(store)
    field = scene()
    device = Worker(
        "D1", f"{VILLAGE}009", (VILLAGE,), "", None, None
    )  # the tokens' device is a worker's phone too
    field.enter(entries_of([(device, None)], by="测试", at=AT), now=AT)
    made = Desk(store, field=field)
    with made.client:
        yield made


@pytest.fixture
def open_desk() -> Iterator[Callable[..., Desk]]:
    """Makes a server with limits of one's own."""
    made: list[Desk] = []

    def make(limits: Limits = NO_LIMITS, **parts: Any) -> Desk:
        store = parts.pop("store", None) or MemoryStore()
        if not store.labels().get("listed"):
            listed(store)
        made.append(Desk(store, limits, **parts))
        made[-1].client.__enter__()
        return made[-1]

    yield make
    for one in made:
        one.client.__exit__(None, None, None)
