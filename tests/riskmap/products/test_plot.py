"""The still map: every tier told by colour, hatch and number; grey and the disclaimer always there."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from riskmap.errors import DataError, MissingExtraError
from riskmap.products.plot import HATCHES, chosen_tiers, plot_tiers, tiers_picture
from riskmap.scale import DISCLAIMER, NO_DATA, NO_DATA_COLOUR, Tier
from tests.factories import make_assessment
from tests.outlooks import make_outlook


def fills(axes: Any) -> dict[str, int]:
    """Fill colour -> regions."""
    return {
        to_hex(collection.get_facecolor()[0]).upper(): len(collection.get_paths())
        for collection in axes.collections
        if len(collection.get_facecolor())
    }


def test_every_region_is_filled_in_its_tiers_colour() -> None:
    outlook = make_outlook()
    for hour in (None, 0, 3):
        tiers = chosen_tiers(outlook.assessment, hour, None)
        colours = [NO_DATA_COLOUR if t == NO_DATA else Tier(int(t)).colour for t in tiers]
        assert fills(plot_tiers(outlook, hour)) == {c: colours.count(c) for c in colours}


def test_number_hatch_legend_and_disclaimer() -> None:
    outlook = make_outlook()
    axes = plot_tiers(outlook)
    tiers = chosen_tiers(outlook.assessment, None, None)
    numbers = [text.get_text().split("\n")[-1] for text in axes.texts]
    assert numbers == ["–" if t == NO_DATA else str(int(t)) for t in tiers]
    hatched = {collection.get_hatch() for collection in axes.collections} - {None}
    assert hatched == {HATCHES[Tier(int(t))] for t in tiers if t > 0}
    legend = axes.get_legend()
    assert legend is not None
    rows = [text.get_text() for text in legend.get_texts()]
    assert [row[0] for row in rows] == ["4", "3", "2", "1", "0", "–"]
    assert rows[-1].startswith("– 无数据")
    assert DISCLAIMER[0] in axes.get_xlabel()
    assert "回放" in axes.get_xlabel()
    assert "烟花" in axes.get_title()


def test_hatches_differ_in_form() -> None:
    assert len({frozenset(hatch) for hatch in HATCHES.values()}) == len(HATCHES)


def test_one_hazard_on_axes_of_ones_own() -> None:
    mine = Figure().subplots()
    axes = plot_tiers(make_assessment(), 1, "rain", ax=mine)
    assert axes is mine
    assert "暴雨" in axes.get_title()
    assert "台风" not in axes.get_title()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_tiers_give_the_same_bytes(form: Any) -> None:
    outlook = make_outlook()
    first = tiers_picture(outlook, form=form, dpi=60)
    assert tiers_picture(outlook, form=form, dpi=60) == first
    assert {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF-"}[form] == first[: 5 if form != "png" else 4]


def test_the_chinese_font_is_found() -> None:
    """A missing glyph would be a warning, which the tests turn into an error."""
    picture = tiers_picture(make_outlook(), dpi=80)
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))
    assert (pixels < 128).any()


@pytest.mark.parametrize(
    ("hour", "hazard", "word"),
    [(99, None, "no such hour"), (None, "storm_tide", "not assessed"), (0, "quake", "not assessed")],
)
def test_what_is_not_there_is_refused(hour: int | None, hazard: str | None, word: str) -> None:
    with pytest.raises(DataError, match=word):
        plot_tiers(make_outlook(), hour, hazard)


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.font_manager", None)
    with pytest.raises(MissingExtraError, match=r"riskmap\[plot\]"):
        plot_tiers(make_outlook())
