"""The map in a real browser without a network: it draws, it answers, it asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riskmap.assessment import Assessment
from riskmap.io.basemap import read_basemap
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.products.map import build_map
from riskmap.scale import DISCLAIMER, NO_DATA_COLOUR, Tier
from tests.browser.windows import DESKTOP, MARKS, PHONE, Window, opened
from tests.outlooks import make_outlook, wind_over

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = MARKS
PALETTE = {tier.colour.lower() for tier in Tier} | {NO_DATA_COLOUR.lower()}


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    regions = read_regions(
        bundled("admin/zhejiang_district_simple.geojson"),
        population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"),
    )
    return wind_over(regions)


@pytest.fixture(scope="module")
def page_file(assessment: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    links = {"330902": {"PDF": "letters/330902/letter.pdf"}}
    file = tmp_path_factory.mktemp("map") / "map.html"
    file.write_text(build_map(make_outlook(assessment), read_basemap(), links=links), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def desktop(browser: Any, page_file: Path) -> Iterator[Window]:
    window = opened(browser, page_file, DESKTOP)
    yield window
    window.page.close()


@pytest.fixture(scope="module")
def phone(browser: Any, page_file: Path) -> Iterator[Window]:
    window = opened(browser, page_file, PHONE)
    yield window
    window.page.close()


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test: nothing was asked for, nothing complained about."""
    yield
    for name in ("desktop", "phone"):
        if name in request.fixturenames:
            window = request.getfixturevalue(name)
            assert window.requests == []
            assert window.complaints == []


@pytest.mark.slow
def test_every_county_is_drawn_in_a_colour_of_the_legend(desktop: Window, assessment: Assessment) -> None:
    desktop.choose("combined")
    for hour in (0, 6, 12):
        desktop.go_to(hour)
        wanted = [Tier(int(t)).colour.lower() for t in assessment.combined[hour]]
        assert desktop.fills() == wanted
        assert set(wanted) <= PALETTE
    opacity = desktop.page.eval_on_selector_all(
        ".leaflet-region-pane path", "paths => paths.map(p => p.getAttribute('fill-opacity'))"
    )
    assert set(opacity) == {"1"}


def test_the_slider_changes_the_colours_and_the_clock(desktop: Window) -> None:
    desktop.choose("combined")
    desktop.go_to(0)
    before, clock = desktop.fills(), desktop.page.inner_text("#now")
    desktop.page.focus("#hour")
    for _ in range(9):
        desktop.page.keyboard.press("ArrowRight")
    assert desktop.fills() != before
    assert "07-24 周六 12:30" in clock
    assert "07-24 周六 21:30" in desktop.page.inner_text("#now")
    assert "+9 h" in desktop.page.inner_text("#now")


def test_play_moves_on_and_stops(desktop: Window) -> None:
    desktop.go_to(0)
    desktop.page.click("#play")
    for _ in range(40):  # polled from here: the page's policy forbids the evaluated waiting of the driver
        if desktop.page.input_value("#hour") != "0":
            break
        desktop.page.wait_for_timeout(50)
    desktop.page.click("#play")
    assert int(desktop.page.input_value("#hour")) >= 1
    assert desktop.page.get_attribute("#play", "aria-pressed") == "false"


def test_the_legend_counts_every_county_once(desktop: Window, assessment: Assessment) -> None:
    for layer in ("combined", "tier:wind", "tier:rain"):
        desktop.choose(layer)
        for hour in (0, 8):
            desktop.go_to(hour)
            assert sum(desktop.counts().values()) == len(assessment.regions) == 90
    desktop.choose("combined")
    wanted = assessment.counts(8)
    assert desktop.counts() == {-1 if tier is None else int(tier): n for tier, n in wanted.items()}


def test_the_layers_exclude_each_other(desktop: Window) -> None:
    desktop.go_to(8)
    desktop.choose("combined")
    combined = desktop.fills()
    desktop.choose("tier:rain")
    assert set(desktop.fills()) == {Tier.GREEN.colour.lower()} != set(combined)
    desktop.choose("raster:wind")
    image = desktop.page.get_attribute("img.raster", "src")
    assert image.startswith("data:image/png;base64,")
    opacity = "paths => paths.map(p => p.getAttribute('fill-opacity'))"
    assert set(desktop.page.eval_on_selector_all(".leaflet-region-pane path", opacity)) == {"0"}
    desktop.choose("surge")
    assert desktop.page.query_selector("img.raster") is None
    assert set(desktop.page.eval_on_selector_all(".leaflet-region-pane path", opacity)) == {"0"}
    assert "未分级" in desktop.page.inner_text("#legend")
    assert desktop.page.query_selector_all(".surge-label")
    desktop.choose("combined")
    assert desktop.fills() == combined
    assert desktop.page.query_selector(".surge-label") is None
    assert len(desktop.page.query_selector_all("#layers input:checked")) == 1


def test_a_lacking_hazard_is_named_but_cannot_be_chosen(desktop: Window) -> None:
    assert "未评估: 风暴潮" in desktop.page.inner_text("#layers")
    assert desktop.page.query_selector("input[value='tier:storm_tide']") is None


