"""Escalation: rung after rung and level after level; deterministic, monotone in time, replayable with a fake clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.orders import task_events as te
from evac.orders.deadlines import clocks, escalation, next_at, steps_of
from evac.orders.desk import Desk
from evac.orders.escalation import escalated
from evac.orders.events import Received, Record, Sent, Signed, canonical, parse
from evac.orders.offices import Ladder, Office
from evac.orders.replay import replay
from evac.orders.rules import bundled_rules
from evac.orders.task_desk import TaskDesk
from evac.orders.tasks import Stage, TaskBook
from evac.store.memory_documents import MemoryDocumentLog
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter_fields import TIMERS
from riskmap.products.letter_text import letter_content
from riskmap.scale import Tier
from tests.evac.orders.office import CITY, COUNTY, SIGNED_AT, draft, issued

RULES = bundled_rules()
MINUTE = timedelta(minutes=1)
VILLAGE, TOWN, PROVINCE = "里钓村委会", "岑港街道办事处", "浙江省防汛防台抗旱指挥部"
LADDER = Ladder(
    [
        Office(VILLAGE, "330902001201", person="村甲", phone="0580-1"), Office(TOWN, "330902001"),
        Office(COUNTY, "330902", person="区乙", phone="0580-2"), Office(CITY, "3309"), Office(PROVINCE, "33"),
    ]
)  # fmt: skip


def facts(*records: tuple[Any, ...]) -> list[tuple[Record, datetime]]:
    """The signed document, then (minute, kind, words) of the county unless another receiver is named."""
    signed = Desk(MemoryDocumentLog()).sign(draft(), signer="张三", at=SIGNED_AT).signed
    found: list[tuple[Record, datetime]] = [(signed, SIGNED_AT)]
    for minute, kind, words in records:
        at = SIGNED_AT + minute * MINUTE
        found.append(
            (kind(**{"draft": signed.draft, "at": at, "by": "值班员", "receiver": COUNTY} | words), at)
        )
    return found


def sent(minute: float = 0, receiver: str = COUNTY) -> tuple[Any, ...]:
    return (minute, Sent, {"receiver": receiver, "way": "传真"})


def steps(
    records: list[tuple[Record, datetime]], hours: float, ladder: Ladder = LADDER
) -> list[te.Escalated]:
    return list(replay(records, rules=RULES, ladder=ladder, until=SIGNED_AT + timedelta(hours=hours)).steps)


def told(found: list[te.Escalated], clock: str, receiver: str = COUNTY) -> list[tuple[float, str, str]]:
    return [
        ((e.at - SIGNED_AT) / MINUTE, e.measure, e.told)
        for e in found
        if (e.clock, e.receiver) == (clock, receiver)
    ]


def minutes(name: str) -> int:
    """Of the draft's own tier."""
    return int(getattr(draft(), f"{name}_minutes"))


def test_the_printed_times_are_those_of_the_rule_book() -> None:
    assert dict(TIMERS) == {
        Tier.RED: (10, 30, 60), Tier.ORANGE: (15, 60, 120), Tier.YELLOW: (30, 120, 360), Tier.BLUE: (60, 240, 720),
    }  # fmt: skip
    assert (minutes("answer"), minutes("feedback"), minutes("repeat")) == TIMERS[draft().tier or Tier.ORANGE]


def test_a_village_that_never_answers_is_told_of_at_every_level_up_to_the_province() -> None:
    found = told(steps(facts(sent(0, VILLAGE)), 3), "answer", VILLAGE)
    a = minutes("answer")
    assert found[:6] == [
        (a, "催办", VILLAGE), (2 * a, "电话提醒", TOWN), (3 * a, "督办单", TOWN), (4 * a, "视频抽查", COUNTY),
        (5 * a, "派工作组", CITY), (6 * a, "通报", PROVINCE),
    ]  # fmt: skip


def test_the_last_rung_is_repeated_and_then_a_person_must_decide() -> None:
    found = told(steps(facts(sent()), 24 * 30), "answer")
    assert [m for _, m, _ in found] == [
        "催办",
        "电话提醒",
        "督办单",
        "视频抽查",
        "派工作组",
        *["通报"] * (1 + RULES.repeats),
    ]
    assert found[-1][2] == PROVINCE
    assert found[-1][0] - found[-2][0] == max(minutes("answer"), minutes("repeat"))


def test_the_issuer_is_reminded_of_what_nobody_sent() -> None:
    found = steps(facts(), 0.5)
    assert {e.clock for e in found} == {"send"}
    assert {e.late for e in found} == {draft().issuer}
    assert not any(e.content for e in found)


