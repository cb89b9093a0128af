"""How much memory there is: asked in one place before anything large is begun."""

from __future__ import annotations

import os
from pathlib import Path


def memory_available() -> int:
    """Memory [bytes] that can be had without swapping, as far as the system tells; file caches count as free.

    Examples
    --------
    >>> memory_available() > 0
    True
    """
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass  # no such file on this system: what is built in stands for what is free
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 1 << 62
