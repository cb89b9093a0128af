"""The five colours as a value: the bundled ones, or a bureau's own, measured before they are used.

Red and blue are the same grey on paper, and one man in twelve sees colours otherwise; so number and hatching stand
beside every colour, and a palette in which two tiers look alike is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import ConfigError
from riskmap.scale import NO_DATA_COLOUR, Tier

Numbers = NDArray[np.float64]

LEAST_DIFFERENCE: Final = 5.0
"""A palette with a smaller difference (CIEDE2000, worst simulated deficiency) is refused (status D)."""

GOOD_DIFFERENCE: Final = 10.0
"""Below it the map says that the colours are hard to tell apart (status D); the bundled ones have 13.7."""

DEFICIENCIES: Final = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
"""Linear sRGB as seen with a full deficiency: Machado, Oliveira and Fernandes (2009), IEEE TVCG 15, 1291, severity 1.0
(status M; the tests hold them against the tables of ``colorspacious``)."""

_HEX: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_TO_XYZ: Final = (  # IEC 61966-2-1, linear sRGB to XYZ of D65
    (0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505),
)  # fmt: skip
_WHITE: Final = (0.95047, 1.0, 1.08883)  # D65, 2 degrees


@dataclass(frozen=True)
class Closest:
    """The two colours that are hardest to tell apart.

    Attributes
    ----------
    difference : float
        CIEDE2000.
    pair : (int, int)
        Their places in the list.
    deficiency : str
        Key of ``DEFICIENCIES`` under which they are.
    """

    difference: float
    pair: tuple[int, int]
    deficiency: str


@dataclass(frozen=True)
class Palette:
    """Colours of the tiers from green to red, and of no data; see ``read_palette``."""

    tiers: tuple[str, ...] = tuple(tier.colour for tier in Tier)
    no_data: str = NO_DATA_COLOUR

    @property
    def closest(self) -> Closest:
        """The tiers that are hardest to tell apart."""
        return closest(self.tiers)

    @property
    def note(self) -> tuple[str, str] | None:
        """What the legend must say of a weak palette (Chinese, English)."""
        found = self.closest
        if found.difference >= GOOD_DIFFERENCE:
            return None
        one, other = (Tier(n) for n in found.pair)
        return (
            f"{one.chinese}、{other.chinese}两色对色觉异常者差别小(ΔE00 {found.difference:.1f}),以数字为准",
            f"{one.english} and {other.english} are hard to tell apart for some (CIEDE2000 {found.difference:.1f}): "
            "read the numbers",
        )


def read_palette(colours: Sequence[str]) -> Palette:
    """A bureau's own colours, from red to green.

    Parameters
    ----------
    colours : five of ``#RRGGBB``
        Red, orange, yellow, blue, green.

    Raises
    ------
    ConfigError
        Not five colours, or two of them differ by less than ``LEAST_DIFFERENCE`` for someone with a deficiency.

    Examples
    --------
    >>> round(read_palette(["#C8102E", "#F28C28", "#FFE14D", "#2C6FBB", "#A8DCA4"]).closest.difference, 1)
    13.7
    >>> read_palette(["#C8102E", "#F28C28", "#FFE14D", "#2C6FBB", "#2C70BB"])
    Traceback (most recent call last):
    riskmap.errors.ConfigError: palette: two tiers look alike; expected a difference of 5 or more (CIEDE2000); ...
    """
    given = tuple(str(colour).strip() for colour in colours)
    wrong = next((c for c in given if not _HEX.fullmatch(c)), None)
    if len(given) != len(Tier) or wrong is not None:
        raise ConfigError(
            "not a palette", where="palette", expected="five colours #RRGGBB: red, orange, yellow, blue, green",
            found=repr(wrong) if wrong is not None else f"{len(given)} colours",
            remedy='write [map] palette = ["#C8102E", "#F28C28", "#FFE14D", "#2C6FBB", "#A8DCA4"]',
        )  # fmt: skip
    palette = Palette(tuple(colour.upper() for colour in reversed(given)))
    found = closest((*palette.tiers, palette.no_data))
    if found.difference < LEAST_DIFFERENCE:
        names = [*(tier.english for tier in Tier), "no data"]
        one, other = (f"{names[n]} {(*palette.tiers, palette.no_data)[n]}" for n in found.pair)
        raise ConfigError(
            "two tiers look alike", where="palette", expected=f"a difference of {LEAST_DIFFERENCE:g} or more (CIEDE2000)",
            found=f"{found.difference:.1f} between {one} and {other} under {found.deficiency}",
            remedy="make one of the two lighter or darker",
        )  # fmt: skip
    return palette


def closest(colours: Sequence[str]) -> Closest:
    """The two colours with the least difference under any of the three deficiencies, and without one.

    Examples
    --------
    >>> found = closest(["#C8102E", "#F28C28", "#FFE14D", "#2C6FBB", "#A8DCA4"])
    >>> round(found.difference, 1), found.pair, found.deficiency
    (13.7, (1, 2), 'deuteranopia')
    """
    linear = _linear(colours)
    seen = {"none": linear} | {
        name: np.clip(linear @ np.array(matrix).T, 0.0, 1.0) for name, matrix in DEFICIENCIES.items()
    }
    return min(
        (
            Closest(float(ciede2000(lab[i], lab[j])), (i, j), name)
            for name, lab in ((name, _lab(rgb)) for name, rgb in seen.items())
            for i, j in combinations(range(len(colours)), 2)
        ),
        key=lambda found: found.difference,
    )


def _linear(colours: Sequence[str]) -> Numbers:
    """Linear sRGB 0 to 1, shape (colour, 3); IEC 61966-2-1."""
    coded = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in colours]) / 255.0
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def _lab(linear: Numbers) -> Numbers:
    """CIE L*a*b* of D65."""
    t = linear @ np.array(_TO_XYZ).T / np.array(_WHITE)
    cut = 6.0 / 29.0
    f = np.where(t > cut**3, np.cbrt(t), t / (3.0 * cut**2) + 4.0 / 29.0)
    return np.stack(
        [116.0 * f[:, 1] - 16.0, 500.0 * (f[:, 0] - f[:, 1]), 200.0 * (f[:, 1] - f[:, 2])], axis=1
    )


def ciede2000(one: Numbers, other: Numbers) -> float:
    """Colour difference CIEDE2000 of two L*a*b* colours, with all weights 1.

    References
    ----------
    CIE 142-2001 (ISO/CIE 11664-6); Sharma, Wu and Dalal (2005), Color Res. Appl. 30, 21, equations 2 to 22, whose test
    pairs are in the tests (status S).

    Examples
    --------
    >>> round(ciede2000(np.array([50.0, 2.6772, -79.7751]), np.array([50.0, 0.0, -82.7485])), 4)
    2.0425
    """
    (l1, a1, b1), (l2, a2, b2) = np.asarray(one, float), np.asarray(other, float)
    c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2.0
    g = 0.5 * (1.0 - np.sqrt(c**7 / (c**7 + 25.0**7)))
    a1, a2 = (1.0 + g) * a1, (1.0 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360.0 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0.0
    turn = 0.0 if grey else (h2 - h1 + 180.0) % 360.0 - 180.0
    if not grey and turn == -180.0 and h2 > h1:
        turn = 180.0
    middle = h1 + h2 if grey else (h1 + turn / 2.0) % 360.0
    lightness, chroma = (l1 + l2) / 2.0, (c1 + c2) / 2.0
    hue = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2.0)
    t = (
        1.0 - 0.17 * np.cos(np.radians(middle - 30.0)) + 0.24 * np.cos(np.radians(2.0 * middle))
        + 0.32 * np.cos(np.radians(3.0 * middle + 6.0)) - 0.20 * np.cos(np.radians(4.0 * middle - 63.0))
    )  # fmt: skip
    sl = 1.0 + 0.015 * (lightness - 50.0) ** 2 / np.sqrt(20.0 + (lightness - 50.0) ** 2)
    sc, sh = 1.0 + 0.045 * chroma, 1.0 + 0.015 * chroma * t
    bend = 30.0 * np.exp(-(((middle - 275.0) / 25.0) ** 2))
    mix = -2.0 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(2.0 * bend))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, hue / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + mix * dc * dh))
