"""A situation in a few lines of words: for a terminal, and as the opening of what is printed."""

from __future__ import annotations

from collections.abc import Iterator

from evac.situation.document import HeadCountHere, Situation, Source
from riskmap.outlook import beijing
from riskmap.scale import NO_DATA, NO_DATA_WORDS, Tier


def lines_of(situation: Situation) -> Iterator[str]:
    """The screen from the top: place and clock, what could not be read, people, letters, alarms, deadlines, rows."""
    mark = "演练 " if situation.exercise else ""
    path = " › ".join((*(one.name for one in situation.path), situation.place.name))
    yield f"{mark}{path} 态势 {beijing(situation.at)} {situation.event.number} {situation.event.name}".rstrip()
    for source in situation.sources:
        if not source.read or source.stale:
            yield f"  ! {source_words(source)}"
    if situation.head_count is not None:
        yield f"  {sum_words(situation.head_count)}"
    for one in situation.responses or ():
        yield f"  {one.place.name}应急响应 {one.words}"
    letters = situation.letters
    if letters is not None:
        index = "不明" if letters.index is None else f"{letters.index:.1f}"
        yield f"  公文 {letters.all} 件·单位,未办结 {letters.open},未应答 {letters.unanswered},逾期 {letters.overdue},闭环指数 {index}"
    if situation.shelters is not None:
        lots = situation.shelters
        yield f"  安置点 {lots.places} 处,{figure(lots.present)}/{lots.capacity} 人,满员 {lots.full}"
    for alarm in situation.alarms.rows:
        yield f"  {'!!' if alarm.life_critical else '! '} {alarm.words}"
    if situation.alarms.held_back:
        yield f"  另有告警 {sum(situation.alarms.held_back.values())} 条本小时超限未列"
    for due in situation.deadlines[:5]:
        yield f"  {'逾期' if due.overdue else '时限'} {beijing(due.due_at)} {due.who} {due.words}"
    for row in situation.rows:
        if row.due or (row.tier_worst or 0) >= Tier.ORANGE:
            share = "—" if row.share is None else f"{row.share:.1f}%"
            yield (
                f"  {row.code:12} {row.name:8} {tier_word(row.tier)}→{tier_word(row.tier_worst)} "
                f"应转移 {figure(row.due)} 已转移 {figure(row.moved)} {share} 尚未安全 {figure(row.unaccounted)} 逾期 {figure(row.overdue)}"
            )
    yield from (f"  注:{note}" for note in situation.notes)


def sum_words(head: HeadCountHere) -> str:
    """The sum in one line, every term by its word; what is hidden or not known is a dash.

    Examples
    --------
    >>> words = {"due": "应转移", "moved": "已转移", "missing": "失联"}
    >>> sum_words(HeadCountHere({"due": 5, "moved": 3, "missing": 2}, words, ("moved", "missing"), True, 60.0))
    '应转移 5 = 已转移 3 + 失联 2;已转移率 60.0%'
    """
    if "due" not in head.figures:
        return "、".join(f"{head.words[name]} {figure(n)}" for name, n in head.figures.items())
    terms = " + ".join(f"{head.words[name]} {figure(head.figures.get(name))}" for name in head.parts)
    share = "" if head.share is None else f";已转移率 {head.share:.1f}%"
    return f"{head.words['due']} {figure(head.figures['due'])} = {terms}{share}"


def source_words(source: Source) -> str:
    """A source that is missing or stale."""
    data = f"(数据时间 {beijing(source.data_at)})" if source.data_at else ""
    return f"{source.words}:{source.why or '已读取'}{data}"


def figure(n: float | int | None) -> str:
    """A number as it is printed; a dash for what is hidden or not known.

    Examples
    --------
    >>> figure(12345), figure(None), figure(3.5)
    ('12,345', '—', '3.5')
    """
    return "—" if n is None else f"{n:,}"


def tier_word(tier: int | None) -> str:
    """A tier in one character; what is not known is said.

    Examples
    --------
    >>> tier_word(4), tier_word(-1), tier_word(None)
    ('红', '无数据', '不明')
    """
    if tier is None:
        return "不明"
    return NO_DATA_WORDS[0] if tier == NO_DATA else Tier(tier).chinese
