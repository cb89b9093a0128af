"""Scores of a verification in a file: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from riskmap.errors import ConfigError, SourceError
from riskmap.io.durable import whole_file
from riskmap.verify.rows import Row


def require_score_file(path: str | Path) -> None:
    """Refuse a name that says neither CSV nor JSON, before anything is computed.

    Raises
    ------
    ConfigError
        Another ending.
    """
    if Path(path).suffix.lower() not in (".csv", ".json"):
        raise ConfigError(
            "unknown kind of file", where=f"--out {path}", expected=".csv or .json", found=repr(Path(path).suffix),
            remedy="end the name in .csv or .json",
        )  # fmt: skip


def write_scores(path: str | Path, rows: Iterable[Row], *, about: Mapping[str, Any]) -> None:
    """Write rows of scores.

    Parameters
    ----------
    path : path
        ``.csv``: one row a figure, with a header. ``.json``: ``about`` and the list ``scores``.
    rows : iterable of Row
    about : mapping
        Storm, files and settings; in JSON only.

    Raises
    ------
    ConfigError
        Another ending.
    SourceError
        The file cannot be written.
    """
    require_score_file(path)
    if Path(path).suffix.lower() == ".json":
        content = {**about, "scores": [row._asdict() for row in rows]}
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    else:
        lines = io.StringIO()
        table = csv.writer(lines, lineterminator="\n")
        table.writerow(Row._fields)
        table.writerows(["" if cell is None else cell for cell in row] for row in rows)
        text = lines.getvalue()
    try:
        with whole_file(Path(path)) as file:
            file.write(text.encode())
    except OSError as error:
        raise SourceError(
            "the file could not be written", where=str(path), expected="a folder that can be written to",
            found=error.strerror or type(error).__name__, remedy="check the path and its permissions",
        ) from error  # fmt: skip
