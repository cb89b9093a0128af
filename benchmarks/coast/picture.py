"""``python -m benchmarks.coast.picture``: draws surge.svg, waves.svg and sea_wall.svg of ``docs/images``."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from benchmarks.coast.in_fa import COAST, PLACES, REPORTED, dynamic, quasi_static
from benchmarks.harness import ROOT
from riskmap.hazard.sea_wall import overtopping_slope, overtopping_wall
from riskmap.hazard.waves import young_verhagen

IMAGES = ROOT / "docs" / "images"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#555555")
CLASSES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5)
SHADES = ("#dddddd", "#eff3ff", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c", "#7b3294", "#c2185b")
"""Land, then the classes of the map."""
EASTWARD = ("Dinghai", "Shengsi")
"""Places whose name stands at their right, free of their neighbours'."""
Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def frame(
    curves: Mapping[str, Curve], *, left: float, top: float, across: float, down: float, x: tuple[float, float],
    y: tuple[float, float], ticks: tuple[list[float], list[float]], words: tuple[str, str], log: bool = False,
) -> Iterator[str]:  # fmt: skip
    """A frame with its curves, labels at the right."""

    def px(value: float) -> float:
        return left + across * (value - x[0]) / (x[1] - x[0])

    def py(value: float) -> float:
        low, high, v = (np.log10(a) for a in (*y, max(value, y[0]))) if log else (*y, value)
        return float(top + down * (1.0 - (v - low) / (high - low)))

    yield f'<path d="M{left} {top}V{top + down}H{left + across}" fill="none" stroke="black"/>'
    for tick in ticks[0]:
        yield f'<text x="{px(tick):.0f}" y="{top + down + 16}" text-anchor="middle">{tick:g}</text>'
    for tick in ticks[1]:
        yield f'<text x="{left - 6}" y="{py(tick) + 4:.0f}" text-anchor="end">{tick:g}</text>'
    yield f'<text x="{left + across / 2}" y="{top + down + 34}" text-anchor="middle">{words[0]}</text>'
    yield f'<text x="{left}" y="{top - 8}">{words[1]}</text>'
    for n, (label, (xs, ys)) in enumerate(curves.items()):
        inside = (xs >= x[0]) & (xs <= x[1]) & (ys >= y[0]) & (ys <= y[1])
        path = "L".join(f"{px(a):.1f} {py(b):.1f}" for a, b in zip(xs[inside], ys[inside], strict=True))
        colour = COLOURS[n % len(COLOURS)]
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{left + across - 4}" y="{top + 14 + 16 * n}" text-anchor="end" fill="{colour}">{label}</text>'


def surge() -> Iterator[str]:
    """Peak of the fine grid, and Zhenhai hour by hour."""
    nested, old = dynamic(COAST), quasi_static()
    field = nested["peak_surge"].values
    table = np.array([[int(colour[n : n + 2], 16) for n in (1, 3, 5)] for colour in SHADES], np.uint8)
    pixels = table[np.where(np.isnan(field), 0, np.digitize(np.nan_to_num(field), CLASSES))]
    with MemoryFile() as memory, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture needs no place
        with memory.open(
            driver="PNG", height=field.shape[0], width=field.shape[1], count=3, dtype="uint8"
        ) as out:
            out.write(np.moveaxis(pixels, 2, 0))
        png = base64.b64encode(memory.read()).decode()
    west, south, east, north = COAST.bounds
    yield (
        f'<image x="20" y="30" width="480" height="412" preserveAspectRatio="none" href="data:image/png;base64,{png}"/>'
    )
    yield '<text x="20" y="20" font-weight="bold">In-Fa 2021: highest surge, 24 to 27 July UTC [m]</text>'
    for name, (lat, lon) in PLACES.items():
        x, y = 20 + 480 * (lon - west) / (east - west), 30 + 412 * (north - lat) / (north - south)
        aside, anchor = (6, "start") if name in EASTWARD else (-5, "end")
        yield (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3"/>'
            f'<text x="{x + aside:.0f}" y="{y + 4:.0f}" text-anchor="{anchor}">{name}</text>'
        )
    for n, colour in enumerate(SHADES[1:]):
        yield f'<rect x="{20 + 56 * n}" y="452" width="56" height="12" fill="{colour}"/>'
        yield f'<text x="{20 + 56 * n}" y="478">{CLASSES[n]:g}</text>'
    hours = np.arange(73.0)
    curves = {
        f"Zhenhai, {label}": (hours, run["storm_surge"].values[:, 0])
        for label, run in (("shallow water", nested), ("quasi-static", old))
    }
    curves["highest reported, whole coast"] = (hours, np.full(73, REPORTED))
    yield from frame(
        curves, left=560, top=40, across=320, down=180, x=(0, 72), y=(-1.2, 4.8),
        ticks=([0, 24, 48, 72], [-1, 0, 1, 2, 3]), words=("hours since 24 July 2021, 00 UTC", "surge [m]"),
    )  # fmt: skip
    curves = {
        f"Shipu, {label}": (hours, run["storm_surge"].values[:, list(PLACES).index("Shipu")])
        for label, run in (("shallow water", nested), ("quasi-static", old))
    }
    yield from frame(
        curves, left=560, top=290, across=320, down=150, x=(0, 72), y=(-1.2, 3.6),
        ticks=([0, 24, 48, 72], [-1, 0, 1, 2, 3]), words=("hours since 24 July 2021, 00 UTC", "surge [m]"),
    )  # fmt: skip


