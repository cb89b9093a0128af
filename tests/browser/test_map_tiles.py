"""Tiles of a gridded tier in a real browser: in their place, in the legend's colours, the worst never dropped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from riskmap.grid import Grid
from riskmap.io.basemap import read_basemap
from riskmap.products.map import build_map
from riskmap.products.pyramid import tier_pyramid
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, NOT_APPLICABLE, Tier
from tests.outlooks import make_outlook

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
GRID = Grid.from_bounds(west=120.0, south=29.0, east=122.0, north=30.5, step=0.0025)
BEHIND = (216, 229, 238)
"""The sea of the page, where no tile is."""
COLOURS = {NO_DATA: NO_DATA_COLOUR} | {int(tier): tier.colour for tier in Tier}
SEEN = {code: tuple(bytes.fromhex(colour[1:])) for code, colour in COLOURS.items()} | {NOT_APPLICABLE: BEHIND}


def blocks() -> NDArray[np.int8]:
    """Squares of ten cells in every code, and single red cells in the green ones."""
    y, x = np.mgrid[: GRID.shape[0], : GRID.shape[1]]
    tiers = (y // 10 * 2 + x // 10 * 3) % 7 + NOT_APPLICABLE
    tiers[(y % 10 == 5) & (x % 10 == 5) & (tiers == Tier.GREEN)] = Tier.RED
    return tiers.astype(np.int8)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    windows = {"inundation": tier_pyramid(blocks(), GRID)}
    file = tmp_path_factory.mktemp("tiles") / "map.html"
    file.write_text(build_map(make_outlook(), read_basemap(), windows=windows), encoding="utf-8")
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = chromium.new_page(viewport={"width": 620, "height": 560})
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda r: None if r.url.startswith(("file:", "data:")) else complaints.append(r.url)
        )
        page.goto(file.as_uri())
        page.evaluate(
            """() => {
              document.querySelector("input[value='window:inundation']").click();
              document.querySelectorAll('.leaflet-map-pane > .leaflet-pane').forEach((pane) => {
                if (!pane.classList.contains('leaflet-raster-pane')) pane.style.display = 'none';
              });
              const box = map_riskmap.getContainer();
              document.querySelectorAll('body *').forEach((node) => {
                if (!node.contains(box) && !box.contains(node)) node.style.opacity = 0;
              });
              box.querySelector('.leaflet-control-container').style.display = 'none';
            }"""
        )
        yield page
        chromium.close()
    assert complaints == []


def seen(page: Any, zoom: float, latitude: float, longitude: float) -> NDArray[np.uint8]:
    """Screenshot of the map with a point in its middle."""
    from rasterio.io import MemoryFile

    page.evaluate(
        "([z, y, x]) => { map_riskmap.setView([y, x], z, { animate: false }); }", [zoom, latitude, longitude]
    )
    for _ in range(50):
        if page.evaluate(
            "() => Array.from(document.querySelectorAll('.tier-tiles img')).every((i) => i.complete && i.naturalWidth)"
        ):
            break
        page.wait_for_timeout(20)
    page.wait_for_timeout(60)
    shot = page.locator("#map_riskmap").screenshot()
    with MemoryFile(shot) as memory:
        with pytest.warns(match="no geotransform"):
            file = memory.open()
        with file:
            return np.moveaxis(file.read([1, 2, 3]), 0, 2)


def pixel_of(page: Any, latitude: float, longitude: float) -> tuple[int, int]:
    point = page.evaluate(
        "([y, x]) => { const p = map_riskmap.latLngToContainerPoint([y, x]); return [p.y, p.x]; }",
        [latitude, longitude],
    )
    return int(point[0]), int(point[1])


@pytest.mark.slow
@pytest.mark.parametrize("zoom", [8, 9.25, 9.75, 10, 10.5, 12])
def test_every_pixel_is_of_the_legend(page: Any, zoom: float) -> None:
    pixels = seen(page, zoom, 29.7, 121.1).astype(np.int64) @ (1 << 16, 1 << 8, 1)
    shown = {tuple(int(code).to_bytes(3, "big")) for code in np.unique(pixels)}
    assert shown <= set(SEEN.values())
    assert len(shown) >= 5


def test_corners_and_blocks_are_in_their_place(page: Any) -> None:
    west, south, east, north = GRID.bounds
    cell, tiers = GRID.transform.a, blocks()
    for column, longitude, out in ((0, west, -1), (GRID.shape[1] - 1, east, 1)):
        for row, latitude, up in ((0, north, 1), (GRID.shape[0] - 1, south, -1)):
            picture = seen(page, 12, latitude, longitude)
            inside = pixel_of(page, latitude - up * cell * 1.5, longitude - out * cell * 1.5)
            assert tuple(picture[inside]) == SEEN[int(tiers[row, column])]
            for beyond in ((latitude + up * cell, longitude), (latitude, longitude + out * cell)):
                assert tuple(picture[pixel_of(page, *beyond)]) == BEHIND
    picture = seen(page, 11, 29.75, 121.0)
    for latitude in np.arange(29.7, 29.8, 0.0137):
        for longitude in np.arange(120.93, 121.07, 0.0151):
            cell_at = GRID.index_of(latitude=latitude, longitude=longitude)
            assert cell_at is not None
            around = tiers[cell_at[0] - 1 : cell_at[0] + 2, cell_at[1] - 1 : cell_at[1] + 2]
            assert tuple(picture[pixel_of(page, latitude, longitude)]) in {
                SEEN[int(code)] for code in around.ravel()
            }


def test_a_lone_red_cell_is_seen_from_far_away(page: Any) -> None:
    """A cell is a quarter of a pixel there, yet every green block shows the red cell in its middle."""
    picture = seen(page, 8.6, 29.75, 121.0)
    tiers = blocks()
    middles = [
        (n, m)
        for n in range(5, GRID.shape[0], 10)
        for m in range(5, GRID.shape[1], 10)
        if tiers[n, m - 1] == Tier.GREEN
    ]
    assert len(middles) > 200
    inside = 0
    for row, column in middles:
        y, x = pixel_of(page, GRID.latitude[row], GRID.longitude[column])
        if not (4 <= y < picture.shape[0] - 4 and 4 <= x < picture.shape[1] - 4):
            continue
        inside += 1
        assert (picture[y - 3 : y + 4, x - 3 : x + 4] == SEEN[Tier.RED]).all(axis=2).any()
    assert inside > 50


def test_the_counties_numbers_are_those_of_the_window(page: Any) -> None:
    before = page.text_content("#legend-rows")
    page.evaluate(
        "() => { const s = document.getElementById('hour'); s.value = 0; s.dispatchEvent(new Event('input')); }"
    )
    assert page.text_content("#legend-rows") == before
    assert "时段最重" in page.text_content("#legend-title")
    page.evaluate("() => document.querySelector(\"input[value='combined']\").click()")
    assert page.query_selector(".tier-tiles") is None
