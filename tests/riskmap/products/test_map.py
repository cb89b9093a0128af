"""The map page: what it carries is what the assessment says, and nothing comes from outside."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from typing import Any

import folium
import numpy as np
import pytest
import shapely
from shapely.geometry import box

from riskmap.assessment import Assessment
from riskmap.errors import ConfigError
from riskmap.grid import Grid
from riskmap.io.basemap import Basemap, Place
from riskmap.outlook import Outlook
from riskmap.products.map import SCRIPTS, build_map
from riskmap.products.map_data import map_data
from riskmap.products.map_level import peak_hour
from riskmap.products.pyramid import tier_pyramid
from riskmap.products.self_contained import require_self_contained
from riskmap.scale import DISCLAIMER, Tier
from tests.factories import make_assessment
from tests.map_pages import block, paths, shapes, unpack
from tests.old_browsers import newer_than_chrome_80
from tests.outlooks import make_outlook

BASEMAP = Basemap(
    bounds=(117.5, 27.0, 123.5, 31.5),
    land=shapely.multipolygons([box(117.5, 27, 121, 31.5)]),
    surroundings=shapely.multipolygons([box(110, 20, 117, 31)]),
    coast=shapely.multilinestrings([[(121, 27), (121, 31.5)]]),
    lakes=shapely.multipolygons([box(120, 31, 120.5, 31.3)]),
    province=shapely.multipolygons([box(118, 27, 122, 31)]),
    rivers=((2, shapely.multilinestrings([[(118, 29), (120, 30)]])),),
    places=(Place("宁波市", "Ningbo", 29.88, 121.55, "3302"),),
)


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    return make_outlook()


@pytest.fixture(scope="module")
def page(outlook: Outlook) -> str:
    return build_map(outlook, BASEMAP, links={"330902": {"PDF": "letters/330902/letter.pdf"}})


def data_of(page: str) -> dict[str, Any]:
    return block(page)


def pictures(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="rasters">(.*?)</script>', page, re.S)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def county(page: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(page)["levels"][0]
    return found


def test_the_page_loads_nothing_and_forbids_it(page: str) -> None:
    require_self_contained(page)
    assert "default-src 'none'" in page
    assert set(re.findall(r"https?://[\w.]+", page)) <= {"http://www.w3.org"}


@pytest.mark.parametrize("word", ["jquery", "bootstrap", "cdn.", "awesome", "sourceMappingURL"])
def test_what_folium_would_load_is_left_out(page: str, word: str) -> None:
    assert word not in page.lower()


def test_folium_itself_stays_as_it_was(page: str) -> None:
    assert folium.Map.default_js
    assert page


def test_the_same_outlook_gives_the_same_bytes(outlook: Outlook, page: str) -> None:
    again = build_map(make_outlook(), BASEMAP, links={"330902": {"PDF": "letters/330902/letter.pdf"}})
    assert again == page


def test_the_banner_says_what_the_law_asks_for(outlook: Outlook, page: str) -> None:
    head = page[page.index("<header") : page.index("</header>")]
    assert DISCLAIMER[0] in head
    assert "台风烟花(2106) 五色风险图" in head
    assert "2021-07-24 12:30" in head
    assert all(mark[0] in head for mark in outlook.marks)
    assert "审图号</span>: ________" in page
    assert "GS(2026)1号" in build_map(outlook, BASEMAP, approval_number="GS(2026)1号")


def test_a_title_of_ones_own(outlook: Outlook) -> None:
    assert "<title>演练 &lt;1&gt;</title>" in build_map(outlook, BASEMAP, title=("演练 <1>", "Drill <1>"))


@pytest.mark.parametrize(
    "name", ["tier", "metric", "value", "maximum", "area_share", "people", "covered", "threshold"]
)
def test_every_number_is_that_of_the_assessment(outlook: Outlook, page: str, name: str) -> None:
    table = outlook.assessment.table
    tolerance = {
        "value": 0.051,
        "maximum": 0.051,
        "area_share": 5.1e-4,
        "people": 0.51,
        "covered": 5.1e-4,
    }.get(name, 0)
    for n, hazard in enumerate(county(page)["hazards"]):
        if name == "threshold":
            bounds = np.array([np.nan if b is None else b for b in hazard["thresholds"]])
            found = bounds[unpack(hazard["threshold"]).astype(int)]
        else:
            found = unpack(hazard["share" if name == "area_share" else name])
        np.testing.assert_allclose(found, table[name].values[n].astype(float).ravel(), atol=tolerance, rtol=0)


def test_the_combined_tier_is_the_assessments_own(outlook: Outlook, page: str) -> None:
    data = data_of(page)
    np.testing.assert_array_equal(unpack(county(page)["combined"]), outlook.assessment.combined.ravel())
    assert data["start"] == peak_hour(outlook.assessment) == 3


def test_each_threshold_stands_with_source_and_status(page: str) -> None:
    for hazard in data_of(page)["hazards"]:
        for metric in hazard["metrics"]:
            assert metric["source"]
            assert metric["status"] in "SMD"


def test_a_lacking_hazard_is_named_and_has_no_tiers(page: str) -> None:
    data = data_of(page)
    assert [entry["id"] for entry in data["lacking"]] == ["storm_tide"]
    assert "storm_tide" not in [hazard["id"] for hazard in data["hazards"]]
    assert "警戒潮位" in data["surge"]["lacks"][0]


def test_no_value_is_shown_on_the_other_side_of_a_threshold() -> None:
    assessment = make_assessment(1)
    for region, value in zip(
        assessment.table["region"].values, (24.46, 24.5, 24.54, 17.19, 17.2, 41.46), strict=True
    ):
        assessment.table["value"].loc[{"hazard": "wind", "region": region}] = value
    data = map_data(make_outlook(assessment), BASEMAP, links={}, approval_number=None, title=("", ""))
    shown = unpack(data["levels"][0]["hazards"][0]["value"])
    assert shown.tolist() == [24.4, 24.5, 24.5, 17.1, 17.2, 41.4]


def test_hostile_names_stay_text(outlook: Outlook) -> None:
    hostile = '</script><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}"\u2028'
    assessment = outlook.assessment
    regions = (replace(assessment.regions[0], name=hostile), *assessment.regions[1:])
    other = replace(outlook, assessment=replace(assessment, regions=regions), marks=((hostile, hostile),))
    found = build_map(other, BASEMAP)
    assert "<img" not in found.replace("&lt;img", "")
    assert county(found)["regions"]["name"][0] == hostile
    assert found.count("</script>") == build_map(outlook, BASEMAP).count("</script>")


@pytest.mark.parametrize(
    "address", ["https://example.org/a.pdf", "//example.org/a", "javascript:alert(1)", "/etc/a", "\\\\s\\a"]
)
def test_a_link_that_leads_outside_is_refused(outlook: Outlook, address: str) -> None:
    with pytest.raises(ConfigError, match="leads outside"):
        build_map(outlook, BASEMAP, links={"330902": {"PDF": address}})


def test_windows_stand_in_the_page_as_archives(outlook: Outlook) -> None:
    grid = Grid.from_bounds(west=120, south=28, east=122, north=30, step=0.01)
    tiles = tier_pyramid(np.full(grid.shape, 3, np.int8), grid)
    page = build_map(outlook, BASEMAP, windows={"inundation": tiles})
    window = pictures(page)["windows"]["inundation"]
    assert base64.b64decode(window["tiles"]) == tiles.archive
    assert window["bounds"] == [120, 28, 122, 30]
    assert window["words"] == ["淹没(时段最重)", "inundation (worst of the window)"]
    assert pictures(build_map(outlook, BASEMAP))["windows"] == {}


def test_an_outlook_with_nothing_but_tiers(outlook: Outlook) -> None:
    bare = replace(outlook, circles=None, rasters={}, surge=None, landfall_at=None, marks=())
    data = data_of(build_map(bare, BASEMAP))
    assert data["surge"] is None
    assert data["circles"] is None
    assert pictures(build_map(bare, BASEMAP)) == {"hours": {}, "windows": {}}


def test_hours_outside_the_track_have_no_centre(outlook: Outlook) -> None:
    short = replace(outlook, track=outlook.track.isel(time=slice(0, 6)))  # ends 2021-07-24 06 UTC
    latitude = unpack(data_of(build_map(short, BASEMAP))["track"]["at"]["latitude"])
    assert np.isfinite(latitude[:2]).all()
    assert np.isnan(latitude[2:]).all()


def test_neighbours_keep_one_border(page: str) -> None:
    corners = [{point for ring in rings for point in ring} for rings in shapes(county(page)["regions"])]
    for left, right in pairwise(corners):
        assert len(left & right) == 2


def test_a_shared_border_is_stored_once(page: str) -> None:
    edges = [frozenset(edge) for arc in paths(county(page)["regions"]["arcs"]) for edge in pairwise(arc)]
    assert len(edges) == len(set(edges)) == 6 * 4 - 5  # six squares in a row


def test_the_peak_hour_breaks_ties_downwards() -> None:
    assessment = make_assessment(3)
    assessment.table["tier"].values[:] = 0
    assessment.table["tier"].values[0, :, :] = [[3, 0, 0, 0, 0, 0], [3, 2, 0, 0, 0, 0], [3, 2, 0, 0, 0, 0]]
    assert peak_hour(Assessment(**vars_of(assessment))) == 1


def vars_of(assessment: Assessment) -> dict[str, Any]:
    return {name: getattr(assessment, name) for name in ("issued_at", "regions", "table", "rules", "lacking")}


def test_colours_of_the_page_are_those_of_the_scale(page: str) -> None:
    assert [tier["colour"] for tier in data_of(page)["tiers"]] == [tier.colour for tier in Tier]


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_keeps_to_what_old_browsers_read(name: str) -> None:
    text = files("riskmap.products").joinpath(f"templates/map.{name}.js").read_text(encoding="utf-8")
    assert newer_than_chrome_80(text) == []
    code = re.sub(r"//[^\n]*", "", text)
    assert "innerHTML" not in code, "text from files must enter as text"


@pytest.mark.parametrize(
    "script",
    ["a?.b", "a ?? b", "a ||= b", "class A { #x = 1 }", "class A { x = 1 }", "10n", "1_000", "[1].at(-1)", "import('a')",
     "s.replaceAll('a', 'b')", "/(?<!a)b/", "async function f() { for await (const a of b); }", "a = {", "new DecompressionStream('gzip')"],
)  # fmt: skip
def test_what_old_browsers_do_not_read_is_found(script: str) -> None:
    assert newer_than_chrome_80(script)


def test_the_style_keeps_to_what_old_browsers_read() -> None:
    style = files("riskmap.products").joinpath("templates/map.css").read_text(encoding="utf-8")
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", style, flags=re.S))
    for selector, body in rules:
        assert not re.search(
            r"\binset:|aspect-ratio|:is\(|:where\(|:has\(|@layer|@container|clamp\(", selector + body
        )
        if re.search(r"\bgap:", body):
            assert "grid" in body, f"{selector.strip()}: Chrome 80 knows gap in grids only"
