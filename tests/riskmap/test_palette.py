"""Colours that people can tell apart: our measure against another library's, and palettes that are refused."""

from __future__ import annotations

from itertools import combinations

import colorspacious
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import ConfigError
from riskmap.palette import (
    DEFICIENCIES,
    GOOD_DIFFERENCE,
    LEAST_DIFFERENCE,
    Palette,
    ciede2000,
    closest,
    read_palette,
)
from riskmap.scale import NO_DATA_COLOUR, Tier

BUNDLED = [tier.colour for tier in Tier]
CVD = {"protanopia": "protanomaly", "deuteranopia": "deuteranomaly", "tritanopia": "tritanomaly"}

SHARMA = (  # Sharma, Wu and Dalal (2005), table 1: pairs 1, 4, 7, 10, 13, 17, 20, 25
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0010), 7.1792),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
)


@pytest.mark.parametrize(("one", "other", "wanted"), SHARMA)
def test_the_difference_is_that_of_the_published_pairs(
    one: tuple[float, ...], other: tuple[float, ...], wanted: float
) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("name", DEFICIENCIES)
def test_the_simulation_is_that_of_another_library(name: str) -> None:
    """Machado 2009 at severity 100, as colorspacious tabulates it."""
    theirs = colorspacious.machado_et_al_2009_matrix(CVD[name], 100)
    np.testing.assert_allclose(DEFICIENCIES[name], theirs, atol=1e-6)


def seen(colours: list[str], name: str, space: str) -> np.ndarray:  # type: ignore[type-arg]
    rgb = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in colours]) / 255.0
    cvd = {"name": "sRGB1+CVD", "cvd_type": CVD[name], "severity": 100}
    simulated = np.clip(colorspacious.cspace_convert(rgb, cvd, "sRGB1"), 0.0, 1.0)
    return np.asarray(colorspacious.cspace_convert(simulated, "sRGB1", space))


def test_the_bundled_colours_differ_by_13_7() -> None:
    """CIEDE2000 under Machado 2009; the Lab values are another library's."""
    found = min(ciede2000(a, b) for name in CVD for a, b in combinations(seen(BUNDLED, name, "CIELab"), 2))
    assert closest(BUNDLED).difference == pytest.approx(found, abs=0.05)
    assert found == pytest.approx(13.7, abs=0.05)


def test_the_bundled_colours_differ_by_18_5_in_cam02() -> None:
    """CAM02-UCS under Machado 2009, both by colorspacious: what the design of the palette was chosen by."""
    least = min(
        float(np.linalg.norm(a - b))
        for name in CVD
        for a, b in combinations(seen(BUNDLED, name, "CAM02-UCS"), 2)
    )
    assert least == pytest.approx(18.5, abs=0.1)


def test_red_and_blue_are_one_grey_on_paper() -> None:
    """Why number and hatching must stand beside the colour."""
    weights = (0.2126, 0.7152, 0.0722)
    grey = {}
    for tier in Tier:
        part = np.array([int(tier.colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255.0
        grey[tier] = float(np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ weights)
    lightness = {tier: 116 * y ** (1 / 3) - 16 for tier, y in grey.items()}
    assert abs(lightness[Tier.RED] - lightness[Tier.BLUE]) < 5


def test_no_tier_looks_like_no_data() -> None:
    assert closest([*BUNDLED, NO_DATA_COLOUR]).difference >= GOOD_DIFFERENCE


def test_a_palette_of_ones_own() -> None:
    own = read_palette(["#B00020", "#F28C28", "#FFE14D", "#2C6FBB", "#A8DCA4"])
    assert own.tiers[Tier.RED] == "#B00020"
    assert own.note is None


def test_a_weak_palette_is_named() -> None:
    weak = Palette(("#A8DCA4", "#2C6FBB", "#FFE14D", "#F2A028", "#F28C28"))
    assert weak.note is not None
    assert "橙" in weak.note[0]
    assert "orange" in weak.note[1]


@pytest.mark.parametrize(
    "colours",
    [["#C8102E"] * 5, ["#C8102E", "#F28C28", "#FFE14D", "#2C6FBB"], ["red", "#F28C28", "#FFE14D", "#2C6FBB", "#A8DCA4"],
     ["#C8102E", "#F28C28", "#FFE14D", "#2C6FBB", "#B9B8B8"]],
)  # fmt: skip
def test_a_bad_palette_is_refused(colours: list[str]) -> None:
    with pytest.raises(ConfigError, match="palette"):
        read_palette(colours)


@given(st.permutations(BUNDLED))
def test_the_order_of_the_colours_does_not_matter(colours: list[str]) -> None:
    assert closest(colours).difference == pytest.approx(closest(BUNDLED).difference)
    assert closest(BUNDLED).difference > LEAST_DIFFERENCE
