"""A registry with a vault, on SQLite and in memory, and a clerk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evac.people.clerk import Clerk
from evac.registry import Registry
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from tests.evac.people_lists import NOW


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture(params=["memory", "sqlite"])
def registry(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> Iterator[Registry]:
    store = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "r.sqlite", vault=vault)
    yield Registry(store)
    store.close()


@pytest.fixture
def clerk() -> Callable[[str], Clerk]:
    """A clerk at a device; a new one each time, as a command line is."""
    return lambda device="D1": Clerk("李四", "S1", device, NOW, office="定海")
