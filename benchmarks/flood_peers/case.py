"""The work that ours and the peers are given: one made-up DEM, the same bytes every time.

Spectral relief, two trunk valleys, a coastal plain, radar noise, and a sea without data: 28 % of its land cells are
pits or flats. The formula is that of the survey in which the peers were first measured, so that its figures compare.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NODATA = -9999.0
CELL = 30.0
"""[m]"""
STREAM_CELLS = 1000
"""Upstream cells that make a stream."""


def made_dem(n: int, *, seed: int = 7) -> NDArray[np.float32]:
    """A DEM of ``n`` x ``n`` cells of 30 m [m], ``NODATA`` at sea, shape (y, x)."""
    beta, relief, noise = 2.2, 900.0, 0.6
    rng = np.random.default_rng(seed)
    wave = np.hypot(np.fft.rfftfreq(n)[None, :], np.fft.fftfreq(n)[:, None])
    wave[0, 0] = 1.0
    amplitude = wave ** (-beta / 2 - 0.5)
    amplitude[0, 0] = 0.0
    phase = np.exp(2j * np.pi * rng.random((n, n // 2 + 1)))
    z = np.fft.irfft2(amplitude * phase, s=(n, n))
    z = (z - z.mean()) / z.std()
    z = np.where(z > 0, np.abs(z) ** 1.25, -0.35 * np.abs(z))  # steep hills, flat valley floors
    y, x = np.mgrid[0:n, 0:n] / n
    north = np.abs(y - (0.35 + 0.08 * np.sin(6 * x) + 0.02 * np.sin(31 * x)))
    south = np.abs(y - (0.72 - 0.06 * np.sin(5 * x + 1) + 0.015 * np.cos(40 * x)))
    valley = np.sqrt(np.minimum(north, south))
    z = relief * (0.22 * z + 1.1 * valley * (1 - 0.75 * x)) + 260 * (1 - x)
    z -= np.quantile(z, 0.04)
    z = np.where(x > 0.82, z * 0.15, z)
    z += rng.normal(0, noise, z.shape)
    return np.where((z < 0) & (x > 0.7), NODATA, z).astype(np.float32)


def made_ground(n: int) -> NDArray[np.float32]:
    """The same as our functions want it: NaN at sea."""
    z = made_dem(n)
    z[z == NODATA] = np.nan
    return z


def kept_dem(n: int, folder: Path) -> Path:
    """The DEM as a GeoTIFF, made once and kept in ``folder``."""
    import rasterio
    from rasterio.transform import from_origin

    path = folder / f"made_dem_{n}.tif"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.tif")
        with rasterio.open(
            part, "w", driver="GTiff", width=n, height=n, count=1, dtype="float32", crs="EPSG:32651",
            transform=from_origin(200_000, 3_400_000, CELL, CELL), nodata=NODATA,
        ) as target:  # fmt: skip
            target.write(made_dem(n), 1)
        part.rename(path)
    return path


def hills(n: int) -> NDArray[np.float32]:
    """The crop of the 4,000 x 4,000 DEM on which the solvers are timed; the sea as ground at 0 m."""
    z = made_dem(4000)[1000 : 1000 + n, 400 : 400 + n].copy()
    z[z == NODATA] = 0.0
    return z
