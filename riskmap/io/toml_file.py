"""TOML files with the line of every key, so that an error can say where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from riskmap.errors import ConfigError, SourceError


def read_text(path: Path) -> str:
    """A text file, utf-8.

    Raises
    ------
    SourceError
        Missing, unreadable, or not text.
    """
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise SourceError(
            "the file cannot be read", where=str(path), expected="a readable file",
            found=problem.strerror or str(problem), remedy="check the path and its permissions",
        ) from problem  # fmt: skip
    except UnicodeDecodeError as problem:
        raise SourceError(
            "the file is not utf-8 text", where=str(path), expected="utf-8",
            found=f"byte {problem.start} cannot be decoded", remedy="save it as utf-8",
        ) from problem  # fmt: skip


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """Content and text of a TOML file.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        It is not TOML; names the line.
    """
    text = read_text(path)
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(
            "the file is not valid TOML", where=str(path), expected="key = value lines in [sections]",
            found=str(problem), remedy="mend that line",
        ) from problem  # fmt: skip


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Line number (from 1) of a key such as ``("run", "hours")``, or of its section; None if not there.

    Examples
    --------
    >>> line_of("[run]\\nhours = 48\\n[grid]\\nstep = 1\\n", ("grid", "step"))
    4
    >>> line_of("[run]\\nhours = 48\\n", ("grid",)) is None
    True
    """
    section, found = "", None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line)
        if header:
            section = header[1]
            if section == ".".join(keys):
                return number
            if keys and section == ".".join(keys[:-1]):
                found = number
            continue
        key = re.match(r"\s*([\w\-\"']+)\s*=", line)
        if key and [*filter(None, section.split(".")), key[1].strip("\"'")] == list(keys):
            return number
    return found


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Line (from 1) of every key and section; the entries of ``[[sections]]`` are counted from 0.

    Examples
    --------
    >>> key_lines("id = 1\\n[[metric]]\\nunits = 2\\n[[metric]]\\n[wetness.dry]\\n")
    {('id',): 1, ('metric', 0): 2, ('metric', 0, 'units'): 3, ('metric', 1): 4, ('wetness', 'dry'): 5}
    """
    found: dict[tuple[str | int, ...], int] = {}
    section: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    depth, quotes = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if quotes:  # within a text of several lines
            quotes = "" if quotes in line else quotes
            continue
        bare = re.sub(r"#.*", "", re.sub(r'"(?:[^"\\\\]|\\\\.)*"|\'[^\']*\'', "", line))
        if depth > 0:  # within an array of several lines
            depth += bare.count("[") - bare.count("]")
            continue
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line)
        if header:
            parts = tuple(part.strip(" \"'") for part in header[2].split("."))
            section = parts
            if header[1] == "[[":
                counts[parts] = counts.get(parts, -1) + 1
                section = (*parts, counts[parts])
            found.setdefault(section, number)
            continue
        key = re.match(r"\s*([\w\-.\"']+)\s*=(.*)", line)
        if key:
            found.setdefault((*section, *(part.strip(" \"'") for part in key[1].split("."))), number)
            quotes = next((q for q in ('"""', "'''") if key[2].count(q) % 2), "")
            depth = bare.count("[") - bare.count("]")
    return found
