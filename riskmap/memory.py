"""How much memory there is: asked in one place before anything large is begun."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_GROUPS: Final = Path("sys/fs/cgroup")
_FILES: Final = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""What a control group of version 2, and of version 1, calls its limit, what is used of it, and the caches in that."""


def memory_available(root: Path = Path("/")) -> int:
    """Memory [bytes] that can be had without swapping, as far as the system tells; file caches count as free.

    A service or a container has its own limit (``MemoryMax=`` of systemd, ``--memory`` of a container): beyond it a process is killed
    without a word, whatever the machine has.

    Parameters
    ----------
    root : Path
        Where the system's own files begin.

    Examples
    --------
    >>> memory_available() > 0
    True
    """
    return min([_free(root), *_left_to_groups(root)])


def _free(root: Path) -> int:
    try:
        for line in (root / "proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass  # no such file on this system: what is built in stands for what is free
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 1 << 62


def _left_to_groups(root: Path) -> Iterator[int]:
    """What the control groups of this process, and those around them, have left [bytes]."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers not in ("", "memory"):
            continue
        top = root / _GROUPS / controllers
        folder = top / path.lstrip("/")
        for group in (folder, *folder.parents):
            if not group.is_relative_to(top):
                break
            for names in _FILES:
                with suppress(OSError, ValueError):  # no limit ("max"), or not this version
                    yield _left(group, *names)


def _left(group: Path, limit: str, used: str, cache: str) -> int:
    most, taken = (int((group / name).read_text(encoding="ascii")) for name in (limit, used))
    stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
    return max(most - taken + int(stat.get(cache, 0)), 0)
