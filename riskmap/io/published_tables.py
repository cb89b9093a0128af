"""The record and the tables of a published run, read back row by row."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskmap.errors import RiskmapError
from riskmap.io.csv_table import read_text
from riskmap.io.publish import MARK


def read_record(folder: Path) -> Mapping[str, Any]:
    """``run.json`` of a run; empty where it cannot be read."""
    try:
        content = json.loads(read_text(folder / MARK))
    except (RiskmapError, ValueError):
        return {}
    return content if isinstance(content, Mapping) else {}


def rows_of(folder: Path, name: str, code: str) -> list[dict[str, str]]:
    """Rows of one region in a published table; none where there is no such table.

    Parameters
    ----------
    folder : Path
    name : str
        File name, e.g. ``risk.csv``.
    code : str
        Region code.
    """
    try:
        text = read_text(folder / name)
    except RiskmapError:
        return []
    return [row for row in csv.DictReader(text.splitlines()) if row.get("region") == code]
