"""A situation for who only looks: the region as a whole, no count below ten, and none that sums give away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from evac.counts.terms import WORDS
from evac.privacy import protect
from evac.privacy.counts import SMALLEST_SHOWN
from evac.privacy.tables import TOTAL
from evac.situation.alarms import WORDS as ALARM_WORDS
from evac.situation.document import Alarm, Alarms, ReportClock, Row, Situation, Source

DUE: Final = "due"
PARTS: Final = ("moved", "returned", "in_transit", "not_moved", "left", "missing", "deceased")
"""Figures that sum to 应转移: all that is told to who only looks."""

OFFICE_ONLY: Final = frozenset({"field_tasks", "dangers", "supplies"})
"""Sources whose slots stay empty for who only looks."""


def shared_counts(regions: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """For who only looks: 应转移 and what it sums from, no small count, and none that sums give away.

    Examples
    --------
    >>> few = dict.fromkeys(PARTS, 0) | {"moved": 40, "missing": 3}
    >>> shared_counts({"330902": few})["total"]["missing"] is None
    True
    """
    table = protect(
        {(region, part): row.get(part, 0) for region, row in regions.items() for part in PARTS}
    ).shown
    rows = {
        region: {DUE: table.get((region, TOTAL), 0)} | {part: table.get((region, part), 0) for part in PARTS}
        for region in (*regions, TOTAL)
    }
    return {"total": rows.pop(TOTAL), "regions": rows, "places": {}}


def shared_situation(situation: Situation, total: Mapping[str, int | None]) -> Situation:
    """The document as it may be handed to who only looks; what is hidden is None, and ``exact`` is false.

    Parameters
    ----------
    total : mapping
        Of ``shared_counts``: what every other answer about the region tells too, so that no two of them give a count away.
    """
    head = situation.head_count
    if head is not None:
        known = total.get(DUE) is not None and total.get("moved") is not None
        head = replace(
            head, figures=dict(total), words={name: WORDS[name] for name in total}, parts=PARTS,
            share=head.share if known else None,
        )  # fmt: skip
    lots = situation.shelters
    if lots is not None:
        rows = tuple(replace(row, present=None, share=None) for row in lots.rows)
        lots = replace(lots, present=None, rows=rows)
    letters = situation.letters
    if letters is not None:
        told = tuple(replace(row, moved=None, to_move=None) for row in letters.rows)
        letters = replace(letters, rows=told)
    clocks = situation.report_clocks
    return replace(
        situation, exact=False, head_count=head, rows=tuple(_row(row) for row in situation.rows), shelters=lots, letters=letters,
        alarms=_alarms(situation.alarms), report_clocks=None if clocks is None else tuple(map(_clock, clocks)),
        field_tasks=None, dangers=None, supplies=None, sources=tuple(map(_source, situation.sources)),
        deadlines=tuple(one for one in situation.deadlines if not one.kind.endswith("report") and one.kind != "follow_up"),
        handover=None, notes=(*situation.notes, "不足10人及为防反推而隐去者不显示"),
    )  # fmt: skip


def _large(n: int | None) -> int | None:
    return None if n is None or 0 < n < SMALLEST_SHOWN else n


def _row(row: Row) -> Row:
    """Tables of parts give each other away: of a row only what is not about people is told."""
    return replace(
        row, due=None, moved=None, share=None, unaccounted=None, unreached=None, missing=None, refused=None, deceased=None,
        sheltered=None,
    )  # fmt: skip


def _alarms(alarms: Alarms) -> Alarms:
    return replace(alarms, rows=tuple(_alarm(one) for one in alarms.rows), merged_away=0)


def _alarm(one: Alarm) -> Alarm:
    """What is the matter and where; how many only where it is no count of people."""
    if one.kind in ("overdue", "not_ready", "report", "sensor", "supplies", "silent"):
        return one
    return replace(one, words=f"{ALARM_WORDS[one.kind]} {one.name}", count=None, merged=1)


def _source(source: Source) -> Source:
    """A single danger is a house, a single worker a person: who only looks is told that these are not shown, and by alarms that there are any."""
    if source.id in OFFICE_ONLY and source.read:
        return replace(source, read=False, why="只对联络员显示")
    return source


def _clock(clock: ReportClock) -> ReportClock:
    return replace(clock, missing=_large(clock.missing), deceased=_large(clock.deceased))
