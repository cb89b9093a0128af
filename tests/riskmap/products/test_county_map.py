"""The small map tells the tier by colour, hatch and number, and is well-formed whatever the names."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from riskmap.errors import DataError
from riskmap.products.county_map import county_map_svg, tier_label
from riskmap.scale import DISCLAIMER, NO_DATA_COLOUR, Tier
from tests.riskmap.products.letter_outlook import MARKS, make_outlook, real_outlook, small_assessment

SVG = "{http://www.w3.org/2000/svg}"


def root(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in root(svg).iter(f"{SVG}text")]


def test_county_is_coloured_hatched_and_numbered():
    svg = county_map_svg(make_outlook(), "330902")
    fills = [e.get("fill") for e in root(svg).iter(f"{SVG}path")]
    assert Tier.RED.colour in fills
    assert "url(#hatch4)" in fills
    assert "4 红" in texts(svg)
    assert "定海区" in texts(svg)
    assert "普陀区" in texts(svg)  # a neighbour, in grey
    assert Tier.ORANGE.colour not in fills


def test_city_colours_all_its_counties():
    outlook = make_outlook()
    svg = county_map_svg(outlook, "3309")
    assert {"定海区", "普陀区", "岱山县", "嵊泗县"} <= set(texts(svg))
    orange = [outlook.assessment.worst(c).tier for c in ("330902", "330903", "330921", "330922")].count(
        Tier.ORANGE
    )
    assert texts(svg).count("3 橙") == 2 * orange > 0  # each with its halo
    assert "舟山市综合风险五色图" in svg


def test_an_hour_has_its_own_tier():
    outlook = make_outlook()
    tier = outlook.assessment.at("330902", 0).tier
    svg = county_map_svg(outlook, "330902", hour=0)
    assert tier is not Tier.RED
    assert tier_label(tier) in texts(svg)
    assert "2021-07-24 12:30(北京时间)" in svg


def test_grey_is_not_green():
    svg = county_map_svg(make_outlook(), "330803")
    fills = [e.get("fill") for e in root(svg).iter(f"{SVG}path")]
    assert NO_DATA_COLOUR in fills
    assert Tier.GREEN.colour not in fills
    assert "无数据" in texts(svg)


def test_furniture_and_marks():
    svg = county_map_svg(make_outlook(), "330902")
    joined = " ".join(texts(svg))
    for needed in (DISCLAIMER[0], "审图号", "北 N", "km", "起报 2021-07-24 12:30", *(m[0] for m in MARKS)):
        assert needed in joined
    for tier in Tier:
        assert f"{int(tier)} {tier.chinese} {tier.risk_words}" in joined


def test_a_mark_is_shown_once_however_many_inputs_it_is_about():
    old = (
        ("资料过期:台风路径为5小时前", "Stale input: track"),
        ("资料过期:雨量为4小时前", "Stale input: rain"),
    )
    joined = " ".join(texts(county_map_svg(replace(make_outlook(), marks=(*MARKS, *old)), "330902")))
    assert joined.count("资料过期") == 1


def test_neighbours_end_at_the_frame():
    svg = county_map_svg(real_outlook(), "330902", width=640)
    height, top, foot = 480, 44, 62  # as high as the picture, less title and legend
    grey = [e.get("d") or "" for e in root(svg).iter(f"{SVG}path") if e.get("fill") == "#F1F1EE"]
    points = [
        tuple(map(float, p.split())) for d in grey for r in d.strip("MZ").split("ZM") for p in r.split("L")
    ]
    assert points
    assert all(0 <= x <= 640 and top <= y <= height - foot for x, y in points)
    assert any(x in (0, 640) or y in (top, height - foot) for x, y in points)  # something was cut
    assert "-0.0" not in "".join(grey)
    names = [e for e in root(svg).iter(f"{SVG}text") if e.get("fill") == "#777"]
    assert all(top + 12 <= float(e.get("y", "0")) <= height - foot - 4 for e in names)


def test_scale_bar_is_true():
    svg = county_map_svg(make_outlook(), "330902", width=640)
    bar = next(e.get("d") for e in root(svg).iter(f"{SVG}path") if "v6h" in (e.get("d") or ""))
    length = float(bar.split("v6h")[1].split("v")[0])
    kilometres = float(next(t for t in texts(svg) if t.endswith(" km")).split()[0])
    county = next(e.get("d") for e in root(svg).iter(f"{SVG}path") if e.get("fill") == Tier.RED.colour)
    ys = [float(p.split()[1]) for p in county.strip("MZ").split("L")]
    degrees = (max(ys) - min(ys)) / 0.4  # the square is 0.4 degrees high
    assert kilometres / length == pytest.approx(111.195 / degrees, rel=0.01)


def test_same_arguments_same_text_and_hostile_names():
    assert county_map_svg(real_outlook(), "3309") == county_map_svg(real_outlook(), "3309")
    assessment = small_assessment()
    evil = replace(assessment.regions[0], name="</text><script>&\"'")
    svg = county_map_svg(
        make_outlook(assessment=replace(assessment, regions=(evil, *assessment.regions[1:]))), "330902"
    )
    assert "</text><script>&\"'" in texts(svg)
    assert not list(root(svg).iter(f"{SVG}script"))


def test_unknown_region_or_hour():
    with pytest.raises(DataError, match="no such region"):
        county_map_svg(make_outlook(), "999999")
    with pytest.raises(DataError, match="no such hour"):
        county_map_svg(make_outlook(), "330902", hour=7)
