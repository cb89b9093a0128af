"""One page of the map in Chromium, with what it asked for and what it complained about."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH"),
    # a failing test leaves playwright's sockets to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


class Window:
    """A page that may load nothing but itself."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/*", self._allow_only_the_page)

    def _allow_only_the_page(self, route: Any) -> None:
        if route.request.url.startswith(("file:", "data:")):
            route.continue_()
        else:
            self.requests.append(route.request.url)
            route.abort()

    def go_to(self, hour: int) -> None:
        self.page.evaluate(
            "h => { const s = document.getElementById('hour'); s.value = h; s.dispatchEvent(new Event('input')); }",
            hour,
        )

    def choose(self, layer: str, name: str = "layer") -> None:
        self.page.evaluate(
            "([n, v]) => document.querySelector(`input[name='${n}'][value='${v}']`).click()", [name, layer]
        )

    def fills(self) -> list[str]:
        """Fill of each region's path, in the order of the codes."""
        found: list[tuple[str, str]] = self.page.eval_on_selector_all(
            ".leaflet-region-pane path", "paths => paths.map(p => [p.dataset.code, p.getAttribute('fill')])"
        )
        return [colour.lower() for _, colour in sorted(found)]

    def counts(self) -> dict[int, int]:
        cells = self.page.eval_on_selector_all(
            "#legend-rows [data-tier]", "c => c.map(x => [x.dataset.tier, x.textContent])"
        )
        return {int(tier): int(re.sub(r"\D", "", text)) for tier, text in cells}

    def details(self) -> str:
        text: str = self.page.inner_text("#details")
        return text

    def only(self, *panes: str) -> None:
        """Hide everything but some panes of the map; the ground is white."""
        self.page.evaluate(
            """(kept) => {
              const box = map_riskmap.getContainer();
              document.querySelectorAll('.leaflet-map-pane > .leaflet-pane').forEach((pane) => {
                pane.style.display = kept.some((name) => pane.classList.contains(`leaflet-${name}-pane`)) ? '' : 'none';
              });
              document.querySelectorAll('body *').forEach((node) => {
                if (!node.contains(box) && !box.contains(node)) node.style.opacity = kept.length ? 0 : '';
              });
              box.querySelector('.leaflet-control-container').style.display = kept.length ? 'none' : '';
              box.style.setProperty('background', kept.length ? '#ffffff' : '', 'important');
            }""",
            list(panes),
        )

    def everything(self) -> None:
        """Undo ``only``."""
        self.only()
        self.page.evaluate(
            "() => document.querySelectorAll('.leaflet-map-pane > .leaflet-pane').forEach((pane) => { pane.style.display = ''; })"
        )

    def pixels(self) -> NDArray[np.uint8]:
        """The map as it is seen, (row, column, colour)."""
        return picture(self.page.locator(".folium-map").screenshot())


def picture(png: bytes) -> NDArray[np.uint8]:
    """Pixels of a PNG, (row, column, colour)."""
    from rasterio.io import MemoryFile

    with MemoryFile(png) as memory:
        with pytest.warns(match="no geotransform"):
            file = memory.open()
        with file:
            return np.moveaxis(file.read([1, 2, 3]), 0, -1)


def opened(browser: Any, file: Path, size: dict[str, int], fragment: str = "", script: str = "") -> Window:
    """A new window on a page; ``script`` runs before the page's own."""
    window = Window(browser.new_page(viewport=size))
    if script:
        window.page.add_init_script(script)
    window.page.goto(file.as_uri() + fragment)
    window.page.wait_for_selector(".leaflet-region-pane path")
    return window
