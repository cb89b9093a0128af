"""The tables of ``docs/verification.md``, line by line, so that a test can hold a line against a fresh run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from benchmarks.verification import scores
from benchmarks.verification.scores import Pooled
from riskmap.outlook import BEIJING
from riskmap.verify import FITTED, METHODS, LandfallScore, RadiusScore, TrackScore

SHOWN = ("holland_1980", "holland_2010", "withheld", "blocks", "past")
"""Methods of the storm-by-storm table."""

LABELS = ("30 kt", "50 kt")
CENTRE_LABELS = ("30 kt", "50 kt", "64 kt")

HEAD = """# 检验结果 · Verification of the bundled storms

Made by `python -m benchmarks.verification`; how to read it stands in [](concepts/verification.md). Errors are in km,
modelled minus reported. *hit*, *miss*, *false*: quadrants in which both have the wind, the bulletin alone, the model alone.
*all* is the mean absolute error over every reported radius, a miss counting as 0 km: compare methods by it.

![Mean absolute error of the radii by method](images/verification.svg)
"""


def _km(value: float) -> str:
    return "–" if math.isnan(value) else f"{value / 1e3:.1f}"


def _cells(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _head(*cells: str) -> list[str]:
    return [_cells(*cells), _cells(*["---"] * len(cells))]


def method_line(method: str, found: Iterable[Pooled]) -> str:
    """One method over all storms."""
    cells: list[object] = []
    for one in found:
        cells += [
            one.hits,
            one.misses,
            one.false_alarms,
            _km(one.bias),
            f"**{_km(one.mean_absolute_error_all)}**",
        ]
    return _cells(f"`{method}`", *cells)


def storm_line(number: str) -> str:
    """One storm by Tokyo: reported radii, and *all* of some methods."""
    found = {(s.method, s.label): s for s in scores.radii(number)}
    name = scores.tokyo(number).attrs["name"].title()
    cells: list[object] = []
    for label in LABELS:
        first = found[SHOWN[0], label]
        cells += [first.hits + first.misses, _km(first.mean_reported)]
        cells += [_km(found[method, label].mean_absolute_error_all) for method in SHOWN]
    return _cells(f"{number} {name}", *cells)


def centre_line(score: RadiusScore) -> str:
    """One method and threshold of In-Fa by the Chinese centre."""
    numbers = (score.mean_reported, score.bias, score.mean_absolute_error, score.mean_absolute_error_all)
    return _cells(
        f"`{score.method}`",
        score.label,
        score.hits,
        score.misses,
        score.false_alarms,
        *(_km(v) for v in numbers),
    )


def track_line(number: str, found: TrackScore) -> str:
    """Tokyo less JTWC for one storm."""
    wind, pressure = found.maximum_wind, found.central_pressure
    return _cells(
        f"{number} {scores.tokyo(number).attrs['name'].title()}", found.position.count, _km(found.position.bias),
        _km(found.position.largest), _km(found.along.bias), _km(found.across.bias),
        f"{wind.bias:+.1f}, {wind.mean_absolute_error:.1f}",
        "–" if not pressure.count else f"{pressure.bias / 100:+.1f}, {pressure.mean_absolute_error / 100:.1f}",
    )  # fmt: skip


def landfall_line(number: str, whose: str, score: LandfallScore) -> str:
    """A published landfall against one track."""
    told, found = score.reported, score.found
    unknown = "–"
    return _cells(
        number, f"{told.place} {told.at.astimezone(BEIJING):%Y-%m-%d %H:%M}", whose,
        unknown if found is None else found.place,
        unknown if found is None else f"{score.time_error / 3600:+.1f}",
        unknown if found is None else _km(score.distance), _km(score.distance_then),
        unknown if math.isnan(score.wind_error) else f"{score.wind_error:+.1f}",
        unknown if math.isnan(score.pressure_error) else f"{score.pressure_error / 100:+.1f}",
    )  # fmt: skip


def all_storms(method: str) -> list[Pooled]:
    """One method over the bundled storms, by threshold."""
    every = [s for number in scores.STORMS for s in scores.radii(number) if s.method == method]
    return [scores.pooled(s for s in every if s.label == label) for label in LABELS]


def lines(centre: tuple[RadiusScore, ...]) -> Iterator[str]:
    """The whole page."""
    yield HEAD
    yield "## Radii of 30 and 50 kt, RSMC Tokyo, 13 storms together\n"
    yield from _head(
        "method", *[f"{label} {c}" for label in LABELS for c in ("hit", "miss", "false", "bias", "all")]
    )
    for method in METHODS:
        yield method_line(method, all_storms(method))
    yield "\n## Radii, storm by storm\n"
    yield "*n*: reported quadrant radii; *mean*: their mean; the rest is *all* of the method.\n"
    yield from _head("storm", *[f"{label} {c}" for label in LABELS for c in ("n", "mean", *SHOWN)])
    for number in scores.STORMS:
        yield storm_line(number)
    yield "\n## Radii of In-Fa (2021), Chinese centre\n"
    yield "161 fixes, hourly near land. The bulletins are not bundled: the page was made where they lie beside the checkout.\n"
    yield from _head("method", "radius", "hit", "miss", "false", "mean", "bias", "error", "all")
    for score in centre:
        if score.method in SHOWN or score.method in FITTED:
            yield centre_line(score)
    yield "\n## Tokyo less JTWC\n"
    yield (
        "Positions in km: mean and largest distance, then the mean along (ahead +) and across (right +) the motion. Winds in "
        "m/s after conversion to 1 min, pressures in hPa: bias, mean absolute difference.\n"
    )
    yield from _head("storm", "fixes", "mean", "largest", "along", "across", "wind", "pressure")
    for number in scores.STORMS:
        found = scores.against(number)
        if found is not None:
            yield track_line(number, found)
    yield "\n## Landfalls in Zhejiang, track minus report\n"
    yield (
        "Time in h, distance of the found place from the county in km, distance of the centre from the county at the reported "
        "time in km, wind in m/s (2 min), pressure in hPa. –: the track has no landfall within 12 h of the report, or no value.\n"
    )
    yield from _head(
        "storm", "report", "track", "found", "time", "distance", "distance then", "wind", "pressure"
    )
    for number in scores.STORMS:
        for whose, score in scores.landfalls(number):
            yield landfall_line(number, whose, score)
    for whose, score in scores.centre_landfalls():
        yield landfall_line("2106", whose, score)
