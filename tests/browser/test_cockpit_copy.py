"""The cockpit's copy in a real Chromium with the network cut: every level, wall and phone, keyboard, names that are no markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evac.cockpit.frozen import build_copy
from evac.situation.document import to_json
from evac.situation.outlines import drawing
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from tests.browser.windows import MARKS, PHONE, Window
from tests.evac.cockpit.screens import EVIL, drawings, screens, texts
from tests.evac.situation.sample import larger_situation

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = MARKS
WALL, WALL_4K = {"width": 1920, "height": 1080}, {"width": 3840, "height": 2160}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("copy") / "index.html"
    path.write_text(build_copy(texts(screens()), drawings(), home="33"), encoding="utf-8")
    return path


class Copy(Window):
    """A window on the copy without a network."""

    def __init__(self, browser: Any, file: Path, size: dict[str, int], fragment: str = "") -> None:
        self.context = browser.new_context(viewport=size, offline=True)
        super().__init__(self.context.new_page())
        self.page.goto(file.as_uri() + fragment)
        self.page.wait_for_selector("body.on")

    def close(self) -> None:
        assert self.requests == []
        assert self.complaints == []
        self.context.close()

    def at(self, name: str) -> bool:
        """Whether a screen comes up; polled from here, since the page's policy forbids evaluated waiting."""
        for _ in range(60):
            if self.page.inner_text("#place") == name:
                return True
            self.page.wait_for_timeout(50)
        return False


@pytest.fixture
def wall(browser: Any, file: Path) -> Iterator[Copy]:
    window = Copy(browser, file, WALL)
    yield window
    window.close()


@pytest.fixture
def phone(browser: Any, file: Path) -> Iterator[Copy]:
    window = Copy(browser, file, PHONE, "#/330902")
    yield window
    window.close()


def test_a_click_leads_down_and_the_crumbs_and_the_browser_lead_back(wall: Copy) -> None:
    page = wall.page
    assert wall.at("浙江省")
    page.click("#regions a:text('舟山市')")
    assert wall.at("舟山市")
    assert page.url.endswith("#/3309")
    page.click(".area[data-code='330902']")
    assert wall.at("定海区")
    page.click("#shelters a:text('甲镇中学')")
    assert wall.at("甲镇中学")
    assert page.inner_text(".occupancy b") == "2,100"
    page.go_back()
    assert wall.at("定海区")
    page.click("#crumbs a:text('浙江省')")
    assert wall.at("浙江省")


def test_the_keyboard_goes_everywhere_that_the_mouse_goes(wall: Copy) -> None:
    page = wall.page
    page.focus(".area[data-code='330902']")
    page.keyboard.press("Enter")
    assert wall.at("定海区")
    page.keyboard.press("Backspace")
    assert wall.at("舟山市")
    page.keyboard.press("2")
    page.wait_for_selector("#view-handover .sheet")
    assert page.locator("#view-handover .sheet").is_visible()
    page.keyboard.press("3")
    page.wait_for_selector(".stage")
    assert page.locator(".stage").count() == 5
    page.keyboard.press("1")
    before = page.get_attribute(".strip-slider", "aria-valuenow")
    page.focus(".strip-slider")
    page.keyboard.press("ArrowRight")
    assert int(page.get_attribute(".strip-slider", "aria-valuenow")) == int(before) + 1
    assert (
        page.evaluate("document.activeElement.className") == "strip-slider"
    )  # drawn anew, and still in the hand
    assert "预报时次" in page.inner_text(".hourline")
    page.keyboard.press("Escape")
    assert "现在" in page.inner_text(".hourline")


def test_colours_have_words_and_no_data_is_grey_never_green(wall: Copy) -> None:
    told = screens()["33"].tiers
    assert told is not None
    assert told.now is not None
    page = wall.page
    areas = page.eval_on_selector_all(
        ".area",
        "list => list.map(a => [a.dataset.code, a.dataset.tier, getComputedStyle(a).fill, a.getAttribute('aria-label')])",
    )
    colours = {"3": "rgb(242, 140, 40)", "-1": "rgb(184, 184, 184)", "0": "rgb(168, 220, 164)"}
    words = {"3": "橙", "-1": "无数据", "0": "绿"}
    assert {code: int(tier) for code, tier, _, _ in areas} == {
        code: row[told.now] for code, row in told.rows.items()
    }
    for _, tier, fill, spoken in areas:
        assert fill == colours[tier]
        assert words[tier] in spoken
    names = page.eval_on_selector_all(".names text", "list => list.map(t => t.textContent)")
    assert len(names) >= len(areas)
    legend = page.eval_on_selector_all(
        "#legend [data-tier]", "list => list.map(x => [x.dataset.tier, +x.lastChild.textContent])"
    )
    assert sum(n for _, n in legend) == len(areas)


