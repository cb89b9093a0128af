"""A folder into which sensors' files are dropped: each is read once, then moved to ``done`` or, where it cannot be read, to ``bad``.

A file that is still being written is left for the next look. Killed between reading and moving, the next start reads the file
again: whoever takes its content must know it again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from riskmap.errors import SourceError

SUFFIXES: Final = (".csv", ".json")
MOST_BYTES: Final = 20_000_000
_SETTLED: Final = 0.3  # s since the last write


class DropFolder:
    """Files of one folder, the oldest first.

    Parameters
    ----------
    path : Path
        Must be there; ``done`` and ``bad`` are made in it.
    clock : callable
        Seconds since 1970, as files have them.

    Raises
    ------
    SourceError
        No such folder, or it cannot be written to.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path, self._clock = path, clock
        try:
            for name in ("done", "bad"):
                (path / name).mkdir(exist_ok=True)
        except OSError as error:
            raise SourceError(
                f"the drop folder cannot be used ({error.strerror})", where=str(path), expected="a folder that can be written to",
                remedy="make it, and give this user the right to move files there",
            ) from error  # fmt: skip

    def waiting(self) -> Iterator[tuple[Path, str]]:
        """Files that are whole, with their text; what is too large or not text is put to ``bad`` with the reason."""
        try:
            found = [
                (entry.stat().st_mtime, entry.name)
                for entry in os.scandir(self.path)
                if entry.is_file()
                and entry.name.lower().endswith(SUFFIXES)
                and not entry.name.startswith(".")
            ]
        except OSError as error:
            raise SourceError(
                f"the drop folder cannot be read ({error.strerror})",
                where=str(self.path),
                remedy="check the disk and the rights",
            ) from error
        for written, name in sorted(found):
            path = self.path / name
            if -_SETTLED < self._clock() - written < _SETTLED:
                continue
            try:
                if path.stat().st_size > MOST_BYTES:
                    raise ValueError(f"larger than {MOST_BYTES} bytes")
                text = path.read_bytes().decode("utf-8-sig")
            except FileNotFoundError:  # another process was faster
                continue
            except (OSError, ValueError) as error:
                self.put(path, "bad", f"cannot be read: {error}\n")
                continue
            yield path, text

    def put(self, path: Path, where: str, words: str = "") -> None:
        """Move a file to ``done`` or ``bad``, with words about it beside it; a name that is there already gets a number.

        Raises
        ------
        SourceError
            It cannot be moved: it would be read again and again.
        """
        folder = self.path / where
        target, n = folder / path.name, 1
        while target.exists():
            n += 1
            target = folder / f"{path.stem}.{n}{path.suffix}"
        try:
            if words:
                target.with_name(target.name + ".txt").write_text(words, encoding="utf-8")
            path.replace(target)
        except FileNotFoundError:  # another process was faster
            return
        except OSError as error:
            raise SourceError(
                f"the file cannot be moved ({error.strerror})", where=str(path), expected=f"a move to {folder}",
                remedy="give this user the right to move files there",
            ) from error  # fmt: skip
