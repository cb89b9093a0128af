"""The map in a notebook, and as a file."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from riskmap.errors import DataError, SourceError
from riskmap.products.notebook import RAIN_AS_GIVEN, MapPage, to_map
from tests.factories import make_assessment
from tests.map_pages import block
from tests.outlooks import make_outlook
from tests.storms import moving_storm


@pytest.fixture(scope="module")
def page() -> MapPage:
    storm = moving_storm(north_per_hour=0.08, west_per_hour=0.05).assign_attrs(number="2106", name="In-Fa")
    return to_map(make_assessment(), storm, chinese="烟花", marks=[("回放", "Replay")])


def test_an_assessment_and_its_storm_become_a_page(page: MapPage) -> None:
    assert "台风烟花(2106)" in page.html
    assert "回放" in page.html
    assert tuple(block(page.html)["rainNote"]) == RAIN_AS_GIVEN  # no word of a model that did not make it
    assert len(repr(page)) < 80


def test_the_frame_holds_the_whole_page(page: MapPage) -> None:
    frame = page._repr_html_()
    inside = frame.split('srcdoc="')[1].split('"')[0]
    assert unescape(inside) == page.html


def test_it_is_saved_whole(page: MapPage, tmp_path: Path) -> None:
    path = page.save(tmp_path / "deep" / "map.html")
    assert path.read_text(encoding="utf-8") == page.html


def test_an_assessment_without_a_storm_is_told_of_the_still_map() -> None:
    with pytest.raises(DataError, match="plot_tiers"):
        to_map(make_assessment())


def test_an_outlook_is_drawn_as_it_is() -> None:
    assert "烟花" in to_map(make_outlook()).html


def test_a_published_run_shows_its_own_map(tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text("<p>the map</p>", encoding="utf-8")
    assert to_map(tmp_path).html == "<p>the map</p>"
    with pytest.raises(SourceError, match=r"elsewhere.*map\.html"):
        to_map(tmp_path / "elsewhere")
