"""The store of runs: whatever moment a process is killed at while it publishes, the next one publishes the same run."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cycles.killing import killed_before
from riskmap.io.publish import Staging
from riskmap.io.run_store import MANIFEST, RunStore, damaged_files, read_manifest

AT = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)


def _built(folder: Path) -> Path:
    """What a cycle fills, if it was not filled before."""
    for name in ("run.json", "maps/map_330211.html"):
        Staging(folder).write(name, f'{{"file": "{name}"}}')
    return folder


def _publish(root: Path) -> None:
    store = RunStore(root)
    store.publish(_built(root / "work"), AT, {"key": "k"})
    store.point_latest()


def test_a_run_is_published_whole_and_alone_after_a_kill_before_any_change_of_the_disk(
    tmp_path: Path,
) -> None:
    for last in itertools.count(1):
        root = tmp_path / f"{last}"
        killed = killed_before(last, lambda root=root: _publish(root))
        run = RunStore(root).folder(AT)
        assert damaged_files(run) == [] if run.exists() else not (root / "latest").exists()
        _publish(root)
        manifest = read_manifest(root / "latest")
        assert manifest is not None
        assert damaged_files(root / "latest") == []
        found = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
        assert found == {*manifest["files"], MANIFEST} == {"run.json", "maps/map_330211.html", MANIFEST}
        if not killed:
            break
    assert last > 8, "each change was one to be killed before"
