"""``python -m benchmarks.rain_models.picture``: draws ``docs/images/rain_models.svg``, curves and In-Fa's totals."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from benchmarks.harness import ROOT
from benchmarks.rain_models.in_fa import GAUGE, GRID, MEASURED, MODELS, ground, summary
from riskmap.hazard.profiles import emanuel_rotunno_2011, holland_1980
from riskmap.hazard.rain_models import ipet, rcliper, tcr
from riskmap.hazard.rain_models.upslope import SPECIFIC_HUMIDITY

PAGE = ROOT / "docs" / "images" / "rain_models.svg"
WIDTH, HEIGHT = 900, 640
LEFT, TOP, ACROSS, DOWN = 50, 34, 800, 210
MOST_KM, MOST_MM = 400.0, 24.0
WIND, CORE, DEFICIT, LATITUDE = 38.0, 45e3, 4500.0, 29.0
"""The storm of the curves: 1-min wind [m s-1], radius of maximum wind [m], pressure deficit [Pa], [degrees]."""

CLASSES = (50.0, 100.0, 200.0, 300.0, 500.0, 700.0, 900.0)
COLOURS = ("#ffffff", "#c6dbef", "#85bcdc", "#3787c0", "#0a4a90", "#7b3294", "#c2185b", "#5a0020")
MAPS = {
    "R-CLIPER + upslope, radii ignored": "R-CLIPER + upslope, Holland (1980) wind",
    "R-CLIPER + upslope (product)": "the same, wind fitted to Tokyo's radii",
    "TCR, our vortex": "TCR, the same wind",
}
MAP_TOP, MAP_WIDTH, MAP_HEIGHT = 330, 270, 236
"""Place of the maps [px]; a degree of latitude is 1 / cos 29 as long as one of longitude."""


def curves() -> dict[str, tuple[str, NDArray[np.float64]]]:
    """Label -> colour and rates [mm h-1] at every kilometre."""
    r = 1e3 * np.arange(0.0, MOST_KM + 1.0)
    storm = {"maximum_wind": WIND, "radius_of_maximum_wind": CORE, "latitude": LATITUDE}
    physical = partial(tcr, r, latitude=LATITUDE, specific_humidity=SPECIFIC_HUMIDITY)
    return {
        "R-CLIPER": ("#0072b2", rcliper(r, maximum_wind=WIND)),
        "IPET": ("#009e73", ipet(r, pressure_deficit=DEFICIT, radius_of_maximum_wind=CORE)),
        "TCR over the sea, Emanuel-Rotunno (2011) wind": (
            "#d55e00",
            physical(profile=partial(emanuel_rotunno_2011, **storm)),
        ),
        "TCR over the sea, Holland (1980) wind": (
            "#cc79a7",
            physical(profile=partial(holland_1980, **storm, b=1.5)),
        ),
    }


def picture(field: NDArray[np.float64]) -> str:
    """A field as classes of colour, a PNG in base64; the sea is paler."""
    table = np.array([[int(colour[n : n + 2], 16) for n in (1, 3, 5)] for colour in COLOURS], np.float64)
    pixels = table[np.digitize(field, CLASSES)]
    pixels = np.where(ground().land[..., None], pixels, 0.45 * pixels + 0.55 * 255.0)
    with MemoryFile() as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture needs no place
        with memory.open(
            driver="PNG", height=GRID.shape[0], width=GRID.shape[1], count=3, dtype="uint8"
        ) as out:
            out.write(np.moveaxis(pixels.round().astype(np.uint8), 2, 0))
        return base64.b64encode(memory.read()).decode()


def axes() -> Iterator[str]:
    """Frame and curves."""
    yield f'<path d="M{LEFT} {TOP}V{TOP + DOWN}H{LEFT + ACROSS}" fill="none" stroke="black"/>'
    for km in range(0, int(MOST_KM) + 1, 50):
        x = LEFT + ACROSS * km / MOST_KM
        yield f'<text x="{x:.0f}" y="{TOP + DOWN + 16}" text-anchor="middle">{km}</text>'
    for mm in range(0, int(MOST_MM) + 1, 4):
        y = TOP + DOWN * (1.0 - mm / MOST_MM)
        yield f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{mm}</text>'
    yield f'<text x="{LEFT + ACROSS // 2}" y="{TOP + DOWN + 34}" text-anchor="middle">km from the centre</text>'
    yield f'<text x="{LEFT}" y="{TOP - 14}">mm/h: 1-min wind {WIND:g} m/s, R {CORE / 1e3:g} km, deficit {DEFICIT / 100:g} hPa</text>'
    for n, (label, (colour, rates)) in enumerate(curves().items()):
        x = LEFT + ACROSS * np.arange(rates.size) / MOST_KM
        y = TOP + DOWN * (1.0 - np.minimum(rates, MOST_MM) / MOST_MM)
        points = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y))
        yield f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{LEFT + ACROSS - 330}" y="{TOP + 16 + 18 * n}" fill="{colour}">{label}</text>'


def maps() -> Iterator[str]:
    """Totals of In-Fa side by side, with the gauge."""
    for n, (name, title) in enumerate(MAPS.items()):
        total, x = MODELS[name](), 25 + n * (MAP_WIDTH + 20)
        west, south, east, north = GRID.bounds
        px = x + MAP_WIDTH * (GAUGE[1] - west) / (east - west)
        py = MAP_TOP + MAP_HEIGHT * (north - GAUGE[0]) / (north - south)
        found = summary(total)
        yield (
            f'<image x="{x}" y="{MAP_TOP}" width="{MAP_WIDTH}" height="{MAP_HEIGHT}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{picture(total)}"/>'
        )
        yield f'<rect x="{x}" y="{MAP_TOP}" width="{MAP_WIDTH}" height="{MAP_HEIGHT}" fill="none" stroke="black"/>'
        yield f'<circle cx="{px:.1f}" cy="{py:.1f}" r="5" fill="none" stroke="black" stroke-width="1.5"/>'
        yield f'<text x="{x}" y="{MAP_TOP - 22}" font-weight="bold">{title}</text>'
        near, most = found["near, mean"], found["near, largest"]
        yield f'<text x="{x}" y="{MAP_TOP - 6}">around the gauge: mean {near:.0f}, most {most:.0f} mm</text>'
    for n, colour in enumerate(COLOURS):
        label = "0" if n == 0 else f"{CLASSES[n - 1]:g}"
        yield f'<rect x="{25 + 60 * n}" y="{HEIGHT - 46}" width="60" height="14" fill="{colour}" stroke="#888"/>'
        yield f'<text x="{25 + 60 * n}" y="{HEIGHT - 16}">{label}</text>'
    yield (
        f'<text x="{25 + 60 * len(COLOURS) + 12}" y="{HEIGHT - 34}">mm, 22 July 00 to 25 July 22 UTC 2021; '
        f"ring: {MEASURED:g} mm measured</text>"
    )


def main() -> None:
    """Write the picture."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    ground_colour = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    PAGE.write_text("\n".join([head, ground_colour, *axes(), *maps(), "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
