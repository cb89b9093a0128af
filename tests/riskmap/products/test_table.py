"""tiers.csv says every tier with its reason; assessment.json gives back the same assessment."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
import xarray as xr

from riskmap.assessment import Assessment
from riskmap.errors import DataError, GeometryError, SourceError
from riskmap.io.published import parse_assessment, read_assessment
from riskmap.products.table import CSV_COLUMNS, assessment_json, tiers_csv
from riskmap.scale import Tier
from tests.factories import make_assessment


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return make_assessment()


def rows(assessment: Assessment) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(tiers_csv(assessment).removeprefix("\ufeff"))))


def test_csv_opens_as_utf_8_in_a_spreadsheet(assessment):
    assert tiers_csv(assessment).encode().startswith(b"\xef\xbb\xbfregion,name,")


def test_csv_has_every_region_hour_and_hazard(assessment):
    found = {(r["region"], r["valid_at"], r["hazard"]) for r in rows(assessment)}
    assert len(found) == len(rows(assessment)) == 6 * 7 * 3
    assert tuple(rows(assessment)[0]) == CSV_COLUMNS


def test_csv_row_repeats_the_reason(assessment):
    row = next(
        r for r in rows(assessment)
        if (r["region"], r["hazard"], r["valid_at"]) == ("330902", "wind", "2021-07-24T15:30:00+08:00")
    )  # fmt: skip
    reason = assessment.at("330902", 3).reasons[0]
    assert row["tier"] == str(int(Tier.RED))
    assert row["tier_name"] == "红"
    assert float(row["value"]) == pytest.approx(reason.value)
    assert float(row["threshold"]) == reason.threshold == 41.5
    assert (row["metric"], row["units"], row["threshold_source"]) == ("wind_speed_of_gust", "m s-1", "CMA")
    assert row["people"] == "40000"


def test_combined_row_is_the_worst_and_names_its_driver(assessment):
    for row in rows(assessment):
        if row["hazard"] == "combined":
            hour = [t.isoformat() for t in assessment.valid_at].index(_utc(row["valid_at"]))
            tier = assessment.at(row["region"], hour).tier
            assert row["tier"] == ("" if tier is None else str(int(tier)))
            if tier:
                assert row["driver"] == assessment.at(row["region"], hour).driver.hazard


def test_an_invented_register_drives_nothing_and_says_so(assessment):
    found = replace(assessment, apart=frozenset({"wind"}))
    listed = rows(found)
    assert {r["driver"] for r in listed if r["hazard"] == "combined"} == {"rain"}
    assert {(r["hazard_name"], r["example"]) for r in listed} == {
        ("综合", "0"), ("大风(示例,不计入综合)", "1"), ("暴雨", "0"),
    }  # fmt: skip


def _utc(text: str) -> str:
    from datetime import UTC, datetime

    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


def test_no_data_has_no_number_and_says_so(assessment):
    bad = [r for r in rows(assessment) if r["region"] == "330803" and r["hazard"] == "rain"]
    assert {(r["tier"], r["tier_name"], r["status"], r["value"]) for r in bad} == {
        ("", "无数据", "no data", "")
    }


def test_partial_cover_is_at_least(assessment):
    table = assessment.table.copy(deep=True)
    table["covered"].loc[{"region": "330902"}] = 0.5
    partial = replace(assessment, table=table)
    assert {r["status"] for r in rows(partial) if r["region"] == "330902"} == {"at least"}


def test_a_name_never_runs_as_a_formula(assessment):
    evil = replace(
        assessment, regions=(replace(assessment.regions[0], name="=cmd()"), *assessment.regions[1:])
    )
    assert rows(evil)[0]["name"] == "'=cmd()"


def test_round_trip_is_exact(assessment, tmp_path):
    region = replace(
        assessment.regions[0],
        population=None,
        valid_from=date(2021, 4, 9),
        geometry=shapely.MultiPolygon([shapely.Point(120.1, 30.2).buffer(0.1 / 3), shapely.box(1, 2, 3, 4)]),
    )
    table = assessment.table.copy(deep=True)
    table["value"].values[0, 0, 0] = 1 / 3
    before = replace(assessment, regions=(region, *assessment.regions[1:]), table=table)
    text = assessment_json(before)
    (tmp_path / "assessment.json").write_text(text, encoding="utf-8")
    after = read_assessment(tmp_path)
    xr.testing.assert_identical(after.table, before.table)
    assert after.rules == before.rules
    assert after.lacking == before.lacking
    assert after.issued_at == before.issued_at
    for a, b in zip(after.regions, before.regions, strict=True):
        assert {k: v for k, v in vars(a).items() if k != "geometry"} == {
            k: v for k, v in vars(b).items() if k != "geometry"
        }
        assert shapely.equals_exact(a.geometry, b.geometry, 0.0)
    assert assessment_json(after) == text
    assert np.array_equal(after.combined, before.combined)


def test_same_assessment_same_text():
    assert assessment_json(make_assessment()) == assessment_json(make_assessment())


def test_infinite_number_is_refused(assessment):
    table = assessment.table.copy(deep=True)
    table["value"].values[0, 0, 0] = np.inf
    with pytest.raises(DataError, match="infinite"):
        assessment_json(replace(assessment, table=table))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(format="x"), "not an assessment"),
        (lambda c: c.update(version=99), "another version"),
        (lambda c: c.pop("table"), "damaged"),
        (lambda c: c["table"]["tier"].pop(), "damaged"),
    ],
)
def test_a_damaged_file_is_named(assessment, change, message):
    content = json.loads(assessment_json(assessment))
    change(content)
    with pytest.raises(DataError, match=message):
        parse_assessment(json.dumps(content))


def test_a_damaged_polygon_is_named(assessment):
    content = json.loads(assessment_json(assessment))
    content["regions"][0]["geometry"]["coordinates"] = [[[0, 0], [1]]]
    with pytest.raises(GeometryError, match="330902"):
        parse_assessment(json.dumps(content))


def test_unreadable_files(tmp_path):
    with pytest.raises(SourceError, match=r"assessment\.json"):
        read_assessment(tmp_path)
    (tmp_path / "assessment.json").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="UTF-8"):
        read_assessment(tmp_path)
    (tmp_path / "assessment.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="not JSON"):
        read_assessment(tmp_path)


def test_what_the_rules_added_comes_back(assessment, tmp_path):
    raised = np.zeros(assessment.combined.shape, bool)
    raised[3, 0] = raised[2, 4] = True
    wind = replace(
        assessment.rules["wind"], mode="signal", lead_hours=(24.0, 24.0, 12.0, 6.0), lead_source="x"
    )
    regions = (replace(assessment.regions[0], unusable="crosses itself"), *assessment.regions[1:])
    given = replace(assessment, raised=raised, rules={**assessment.rules, "wind": wind}, regions=regions)
    path = tmp_path / "assessment.json"
    path.write_text(assessment_json(given), encoding="utf-8")
    found = read_assessment(path)
    assert found.raised is not None
    assert np.array_equal(found.raised, raised)
    assert np.array_equal(found.combined, given.combined)
    assert found.rules["wind"] == wind
    assert (found.regions[0].unusable, found.regions[0].level) == ("crosses itself", "county")


def test_a_run_of_an_older_release_is_still_read(assessment, tmp_path):
    content = json.loads(assessment_json(assessment))
    del content["raised"]
    for rule in content["rules"].values():
        for name in ("mode", "lead_hours", "lead_source"):
            del rule[name]
    path = tmp_path / "assessment.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    found = read_assessment(path)
    assert found.raised is None
    assert found.rules["wind"] == assessment.rules["wind"]