def test_figures_are_those_of_the_document(wall: Copy) -> None:
    page = wall.page
    found = screens()["33"]
    assert found.head_count is not None
    assert found.letters is not None
    for name in ("unaccounted", "due", "moved", "in_transit", "not_moved"):
        assert page.inner_text(f"[data-figure={name}] .kpi-value") == f"{found.head_count.figures[name]:,}"
    assert page.inner_text("[data-figure=answered] .kpi-value") == "5 / 6"
    assert page.inner_text("[data-figure=missing] b") == "2"
    rows = page.eval_on_selector_all("#regions tbody tr", "list => list.map(r => r.innerText)")
    assert len(rows) == 2  # cities
    page.click("#regions button:text('按县')")
    assert page.locator("#regions tbody tr").count() == len(found.rows)
    moved = page.eval_on_selector_all("#regions .pair", "list => list.map(p => p.textContent)")
    assert sorted(moved) == sorted(f"{row.moved:,} / {row.due:,}" for row in found.rows)


def test_response_and_tier_are_two_fields_and_the_disclaimer_stands(wall: Copy) -> None:
    page = wall.page
    assert "较高风险" in page.inner_text("#tier")
    assert "Ⅰ级" in page.inner_text("#response")
    assert "响应" not in page.inner_text("#tier")
    assert page.inner_text("#disclaimer") == "风险研判产品,非气象预警信号"
    assert page.inner_text("#event .mark") == "演练"
    assert "演练" in page.evaluate("getComputedStyle(document.body, '::after').content")


def test_a_copy_says_of_when_it_is_and_what_was_stale(wall: Copy) -> None:
    said = wall.page.inner_text("#warning")
    assert "离线静态副本" in said
    assert "2021-07-24 20:00" in said
    assert "风险研判 4 小时" in said
    assert "未读到" in wall.page.inner_text("[data-source=supplies]")


@pytest.mark.slow
@pytest.mark.parametrize("size", [WALL, WALL_4K], ids=["1080", "2160"])
@pytest.mark.parametrize("code", ["33", "330902"])
def test_a_wall_shows_everything_at_once_and_large_enough(
    browser: Any, file: Path, size: dict[str, int], code: str
) -> None:
    window = Copy(browser, file, size, f"#/{code}")
    page = window.page
    page.wait_for_timeout(100)
    overflow = page.evaluate(
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    )
    assert overflow == [0, 0]
    assert (
        page.evaluate(
            "(() => { const m = document.querySelector('main'); return m.scrollHeight - m.clientHeight; })()"
        )
        <= 1
    )
    small = page.evaluate(SMALL, size["width"] / 1920)
    assert small == []
    cut = page.evaluate(CUT)
    assert cut == []
    window.close()


SMALL = """(scale) => {
  const found = [];
  document.querySelectorAll('body *').forEach((node) => {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    const box = node.getBoundingClientRect();
    if (!own || !box.width || node.closest('svg')) return;
    const size = parseFloat(getComputedStyle(node).fontSize);
    if (size < 13.5 * scale) found.push([node.textContent, size]);
  });
  return found;
}"""
"""Texts that are too small for a wall: 13.5 px on 1920 are 8.5 mm on a screen of 1.2 m, read from three metres (1/350)."""

CUT = """() => {
  const found = [];
  document.querySelectorAll('.overview .card').forEach((card) => {
    const edge = card.getBoundingClientRect().bottom + 1;
    card.querySelectorAll('p, li, tr, h2').forEach((line) => {
      const list = line.closest('.scroll');
      const box = line.getBoundingClientRect();
      const end = list ? Math.min(edge, list.getBoundingClientRect().bottom + 1) : edge;
      const start = list ? list.getBoundingClientRect().top : 0;
      if (box.height && box.top < end - 2 && box.bottom > end + 2 && box.top >= start) found.push(line.textContent);
    });
  });
  return found;
}"""
"""Lines that are cut through the middle."""


@pytest.mark.slow
@pytest.mark.parametrize("view", ["", "/handover", "/lists"])
@pytest.mark.parametrize("code", ["33", "3309", "330902", "S1"])
def test_a_phone_never_scrolls_sideways(browser: Any, file: Path, code: str, view: str) -> None:
    window = Copy(browser, file, PHONE, f"#/{code}{view}")
    assert window.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    window.close()


