"""Confirmations that a tier may come down: an append-only file beside the published runs, written by a command.

One JSON object a line; each holds the sha256 of the line before it, so that a changed or missing line is noticed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from riskmap.errors import DataError, SourceError
from riskmap.io.cycle_state import confirmation_json, confirmation_of_json
from riskmap.standing import Confirmation

FILE_NAME: Final = "confirmations.jsonl"


def beside(run: Path) -> Path:
    """The file that belongs to a published run: in the folder that holds it, also where a link such as ``latest`` names it.

    Examples
    --------
    >>> beside(Path("/out/in-fa")).as_posix()
    '/out/confirmations.jsonl'
    """
    return run.resolve().parent / FILE_NAME


def read_confirmations(path: Path) -> tuple[Confirmation, ...]:
    """All confirmations of a file, of every event; none where there is no file.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        A line is damaged, changed or missing; names it.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as problem:
        raise SourceError(
            "the confirmations cannot be read", where=str(path), expected="a readable file",
            found=problem.strerror or str(problem), remedy="check the path and its permissions",
        ) from problem  # fmt: skip
    return tuple(_parsed(_whole(raw), path))


def _whole(raw: bytes) -> bytes:
    """The lines that end: one that does not is being written, or its writer was killed; nobody was told that it counts."""
    return raw[: raw.rfind(b"\n") + 1]


def _parsed(raw: bytes, path: Path) -> list[Confirmation]:
    found: list[Confirmation] = []
    last = ""
    for n, line in enumerate(raw.split(b"\n")[:-1], 1):
        try:
            content = json.loads(line)
            said = confirmation_of_json(content)
            before = content["previous_sha256"]
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise _damaged(path, n, f"{type(problem).__name__}: {problem}") from problem
        if before != last:
            raise _damaged(path, n, "a line that does not follow the one before it")
        last = sha256(line).hexdigest()
        found.append(said)
    return found


def _damaged(path: Path, line: int, found: str) -> DataError:
    return DataError(
        "the confirmations are damaged", where=f"{path}, line {line}", expected="the lines as `riskmap confirm` wrote them",
        found=found, remedy="restore the file from a copy; until then nothing comes down from orange or red",
    )  # fmt: skip


def append_confirmations(path: Path, said: Sequence[Confirmation]) -> None:
    """Add confirmations at the end; whole lines or nothing, one writer at a time.

    Raises
    ------
    SourceError
        The file cannot be written.
    DataError
        What is there already is damaged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            raw = _whole(file.read())
            _parsed(raw, path)
            lines = raw.split(b"\n")
            last = sha256(lines[-2]).hexdigest() if len(lines) > 1 else ""
            added = b""
            for one in said:
                content = confirmation_json(one) | {"previous_sha256": last}
                line = json.dumps(content, ensure_ascii=False).encode()
                last = sha256(line).hexdigest()
                added += line + b"\n"
            _add(file, len(raw), added)
    except OSError as problem:
        if isinstance(problem, SourceError):
            raise
        raise SourceError(
            "the confirmations cannot be written", where=str(path), expected="a writable folder",
            found=problem.strerror or str(problem), remedy="check the path, its permissions and the room on the disk",
        ) from problem  # fmt: skip


def _add(file: BinaryIO, end: int, added: bytes) -> None:
    """Write lines behind the whole ones, onto the disk, or leave these as they were."""
    try:
        file.truncate(end)
        file.write(added)
        file.flush()
        os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):  # what was refused shall not count
            file.truncate(end)
        raise
