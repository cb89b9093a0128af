"""What changed since the last cycle, the county table, and the words for a tier that is held."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from riskmap.assessment import Assessment
from riskmap.confirming import confirmations_for
from riskmap.errors import ConfigError, DataError
from riskmap.products.changes import CHANGE_COLUMNS, changes, changes_csv
from riskmap.products.county_table import COUNTY_COLUMNS, counties_csv
from riskmap.products.held import held_of
from riskmap.products.report import build_report
from riskmap.products.table import CSV_COLUMNS, tiers_csv
from riskmap.reasons import reasons_table
from riskmap.scale import Tier
from riskmap.succession import succeed
from tests.factories import ISSUED_AT, make_assessment
from tests.outlooks import make_outlook

LATER = ISSUED_AT + timedelta(hours=6)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def second(**tiers: int) -> Assessment:
    """A second cycle, with the wind's worst tier of some counties changed."""
    first = succeed(make_assessment(), None, event="2106")
    now = make_assessment(issued_at=LATER)
    codes = [r.code for r in now.regions]
    for code, tier in tiers.items():
        now.table["tier"].values[0, :, codes.index(code.removeprefix("r"))] = tier
    return succeed(now, first, event="2106")


def test_up_down_grey_and_known_again_are_named() -> None:
    found = {(c.region.code, c.hazard): c.kind for c in changes(second(r330921=4, r330902=2, r330802=-1))}
    assert found["330921", "combined"] == found["330921", "wind"] == "up"
    assert ("330902", "wind") not in found, "red is held"
    assert found["330802", "wind"] == "no_data"
    assert changes(succeed(make_assessment(), None, event="2106")) == ()


def test_another_driver_is_another_reason() -> None:
    first = succeed(make_assessment(), None, event="2106")
    now = make_assessment(issued_at=LATER)
    now.table["tier"].values[1, :, 0] = 4
    now.table["tier"].values[0, :, 0] = 3
    found = {(c.region.code, c.hazard): c for c in changes(succeed(now, first, event="2106"))}
    change = found["330902", "combined"]
    assert (change.kind, change.drivers) == ("reason", ("wind", "rain"))


def test_the_table_of_changes_has_its_header_and_both_issue_times() -> None:
    (row, *_) = rows(changes_csv(second(r330921=4)))
    assert tuple(row) == CHANGE_COLUMNS
    assert (row["region"], row["change"], row["before"], row["now"]) == ("330921", "up", "3", "4")
    assert (row["issued_before"], row["issued_now"]) == (
        "2021-07-24T12:30:00+08:00",
        "2021-07-24T18:30:00+08:00",
    )
    assert rows(changes_csv(make_assessment())) == []


def test_each_county_and_hazard_has_one_row_with_its_reason() -> None:
    found = {(r["region"], r["hazard"]): r for r in rows(counties_csv(second(r330902=2)))}
    assert len(found) == 18
    row = found["330902", "wind"]
    assert tuple(row) == COUNTY_COLUMNS
    assert (row["published"], row["computed"], row["previous"], row["trend"]) == ("4", "2", "4", "-1")
    assert "维持发布" in row["held"]
    assert row["held_since"] == "2021-07-24T12:30:00+08:00"
    red = found["330903", "combined"]
    assert (red["driver"], red["value"], red["margin"], red["threshold_status"]) == ("wind", "42", "0.5", "S")
    assert red["onset"] == red["end"] == red["worst_at"]
    grey = found["330803", "combined"]
    assert (grey["published"], grey["published_name"], grey["value"]) == ("", "无数据", "")


def test_tiers_csv_has_the_new_columns_behind_the_old_ones() -> None:
    assessment = second()
    found = rows(tiers_csv(assessment))
    assert CSV_COLUMNS[:21][-1] == "example"
    table = reasons_table(assessment)
    row = next(r for r in found if (r["region"], r["hazard"], r["tier"]) == ("330903", "wind", "4"))
    assert (row["margin"], row["next_tier"], row["to_next"]) == ("0.5", "", "")
    assert row["onset"] == row["end"] == row["valid_at"]
    at = [t.isoformat() for t in assessment.valid_at].index(
        datetime.fromisoformat(row["valid_at"]).astimezone(UTC).isoformat()
    )
    before = int(table["previous_tier"].sel(region="330903", hazard="wind").values[at])
    assert row["previous_tier"] == ("" if before < 0 else str(before))


def test_the_report_says_what_changed_and_what_is_held() -> None:
    page = build_report({}, replace(make_outlook(second(r330921=4, r330902=2))))
    assert "维持发布的等级" in page
    assert "升级" in page
    assert "orange or red it goes down only when a person" in page or "computed now yellow" in page
    first = build_report({}, make_outlook(succeed(make_assessment(), None, event="2106")))
    assert "No cycle was published before" in first
    assert "维持发布的等级" not in first


def test_words_of_a_held_tier() -> None:
    words = held_of(second(r330902=2), "330902", "wind")
    assert words is not None
    assert words[0] == "红色自2021-07-24 12:30起维持发布,本期计算黄色:连续两期低于发布等级方可下调一级"
    assert held_of(second(), "330902") is None


def test_a_confirmation_names_what_waits() -> None:
    now = second(r330902=2)
    said = confirmations_for(now, "330902", by="张三", reason="远离", at=LATER)
    assert {(c.hazard, c.from_tier, c.to_tier) for c in said} == {
        ("wind", Tier.RED, Tier.ORANGE), ("combined", Tier.RED, Tier.ORANGE),
    }  # fmt: skip
    assert {c.cycle for c in said} == {LATER}


@pytest.mark.parametrize(
    ("code", "more", "error", "words"),
    [
        ("999999", {}, DataError, "no such region"),
        ("330903", {}, DataError, "nothing waits"),
        ("330902", {"hazards": ["hail"]}, DataError, "no such hazard"),
        ("330902", {"hazards": ["rain"]}, DataError, "nothing waits"),
        ("330902", {"to": Tier.BLUE}, DataError, "cannot be confirmed"),
        ("330902", {"to": Tier.RED}, DataError, "cannot be confirmed"),
        ("330902", {"by": " "}, ConfigError, "--by"),
        ("330902", {"reason": ""}, ConfigError, "--reason"),
    ],
)
def test_what_cannot_be_confirmed_is_said(
    code: str, more: dict[str, object], error: type[Exception], words: str
) -> None:
    given: dict[str, object] = {"by": "张三", "reason": "远离", "at": LATER}
    with pytest.raises(error, match=words):
        confirmations_for(second(r330902=2), code, **(given | more))  # type: ignore[arg-type]


def test_the_combined_tier_says_which_hazard_holds_it_and_why() -> None:
    now = second(r330902=2)
    words = held_of(now, "330902")
    assert words is not None
    assert "连续两期低于发布等级方可下调一级" in words[0]


def test_a_cap_message_has_the_published_tier_and_says_that_it_is_held() -> None:
    from riskmap.products.cap import cap_alert

    for computed in (2, 0):
        outlook = make_outlook(second(r330902=computed))
        message = cap_alert(outlook, "330902", identifier="x", sent=LATER, sender="a@b").decode()
        assert "<severity>Extreme</severity>" in message
        assert "<valueName>tier</valueName><value>4</value>" in message
        assert f"<valueName>computedTier</valueName><value>{computed}</value>" in message
        assert "held since" in message
        assert "combined risk red" in message
