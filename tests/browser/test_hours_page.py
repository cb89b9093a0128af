"""A drill's page of hours in a real Chromium, offline: not blank, a clean console, and slider, map and table moving together."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evac.cockpit.hours import build_hours
from evac.drill import run_drill
from evac.store.memory import MemoryStore
from tests.factories import make_assessment

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        own = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        try:
            opened = started.chromium.launch(executable_path=own, args=["--no-sandbox", "--disable-gpu"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium here: {error}")
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assessment = make_assessment(49)
    drill = run_drill(assessment, MemoryStore(), persons=800, seed=2)
    file = tmp_path_factory.mktemp("hours") / "hours.html"
    file.write_text(build_hours(assessment, drill, {"marks": ["回放"]}), encoding="utf-8")
    return file


@pytest.fixture
def page(browser: Any, page_file: Path) -> Iterator[Any]:
    context = browser.new_context(offline=True, viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on(
        "request", lambda request: None if request.url.startswith("file:") else said.append(request.url)
    )
    opened.goto(page_file.as_uri())
    yield opened
    context.close()
    assert said == []


def number(page: Any, selector: str) -> int:
    return int(page.locator(selector).inner_text().replace(",", ""))


@pytest.mark.slow
def test_headline_map_and_table_move_together(page: Any, page_file: Path) -> None:
    found = re.search(r'id="data">(.*?)</script>', page_file.read_text(encoding="utf-8"), re.S)
    assert found
    data = json.loads(found[1])
    seen = set()
    for hour in (0, 20, 24, 30, 48):
        page.locator("#hour").fill(str(hour))
        assert page.locator("#time").inner_text().startswith(data["hours"][hour])
        assert number(page, "#headline") == data["headline"][hour]
        assert number(page, "#due") == sum(data["due"][hour])
        sums = page.locator("#sum td").all_inner_texts()
        assert sums[-1] == "✓"
        assert int(sums[1].replace(",", "")) == sum(data["due"][hour])
        assert sum(int(n.replace(",", "")) for n in sums[2:-2]) == sum(data["due"][hour])
        assert page.locator("#rows td.ok").count() == len(data["counties"])
        labels = page.locator("#map text").evaluate_all("list => list.map(t => t.textContent)")
        assert labels == ["" if text == "0" else text for text in data["labels"][hour]]
        seen.add(tuple(page.locator("#map path.on").evaluate_all("list => list.map(p => p.style.fill)")))
    assert len(seen) > 1


def test_the_page_is_drawn_and_the_banner_stays(page: Any) -> None:
    assert page.locator("#map path.on").count() == 4
    assert page.locator("#map path.off").count() == 2
    assert page.locator("#curve path").count() == 2
    box = page.locator("#map").bounding_box()
    assert box["width"] > 250
    assert box["height"] > 40
    page.mouse.wheel(0, 3000)
    assert page.locator(".banner").is_visible()
    assert page.locator(".banner").bounding_box()["y"] == 0


def test_a_click_on_the_map_marks_the_row_and_the_player_plays(page: Any) -> None:
    page.locator("#map path.on").first.click()
    assert page.locator("#rows tr.chosen").count() == 1
    page.locator("#rows tr").nth(1).click()
    assert "chosen" in (page.locator("#map path.on").nth(1).get_attribute("class") or "")
    before = page.locator("#time").inner_text()
    page.locator("#play").click()
    page.wait_for_function("before => document.getElementById('time').textContent !== before", arg=before)
    page.locator("#play").click()


def test_a_calm_page_says_so(browser: Any, tmp_path: Path) -> None:
    calm = make_assessment()
    calm.table["tier"].values[:] = 0
    file = tmp_path / "calm.html"
    file.write_text(build_hours(calm, run_drill(calm, MemoryStore()), {}, pendants=False), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(file.as_uri())
    assert "无橙色或红色县" in opened.locator("body").inner_text()
    assert not opened.locator("main").is_visible()
    opened.close()
