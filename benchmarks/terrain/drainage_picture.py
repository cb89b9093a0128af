"""``python -m benchmarks.terrain.drainage_picture``: draws ``docs/images/terrain.svg``, from heights to watersheds."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from benchmarks.harness import ROOT
from benchmarks.terrain.province import fractal
from riskmap.terrain.layers import drainage_layers, shape_layers, watershed_layers

PAGE = ROOT / "docs" / "images" / "terrain.svg"
SIDE, CELL = 240, 30.0
GAP, HEAD = 14, 34
HEIGHTS = ("#4a7c59", "#8aa86b", "#c9c27f", "#b08d57", "#8a6240", "#f2eee6")
ABOVE = ("#08519c", "#3182bd", "#6baed6", "#c6dbef", "#f7f3e8", "#d8cfb8")
WET = ("#fff7e0", "#e5e9c8", "#b5d5c0", "#74b6b9", "#3a87a8", "#1f4f86")
PARTS = ("#8dd3c7", "#ffd92f", "#bebada", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5", "#d9d9d9")


def valley() -> xr.Dataset:
    """Hills that fall to a sea in the east, 30 m cells."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    z = 60.0 * fractal(SIDE, 5) + 330.0 * (0.86 - x) + 160.0 * np.abs(y - 0.45 - 0.08 * np.sin(7 * x))
    ground = np.where(z < 0, np.nan, z).astype(np.float32)
    return xr.Dataset(
        {"surface_altitude": (("y", "x"), ground, {"units": "m"}), "cell_width": ("y", np.full(SIDE, CELL))},
        {"y": -CELL * np.arange(SIDE), "x": CELL * np.arange(SIDE)}, {"cell_height": CELL},
    )  # fmt: skip


def classes(field: NDArray[Any], bounds: list[float], colours: tuple[str, ...]) -> NDArray[np.uint8]:
    """RGB picture (3, y, x) of a field; NaN is a pale blue."""
    table = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in (*colours, "#dbe9f4")], np.uint8)
    index = np.where(np.isnan(field), len(colours), np.searchsorted(bounds, np.nan_to_num(field)))
    return np.moveaxis(table[index], -1, 0)


def png(picture: NDArray[np.uint8]) -> str:
    """Data address of a picture."""
    with MemoryFile() as memory:
        with memory.open(driver="PNG", width=SIDE, height=SIDE, count=3, dtype="uint8") as out:
            out.write(picture)
        return "data:image/png;base64," + b64encode(memory.read()).decode()


def panels() -> list[tuple[str, NDArray[np.uint8]]]:
    """Title and picture of each panel."""
    dem = valley()
    layers = drainage_layers(dem, stream_area=0.3e6)
    shape = shape_layers(layers)
    label, table = watershed_layers(layers, max_area=4e6)
    ground, stream = dem["surface_altitude"].values, layers["stream"].values
    height, wet = layers["height_above_drainage"].values, shape["wetness_index"].values
    parts = np.where(label.values > 0, label.values * 7 % len(PARTS), np.nan).astype(float)
    edge = np.zeros(parts.shape, bool)
    edge[:, 1:] |= label.values[:, 1:] != label.values[:, :-1]
    edge[1:] |= label.values[1:] != label.values[:-1]
    found = [
        ("Heights, streams above 0.3 km²", classes(ground, [40, 100, 170, 240, 320], HEIGHTS)),
        ("Height above drainage: 1, 3, 8, 20, 50 m", classes(height, [1, 3, 8, 20, 50], ABOVE)),
        ("Wetness index: 5 to 9", classes(wet, [5, 6, 7, 8, 9], WET)),
        (
            f"{table.sizes['watershed']} watersheds below 4 km²",
            classes(parts, list(np.arange(8) + 0.5), PARTS),
        ),
    ]
    found[0][1][:, stream] = np.array([[20], [60], [140]], np.uint8)
    found[3][1][:, edge & (label.values > 0)] = 60
    return found


def main() -> None:
    """Write the picture."""
    pictures = panels()
    wide, tall = len(pictures) * (SIDE + GAP) + GAP, HEAD + SIDE + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" font-family="sans-serif" font-size="11.5">',
        f'<rect width="{wide}" height="{tall}" fill="white"/>',
    ]
    for n, (title, picture) in enumerate(pictures):
        left = GAP + n * (SIDE + GAP)
        parts.append(f'<text x="{left}" y="{HEAD - 12}">{title}</text>')
        parts.append(f'<image x="{left}" y="{HEAD}" width="{SIDE}" height="{SIDE}" href="{png(picture)}"/>')
    PAGE.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