def test_a_phone_has_what_is_grave_first(phone: Copy) -> None:
    tops = phone.page.evaluate(
        "['figures', 'alarms', 'deadlines', 'regions', 'map'].map((id) => document.getElementById(id).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert phone.page.locator(".tile").count() == 2  # a county without outlines of its towns


CONTRAST = """() => {
  const lin = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); };
  const parse = (t) => { const m = t.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = (c) => 0.2126 * lin(c[0]) + 0.7152 * lin(c[1]) + 0.0722 * lin(c[2]);
  const ground = (node) => { for (; node; node = node.parentElement) { const c = parse(getComputedStyle(node).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  const found = [];
  document.querySelectorAll('body *').forEach((node) => {
    if (![...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim()) || node.closest('svg') || !node.getBoundingClientRect().width) return;
    let faded = 1; for (let n = node; n; n = n.parentElement) faded *= +getComputedStyle(n).opacity;
    if (faded < 1) return;
    const style = getComputedStyle(node);
    const a = light(parse(style.color)), b = light(ground(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push([node.textContent.slice(0, 30), style.color, ground(node).join(), ratio]);
  });
  return found;
}"""


@pytest.mark.parametrize("view", ["", "/handover", "/lists"])
def test_every_text_stands_out_from_its_ground(wall: Copy, view: str) -> None:
    """WCAG 2.1 AA, 4.5 to 1."""
    wall.page.goto(wall.page.url.split("#")[0] + f"#/330902{view}")
    wall.page.wait_for_timeout(50)
    assert wall.page.evaluate(CONTRAST) == []


def test_names_are_never_markup(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "evil.html"
    path.write_text(build_copy(texts(screens(evil=True)), drawings(), home="330902"), encoding="utf-8")
    for view in ("", "/handover", "/lists"):
        window = Copy(browser, path, WALL, f"#/330902{view}")
        page = window.page
        assert page.evaluate(
            "window.hit === undefined && document.querySelectorAll('main img, main script, header img').length === 0"
        )
        assert window.at(EVIL)
        assert EVIL in page.inner_text("main")
        window.close()


def test_english_on_demand(wall: Copy) -> None:
    page = wall.page
    page.click("#language")
    assert "not yet safe" in page.inner_text("[data-figure=unaccounted]")
    assert page.get_attribute("html", "lang") == "en"
    assert page.inner_text("[data-source=run] .what") == "Risk analysis"
    assert "Wind" in page.inner_text("#ahead")
    assert "no order yet" in page.inner_text("[data-figure=due]")
    assert "Missing: 2 甲镇" in page.inner_text("#alarms")
    assert "Shelters full: 2100/2000 甲镇中学" in page.inner_text("#alarms")
    assert "Risk notice 浙防指函〔2021〕3号" in page.inner_text("#letters")
    assert "to be answered" in page.inner_text("#deadlines")
    # English words are longer: the banner lies between tabs and tools, over neither
    said, tabs, tools = (page.locator(at).bounding_box() for at in ("#warning", "#tabs", ".tools"))
    assert said
    assert tabs
    assert tools
    assert tabs["x"] + tabs["width"] <= said["x"]
    assert said["x"] + said["width"] <= tools["x"]
    page.click("#language")
    assert "失联 2 人 甲镇" in page.inner_text("#alarms")
    assert "尚未安全" in page.inner_text("[data-figure=unaccounted]")


def test_the_strip_of_few_hazards_ends_inside_its_card(wall: Copy) -> None:
    card, strip = (wall.page.locator(at).bounding_box() for at in ("#ahead", ".strip"))
    assert card
    assert strip
    assert strip["height"] > 0
    assert strip["y"] + strip["height"] <= card["y"] + card["height"]
    assert wall.page.locator("#ahead .ticks span").first.is_visible()


def test_a_shelter_is_shown_with_the_region_in_which_it_lies(wall: Copy) -> None:
    first = wall.page.locator("#shelters li .what").first
    assert first.locator("small").count() == 1
    assert first.locator("small").inner_text().strip()


def test_a_screen_that_is_not_in_the_copy_says_so(wall: Copy) -> None:
    wall.page.goto(wall.page.url.split("#")[0] + "#/3310")
    wall.page.wait_for_selector("#fault:not([hidden])")
    assert "离线副本不含此页" in wall.page.inner_text("#fault")
    wall.page.click("#fault a")
    wall.page.wait_for_selector("body.on")
    assert wall.at("浙江省")


def test_a_province_is_there_within_a_second(browser: Any, tmp_path: Path) -> None:
    regions = read_regions(
        bundled("admin/zhejiang_district_simple.geojson"),
        population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"),
    )
    path = tmp_path / "province.html"
    first = larger_situation(90)
    rows = tuple(
        replace(row, code=r.code, name=r.name, city=r.city_name)
        for row, r in zip(first.rows, regions, strict=True)
    )
    page = build_copy({"33": to_json(replace(first, rows=rows))}, {"33": drawing(regions)}, home="33")
    path.write_text(page, encoding="utf-8")
    context = browser.new_context(viewport=WALL, offline=True)
    window = context.new_page()
    tracing = context.new_cdp_session(window)
    tracing.send("Performance.enable", {"timeDomain": "threadTicks"})
    window.goto(path.as_uri())
    window.wait_for_selector("body.on")
    assert window.locator(".area").count() == 90
    assert window.evaluate("performance.getEntriesByName('drawn').length") == 1
    told = {one["name"]: one["value"] for one in tracing.send("Performance.getMetrics")["metrics"]}
    # seconds of the page's own thread, reading, layout and scripts together: what else runs on the machine is not in it
    assert 0 < told["TaskDuration"] < 1
    context.close()


def test_it_prints_on_paper_without_its_tools(wall: Copy) -> None:
    wall.page.emulate_media(media="print")
    assert not wall.page.locator(".bar-tabs").is_visible()
    assert wall.page.locator("#disclaimer").is_visible()
    pdf = wall.page.pdf(format="A4", landscape=True)
    assert pdf.startswith(b"%PDF")
