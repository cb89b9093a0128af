"""The hand-over sheet: what changed, who is silent, the next three deadlines, in what a minute can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evac.situation.document import Change, Deadline, HeadCountHere, Situation
from evac.situation.handover import handover
from evac.situation.rules import rules
from tests.evac.situation.sample import AT, CITY, larger_situation, sample_situation


def with_figures(one: Situation, **figures: int) -> Situation:
    assert one.head_count is not None
    head: HeadCountHere = replace(one.head_count, figures={**one.head_count.figures, **figures})
    return replace(one, head_count=head)


def earlier() -> Situation:
    now = sample_situation()
    assert now.letters is not None
    letters = replace(now.letters, unanswered=0, overdue=0, rows=())
    rows = tuple(replace(row, tier_worst=3) for row in now.rows)
    return replace(
        with_figures(now, missing=0, moved=6100), at=AT - timedelta(hours=6), letters=letters, rows=rows
    )


def test_it_says_what_changed_the_gravest_first() -> None:
    sheet = handover(earlier(), sample_situation())
    assert sheet.changes[0] == Change("失联", "0", "2", False)
    assert Change("已转移", "6,100", "7,802", True) in sheet.changes
    assert Change("未应答", "0", "1", False) in sheet.changes
    assert Change("风险上调", "", "甲镇橙→红", False) in sheet.changes
    assert sheet.silent == ("甲镇 浙防指函〔2021〕3号",)


def test_the_next_three_are_ahead_and_what_is_overdue_is_counted() -> None:
    many = tuple(
        Deadline(AT + timedelta(minutes=n), "answer", f"{n}号", "乙", "", n < 0) for n in range(-4, 9)
    )
    sheet = handover(earlier(), replace(sample_situation(), deadlines=many))
    assert [one.words for one in sheet.next] == ["0号", "1号", "2号"]
    assert "已逾期 1 件" in sheet.text


def test_nothing_changed_is_said() -> None:
    one = sample_situation()
    assert handover(one, one).changes == ()
    assert "无变化" in handover(one, one).text


def test_it_is_read_in_a_minute_whatever_happened() -> None:
    now = larger_situation(90)
    rows = tuple(replace(row, name=f"很长的地名{n}") for n, row in enumerate(now.rows))
    before = replace(
        with_figures(now, **dict.fromkeys(("missing", "left", "refused", "unreached", "moved", "due", "not_moved", "returned"), 1)),
        rows=tuple(replace(row, tier_worst=1) for row in now.rows), at=AT - timedelta(hours=8),
    )  # fmt: skip
    text = handover(before, replace(now, rows=rows)).text
    assert len(text) <= rules()["handover"]["characters"] + 60
    assert text.startswith("演练 · 交接班单")
    assert "失联" in text
    assert "时限" in text


def test_unknown_letters_are_not_answered_letters() -> None:
    assert "未应答:不明" in handover(earlier(), replace(sample_situation(), letters=None)).text


def test_two_places_are_not_compared() -> None:
    with pytest.raises(ValueError, match="two places"):
        handover(replace(sample_situation(), place=CITY), sample_situation())