def test_an_answer_ends_the_chain_and_starts_the_next() -> None:
    found = steps(
        facts(
            sent(),
            sent(0, CITY),
            (5, Received, {"person": "甲"}),
            (5, Received, {"person": "乙", "receiver": CITY}),
        ),
        2,
    )
    assert told(found, "answer") == []
    assert told(found, "feedback")[0][:2] == (5 + minutes("feedback"), "催办")


def test_nobody_gains_by_answering_late() -> None:
    late = facts(sent(), (minutes("answer") + 40, Received, {"person": "甲"}))
    assert told(steps(late, 4), "feedback")[0][0] == minutes("answer") + minutes("feedback")


def test_reports_must_go_on_until_it_is_done_and_then_the_issuer_must_look() -> None:
    def report(minute: float, done: float) -> tuple[Any, ...]:
        return (minute, te.Reported, {"person": "甲", "action": "x", "evidence": ("y",), "done": done})

    found = steps(facts(sent(), report(10, 0.3), report(30, 0.6)), 6)
    assert told(found, "repeat")[0][:2] == (30 + minutes("repeat"), "催办")
    found = steps(facts(sent(), report(10, 0.3), report(30, 1.0)), 6)
    assert told(found, "repeat") == []
    assert told(found, "verify")[0] == (30 + minutes("feedback"), "催办", draft().issuer)


def test_refusals_and_requests_must_be_decided_in_time() -> None:
    asked = (6, te.ExtensionAsked, {"person": "甲", "reason": "路断", "until": SIGNED_AT + timedelta(days=9)})
    found = steps(facts(sent(), (5, te.Declined, {"person": "甲", "reason": "不属本区"}), asked), 1)
    assert told(found, "decide")[0] == (5 + minutes("answer"), "催办", draft().issuer)
    assert told(found, "extension")[0] == (6 + minutes("answer"), "催办", draft().issuer)


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ("repeat", [(10, te.Reported, {"person": "甲", "action": "x", "evidence": ("y",), "done": 0.3})]),
        ("verify", [(10, te.Reported, {"person": "甲", "action": "x", "evidence": ("y",), "done": 1.0})]),
        ("decide", [(5, te.Declined, {"person": "甲", "reason": "不属本区"})]),
        ("extension", [(6, te.ExtensionAsked, {"person": "甲", "reason": "路断", "until": SIGNED_AT + timedelta(days=9)})]),
    ],
)  # fmt: skip
def test_a_ladder_that_an_earlier_version_began_goes_on_at_its_rung(clock: str, words: Any) -> None:
    records = facts(sent(), *words)
    taken = [step for step in steps(records, 12) if (step.clock, step.receiver) == (clock, COUNTY)][:2]
    old = [replace(step, nth=1, key=f"{step.key}|old") for step in taken]  # by the count of such words
    book = book_of([*records, *((step, step.at) for step in old)])
    (task,) = (task for task in book.tasks.values() if task.receiver == COUNTY)
    (due,) = (step for step in steps_of(task, RULES) if step.clock.id == clock)
    assert len(taken) == 2
    assert (due.number, due.rung) == (2, RULES.rungs[2])


def test_an_extension_moves_the_end() -> None:
    until = SIGNED_AT + timedelta(hours=40)
    records = facts(
        sent(), (5, Received, {"person": "甲"}), (6, te.ExtensionAsked, {"person": "甲", "reason": "路断", "until": until}),
        (7, te.Extended, {"until": until, "reason": "x"}),
    )  # fmt: skip
    first = told(steps(records, 50), "close")[0]
    assert first[0] == 40 * 60
    tier = draft().tier or Tier.ORANGE
    assert told(steps(records[:3], 50), "close")[0][0] == RULES.close[tier] / MINUTE


def test_people_who_have_not_moved_raise_supervision_by_rule() -> None:
    signed = (
        Desk(MemoryDocumentLog()).sign(draft("330902", "transfer_order"), signer="张三", at=SIGNED_AT).signed
    )
    head = {"draft": signed.draft, "by": "x", "receiver": signed.receivers[0]}

    def run(moved: int) -> list[te.Escalated]:
        at = SIGNED_AT + 20 * MINUTE
        records: list[tuple[Record, datetime]] = [
            (signed, SIGNED_AT), (Sent(**head, at=SIGNED_AT, way="传真"), SIGNED_AT),
            (Received(**head, at=at, person="甲"), at), (te.Counted(**head, at=at, to_move=1000, moved=moved), at),
        ]  # fmt: skip
        found = steps(records, 6)
        return [e for e in found if e.clock == "shortfall"]

    assert run(995) == []
    found = run(900)
    assert [e.measure for e in found[:3]] == ["催办", "电话提醒", "督办单"]
    assert "应转移1000人,已转移900人,尚差100人" in found[2].problem
    letter = parse_draft(found[2].content)
    assert dict(letter.entries)["result"].startswith("应转移人员全部转移到位")


