"""The factors of the surface over Zhejiang: a map for two winds, and their spread in places one knows."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from riskmap import bundled
from riskmap.grid import Grid
from riskmap.hazard.surface import Surface, surface_of
from riskmap.io.rasters import read_relief

GRID = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.02)
PERIOD = 120

PLACES = {
    "Zhoushan": (29.6, 30.9, 121.9, 123.0),
    "Siming mountains": (29.55, 29.9, 121.0, 121.35),
}
"""Name -> south, north, west, east [degrees]."""

STEPS = (0.0, 0.805, 0.85, 0.9, 0.95, 0.999, 1.001, 9.0)
"""Bounds of the classes of the map; plain land is 0.797, open water 1."""

COLOURS = (
    (224, 224, 216), (253, 219, 160), (246, 178, 107), (230, 130, 60), (200, 85, 35),
    (205, 226, 240), (150, 20, 20),
)  # fmt: skip

WIDTH, MARGIN, HEAD, FOOT = 380, 12, 44, 60


def surface() -> tuple[Surface, NDArray[np.bool_], NDArray[np.float32]]:
    """The surface of the demo's grid, its land, and the height of the ground [m]."""
    altitude = read_relief(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), GRID).values
    land = ~np.isnan(altitude)
    return surface_of(GRID, land=land, altitude=altitude, period=PERIOD), land, altitude


def numbers() -> dict[str, Any]:
    """Mean, least and largest factor of the mean wind and of the gust: most exposed, and by the wind's direction."""
    made, land, altitude = surface()
    latitude, longitude = np.meshgrid(GRID.latitude, GRID.longitude, indexing="ij")
    places = {"land": land, "ridges over 500 m": land & (np.nan_to_num(altitude) > 500), "sea": ~land}
    for name, (south, north, west, east) in PLACES.items():
        inside = (latitude > south) & (latitude < north) & (longitude > west) & (longitude < east)
        places[name] = land & inside
    return {
        name: {
            "cells": int(where.sum()),
            "mean, most exposed": _spread(made.mean[where]),
            "gust, most exposed": _spread((made.mean * made.gust)[where]),
            "mean, average of directions": _spread(made.mean_by_direction.mean(axis=0)[where]),
        }
        for name, where in places.items()
    }


def _spread(values: NDArray[np.float32]) -> list[float]:
    return [round(float(v), 3) for v in (values.mean(), values.min(), values.max())]


def draw_factors() -> str:
    """SVG text: the factor of the mean wind for wind from the east and from the north."""
    made, _, _ = surface()
    height = round(WIDTH * GRID.shape[0] / GRID.shape[1] / np.cos(np.radians(29.25)))
    across = 2 * WIDTH + 3 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {HEAD + height + FOOT}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{across}" height="{HEAD + height + FOOT}" fill="white"/>',
        f'<text x="{MARGIN}" y="18">Mean wind at 10 m over the ground / over open water</text>',
    ]
    for n, (sector, name) in enumerate(((2, "wind from the east"), (0, "wind from the north"))):
        left = MARGIN + n * (WIDTH + MARGIN)
        parts += [
            f'<text x="{left}" y="{HEAD - 8}">{name}</text>',
            f'<image x="{left}" y="{HEAD}" width="{WIDTH}" height="{height}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{_png(made.mean_by_direction[sector])}" style="image-rendering:pixelated"/>',
            *(_label(name, left, height) for name in PLACES),
        ]
    return "\n".join([*parts, *_legend(HEAD + height + 14), "</svg>", ""])


def _label(place: str, left: int, height: int) -> str:
    south, north, west, east = PLACES[place]
    w, s, e, n = GRID.bounds
    x = left + ((west + east) / 2 - w) / (e - w) * WIDTH
    y = HEAD + (n - (south + north) / 2) / (n - s) * height
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="11">{place}</text>'


def _legend(top: float) -> list[str]:
    parts, step = [], (2 * WIDTH + MARGIN) / len(COLOURS)
    for n, colour in enumerate(COLOURS):
        x = MARGIN + n * step
        low = STEPS[n]
        words = f"over {round(low, 2):g}" if n == len(COLOURS) - 1 else f"{low:g}"
        words = "open water, 1" if low == 0.999 else "plain land, 0.80" if low == 0.0 else words
        parts.append(
            f'<rect x="{x:.0f}" y="{top:.0f}" width="{step - 2:.0f}" height="14" fill="rgb{colour}"/>'
        )
        parts.append(f'<text x="{x:.0f}" y="{top + 28:.0f}" font-size="10">{words}</text>')
    return parts


def _png(values: NDArray[np.float32]) -> str:
    classes = np.clip(np.digitize(values, STEPS) - 1, 0, len(COLOURS) - 1)
    picture = np.array(COLOURS, np.uint8)[classes].transpose(2, 0, 1)
    with MemoryFile() as memory:
        with memory.open(
            driver="PNG",
            height=GRID.shape[0],
            width=GRID.shape[1],
            count=3,
            dtype="uint8",
            transform=GRID.transform,
        ) as out:
            out.write(picture)
        return b64encode(memory.read()).decode()
