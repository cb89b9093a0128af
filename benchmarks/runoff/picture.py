"""``python -m benchmarks.runoff.picture``: draws ``docs/images/soil_water.svg`` and ``docs/images/flash_flood.svg``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from benchmarks.harness import ROOT
from riskmap.hazard.flash_flood import flash_flood, with_labels
from riskmap.hazard.runoff import soil_water_index
from riskmap.io.rule_files import read_rules

WIDTH, HEIGHT = 640, 320
LEFT, TOP, ACROSS, DOWN = 50, 30, 560, 240
COLOURS = {"jma": "#b2182b", "exact": "#1f77b4"}


def soil_water() -> Iterable[str]:
    """The index of a storm of three hours, by both methods."""
    hours, most = 24, 100.0
    rain = np.zeros(hours)
    rain[:3] = 30.0

    def x(hour: float) -> float:
        return LEFT + ACROSS * hour / hours

    def y(depth: float) -> float:
        return TOP + DOWN * (1.0 - depth / most)

    yield f'<path d="M{LEFT} {TOP}V{TOP + DOWN}H{LEFT + ACROSS}" fill="none" stroke="black"/>'
    for hour in range(0, hours + 1, 6):
        yield f'<text x="{x(hour):.0f}" y="{TOP + DOWN + 16}" text-anchor="middle">{hour}</text>'
    for depth in range(0, 101, 20):
        yield f'<text x="{LEFT - 6}" y="{y(depth) + 4:.0f}" text-anchor="end">{depth}</text>'
    for hour, depth in enumerate(rain):
        if depth:
            yield (
                f'<rect x="{x(hour):.0f}" y="{y(depth):.0f}" width="{x(1) - x(0) - 1:.0f}" '
                f'height="{y(0) - y(depth):.0f}" fill="#9ecae1"/>'
            )
    for n, (method, words) in enumerate((("jma", "hourly steps, as published"), ("exact", "the equation"))):
        index = np.append(0.0, soil_water_index(rain, method=method))
        points = " ".join(f"{x(k):.1f},{y(v):.1f}" for k, v in enumerate(index))
        yield f'<polyline points="{points}" fill="none" stroke="{COLOURS[method]}" stroke-width="2"/>'
        yield f'<text x="{x(12):.0f}" y="{TOP + 14 + 18 * n}" fill="{COLOURS[method]}">{words}</text>'
    yield f'<text x="{x(12):.0f}" y="{TOP + 50}" fill="#5b8fb0">rain of each hour</text>'
    yield f'<text x="{LEFT}" y="{TOP - 12}">mm</text>'
    yield f'<text x="{LEFT + ACROSS // 2}" y="{TOP + DOWN + 36}" text-anchor="middle">hours</text>'


NOW = np.datetime64("2021-07-25T12:00", "ns")
STORM = (4.0, 12.0, 25.0, 38.0, 30.0, 16.0, 6.0, 2.0, 0.0, 0.0, 0.0, 0.0)


def one_watershed() -> xr.Dataset:
    """A wooded watershed of 12 km2 under a storm of 133 mm, a dry day before it."""
    size = {"units": "m"}
    table = xr.Dataset(
        {
            "area": ("watershed", [12e6], {"units": "m2"}),
            "downstream": ("watershed", [0]),
            "main_length": ("watershed", [5500.0], size),
            "main_drop": ("watershed", [260.0], size),
            "mean_slope": ("watershed", [0.35], {"units": "m m-1"}),
        }
    )
    axis = np.array([0.0, 1000.0])
    sheds = with_labels(table, np.ones((2, 2), np.int32), axis, axis)
    series = np.array([0.0] * 26 + list(STORM))
    times = NOW + (np.arange(len(series)) - 25) * np.timedelta64(1, "h")
    coords = {"time": times, "y": axis, "x": axis}
    rain = xr.DataArray(np.tile(series[:, None, None], (1, 2, 2)), dims=("time", "y", "x"), coords=coords)
    found = flash_flood(sheds, rain, read_rules()["flash_flood"], analysis=NOW, curve_number=np.array([70.0]))
    return found.isel(watershed=0, time=slice(26, None))


def flood() -> Iterable[str]:
    """Rain of 3 h against the guidance that falls as the ground gets wet, and the flood wave against bankfull."""
    found, hours = one_watershed(), len(STORM)
    most = float(max(found["threshold_3h"].max(), found["rain_3h"].max())) * 1.05
    wave = float(max(found["discharge"].max(), found["bankfull"])) * 1.15

    def x(hour: float) -> float:
        return LEFT + ACROSS * hour / hours

    def line(
        values: Iterable[float], top: float, down: float, largest: float, colour: str, dash: str = ""
    ) -> str:
        points = " ".join(
            f"{x(k + 1):.1f},{top + down * (1 - v / largest):.1f}" for k, v in enumerate(values)
        )
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'

    upper, lower = (TOP, 130.0), (TOP + 150.0, 90.0)
    for top, down in (upper, lower):
        yield f'<path d="M{LEFT} {top}V{top + down}H{LEFT + ACROSS}" fill="none" stroke="black"/>'
    for k, depth in enumerate(STORM):
        height = upper[1] * depth / most
        yield (
            f'<rect x="{x(k) + 1:.0f}" y="{TOP + upper[1] - height:.1f}" width="{x(1) - x(0) - 2:.0f}" '
            f'height="{height:.1f}" fill="#9ecae1"/>'
        )
    yield line(found["rain_3h"].values, *upper, most, "#1f77b4")
    yield line(found["threshold_3h"].values, *upper, most, "#b2182b")
    yield line(0.8 * found["threshold_3h"].values, *upper, most, "#e08214", "5 3")
    yield line(found["discharge"].values, *lower, wave, "#1f77b4")
    yield line(np.full(hours, float(found["bankfull"])), *lower, wave, "#b2182b")
    for n, (colour, words) in enumerate(
        (
            ("#1f77b4", "rain of 3 h, mm"),
            ("#b2182b", "guidance of 3 h: move now"),
            ("#e08214", "0.8 of it: prepare"),
        )
    ):
        yield f'<text x="{LEFT + ACROSS - 150}" y="{TOP + 8 + 15 * n}" fill="{colour}">{words}</text>'
    yield f'<text x="{LEFT + ACROSS - 150}" y="{lower[0] + 14}" fill="#b2182b">bankfull</text>'
    yield f'<text x="{LEFT + ACROSS - 150}" y="{lower[0] + 60}" fill="#1f77b4">discharge at the outlet</text>'
    for largest, unit, (top, down) in ((most, "mm", upper), (wave, "m3/s", lower)):
        yield f'<text x="{LEFT - 6}" y="{top + 8}" text-anchor="end">{largest:.0f}</text>'
        yield f'<text x="{LEFT - 6}" y="{top + down}" text-anchor="end">0</text>'
        yield f'<text x="{LEFT - 6}" y="{top + 24}" text-anchor="end">{unit}</text>'
    for hour in range(0, hours + 1, 3):
        yield f'<text x="{x(hour):.0f}" y="{lower[0] + lower[1] + 16}" text-anchor="middle">{hour}</text>'
    yield f'<text x="{LEFT + ACROSS // 2}" y="{HEIGHT - 8}" text-anchor="middle">hours</text>'


def write(name: str, parts: Iterable[str]) -> None:
    """One picture."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    page = ROOT / "docs" / "images" / name
    page.write_text("\n".join([head, ground, *parts, "</svg>", ""]), encoding="utf-8")


def main() -> None:
    """Write the pictures."""
    write("soil_water.svg", soil_water())
    write("flash_flood.svg", flood())


if __name__ == "__main__":
    main()
