"""What a benchmark says, and how it is shown and kept."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "bench"
NOT_BUILT = "not built yet"
LOG_WIDTH = 150


@dataclass(frozen=True)
class Record:
    """One measured claim.

    Attributes
    ----------
    value : float or None
        What was measured; None where there is nothing to measure yet, and ``note`` says why.
    peer, peer_value, ratio
        Another program on the same work in the same run, and how we compare; None without one.
    commit, at : str
        Of the code that was measured ("+": with changes that were not committed), and when (UTC); empty where nothing was.
    """

    claim: str
    value: float | None
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    note: str = ""
    commit: str = ""
    at: str = ""


def not_built(claim: str, unit: str, why: str = NOT_BUILT) -> Record:
    """A claim that nothing can be measured for."""
    return Record(claim, None, unit, note=why)


def publish(name: str, records: Sequence[Record], claims: Sequence[str]) -> Path:
    """Print the table of what was just measured and write ``build/bench/name.json``; every claim must be there, once.

    Raises
    ------
    ValueError
        A claim is missing, unknown or twice.
    """
    _require_promised(name, records, claims)
    return _show(name, _dated(records))


def _require_promised(name: str, records: Sequence[Record], claims: Sequence[str]) -> None:
    emitted = [record.claim for record in records]
    if sorted(emitted) != sorted(claims):
        raise ValueError(f"{name} emits {sorted(emitted)}, promised {sorted(claims)}")


def _dated(records: Sequence[Record]) -> list[Record]:
    """The records with commit and time; those that have them keep them."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return [record if record.at else replace(record, commit=_commit(), at=at) for record in records]


@cache
def _commit() -> str:
    """Of the checkout; empty where there is none."""
    try:
        head, changed = (
            subprocess.run(
                ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout.strip()
            for words in (
                ("rev-parse", "--short=12", "HEAD"),
                ("status", "--porcelain", "--untracked-files=no"),
            )
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head}+" if changed else head


def _show(name: str, records: Sequence[Record]) -> Path:
    table = Table(title=f"{name} · {platform.machine()}, Python {platform.python_version()}")
    table.add_column("claim", no_wrap=True)
    for column in ("value", "unit", "peer", "ratio", "measured", "note"):
        table.add_column(column, overflow="fold")
    for record in records:
        peer = f"{record.peer} {_number(record.peer_value)}" if record.peer else ""
        table.add_row(
            record.claim, _number(record.value), record.unit, peer, _number(record.ratio),
            f"{record.at[:10]} {record.commit[:7]}".strip(), record.note,
        )  # fmt: skip
    console = Console()
    if not console.is_terminal:
        console = Console(width=LOG_WIDTH)  # a log has no width of its own
    console.print(table)
    return _write(name, records)


def _write(name: str, records: Sequence[Record]) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    text = json.dumps([asdict(record) for record in records], ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def measure_parts(
    parts: Sequence[Any], *, quick: bool, told: Callable[[list[Record]], object] = lambda _: None
) -> tuple[list[Record], bool]:
    """What every part (a module with ``CLAIMS`` and ``measure``) measures, and whether all ended well.

    A part that fails says so, and stops no other; ``told`` hears of each part's records when it ends.
    """
    found: list[Record] = []
    well = True
    for part in parts:
        try:
            records = part.measure(quick=quick)
            _require_promised(part.__name__, records, part.CLAIMS)
        except Exception as error:
            traceback.print_exc()
            records = [not_built(claim, "", f"failed: {error}") for claim in part.CLAIMS]
            well = False
        records = _dated(records)
        told(records)
        found += records
    return found, well


def run_parts(name: str, parts: Sequence[Any], claims: Sequence[str], arguments: Sequence[str]) -> int:
    """``python -m benchmarks.NAME [--quick] [--only PART ...]``; 1 where a part failed.

    Each part is written down when it ends, so that a run that is stopped keeps what it has measured. With ``--only`` the
    other claims stay as they were written before, with their own commit and time: each part measures ours and the peer's side by side, so each can have
    a quiet hour of its own. Small cases are written to ``NAME_quick.json``: they never stand beside whole ones.
    """
    if stray := {claim for part in parts for claim in part.CLAIMS} - set(claims):
        raise ValueError(f"{name} has parts with claims that it does not promise: {sorted(stray)}")
    by_name = {part.__name__.rpartition(".")[2]: part for part in parts}
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}", description=sys.modules["__main__"].__doc__
    )
    parser.add_argument(
        "--quick", action="store_true", help="small cases: shows that it runs, not how fast it is"
    )
    parser.add_argument(
        "--only", nargs="+", choices=sorted(by_name), metavar="PART", help=f"some of: {', '.join(by_name)}"
    )
    asked = parser.parse_args(arguments)
    name = f"{name}_quick" if asked.quick else name
    so_far = {claim: not_built(claim, "", "not measured yet") for claim in claims}
    if asked.only:
        so_far |= {record.claim: record for record in _written(name) if record.claim in so_far}

    def keep(records: list[Record]) -> None:
        so_far.update({record.claim: record for record in records})
        _write(name, [so_far[claim] for claim in claims])

    found, well = measure_parts([by_name[one] for one in asked.only or by_name], quick=asked.quick, told=keep)
    so_far |= {record.claim: record for record in found}
    _show(name, [so_far[claim] for claim in claims])
    return int(not well)


def _written(name: str) -> list[Record]:
    """The records of an earlier run; none where there was none."""
    try:
        content = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Record(**record) for record in content]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def seconds(work: Callable[[], Any], *, repeat: int = 1) -> float:
    """Median wall time [s] of ``repeat`` calls."""
    return median(_once(work) for _ in range(repeat))


def best_seconds(work: Callable[[], Any], *, repeat: int = 3) -> float:
    """Shortest wall time [s] of ``repeat`` calls, after one that compiles and warms."""
    work()
    return min(_once(work) for _ in range(repeat))


def in_turns(works: Mapping[str, Callable[[], Any]], *, repeat: int = 3) -> dict[str, float]:
    """Shortest wall time [s] of each of several, which take turns so that all see the same machine; the first turn warms."""
    for work in works.values():
        work()
    turns = [{name: _once(work) for name, work in works.items()} for _ in range(repeat)]
    return {name: min(turn[name] for turn in turns) for name in works}


def _once(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def python(*arguments: str) -> str:
    """Run this Python as a process of its own; what it printed."""
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(arguments)} ended with {done.returncode}: {(done.stderr + done.stdout).strip()[-2000:]}"
        )
    return done.stdout
