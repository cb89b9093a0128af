"""Search, filter, levels, hatching, paper, table, ensemble and own layers, in a real browser without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry import box

from riskmap.assess import Assessment
from riskmap.grid import Grid
from riskmap.io.basemap import read_basemap
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.outlook import Outlook
from riskmap.products.county_page import build_county_map
from riskmap.products.map import add_layer, build_map
from riskmap.products.raster import tier_image
from riskmap.region import Listed, Region
from riskmap.scale import NO_DATA_COLOUR, Tier
from tests.browser.windows import ARGUMENTS, CHROMIUM, DESKTOP, MARKS, PHONE, Window, opened, picture
from tests.outlooks import make_outlook, wind_over

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = MARKS
PALETTE = [tier.colour for tier in Tier] + [NO_DATA_COLOUR]
GRID = Grid.from_bounds(west=118.0, south=27.0, east=123.0, north=31.5, step=0.05)
WHITE = (255, 255, 255)
SHELTERS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "<b>中心小学</b>", "places": 300},
            "geometry": {"type": "Point", "coordinates": [122.1, 30.0]},
        }
    ],
}


def cells() -> NDArray[np.int8]:
    """Blocks of ten cells in every tier; each corner cell is red in a field of green."""
    y, x = np.mgrid[: GRID.shape[0], : GRID.shape[1]]
    tiers = ((y // 10 + x // 10) % 6 - 1).astype(np.int8)
    for rows in (slice(0, 6), slice(-6, None)):
        for columns in (slice(0, 6), slice(-6, None)):
            tiers[rows, columns] = Tier.GREEN
    for row in (0, -1):
        for column in (0, -1):
            tiers[row, column] = Tier.RED
    return tiers


def quarters(county: Region) -> list[Region]:
    """Four made townships."""
    west, south, east, north = county.geometry.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    boxes = [
        box(west, south, *middle), box(middle[0], south, east, middle[1]), box(west, middle[1], middle[0], north), box(*middle, east, north)
    ]  # fmt: skip
    parts = [county.geometry.intersection(part) for part in boxes]
    return [
        Region(
            f"{county.code}{n:03}",
            f"{county.name}{n}镇",
            county.city_code,
            county.city_name,
            part,
            level="township",
        )
        for n, part in enumerate(parts)
        if part.area > 0
    ]


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    regions = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    found = make_outlook(wind_over(regions))
    counties = found.assessment
    units = tuple(unit for county in regions for unit in quarters(county))
    parent = [[r.code for r in regions].index(unit.code[:6]) for unit in units]
    table = counties.table.isel(region=parent).assign_coords(region=[unit.code for unit in units])
    hours = counties.table["time"].values
    chance = (
        np.linspace(1.0, 0.0, len(regions)) ** np.array([1, 2, 3, 4])[:, None, None]
        * np.linspace(0.6, 1, len(hours))[:, None]
    )
    chances = xr.Dataset(
        {"region_probability_hourly": (("tier", "time", "region"), chance)},
        coords={"tier": [1, 2, 3, 4], "time": hours, "region": [r.code for r in regions]}, attrs={"made": 1},
    )  # fmt: skip
    index = np.linspace(5.0, 95.0, len(regions))
    index[0] = np.nan
    parts = dict.fromkeys(("part_hazard", "part_exposure", "part_vulnerability"), ("region", index / 100.0))
    people = {
        name: (("tier", "region"), np.full((4, len(regions)), 1234.0))
        for name in ("people_at", "people_65_at", "people_80_at")
    }
    risk = xr.Dataset({"index": ("region", index), **parts, **people}, coords={"tier": [1, 2, 3, 4]})
    return replace(
        found, probability=chances, risk=risk, rasters={"wind": (tier_image(cells(), GRID),) * len(hours)},
        levels={"township": Assessment(counties.issued_at, units, table, counties.rules, counties.lacking)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def file(outlook: Outlook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("map") / "map.html"
    page = build_map(outlook, read_basemap(), tianditu=False)
    found.write_text(add_layer(page, SHELTERS, name=("避灾点", "Shelters")), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def shared(browser: Any, file: Path) -> Iterator[Window]:
    window = opened(browser, file, DESKTOP)
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


@pytest.mark.slow
def test_on_paper_one_page_hatched_with_numbers(browser: Any, file: Path, tmp_path: Path) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    window = opened(browser, file, DESKTOP)
    window.go_to(8)
    out = tmp_path / "map.pdf"
    window.page.pdf(path=out, prefer_css_page_size=True, print_background=True)
    document = pypdfium2.PdfDocument(out)
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (842, 595)  # A4 landscape in points
    text = document[0].get_textpage().get_text_range()
    for word in ("风险研判产品,非气象预警信号", "五色风险图", "审图号", "回放"):
        assert word in text
    assert len(re.findall(r"(?<!\d)[0-4](?!\d)", text)) > 60  # a number on most counties
    document.close()
    assert "print" not in (window.page.get_attribute("body", "class") or "")
    window.page.emulate_media(media="screen")
    window.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert set(window.fills()) <= {f"url(#hatch{code})" for code in (4, 3, 2, 1, 0, -1)}
    assert not window.page.is_visible("#panel")
    window.page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert set(window.fills()) <= {colour.lower() for colour in PALETTE}
    assert window.complaints == []
    window.page.close()


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


def clock(hours_after_issue: float, outlook: Outlook) -> str:
    """A browser whose clock stands at an instant."""
    at = 1000 * (outlook.issued_at.timestamp() + 3600 * hours_after_issue)
    return f"Date.now = () => {at};"


@pytest.mark.slow
def test_an_old_map_says_so(browser: Any, outlook: Outlook, tmp_path: Path) -> None:
    live = replace(outlook, marks=(), levels={}, rasters={})
    found = tmp_path / "map.html"
    found.write_text(build_map(live, read_basemap()), encoding="utf-8")
    for hours, words in ((1, ""), (30, "有效时段已结束"), (11, "可能已有更新的图"), (-3, "早于起报时间")):
        window = opened(browser, found, DESKTOP, script=clock(hours, live))
        assert window.page.is_visible("#age") == bool(words)
        assert words in window.page.text_content("#age")
        window.page.close()


def test_a_replay_is_not_called_old_as_well(browser: Any, outlook: Outlook, file: Path) -> None:
    window = opened(browser, file, PHONE, script=clock(1000, outlook))
    assert not window.page.is_visible("#age")
    assert "回放" in window.page.inner_text(".head")
    assert window.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    window.page.click("#panel-toggle")
    window.page.fill("#search", "dhq")
    window.page.keyboard.press("Enter")
    assert "定海区" in window.details()
    assert window.complaints == []
    window.page.close()


def test_tianditu_is_asked_only_with_a_key_on_a_page_made_for_it(
    browser: Any, outlook: Outlook, file: Path, tmp_path: Path
) -> None:
    assert "tianditu.gov.cn" not in file.read_text(encoding="utf-8")
    found = tmp_path / "map.html"
    found.write_text(
        build_map(replace(outlook, levels={}, rasters={}), read_basemap(), tianditu=True), encoding="utf-8"
    )
    window = opened(browser, found, DESKTOP)
    page = window.page
    page.check("#tianditu-on")
    page.wait_for_timeout(200)
    assert window.requests == []
    page.fill("#tianditu-key", "k3y")
    page.keyboard.press("Tab")
    page.wait_for_timeout(300)
    assert window.requests
    assert all(
        re.match(r"https://t[0-7]\.tianditu\.gov\.cn/(vec|cva)_w/wmts\?", url) for url in window.requests
    )
    assert all(url.endswith("&tk=k3y") for url in window.requests)
    page.evaluate("() => fetch('https://example.org/').catch(() => {})")
    page.wait_for_timeout(100)
    assert not any("example.org" in url for url in window.requests)
    page.close()


def test_a_bureaus_palette_is_the_pages(browser: Any, outlook: Outlook, tmp_path: Path) -> None:
    from riskmap.palette import read_palette

    own = read_palette(["#B00020", "#FF9A3C", "#FFF07A", "#1F5FA8", "#BDE5B8"])
    found = tmp_path / "map.html"
    found.write_text(build_map(replace(outlook, levels={}), read_basemap(), palette=own), encoding="utf-8")
    window = opened(browser, found, DESKTOP)
    assert set(window.fills()) <= {colour.lower() for colour in own.tiers}
    window.choose("raster:wind")
    window.only("raster")
    pixels = picture(window.page.locator(".folium-map").screenshot()).reshape(-1, 3)
    for tier in Tier:
        assert (pixels == tuple(bytes.fromhex(own.tiers[tier][1:]))).all(axis=1).any()
        assert not (pixels == tuple(bytes.fromhex(tier.colour[1:]))).all(axis=1).any()
    window.page.close()


@pytest.mark.slow
def test_a_countys_page_opens_at_its_townships(browser: Any, outlook: Outlook, tmp_path: Path) -> None:
    found = tmp_path / "map_330902.html"
    listed = (Listed("330902109", "无界镇"), Listed("330106109", "别处镇"))
    page = build_county_map(
        replace(outlook, listed=listed),
        read_basemap(),
        "330902",
        links={"330902": {"PDF": "../letters/a.pdf"}},
    )
    found.write_text(page, encoding="utf-8")
    assert found.stat().st_size < 1_000_000
    for size in (DESKTOP, PHONE):
        window = opened(browser, found, size)
        assert window.page.is_checked("input[name='level'][value='township']")
        assert sum(window.counts().values()) == 4
        shown = window.page.evaluate("() => map_riskmap.getBounds().toBBoxString()")
        west, south, east, north = (float(part) for part in shown.split(","))
        assert west < 122.1 < east
        assert south < 30.1 < north
        assert east - west < 2
        assert window.page.is_visible("#panel-body") == (size is DESKTOP)
        if size is PHONE:
            window.page.click("#panel-toggle")
        window.page.fill("#search", "wjz")  # a township without an outline leads to its county
        assert "无边界" in window.page.inner_text("#search-list")
        window.page.keyboard.press("Enter")
        assert "定海区" in window.page.inner_text("#details h2")
        assert window.page.get_attribute("#details .links a", "href") == "../letters/a.pdf"
        assert window.requests == window.complaints == []
        window.page.close()
