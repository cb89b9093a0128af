"""Processes killed with -9 just before one change of the disk, for tests and for drills: files by their names, databases by their statements."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

CHANGES = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.utime"}
)
"""What Python tells an audit hook of just before the disk is changed; and ``open``, where it is to write."""

READING = ("SELECT", "PRAGMA", "EXPLAIN", "--")
"""How statements begin that change nothing; SQLite begins with dashes what a trigger runs."""


def die(*_a: object, **_k: object) -> NoReturn:
    """Kill this process with -9."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def count_changes(last: int) -> Callable[[], int]:
    """In a fork: count what changes the disk from now on, and die before the change with the number ``last``; 0 for none.

    Returns
    -------
    callable
        How many there were so far.
    """
    seen = 0

    def tick() -> None:
        nonlocal seen
        seen += 1
        if seen == last:
            die()

    def told(statement: str) -> None:
        if not statement.lstrip().upper().startswith(READING):
            tick()

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        raw = plain_connect(*arguments, **options)
        raw.set_trace_callback(told)
        return raw

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if _changes(event, arguments):
            tick()

    # what SQLite does to its files no audit hook hears
    plain_connect, sqlite3.connect = sqlite3.connect, connect  # type: ignore[assignment]
    sys.addaudithook(hook)
    return lambda: seen


def _changes(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether what an audit hook hears of changes the disk; a folder that is there is not made, and a file that is not there not removed."""
    if event == "open":
        path, _, flags = arguments
        return not isinstance(path, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    if event in ("os.mkdir", "os.remove") and Path(arguments[0]).is_absolute():  # else below an open folder
        return os.path.lexists(arguments[0]) == (event == "os.remove")
    return event in CHANGES


def killed_before(last: int, act: Callable[[], object]) -> bool:
    """Do something in a fork of this process, and kill it before its change of the disk with the number ``last``.

    Returns
    -------
    bool
        False where it came to its end: it has fewer changes.

    Raises
    ------
    RuntimeError
        It failed before.
    """
    pid = os.fork()
    if not pid:
        try:
            count_changes(last)
            act()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        raise RuntimeError(f"it failed before change {last} with {status}")
    return False
