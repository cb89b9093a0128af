"""What several pages are tested before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskmap.io.basemap import read_basemap
from riskmap.outlook import Outlook
from riskmap.products.map import add_layer, build_map
from tests.browser.maps import SHELTERS, map_outlook
from tests.browser.windows import ARGUMENTS, CHROMIUM
from tests.evac.web.town import Town, people


@pytest.fixture
def town() -> Iterator[Town]:
    """A town's server with its roster, for the phone page."""
    made = Town(people())
    yield made
    made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for the tests of one file: playwright runs once at a time."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def outlook() -> Outlook:
    """What the map of the tools shows."""
    return map_outlook()


@pytest.fixture(scope="package")
def map_file(outlook: Outlook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    found = tmp_path_factory.mktemp("map") / "map.html"
    page = build_map(outlook, read_basemap(), tianditu=False)
    found.write_text(add_layer(page, SHELTERS, name=("避灾点", "Shelters")), encoding="utf-8")
    return found