def test_the_supervision_order_drafts_itself_with_every_field() -> None:
    found = [e for e in steps(facts(sent()), 3) if e.measure == "督办单" and e.receiver == COUNTY]
    letter = parse_draft(found[0].content)
    given_ = dict(letter.entries)
    assert letter.document.id == "supervision_order"
    assert letter.missing == ()
    assert all(given_.values())
    assert given_["unit"] == letter.addressee == COUNTY
    assert "演练防指办函〔2021〕1号" in given_["linked_notice"]
    assert "未按时应答(叫应)" in given_["problem"]
    assert "未见应答记录" in given_["evidence"]
    assert given_["person"] == "区乙 0580-2"
    assert given_["place"] == "定海区(330902)"
    assert "催办" in given_["escalation_log"]
    assert "电话提醒" in given_["escalation_log"]
    assert letter.series == "演练防指督"
    words = str(letter_content(letter))
    assert all(value in words for value in (given_["linked_notice"], given_["due_at"], "已逾期20分钟"))
    assert letter.map_svg == ""
    assert found[0].finish_by == found[0].at + minutes("feedback") * MINUTE


def test_without_a_list_the_telephone_is_a_blank_that_the_signer_fills_in() -> None:
    found = [e for e in steps(facts(sent()), 3, Ladder()) if e.measure == "督办单" and e.receiver == COUNTY]
    assert parse_draft(found[0].content).missing == ("责任人及电话",)
    assert found[0].told == CITY  # the letter's own copy


def test_a_signed_supervision_order_is_a_task_with_its_own_time_to_the_end() -> None:
    log = MemoryDocumentLog()
    number = issued(log)
    desk = TaskDesk(log, ladder=LADDER)
    for minute in range(0, 90, 5):
        desk.escalate(SIGNED_AT + minute * MINUTE)
    (chain,) = [c for (clock, _), c in desk.find(number, COUNTY)[0].steps.items() if clock == "answer"]
    order = next(e for e in chain if e.content)
    done = Desk(log).sign(parse_draft(order.content), signer="王五", at=order.at + MINUTE)
    (task,) = desk.find(done.number, COUNTY)
    assert (task.stage, task.acting, task.terms.finish_by) == (
        Stage.SIGNED,
        True,
        order.finish_by and order.finish_by.replace(second=0, microsecond=0),
    )
    assert done.number == "演练防指督〔2021〕1号"


def test_a_draft_that_cannot_be_made_never_stops_the_alarm() -> None:
    records = facts(sent())
    signed = records[0][0]
    assert isinstance(signed, Signed)
    records[0] = (replace(signed, content=signed.content.replace("定海区", "岱山县")), SIGNED_AT)
    found = told(steps(records, 3), "answer")
    assert [m for _, m, _ in found[:4]] == ["催办", "电话提醒", "督办单", "视频抽查"]
    chain = [e for e in steps(records, 3) if e.measure == "督办单" and e.receiver == COUNTY]
    assert chain[0].content == ""
    assert "未能起草" in chain[0].evidence[-1]


# laws

KINDS = st.sampled_from(
    [
        "sent",
        "received",
        "accepted",
        "started",
        "report",
        "done",
        "declined",
        "asked",
        "back",
        "verified",
        "extended",
        "closed",
    ]
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Record, datetime]]:
    """Any facts and commands in any order, at jumping clocks."""
    wanted: list[tuple[Any, ...]] = []
    noted = []
    for kind in draw(st.lists(KINDS, max_size=12)):
        minute = draw(st.integers(-60, 3000))
        receiver = draw(st.sampled_from([COUNTY, CITY, VILLAGE, "新城防指"]))
        until = SIGNED_AT + draw(st.integers(1, 5000)) * MINUTE
        made: dict[str, tuple[Any, dict[str, Any]]] = {
            "sent": (Sent, {"way": "x"}), "received": (Received, {"person": "甲"}),
            "accepted": (te.Accepted, {"person": "甲"}), "started": (te.Started, {"person": "甲"}),
            "report": (te.Reported, {"person": "甲", "action": "x", "evidence": (), "done": 0.5}),
            "done": (te.Reported, {"person": "甲", "action": "x", "evidence": ("y",), "done": 1.0}),
            "declined": (te.Declined, {"person": "甲", "reason": "x"}),
            "asked": (te.ExtensionAsked, {"person": "甲", "reason": "x", "until": until}),
            "back": (te.SentBack, {"reason": "x"}), "verified": (te.Verified, {"result": "x"}),
            "extended": (te.Extended, {"until": until, "reason": "x"}), "closed": (te.Closed, {"words": "x"}),
        }  # fmt: skip
        cls, words = made[kind]
        wanted.append((minute, cls, {**words, "receiver": receiver}))
        noted.append(SIGNED_AT + draw(st.integers(0, 3000)) * MINUTE)
    records = facts(*wanted)
    return [records[0], *zip([r for r, _ in records[1:]], noted, strict=True)]


