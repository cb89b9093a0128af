"""The page of what was measured, written from ``build/bench/*.json``; what was not measured here is said to be so."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.harness import RESULTS

HERE = Path(__file__).resolve().parents[1]
APART = {"__init__", "__main__", "harness"}

HEAD = ("claim", "value", "unit", "peer in the same run", "ratio", "note")
NOTHING = (
    "**本机未测 · Not measured here.** `build/bench/{name}.json` is not there; `python -m benchmarks {name}` writes it, and the next "
    "`make docs` shows it.\n"
)


def files() -> list[Path]:
    """Every benchmark of the folder."""
    return sorted(path for path in HERE.glob("*.py") if path.stem not in APART)


def claims_of(path: Path) -> tuple[str, ...]:
    """``CLAIMS`` of a benchmark, read without running it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "CLAIMS":
            return tuple(ast.literal_eval(node.value))
    return ()


def purpose_of(path: Path) -> str:
    """First line of what a benchmark says of itself."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0]


def page(results: Path = RESULTS) -> str:
    """All sections as Markdown.

    Parameters
    ----------
    results : Path
        Folder of the records, one file a benchmark.
    """
    return "\n".join(_section(path, results / f"{path.stem}.json") for path in files())


def _section(path: Path, records: Path) -> str:
    lines = [f"## {path.stem}", "", purpose_of(path), ""]
    if not records.is_file():
        return "\n".join([*lines, NOTHING.format(name=path.stem)])
    at = datetime.fromtimestamp(records.stat().st_mtime, UTC)
    found = {record["claim"]: record for record in json.loads(records.read_text(encoding="utf-8"))}
    lines += [
        f"本机所测 · Measured on this machine, {at:%Y-%m-%d %H:%M} UTC.",
        "",
        _row(HEAD),
        _row(("---",) * len(HEAD)),
    ]
    lines += [_row(_cells(claim, found.get(claim))) for claim in claims_of(path)]
    return "\n".join([*lines, ""])


def _cells(claim: str, record: Mapping[str, Any] | None) -> tuple[str, ...]:
    if record is None or record["value"] is None:
        return (f"`{claim}`", "未测 not measured", "", "", "", "" if record is None else record["note"])
    peer = f"{record['peer']}: {_number(record['peer_value'])}" if record["peer"] else ""
    return (
        f"`{claim}`",
        _number(record["value"]),
        record["unit"],
        peer,
        _number(record["ratio"]),
        record["note"],
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
