"""What of the page a phone keeps: the files that the service worker stores under one version, a digest of them all."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent / "page"
"""Folder that a server hands out under ``/kiosk/``."""
_WORKER: Final = "sw.js"
_LINES: Final = re.compile(r"const VERSION = '.*?';\nconst FILES = \[.*?\];", re.DOTALL)
_NOT_KEPT: Final = frozenset({_WORKER, "README.md", "LICENSE"})


def shell_files() -> list[str]:
    """Files that the page needs without a network, relative to its folder."""
    found = (p for p in PAGE.rglob("*") if p.is_file() and p.name not in _NOT_KEPT)
    return sorted(p.relative_to(PAGE).as_posix() for p in found)


def shell_bytes() -> int:
    """Bytes of these files as they lie on the phone, the service worker's own included."""
    return sum((PAGE / name).stat().st_size for name in [*shell_files(), _WORKER])


def service_worker() -> str:
    """The service worker's text with the version and the files as they are now."""
    files = shell_files()
    digest = hashlib.sha256()
    for name in files:
        digest.update(name.encode() + b"\0" + hashlib.sha256((PAGE / name).read_bytes()).digest())
    listed = json.dumps(["./", *(name for name in files if name != "index.html")], indent=2).replace('"', "'")
    lines = f"const VERSION = '{digest.hexdigest()[:12]}';\nconst FILES = {listed};"
    return _LINES.sub(lambda _: lines, (PAGE / _WORKER).read_text(encoding="utf-8"))


if __name__ == "__main__":
    (PAGE / _WORKER).write_text(service_worker(), encoding="utf-8")
