"""The page of the dangers: where reports crowd, which open danger first, whether they come faster; it opens without a network."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import Final, NamedTuple

from evac.dangers.heat import Heat, HeatCell
from evac.dangers.rules import rules
from evac.dangers.trend import Trend
from evac.dangers.urgency import Hot
from riskmap.outlook import beijing
from riskmap.products.self_contained import require_self_contained
from riskmap.region import Region

COLUMNS: Final = ("south", "west", "north", "east", "reports", "dangers", "open")
"""Header of ``cells.csv``; of what is shared, the last two are empty."""
_SHADES: Final = ((1, "#fde8c8"), (3, "#fbbf6b"), (10, "#f08030"), (30, "#d03018"), (100, "#7a0000"))
"""Reports from -> colour. None is a colour of a tier, so that nobody takes heat for a warning."""
_WIDTH: Final = 760.0
_MOST_LISTED: Final = 30
_MARGIN: Final = 0.06


class _Frame(NamedTuple):
    """From degrees to the picture."""

    west: float
    north: float
    squeeze: float
    scale: float
    height: float

    def xy(self, longitude: float, latitude: float) -> tuple[float, float]:
        return (longitude - self.west) * self.squeeze * self.scale, (self.north - latitude) * self.scale


def cells_csv(heat: Heat) -> str:
    """One line a cell, after a byte-order mark; WGS-84 degrees."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for c in heat.cells:
        box = [f"{v:.6f}" for v in (c.south, c.west, c.north, c.east)]
        writer.writerow([*box, c.reports, *(("", "") if heat.shared else (c.dangers, c.open))])
    return out.getvalue()


def dangers_page(
    heat: Heat, hot: Sequence[Hot], trends: Sequence[Trend], at: datetime, *, outlines: Sequence[Region] = (), synthetic: bool,
) -> str:  # fmt: skip
    """The page.

    Parameters
    ----------
    heat : Heat
        Where it is shared, the page names no danger, no place and no sum.
    hot : sequence of Hot
        From ``hot_list``.
    trends : sequence of Trend
        From ``trends``; those that are alarms are shown.
    at : datetime
    outlines : sequence of Region
        Drawn under the cells.
    synthetic : bool
        Marks it as a drill's.
    """
    late = sum(one.late for one in hot)
    told = "" if heat.unplaced is None else f",无坐标 {heat.unplaced} 起"
    sums = "共享版 · shared" if heat.shared else f"未结险情 {len(hot)} 处,超时未核实 {late} 处{told}"
    alarms = [] if heat.shared else [trend for trend in trends if trend.alarm]
    rule = rules()
    slots = {
        "marks": '<p class="mark">演练 EXERCISE</p>' if synthetic else "",
        "sum": escape(f"{beijing(at)} · {sums}"),
        "alarms": _alarms(alarms),
        "map": _map(heat, outlines),
        "key": _key(heat),
        "title": "不列明细 · not listed" if heat.shared else "热榜 most urgent first",
        "list": _none_shared(heat) if heat.shared else _list(hot),
        "notes": escape(
            "风险研判产品,非气象预警信号。热力图按报告起数,不表示风险等级。"
            f"热榜 = 程度 × 独立报告 × 附近人数 × 已等时间 [{rule['urgency']['status']}];同一人、同一照片只计一起。"
            "行政区划示意,仅供内部研判,公开使用须经地图审核并标注审图号。"
        ),
    }  # fmt: skip
    page = (files("evac") / "templates" / "dangers.html").read_text(encoding="utf-8")
    before, *parts = page.split("{{")
    page = before + "".join(slots[name] + rest for name, rest in (part.split("}}", 1) for part in parts))
    require_self_contained(page, page="dangers")
    return page


def _alarms(trends: Sequence[Trend]) -> str:
    if not trends:
        return ""
    lines = "<br>".join(escape(trend.words) for trend in trends)
    return f'<p class="alarm">趋势告警(阈值为本系统建议 D)<br>{lines}</p>'


def _none_shared(heat: Heat) -> str:
    return f"<p>报告人不足 {heat.least} 人的格网不显示,不列具体险情、地点和合计。</p>"


def _list(hot: Sequence[Hot]) -> str:
    if not hot:
        return "<p>无未结险情 no open danger</p>"
    rows = "".join(
        f"<li>{escape(f'{h.danger.words} {h.danger.where}')} [{escape(h.danger.standing)}] <code>{h.danger.id[-12:]}</code>"
        + (' <span class="late">超时未核实</span>' if h.late else "")
        + f'<br><span class="parts">{escape(h.why)}</span></li>'
        for h in hot[:_MOST_LISTED]
    )
    more = f"<p>另有 {len(hot) - _MOST_LISTED} 处 more</p>" if len(hot) > _MOST_LISTED else ""
    return f"<ol>{rows}</ol>{more}"


