"""Why a command is refused, or not: a pure function of the task and the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evac.orders import task_events as te
from evac.orders.base import TaskEvent
from evac.orders.proof import demanded, lacking

if TYPE_CHECKING:
    from evac.orders.tasks import Task


def refusal(task: Task, command: TaskEvent) -> str:
    """Why this command contradicts what the task is; empty if it does not.

    Facts are no commands: they are kept whatever the state.
    """
    if task.ended_at is not None:
        return f"the task has ended: {task.stage.chinese} {task.stage.english}"
    if isinstance(command, te.Verified):
        return _verify(task, command)
    if isinstance(command, te.SentBack):
        if not command.reason.strip():
            return "no reason is given; the receiver must know what to mend"
        if not task.reports and task.refusing is None:
            return "there is nothing to send back: no report and no refusal"
        return ""
    if isinstance(command, te.Closed):
        return "" if task.verified_at is not None else "nobody has verified it: 未经核实不得销号"
    if isinstance(command, te.Withdrawn):
        return "" if command.reason.strip() else "no reason is given; an ending without the work needs one"
    if isinstance(command, te.Extended):
        return _extend(task, command)
    if isinstance(command, te.ExtensionRefused) and task.asked is None:
        return "no extension was asked for"
    return ""


def _verify(task: Task, command: te.Verified) -> str:
    if not task.acting:
        return "it asks for an answer only, and for no work"
    if task.verified_at is not None:
        return "it is verified already"
    if not task.claimed:
        return "the receiver has not reported it as finished (完成率 100 %)"
    report = task.reports[-1]
    if not any(line.strip() for line in report.evidence):
        return "the report brings no evidence"
    lacks = lacking(demanded(task.terms.signed), report.evidence)
    if lacks:
        return f"the report lacks the proof that was asked for: {'、'.join(lacks)}"
    if command.by.strip() == report.person.strip():
        return f"{report.person} reported it; somebody else must verify"
    return ""


def _extend(task: Task, command: te.Extended) -> str:
    if task.asked is None or task.asked_at is None:
        return "no extension was asked for"
    if command.until <= command.at:
        return "the new time is past already"
    if command.until > task.asked.until:
        return "it grants more than was asked for"
    return ""
