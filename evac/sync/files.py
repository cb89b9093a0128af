"""Files that travel: written whole under their name or not at all, and read where a stick may be pulled out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from riskmap.errors import SourceError
from riskmap.io.durable import whole_file


@contextmanager
def writing(path: Path, *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file that gets its name only when all of it is on the disk: a stick pulled out in the middle leaves the earlier file, or none.

    Raises
    ------
    SourceError
        The disk is full, gone or not writable; what was there before is left.
    """
    try:
        with whole_file(path, mode=mode) as file:
            yield file
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(
            f"cannot write ({error.strerror or error}); no file of that name was made or changed",
            where=str(path), expected="a disk or stick with room, that stays in",
            remedy="free room or take another stick, then do it again",
        ) from error  # fmt: skip


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """A file to be read.

    Raises
    ------
    SourceError
        It is not there, not readable, or went away while it was read.
    """
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(
            f"cannot be read ({error.strerror or error})", where=str(path), expected="a file, on a stick that stays in",
            remedy="put the stick in again; importing again repeats nothing",
        ) from error  # fmt: skip


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Files, and those in folders at any depth, by name; hidden ones, half-written ones among them, are passed over."""
    for path in paths:
        if path.is_dir():
            inside = (p.relative_to(path) for p in path.rglob("*") if p.is_file())
            shown = (p for p in inside if not any(part.startswith(".") for part in p.parts))
            yield from (path / p for p in sorted(shown))
        else:
            yield path
