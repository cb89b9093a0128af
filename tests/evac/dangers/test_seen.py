"""What is made of dangers: the hot list, what they claim, whether they rise, where they crowd, the page."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from evac.dangers.danger import dangers
from evac.dangers.heat import heat
from evac.dangers.page import cells_csv, dangers_page
from evac.dangers.reports import Point
from evac.dangers.rules import rules
from evac.dangers.trend import rate_excess, trends
from evac.dangers.urgency import claim_of, hot_list, people_by_point
from evac.envelope import Envelope
from riskmap.scale import Tier
from tests.evac.dangers.test_danger import judged, seen
from tests.evac.scenes import START

NOW = START + timedelta(hours=2)


def test_the_hot_list_shows_the_parts_that_its_score_is_made_of() -> None:
    slope = [seen(0), seen(1, actor="乙")]
    tree = [seen(0, danger="tree", north=5000)]
    found = dangers([*slope, *tree])
    ids = {danger.kind.id: danger.id for danger in found}
    first, second = hot_list(found, now=NOW, people_near={ids["slope"]: 99})
    assert (first.danger.kind.id, first.severity, first.reports, first.people, first.age) == (
        "slope",
        5,
        2,
        3,
        2,
    )
    assert first.score == pytest.approx(60)
    assert "程度 5 × 独立报告 2 起 2.00 × 附近 99 人 3.00 × 已等 120 分钟 2.00" in first.why
    # not known is not nobody
    assert second.people_near is None
    assert second.people == pytest.approx(1 + math.log10(1 + rules()["people"]["unknown"]))
    assert "不明" in second.why
    assert first.late
    looked = dangers([*slope, *tree, judged(first.danger, "in_hand", 100)])
    assert [hot.late for hot in hot_list(looked, now=NOW)] == [False, True]
    done = dangers([*slope, *tree, judged(first.danger, "handled", 100)])
    assert [hot.danger.kind.id for hot in hot_list(done, now=NOW)] == ["tree"]


@pytest.mark.parametrize(("change", "rises"), [("reports", True), ("people", True), ("age", True)])
def test_more_of_any_part_is_more_urgent(change: str, rises: bool) -> None:
    (less,) = hot_list(dangers([seen(0)]), now=NOW, people_near={})
    events = [seen(0), *([seen(1, actor="乙")] if change == "reports" else [])]
    found = dangers(events)
    near = {found[0].id: 5000} if change == "people" else {}
    (more,) = hot_list(found, now=NOW + timedelta(hours=1 if change == "age" else 0), people_near=near)
    assert (more.score > less.score) is rises


def test_people_near_are_those_within_the_metres_of_the_kind() -> None:
    found = dangers([seen(0, danger="house"), seen(0, point="", where="x")])
    near = people_by_point(
        found, [(Point(30.0, 122.0), 5), (Point(30.0005, 122.0), 7), (Point(30.01, 122.0), 100)]
    )
    assert list(near.values()) == [12]


def test_one_unverified_voice_claims_no_tier() -> None:
    (one,) = dangers([seen(n, danger="reservoir", actor="甲") for n in range(9)])
    assert claim_of(one) is None
    events: list[Envelope] = [seen(n, danger="reservoir", actor=who) for n, who in enumerate("甲乙丙")]
    (three,) = dangers(events)
    claim = claim_of(three)
    assert claim is not None
    assert (claim.hazard, claim.tier, claim.verified) == ("reservoir", Tier.ORANGE, False)
    (sure,) = dangers([events[0], judged(dangers(events[:1])[0], "verified", 9)])
    claim = claim_of(sure)
    assert claim is not None
    assert (claim.tier, claim.verified) == (Tier.RED, True)
    assert "李镇长" in claim.why
    (false,) = dangers([*events, judged(three, "false", 9)])
    assert claim_of(false) is None
    (tree,) = dangers([seen(n, danger="tree", actor=who) for n, who in enumerate("甲乙丙丁")])
    assert claim_of(tree) is None


def test_the_exact_test_of_two_rates_against_a_published_example() -> None:
    # Gu et al. (2008), example 1: 60 in 51,477.5 and 30 in 54,308.7; p of R's exactci::poisson.exact, one-sided
    assert rate_excess(60, 51477.5, 30, 54308.7, ratio=1.2) == pytest.approx(0.006651774552714537, rel=1e-10)
    slow = sum(
        math.comb(90, k) * (51477.5 / 105786.2) ** k * (54308.7 / 105786.2) ** (90 - k) for k in range(60, 91)
    )
    assert rate_excess(60, 51477.5, 30, 54308.7) == pytest.approx(slow, rel=1e-9)
    assert rate_excess(0, 1, 5, 6) == 1.0
    assert rate_excess(0, 1, 0, 6) == 1.0


def reports(*events: Envelope) -> list[object]:
    return [report for danger in dangers(events) for report in danger.reports]


def test_a_rise_is_an_alarm_and_one_person_with_fifty_reports_is_none() -> None:
    crowd = [seen(115, north=900 * n, actor=f"甲{n}") for n in range(5)]
    every, slope = trends(reports(*crowd), now=NOW)  # type: ignore[arg-type]
    assert every.alarm
    assert slope.alarm
    assert (slope.now, slope.before, slope.kind and slope.kind.id) == (5, 0, "slope")
    spam = [seen(70 + n / 2, north=900 * n, actor="甲") for n in range(50)]
    assert not any(trend.alarm for trend in trends(reports(*spam), now=NOW))  # type: ignore[arg-type]
    as_ever = [seen(-60 * h - 5, north=900 * n, actor=f"甲{n}") for h in range(-1, 6) for n in range(5)]
    steady = trends(reports(*as_ever), now=START + timedelta(minutes=60))  # type: ignore[arg-type]
    assert [(t.now, t.before, t.alarm) for t in steady] == [(5, 30, False)] * 2


def test_what_is_shared_hides_cells_of_few_and_tells_no_sum() -> None:
    one_house = [seen(n / 10, actor="甲") for n in range(40)]
    crowd = [seen(n, north=30_000 + n, actor=f"乙{n}") for n in range(12)]
    lost = [seen(n, point="", where=f"{n}号", actor=f"丙{n}") for n in range(3)]
    found = dangers([*one_house, *crowd, *lost])
    own, shared = heat(found), heat(found, shared=True)
    assert sorted(cell.reports for cell in own.cells) == [12, 40]
    assert own.unplaced == 3
    assert [(cell.reports, cell.dangers, cell.open) for cell in shared.cells] == [(12, 0, 0)]
    assert shared.unplaced is None
    side = rules()["heat"]["metres"]
    (cell,) = shared.cells
    assert (cell.north - cell.south) * 111_195 == pytest.approx(side, rel=1e-3)
    assert "30.0000" not in cells_csv(shared)
    page = dangers_page(
        shared, hot_list(found, now=NOW), trends(reports(*one_house), now=NOW), NOW, synthetic=True
    )  # type: ignore[arg-type]
    for told in ("40 起", "3号", "后山竹林", found[0].id[-12:], "丙"):
        assert told not in page
    assert "演练" in page


def test_the_page_says_what_is_open_and_escapes_what_people_wrote() -> None:
    found = dangers([seen(0, where="<b>后山</b>")])
    hot = hot_list(found, now=NOW)
    page = dangers_page(heat(found), hot, (), NOW, synthetic=False)
    assert "&lt;b&gt;后山" in page
    assert "<b>后山" not in page
    assert "超时未核实" in page
    assert "演练" not in page
    nothing = dangers_page(heat(()), (), (), NOW, synthetic=False)
    assert "无坐标可画" in nothing
    assert "无未结险情" in nothing
