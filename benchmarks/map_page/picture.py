"""Pictures of the map page for README and docs, from a published run: ``python -m benchmarks.map_page.picture out/in-fa``.

The page is opened in Chromium as a reader would; the print view is Chromium's own PDF, rendered grey.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
WINDOW = {"width": 1280, "height": 800}
LANDFALL_SOON = 40
"""Hour of the window that is shown."""


def main(run: Path) -> None:
    """Write ``in-fa-map.png``, ``map-print.png`` and ``map-ensemble.png``."""
    import pypdfium2
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=WINDOW)
        page.goto((run / "map.html").resolve().as_uri() + "#region=330902")  # 定海区, with its reasons
        page.wait_for_selector(".leaflet-region-pane path")
        page.evaluate(
            "h => { const s = document.getElementById('hour'); s.value = h; s.dispatchEvent(new Event('input')); }",
            LANDFALL_SOON,
        )
        page.screenshot(path=IMAGES / "in-fa-map.png")
        pdf = Path(folder) / "map.pdf"
        page.pdf(path=pdf, prefer_css_page_size=True, print_background=True)
        document = pypdfium2.PdfDocument(pdf)
        document[0].render(scale=1.5).to_pil().convert("L").save(IMAGES / "map-print.png", optimize=True)
        document.close()
        page.click("#details .close")
        page.evaluate("() => document.querySelector(\"input[value='ensemble']\").click()")
        page.evaluate("() => { document.getElementById('filter').dispatchEvent(new Event('change')); }")
        page.screenshot(path=IMAGES / "map-ensemble.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
