"""Steps of a run kept on a disk: after a kill, the run goes on behind the last whole one.

A step's result is a pickle of our own values in a folder of our own. A pickle can run code, so one is opened only where the
file and its folder belong to this user and nobody else may write to them; any other, and any that is damaged, is computed anew.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import stat
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from riskmap.checkpoint import Result
from riskmap.errors import SourceError
from riskmap.io.durable import replace_by
from riskmap.ledger import Ledger
from riskmap.pickled import dump

_DIGEST: Final = 32
_AT_ONCE: Final = 1 << 24


class KeptSteps:
    """Results of steps in a folder, one file a step.

    Parameters
    ----------
    folder : Path
        Made with access for this user alone.
    filled : Path, optional
        What the steps write their files into. Where one is computed, files go of which the steps before it know nothing: a start that was
        killed may have left half of one that the next start has to leave out.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder, ledger = Path(mkdtemp()) / "steps", Ledger()
    >>> KeptSteps(folder).step("one", lambda: ledger.note("rain", "modelled") or 1, ledger)
    1
    >>> again = Ledger()
    >>> KeptSteps(folder).step("one", lambda: 2, again), again.notes
    (1, [{'key': 'rain', 'said': 'modelled'}])
    """

    def __init__(self, folder: Path, filled: Path | None = None) -> None:
        self.folder, self._filled = folder, filled
        self.reused: list[str] = []
        self._known: frozenset[str] | None = frozenset()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def step(self, name: str, compute: Callable[[], Result], ledger: Ledger) -> Result:
        """What was kept of a step, or ``compute()``, which is then kept with all that the ledger holds by then.

        Behind a step that is computed every other one is: what was kept of it stood on what was there before.
        """
        path = self.folder / f"{name}.step"
        kept = None if self._known is None else _load(path)
        if kept is not None and kept.files <= self._files():
            ledger.steps[:], ledger.inputs[:], ledger.notes[:], ledger.problems[:] = kept.ledger
            self._known = kept.files
            self.reused.append(name)
            ledger.tell(name, 1.0)
            return kept.result  # type: ignore[no-any-return]
        self._clear_unknown()
        result = compute()
        whole = _Kept(result, self._files(), (ledger.steps, ledger.inputs, ledger.notes, ledger.problems))
        try:
            replace_by(path, lambda file: _keep(whole, file), mode=0o600)
        # a map is worth more than a checkpoint, and smaller than one where the elevation model is large
        except (pickle.PicklingError, TypeError, AttributeError, SourceError) as problem:
            ledger.note(f"step {name} was not kept", str(problem))
        return result

    def _clear_unknown(self) -> None:
        """Once, before the first step that is computed: what was written since the last one that was kept goes."""
        if self._filled is not None and self._known is not None:
            for left in self._files() - self._known:
                (self._filled / left).unlink(missing_ok=True)
        self._known = None

    def _files(self) -> frozenset[str]:
        """The files that the steps have written so far."""
        if self._filled is None:
            return frozenset()
        return frozenset(
            str(path.relative_to(self._filled)) for path in self._filled.rglob("*") if path.is_file()
        )


@dataclass(frozen=True)
class _Kept:
    """A step: what it gave, every file that had been written by its end, and what the ledger held."""

    result: Any
    files: frozenset[str]
    ledger: tuple[list[Any], ...]


class _Digesting:
    """A file that is written, and the digest of what went into it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, sha256()

    def write(self, data: bytes | memoryview) -> int:
        self.digest.update(data)
        return self._file.write(data)


def _keep(value: Any, file: BinaryIO) -> None:
    """A pickle and behind it its digest: neither is held in memory beside what it is made of."""
    seen = _Digesting(file)
    dump(value, seen)
    file.write(seen.digest.digest())


def _load(path: Path) -> _Kept | None:
    if not (_ours_alone(path.parent) and _ours_alone(path)):
        return None
    # whatever is wrong with what was kept, the step is computed anew
    with contextlib.suppress(Exception), path.open("rb") as file:
        left, seen = path.stat().st_size - _DIGEST, sha256()
        while left > 0 and (part := file.read(min(left, _AT_ONCE))):
            seen.update(part)
            left -= len(part)
        if file.read() == seen.digest():
            file.seek(0)
            kept = pickle.load(file)  # noqa: S301 - our own file, looked at above
            return kept if isinstance(kept, _Kept) else None
    return None


def _ours_alone(path: Path) -> bool:
    """Whether a file or folder belongs to this user and nobody else may write to it."""
    try:
        seen = path.lstat()
    except OSError:
        return False
    return seen.st_uid == os.geteuid() and not seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
