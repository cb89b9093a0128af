"""The chances as a table: nothing invented, unknown stays empty, and the report says what the members are."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from riskmap.outlook import Outlook
from riskmap.products.probability import COLUMNS, NOTE, notable, probability_csv
from riskmap.products.report import build_index, build_report
from tests.riskmap.products.letter_outlook import make_outlook


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    plain = make_outlook()
    regions = len(plain.assessment.regions)
    chance = np.linspace(1.0, 0.0, 4 * regions).reshape(4, regions)
    chance[:, -1] = np.nan
    onset = np.full((4, 3, regions), np.nan)
    onset[0, :, 0] = [2.0, 3.5, 7.0]
    chances = xr.Dataset(
        {
            "region_probability": (("tier", "region"), chance),
            "region_onset": (("tier", "quantile", "region"), onset),
        },
        attrs={"members_counted": 50, "made": 1, "source": "made from a bulletin", "members_missing": ""},
    )
    return replace(plain, probability=chances)


def rows(outlook: Outlook) -> list[dict[str, str]]:
    assert outlook.probability is not None
    text = probability_csv(outlook.probability, outlook.assessment.regions, outlook.issued_at)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_every_county_and_tier_has_a_row(outlook: Outlook) -> None:
    found = rows(outlook)
    assert tuple(found[0]) == COLUMNS
    assert len(found) == 4 * len(outlook.assessment.regions)
    assert found[0]["probability"] == "1.000"
    assert {row["members"] for row in found} == {"50"}
    assert {row["made"] for row in found} == {"1"}


def test_an_unknown_chance_is_empty_and_never_nothing(outlook: Outlook) -> None:
    last = [row for row in rows(outlook) if row["region"] == outlook.assessment.regions[-1].code]
    assert [row["probability"] for row in last] == [""] * 4


def test_onsets_are_beijing_times_after_the_issue(outlook: Outlook) -> None:
    first = rows(outlook)[0]
    assert first["onset_10"] < first["onset_50"] < first["onset_90"]
    assert first["onset_50"].endswith("+08:00")
    assert rows(outlook)[1]["onset_10"] == ""


def test_the_report_lists_the_likely_counties_first_and_says_that_members_were_made(outlook: Outlook) -> None:
    assert outlook.probability is not None
    listed = list(notable(outlook.probability, outlook.assessment.regions))
    orange = [float(row["chances"][2].rstrip("%")) for row in listed]
    assert orange == sorted(orange, reverse=True)
    assert min(orange) >= 10.0
    page = build_report({}, outlook)
    assert NOTE[True][0] in page
    assert "made from a bulletin" in page
    assert all(row["name"] in page for row in listed)
    assert "probability.csv" in build_index({}, outlook)


def test_a_run_without_members_says_nothing_of_chances() -> None:
    plain = make_outlook()
    assert "probability.csv" not in build_report({}, plain) + build_index({}, plain)
