"""A small map of one county, or of a city's counties, as an SVG string: for letters, print and chat.

The tier is told three times, by colour, by hatch and by number in the label, so that it survives a grey print.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from riskmap.errors import DataError
from riskmap.outlook import Outlook, beijing, brief_mark
from riskmap.region import Region
from riskmap.scale import DISCLAIMER, NO_DATA_COLOUR, NO_DATA_WORDS, Tier

KM_PER_DEGREE: Final = 111.195
"""Mean length of a degree of latitude on a sphere of radius 6,371 km [km]."""

FONT: Final = "Noto Sans SC, Source Han Sans SC, Microsoft YaHei, SimHei, sans-serif"
_NEIGHBOUR: Final = "#F1F1EE"
_LINE: Final = "#4A4A4A"
_HATCHES: Final = {
    Tier.RED: ("M0 0L8 8M-2 6L2 10M6 -2L10 2M8 0L0 8M2 -2L-2 2M10 6L6 10", 8),
    Tier.ORANGE: ("M0 8L8 0M-2 2L2 -2M6 10L10 6", 8),
    Tier.YELLOW: ("M0 4H8", 8),
    Tier.BLUE: ("M3 3h1.6v1.6h-1.6z", 10),
}
"""Path and size of the hatch of each tier; green has none. Every pair differs in form, not only in density."""


@dataclass(frozen=True)
class _Frame:
    """Longitude and latitude to the picture: equirectangular about the middle of the region."""

    west: float
    north: float
    squeeze: float
    scale: float
    top: float

    def path(self, geometry: BaseGeometry) -> str:
        """SVG path data of a geometry's polygons."""
        simple = shapely.simplify(geometry, 0.4 / self.scale, preserve_topology=True)
        parts = [part for part in shapely.get_parts(simple) if part.geom_type == "Polygon"]
        return "".join(self._ring(ring) for part in parts for ring in (part.exterior, *part.interiors))

    def _ring(self, ring: BaseGeometry) -> str:
        points = self.point(*shapely.get_coordinates(ring)[:-1].T)
        placed = np.round(np.column_stack(points), 1) + 0.0  # no -0.0
        form = "M" + "L".join(["%.1f %.1f"] * len(placed)) + "Z"
        return form % tuple(placed.ravel().tolist())

    def point(self, x: Any, y: Any) -> tuple[Any, Any]:
        return ((x - self.west) * self.squeeze * self.scale, (self.north - y) * self.scale + self.top)


def county_map_svg(
    outlook: Outlook, codes: str | Sequence[str], hour: int | None = None, *, width: int = 640
) -> str:
    """A small map of one region or of several, neighbours in grey around them.

    Parameters
    ----------
    outlook : Outlook
        What was found.
    codes : str or sequence of str
        A county's code, a city's 4-digit code (all its counties), or several codes.
    hour : int, optional
        Index into the valid hours; the worst hour of each region where None.
    width : int
        Width [px]; the height is three quarters of it.

    Returns
    -------
    str
        SVG 1.1, self-contained; the same arguments give the same text.

    Raises
    ------
    DataError
        No such region or hour.
    """
    regions = chosen_regions(outlook, codes)
    hours = len(outlook.assessment.valid_at)
    if hour is not None and not 0 <= hour < hours:
        raise DataError(
            "no such hour", where="hour", expected=f"0 to {hours - 1}", found=str(hour), remedy="see valid_at"
        )
    height, top, foot = round(width * 0.75), 44, 62
    frame, window = _frame(regions, width, height - top - foot, top)
    tiers = {r.code: _tier(outlook, r.code, hour) for r in regions}
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="{FONT}" role="img">',
        f"<title>{escape(_title(outlook, regions, hour))}</title>",
        f"<defs>{_hatches()}</defs>",
        f'<rect y="{top}" width="{width}" height="{height - top - foot}" fill="#FAFCFD"/>',
        *_neighbours(outlook, regions, frame, window),
        *(_region(frame, region, tiers[region.code]) for region in regions),
        *_labels(frame, regions, tiers, window),
        *_furniture(frame, width, top, height - foot),
        *_words(outlook, regions, hour, width, height),
        *_legend(width, height - foot),
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def chosen_regions(outlook: Outlook, codes: str | Sequence[str]) -> tuple[Region, ...]:
    """Regions of a code, of a city's code (all its counties) or of several codes.

    Raises
    ------
    DataError
        No such region.
    """
    asked = (codes,) if isinstance(codes, str) else tuple(codes)
    found: list[Region] = []
    for code in asked:
        members = [r for r in outlook.assessment.regions if code in (r.city_code, r.code)]
        found += members or [outlook.assessment.region(code)]
    return tuple(dict.fromkeys(found))


