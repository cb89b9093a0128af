"""Alarms, merged by kind and region and limited per hour: one operator can read them, and no life is lost among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from evac.asides import RescueCalled
from evac.model import State
from evac.situation.document import Alarm, Alarms, Letters, Place, Readiness, ReportClock, Row, Shelters
from evac.situation.people import People
from evac.situation.rules import rules
from evac.store.counting import Held

WORDS: Final = MappingProxyType(
    {
        "deceased": "遇难", "missing": "失联", "rescue": "求救未答", "worker": "外勤失联或未归", "left": "擅自离开", "unreached": "未联系上", "danger": "险情上报",
        "report": "信息报告逾期", "refused": "劝导无效", "silent": "静默", "overdue": "公文逾期", "full": "安置点已满",
        "supplies": "物资短缺", "sensor": "监测超限", "not_ready": "备勤未就绪",
    }
)  # fmt: skip
_STATES: Final = MappingProxyType(
    {
        "deceased": State.DECEASED, "missing": State.MISSING, "left": State.LEFT, "unreached": State.UNREACHED,
        "refused": State.REFUSED,
    }
)  # fmt: skip
_MOST_OF_A_KIND: Final = 6
"""Regions of a kind that are named one by one, unless lives hang on it; beyond that one line says how many (D)."""


def life_critical(kind: str) -> bool:
    """Whether an alarm is never merged away into a sum of regions and never held back.

    Examples
    --------
    >>> life_critical("missing"), life_critical("full")
    (True, False)
    """
    return kind in rules()["alarms"]["life_critical"]


def alarm(
    kind: str,
    place: Place | Row,
    count: int,
    *,
    since: datetime | None = None,
    newest: datetime | None = None,
    unit: str = "人",
    merged: int | None = None,
) -> Alarm:
    """One line: kind, how many, where."""
    words = f"{WORDS[kind]} {count:,}{unit} {place.name}"
    return Alarm(
        kind, words, place.code, place.name, count, since, newest, life_critical(kind), count if merged is None else merged
    )  # fmt: skip


def people_alarms(people: People, place: Place, rows: Sequence[Row]) -> Iterator[Alarm]:
    """People in states that somebody must look after, by row; by the screen's own region where there are no rows."""
    at = rows or (place,)
    for kind, state in _STATES.items():
        told = 0
        for one in at:
            count = _of(people, kind, one.code, whole=not rows)
            held: Held | None = people.held.get((one.code[:6], state))
            # times of a county are told of its town only where nobody else of the county is in that state
            same = held is not None and (len(one.code) == 6 or held.people == count)
            told += count
            if count:
                yield alarm(
                    kind, one, count, since=held.oldest if held and same else None,
                    newest=held.newest if held and same else None,
                )  # fmt: skip
        rest = people.total.get(kind, 0) - told
        if rest > 0:  # people whose town nobody knows stand under the region itself
            yield alarm(kind, place, rest)


def _of(people: People, kind: str, code: str, *, whole: bool) -> int:
    return people.total.get(kind, 0) if whole else people.rows.get(code, {}).get(kind, 0)


def other_alarms(
    place: Place,
    rows: Sequence[Row],
    shelters: Shelters | None,
    letters: Letters | None,
    clocks: Iterable[ReportClock],
) -> Iterator[Alarm]:
    """Full shelters, letters past a deadline, reports that are late."""
    for bed in shelters.rows if shelters else ():
        if bed.full:
            words = f"{WORDS['full']} {bed.name} {bed.present}/{bed.capacity}"
            yield Alarm("full", words, bed.id, bed.name, bed.present, None, None, False, 1)
    cut = shelters.full - sum(bed.full for bed in shelters.rows) if shelters else 0
    if cut:
        yield alarm("full", place, cut, unit="处")
    below = 0
    for row in rows:
        if row.overdue:
            below += row.overdue
            yield alarm("overdue", row, row.overdue, unit="件")
    own = letters.overdue - below if letters else 0
    if own > 0:
        yield alarm("overdue", place, own, unit="件")
    for clock in clocks:
        if clock.overdue and clock.due_at is not None:
            name = f"{clock.name} {clock.words}"
            words = f"{WORDS['report']} {name}"
            yield Alarm("report", words, clock.code, clock.name, 1, clock.due_at, clock.due_at, True, 1)


