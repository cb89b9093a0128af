"""Search, filter, levels, hatching, table, ensemble and own layers, in a real browser without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from riskmap.outlook import Outlook
from riskmap.scale import NO_DATA_COLOUR, Tier
from tests.browser.maps import GRID, PALETTE
from tests.browser.windows import DESKTOP, MARKS, Window, opened

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = MARKS
WHITE = (255, 255, 255)


@pytest.fixture(scope="module")
def shared(browser: Any, map_file: Path) -> Iterator[Window]:
    window = opened(browser, map_file, DESKTOP)
    yield window
    window.page.close()


@pytest.fixture
def desktop(shared: Window) -> Iterator[Window]:
    """The shared page at its first hour, counties, combined tier; nothing asked for, nothing complained about."""
    shared.choose("county", "level")
    shared.choose("combined")
    shared.page.select_option("#filter", "")
    shared.go_to(8)
    yield shared
    assert shared.requests == []
    assert shared.complaints == []


def allowed(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    colours = [WHITE, *(tuple(bytes.fromhex(c[1:])) for c in PALETTE)]
    return np.any([(pixels == colour).all(axis=-1) for colour in colours], axis=0)


def styled(window: Window, **attributes: str) -> None:
    """Set attributes of every region's path."""
    window.page.evaluate(
        "(found) => document.querySelectorAll('.leaflet-region-pane path').forEach((path) => "
        "Object.keys(found).forEach((name) => path.setAttribute(name, found[name])))", attributes,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("zoom", [7.25, 9])
def test_a_pixel_off_the_edges_has_a_colour_of_the_legend(desktop: Window, zoom: float) -> None:
    """Edges are drawn a pixel wide to either side; whatever they leave is a palette colour or the ground."""
    desktop.page.evaluate("z => { map_riskmap.setView([29.3, 120.6], z, { animate: false }); }", zoom)
    desktop.choose("tier:wind")
    desktop.only("region")
    styled(desktop, stroke="none")
    pixels = desktop.pixels()
    styled(desktop, stroke="#000000", fill="#ffffff", **{"stroke-width": "2.2", "stroke-opacity": "1"})
    edges = (desktop.pixels() != WHITE).any(axis=-1)
    desktop.everything()
    desktop.choose("combined")  # draws fills and outlines anew
    seen = pixels[~edges]
    assert allowed(seen).all()
    assert (seen != WHITE).any(axis=-1).sum() > 20_000


@pytest.mark.parametrize("zoom", [7.25, 9])
def test_a_picture_has_no_colour_but_the_legends(desktop: Window, zoom: float) -> None:
    desktop.choose("raster:wind")
    desktop.page.evaluate("z => { map_riskmap.setView([29.3, 120.6], z, { animate: false }); }", zoom)
    desktop.only("raster")
    pixels = desktop.pixels()
    desktop.everything()
    inner = pixels[60:-60, 60:-60]  # the picture's own border may lie within the window
    assert allowed(inner).all()


def test_raster_and_vector_agree_at_every_corner(desktop: Window) -> None:
    """The corner cells are red alone: a point in the middle of each is red, and the cell inwards of it is not."""
    desktop.choose("raster:wind")
    west, south, east, north = GRID.bounds
    for latitude, longitude in ((north, west), (north, east), (south, west), (south, east)):
        inwards = (-1 if latitude == north else 1, 1 if longitude == west else -1)
        desktop.page.evaluate(
            "at => { map_riskmap.setView(at, 9, { animate: false }); }", [latitude, longitude]
        )
        desktop.only("raster")
        pixels = desktop.pixels()
        desktop.everything()
        seen = []
        for cells_in in (0.5, 1.5):
            at = [latitude + inwards[0] * cells_in * 0.05, longitude + inwards[1] * cells_in * 0.05]
            x, y = desktop.page.evaluate(
                "at => { const p = map_riskmap.latLngToContainerPoint(at); return [p.x, p.y]; }", at
            )
            seen.append("#" + bytes(pixels[round(y), round(x)]).hex().upper())
        assert seen == [Tier.RED.colour.upper(), Tier.GREEN.colour.upper()]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("定海", "定海区"),
        ("dinghai", "定海区"),
        ("dhq", "定海区"),
        ("330902", "定海区"),
        ("yueqing", "乐清市"),
        ("330902001", "定海区1镇"),
    ],
)
def test_a_county_is_found_by_name_pinyin_initials_and_code(desktop: Window, asked: str, name: str) -> None:
    desktop.page.fill("#search", asked)
    desktop.page.keyboard.press("Enter")
    assert name in desktop.page.inner_text("#details h2")
    desktop.page.click("#details .close")