def test_rain_says_that_it_is_modelled(desktop: Window) -> None:
    for layer in ("tier:rain", "raster:rain"):
        desktop.choose(layer)
        assert "非实况观测" in desktop.page.inner_text("#legend")
    desktop.choose("combined")


def test_a_click_gives_reasons_with_value_threshold_and_source(
    desktop: Window, assessment: Assessment
) -> None:
    desktop.choose("combined")
    desktop.go_to(12)
    code = "330902"
    # a real click, where the county's number stands: labels let the pointer through
    label = desktop.page.query_selector(f".leaflet-number-pane .label[data-code='{code}']").bounding_box()
    assert label is not None
    desktop.page.mouse.click(label["x"], label["y"])
    text = desktop.details()
    reason = assessment.at(code, 12).driver
    assert reason is not None
    assert reason.threshold is not None
    region = assessment.region(code)
    for word in (
        region.name,
        code,
        f"{region.population:,}",
        "来源",
        "可信度",
        "面积占比",
        "涉及人口",
        "模型估算",
    ):
        assert word in text
    assert f"{reason.metric.chinese} {reason.value:.1f} m/s ≥ {reason.threshold:g} m/s" in text
    assert f"{reason.metric.source} [{reason.metric.status}" in text
    assert desktop.page.get_attribute("#details .links a", "href") == "letters/330902/letter.pdf"
    desktop.page.click("#details .close")
    assert "本时次县区等级" in desktop.details()


def test_the_worst_hour_is_one_click_away(desktop: Window, assessment: Assessment) -> None:
    desktop.choose("combined")
    desktop.page.click("#peak")
    desktop.page.click("#details .ranking button")
    found = re.search(r"代码 (\d{6})", desktop.details())
    assert found
    worst = assessment.worst(found[1])
    assert worst.tier is not None
    desktop.go_to(0)
    card = desktop.page.locator("#details .tiers button")
    assert worst.tier.risk_words in card.inner_text()
    card.click()
    assert int(desktop.page.input_value("#hour")) == assessment.valid_at.index(worst.valid_at)
    desktop.page.click("#details .close")


def test_the_number_stands_beside_the_colour(desktop: Window, assessment: Assessment) -> None:
    desktop.choose("combined")
    desktop.go_to(8)
    numbers = desktop.page.eval_on_selector_all(".label b", "b => b.map(x => x.textContent)")
    assert len(numbers) > 50  # the smallest counties wait for a closer look
    assert set(numbers) == {str(int(t)) for t in set(assessment.combined[8].tolist())}


def test_the_storm_is_drawn_with_its_circles(desktop: Window) -> None:
    desktop.go_to(6)
    assert desktop.page.query_selector(".storm-icon svg") is not None
    assert desktop.page.query_selector("path.track-past") is not None
    assert desktop.page.query_selector("path.track-ahead[stroke-dasharray]") is not None
    assert len(desktop.page.query_selector_all("path.wind-circle")) == 2


def test_english_and_back(desktop: Window) -> None:
    desktop.page.click("#language")
    assert desktop.page.inner_text("h1") == "Typhoon In-Fa (2106): five-colour risk map"
    assert DISCLAIMER[1] in desktop.page.inner_text(".head")
    assert "red" in desktop.page.inner_text("#legend")
    assert desktop.page.evaluate("document.documentElement.lang") == "en"
    desktop.page.click("#language")
    assert DISCLAIMER[0] in desktop.page.inner_text(".head")


def test_a_phone_shows_everything_without_scrolling_sideways(phone: Window) -> None:
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for selector in ("h1", ".disclaimer", "#legend", "#play", "#hour", "#panel-toggle"):
        box = page.query_selector(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"], selector
    assert not page.is_visible("#panel-body")
    page.click("#panel-toggle")
    assert page.is_visible("#panel-body")
    page.click("#panel-toggle")
    assert not page.is_visible("#panel-body")


def test_a_link_can_name_the_county(browser: Any, page_file: Path) -> None:
    window = opened(browser, page_file, PHONE, "#region=330902")
    assert "定海区" in window.details()
    assert window.page.is_visible("#panel-body")
    window.page.close()


def test_the_page_is_not_blank(desktop: Window) -> None:
    """Screenshot pixels: each tier colour of the legend is really on the screen."""
    from rasterio.io import MemoryFile

    desktop.choose("combined")
    desktop.go_to(12)
    shot = desktop.page.locator(".folium-map").screenshot()
    with MemoryFile(shot) as memory:
        with pytest.warns(match="no geotransform"):
            file = memory.open()
        with file:
            pixels = file.read([1, 2, 3]).reshape(3, -1).T
    for tier, n in desktop.counts().items():
        if tier >= 0 and n > 3:
            colour = tuple(bytes.fromhex(Tier(tier).colour[1:]))
            assert (pixels == colour).all(axis=1).sum() > 200, Tier(tier).name
