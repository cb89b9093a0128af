"""The lists that an office must answer, in five stages (发现 生成 整改 评估 预防), read off documents, tasks and readiness.

Nothing is kept for them: what was found, written, put right and looked at again is in the logs already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from evac.grain import COUNTY_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS
from evac.orders.tasks import Stage as TaskStage
from evac.orders.tasks import Task
from evac.situation.document import ListItem, Readiness, Row, Stage
from evac.situation.letters import Addressed
from evac.situation.rules import most
from riskmap.products.documents.types import NOTICE
from riskmap.scale import Tier

_OUT: Final = frozenset({TaskStage.RETRACTED, TaskStage.SUPERSEDED, TaskStage.WITHDRAWN})


def five_stages(
    rows: Sequence[Row], tasks: Sequence[Addressed] | None, readiness: Readiness | None
) -> tuple[Stage, ...]:
    """The five lists of a screen.

    Parameters
    ----------
    rows : sequence of Row
        With the worst tier to come, where a run was read.
    tasks : sequence of Addressed or None
        Of the region's offices; None where no log was read.
    readiness : Readiness or None
    """
    here = [one for one in tasks or () if one.task.stage not in _OUT]
    acting = [one for one in here if one.task.acting]
    claimed = [one for one in acting if one.task.reported_at or one.task.stage is TaskStage.CLOSED]
    known = tasks is not None
    return (
        _found(rows, here, known=known and any(row.tier_worst is not None for row in rows)),
        _stage("issued", "生成", "风险告知函、指令、督办单:已叫应", here, lambda t: t.received_at is not None, known=known),
        _stage("put_right", "整改", "须办理的:已反馈办结", acting, _finished, known=known),
        _stage("assessed", "评估", "已反馈的:已核查、销号", claimed, _assessed, known=known),
        _prevented(readiness),
    )  # fmt: skip


def _finished(task: Task) -> bool:
    return _assessed(task) or task.claimed


def _assessed(task: Task) -> bool:
    return task.stage in (TaskStage.VERIFIED, TaskStage.CLOSED)


def _stage(
    name: str,
    words: str,
    what: str,
    chosen: Sequence[Addressed],
    done: Callable[[Task], bool],
    *,
    known: bool,
) -> Stage:
    waiting = [one for one in chosen if not done(one.task)]
    items = [_item(one) for one in waiting[: most("items")]]
    overdue = sum(one.overdue for one in waiting)
    done_ = len(chosen) - len(waiting)
    return Stage(
        name, words, what, known, len(chosen), done_, overdue, tuple(items), len(waiting) - len(items)
    )


def _item(one: Addressed) -> ListItem:
    words = f"{one.task.terms.number} {one.task.stage.chinese}"
    due = one.next.due_at if one.next else None
    return ListItem(words, one.task.receiver, one.code, "overdue" if one.overdue else "open", due)


def _found(rows: Sequence[Row], here: Iterable[Addressed], *, known: bool) -> Stage:
    """Regions at orange or red to come; done where a 风险告知函 is out to an office of theirs."""
    risky = [row for row in rows if row.tier_worst is not None and row.tier_worst >= Tier.ORANGE]
    told = {one.code for one in here if one.task.terms.signed.type == NOTICE}
    around = {code[:digits] for code in told for digits in (COUNTY_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS)}
    # told itself, or something in it was, or the county or town that it lies in
    open_ = [
        row
        for row in risky
        if row.code not in around
        and not any(row.code[:digits] in told for digits in (COUNTY_DIGITS, TOWN_DIGITS))
    ]
    items = [
        ListItem(
            f"{Tier(row.tier_worst or 0).chinese}色 {row.reason}", row.name, row.code, "open", row.worst_at
        )
        for row in open_
    ]
    return _made(
        "found", "发现", "橙色、红色风险区域:已告知", len(risky), len(risky) - len(open_), items, known=known
    )


def _prevented(readiness: Readiness | None) -> Stage:
    if readiness is None:
        return _made("prevented", "预防", "备勤核查:就绪的村(社区)", 0, 0, [], known=False)
    items = [ListItem(f"未就绪:{why}", name, code, "open") for code, name, why in readiness.red]
    hidden = readiness.left_out
    made = _made(
        "prevented", "预防", "备勤核查:就绪的村(社区)", readiness.villages, readiness.ready, items, known=True
    )
    return Stage(
        made.id,
        made.words,
        made.what,
        True,
        made.all,
        made.done,
        made.overdue,
        made.items,
        made.left_out + hidden,
    )


def _made(
    name: str, words: str, what: str, total: int, done: int, items: list[ListItem], *, known: bool
) -> Stage:
    shown = items[: most("items")]
    overdue = sum(item.state == "overdue" for item in items)
    return Stage(name, words, what, known, total, done, overdue, tuple(shown), len(items) - len(shown))
