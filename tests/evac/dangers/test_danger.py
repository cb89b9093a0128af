"""Many reports, one danger: whatever the order, nothing lost, and what people decide stands."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evac.asides import DangerSeen
from evac.dangers.danger import Danger, Verdict, apart, by_report, dangers
from evac.dangers.reports import report_of
from evac.dangers.rules import kind_of, kinds
from evac.envelope import Envelope
from tests.evac.scenes import START, make_event

LATITUDE, LONGITUDE = 30.0, 122.0
METRE = 1 / 111_195.0


def seen(minute: float = 0, *, north: float = 0.0, east: float = 0.0, **said: Any) -> Envelope:
    """A report some metres from one spot."""
    point = f"{LATITUDE + north * METRE:.6f},{LONGITUDE + east * METRE / 0.866:.6f}"
    return make_event("danger_seen", minute, code="0" * 26, **({"point": point, "place": "330902001"} | said))


def groups(found: tuple[Danger, ...]) -> set[frozenset[str]]:
    return {danger.ids for danger in found}


SPOTS = st.tuples(
    st.sampled_from(["slope", "house", "other"]), st.integers(0, 1500), st.integers(-700, 700), st.integers(-700, 700),
    st.sampled_from(["甲", "乙", "丙"]), st.sampled_from(["", "a" * 64, "b" * 64]), st.booleans(),
)  # fmt: skip


def told(spots: list[tuple[Any, ...]]) -> list[Envelope]:
    return [
        seen(minute, north=north, east=east, danger=kind, actor=who, photo=photo, **({} if placed else {"point": ""}))
        for kind, minute, north, east, who, photo, placed in spots
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(SPOTS, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_receipt_changes_nothing_and_no_report_is_lost(
    spots: list[Any], rng: random.Random
) -> None:
    events = told(spots)
    found = dangers(events)
    shuffled = [*events, *events[: len(events) // 2]]
    rng.shuffle(shuffled)
    assert dangers(shuffled) == found
    assert sorted(id_ for danger in found for id_ in danger.ids) == sorted(e.event_id for e in events)
    assert all(len({r.kind.id for r in danger.reports}) == 1 for danger in found)


@settings(max_examples=60, deadline=None)
@given(st.lists(SPOTS.map(lambda spot: (*spot[:5], "", True)), max_size=25))
def test_near_reports_are_joined_as_a_slow_search_of_all_pairs_joins_them(spots: list[Any]) -> None:
    events = told(spots)
    reports = [report_of(event) for event in events if isinstance(event, DangerSeen)]
    over = {report.id: report.id for report in reports}
    for a, b in combinations(reports, 2):
        close = a.kind is b.kind and apart(a.point, b.point) <= a.kind.metres
        if close and abs(a.at - b.at) <= a.kind.within:
            gone, kept = over[a.id], over[b.id]
            over = {id_: kept if first == gone else first for id_, first in over.items()}
    slow = {frozenset(i for i in over if over[i] == first) for first in over.values()}
    assert groups(dangers(events)) == slow


@settings(max_examples=40, deadline=None)
@given(st.lists(SPOTS, min_size=2, max_size=15), st.data())
def test_what_people_join_and_part_stands_in_any_order(spots: list[Any], data: st.DataObject) -> None:
    events = told(spots)
    ids = [event.event_id for event in events]
    a, b = data.draw(st.permutations(ids))[:2]
    joined = make_event("danger_joined", 2000, target=a, into=b)
    assert by_report(dangers([joined, *events]))[a] == by_report(dangers([*events, joined]))[b]
    parted = make_event("danger_parted", 2001, target=a)
    alone = by_report(dangers([parted, *events, joined]))[a]
    assert alone.ids == {a}
    again = make_event("danger_joined", 2002, target=a, into=b)
    assert by_report(dangers([again, parted, *events, joined]))[a].ids >= {a, b}


def test_reports_at_the_edge_of_metres_and_hours() -> None:
    metres, hours = kinds()["slope"].metres, kinds()["slope"].within
    assert len(dangers([seen(), seen(1, north=metres - 1)])) == 1
    assert len(dangers([seen(), seen(1, north=metres + 1)])) == 2
    assert len(dangers([seen(), seen(1, north=metres - 1), seen(2, north=2 * metres - 2)])) == 1
    assert len(dangers([seen(), seen(hours / timedelta(minutes=1))])) == 1
    assert len(dangers([seen(), seen(hours / timedelta(minutes=1) + 1)])) == 2
    assert len(dangers([seen(), seen(danger="road")])) == 2


def test_without_a_point_words_and_place_must_be_the_same() -> None:
    said = {"point": "", "where": "后山 竹林,"}
    assert len(dangers([seen(**said), seen(5, point="", where="后山竹林")])) == 1
    assert len(dangers([seen(**said), seen(5, point="", where="后山竹林", place="330902002")])) == 2
    assert len(dangers([seen(**said), seen(5, point="", where="前山竹林")])) == 2
    assert len(dangers([seen(**said), seen(5)])) == 2


def test_a_photo_that_is_passed_on_joins_no_two_places() -> None:
    photo = "c" * 64
    far = [seen(photo=photo), seen(1, north=9000, photo=photo)]
    assert len(dangers(far)) == 2
    assert len(dangers([*far, seen(2, point="", photo=photo)])) == 3
    assert len(dangers([far[0], seen(2, point="", photo=photo)])) == 1


def test_one_person_with_fifty_reports_is_one_and_so_is_one_photo() -> None:
    (spam,) = dangers([seen(n / 10, actor="甲") for n in range(50)])
    assert (len(spam.reports), spam.independent) == (50, 1)
    (passed_on,) = dangers(
        [seen(n, channel="public", reporter=f"{n:032x}", photo="d" * 64) for n in range(9)]
    )
    assert passed_on.independent == 1
    (three,) = dangers([seen(n, actor=who) for n, who in enumerate("甲乙丙甲")])
    assert three.independent == 3
    # nobody can tell callers apart who are not known
    (unknown,) = dangers([seen(n, channel="hotline", reporter="") for n in range(4)])
    assert unknown.independent == 1


def judged(danger: Danger, verdict: str, minute: float, covers: Danger | None = None) -> Envelope:
    ids = " ".join(report.id for report in (covers or danger).reports)
    return make_event("danger_judged", minute, target=danger.id, verdict=verdict, covers=ids, actor="李镇长")


def test_a_closed_danger_opens_again_by_a_report_that_nobody_had_seen() -> None:
    events = [seen(0), seen(3, actor="乙")]
    (first,) = dangers(events)
    assert (first.verdict, first.open, first.grave) == (Verdict.REPORTED, True, True)
    events.append(judged(first, "handled", 10))
    (closed,) = dangers(events)
    assert (closed.verdict, closed.open, closed.again) == (Verdict.HANDLED, False, False)
    assert closed.standing == "已处置 李镇长"
    # told earlier, received later: whoever judged could not know it
    late = seen(5, actor="丙")
    (opened,) = dangers([*events, late])
    assert (opened.verdict, opened.open, opened.again) == (Verdict.REPORTED, True, True)
    assert opened.waits_since == START + timedelta(minutes=5)
    (again,) = dangers([*events, late, judged(opened, "false", 20)])
    assert (again.verdict, again.open) == (Verdict.FALSE, False)
    assert again.judged[-1].actor == "李镇长"


def test_a_wrong_word_closes_nothing_and_a_danger_is_known_by_any_report() -> None:
    events = [seen(0), seen(3, actor="乙")]
    (one,) = dangers(events)
    strange = make_event("danger_judged", 5, target=one.reports[1].id, verdict="gone", covers=one.id)
    (same,) = dangers([*events, strange, make_event("danger_joined", 6, target="f" * 32, into=one.id)])
    assert same == one
    by_second = make_event("danger_judged", 7, target=one.reports[1].id, verdict="verified", covers=one.id)
    assert dangers([*events, by_second])[0].verdict is Verdict.VERIFIED


def test_kinds_in_the_words_of_people() -> None:
    words = {
        "海塘漏水": "sea_wall",
        "村口水库溢洪道冲毁": "reservoir",
        "电线杆倒了,断电": "power",
        "大树倒伏": "tree",
        "": "other",
    }
    assert {said: kind_of(said).id for said in words} == words
    assert all(kind_of(kind.chinese) is kind for kind in kinds().values())


def test_a_flood_of_reports_is_sorted_in_seconds() -> None:
    rng = random.Random(3)
    events = [
        seen(rng.uniform(0, 3000), north=rng.gauss(0, 150), east=rng.gauss(0, 150), actor=f"甲{n % 700}")
        for n in range(6000)
    ]
    began = time.perf_counter()
    found = dangers(events)
    assert sum(len(danger.reports) for danger in found) == 6000
    assert time.perf_counter() - began < 10