def _tier(outlook: Outlook, code: str, hour: int | None) -> Tier | None:
    at = outlook.assessment.worst(code) if hour is None else outlook.assessment.at(code, hour)
    return at.tier


def _frame(regions: Iterable[Region], width: float, height: float, top: float) -> tuple[_Frame, BaseGeometry]:
    """Frame with a margin of 12 % about the regions, and what it shows."""
    west, south, east, north = shapely.total_bounds([r.geometry for r in regions])
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(width / ((east - west) * squeeze * 1.24), height / ((north - south) * 1.24))
    half_x, half_y = width / scale / squeeze / 2, height / scale / 2
    x, y = (west + east) / 2, (south + north) / 2
    window = shapely.box(x - half_x, y - half_y, x + half_x, y + half_y)
    return _Frame(x - half_x, y + half_y, squeeze, scale, top), window


def _hatches() -> str:
    return "".join(
        f'<pattern id="hatch{int(tier)}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        f'<path d="{path}" fill="none" stroke="#000" stroke-opacity="0.34" stroke-width="0.9"/></pattern>'
        for tier, (path, size) in _HATCHES.items()
    )


def _neighbours(
    outlook: Outlook, regions: Sequence[Region], frame: _Frame, window: BaseGeometry
) -> Iterable[str]:
    """Grey outlines, cut at the frame here: a clip path would cost a renderer more than all the rest."""
    own = {r.code for r in regions}
    bottom = frame.point(frame.west, window.bounds[1])[1]
    for region in outlook.assessment.regions:
        if region.code in own or not shapely.intersects(region.geometry, window):
            continue
        seen = shapely.intersection(region.geometry, window)
        if not seen.area:  # it only touches the frame
            continue
        yield f'<path d="{frame.path(seen)}" fill="{_NEIGHBOUR}" stroke="#9A9A9A" stroke-width="0.7"/>'
        if seen.area > 0.01 * window.area:
            x, y = frame.point(*_anchor(seen))
            yield _text(region.name, x, min(max(y + 4, frame.top + 12), bottom - 4), 11, fill="#777")


def _region(frame: _Frame, region: Region, tier: Tier | None) -> str:
    path = frame.path(region.geometry)
    colour = NO_DATA_COLOUR if tier is None else tier.colour
    drawn = f'<path d="{path}" fill="{colour}" fill-rule="evenodd" stroke="{_LINE}" stroke-width="1.4"/>'
    if tier in _HATCHES:
        drawn += f'<path d="{path}" fill="url(#hatch{int(tier)})" fill-rule="evenodd"/>'
    return drawn


def _labels(
    frame: _Frame, regions: Sequence[Region], tiers: dict[str, Tier | None], window: BaseGeometry
) -> Iterable[str]:
    size = 15 if len(regions) == 1 else 12 if len(regions) <= 5 else 10
    taken: list[tuple[float, float, float, float]] = []
    for region in sorted(regions, key=lambda r: (-r.geometry.area, r.code)):
        seen = shapely.intersection(region.geometry, window)
        x, y = frame.point(*_anchor(seen))
        west, south, east, north = _largest(seen).bounds
        left, right = frame.point(west, south)[0], frame.point(east, north)[0]
        wide = 0.55 * size * len(region.name)
        alone = wide > right - left and len(regions) <= 5
        place: dict[str, Any] = {"halo": True, "bold": True, "anchor": "start" if alone else "middle"}
        x = right + 4 if alone else x  # beside a small island, whose colour the label would hide
        box = (x - wide, y - 1.1 * size, x + wide, y + 1.1 * size)
        if any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
            tier = tiers[region.code]  # no room for the name: the number alone, which must not fail
            number = NO_DATA_WORDS[0] if tier is None else str(int(tier))
            yield _text(number, x, y + 0.35 * size, size, **place)
            continue
        taken.append(box)
        yield _text(region.name, x, y - 2, size, **place)
        yield _text(tier_label(tiers[region.code]), x, y + size - 1, size, **place)


def tier_label(tier: Tier | None) -> str:
    """Number and word of a tier, for labels that must survive a grey print.

    Examples
    --------
    >>> tier_label(Tier.RED), tier_label(None)
    ('4 红', '无数据')
    """
    return NO_DATA_WORDS[0] if tier is None else f"{int(tier)} {tier.chinese}"


def _anchor(geometry: BaseGeometry) -> tuple[float, float]:
    """A point well inside the largest part."""
    largest = _largest(geometry)
    point = shapely.centroid(largest)
    if not shapely.contains(largest, point):
        point = shapely.point_on_surface(largest)
    return float(point.x), float(point.y)


