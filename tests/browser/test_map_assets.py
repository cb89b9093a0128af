"""Assets that have a place are marked in the colour of their worst tier."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskmap.asset import AssetTier
from riskmap.io.basemap import read_basemap
from riskmap.products.map import build_map
from riskmap.scale import NO_DATA_COLOUR, Tier
from tests.browser.windows import ARGUMENTS, CHROMIUM, DESKTOP, MARKS, opened
from tests.outlooks import make_outlook

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = MARKS


def section(name: str, tier: Tier | None, longitude: float | None, *, example: bool = False) -> AssetTier:
    known = tier is not None
    return AssetTier(
        name, name, "wall_section", "330902", "wind", tier, 1.25 if known else None, 1.0 if known else None, "1",
        datetime(2021, 7, 24, 6, tzinfo=UTC) if known else None, "越浪量<b>过大</b>", "overtopping", example=example,
        longitude=longitude, latitude=None if longitude is None else 30.0,
    )  # fmt: skip


def test_assets_are_marked_where_they_are(tmp_path: Path) -> None:
    assets = (
        section("红段", Tier.RED, 122.1), section("绿段", Tier.GREEN, 122.2), section("不明段", None, 122.3),
        section("示例段", Tier.YELLOW, 122.4, example=True), section("无处段", Tier.RED, None),
    )  # fmt: skip
    file = tmp_path / "map.html"
    found = make_outlook()
    outlook = replace(found, assessment=replace(found.assessment, assets=assets))
    file.write_text(build_map(outlook, read_basemap()), encoding="utf-8")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        window = opened(chromium, file, DESKTOP)
        page = window.page
        page.evaluate("() => { map_riskmap.setView([30.0, 122.25], 9, { animate: false }); }")
        marks = page.query_selector_all(".leaflet-extra-pane path.extra")
        # the worst is drawn last and lies on top
        found = [(m.get_attribute("fill").lower(), bool(m.get_attribute("stroke-dasharray"))) for m in marks]
        grey, yellow, red = NO_DATA_COLOUR.lower(), Tier.YELLOW.colour.lower(), Tier.RED.colour.lower()
        assert found == [(grey, False), (yellow, True), (red, False)]
        assert "虚线圈为示例" in page.inner_text("#extras")
        box = marks[-1].bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert "红段" in page.inner_text(".leaflet-popup")
        assert "越浪量<b>过大</b>" in page.inner_text(".leaflet-popup")
        page.click("#extras input")
        assert page.query_selector(".leaflet-extra-pane path.extra") is None
        assert window.requests == []
        assert window.complaints == []
        chromium.close()
