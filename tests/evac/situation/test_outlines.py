"""Outlines for the page: every region is there, small, in whole units, and neighbours keep one border."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from evac.situation.outlines import WIDTH, drawing, outlines
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.region import Region
from tests.factories import make_assessment, make_regions


@pytest.fixture(scope="module")
def province() -> tuple[Region, ...]:
    return tuple(
        read_regions(
            bundled("admin/zhejiang_district_simple.geojson"),
            population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"),
        )
    )


def points(path: str) -> set[tuple[int, int]]:
    """Corners of a path."""
    found = set()
    x = y = 0
    for step, first, second in re.findall(r"([MLHV])(\d+)(?: (\d+))?", path):
        x = x if step == "V" else int(first)
        y = int(first) if step == "V" else int(second) if step in "ML" else y
        found.add((x, y))
    return found


def test_a_province_is_drawn_whole_and_small(province: tuple[Region, ...]) -> None:
    drawn = drawing(province)
    assert [one["code"] for one in drawn["regions"]] == [region.code for region in province]
    assert all(one["path"] for one in drawn["regions"])
    assert len(json.dumps(drawn, ensure_ascii=False).encode()) < 100_000
    for one in drawn["regions"]:
        corners = points(one["path"])
        assert all(0 <= x <= drawn["width"] and 0 <= y <= drawn["height"] for x, y in corners)
        assert min(x for x, _ in corners) <= one["at"][0] <= max(x for x, _ in corners)
        assert min(y for _, y in corners) <= one["at"][1] <= max(y for _, y in corners)
    assert max(drawn["width"], drawn["height"]) <= WIDTH + 1


def test_neighbours_keep_one_border() -> None:
    first, second, *_ = drawing(make_regions())["regions"]
    assert len(points(first["path"]) & points(second["path"])) == 2


@given(st.floats(73, 135), st.floats(5, 53), st.floats(1e-4, 5), st.floats(1e-4, 5))
def test_any_rectangle_fills_its_drawing(west: float, south: float, wide: float, high: float) -> None:
    drawn = drawing([Region("1", "甲", "1", "乙", box(west, south, west + wide, min(south + high, 89.0)))])
    corners = points(drawn["regions"][0]["path"])
    if len(corners) == 4:  # a sliver of less than a unit has no path
        columns, rows = ([corner[axis] for corner in corners] for axis in (0, 1))
        assert min(columns) == min(rows) == 8
        assert abs(max(columns) - (drawn["width"] - 8)) <= 1
        assert abs(max(rows) - (drawn["height"] - 8)) <= 1
        assert abs(wide * drawn["frame"][2] + 8 - max(columns)) <= 1


def test_what_has_no_outline_is_left_to_the_lists() -> None:
    good = Region("1", "甲", "1", "乙", box(120, 30, 121, 31))
    assert drawing([]) == {"width": WIDTH, "height": WIDTH, "frame": None, "regions": []}
    found = drawing(
        [
            good,
            Region("2", "空", "1", "乙", Polygon()),
            Region("3", "坏", "1", "乙", good.geometry, unusable="x"),
        ]
    )
    assert [one["code"] for one in found["regions"]] == ["1"]


def test_a_screen_has_the_regions_in_it_or_the_one_it_lies_in() -> None:
    assessment = make_assessment()
    codes = [one["code"] for one in outlines(assessment, "3309")["regions"]]
    assert codes == ["330902", "330903", "330921", "330922"]
    assert [one["code"] for one in outlines(assessment, "330902101")["regions"]] == ["330902"]
    assert outlines(assessment, "44")["regions"] == []
