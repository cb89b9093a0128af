"""Publish a folder atomically: built beside under another name, swapped in whole, or not at all."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from glob import escape
from hashlib import sha256
from pathlib import Path

from riskmap.errors import ConfigError, RiskmapError, SourceError
from riskmap.io.held import ABANDONED, held_folder, is_held

MARK = "run.json"
"""A folder that holds this file is a published run, and may be replaced."""

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""What a system says when a disk is full."""


_WAITING = 64
"""Files that wait for the disk at once: each is open meanwhile (D)."""


class _Disk:
    """Brings written files to the disk in a thread of its own, in their order."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="riskmap-disk")
        self._waiting: deque[tuple[Path, Future[None]]] = deque()

    def take(self, path: Path, descriptor: int) -> None:
        self._waiting.append((path, self._thread.submit(_synced, descriptor)))
        while len(self._waiting) > _WAITING:
            self._wait()

    def settle(self) -> None:
        while self._waiting:
            self._wait()

    def _wait(self) -> None:
        path, synced = self._waiting.popleft()
        try:
            synced.result()
        except OSError as problem:
            raise _cannot_write(path, problem) from problem

    def end(self) -> None:
        self._thread.shutdown()


def _synced(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Staging:
    """A folder under construction; every file goes through ``write``.

    Parameters
    ----------
    folder : Path
    later : bool
        Files need not be on the disk before ``settle``: for a folder that gets its name, or whose record is closed, after it.
    """

    def __init__(self, folder: Path, *, later: bool = False) -> None:
        self.folder = folder
        self._disk = _Disk() if later else None

    def below(self, name: str) -> Staging:
        """A folder of this one, on the disk when this one is."""
        part = Staging(self.folder / name)
        part._disk = self._disk
        return part

    def settle(self) -> None:
        """Return when every file is on the disk.

        Raises
        ------
        SourceError
            The disk is full or broken.
        """
        if self._disk is not None:
            self._disk.settle()

    def end(self) -> None:
        """Let go of the disk, whatever waits for it."""
        if self._disk is not None:
            self._disk.end()

    def write(self, name: str, content: str | bytes) -> Path:
        """Write one file below the folder.

        Raises
        ------
        SourceError
            The disk is full or the folder not writable.
        """
        path = self.folder / name
        data = content.encode() if isinstance(content, str) else content
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(data)
                file.flush()
                self.bring(path, file.fileno())
        except RiskmapError:  # of a file before this one
            raise
        except OSError as problem:
            raise _cannot_write(path, problem) from problem
        return path

    def bring(self, path: Path, descriptor: int) -> None:
        """Bring what an open file or folder holds to the disk: now, or before ``settle`` returns.

        Raises
        ------
        OSError
            The disk is full or broken.
        """
        if self._disk is None:
            os.fsync(descriptor)
        else:
            self._disk.take(path, os.dup(descriptor))

    def write_all(self, files: Mapping[str, str | bytes]) -> None:
        """Write files by name, as ``write``."""
        for name, content in files.items():
            self.write(name, content)


class Held(Staging):
    """A folder in memory: for files that another process writes.

    Examples
    --------
    >>> held = Held()
    >>> held.write("tables/a.csv", "x,y").name
    'a.csv'
    >>> held.files
    {'tables/a.csv': 'x,y'}
    """

    def __init__(self) -> None:
        super().__init__(Path())
        self.files: dict[str, str | bytes] = {}

    def write(self, name: str, content: str | bytes) -> Path:
        """Keep one file."""
        self.files[name] = content
        return self.folder / name


def require_free(target: Path, *, replace: bool, mark: str = MARK) -> None:
    """Refuse a target that exists, unless it is an earlier run that may be replaced.

    Raises
    ------
    ConfigError
        The folder exists and ``replace`` was not asked for, or it is no run at all.
    """
    if not target.exists():
        return
    if not replace:
        raise ConfigError(
            "the output folder is already there", where=str(target), expected="a new folder",
            found="an earlier run" if (target / mark).is_file() else "a folder",
            remedy="name another --out, or add --replace to swap an earlier run",
        )  # fmt: skip
    if not target.is_dir() or not ((target / mark).is_file() or not any(target.iterdir())):
        raise ConfigError(
            "--replace swaps only an earlier run", where=str(target), expected=f"a folder with {mark}",
            found="something else, which is left alone", remedy="name another --out",
        )  # fmt: skip


@contextmanager
def publishing(target: Path, *, replace: bool, mark: str = MARK) -> Iterator[Staging]:
    """Build a folder beside ``target`` and swap it in when the block ends well.

    Nothing is ever left under the published name that is not whole; an earlier run stays until the new one is
    complete.

    Raises
    ------
    ConfigError
        See ``require_free``.
    SourceError
        The disk is full or the folder not writable.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> target = Path(mkdtemp()) / "run"
    >>> with publishing(target, replace=False) as staging:
    ...     _ = staging.write("run.json", "{}")
    >>> sorted(p.name for p in target.parent.iterdir()), (target / "run.json").read_text()
    (['run'], '{}')
    """
    target = target.absolute()
    require_free(target, replace=replace, mark=mark)
    staging = target.parent / f".{target.name}.partial-{os.getpid()}"
    _sweep(target)
    try:
        staging.mkdir(parents=True)
    except OSError as problem:
        raise _cannot_write(staging, problem) from problem
    with held_folder(staging):
        yield from _built(staging, target)


def _built(staging: Path, target: Path) -> Iterator[Staging]:
    made = Staging(staging, later=True)
    try:
        try:
            yield made
            made.settle()
        finally:
            made.end()
        try:
            swap(staging, target)
        except OSError as problem:
            raise _cannot_write(target, problem) from problem
    except OSError as problem:
        shutil.rmtree(staging, ignore_errors=True)
        if isinstance(problem, RiskmapError) or problem.errno not in NO_ROOM:
            raise
        raise _cannot_write(target, problem) from problem
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    # after an exchange the name holds what was published before
    shutil.rmtree(staging, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what killed runs left beside the target; what another run is building stays."""
    for left in target.parent.glob(f".{escape(target.name)}.partial-*"):
        pid = left.name.rpartition("-")[2]
        if not pid.isdigit() or _is_building(left, int(pid)):
            continue
        if "-old-" in left.name and not target.exists():
            left.rename(target)  # killed between the two renames of a swap: the earlier run comes back
        else:
            shutil.rmtree(left, ignore_errors=True)


