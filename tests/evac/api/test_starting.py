"""What `evac serve` refuses, or says, before the first request."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from evac.api.running import serve_registry
from evac.errors import ConflictError
from evac.event_key import make_vault_file
from evac.store.sqlite import SQLiteStore
from tests.evac.world import make_person


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("evac.api.running.os.umask", lambda _: 0)
    monkeypatch.setattr("evac.api.running.run", Mock())
    monkeypatch.setattr("evac.api.running.log_to", Mock())
    path = tmp_path / "county.sqlite"
    SQLiteStore(path).close()
    return path


def serve(registry: Path, vault: Path) -> str:
    said: list[str] = []
    serve_registry(
        str(registry), vault=vault, host="127.0.0.1", port=8443, cert=None, key=None, keys=None, plain_http=True,
        proxies=(), access=False, tell=said.append,
    )  # fmt: skip
    return "\n".join(said)


def test_a_key_that_an_empty_registry_cannot_check_is_named_with_its_mark(
    registry: Path, tmp_path: Path
) -> None:
    key = make_vault_file(tmp_path / "2106.key")
    said = serve(registry, tmp_path / "2106.key")
    assert "nobody is on the list yet" in said
    assert key.mark in said
    with closing(SQLiteStore(registry, vault=key)) as store:
        store.put_people([make_person(1, random.Random(1), synthetic=False)])
    assert "nobody is on the list" not in serve(registry, tmp_path / "2106.key")
    make_vault_file(tmp_path / "wrong.key")
    with pytest.raises(ConflictError, match="sealed by another key"):
        serve(registry, tmp_path / "wrong.key")


def test_a_key_that_is_not_the_one_beside_an_empty_registry_is_refused(
    registry: Path, tmp_path: Path
) -> None:
    beside, wrong = make_vault_file(tmp_path / "county.key"), make_vault_file(tmp_path / "wrong.key")
    with pytest.raises(ConflictError, match="not the one beside the registry") as refused:
        serve(registry, tmp_path / "wrong.key")
    assert beside.mark in str(refused.value)
    assert wrong.mark in str(refused.value)
    assert beside.mark in serve(registry, tmp_path / "county.key")
