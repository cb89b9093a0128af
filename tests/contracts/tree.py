"""The source tree as the contracts see it: every module of riskmap and evac, parsed."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("riskmap", "evac")


@cache
def module_files() -> tuple[Path, ...]:
    """Python files of both packages, relative to the root."""
    found = (path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(sorted(path for path in found if "vendor" not in path.parts))


@cache
def parsed(path: Path) -> ast.Module:
    """Syntax tree of one file (path relative to the root)."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """``riskmap/io/tracks.py`` -> ``riskmap.io.tracks``."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever in the file, with its line."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@cache
def tracked_files() -> tuple[Path, ...]:
    """Files under version control, or all files that would be, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:  # an unpacked sdist
        return tuple(path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())
