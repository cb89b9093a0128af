"""An invented register (示例) drives nothing, counts for nothing and is called invented, in every product."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np

from riskmap.assessment import Assessment
from riskmap.products.cap import cap_alert
from riskmap.products.cap_envelope import cap_identifier
from riskmap.products.letter import draft_letter
from riskmap.products.report import build_report
from riskmap.products.table import tiers_csv
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from tests.factories import make_assessment
from tests.riskmap.products.letter_outlook import make_outlook

CODE = "330902"


def with_invented_rain(tier: int) -> Assessment:
    """Rain, all of it invented, at one tier everywhere; real wind beside it."""
    base = make_assessment()
    table = base.table.copy(deep=True)
    table["tier"].loc[{"hazard": "rain"}] = tier
    table["value"].loc[{"hazard": "rain"}] = 999.0
    return replace(base, table=table, apart=frozenset({"rain"}))


def rows(assessment: Assessment) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(tiers_csv(assessment).removeprefix("\ufeff"))))


def test_the_combined_row_is_driven_by_what_is_real() -> None:
    found = rows(with_invented_rain(4))
    combined = [r for r in found if r["hazard"] == "combined"]
    assert {r["driver"] for r in combined} == {"wind"}
    assert "999" not in {r["value"] for r in combined}
    plain = [r for r in rows(make_assessment()) if r["hazard"] == "wind"]
    assert [r["tier"] for r in combined] == [r["tier"] for r in plain]


def test_its_rows_say_what_they_are() -> None:
    found = rows(with_invented_rain(3))
    assert {r["hazard_name"] for r in found if r["hazard"] == "rain"} == {"暴雨(示例,不计入综合)"}
    assert {r["hazard_name"] for r in found if r["hazard"] == "wind"} == {"大风"}


def test_what_it_does_not_know_is_no_gap_of_a_letter() -> None:
    real = replace(with_invented_rain(NO_DATA), apart=frozenset())
    assert draft_letter(make_outlook(assessment=real), CODE).unknown == ("rain",)
    assert draft_letter(make_outlook(assessment=with_invented_rain(NO_DATA)), CODE).unknown == ()


def test_a_message_and_a_report_do_not_count_it() -> None:
    assessment = with_invented_rain(4)
    outlook = make_outlook(assessment=assessment)
    message = cap_alert(
        outlook, CODE, identifier=cap_identifier(CODE, outlook.issued_at), sent=outlook.issued_at, sender="x@example.org"
    )  # fmt: skip
    text = message.decode() if isinstance(message, bytes) else str(message)
    assert "999" not in text
    counts = {"forecast": {"combined": {"red": 1}, "wind": {"red": 1}, "rain": {"red": 6}}}
    report = build_report({"counts": counts}, outlook)
    assert "暴雨(示例,不计入综合)" in report
    assert "大风(示例" not in report


def test_an_hour_of_nothing_but_invented_numbers_is_grey() -> None:
    assessment = with_invented_rain(4)
    table = assessment.table.copy(deep=True)
    table["tier"].loc[{"hazard": "wind"}] = NOT_APPLICABLE
    grey = replace(assessment, table=table)
    assert (grey.combined == NO_DATA).all()
    assert grey.worst(CODE).tier is None
    assert np.asarray(grey.window_worst).max() < Tier.GREEN