def _key(heat: Heat) -> str:
    ends = [f"{low}–{high - 1}" for (low, _), (high, _) in pairwise(_SHADES)] + [f"≥ {_SHADES[-1][0]}"]
    shown = [
        f'<span style="background:{colour}"></span>{end} 起'
        for (low, colour), end in zip(_SHADES, ends)
        if not heat.shared or low >= heat.least
    ]
    return "报告起数" + "".join(shown)


def _shade(reports: int) -> str:
    return next(colour for least, colour in reversed(_SHADES) if reports >= least)


def _map(heat: Heat, outlines: Sequence[Region]) -> str:
    frame = _frame(heat.cells, outlines)
    if frame is None:
        return "<p>无坐标可画 nothing with a position</p>"
    shapes = "".join(_paths(outlines, frame))
    cells = "".join(_cells(heat, frame))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {frame.height:.0f}" role="img" '
        f'aria-label="险情热力图 heat map of reports" font-family="sans-serif">{shapes}{cells}{"".join(_scale(frame))}</svg>'
    )


def _frame(cells: Sequence[HeatCell], outlines: Sequence[Region]) -> _Frame | None:
    """The picture's bounds: the cells, and the outlines that hold one of them."""
    boxes = [(c.west, c.south, c.east, c.north) for c in cells] or [r.geometry.bounds for r in outlines]
    if not boxes:
        return None
    west, south = min(b[0] for b in boxes), min(b[1] for b in boxes)
    east, north = max(b[2] for b in boxes), max(b[3] for b in boxes)
    squeeze = math.cos(math.radians((south + north) / 2))
    least = 0.12  # a single cell is shown with what lies about it
    wide, high = max((east - west) * squeeze, least), max(north - south, least * 0.75)
    wide, high = wide * (1 + 2 * _MARGIN), high * (1 + 2 * _MARGIN)
    scale = _WIDTH / wide
    return _Frame(
        (west + east) / 2 - wide / squeeze / 2, (south + north) / 2 + high / 2, squeeze, scale, high * scale
    )


def _paths(outlines: Sequence[Region], frame: _Frame) -> Iterator[str]:
    if not outlines:
        return
    import shapely

    south = frame.north - frame.height / frame.scale
    seen = shapely.box(frame.west, south, frame.west + _WIDTH / frame.squeeze / frame.scale, frame.north)
    for region in outlines:
        inside = shapely.intersection(region.geometry, seen)
        if inside.is_empty:
            continue
        for part in shapely.get_parts(inside):
            if part.geom_type == "Polygon":
                points = " ".join("{:.1f},{:.1f}".format(*frame.xy(*p[:2])) for p in part.exterior.coords)
                yield f'<polygon points="{points}" fill="#fff" stroke="#8a98a5" stroke-width="1"/>'
        spot = shapely.point_on_surface(inside)
        x, y = frame.xy(spot.x, spot.y)
        yield f'<text x="{x:.0f}" y="{y:.0f}" font-size="13" fill="#667" text-anchor="middle">{escape(region.name)}</text>'


def _cells(heat: Heat, frame: _Frame) -> Iterator[str]:
    for c in reversed(heat.cells):  # the fullest on top
        (x, y), (right, low) = frame.xy(c.west, c.north), frame.xy(c.east, c.south)
        wide, high = max(right - x, 3.0), max(low - y, 3.0)
        told = f"{c.reports} 起" if heat.shared else f"{c.reports} 起,险情 {c.dangers} 处,未结 {c.open} 处"
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{_shade(c.reports)}" '
            f'stroke="#402000" stroke-width=".6"><title>{told}</title></rect>'
        )
        if wide > 16:
            colour = "#fff" if c.reports >= 30 else "#000"
            yield (
                f'<text x="{x + wide / 2:.1f}" y="{y + high / 2 + 4:.1f}" font-size="12" text-anchor="middle" fill="{colour}">{c.reports}</text>'
            )


def _scale(frame: _Frame) -> Iterator[str]:
    """A bar of a round length."""
    metre = frame.scale / 111_195.0
    length = next(
        k
        for k in (200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500)
        if k * metre < _WIDTH / 3
    )
    y = frame.height - 14
    yield f'<path d="M14,{y:.0f} h{length * metre:.1f}" stroke="#222" stroke-width="3"/>'
    yield f'<text x="14" y="{y - 6:.0f}" font-size="12">{length / 1000:g} km</text>'
