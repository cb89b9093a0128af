"""CAP messages are valid, restricted, of the right severity, and cover their region."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely

from riskmap.errors import DataError, MissingExtraError
from riskmap.products.cap import cap_alert
from riskmap.products.cap_area import covering_polygons
from riskmap.products.cap_envelope import NAMESPACE, cap_identifier, validate_cap
from riskmap.scale import DISCLAIMER
from tests.factories import ISSUED_AT
from tests.riskmap.products.letter_outlook import make_outlook, real_outlook, real_regions, small_assessment

N = {"c": NAMESPACE}
SENDER = "riskmap@exercise.invalid"


def alert(region="330902", outlook=None, **changes) -> bytes:
    chosen = {"identifier": cap_identifier(region, ISSUED_AT), "sent": ISSUED_AT, "sender": SENDER} | changes
    return cap_alert(outlook or make_outlook(), region, **chosen)


def values(xml: bytes, path: str) -> list[str | None]:
    return [e.text for e in ElementTree.fromstring(xml).iterfind(path, N)]


@pytest.mark.parametrize("region", ["330902", "330922", "3309"])
def test_valid_against_the_oasis_schema(region):
    validate_cap(alert(region, real_outlook()))


def test_head():
    xml = alert()
    head = {name: values(xml, f"c:{name}") for name in ("status", "msgType", "scope", "identifier", "sent")}
    assert head == {
        "status": ["Exercise"], "msgType": ["Alert"], "scope": ["Restricted"],
        "identifier": ["33090200000000_20210724123000_0"], "sent": ["2021-07-24T12:30:00+08:00"],
    }  # fmt: skip
    assert values(xml, "c:restriction")[0]
    assert DISCLAIMER[0] in values(xml, "c:note")[0]
    assert "回放" in values(xml, "c:note")[0]


@pytest.mark.parametrize(("region", "severity"), [("330902", "Extreme"), ("330922", "Severe")])
def test_severity_and_languages(region, severity):
    xml = alert(region)
    assert values(xml, "c:info/c:language") == ["zh-CN", "en-US"]
    assert values(xml, "c:info/c:severity") == [severity] * 2
    assert values(xml, "c:info/c:certainty") == ["Likely"] * 2
    assert "Evacuate" not in values(xml, "c:info/c:responseType")


def test_parameters_repeat_the_reason():
    xml = alert()
    names = values(xml, "c:info[1]/c:parameter/c:valueName")
    told = dict(zip(names, values(xml, "c:info[1]/c:parameter/c:value"), strict=True))
    reason = small_assessment().worst_reasons("330902")[0][0]
    assert told["driver"] == "wind"
    assert float(told["wind.value"].split()[0]) == pytest.approx(reason.value)
    assert told["wind.threshold"] == "41.5 m s-1"
    assert told["wind.thresholdSource"] == "CMA [S]"
    assert told["notAssessed"].startswith("storm_tide")


def test_times_and_urgency():
    xml = alert()
    assert values(xml, "c:info[1]/c:onset") == ["2021-07-24T15:30:00+08:00"]
    assert values(xml, "c:info[1]/c:expires") == ["2021-07-24T18:30:00+08:00"]
    assert values(xml, "c:info[1]/c:urgency") == ["Future"]
    table = small_assessment().table.copy(deep=True)
    table["tier"].loc[{"hazard": "wind", "region": "330902"}] = 4
    now = make_outlook(assessment=replace(small_assessment(), table=table))
    assert values(alert(outlook=now), "c:info[1]/c:urgency") == ["Immediate"]
    later = make_outlook(assessment=replace(small_assessment(), issued_at=ISSUED_AT + timedelta(hours=2)))
    assert values(alert(outlook=later), "c:info[1]/c:urgency") == ["Expected"]
    past = make_outlook(assessment=replace(small_assessment(), issued_at=ISSUED_AT + timedelta(hours=9)))
    assert values(alert(outlook=past), "c:info[1]/c:urgency") == ["Past"]


def test_area_covers_the_region_in_lat_lon():
    outlook = real_outlook()
    for area in ElementTree.fromstring(alert("3309", outlook)).iterfind("c:info[1]/c:area", N):
        code = area.findtext("c:geocode/c:value", namespaces=N)
        parts = []
        for polygon in area.iterfind("c:polygon", N):
            pairs = [tuple(map(float, p.split(","))) for p in polygon.text.split()]
            assert pairs[0] == pairs[-1]
            assert len(pairs) >= 4
            assert all(20 < lat < 50 < 100 < lon < 130 for lat, lon in pairs)
            parts.append(shapely.Polygon([(lon, lat) for lat, lon in pairs]))
        assert shapely.covers(shapely.union_all(parts), outlook.assessment.region(code).geometry)


def test_simplified_but_never_smaller_than_any_bundled_county():
    for region in real_regions().values():
        parts = covering_polygons(region.geometry)
        union = shapely.union_all(parts)
        assert shapely.covers(union, region.geometry), region.name
        assert union.area < 1.35 * region.geometry.area + 0.05
    fine = shapely.Point(120, 30).buffer(0.3, quad_segs=500)
    assert shapely.get_num_coordinates(covering_polygons(fine)).sum() < 100


def test_green_and_grey_have_no_alert():
    with pytest.raises(DataError, match="nothing to tell"):
        alert("330802")
    with pytest.raises(DataError, match="nothing to tell"):
        alert("330803")


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": "a b"}, {"sender": "a,b"}, {"sender": ""}, {"status": "Real"}, {"scope": "World"},
        {"restriction": " "}, {"sent": datetime(2021, 7, 24)},  # noqa: DTZ001
    ],
)  # fmt: skip
def test_cap_rules_are_kept(changes):
    with pytest.raises(DataError):
        alert(**changes)


def test_public_scope_needs_no_restriction():
    xml = alert(scope="Public", sender_name="某市防指")
    validate_cap(xml)
    assert values(xml, "c:restriction") == []
    assert values(xml, "c:info/c:senderName") == ["某市防指"] * 2


def test_identifier_has_31_characters():
    sent = datetime(2021, 7, 24, 16, 5, 9, tzinfo=UTC)
    made = cap_identifier("3309", sent, department="123", unit="456", extension="78", number=9)
    assert made == "33090012345678_20210725000509_9"
    assert len(made) == 31


@pytest.mark.parametrize(
    "wrong",
    [{"region": "33"}, {"department": "41"}, {"unit": "abc"}, {"extension": "1"}, {"number": 10}, {"sent": datetime(2021, 7, 24)}],  # noqa: DTZ001
)  # fmt: skip
def test_identifier_is_checked(wrong):
    parts = {"region": "330902", "sent": ISSUED_AT} | wrong
    with pytest.raises(DataError, match="identifier"):
        cap_identifier(**parts)


def test_hostile_names_are_escaped():
    assessment = small_assessment()
    evil = replace(assessment.regions[0], name="<&甲>")
    outlook = make_outlook(assessment=replace(assessment, regions=(evil, *assessment.regions[1:])))
    validate_cap(alert(outlook=outlook))


def test_invalid_messages_are_refused():
    with pytest.raises(DataError, match="well-formed"):
        validate_cap(b"<alert>")
    with pytest.raises(DataError, match="line"):
        validate_cap(alert().replace(b"<status>Exercise</status>", b"<status>Real</status>"))


def test_without_the_extra_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "lxml", None)
    with pytest.raises(MissingExtraError, match=r"riskmap\[letters\]"):
        validate_cap(b"<alert/>")


def test_same_arguments_same_bytes():
    assert alert() == alert()
    assert np.unique([alert("3309", real_outlook()) for _ in range(2)]).size == 1