def waves() -> Iterator[str]:
    """Growth over fetch for some depths."""
    fetch = np.linspace(1e3, 150e3, 150)
    for n, wind in enumerate((20.0, 35.0)):
        curves = {
            f"{depth:g} m deep": (fetch / 1e3, young_verhagen(wind=wind, fetch=fetch, depth=depth)[0])
            for depth in (50.0, 20.0, 10.0, 5.0)
        }
        yield from frame(
            curves, left=60 + 430 * n, top=40, across=360, down=200, x=(0, 150), y=(0, 11 if n else 6.5),
            ticks=([0, 50, 100, 150], [0, 2.5, 3.5, 4.5, 6.0] if n else [0, 1, 2.5, 3.5, 4.5]),
            words=("fetch [km]", f"significant wave height [m], wind {wind:g} m/s"),
        )  # fmt: skip


def sea_wall() -> Iterator[str]:
    """Discharge over crest height for slopes and vertical walls."""
    crest = np.linspace(0.0, 6.0, 121)
    slopes = {
        f"1 in {cot:g}": (
            crest,
            1e3 * overtopping_slope(height=2.0, period=6.0, freeboard=crest, cot_slope=cot),
        )
        for cot in (2.0, 3.0, 4.0)
    }
    slopes["1 in 3, design"] = (
        crest,
        1e3 * overtopping_slope(height=2.0, period=6.0, freeboard=crest, cot_slope=3.0, design=True),
    )
    walls = {
        label: (crest, 1e3 * overtopping_wall(height=1.5, period=6.0, freeboard=crest, depth=depth))
        for label, depth in (("deep, 10 m", 10.0), ("foreshore, 5 m", 5.0), ("breaking, 2.5 m", 2.5))
    }
    for n, (curves, words) in enumerate(
        (
            (slopes, "l/s per m over a slope, Hm0 2 m, Tm-1,0 6 s"),
            (walls, "l/s per m over a vertical wall, Hm0 1.5 m"),
        )
    ):
        yield from frame(
            curves, left=60 + 430 * n, top=40, across=360, down=220, x=(0, 6), y=(0.01, 1000.0), log=True,
            ticks=([0, 1, 2, 3, 4, 5, 6], [0.01, 0.1, 1, 10, 100, 1000]), words=("crest above still water [m]", words),
        )  # fmt: skip


def main() -> None:
    """Write the pictures."""
    for name, parts, height in (("surge", surge, 490), ("waves", waves, 290), ("sea_wall", sea_wall, 310)):
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" font-family="sans-serif" font-size="12">'
        lines = [head, f'<rect width="900" height="{height}" fill="white"/>', *parts(), "</svg>", ""]
        (IMAGES / f"{name}.svg").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
