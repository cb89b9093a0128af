"""The 工作督办单 that drafts itself: the facts of the letter that was not answered, the problem, and the evidence of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from evac.orders.deadlines import Step
from evac.orders.offices import Ladder
from evac.orders.tasks import Task
from riskmap.errors import DataError
from riskmap.outlook import beijing
from riskmap.products.documents.types import bundled_types
from riskmap.products.draft_json import draft_json, parse_draft
from riskmap.products.letter_facts import DEFAULT_ORGAN, EXERCISE, HEADQUARTERS, as_document, period
from riskmap.products.letter_fields import Letter

RESULTS: Final = {
    "answer": "由责任人本人应答(叫应),并以书面或政务平台回执确认接收时间和接收人",
    "feedback": "书面反馈已采取措施、佐证材料和完成率",
    "repeat": "恢复按时续报,补报已采取措施、佐证材料和完成率",
    "close": "完成率达到100%,附佐证材料,经核查人核实后销号",
    "shortfall": "应转移人员全部转移到位(应转移数与已转移数之差为0),逐户列明未转移原因",
}
"""Deadline -> the result that is required, such that somebody else can check it; own proposal (D)."""


def supervision_order(
    step: Step, ladder: Ladder, *, problem: str, evidence: Sequence[str], finish_by: datetime
) -> str:
    """A draft for a named person to sign, with every field that the log knows.

    What nobody has told (a telephone that is on no list) stays a blank, and a required blank stops the sign-off.

    Parameters
    ----------
    step : Step
        The rung 督办单 of a receiver's deadline.
    problem, evidence
        See ``escalation``.
    finish_by : datetime
        Until when the result is required.

    Returns
    -------
    str
        JSON for ``evac.orders.desk.Desk.sign`` by way of ``parse_draft``.

    Raises
    ------
    DataError
        The signed letter's own draft cannot be read.
    """
    task = step.task
    letter = parse_draft(task.terms.signed.content, where=task.terms.number).without_map()
    entries = {
        "unit": task.receiver,
        "linked_notice": f"{task.terms.number}《{task.terms.signed.title}》",
        "problem": problem,
        "evidence": ";".join(evidence),
        "place": _place(task, ladder),
        "person": _person(task, ladder),
        "basis": _basis(task),
        "result": RESULTS[step.clock.id],
        "due_at": beijing(finish_by),
        "grace": f"无;逾期{period(int(task.terms.feedback.total_seconds() // 60))}未办结,升级为视频抽查",
        "escalation": "督办单(电话提醒→督办单→视频抽查→派工作组→通报)",
        "feedback_form": _feedback(task),
        "reviewer": f"由{task.terms.signed.issuer}指定反馈人以外的人员核查;核查结论待填",
        "extension": _extensions(task),
        "closed": "未销号",
        "escalation_log": ";".join(_log(task)) or "无",
    }
    return draft_json(
        as_document(
            letter, bundled_types()["supervision_order"], entries=entries, organ=_organ(letter), supersedes=""
        )
    )


def _organ(letter: Letter) -> str:
    """机关代字 as the letter's own series has it: ``演练浙防指办函`` of the type ``{organ}办函`` gives ``浙防指``."""
    before, named, after = letter.document.series.partition("{organ}")
    held = letter.series.removeprefix(EXERCISE) if letter.exercise else letter.series
    if not named or not held.startswith(before) or not held.endswith(after):
        return DEFAULT_ORGAN
    return held[len(before) : len(held) - len(after)] or DEFAULT_ORGAN


def _place(task: Task, ladder: Ladder) -> str:
    office = ladder.offices.get(task.receiver)
    code = office.code if office else task.terms.signed.region
    name = task.terms.name if office is None else office.name.removesuffix(HEADQUARTERS)
    return f"{name}({code})"


def _person(task: Task, ladder: Ladder) -> str:
    """The responsible person with the telephone; who answered, where no list names one; else a blank for the signer."""
    office = ladder.offices.get(task.receiver)
    if office is not None and office.person:
        return f"{office.person} {office.phone}".strip()
    return f"{task.person}(应答人)" if task.person else ""


def _basis(task: Task) -> str:
    terms = task.terms
    times = [period(int(t.total_seconds() // 60)) for t in (terms.answer, terms.feedback, terms.repeat)]
    return f"{terms.number}规定的时限:收文后{times[0]}内应答,{times[1]}内首次反馈,其后每{times[2]}反馈一次,直至解除"


def _feedback(task: Task) -> str:
    got = (
        f"接收时间{beijing(task.received_at)},接收人{task.person}"
        if task.received_at
        else "接收时间、接收人:未应答"
    )
    if not task.reports:
        return f"{got};措施、证据、完成率:尚无反馈"
    last = task.reports[-1]
    proof = "、".join(line for line in last.evidence if line.strip()) or "无"
    return f"{got};措施:{last.action};证据:{proof};完成率{last.done:.0%}"


def _extensions(task: Task) -> str:
    told = [f"{beijing(e.at)}由{e.by}批准至{beijing(e.until)}({e.reason})" for e in task.granted]
    if task.asked is not None:
        told.append(f"{task.asked.person}申请至{beijing(task.asked.until)}({task.asked.reason}),待批")
    return ";".join(told) or "无"


def _log(task: Task) -> list[str]:
    taken = sorted((e for chain in task.steps.values() for e in chain), key=lambda e: (e.at, e.key))
    return [f"{beijing(e.at)}{e.measure},告知{e.told}" for e in taken]


def completed(content: str, entries: Mapping[str, str]) -> Letter:
    """A drafted 工作督办单 with what a person adds to it.

    Raises
    ------
    DataError
        An entry that the type does not have, or the draft cannot be read.
    """
    letter = parse_draft(content, where="工作督办单")
    unknown = sorted(set(entries) - {entry.id for entry in letter.document.entries})
    if unknown:
        raise DataError(
            f"unknown entry {unknown[0]!r}", where="工作督办单", expected=", ".join(e.id for e in letter.document.entries),
            found=unknown[0], remedy="name one of them: ENTRY=WORDS",
        )  # fmt: skip
    return replace(letter, entries=tuple((k, entries.get(k, v).strip()) for k, v in letter.entries))
