"""How the cycles are going, for those who watch: a status file, one line a cycle in a log, and a Prometheus text file."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from riskmap.io.durable import append_line, cannot_write, replace_file
from riskmap.io.lock_file import is_free

STATUS: Final = "status.json"
LOG: Final = "cycles.jsonl"
LOCK: Final = "lock"
METRICS: Final = "riskmap.prom"


class CycleStatus:
    """Writes how one cycle begins and ends.

    Parameters
    ----------
    root : Path
        Folder of the cycles.
    name : str
        Of the cadence in the metrics: both may be read by one collector.
    """

    def __init__(self, root: Path, name: str = "cycle") -> None:
        self.root, self._name = root, name
        self._began = time.monotonic()

    def started(self, at: datetime, now: datetime) -> None:
        """A cycle has begun; that the one before failed, or never ended, is not forgotten until one is published."""
        kept = read_status(self.root)
        failed = {key: kept[key] for key in ("at", "exit_code", "message") if key in kept}
        if kept.get("state") == "running":  # whoever holds the lock now is the only one
            failed["message"] = _killed(kept)
        before = {} if kept.get("state") not in ("failed", "running") else {"before": failed}
        self._write({"state": "running", "at": at.isoformat(), "started": _utc(now), **before})

    def failed(self, at: datetime, exit_code: int, message: str) -> None:
        """A cycle ended and published nothing."""
        self._end(at, exit_code, {"state": "failed", "message": message})

    def ended(
        self, at: datetime, exit_code: int, run: Path, doubts: Sequence[str], problems: Sequence[str]
    ) -> None:
        """A cycle published a run."""
        said = {"state": "published", "run": run.name, "doubts": list(doubts), "problems": list(problems)}
        self._end(at, exit_code, said)

    def _end(self, at: datetime, exit_code: int, said: dict[str, Any]) -> None:
        seconds = round(time.monotonic() - self._began, 3)
        entry = {
            "at": at.isoformat(),
            "ended": _utc(datetime.now(UTC)),
            "seconds": seconds,
            "exit_code": exit_code,
            **said,
        }
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            append_line(self.root / LOG, json.dumps(entry, ensure_ascii=False))
        except OSError as problem:
            raise cannot_write(self.root / LOG, problem) from problem
        self._write(entry)
        replace_file(self.root / METRICS, metrics_text(entry, read_counts(self.root), self._name))

    def _write(self, entry: dict[str, Any]) -> None:
        kept = read_status(self.root)
        last_good = kept.get("last_published")
        if entry.get("state") == "published":
            last_good = {"at": entry["at"], "ended": entry["ended"], "exit_code": entry["exit_code"]}
        content = entry | ({"last_published": last_good} if last_good else {})
        replace_file(self.root / STATUS, json.dumps(content, ensure_ascii=False, indent=1))


def read_status(root: Path) -> dict[str, Any]:
    """The status file; empty where there is none that can be read."""
    try:
        content = json.loads((root / STATUS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def judged_status(root: Path) -> dict[str, Any]:
    """The status file, for those who watch: state ``killed`` where a cycle began, did not end, and is at work no more."""
    before, free, after = read_status(root), is_free(root / LOCK), read_status(root)
    if (
        after.get("state") == "running" and before == after and free
    ):  # one that ended meanwhile said so in between
        return after | {"state": "killed", "message": _killed(after)}
    return after


def _killed(status: Mapping[str, Any]) -> str:
    return f"it began {status.get('started')} and was killed before its end"


def read_counts(root: Path) -> dict[str, int]:
    """Regions of the latest run by their worst published tier; empty where it cannot be read."""
    try:
        record = json.loads((root / "latest" / "run.json").read_text(encoding="utf-8"))
        return {str(tier): int(n) for tier, n in record["counts"]["forecast"]["combined"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def metrics_text(entry: dict[str, Any], counts: dict[str, int], cadence: str = "cycle") -> str:
    """The state of the last cycle as Prometheus reads it (text exposition format 0.0.4).

    Examples
    --------
    >>> entry = {"at": "2021-07-24T12:30:00+08:00", "ended": "2021-07-24T04:33:00Z", "seconds": 12.5, "exit_code": 4}
    >>> print(metrics_text(entry, {"red": 3}).splitlines()[2])
    riskmap_cycle_exit_code 4
    """
    lines: list[str] = []

    def metric(name: str, words: str, value: float, labels: str = "") -> None:
        if not any(line.startswith(f"# HELP {name} ") for line in lines):
            lines.extend((f"# HELP {name} {words}", f"# TYPE {name} gauge"))
        lines.append(f"{name}{labels} {value:.15g}")

    of = f"riskmap_{cadence}"
    metric(f"{of}_exit_code", "Exit code of the last cycle.", entry["exit_code"])
    metric(f"{of}_seconds", "Seconds that the last cycle took.", entry["seconds"])
    metric(f"{of}_analysis_time_seconds", "Analysis time of the last cycle.", _seconds(entry["at"]))
    metric(f"{of}_end_time_seconds", "When the last cycle ended.", _seconds(entry["ended"]))
    metric(f"{of}_doubts", "Inputs of the last cycle that are stale.", len(entry.get("doubts", ())))
    metric(f"{of}_problems", "What the last cycle left out.", len(entry.get("problems", ())))
    regions = "riskmap_regions" if cadence == "cycle" else f"{of}_regions"
    for tier, number in counts.items():
        metric(regions, "Regions of the latest run by worst tier.", number, f'{{tier="{tier}"}}')
    return "\n".join(lines) + "\n"


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
