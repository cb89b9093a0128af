"""A task from the signature to 销号: facts are always kept, commands that contradict are refused with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evac.errors import ConflictError
from evac.orders import task_events as te
from evac.orders.desk import Desk
from evac.orders.events import Received, canonical, parse
from evac.orders.task_desk import TaskDesk
from evac.orders.tasks import Stage, Task, TaskBook
from evac.store.memory_documents import MemoryDocumentLog
from riskmap.errors import DataError
from tests.evac.orders.office import CITY, COUNTY, LOGS, SIGNED_AT, draft, issued

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=list(LOGS))
def tasks(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TaskDesk]:
    log = LOGS[request.param](tmp_path / "documents.sqlite")
    yield TaskDesk(log)
    log.close()


def note(desk: TaskDesk, number: str, kind: Any, minute: float, **words: Any) -> Any:
    given = {"receiver": COUNTY, "by": "值班员", "person": "李四"} | words
    return desk.note(number, kind, at=SIGNED_AT + minute * MINUTE, **given)


def decide(desk: TaskDesk, number: str, kind: Any, minute: float, **words: Any) -> Task:
    given = {"receiver": COUNTY, "by": "张三"} | words
    return desk.decide(number, kind, at=SIGNED_AT + minute * MINUTE, **given)


def report(
    desk: TaskDesk, number: str, minute: float, done: float = 1.0, evidence: tuple[str, ...] = ("照片3f2a",)
) -> Any:
    return note(desk, number, te.Reported, minute, action="转移完毕", evidence=evidence, done=done)


def stage(desk: TaskDesk, number: str, receiver: str = COUNTY) -> Stage:
    return desk.find(number, receiver)[0].stage


def test_the_whole_way_to_the_end(tasks: TaskDesk) -> None:
    number = issued(tasks.log, out=False)
    assert stage(tasks, number) is Stage.SIGNED
    Desk(tasks.log).published(draft().digest, [], by="张三", at=SIGNED_AT)
    Desk(tasks.log).sent(number, receiver=COUNTY, way="传真", by="张三", at=SIGNED_AT + MINUTE)
    seen = [stage(tasks, number)]
    note(tasks, number, Received, 3)
    seen.append(stage(tasks, number))
    note(tasks, number, te.Accepted, 4)
    seen.append(stage(tasks, number))
    note(tasks, number, te.Started, 5)
    seen.append(stage(tasks, number))
    report(tasks, number, 20, done=0.4)
    report(tasks, number, 60)
    seen.append(stage(tasks, number))
    decide(tasks, number, te.Verified, 70, result="属实")
    seen.append(stage(tasks, number))
    task = decide(tasks, number, te.Closed, 80, words="销号")
    assert seen == [
        Stage.SENT, Stage.RECEIVED, Stage.ACCEPTED, Stage.IN_PROGRESS, Stage.REPORTED, Stage.VERIFIED,
    ]  # fmt: skip
    assert (task.stage, task.open, task.person) == (Stage.CLOSED, False, "李四")
    assert task.received_at == SIGNED_AT + 3 * MINUTE
    Desk(tasks.log).verify()


def test_a_copy_is_answered_and_no_more(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    (copy,) = tasks.find(number, CITY)
    assert (copy.acting, copy.open) == (False, True)
    note(tasks, number, Received, 2, receiver=CITY)
    assert not tasks.find(number, CITY)[0].open
    with pytest.raises(ConflictError, match="an answer only"):
        decide(tasks, number, te.Verified, 3, receiver=CITY, result="x")


def test_illegal_commands_are_refused_with_the_reason_and_nothing_is_written(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    head = tasks.log.head()
    for kind, words, why in (
        (te.Verified, {"result": "x"}, "100 %"),
        (te.Closed, {"words": "x"}, "未经核实不得销号"),
        (te.SentBack, {"reason": "x"}, "nothing to send back"),
        (te.Withdrawn, {"reason": " "}, "no reason"),
        (te.Extended, {"until": SIGNED_AT + 999 * MINUTE, "reason": "x"}, "no extension was asked for"),
        (te.ExtensionRefused, {"reason": "x"}, "no extension was asked for"),
    ):
        with pytest.raises(ConflictError, match=why):
            decide(tasks, number, kind, 1, **words)
    assert tasks.log.head() == head
    report(tasks, number, 5, done=0.9)
    with pytest.raises(ConflictError, match="100 %"):
        decide(tasks, number, te.Verified, 6, result="x")
    report(tasks, number, 7, evidence=(" ",))
    with pytest.raises(ConflictError, match="no evidence"):
        decide(tasks, number, te.Verified, 8, result="x")
    report(tasks, number, 9)
    with pytest.raises(ConflictError, match="somebody else must verify"):
        decide(tasks, number, te.Verified, 10, by="李四", result="x")
    decide(tasks, number, te.Verified, 11, result="x")
    with pytest.raises(ConflictError, match="already"):
        decide(tasks, number, te.Verified, 12, result="y")
    with pytest.raises(ConflictError, match="no task of this document"):
        decide(tasks, number, te.Verified, 12, receiver="谁", result="y")
    with pytest.raises(ConflictError, match="no such document"):
        decide(tasks, "防指〔1999〕1号", te.Verified, 12, result="y")


def test_a_report_after_the_end_is_kept_and_answered(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    report(tasks, number, 5)
    decide(tasks, number, te.Verified, 6, result="x")
    decide(tasks, number, te.Closed, 7, words="x")
    head = tasks.log.head().sequence
    noted = report(tasks, number, 50, done=0.5)
    assert "已销号" in noted.answer
    assert tasks.log.head().sequence == head + 1
    assert (noted.task.stage, len(noted.task.late_facts)) == (Stage.CLOSED, 1)
    with pytest.raises(ConflictError, match="has ended"):
        decide(tasks, number, te.SentBack, 60, reason="x")
    assert decide(tasks, number, te.Closed, 61, words="again").ended_at == SIGNED_AT + 7 * MINUTE
    assert tasks.log.head().sequence == head + 1


def test_a_new_word_after_verification_is_looked_at_again(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    report(tasks, number, 5)
    decide(tasks, number, te.Verified, 6, result="x")
    report(tasks, number, 8, done=0.7)
    with pytest.raises(ConflictError, match="未经核实"):
        decide(tasks, number, te.Closed, 9, words="x")


def test_refusing_the_task_and_being_sent_back(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    note(tasks, number, te.Declined, 5, reason="不属本区")
    assert stage(tasks, number) is Stage.DECLINED
    task = decide(tasks, number, te.SentBack, 8, reason="属本区")
    assert (task.stage, task.refusing, task.redo) == (Stage.SENT_BACK, None, True)
    report(tasks, number, 20)
    assert decide(tasks, number, te.SentBack, 30, reason="照片不清").stage is Stage.SENT_BACK
    assert report(tasks, number, 40).task.redo is False
    note(tasks, number, te.Declined, 50, reason="做不到")
    assert decide(tasks, number, te.Withdrawn, 60, reason="改由乡镇承担").stage is Stage.WITHDRAWN


def test_extensions_are_asked_for_in_time_granted_at_most_twice_and_never_for_longer_than_asked(
    tasks: TaskDesk,
) -> None:
    number = issued(tasks.log)
    hour = 60.0

    def until(h: float) -> Any:
        return SIGNED_AT + h * hour * MINUTE

    note(tasks, number, te.ExtensionAsked, 5, reason="路断", until=until(30))
    with pytest.raises(ConflictError, match="more than was asked"):
        decide(tasks, number, te.Extended, 6, until=until(31), reason="x")
    with pytest.raises(ConflictError, match="past already"):
        decide(tasks, number, te.Extended, 6, until=SIGNED_AT, reason="x")
    assert len(decide(tasks, number, te.Extended, 6, until=until(25), reason="同意").granted) == 1
    note(tasks, number, te.ExtensionAsked, 7, reason="还是断", until=until(40))
    decide(tasks, number, te.ExtensionRefused, 8, reason="不同意")
    note(tasks, number, te.ExtensionAsked, 9, reason="x", until=until(40))
    decide(tasks, number, te.Extended, 10, until=until(35), reason="x")
    note(tasks, number, te.ExtensionAsked, 11, reason="x", until=until(45))
    with pytest.raises(ConflictError, match="2 times already"):
        decide(tasks, number, te.Extended, 12, until=until(45), reason="x")


def test_an_extension_that_is_asked_for_when_the_time_is_up_is_refused(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    day = 24 * 60.0
    until = {hours: SIGNED_AT + timedelta(hours=hours) for hours in (24, 40)}
    note(tasks, number, te.ExtensionAsked, 5, reason="路断", until=until[24])
    decide(tasks, number, te.Extended, 6, until=until[24], reason="同意")
    note(tasks, number, te.ExtensionAsked, day + 1, reason="晚了", until=until[40])
    with pytest.raises(ConflictError, match="after the time was up"):
        decide(tasks, number, te.Extended, day + 2, until=until[40], reason="x")


def test_whoever_answers_in_whatever_way_has_answered(tasks: TaskDesk) -> None:
    number = issued(tasks.log, sent=False)
    noted = report(tasks, number, 30, done=0.1)
    assert (noted.task.received_at, noted.task.person) == (SIGNED_AT + 30 * MINUTE, "李四")
    note(tasks, number, Received, 12, person="王五")  # found on paper later
    (task,) = tasks.find(number, COUNTY)
    assert (task.received_at, task.person, task.stage) == (SIGNED_AT + 12 * MINUTE, "王五", Stage.REPORTED)


def test_a_clock_that_runs_ahead_moves_nothing_into_the_future(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    given = {"receiver": COUNTY, "by": "值班员", "person": "李四"}
    ahead = SIGNED_AT + timedelta(days=3)
    noted = tasks.note(number, Received, at=ahead, noted_at=SIGNED_AT + 4 * MINUTE, **given)
    assert noted.task.received_at == SIGNED_AT + 4 * MINUTE
    last = next(iter(tasks.log.after(tasks.log.head().sequence - 1)))
    assert parse(last.body).at == ahead  # what was said is kept as it was said


def test_the_same_fact_twice_is_kept_once(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    report(tasks, number, 5)
    head = tasks.log.head()
    assert len(report(tasks, number, 5).task.reports) == 1
    assert tasks.log.head() == head


def test_an_office_that_nobody_wrote_to_is_heard(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    noted = report(tasks, number, 5).task
    assert noted.receiver == COUNTY
    odd = note(tasks, number, te.Reported, 6, receiver="新城防指", action="x", evidence=("y",), done=0.1)
    assert "不在主送" in odd.answer
    assert odd.task.acting


def test_a_document_that_is_taken_back_or_replaced_ends_its_tasks(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    desk = Desk(tasks.log)
    later = desk.sign(draft("330902", cycle=3), signer="张三", at=SIGNED_AT + timedelta(hours=3))
    assert later.signed.supersedes
    assert stage(tasks, number) is stage(tasks, number, CITY) is Stage.SUPERSEDED
    assert stage(tasks, later.number) is Stage.SIGNED
    desk.published(later.signed.draft, [], by="张三", at=SIGNED_AT + timedelta(hours=3))
    done = desk.retract(later.number, reason="错", signer="王五", at=SIGNED_AT + timedelta(hours=4))
    assert stage(tasks, later.number) is Stage.RETRACTED
    assert done.notice is not None
    told = tasks.find(done.notice.number)
    assert {t.receiver for t in told} == {COUNTY, CITY}
    assert not any(t.acting for t in told)  # a 撤回通知 is answered, and asks for no work
    assert "已撤回" in report(tasks, later.number, 300).answer


def test_what_is_no_fact_is_not_noted_and_no_command_not_decided(tasks: TaskDesk) -> None:
    number = issued(tasks.log)
    with pytest.raises(TypeError, match="is a command"):
        note(tasks, number, te.Closed, 1)
    with pytest.raises(TypeError, match="is a fact"):
        decide(tasks, number, te.Accepted, 1)
    with pytest.raises(DataError, match="not a share"):
        report(tasks, number, 1, done=45.0)
    with pytest.raises(DataError, match="without a receiver"):
        note(tasks, number, te.Accepted, 1, receiver=" ")


def test_an_illegal_command_that_another_program_wrote_changes_nothing() -> None:
    log = MemoryDocumentLog()
    number = issued(log)
    record = te.Closed(draft=draft().digest, at=SIGNED_AT, by="x", receiver=COUNTY, words="x")
    with log.writing() as append:
        append([record], SIGNED_AT)
    book = TaskDesk(log).book()
    assert (book.refused, stage(TaskDesk(log), number)) == (1, Stage.SENT)


def test_a_damaged_document_stops_no_other() -> None:
    from dataclasses import replace

    log = MemoryDocumentLog()
    signed = Desk(log).sign(draft(), signer="张三", at=SIGNED_AT).signed
    book = TaskBook()
    book.add(replace(signed, content="{"), SIGNED_AT)
    assert book.unreadable == [signed.draft]
    assert [t.acting for t in book.of(signed.draft)] == [True, False]


@pytest.mark.parametrize(
    "record",
    [
        te.Escalated(
            draft="0" * 64, at=SIGNED_AT, by="x", receiver="a", key="k", clock="answer", nth=0, rung="call", measure="电话提醒",
            due_at=SIGNED_AT, late="a", told="b", problem="p", evidence=("e",), content="", finish_by=None,
        ),
        te.ExtensionAsked(draft="0" * 64, at=SIGNED_AT, by="x", receiver="a", person="p", reason="r", until=SIGNED_AT),
        te.Reported(draft="0" * 64, at=SIGNED_AT, by="x", receiver="a", person="p", action="a", evidence=("1", "2"), done=0.25),
    ],
)  # fmt: skip
def test_task_records_survive_their_bytes(record: Any) -> None:
    assert parse(canonical(record)) == record
    with pytest.raises(DataError, match="not a record of documents"):
        parse(canonical(record).replace(b'"at":', b'"at":null,"_":'))