def told_alarms(calls: Sequence[RescueCalled], place: Place) -> Iterator[Alarm]:
    """Calls for rescue that nobody answered yet; where is for who may open the call."""
    if calls:
        times = [event.trusted_at for event in calls]
        yield alarm("rescue", place, len(calls), since=min(times), newest=max(times), unit="起")


def ready_alarms(readiness: Readiness | None, place: Place) -> Iterator[Alarm]:
    """Villages that are not ready."""
    red = readiness.villages - readiness.ready if readiness else 0
    if red:
        yield alarm("not_ready", place, red, unit="处")


def merge(found: Iterable[Alarm], place: Place, at: datetime) -> Alarms:
    """Merge by kind and region, gather kinds of many regions into one line, hold back what is too much for an hour.

    What is life-critical keeps a line for every region, whatever the hour brought.
    """
    lines: dict[tuple[str, str], Alarm] = {}
    for one in found:
        held = lines.get((one.kind, one.code))
        lines[one.kind, one.code] = one if held is None else _joined(held, one)
    by_kind: dict[str, list[Alarm]] = {}
    for one in lines.values():
        by_kind.setdefault(one.kind, []).append(one)
    kept = [one for kind, many in by_kind.items() for one in _gathered(kind, many, place)]
    order = list(rules()["alarms"]["order"])
    kept.sort(key=lambda one: (order.index(one.kind), -(one.count or 0), one.code))
    limit = int(rules()["alarms"]["per_hour"])
    rows, back, new = [], Counter[str](), 0
    for one in kept:
        fresh = not one.life_critical and (one.newest_at is None or at - one.newest_at <= timedelta(hours=1))
        new += fresh
        if fresh and new > limit:
            back[one.kind] += one.merged
        else:
            rows.append(one)
    merged_away = sum(one.merged - 1 for one in rows)
    return Alarms(tuple(rows), limit, merged_away, dict(sorted(back.items())))


def _joined(one: Alarm, other: Alarm) -> Alarm:
    count = None if one.count is None or other.count is None else one.count + other.count
    times = [t for t in (one.since, other.since) if t is not None]
    newest = [t for t in (one.newest_at, other.newest_at) if t is not None]
    words = one.words if count is None else f"{WORDS[one.kind]} {count:,}{_unit(one)} {one.name}"
    return replace(
        one, words=words, count=count, since=min(times, default=None), newest_at=max(newest, default=None),
        merged=one.merged + other.merged,
    )  # fmt: skip


def _unit(one: Alarm) -> str:
    number = f"{one.count:,}" if one.count is not None else ""
    rest = one.words.removeprefix(f"{WORDS[one.kind]} {number}")
    return rest[:1] if rest[:1] in ("人", "件", "起", "处") else "处"


def _gathered(kind: str, many: list[Alarm], place: Place) -> list[Alarm]:
    if life_critical(kind) or len(many) <= _MOST_OF_A_KIND:
        return many
    times = [one.since for one in many if one.since is not None]
    newest = [one.newest_at for one in many if one.newest_at is not None]
    total = sum(one.count or 0 for one in many)
    words = (
        f"{WORDS[kind]} {len(many)}处" if kind == "full" else f"{WORDS[kind]} {total:,}{_unit(many[0])}({len(many)}处)"
    )  # fmt: skip
    return [
        Alarm(
            kind, f"{words} {place.name}", place.code, place.name, total, min(times, default=None), max(newest, default=None),
            False, sum(one.merged for one in many),
        )
    ]  # fmt: skip


def by_kind(alarms: Alarms) -> Mapping[str, int]:
    """Kind -> how many lines, for a head of a page."""
    return Counter(one.kind for one in alarms.rows)
