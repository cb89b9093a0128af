"""Inputs that change from cycle to cycle: which delivery counts for an analysis time, kept as it was when it was taken.

What was taken is copied under its digest, so that a run can be made again although its source has gone on.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from riskmap.errors import ConfigError, RiskmapError, SourceError
from riskmap.io.cycle_config import InputSection
from riskmap.io.durable import cannot_write, replace_file, sweep_partials, sync_folder
from riskmap.io.gathered import gather, held, is_whole, sweep_building
from riskmap.io.service import Opener, fetch_bytes, is_address, told_address

UNFINISHED: Final = (".part", ".partial", ".tmp", "~")
"""Endings of names that are still being written."""

TRIED: Final = 5
"""So many of the newest deliveries are tried before the last good one."""

NEAR: Final = timedelta(hours=2)
"""An analysis time further back is a replay: what a file was last written then says nothing of what was known (status D)."""


@dataclass(frozen=True)
class Delivery:
    """One version of an input.

    Attributes
    ----------
    path : Path
        Copy under its digest.
    time : datetime
        Of its data: as its name tells, else when it was last written, or when an address first gave it.
    digest : str
        sha256.
    last_good : bool
        Whether nothing newer could be used.
    behind : bool
        Of what is gathered: whether the newest file could not be used.
    """

    path: Path
    time: datetime
    digest: str
    last_good: bool = False
    behind: bool = False

    def age(self, at: datetime) -> timedelta:
        """How old its data are at an analysis time."""
        return at - self.time


class Shelf:
    """Copies of what was delivered, and which of it a cycle last published from.

    Parameters
    ----------
    root : Path
        Folder of the cycles.
    scratch : Path, optional
        Deliveries of folders are looked at where they lie, and what is gathered of them is a folder of names here: nothing of them is
        written below ``root``.
    """

    def __init__(self, root: Path, *, scratch: Path | None = None) -> None:
        self.scratch = scratch
        self.folder = root / "inputs"
        self._good_file = self.folder / "last_good.json"

    def deliveries(
        self,
        wanted: InputSection,
        at: datetime,
        now: datetime,
        *,
        opener: Opener | None = None,
        failed: Callable[[SourceError], None],
        refused: Collection[str] = (),
    ) -> Iterator[Delivery]:
        """The newest deliveries that were known at ``at``, newest first, then the last good one.

        Parameters
        ----------
        failed : callable
            Told of a share, a service or a file that cannot be read; what else there is goes on.
        refused : collection of str
            Digests of what a cycle could not use: it is left out of what is gathered.

        Raises
        ------
        ConfigError
            A replay of a past hour of an input that does not tell the time of its data.
        """
        _require_known(wanted, at, now)
        tried = set()
        try:
            sources = self._sources(wanted, at, now, opener)
        except SourceError as problem:  # the share or the service is gone: what was kept stands in
            failed(problem)
            sources = []
        taken = self._taken(wanted, sources, failed)
        for found in self._gathered(wanted, taken, refused) if wanted.gather_hours else taken:
            tried.add(found.digest)
            yield found
        good = self.good().get(wanted.key)
        if (
            good is not None
            and good.digest not in tried
            and good.time <= _latest(wanted, at, now)
            and is_whole(good.path, good.digest)
        ):
            yield replace(good, last_good=True)

    def _taken(
        self,
        wanted: InputSection,
        sources: list[tuple[Path | tuple[str, bytes], datetime]],
        failed: Callable[[SourceError], None],
    ) -> Iterator[Delivery]:
        """Copies of what can be read, one after the other."""
        for source, time in sources:
            try:
                yield self._take(wanted, source, time)
            except SourceError as problem:
                failed(problem)

    def _gathered(
        self, wanted: InputSection, taken: Iterator[Delivery], refused: Collection[str]
    ) -> Iterator[Delivery]:
        """All that can be used, as one."""
        every = list(taken)
        files = [one for one in every if one.digest not in refused]
        if files:
            named = [(one.path, one.digest) for one in files]
            path, digest = gather(self.scratch or self.folder, wanted.key, named, copies=self.scratch is None)
            newest = max(one.time for one in files)
            yield Delivery(path, newest, digest, behind=newest < max(one.time for one in every))

    def _sources(
        self, wanted: InputSection, at: datetime, now: datetime, opener: Opener | None
    ) -> list[tuple[Path | tuple[str, bytes], datetime]]:
        if is_address(wanted.watch):
            raw = fetch_bytes(str(wanted.watch), opener=opener)
            return [((_last_part(str(wanted.watch)), raw), now)]
        folder = Path(wanted.watch)
        try:
            names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
        except OSError as problem:
            raise SourceError(
                "the watched folder cannot be read", where=f"input {wanted.key}, {folder}", expected="a folder",
                found=problem.strerror or str(problem), remedy="check the path, the share and its permissions",
            ) from problem  # fmt: skip
        found: list[tuple[Path, datetime]] = []
        for name in names:
            time = _time_of(wanted, folder / name) if _counts(name, wanted.pattern) else None
            if time is not None and time <= _latest(wanted, at, now):
                found.append((folder / name, time))
        newest = sorted(found, key=lambda one: (one[1], one[0].name), reverse=True)
        if wanted.gather_hours and newest:
            since = newest[0][1] - timedelta(hours=wanted.gather_hours)
            return [one for one in newest if one[1] > since]
        return list(newest[:TRIED])

    def _take(self, wanted: InputSection, source: Path | tuple[str, bytes], time: datetime) -> Delivery:
        """Copy a delivery under its digest; one that is there whole is left as it is."""
        try:
            name, raw = source if isinstance(source, tuple) else (source.name, source.read_bytes())
        except OSError as problem:
            raise SourceError(
                "a delivery cannot be read", where=f"input {wanted.key}, {source}", expected="a readable file",
                found=problem.strerror or str(problem), remedy="check its permissions",
            ) from problem  # fmt: skip
        digest = sha256(raw).hexdigest()
        if self.scratch is not None and isinstance(source, Path):
            return Delivery(source, time, digest)
        path = self.folder / digest[:16] / name
        if is_address(wanted.watch) and (first := _written(path)) is not None:
            time = min(time, first)  # an answer that never changes is as old as its first copy
        if not is_whole(path, digest):
            replace_file(path, raw, written=time)
        return Delivery(path, time, digest)

    def good(self) -> dict[str, Delivery]:
        """What the last published cycle was made from, by key; nothing where that cannot be read."""
        try:
            content = json.loads(self._good_file.read_text(encoding="utf-8"))
            return {key: self._of_json(entry) for key, entry in content.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def keep_good(self, used: Mapping[str, Delivery]) -> None:
        """Remember what a cycle was published from."""
        content = self.as_json(self.good() | dict(used))
        replace_file(self._good_file, json.dumps(content, ensure_ascii=False, indent=1))

    def as_json(self, used: Mapping[str, Delivery]) -> dict[str, Any]:
        """Deliveries as plain values; ``of_json`` reads them back."""
        return {
            key: {"file": one.path.relative_to(self.folder).as_posix(), "time": one.time.isoformat(), "sha256": one.digest, "last_good": one.last_good}
            for key, one in sorted(used.items())
        }  # fmt: skip

    def of_json(self, content: Mapping[str, Any]) -> dict[str, Delivery]:
        """The deliveries of ``as_json``; KeyError, TypeError or ValueError where they are none."""
        return {key: self._of_json(entry, keep=True) for key, entry in content.items()}

    def _of_json(self, entry: Mapping[str, Any], *, keep: bool = False) -> Delivery:
        path, time = self.folder / str(entry["file"]), datetime.fromisoformat(entry["time"])
        return Delivery(path, time, str(entry["sha256"]), last_good=keep and bool(entry.get("last_good")))

    def sweep(self, wanted: set[str]) -> None:
        """Remove copies that no kept run and no last good input names."""
        keep = {digest[:16] for digest in wanted} | {one.digest[:16] for one in self.good().values()}
        try:
            for entry in list(os.scandir(self.folder)) if self.folder.is_dir() else []:
                if entry.is_dir() and entry.name not in keep and not held(Path(entry.path)):
                    shutil.rmtree(entry.path, ignore_errors=True)
                elif entry.is_dir():
                    sweep_partials(Path(entry.path))
                    sweep_building(Path(entry.path))
            if self.folder.is_dir():
                sync_folder(self.folder)
        except OSError as problem:
            raise cannot_write(self.folder, problem) from problem


@contextmanager
def looking(root: Path) -> Iterator[Shelf]:
    """A shelf that leaves nothing of folders below ``root``, while the block lasts."""
    with TemporaryDirectory(prefix="riskmap-check-") as scratch:
        yield Shelf(root, scratch=Path(scratch))


def refused(problem: RiskmapError, used: Mapping[str, Delivery]) -> str | None:
    """Key of the input that an error is about; None where it is about none of them."""
    said = f"{problem.where or ''} {problem}"
    return next(
        (key for key, one in used.items() if str(one.path) in said or one.path.name in said.replace(",", " ").replace(":", " ").split()), None
    )  # fmt: skip


def _counts(name: str, pattern: str) -> bool:
    return not name.startswith(".") and not name.endswith(UNFINISHED) and fnmatchcase(name, pattern)


def _time_of(wanted: InputSection, path: Path) -> datetime | None:
    """Time of a file's data; None where its name tells none."""
    if wanted.stamp is None:
        return _written(path)
    try:
        told = datetime.strptime(path.name, wanted.stamp)  # noqa: DTZ007 - its zone is declared
    except ValueError:
        return None
    return told.replace(tzinfo=told.tzinfo or wanted.zone)


def _require_known(wanted: InputSection, at: datetime, now: datetime) -> None:
    if now - at > NEAR:
        require_told(wanted, f"an analysis time {_hours(now - at)} h ago")


def require_told(wanted: InputSection, when: str) -> None:
    """Refuse an input of which nobody can say later what was known; an address answers with what it has today."""
    here = is_address(wanted.watch)
    if wanted.stamp is not None and not here:
        return
    raise ConfigError(
        "a replay would read what came later", where=f"input {wanted.key}",
        expected="a folder of files whose names tell the time of their data",
        found=f"{when}, and {'an address' if here else 'an input without stamp'}",
        remedy="let the answers be saved into a folder, each with its time in the name, and watch that"
        if here else 'add e.g. stamp = "track_%Y%m%d%H%M.csv"',
    )  # fmt: skip


def _latest(wanted: InputSection, at: datetime, now: datetime) -> datetime:
    """Data of a later time do not count; where only the time of writing is told, a file may be written while the cycle is due."""
    return at if wanted.stamp else now


def _written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None


def _last_part(address: str) -> str:
    return told_address(address).rstrip("/").rpartition("/")[2] or "answer"


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.0f}"