def test_search_by_keyboard_alone(desktop: Window) -> None:
    page = desktop.page
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type("jiang")
    options = page.eval_on_selector_all(
        "#search-list li", "items => items.map((i) => i.firstChild.textContent)"
    )
    assert len(options) > 2
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#search", "aria-activedescendant") == "found-1"
    assert page.get_attribute("#found-1", "aria-selected") == "true"
    page.keyboard.press("Enter")
    assert page.inner_text("#details h2") == options[1]
    assert page.get_attribute("#search", "aria-expanded") == "false"
    page.fill("#search", "zzzz")
    assert page.inner_text("#search-state") == "没有匹配的区域"
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    page.click("#details .close")


def test_the_filter_counts_and_draws_one_city(desktop: Window, outlook: Outlook) -> None:
    desktop.page.select_option("#filter", "3309")
    assert sum(desktop.counts().values()) == 4
    filled = set(desktop.fills()) - {"#fbfaf7"}
    wanted = {
        Tier(int(t)).colour.lower()
        for t, r in zip(outlook.assessment.combined[8], outlook.assessment.regions, strict=True)
        if r.city_code == "3309"
    }
    assert filled == wanted
    desktop.page.select_option("#filter", "")
    assert sum(desktop.counts().values()) == 90


def test_townships_are_a_level_of_their_own(desktop: Window, outlook: Outlook) -> None:
    units = outlook.levels["township"].regions
    desktop.choose("township", "level")
    assert sum(desktop.counts().values()) == len(units) > 300
    assert len(desktop.fills()) == len(units)
    desktop.page.select_option("#filter", "330902")
    assert sum(desktop.counts().values()) == 4
    desktop.choose("county", "level")
    desktop.page.select_option("#filter", "")
    assert len(desktop.fills()) == 90


def test_hatching_stands_on_the_palette_and_goes_again(desktop: Window) -> None:
    desktop.page.check("#hatched")
    assert set(desktop.fills()) <= {f"url(#hatch{code})" for code in (4, 3, 2, 1, 0, -1)}
    grounds = desktop.page.eval_on_selector_all(
        ".patterns pattern > rect", "r => r.map((x) => x.getAttribute('fill'))"
    )
    assert {ground.upper() for ground in grounds} == {colour.upper() for colour in PALETTE}
    marks = desktop.page.eval_on_selector_all(
        "pattern[id^='hatch'] path", "p => p.map((x) => x.getAttribute('d'))"
    )
    assert len(marks) == len(set(marks)) == 5  # green is plain, every other has its own
    assert "4" in desktop.page.inner_text("#legend-rows")
    desktop.page.uncheck("#hatched")
    assert set(desktop.fills()) <= {colour.lower() for colour in PALETTE}


def test_the_table_says_what_the_map_shows(desktop: Window, outlook: Outlook) -> None:
    page = desktop.page
    page.click("#table-open")
    assert page.evaluate("document.activeElement.id") == "table-close"
    rows = page.eval_on_selector_all(
        "#table-rows tbody tr", "r => r.map((x) => [x.children[2].textContent, x.children[3].textContent])"
    )
    codes = [region.code for region in outlook.assessment.regions]
    assert sorted(code for code, _ in rows) == sorted(codes)
    for code, words in rows:
        tier = Tier(int(outlook.assessment.combined[8, codes.index(code)]))
        assert tier.chinese in words
    assert page.get_attribute("#table-rows thead th", "scope") == "col"
    assert page.get_attribute("#table-rows tbody th", "scope") == "row"
    page.keyboard.press("Escape")
    assert not page.is_visible("#table")
    assert page.evaluate("document.activeElement.id") == "table-open"


