"""Alarms are merged and limited, and nothing that lives hang on is ever lost among them."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from evac.situation.alarms import WORDS, alarm, life_critical, merge
from evac.situation.document import Alarm, Place
from evac.situation.rules import rules
from tests.evac.world import END

HERE = Place("33", "浙江省", "province")
KINDS = st.sampled_from(sorted(WORDS))
FOUND = st.lists(
    st.builds(
        lambda kind, n, count, ago: alarm(
            kind, Place(f"3309{n:02d}", f"第{n}县", "county"), count, since=END - timedelta(minutes=ago + 5), newest=END - timedelta(minutes=ago)
        ),
        KINDS, st.integers(0, 30), st.integers(1, 500), st.integers(0, 300),
    ),
    max_size=120,
)  # fmt: skip


@given(FOUND)
def test_no_life_critical_alarm_is_ever_dropped(found: list[Alarm]) -> None:
    told = merge(found, HERE, END)
    for kind in WORDS:
        if life_critical(kind):
            wanted = {one.code for one in found if one.kind == kind}
            assert {one.code for one in told.rows if one.kind == kind} == wanted
            assert sum(one.count or 0 for one in told.rows if one.kind == kind) == sum(
                one.count or 0 for one in found if one.kind == kind
            )
            assert kind not in told.held_back


@given(FOUND)
def test_everything_is_either_shown_or_counted(found: list[Alarm]) -> None:
    told = merge(found, HERE, END)
    assert sum(one.merged for one in told.rows) + sum(told.held_back.values()) == sum(
        one.merged for one in found
    )
    assert told.merged_away == sum(one.merged - 1 for one in told.rows)


@given(FOUND)
def test_no_more_new_lines_an_hour_than_the_rule_allows(found: list[Alarm]) -> None:
    told = merge(found, HERE, END)
    new = [
        one
        for one in told.rows
        if not one.life_critical and one.newest_at is not None and END - one.newest_at <= timedelta(hours=1)
    ]
    assert len(new) <= rules()["alarms"]["per_hour"]


@given(FOUND)
def test_the_order_of_what_came_in_does_not_matter(found: list[Alarm]) -> None:
    assert merge(found, HERE, END) == merge(found[::-1], HERE, END)


def test_one_kind_of_many_regions_is_one_line_that_says_how_many() -> None:
    found = [alarm("refused", Place(f"3309{n:02d}", f"第{n}县", "county"), 3) for n in range(9)]
    told = merge(found, HERE, END)
    assert [one.words for one in told.rows] == ["劝导无效 27人(9处) 浙江省"]
    assert told.merged_away == 26


def test_every_kind_has_its_place_in_the_order() -> None:
    assert set(rules()["alarms"]["order"]) == set(WORDS)
    assert set(rules()["alarms"]["life_critical"]) <= set(WORDS)
    assert all(part["status"] in "SMD" and part["source"] for part in rules().values())
