"""The map on paper, out of date, with a bureau's palette, with Tianditu, and a county's own: pages that nobody shares."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from riskmap.io.basemap import read_basemap
from riskmap.outlook import Outlook
from riskmap.products.county_page import build_county_map
from riskmap.products.map import build_map
from riskmap.region import Listed
from riskmap.scale import Tier
from tests.browser.maps import PALETTE
from tests.browser.windows import DESKTOP, MARKS, PHONE, opened, picture

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = MARKS


@pytest.mark.slow
def test_on_paper_one_page_hatched_with_numbers(browser: Any, map_file: Path, tmp_path: Path) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    window = opened(browser, map_file, DESKTOP)
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


def test_a_replay_is_not_called_old_as_well(browser: Any, outlook: Outlook, map_file: Path) -> None:
    window = opened(browser, map_file, PHONE, script=clock(1000, outlook))
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
    browser: Any, outlook: Outlook, map_file: Path, tmp_path: Path
) -> None:
    assert "tianditu.gov.cn" not in map_file.read_text(encoding="utf-8")
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