def book_of(records: list[tuple[Record, datetime]]) -> TaskBook:
    book = TaskBook()
    for record, noted in records:
        book.add(record, noted)
    return book


@given(histories(), st.integers(0, 6000), st.integers(0, 6000))
@settings(max_examples=150, deadline=None)
def test_escalation_is_deterministic_and_monotone_in_time(records: Any, one: int, other: int) -> None:
    book = book_of(records)
    early, late = (SIGNED_AT + m * MINUTE for m in sorted((one, other)))
    first = escalation(book.tasks.values(), RULES, early)
    assert first == escalation(reversed(list(book.tasks.values())), RULES, early)
    again = escalation(book_of(records).tasks.values(), RULES, early)
    assert [step.key for step in first] == [step.key for step in again]
    later = escalation(book.tasks.values(), RULES, late)
    assert {step.key for step in first} <= {step.key for step in later}
    assert all(step.due_at <= early for step in first)
    assert len({step.key for step in later}) == len(later)


@pytest.mark.slow
@given(histories(), st.integers(60, 4000))
@settings(max_examples=25, deadline=None)
def test_a_replay_gives_the_same_bytes_and_never_a_step_twice_or_before_its_time(
    records: Any, until: int
) -> None:
    end = SIGNED_AT + until * MINUTE
    records = sorted(records, key=lambda pair: pair[1])
    one = replay(records, rules=RULES, ladder=LADDER, until=end)
    two = replay([*records, *((s, s.at) for s in one.steps)], rules=RULES, ladder=LADDER, until=end)
    assert [canonical(s) for s in one.steps] == [canonical(s) for s in two.steps]
    assert [parse(canonical(s)) for s in one.steps] == list(one.steps)
    assert len({s.key for s in one.steps}) == len(one.steps)
    assert all(s.due_at <= s.at <= end for s in one.steps)
    assert escalation(one.book.unfinished(), RULES, end) == []  # nothing that was due was missed
    shorter = replay(records, rules=RULES, ladder=LADDER, until=SIGNED_AT + until // 2 * MINUTE)
    assert [s.key for s in one.steps][: len(shorter.steps)] == [s.key for s in shorter.steps]


@given(histories())
@settings(max_examples=80, deadline=None)
def test_a_task_that_is_open_is_never_without_a_deadline_and_one_that_is_done_has_none(records: Any) -> None:
    for task in book_of(records).tasks.values():
        assert bool(clocks(task, RULES)) == task.open
        assert (next_at(task, RULES) is not None) == bool(steps_of(task, RULES))


@given(histories(), st.lists(st.integers(0, 4000), max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_clock_that_jumps_takes_no_step_twice(records: Any, ticks: list[int]) -> None:
    log = MemoryDocumentLog()
    with log.writing() as append:
        for record, noted in records:
            append([record], noted)
    desk = TaskDesk(log, ladder=LADDER)
    keys = [s.key for minute in ticks for s in desk.escalate(SIGNED_AT + minute * MINUTE)]
    assert len(set(keys)) == len(keys)
    assert desk.escalate(SIGNED_AT - timedelta(days=1)) == []


def test_after_an_outage_an_office_is_given_its_time_on_every_rung() -> None:
    log = MemoryDocumentLog()
    issued(log)
    desk = TaskDesk(log)
    night = SIGNED_AT + timedelta(hours=9)
    assert {e.measure for e in desk.escalate(night)} == {"催办"}
    assert desk.escalate(night + MINUTE) == []
    assert {e.measure for e in desk.escalate(night + minutes("answer") * MINUTE)} == {"电话提醒"}
    late = desk.find("演练防指办函〔2021〕1号", COUNTY)[0].steps["answer", 0][0]
    assert (late.at, late.due_at) == (night, SIGNED_AT + minutes("answer") * MINUTE)


def test_whatever_stands_in_the_list_of_offices_a_step_tells_somebody() -> None:
    for step in escalation(
        book_of(facts(sent(0, "谁"), sent())).unfinished(), RULES, SIGNED_AT + timedelta(days=1)
    ):
        for ladder in (Ladder(), LADDER):
            assert escalated(step, ladder, at=step.due_at).told
