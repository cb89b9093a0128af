"""Several deliveries of one input as one: a folder of links, under the digest of all of them.

Copies are linked hard, so that they stay while the folder does; a user's own files only by name, since one that is written anew in
place would change under every hard link.

A radar writes a file a time step; what thresholds look back on is a day of them.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from riskmap.io.durable import cannot_write, sync_folder
from riskmap.io.held import ABANDONED
from riskmap.io.publish import file_digest

SUFFIX: Final = ".set"
"""Ending of the folder's name, which no delivery has: what is gathered is told from what is single."""


def gather(
    folder: Path, key: str, files: Sequence[tuple[Path, str]], *, copies: bool = True
) -> tuple[Path, str]:
    """A folder that holds the files, and the digest of them all; one that is there is taken as it is.

    Parameters
    ----------
    folder : Path
        Of all copies.
    key : str
        Of the input.
    files : sequence of (Path, str)
        And their digests; of two with one name, the first.
    copies : bool
        Whether they are copies of our own.

    Raises
    ------
    SourceError
        The disk is full, or cannot hold two names of one file.
    """
    named: dict[str, tuple[Path, str]] = {}
    for path, digest in files:
        named.setdefault(path.name, (path, digest))
    whole = digest_of_set({name: digest for name, (_, digest) in named.items()})
    target = folder / whole[:16] / f"{key}{SUFFIX}"
    # a name of its own: a look at the inputs takes no lock, and must tear down nothing that a cycle builds
    building = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if not is_whole(target, whole):
            for old in (building, target):
                shutil.rmtree(old, ignore_errors=True)
            building.mkdir(parents=True)
            for name, (path, _) in named.items():
                if copies:
                    os.link(path, building / name)
                else:
                    (building / name).symlink_to(path.absolute())
            sync_folder(building)
            building.rename(target)
            sync_folder(target.parent)
    except OSError as problem:
        shutil.rmtree(building, ignore_errors=True)
        if not is_whole(target, whole):  # else another one has built it meanwhile
            raise cannot_write(target, problem) from problem
    return target, whole


def digest_of_set(digests: Mapping[str, str]) -> str:
    """sha256 of names and digests, whatever their order.

    Examples
    --------
    >>> digest_of_set({"a": "1", "b": "2"}) == digest_of_set({"b": "2", "a": "1"}) != digest_of_set({"a": "2", "b": "1"})
    True
    """
    return sha256(
        "\n".join(f"{digest} {name}" for name, digest in sorted(digests.items())).encode()
    ).hexdigest()


def is_whole(path: Path, digest: str) -> bool:
    """Whether a copy, or a folder of them, is what its digest says: a disk may have lost a part of it since."""
    try:
        if path.is_dir():
            return digest_of_set({entry.name: file_digest(entry) for entry in path.iterdir()}) == digest
        return file_digest(path) == digest
    except OSError:
        return False


def at_fault(path: Path, digest: str, told: str) -> tuple[Path, str]:
    """The file that an error is about and its digest: of what was gathered the one that is named, else all of it."""
    if path.is_dir():
        named = next((file for file in sorted(path.iterdir()) if str(file) in told), None)
        if named is not None:
            return named, file_digest(named)
    return path, digest


def held(folder: Path) -> bool:
    """Whether a copy in a folder of its own is also part of something gathered."""
    return any(entry.is_file() and entry.stat().st_nlink > 1 for entry in folder.iterdir())


def sweep_building(folder: Path) -> None:
    """Remove sets that killed cycles left half built beside a whole one; one of an hour ago is nobody's."""
    for left in list(folder.glob(f".*{SUFFIX}.[0-9]*")):
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > ABANDONED:
                shutil.rmtree(left)
