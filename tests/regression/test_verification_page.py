"""The published scores are those of the code: lines of the page against a fresh run.

Where one fails, the code has become better or worse: run ``python -m benchmarks.verification`` and read what changed.
"""

from __future__ import annotations

import pytest

from benchmarks.harness import ROOT
from benchmarks.verification import __main__ as script
from benchmarks.verification import page, scores
from riskmap.verify import METHODS, PUBLISHED_LANDFALLS, RadiusScore, verify_radii

TEXT = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8").splitlines()
NAN = float("nan")


@pytest.mark.slow
@pytest.mark.parametrize("number", ["1814", "2004"])
def test_a_storm_s_radii_are_as_published(number: str) -> None:
    assert page.storm_line(number) in TEXT


@pytest.mark.parametrize("number", ["1814", "2106"])
def test_a_storm_s_track_is_as_published(number: str) -> None:
    found = scores.against(number)
    assert found is not None
    assert page.track_line(number, found) in TEXT


@pytest.mark.parametrize("number", list(PUBLISHED_LANDFALLS))
def test_landfalls_are_as_published(number: str) -> None:
    found = [page.landfall_line(number, whose, score) for whose, score in scores.landfalls(number)]
    assert found
    assert [line for line in found if line not in TEXT] == []


@pytest.mark.skipif(not scores.CENTRE.is_file(), reason="the bulletins are not beside the checkout")
def test_in_fa_by_the_chinese_centre_is_as_published() -> None:
    for score in verify_radii(scores.centre(), methods=["holland_1980", "past"]):
        assert page.centre_line(score) in TEXT
    for whose, one in scores.centre_landfalls():
        assert page.landfall_line("2106", whose, one) in TEXT


def test_every_storm_and_method_has_its_line() -> None:
    starts = {line.split("|")[1].strip() for line in TEXT if line.startswith("|")}
    assert {f"`{method}`" for method in METHODS} <= starts
    assert {start.split(" ")[0] for start in starts} >= set(scores.STORMS)


def test_pooling_counts_each_quadrant_once() -> None:
    one = RadiusScore("past", 15.4, "30 kt", 3, 1, 0, 200e3, 10e3, 10e3, 60e3)
    other = RadiusScore("past", 15.4, "30 kt", 1, 0, 2, 100e3, -30e3, 30e3, 30e3)
    none = RadiusScore("past", 15.4, "30 kt", 0, 0, 5, NAN, NAN, NAN, NAN)
    found = scores.pooled([one, other, none])
    assert (found.hits, found.misses, found.false_alarms) == (4, 1, 7)
    assert found.mean_reported == pytest.approx((4 * 200e3 + 100e3) / 5)
    assert found.bias == pytest.approx(0.0)
    assert found.mean_absolute_error_all == pytest.approx((4 * 60e3 + 30e3) / 5)


def test_without_the_bulletins_the_page_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "CENTRE", ROOT / "nowhere.csv")
    before = script.PAGE.read_bytes()
    assert script.main() == 2
    assert script.PAGE.read_bytes() == before
    assert "left as it is" in capsys.readouterr().err
