"""From a step that is due to the record of it: who is told, the problem in words, the evidence from the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from evac.orders.deadlines import CLOCKS, Step
from evac.orders.offices import Ladder
from evac.orders.supervision import supervision_order
from evac.orders.task_events import Escalated
from evac.orders.tasks import Task
from riskmap.errors import RiskmapError
from riskmap.outlook import beijing

PROGRAM: Final = "evac worker(自动,非人工)"
"""In whose name the loop writes: no person's."""

SUPERVISION_RUNG: Final = "order"


def late_office(step: Step) -> str:
    """The office that is late: the receiver, or the issuer where it is the issuer's turn."""
    return step.task.terms.signed.issuer if step.clock.issuer else step.task.receiver


def told_office(step: Step, ladder: Ladder) -> str:
    """Who is told: so many levels above the late office as the rung says, and the topmost where there are no more.

    Without a list of offices the issuer stands above every receiver, and the city above a county that got a copy.
    """
    late = late_office(step)
    if step.rung.up == 0:
        return late
    above = ladder.above(late) or _by_the_letter(step)
    return above[min(step.rung.up, len(above)) - 1] if above else late


def _by_the_letter(step: Step) -> tuple[str, ...]:
    terms = step.task.terms
    if step.clock.issuer:
        return ()
    copies = [r for r in terms.signed.receivers if r != terms.addressee] if terms.level == "county" else []
    return tuple(dict.fromkeys(name for name in (*copies, terms.signed.issuer) if name != step.task.receiver))


def minutes(span: timedelta) -> str:
    """A span in words.

    Examples
    --------
    >>> minutes(timedelta(minutes=45)), minutes(timedelta(hours=5, minutes=2))
    ('45分钟', '5小时2分钟')
    """
    whole = int(span.total_seconds() // 60)
    hours, rest = divmod(whole, 60)
    return f"{hours}小时{rest}分钟" if hours else f"{rest}分钟"


def problem_of(step: Step, now: datetime) -> str:
    """What is wrong, as one sentence."""
    task, clock = step.task, step.clock
    told = f"{late_office(step)}未按时{CLOCKS[clock.id][0]}:{task.terms.number}《{task.terms.signed.title}》"
    if clock.id == "shortfall" and task.counted is not None:
        left = task.counted.to_move - task.counted.moved
        told += f"应转移{task.counted.to_move}人,已转移{task.counted.moved}人,尚差{left}人,"
    return f"{told}应于{beijing(clock.due_at)}前完成,已逾期{minutes(max(now - clock.due_at, timedelta(0)))}"


def evidence_of(task: Task) -> tuple[str, ...]:
    """What the log holds about a task, line by line, with Beijing times."""
    return tuple(_evidence(task))


def _evidence(task: Task) -> Iterator[str]:
    signed = task.terms.signed
    yield f"{beijing(signed.at)} 签发,签发人{signed.by},{task.terms.number}"
    yield f"{beijing(task.sent_at)} 发送" if task.sent_at else "未见发送记录"
    yield (
        f"{beijing(task.received_at)} 应答,应答人{task.person}"
        if task.received_at
        else "未见应答记录(未联系上)"
    )
    for report in task.reports:
        proof = "、".join(line for line in report.evidence if line.strip()) or "无佐证"
        yield f"{beijing(report.at)} 反馈,{report.person}:{report.action},完成率{report.done:.0%},{proof}"
    if not task.reports and task.acting:
        yield "未见反馈记录"
    for back in task.returns:
        yield f"{beijing(back.at)} 退回重办:{back.reason}"
    if task.refusing is not None:
        yield f"{beijing(task.refusing.at)} 退件,{task.refusing.person}:{task.refusing.reason}"
    if task.counted is not None and task.counted_at is not None:
        yield f"{beijing(task.counted_at)} 登记库:应转移{task.counted.to_move}人,已转移{task.counted.moved}人"
    failed = sum(d.outcome in ("failed", "refused") for d in task.deliveries)
    if failed:
        yield f"投递未成功{failed}次"
    for taken in sorted((e for chain in task.steps.values() for e in chain), key=lambda e: (e.at, e.key)):
        yield f"{beijing(taken.at)} {taken.measure}({CLOCKS[taken.clock][0]}),告知{taken.told}"


def escalated(step: Step, ladder: Ladder, *, at: datetime) -> Escalated:
    """The record of a step that is taken.

    Parameters
    ----------
    step : Step
        See ``deadlines.escalation``.
    ladder : Ladder
        Who stands above whom.
    at : datetime
        The clock when it is taken.
    """
    task = step.task
    problem = problem_of(step, at)
    evidence = evidence_of(task)
    content, finish_by = "", None
    if step.rung.id == SUPERVISION_RUNG and not step.clock.issuer:
        finish_by = at + task.terms.feedback
        try:
            content = supervision_order(step, ladder, problem=problem, evidence=evidence, finish_by=finish_by)
        except RiskmapError as error:  # a draft that cannot be made never stops the alarm
            finish_by = None
            evidence += (f"督办单未能起草: {error}",)
    return Escalated(
        draft=task.terms.signed.draft, at=at, by=PROGRAM, receiver=task.receiver, key=step.key, clock=step.clock.id,
        nth=step.clock.nth, rung=step.rung.id, measure=step.rung.chinese, due_at=step.due_at, late=late_office(step),
        told=told_office(step, ladder), problem=problem, evidence=evidence, content=content, finish_by=finish_by,
    )  # fmt: skip
