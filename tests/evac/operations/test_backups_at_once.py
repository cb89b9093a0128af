"""Two backups at the same moment: each has its own working copy and its own name, and what a killed one left goes."""

from __future__ import annotations

import errno
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from evac.operations.backup import back_up, restore
from evac.store.copying import seal_file
from evac.store.purge import purge
from evac.store.sqlite import SQLiteStore
from evac.store.working_copies import forget_copies, own_copy
from evac.vault import Vault
from riskmap.errors import SourceError
from tests.evac.privacy.test_purge import fill
from tests.evac.scenes import START

NOW = START + timedelta(hours=12)


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture
def registry(tmp_path: Path, vault: Vault) -> Path:
    (tmp_path / "node").mkdir()
    (tmp_path / "away").mkdir()
    path = tmp_path / "node" / "r.sqlite"
    with closing(SQLiteStore(path, vault=vault)) as store:
        fill(store, 20)
    return path


def test_two_backups_of_one_second_are_two_whole_backups(
    tmp_path: Path, registry: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2, timeout=10)

    def seal(plain: Path, target: Path, header: dict[str, Any], key: Vault) -> tuple[Path, str]:
        both.wait()  # each has its copy, and has tried it
        return seal_file(plain, target, header, key)

    monkeypatch.setattr("evac.operations.backup.seal_file", seal)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(back_up, registry, tmp_path / "away", vault, at=NOW) for _ in range(2)]
        done = [run.result() for run in runs]
    assert len({backup.path for backup in done}) == 2
    for number, backup in enumerate(done):
        assert restore(backup.path, tmp_path / f"{number}.sqlite", vault).head == backup.head
    assert [path.name for path in registry.parent.iterdir() if "copy" in path.name] == []
    assert sorted((tmp_path / "away").iterdir()) == sorted(backup.path for backup in done)


KILLED = """
import os, sys
from pathlib import Path
from evac.store.copying import copy_registry, seal_file
from evac.store.working_copies import own_copy
from evac.vault import Vault

class Dies(Vault):
    def seal(self, plain, about):
        os._exit(9)

registry, target = map(Path, sys.argv[1:])
with own_copy(registry) as plain:
    copy_registry(registry, plain)
    seal_file(plain, target, {}, Dies(bytes(range(32))))
"""


def test_what_a_killed_backup_left_goes_and_what_lives_stays(
    tmp_path: Path, registry: Path, vault: Vault
) -> None:
    given = [str(registry), str(tmp_path / "away" / "x.evbackup")]
    assert subprocess.run([sys.executable, "-c", KILLED, *given], check=False).returncode == 9
    left = [path for path in registry.parent.iterdir() if path.suffix == ".copy"]
    assert len(left) == 1
    assert [path.name for path in (tmp_path / "away").iterdir()] == [".x.evbackup.partial"]
    with own_copy(registry) as plain:
        assert not left[0].exists()
        plain.write_bytes(b"plain")
        done = back_up(registry, tmp_path / "away", vault, at=NOW)
        assert plain.read_bytes() == b"plain"
    assert [path.name for path in registry.parent.iterdir() if "copy" in path.name] == []
    assert list((tmp_path / "away").iterdir()) == [done.path]


def test_what_a_killed_backup_left_on_a_disk_without_locks_is_named(
    registry: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    plain = registry.with_name(f".{registry.name}.0123abcd.copy")
    lock = plain.with_name(f"{plain.name}.lock")
    for path in (plain, lock):
        path.write_bytes(b"plain")
    named = rf"{plain.name} and {lock.name}.*remove the \.lock by hand"
    with closing(SQLiteStore(registry, vault=vault)) as store, pytest.raises(SourceError, match=named):
        purge(store, head=store.head())
    lock.unlink()
    assert not forget_copies(registry)
    assert not plain.exists()


def test_nothing_is_destroyed_while_a_backup_is_taken(registry: Path, vault: Vault) -> None:
    with own_copy(registry) as plain:
        plain.write_bytes(b"plain")
        assert forget_copies(registry)
        store = SQLiteStore(registry, vault=vault)
        with pytest.raises(SourceError, match="a backup of this registry is being taken"):
            purge(store, head=store.head())
        assert plain.read_bytes() == b"plain"
        store.close()
    with closing(SQLiteStore(registry, vault=vault)) as there:
        assert len(list(there.people())) == 20
    assert not forget_copies(registry)