def _largest(geometry: BaseGeometry) -> Any:
    return max(shapely.get_parts(geometry), key=lambda part: part.area)


def _text(
    words: str,
    x: float,
    y: float,
    size: float,
    *,
    fill: str = "#1A1A1A",
    anchor: str = "middle",
    halo: bool = False,
    bold: bool = False,
) -> str:
    """A text; the halo is a white copy under it, since old renderers know no paint-order."""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
    words = escape(words)
    under = (
        f'<text {place} fill="#fff" stroke="#fff" stroke-width="3.4" stroke-linejoin="round">{words}</text>'
        if halo
        else ""
    )
    weight = f' stroke="{fill}" stroke-width="0.2"' if bold else ""
    return f'{under}<text {place} fill="{fill}"{weight}>{words}</text>'


def _furniture(frame: _Frame, width: int, top: int, bottom: int) -> Iterable[str]:
    """North arrow, scale bar and neat line."""
    x, y = width - 26, top + 40
    yield (
        f'<path d="M{x} {y - 30}l7 24l-7 -5l-7 5z" fill="{_LINE}" stroke="#fff" stroke-width="0.8"/>'
        + _text("北 N", x, y + 8, 10, halo=True)
    )
    kilometres = _round_length(0.22 * width / frame.scale * KM_PER_DEGREE)
    length = kilometres / KM_PER_DEGREE * frame.scale
    left, low = 14, bottom - 12
    yield (
        f'<rect x="{left - 5}" y="{low - 19}" width="{length + 34:.1f}" height="26" fill="#fff" fill-opacity="0.8"/>'
        f'<path d="M{left} {low - 6}v6h{length:.1f}v-6" fill="none" stroke="#1A1A1A" stroke-width="1.6"/>'
        + _text("0", left, low - 9, 9)
        + _text(f"{kilometres:g} km", left + length, low - 9, 9)
    )
    yield f'<rect x="0.5" y="{top}" width="{width - 1}" height="{bottom - top}" fill="none" stroke="{_LINE}"/>'


def _round_length(kilometres: float) -> float:
    """Largest of 1, 2, 5 times a power of ten that is not longer.

    Examples
    --------
    >>> [_round_length(k) for k in (0.7, 3.0, 49.0, 120.0)]
    [0.5, 2.0, 20.0, 100.0]
    """
    power = float(10.0 ** math.floor(math.log10(kilometres)))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= kilometres)


def _title(outlook: Outlook, regions: Sequence[Region], hour: int | None) -> str:
    place = regions[0].name if len(regions) == 1 else regions[0].city_name
    when = "预报时段内最高等级" if hour is None else f"{beijing(outlook.assessment.valid_at[hour])}(北京时间)"
    return f"{place}综合风险五色图 {when}"


def _words(
    outlook: Outlook, regions: Sequence[Region], hour: int | None, width: int, height: int
) -> Iterable[str]:
    yield _text(_title(outlook, regions, hour), width / 2, 20, 15, bold=True)
    # the picture would cut off a long line
    marks = " · ".join(dict.fromkeys(brief_mark(chinese) for chinese, _ in outlook.marks))
    event = f"台风“{outlook.event.chinese}”({outlook.event.number}) · 起报 {beijing(outlook.issued_at)}"
    yield _text(f"{event}{' · ' + marks if marks else ''}", width / 2, 37, 11, fill="#444")
    yield _text(f"{DISCLAIMER[0]} · 审图号:(待填)", 6, height - 8, 11, fill="#A00018", anchor="start")
    yield _text("坐标 WGS-84", width - 6, height - 8, 9, fill="#666", anchor="end")


def _legend(width: int, top: int) -> Iterable[str]:
    """Five tiers and grey, with hatch, number, colour word and risk word."""
    step = (width - 12) / 6
    for n, tier in enumerate((Tier.RED, Tier.ORANGE, Tier.YELLOW, Tier.BLUE, Tier.GREEN, None)):
        x, y = 6 + n * step, top + 10
        colour = NO_DATA_COLOUR if tier is None else tier.colour
        box = f'x="{x:.1f}" y="{y}" width="22" height="16"'
        yield f'<rect {box} fill="{colour}" stroke="{_LINE}" stroke-width="0.7"/>'
        if tier in _HATCHES:
            yield f'<rect {box} fill="url(#hatch{int(tier)})"/>'
        words = NO_DATA_WORDS[0] if tier is None else f"{tier_label(tier)} {tier.risk_words}"
        yield _text(words, x + 26, y + 12, 10.5, anchor="start")
