"""The hand-over sheet (交接班单): what changed since the last shift, who has not answered, the next three deadlines; read in 60 seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from evac.situation.document import Change, Deadline, Handover, Letters, Situation
from evac.situation.rules import most, rules
from riskmap.outlook import beijing
from riskmap.scale import NO_DATA, Tier

_GOOD: Final = {
    "deceased": False, "missing": False, "left": False, "unreached": False, "refused": False, "not_moved": False,
    "unaccounted": False, "moved": True, "due": None, "returned": True,
}  # fmt: skip
"""Figures that are compared, the gravest first; whether more of it is good."""
_NEXT: Final = 3


def handover(before: Situation, now: Situation) -> Handover:
    """The sheet of two situations of one place.

    Parameters
    ----------
    before, now : Situation
        Of the same place; ``before`` as the last shift took over.

    Raises
    ------
    ValueError
        Two places.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from evac import Clerk, MemoryStore, OfficeRecords, Registry, gather, handover
    >>> from evac.events import ArrivedShelter, Ordered, Registered
    >>> code, noon, registry = "7" + "C" * 25, datetime(2021, 7, 25, 4, tzinfo=UTC), Registry(MemoryStore())
    >>> clerk, office = Clerk("李四", "S1", "D1", noon), OfficeRecords(names={"330902": "定海区"})
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> registry.check_ins(events, received_at=noon).require_all()
    >>> before = gather(registry.store, "330902", office=office, at=noon)
    >>> registry.check_in(clerk.write(ArrivedShelter, code), received_at=noon).require_all()
    >>> sheet = handover(before, gather(registry.store, "330902", office=office, at=noon + timedelta(hours=8)))
    >>> [(change.words, change.before, change.after) for change in sheet.changes]
    [('未转移', '1', '0'), ('尚未安全', '1', '0'), ('已转移', '0', '1')]
    """
    if before.place.code != now.place.code:
        raise ValueError(f"two places: {before.place.code} and {now.place.code}")
    changes = tuple(_changes(before, now))
    waiting = _silent(now.letters)
    ahead = next_deadlines(now.deadlines)
    sheet = Handover(
        before.at, changes, waiting[: most("silent")], max(0, len(waiting) - most("silent")), ahead, ""
    )
    return replace(sheet, text=_text(now, sheet))


def with_handover(before: Situation, now: Situation) -> Situation:
    """The situation with its sheet."""
    return replace(now, handover=handover(before, now))


def next_deadlines(deadlines: Sequence[Deadline]) -> tuple[Deadline, ...]:
    """The next three that are not past; what is past is overdue, and said elsewhere."""
    return tuple(one for one in deadlines if not one.overdue)[:_NEXT]


def _changes(before: Situation, now: Situation) -> Iterator[Change]:
    old, new = before.head_count, now.head_count
    for name, good in _GOOD.items():
        if old is not None and new is not None:
            was, is_ = old.figures.get(name), new.figures.get(name)
            if was is not None and is_ is not None and was != is_:
                yield Change(
                    new.words[name], f"{was:,}", f"{is_:,}", None if good is None else good == (is_ > was)
                )
    yield from _tier_changes(before, now)
    yield from _response_changes(before, now)
    yield from _letter_changes(before.letters, now.letters)
    if before.shelters is not None and now.shelters is not None and before.shelters.full != now.shelters.full:
        full = (before.shelters.full, now.shelters.full)
        yield Change("满员安置点", str(full[0]), str(full[1]), full[1] < full[0])


def _tier_changes(before: Situation, now: Situation) -> Iterator[Change]:
    old = {row.code: row.tier_worst for row in before.rows}
    raised: list[str] = []
    lowered: list[str] = []
    for row in now.rows:
        was, is_ = old.get(row.code), row.tier_worst
        if was is None or is_ is None or was == is_ or NO_DATA in (was, is_):
            continue
        (raised if is_ > was else lowered).append(f"{row.name}{Tier(was).chinese}→{Tier(is_).chinese}")
    for words, found, good in (("风险上调", raised, False), ("风险下调", lowered, True)):
        if found:
            more = f"等{len(found)}处" if len(found) > _NEXT else ""
            yield Change(words, "", "、".join(found[:_NEXT]) + more, good)


def _response_changes(before: Situation, now: Situation) -> Iterator[Change]:
    old = {(one.place.code, one.of): one.words for one in before.responses or ()}
    if before.responses is None:
        return
    for one in now.responses or ():
        was = old.get((one.place.code, one.of), "未启动")
        if was != one.words:
            yield Change(f"{one.place.name}应急响应", was, one.words, None)


def _letter_changes(old: Letters | None, new: Letters | None) -> Iterator[Change]:
    if old is None or new is None:
        return
    figures: tuple[tuple[str, Callable[[Letters], int], bool | None], ...] = (
        ("公文(件·单位)", lambda letters: letters.all, None),
        ("未应答", lambda letters: letters.unanswered, False),
        ("逾期", lambda letters: letters.overdue, False),
        ("督办中", lambda letters: letters.supervised, False),
    )
    for words, of, good in figures:
        if of(old) != of(new):
            yield Change(
                words, str(of(old)), str(of(new)), None if good is None else good == (of(new) > of(old))
            )


def _silent(letters: Letters | None) -> tuple[str, ...]:
    rows = letters.rows if letters else ()
    return tuple(f"{row.receiver} {row.number}" for row in rows if not row.answered)


def _text(now: Situation, sheet: Handover) -> str:
    """The whole sheet in words, cut so that a minute is enough; what stands first is never cut."""
    head = "演练 · " if now.exercise else ""
    lines = [f"{head}交接班单 {now.place.name} {beijing(sheet.since)} 至 {beijing(now.at)}"]
    unread = [
        source.words for source in now.sources if source.stale or (not source.read and source.id in _MUST)
    ]
    if unread:
        lines.append(f"数据过期或缺失:{'、'.join(unread)}")
    grave = [one.words for one in now.alarms.rows if one.life_critical]
    if grave:
        lines.append(
            f"生命攸关 {len(grave)} 条:{';'.join(grave[:_NEXT])}{' 等' if len(grave) > _NEXT else ''}"
        )
    lines += [_said(change) for change in sheet.changes] or ["无变化"]
    total = now.letters.unanswered if now.letters else 0
    if now.letters is None:
        lines.append("未应答:不明(公文日志未接入)")
    elif total:
        names = list(dict.fromkeys(line.split(" ")[0] for line in sheet.silent))
        lines.append(f"未应答 {total} 件:{'、'.join(names[:5])}{' 等' if len(names) > 5 else ''}")
    else:
        lines.append("未应答:无")
    late = sum(one.overdue for one in now.deadlines)
    lines.append(
        f"时限:已逾期 {now.letters.overdue if now.letters else late} 件;其后" + (":" if sheet.next else "无")
    )
    lines += [f"  {beijing(one.due_at)} {one.who} {one.words}" for one in sheet.next]
    return _within(lines, int(rules()["handover"]["characters"]))


_MUST: Final = frozenset({"registry", "documents", "run"})
_KEPT_FIRST: Final = 3


def _said(change: Change) -> str:
    return (
        f"{change.words} {change.before} → {change.after}"
        if change.before
        else f"{change.words}:{change.after}"
    )


def _within(lines: list[str], limit: int) -> str:
    """Lines up to a number of characters; lines of the middle are left out first, and how many is said."""
    dropped = 0
    while sum(map(len, lines)) > limit and len(lines) > _KEPT_FIRST + 1 + _NEXT + 2:
        del lines[-(_NEXT + 3)]
        dropped += 1
    if dropped:
        lines.insert(-(_NEXT + 2), f"(另有 {dropped} 项变化见专报)")
    return "\n".join(lines) + "\n"
