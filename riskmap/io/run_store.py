"""Published runs of scheduled cycles: one folder an analysis time, a link to the latest, and what each was made from."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from riskmap.errors import SourceError
from riskmap.io.durable import cannot_write, point, sync_folder
from riskmap.io.publish import MARK, Staging, file_digest, swap

MANIFEST: Final = "manifest.json"
LATEST: Final = "latest"
VARYING: Final = frozenset({MANIFEST, "timings.json"})
"""Files that the manifest does not name: what differs between two runs of the same inputs, and itself."""

_NAME: Final = "%Y%m%dT%H%MZ"


class RunStore:
    """The runs below a folder.

    Parameters
    ----------
    root : Path
        Holds ``runs/`` and ``latest``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = root / "runs"
        self.latest = root / LATEST

    @property
    def confirmations(self) -> Path:
        """File of confirmations that tiers may come down: one for all runs."""
        from riskmap.io.confirmations import FILE_NAME

        return self.runs / FILE_NAME

    def folder(self, at: datetime) -> Path:
        """Folder of an analysis time.

        Examples
        --------
        >>> RunStore(Path("/zj")).folder(datetime(2021, 7, 24, 4, 30, tzinfo=UTC)).as_posix()
        '/zj/runs/20210724T0430Z'
        """
        return self.runs / at.astimezone(UTC).strftime(_NAME)

    def published(self) -> list[tuple[datetime, Path]]:
        """Analysis time and folder of every whole run, oldest first."""
        found = []
        for entry in os.scandir(self.runs) if self.runs.is_dir() else []:
            time = _time_of(entry.name)
            if time is not None and (Path(entry.path) / MANIFEST).is_file():
                found.append((time, Path(entry.path)))
        return sorted(found)

    def manifest(self, at: datetime) -> dict[str, Any] | None:
        """What was published for an analysis time was made from; None where nothing whole is there."""
        return read_manifest(self.folder(at))

    def publish(self, built: Path, at: datetime, about: Mapping[str, Any]) -> Path:
        """Move a finished folder under its name, whole, with its manifest; one that was there is swapped out.

        Raises
        ------
        SourceError
            The disk is full or the folder not writable; what was published stays.
        """
        folder = self.folder(at)
        content = {"schema": 1, "at": at.isoformat(), **about, "files": _digests(built)}
        # under its own name at once: nobody reads here yet, and another name that a kill leaves would be published with the rest
        Staging(built).write(MANIFEST, json.dumps(content, ensure_ascii=False, indent=1))
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            for part in [p for p in built.rglob("*") if p.is_dir()]:
                sync_folder(part)
            swap(built, folder)
            sync_folder(self.runs)
        except OSError as problem:
            raise cannot_write(folder, problem) from problem
        shutil.rmtree(built, ignore_errors=True)
        return folder

    def point_latest(self) -> Path | None:
        """Let ``latest`` name the run of the newest analysis time; it never goes back."""
        runs = self.published()
        if not runs:
            return None
        newest = runs[-1][1]
        target = newest.relative_to(self.root).as_posix()
        if not (self.latest.is_symlink() and self.latest.readlink().as_posix() == target):
            point(self.latest, target)
        return newest

    def sweep(self, keep: int) -> list[Path]:
        """Remove the oldest runs beyond ``keep``; never the latest."""
        old = [folder for _, folder in self.published()[:-keep]]
        for folder in old:
            dying = folder.with_name(f".{folder.name}.old")
            try:
                folder.rename(dying)  # its name goes first: nobody reads half a run
            except OSError as problem:
                raise cannot_write(folder, problem) from problem
        for dying in self.runs.glob(".*.old") if self.runs.is_dir() else ():
            shutil.rmtree(dying, ignore_errors=True)
        return old


def read_manifest(run: Path) -> dict[str, Any] | None:
    """The manifest of a published run, or None where there is none that can be read."""
    try:
        content = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and (run / MARK).is_file() else None


def event_of(run: Path) -> str | None:
    """Number of the storm of a published run; None where that cannot be read."""
    try:
        record = json.loads((run / MARK).read_text(encoding="utf-8"))
        return str(record["event"]["number"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def damaged_files(run: Path) -> list[str]:
    """Files of a published run that are missing, or not what its manifest says.

    Raises
    ------
    SourceError
        It has no manifest that can be read.
    """
    manifest = read_manifest(run)
    if manifest is None:
        raise SourceError(
            "no whole run",
            where=str(run),
            expected=f"a run with {MANIFEST}",
            remedy="name a folder below runs/, or latest",
        )
    files = manifest["files"]
    return sorted(
        name
        for name, digest in files.items()
        if not (run / name).is_file() or file_digest(run / name) != digest
    )


def digest_of(content: Any) -> str:
    """sha256 of plain values, whatever the order of their keys."""
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _digests(folder: Path) -> dict[str, str]:
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return {name: file_digest(folder / name) for name in names if name not in VARYING}


def _time_of(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