def test_the_hour_is_spoken_once_and_not_while_it_plays(desktop: Window) -> None:
    desktop.go_to(9)
    said = desktop.page.inner_text("#live")
    assert "07-24 21:30" in said
    assert "综合风险" in said
    desktop.page.click("#play")
    desktop.page.wait_for_timeout(900)
    assert desktop.page.inner_text("#live") == said
    desktop.page.click("#play")


def test_the_ensemble_has_colour_lines_and_an_arrow(desktop: Window) -> None:
    desktop.choose("ensemble")
    desktop.go_to(0)
    fills = set(desktop.fills())
    assert any(fill.startswith("url(#chance") for fill in fills)
    numbers = desktop.page.eval_on_selector_all(".label b", "b => b.map((x) => x.textContent)")
    assert any(re.fullmatch(r"[0-4][↗→↘]", number) for number in numbers)
    assert "概率" in desktop.page.inner_text("#legend")
    desktop.choose("county", "level")
    desktop.choose("township", "level")
    assert desktop.page.query_selector("input[value='ensemble']") is None  # members are counted by county
    desktop.choose("county", "level")


def test_the_map_says_which_of_hazard_and_risk_it_colours(desktop: Window) -> None:
    assert "致灾危险性等级" in desktop.page.inner_text("#legend-note")
    desktop.choose("risk")
    assert "风险指数" in desktop.page.inner_text("#legend-note")
    assert "致灾" not in desktop.page.inner_text("#legend-note")
    fills = desktop.fills()
    assert not set(fills) & {tier.colour.lower() for tier in Tier}
    assert fills.count(NO_DATA_COLOUR.lower()) == 1
    assert len(set(fills)) == 6
    desktop.choose("combined")
    desktop.page.fill("#search", "330902")
    desktop.page.keyboard.press("Enter")
    assert "风险指数(0–100)" in desktop.details()
    assert "1,234" in desktop.details()
    desktop.page.click("#details .close")


def test_a_layer_of_ones_own_is_text_only(desktop: Window) -> None:
    page = desktop.page
    assert page.inner_text("#extras label") == "避灾点 (1)"
    assert page.is_checked("#extras input")
    page.click("#extras input")
    assert page.query_selector(".leaflet-extra-pane path.extra") is None
    page.click("#extras input")
    page.evaluate("() => { map_riskmap.setView([30.0, 122.1], 9, { animate: false }); }")
    point = page.query_selector(".leaflet-extra-pane path.extra").bounding_box()
    assert point is not None
    page.mouse.click(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    assert "<b>中心小学</b>" in page.inner_text(".extra-text")
    assert page.query_selector(".extra-text dd b") is None
    page.evaluate("() => { map_riskmap.closePopup(); }")


def test_english_leaves_no_chinese_but_names_and_sources(desktop: Window) -> None:
    page = desktop.page
    page.click("#language")
    try:
        for selector in (
            "#tools",
            "#layers .layer-group",
            "#levels",
            "#legend h2",
            ".clock",
            "#filter-box label",
            "#extras legend",
        ):
            text = page.inner_text(selector).replace("中文", "")
            assert not re.search(r"[\u4e00-\u9fff]", text), selector
        assert page.get_attribute("#search", "placeholder").startswith("Find")
        assert page.get_attribute(".folium-map", "aria-label").startswith("Five-colour")
    finally:
        page.click("#language")


def test_everything_is_reached_by_tab_in_the_order_of_the_page(desktop: Window) -> None:
    page = desktop.page
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    page.focus("#language")
    met = []
    for _ in range(60):
        page.keyboard.press("Tab")
        met.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement.name || document.activeElement.className"
            )
        )
    wanted = ["search", "filter", "layer", "hatched", "print", "table-open", "back", "play", "forth"]
    places = [met.index(name) for name in wanted if name in met]
    assert places == sorted(places)
    assert {"search", "filter", "layer", "hatched", "print", "table-open"} <= set(met)
