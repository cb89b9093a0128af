"""Made fields of tiers on the cells of 90 m over the province."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.grid import Grid

ROWS, COLUMNS = 5160, 5740
"""29.6 million cells."""

SMOOTH = 3.0
ROUGH = 1.5
"""Spectral slopes: power along a line falls as wave number to the minus so much; 5/3 is turbulence."""

SHARES = (0.50, 0.75, 0.90, 0.97)
"""Parts of the cells below blue, yellow, orange and red."""


def province_grid(*, quick: bool = False) -> Grid:
    """Cells of 3 arc seconds, some 90 m; a tenth of the rows and columns where ``quick``."""
    part = 10 if quick else 1
    return Grid((ROWS // part, COLUMNS // part), Affine(1 / 1200, 0.0, 118.1, 0.0, -1 / 1200, 31.3))


def made_tiers(grid: Grid, slope: float, *, seed: int = 1) -> NDArray[np.int8]:
    """Tiers of a random field whose power along any line falls with ``slope``; in two dimensions one steeper.

    The field repeats at its edges, and has no more structure than its spectrum: valleys would compress better.
    """
    random = np.random.default_rng(seed).standard_normal(grid.shape, np.float32)
    spectrum = np.fft.rfft2(random)
    wave = np.hypot(np.fft.fftfreq(grid.shape[0])[:, None] * 1.0, np.fft.rfftfreq(grid.shape[1])[None])
    wave[0, 0] = 1.0
    spectrum *= wave ** (-(slope + 1.0) / 2.0)
    spectrum[0, 0] = 0.0
    field = np.fft.irfft2(spectrum, s=grid.shape)
    return np.digitize(field, np.quantile(field[::7, ::7], SHARES)).astype(np.int8)
