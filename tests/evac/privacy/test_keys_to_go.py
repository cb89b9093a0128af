"""Which files of a key go with an event: the one that opens the names is among them, and the certificate names no other."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from evac.errors import ConflictError
from evac.privacy import destroy
from evac.privacy.certificate import Certificate
from evac.privacy.destroy import Destruction, destroy_event
from evac.store.shredding import key_is_gone
from evac.store.sqlite import SQLiteStore
from evac.sync.node import Node, write_node
from evac.vault import Vault
from riskmap.errors import DataError
from tests.evac.privacy.test_destroy import KEY, NOW, registry


@pytest.fixture(autouse=True)
def no_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typesetting takes a second, and is tested elsewhere."""
    monkeypatch.setattr(destroy, "print_certificate", lambda *_: b"%PDF-")


def run(path: Path, *keys: Path, stop: str = "") -> Certificate:
    def tell(step: str) -> None:
        if step == stop:
            raise KeyboardInterrupt

    return destroy_event(
        lambda: SQLiteStore(path), Destruction("2106", "330902", "张三", "响应结束", keys),
        key=KEY, out=path.parent / "out", now=lambda: NOW, tell=tell,
    )  # fmt: skip


def node_file(folder: Path, key: bytes) -> Path:
    write_node(folder / "r.key", Node("330902", "2106", KEY, key))
    return folder / "r.key"


def test_a_key_that_opens_no_name_is_not_certified(tmp_path: Path) -> None:
    path, real = registry(tmp_path, 20)
    wrong = node_file(tmp_path, Vault.make().key)
    with pytest.raises(ConflictError, match="opens the names"):
        run(path, wrong)
    real.rename(tmp_path / "event.txt")
    with pytest.raises(ConflictError, match="opens the names"):
        run(path, wrong)
    assert "x" not in wrong.read_text().split('"event_key"')[1][:20]
    done = run(path, wrong, tmp_path / "event.txt")
    assert done.keys == ("r.key", "event.txt")
    assert not (tmp_path / "event.txt").exists()


def test_another_file_of_the_key_beside_the_registry_is_found(tmp_path: Path) -> None:
    path, real = registry(tmp_path, 20)
    own = node_file(tmp_path, bytes.fromhex(real.read_text()))
    with pytest.raises(ConflictError, match=r"--also .*event\.key"):
        run(path, own)
    assert run(path, own, real).keys == ("r.key", "event.key")


def test_what_a_killed_writer_left_of_the_key_is_found(tmp_path: Path) -> None:
    """Written, and not yet under its name: nobody would look for it there, and the names would still open."""
    path, real = registry(tmp_path, 20)
    left = node_file(tmp_path, bytes.fromhex(real.read_text())).rename(tmp_path / ".r.key.partial-4711")
    with pytest.raises(ConflictError, match=r"--also .*\.r\.key\.partial-4711"):
        run(path, real)
    assert run(path, real, left).keys == ("event.key", left.name)
    assert key_is_gone(left), "its own key stays, the event's does not"


@pytest.mark.parametrize("stop", ["keys", "purged"])
def test_a_file_that_is_not_there_is_refused_and_a_resumed_run_goes_on(tmp_path: Path, stop: str) -> None:
    path, real = registry(tmp_path, 20)
    with pytest.raises(DataError, match="not there"):
        run(path, real, tmp_path / "typo-key.json")
    with closing(SQLiteStore(path)) as store:
        assert not store.labels().get("destroying")
    with pytest.raises(KeyboardInterrupt):
        run(path, real, stop=stop)
    assert not real.exists()
    with pytest.raises(DataError, match="not there"):
        run(path, real, tmp_path / "typo-key.json")
    assert run(path, real).keys == ("event.key",)
