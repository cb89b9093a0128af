"""``python -m benchmarks.storm.picture``: draws ``docs/images/storm.svg``, the engine's choices side by side."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from benchmarks.harness import ROOT
from riskmap import Grid, bundled, read_track
from riskmap.hazard.storm.model import Asymmetry, Inflow, WindModel, inflow_angle, motion_share
from riskmap.hazard.storm.swath import storm_hours
from riskmap.track import complete, interpolate, to_averaging_period

PAGE = ROOT / "docs" / "images" / "storm.svg"
WIDTH, HEIGHT = 900, 650
CLASSES = (10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
COLOURS = ("#ffffff", "#ffffb2", "#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#7f0017")
SIDE = 200
FASTEST = "1983259N08161"
CORE = 40e3
LINES = ("#0072b2", "#009e73", "#d55e00", "#cc79a7")
SCHEMES: tuple[Asymmetry, ...] = (
    "mouton_nordbeck_1999",
    "jelesnianski_1966",
    "miyazaki_1961",
    "lin_chavas_2012",
)
INFLOWS: tuple[Inflow, ...] = ("bretschneider_1972", "mcconochie_2004")


def track(number: str, file: str, kind: Literal["jma", "ibtracs"]) -> xr.Dataset:
    """A bundled track, completed, 2-min wind."""
    return to_averaging_period(complete(read_track(bundled(file), format=kind, storm=number)), 120)


def instant(radii: Literal["fit", "ignore"]) -> tuple[NDArray[Any], str]:
    """In-Fa on 24 July 2021, 12 UTC, over open water."""
    storm = track("2106", "tracks/jma_bst_zhejiang_2015_2021.txt", "jma")
    grid = Grid.from_bounds(west=118.0, south=23.0, east=130.0, north=33.0, step=0.05)
    (hour,) = storm_hours(storm, grid, np.array(["2021-07-24T12"], "M8[s]"), WindModel(radii=radii))
    return np.hypot(hour.u, hour.v), ""


def swath(*, hourly: bool) -> tuple[NDArray[Any], str]:
    """The fastest bundled storm over seven hours: its hourly positions alone, or as the engine has it."""
    storm = track(FASTEST, "tracks/ibtracs_zhejiang_wmo.csv", "ibtracs")
    times = np.arange(
        np.datetime64("1983-09-28T00", "s"), np.datetime64("1983-09-28T07", "s"), np.timedelta64(3600, "s")
    )
    ends = interpolate(storm, times[[0, -1]])
    west, south = (round(float(ends[name].mean())) - 3.0 for name in ("longitude", "latitude"))
    grid = Grid.from_bounds(west=west - 2.0, south=south, east=west + 8.0, north=south + 6.0, step=0.05)
    out, model = np.zeros(grid.shape, np.float32), WindModel(radii="ignore")
    for hour in storm_hours(storm, grid, times, model, at_once=len(times) if hourly else 0):
        np.maximum(out, hour.peak, out=out)
    return out, f"largest {out.max():.1f} m/s"


MAPS = {
    "Holland (1980), radii ignored": lambda: instant("ignore"),
    "through Tokyo's 30 and 50 kt": lambda: instant("fit"),
    "hourly positions": lambda: swath(hourly=True),
    "the engine": lambda: swath(hourly=False),
}


def picture(field: NDArray[Any]) -> str:
    """Classes of colour, a PNG in base64."""
    table = np.array([[int(colour[n : n + 2], 16) for n in (1, 3, 5)] for colour in COLOURS], np.uint8)
    pixels = table[np.digitize(field, CLASSES)]
    with MemoryFile() as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture needs no place
        with memory.open(
            driver="PNG", height=field.shape[0], width=field.shape[1], count=3, dtype="uint8"
        ) as out:
            out.write(np.moveaxis(pixels, 2, 0))
        return base64.b64encode(memory.read()).decode()


def maps() -> Iterator[str]:
    """The four fields and their classes."""
    yield '<text x="20" y="24" font-weight="bold">In-Fa, 24 July 2021, 12 UTC: 2-min wind over open water</text>'
    yield '<text x="460" y="24" font-weight="bold">The fastest storm of the bundle, 126 km/h: peak over seven hours</text>'
    for n, (title, field) in enumerate(MAPS.items()):
        values, words = field()
        x = 20 + n * (SIDE + 18)
        yield f'<text x="{x}" y="46">{title}</text>'
        yield (
            f'<image x="{x}" y="54" width="{SIDE}" height="{SIDE}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{picture(values)}"/>'
        )
        yield f'<rect x="{x}" y="54" width="{SIDE}" height="{SIDE}" fill="none" stroke="black"/>'
        yield f'<text x="{x}" y="{54 + SIDE + 18}">{words}</text>'
    for n, colour in enumerate(COLOURS):
        label = "0" if n == 0 else f"{CLASSES[n - 1]:g}"
        yield f'<rect x="{20 + 60 * n}" y="290" width="60" height="14" fill="{colour}" stroke="#888"/>'
        yield f'<text x="{20 + 60 * n}" y="320">{label}</text>'
    yield f'<text x="{20 + 60 * len(COLOURS) + 12}" y="302">m/s</text>'


def curves(left: float, title: str, most: float, lines: dict[str, NDArray[np.float64]]) -> Iterator[str]:
    """Values by distance from the centre."""
    top, across, down, reach = 380, 370, 220, 400.0
    km = np.arange(0.0, reach + 1.0)
    yield f'<text x="{left}" y="{top - 14}" font-weight="bold">{title}</text>'
    yield f'<path d="M{left} {top}V{top + down}H{left + across}" fill="none" stroke="black"/>'
    for tick in range(0, int(reach) + 1, 100):
        yield f'<text x="{left + across * tick / reach:.0f}" y="{top + down + 16}" text-anchor="middle">{tick}</text>'
    for part in (0.0, 0.5, 1.0):
        yield f'<text x="{left - 6}" y="{top + down * (1 - part) + 4:.0f}" text-anchor="end">{most * part:g}</text>'
    yield f'<text x="{left + across / 2}" y="{top + down + 34}" text-anchor="middle">km from the centre, R = {CORE / 1e3:g} km</text>'
    for n, (name, values) in enumerate(lines.items()):
        points = "L".join(
            f"{left + across * x / reach:.1f} {top + down * (1 - v / most):.1f}" for x, v in zip(km, values)
        )
        yield f'<path d="M{points}" fill="none" stroke="{LINES[n]}" stroke-width="2"/>'
        yield f'<text x="{left + 190}" y="{top + 100 + 18 * n}" fill="{LINES[n]}">{name.replace("_", " ")}</text>'


def main() -> None:
    """Write the picture."""
    r = 1e3 * np.arange(0.0, 401.0)
    shares = {name: motion_share(r, radius_of_maximum_wind=CORE, scheme=name) for name in SCHEMES}
    angles = {name: np.degrees(inflow_angle(r, radius_of_maximum_wind=CORE, scheme=name)) for name in INFLOWS}
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    parts = [
        head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *maps(),
        *curves(60, "Share of the storm's motion that is added to the wind", 1.0, shares),
        *curves(500, "Angle by which surface wind turns inwards, degrees", 30.0, angles), "</svg>", "",
    ]  # fmt: skip
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