def _is_building(left: Path, pid: int) -> bool:
    """Whether a run is at work in a folder: by its lock; else by its process, whose number may be another's by now.

    In a container every run may have the same number, our own, and one in another container, which shares the disk alone, too.
    """
    held = is_held(left)
    if held:
        return True
    if held is False and time.time() - left.lstat().st_mtime > ABANDONED:
        return False
    return pid != os.getpid() and _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def swap(staging: Path, target: Path) -> None:
    """Give a finished folder the published name in one step; what had it before stands under the other name then."""
    descriptor = os.open(staging, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if not target.exists():
        staging.rename(target)
        return
    if not _exchange(staging, target):
        # no atomic exchange on this system: two renames, the old one kept until the new one stands
        old = target.with_name(f".{target.name}.partial-old-{os.getpid()}")
        target.rename(old)
        try:
            staging.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two names atomically (Linux renameat2); False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    done = renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
    return bool(done == 0)


def _cannot_write(path: Path, problem: OSError) -> SourceError:
    full = problem.errno in NO_ROOM
    return SourceError(
        "the disk is full" if full else "cannot write", where=str(path), expected="room for about 60 MB" if full else "a writable folder",
        found=problem.strerror or str(problem),
        remedy="free some space and run again; nothing was published" if full else "check the path and its permissions; nothing was published",
    )  # fmt: skip


def file_digest(path: Path) -> str:
    """sha256 of a file, hexadecimal.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as problem:
        raise SourceError(
            "the file cannot be read", where=str(path), expected="a readable file",
            found=problem.strerror or str(problem), remedy="check the path",
        ) from problem  # fmt: skip
    return digest.hexdigest()
