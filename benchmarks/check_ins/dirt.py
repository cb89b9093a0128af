"""Pendants as they are after a night in the rain: dirty, blurred, turned, seen from the side, grey on grey."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Modules = npt.NDArray[np.bool_]
Grey = npt.NDArray[np.float64]

SIDE = 41
QUIET = 4
CODEWORDS, BLOCKS = 172, 4
CORRECTED = 8
"""Wrong codewords that each of the four blocks of version 6-M mends: 16 of its 43 are for correction (ISO/IEC 18004)."""
SCALE = 6  # pixels a module before the camera
DOUBT = 0.25
"""Share of the contrast about the middle where dark and light are not told apart [D]."""
STAIN = 0.2
"""How much of what is under a stain is taken from the contrast [D]."""


@dataclass(frozen=True)
class Harm:
    """What is done to one picture.

    Attributes
    ----------
    dirt : float
        Share of the module area under blobs of mud.
    opaque : bool
        All mud hides what is under it; otherwise half of the blobs do, and the others each hide a part of it.
    blur : float
        Standard deviation [modules].
    tilt : float
        Greatest move of a corner, as a share of the side.
    contrast : float
        Light minus dark, 1 as printed.
    words : int
        Codewords of each block that the dirt may spoil where it is kept within the level's reach.
    """

    dirt: float = 0.0
    opaque: bool = False
    blur: float = 0.0
    turn: bool = False
    tilt: float = 0.0
    contrast: float = 1.0
    words: int = CORRECTED


CLAIM = Harm(dirt=0.3, blur=0.25, turn=True, words=6)
"""As the claim says it: dirt spoils up to six codewords of each block, and two are left to the camera."""
ALL = Harm(dirt=0.3, blur=0.25, turn=True, tilt=0.08, contrast=0.5, words=6)


def data_modules() -> npt.NDArray[np.int64]:
    """Codeword of each module in the order of version 6; -1 for patterns and the seven bits that hold nothing.

    Returns
    -------
    array of int (41, 41)
    """
    fixed = np.zeros((SIDE, SIDE), bool)
    for y, x in ((0, 0), (0, SIDE - 8), (SIDE - 8, 0)):  # finders with their separators
        fixed[y : y + 8, x : x + 8] = True
    fixed[6, :] = fixed[:, 6] = True  # timing
    fixed[32:37, 32:37] = True  # alignment, centre 34
    fixed[8, :9] = fixed[:9, 8] = fixed[8, -8:] = fixed[-8:, 8] = True  # format
    found = np.full((SIDE, SIDE), -1)
    bit, up = 0, True
    for right in (*range(SIDE - 1, 6, -2), *range(5, 0, -2)):
        for row in range(SIDE - 1, -1, -1) if up else range(SIDE):
            for x in (right, right - 1):
                if not fixed[row, x]:
                    found[row, x] = bit // 8 if bit < CODEWORDS * 8 else -1
                    bit += 1
        up = not up
    return found


PLACES = data_modules()
PATTERNS = np.zeros((SIDE, SIDE), bool)
PATTERNS[:9, :9] = PATTERNS[:9, -8:] = PATTERNS[-8:, :9] = True


def wrong_codewords(wrong: Modules) -> list[int]:
    """How many codewords of each block are wrong; data and correction of the blocks take turns."""
    words = np.unique(PLACES[wrong & (PLACES >= 0)])
    return [int(n) for n in np.bincount(words % BLOCKS, minlength=BLOCKS)]


def within_reach(wrong: Modules, words: int = CORRECTED) -> bool:
    """Whether the damage can be mended: no block with more wrong codewords than it corrects, and the corner squares,
    their light frames and the format beside them whole, which no level protects.

    Parameters
    ----------
    words : int
        Wrong codewords allowed in a block.
    """
    return max(wrong_codewords(wrong)) <= words and not wrong[PATTERNS].any()


def doubtful(modules: Modules, grey: Grey) -> Modules:
    """Modules whose mean grey is wrong, or so near the middle that a reader may take it for the other.

    Parameters
    ----------
    grey : array (294, 294)
        The symbol with its quiet zone, 0 dark to 1 light.
    """
    inner = slice(QUIET * SCALE, -QUIET * SCALE)
    mean = grey[inner, inner].reshape(SIDE, SCALE, SIDE, SCALE).mean(axis=(1, 3))
    return np.where(modules, mean > 0.5 - DOUBT, mean < 0.5 + DOUBT)


def soiled(modules: Modules, harm: Harm, rng: random.Random, *, reach: bool) -> Grey:
    """Grey of each pixel, 0 dark to 1 light, with quiet zone, under blobs of mud.

    Blobs are round, 2 to 6 modules wide, dark or light mud, until so much of the symbol's area is under them.

    Parameters
    ----------
    reach : bool
        A blob that would go beyond what the level mends is a stain instead, which one can see through.
    """
    wide = (SIDE + 2 * QUIET) * SCALE
    grey = np.ones((wide, wide))
    inner = slice(QUIET * SCALE, -QUIET * SCALE)
    grey[inner, inner] = 1.0 - modules.repeat(SCALE, 0).repeat(SCALE, 1)
    under = np.zeros((wide, wide), bool)
    ys, xs = np.mgrid[:wide, :wide]
    while under[inner, inner].mean() < harm.dirt:
        y, x = (rng.uniform(QUIET, QUIET + SIDE) * SCALE for _ in range(2))
        blob = (ys - y) ** 2 + (xs - x) ** 2 < (rng.uniform(1, 3) * SCALE) ** 2
        strength = 1.0 if harm.opaque or rng.random() < 0.5 else rng.uniform(0.3, 1.0)
        mud = rng.choice((0.15, 0.3, 0.85))
        made = np.where(blob, grey * (1 - strength) + mud * strength, grey)
        if reach and not within_reach(doubtful(modules, made), harm.words):
            made = np.where(blob, grey * (1 - STAIN) + mud * STAIN, grey)
            if not within_reach(doubtful(modules, made), harm.words):
                made = grey  # stain on stain: a drop that has dried
        grey = made
        under |= blob
    return grey


def photographed(grey: Grey, harm: Harm, rng: random.Random) -> npt.NDArray[np.uint8]:
    """The picture that a camera takes: turned, from the side, blurred, low in contrast, with noise."""
    wide = grey.shape[0]
    light = 0.5 + harm.contrast / 2
    picture = Image.fromarray(np.uint8(255 * (light - harm.contrast * (1 - grey))))
    room = wide // 3
    canvas = Image.new("L", (wide + 2 * room,) * 2, round(255 * light))
    canvas.paste(picture, (room, room))
    if harm.turn:
        canvas = canvas.rotate(rng.uniform(0, 360), Image.Resampling.BICUBIC, fillcolor=round(255 * light))
    if harm.tilt:
        end = canvas.width
        corners = [
            (x + rng.uniform(-1, 1) * harm.tilt * end, y + rng.uniform(-1, 1) * harm.tilt * end)
            for x, y in ((0, 0), (end, 0), (end, end), (0, end))
        ]
        canvas = canvas.transform(
            canvas.size, Image.Transform.PERSPECTIVE, _perspective(corners, end), Image.Resampling.BICUBIC,
            fillcolor=round(255 * light),
        )  # fmt: skip
    if harm.blur:
        canvas = canvas.filter(ImageFilter.GaussianBlur(harm.blur * SCALE))
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 4, (canvas.height, canvas.width))
    return np.uint8(np.clip(np.asarray(canvas) + noise, 0, 255))


def _perspective(corners: list[tuple[float, float]], end: float) -> list[float]:
    """Coefficients that take the canvas's corners to others."""
    rows, right = [], []
    for (x, y), (u, v) in zip(((0.0, 0.0), (end, 0.0), (end, end), (0.0, end)), corners):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.linalg.solve(np.array(rows), np.array(right)).tolist()


def picture(modules: Modules, harm: Harm, rng: random.Random, *, reach: bool) -> npt.NDArray[np.uint8]:
    """A picture of a harmed code.

    Parameters
    ----------
    reach : bool
        See ``soiled``.
    """
    return photographed(soiled(modules, harm, rng, reach=reach), harm, rng)
