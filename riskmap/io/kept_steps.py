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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reused: list[str] = []
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def step(self, name: str, compute: Callable[[], Result], ledger: Ledger) -> Result:
        """What was kept of a step, or ``compute()``, which is then kept with all that the ledger holds by then."""
        path = self.folder / f"{name}.step"
        kept = _load(path)
        if kept is not None:
            result, ledger.steps[:], ledger.inputs[:], ledger.notes[:], ledger.problems[:] = kept
            self.reused.append(name)
            ledger.tell(name, 1.0)
            return result  # type: ignore[no-any-return]
        result = compute()
        whole = result, ledger.steps, ledger.inputs, ledger.notes, ledger.problems
        try:
            replace_by(path, lambda file: _keep(whole, file), mode=0o600)
        # a map is worth more than a checkpoint, and smaller than one where the elevation model is large
        except (pickle.PicklingError, TypeError, AttributeError, SourceError) as problem:
            ledger.note(f"step {name} was not kept", str(problem))
        return result


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


def _load(path: Path) -> Any | None:
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
            return pickle.load(file)  # noqa: S301 - our own file, looked at above
    return None


def _ours_alone(path: Path) -> bool:
    """Whether a file or folder belongs to this user and nobody else may write to it."""
    try:
        seen = path.lstat()
    except OSError:
        return False
    return seen.st_uid == os.geteuid() and not seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
