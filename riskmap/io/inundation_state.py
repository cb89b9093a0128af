"""Checkpoints of an inundation run: one file, written whole or not at all."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from riskmap.errors import DataError, SourceError
from riskmap.io.durable import whole_file

FORM: Final = 1
"""Number of the file's form: a file of another form is refused."""


def write_state(path: str | Path, state: dict[str, Any]) -> Path:
    """Write the state of a run, in place of an older one.

    The file appears under its name only when it is complete: a run that is killed while it writes keeps the checkpoint before.

    Parameters
    ----------
    path : path
        Ends in ``.npz``.
    state : mapping of str to arrays and numbers
        As a run hands it to its ``checkpoint``.

    Raises
    ------
    SourceError
        The file cannot be written.
    """
    target = Path(path)
    arrays: dict[str, Any] = {"form": np.asarray(FORM), **{k: np.asarray(v) for k, v in state.items()}}
    try:
        with whole_file(target) as file:
            np.savez(file, **arrays)
    except OSError as error:
        raise SourceError(
            "the checkpoint could not be written", where=str(target), expected="a folder with room",
            found=error.strerror or type(error).__name__, remedy="check path, permissions and free space",
        ) from error  # fmt: skip
    return target


def read_state(path: str | Path) -> dict[str, Any]:
    """Read the state of a run, for ``Flow.resume`` and ``Watch.resume``.

    Raises
    ------
    SourceError
        Missing, unreadable, or broken.
    DataError
        Another file, or one of another form.
    """
    try:
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            state = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise SourceError(
            "the checkpoint could not be read", where=str(path), expected="a whole file that write_state wrote",
            found=str(error) or type(error).__name__, remedy="take the checkpoint before, or start anew",
        ) from error  # fmt: skip
    form = state.pop("form", None)
    if form is None or int(form) != FORM or "depth" not in state:
        raise DataError(
            "not a checkpoint of this version", where=str(path), expected=f"form {FORM}", found=f"form {form}",
            remedy="start the run anew",
        )  # fmt: skip
    return {name: value if value.ndim else value.item() for name, value in state.items()}
