"""Whether the scheduled cycles do what they should: judged from what they left, by another process than theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

HEALTHY: Final = 0
NOTHING: Final = 3
TOO_OLD: Final = 4
PARTIAL: Final = 5
FAILING: Final = 70

_WORST_FIRST: Final = (NOTHING, TOO_OLD, FAILING, PARTIAL, HEALTHY)


@dataclass(frozen=True)
class Health:
    """A judgement.

    Attributes
    ----------
    exit_code : int
        0 healthy; 3 nothing was published yet; 4 the latest is too old, or from stale inputs; 5 published, something left out;
        70 the last cycle failed or was killed, also while the next one is at work, or one hangs.
    lines : tuple of str
        What was found, worst first.
    """

    exit_code: int
    lines: tuple[str, ...]

    @property
    def beats(self) -> bool:
        """Whether the cycles are alive. What is left out is often so for good, for want of a register: an alarm that never ends
        would hide the day on which the cycles die."""
        return self.exit_code in (HEALTHY, PARTIAL)


def judge(
    status: Mapping[str, Any], latest_at: datetime | None, *, now: datetime, max_age: timedelta
) -> Health:
    """Judge the cycles.

    Parameters
    ----------
    status : mapping
        Of ``riskmap.io.cycle_status.judged_status``; empty where there is none.
    latest_at : datetime or None
        Analysis time of the run that ``latest`` names.
    now : datetime
    max_age : timedelta
        The latest run may be so old; a cycle at work may take so long.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2021, 7, 24, 8, tzinfo=UTC)
    >>> judge({"state": "published", "exit_code": 0}, now - timedelta(hours=3), now=now, max_age=timedelta(hours=2)).lines
    ('the latest run is 3.0 h old, more than 2.0 h',)
    """
    if latest_at is None:
        return Health(NOTHING, ("nothing was published yet", *_words(status)))
    found: list[tuple[int, str]] = []
    age = now - latest_at
    if age > max_age:
        found.append((TOO_OLD, f"the latest run is {_hours(age)} h old, more than {_hours(max_age)} h"))
    state, code = status.get("state"), status.get("exit_code")
    if state in ("running", "killed"):  # what it will find is not known yet: the run before stands
        code = (status.get("last_published") or {}).get("exit_code")
    if state == "running" and (before := status.get("before")):
        found.append((FAILING, f"the cycle before the one at work {_failed(before)}"))
    if state in ("failed", "killed"):
        found.append((FAILING, f"the last cycle {_failed(status)}"))
    elif (
        state == "running"
        and (began := _instant(status.get("started"))) is not None
        and now - began > max_age
    ):
        found.append((FAILING, f"a cycle began {_hours(now - began)} h ago and has not ended"))
    elif code == TOO_OLD:
        found += [(TOO_OLD, str(doubt)) for doubt in status.get("doubts", ())] or [
            (TOO_OLD, "an input is stale")
        ]
        found += [(PARTIAL, f"left out: {problem}") for problem in status.get("problems", ())]
    elif code:
        found += [(PARTIAL, f"left out: {problem}") for problem in status.get("problems", ())] or [
            (PARTIAL, f"the latest run ended with exit code {code}")
        ]
    if not status:
        found.append((FAILING, "there is no status.json that can be read"))
    if not found:
        return Health(HEALTHY, (f"healthy: the latest run is {_hours(age)} h old",))
    # a map that is too old misleads whoever looks at it: that comes before why
    found.sort(key=lambda one: _WORST_FIRST.index(one[0]))
    return Health(found[0][0], tuple(words for _, words in found))


def _failed(status: Mapping[str, Any]) -> str:
    code = f" (exit code {status['exit_code']})" if "exit_code" in status else ""
    return f"failed{code}: {status.get('message', '')}"


def _words(status: Mapping[str, Any]) -> tuple[str, ...]:
    said = status.get("message") or (status.get("before") or {}).get("message")
    return (str(said),) if said else ()


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f}"
