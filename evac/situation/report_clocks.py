"""First report, follow-ups and final report (首报 续报 终报) of dead and missing people: when each is due, and which were made.

That a report was made is somebody's word in the registry's log: a ``Resolved`` about ``reported(kind, county)`` with its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from evac.asides import Resolved
from evac.envelope import Envelope
from evac.grain import COUNTY_DIGITS
from evac.model import State
from evac.situation.document import Deadline, ReportClock
from evac.situation.places import Names
from evac.situation.rules import rules
from evac.store.counting import Held
from riskmap.errors import ConfigError
from riskmap.outlook import BEIJING

KINDS: Final = MappingProxyType({"first_report": "首报", "follow_up": "续报", "final_report": "终报"})
DONE: Final = "done"
_PREFIX: Final = "report"


def reported(kind: str, county: str) -> str:
    """What a ``Resolved`` names that says that a report was made.

    Examples
    --------
    >>> reported("first_report", "330902")
    'report/first_report/330902'
    """
    return f"{_PREFIX}/{kind}/{county}"


@dataclass(frozen=True)
class Made:
    """A report that was made: kind, when, and its number."""

    county: str
    kind: str
    at: datetime
    number: str


def made_reports(asides: Iterable[Envelope]) -> list[Made]:
    """Reports that somebody said were made, in the order of the events."""
    return list(_made(asides))


def _made(asides: Iterable[Envelope]) -> Iterator[Made]:
    for event in asides:
        if isinstance(event, Resolved):
            first, _, rest = event.target.partition("/")
            kind, _, county = rest.partition("/")
            if first == _PREFIX and kind in KINDS and county:
                yield Made(county, kind, event.trusted_at, event.how)


def report_target(kind: str, county: str) -> str:
    """``reported`` of what a person typed.

    Raises
    ------
    ConfigError
        No such kind, or no county.
    """
    if kind not in KINDS or not (county.isascii() and county.isdecimal() and len(county) == COUNTY_DIGITS):
        raise ConfigError(
            "not a report", where="situation reported", expected=f"a county of 6 digits, and one of {', '.join(KINDS)}",
            found=f"{county!r}, {kind!r}", remedy="see: evac situation show COUNTY",
        )  # fmt: skip
    return reported(kind, county)


def report_clocks(
    counts: Mapping[str, Mapping[str, int]],
    held: Mapping[tuple[str, State], Held],
    made: Iterable[Made],
    names: Names,
    at: datetime,
) -> tuple[ReportClock, ...]:
    """The clock of every county with dead or missing people, or with a report and no final one yet; the next due first.

    Parameters
    ----------
    counts : mapping
        County -> figures, with ``missing`` and ``deceased``.
    held : mapping
        Since when; see ``evac.store.counting.held_since``.
    """
    by_county: dict[str, list[Made]] = {}
    for report in made:
        if report.at <= at:
            by_county.setdefault(report.county, []).append(report)
    found = []
    for county in sorted({*counts, *by_county}):
        row = counts.get(county, {})
        missing, deceased = row.get("missing", 0), row.get("deceased", 0)
        reports = sorted(by_county.get(county, []), key=lambda report: report.at)
        if missing or deceased or reports:
            spans = [
                held[county, state] for state in (State.MISSING, State.DECEASED) if (county, state) in held
            ]
            found.append(_clock(county, names.get(county, county), missing, deceased, reports, spans, at))
    return tuple(sorted(found, key=lambda clock: (clock.due_at is None, clock.due_at or at, clock.code)))


def _clock(
    county: str, name: str, missing: int, deceased: int, made: list[Made], spans: list[Held], at: datetime
) -> ReportClock:
    known = [span.oldest for span in spans] or [report.at for report in made[:1]] or [at]
    newest = max((span.newest for span in spans), default=known[0])
    kind, due = _next(min(known), newest, missing, made)
    words = KINDS.get(kind, "已终报")
    grave = (
        missing + deceased >= rules()["grave"]["persons"]
        and f";{rules()['grave']['persons']}人以上,同时报省级和应急管理部"
    )
    basis = str(rules()[kind]["source"]) if kind in KINDS else ""
    return ReportClock(
        county, name, missing, deceased, min(known), kind, words, due, due is not None and due < at,
        tuple((report.kind, report.at, report.number) for report in made), basis + (grave or ""),
    )  # fmt: skip


def _next(since: datetime, newest: datetime, missing: int, made: list[Made]) -> tuple[str, datetime | None]:
    """Which report is due next, and when."""
    if not made:
        return "first_report", since + timedelta(hours=rules()["first_report"]["hours"])
    last = made[-1]
    if last.kind == "final_report" and newest <= last.at and not missing:
        return DONE, None
    if newest > last.at:  # more people, or a new state, since the last report
        soon = newest + timedelta(minutes=rules()["follow_up_change"]["minutes"])
        return "follow_up", min(soon, _tomorrow(last.at))
    if missing:
        return "follow_up", _tomorrow(last.at)
    return "final_report", max(newest, last.at) + timedelta(hours=rules()["final_report"]["hours"])


def _tomorrow(last: datetime) -> datetime:
    """The next hour of the zero report, after a report.

    Examples
    --------
    >>> from datetime import UTC
    >>> _tomorrow(datetime(2021, 7, 25, 2, tzinfo=UTC)).isoformat()
    '2021-07-26T09:00:00+08:00'
    """
    there = last.astimezone(BEIJING)
    due = there.replace(hour=int(rules()["follow_up"]["hour"]), minute=0, second=0, microsecond=0)
    return due if due > there else due + timedelta(days=1)


def deadline_of(clock: ReportClock) -> Deadline | None:
    """The report that is due next as a deadline."""
    if clock.due_at is None:
        return None
    people = "、".join(f"{word}{n}人" for word, n in (("遇难", clock.deceased), ("失联", clock.missing)) if n)
    words = f"{people or '失联人员已找到'} {clock.words}"
    return Deadline(clock.due_at, clock.kind, words, clock.name, clock.code, clock.overdue)
