"""The map of a village's sheet as an SVG string: danger areas, ways and shelters, from the positions that are given."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from riskmap.products.county_map import FONT, KM_PER_DEGREE
from riskmap.village import Position, Village

WIDTH: Final = 1000
HEIGHT: Final = 960
MARGIN: Final = 90
"""Of the picture [px]."""

DANGER: Final = "#B3261E"
WAY: Final = "#1B5E9B"
SHELTER: Final = "#1E7B3A"
"""Not the tiers' colours: a danger area is a place, not a forecast."""

LEAST_SPAN: Final = 0.002
"""A single point is shown with so much around it [degrees]."""

_STEPS: Final = (20, 50, 100, 200, 500, 1000, 2000, 5000)  # lengths of the scale bar [m]


class _Frame:
    """Longitude and latitude [degrees] to pixels: equirectangular about the middle."""

    def __init__(self, positions: Sequence[Position]) -> None:
        west, east = min(p[0] for p in positions), max(p[0] for p in positions)
        south, north = min(p[1] for p in positions), max(p[1] for p in positions)
        self.x, self.y = (west + east) / 2, (south + north) / 2
        self.squeeze = math.cos(math.radians(self.y))
        wide, high = max((east - west) * self.squeeze, LEAST_SPAN), max(north - south, LEAST_SPAN)
        self.scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)

    def __call__(self, position: Position) -> Position:
        x = WIDTH / 2 + (position[0] - self.x) * self.squeeze * self.scale
        return round(x, 1), round(HEIGHT / 2 - (position[1] - self.y) * self.scale, 1)

    def path(self, positions: Sequence[Position]) -> str:
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in map(self, positions))


class _Labels:
    """Places for texts that do not lie on each other."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, float, float, float]] = []

    def hold(self, x: float, y: float, half: float) -> None:
        self.taken.append((x - half, y - half, x + half, y + half))

    def hold_line(self, corners: Sequence[Position]) -> None:
        for (x0, y0), (x1, y1) in pairwise(corners):
            steps = max(1, int(math.hypot(x1 - x0, y1 - y0) / 12))
            for n in range(steps + 1):
                self.hold(x0 + (x1 - x0) * n / steps, y0 + (y1 - y0) * n / steps, 5)

    def put(self, words: str, at: Position, *, size: float, colour: str, off: float) -> str:
        wide = size * sum(0.55 if ord(c) < 256 else 1.0 for c in words)
        x, y = at
        places = [
            (x - wide / 2, y - off - size), (x - wide / 2, y + off), (x + off, y - size / 2), (x - off - wide, y - size / 2),
            (x - wide / 2, y - 2 * off - 2 * size), (x - wide / 2, y + 2 * off + size),
        ]  # fmt: skip
        boxes = [(left, top, left + wide, top + size * 1.2) for left, top in places]
        free = (
            box
            for box in boxes
            if box[0] > 4 and box[2] < WIDTH - 4 and not any(_overlap(box, t) for t in self.taken)
        )
        box = next(free, boxes[0])
        self.taken.append(box)
        return _text(words, box[0], box[1] + size, size, colour)


def village_map_svg(village: Village) -> str:
    """The map of a village, neighbours and ground left out: only what is given is drawn.

    Parameters
    ----------
    village : Village
        With at least one position, WGS-84 [degrees].

    Returns
    -------
    str
        SVG 1.1, 1,000 by 960 pixels; the same village gives the same text.
    """
    frame, labels = _Frame(village.positions), _Labels()
    centres = {area.name: _centre(area.outline) or area.at for area in village.danger}
    shelters = {shelter.name: shelter.at for shelter in village.shelter}
    for place in (*centres.values(), *shelters.values()):
        if place is not None:
            labels.hold(*frame(place), 14)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="{FONT}">',
        '<defs><pattern id="d" width="10" height="10" patternUnits="userSpaceOnUse"><path d="M0 10L10 0" '
        f'stroke="{DANGER}" stroke-width="1.2"/></pattern></defs>',
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" fill="#FCFBF7" stroke="#555"/>',
        *_areas(village, frame),
        *_ways(village, frame, centres, shelters, labels),
        *_marks(village, frame, centres, labels),
        *_furniture(frame),
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _areas(village: Village, frame: _Frame) -> Iterator[str]:
    for area in village.danger:
        if area.outline:
            path = frame.path(area.outline) + "Z"
            yield f'<path d="{path}" fill="#F9E3E1"/><path d="{path}" fill="url(#d)" stroke="{DANGER}" stroke-width="2.5"/>'


def _ways(
    village: Village,
    frame: _Frame,
    centres: dict[str, Position | None],
    shelters: dict[str, Position | None],
    labels: _Labels,
) -> Iterator[str]:
    """Ways as they are given; a dashed straight line where only both ends are known."""
    pairs = {(route.start, route.shelter): route.line for route in village.route}
    for area in village.danger:
        if area.shelter:
            pairs.setdefault((area.name, area.shelter), ())
    for (start, end), line in pairs.items():
        known = [place for place in (centres[start], shelters[end]) if place is not None]
        positions, dash = (line, "") if len(line) > 1 else (tuple(known), ' stroke-dasharray="10 7"')
        if len(positions) > 1:
            labels.hold_line([frame(p) for p in positions])
            path = frame.path(positions)
            yield f'<path d="{path}" fill="none" stroke="#fff" stroke-width="8"/>'
            yield f'<path d="{path}" fill="none" stroke="{WAY}" stroke-width="4" stroke-linejoin="round"{dash}/>'
            yield _arrow(*(frame(p) for p in positions[-2:]))


def _arrow(a: Position, b: Position) -> str:
    """Head of a way, a little before its end, where the shelter's mark stands."""
    length = math.hypot(b[0] - a[0], b[1] - a[1]) or 1.0
    ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    tip = b[0] - 16 * ux, b[1] - 16 * uy
    left, right = ((tip[0] - 18 * ux + s * 9 * uy, tip[1] - 18 * uy - s * 9 * ux) for s in (1, -1))
    corners = "L".join(f"{x:.1f} {y:.1f}" for x, y in (tip, left, right))
    return f'<path d="M{corners}Z" fill="{WAY}" stroke="#fff" stroke-width="1"/>'


def _marks(
    village: Village, frame: _Frame, centres: dict[str, Position | None], labels: _Labels
) -> Iterator[str]:
    for n, area in enumerate(village.danger, 1):
        place = centres[area.name]
        if place is not None:
            x, y = frame(place)
            yield f'<circle cx="{x:g}" cy="{y:g}" r="13" fill="{DANGER}" stroke="#fff" stroke-width="2"/>'
            yield _text(str(n), x - 4.5, y + 6, 16, "#fff", halo=False)
            yield labels.put(area.name, (x, y), size=18, colour=DANGER, off=18)
    for shelter in village.shelter:
        if shelter.at is not None:
            x, y = frame(shelter.at)
            yield f'<path d="M{x - 14:g} {y:g}L{x:g} {y - 15:g}L{x + 14:g} {y:g}V{y + 13:g}H{x - 14:g}Z" fill="{SHELTER}" stroke="#fff" stroke-width="2"/>'
            words = shelter.name if shelter.places is None else f"{shelter.name}({shelter.places}人)"
            yield labels.put(words, (x, y), size=18, colour=SHELTER, off=20)


def _furniture(frame: _Frame) -> Iterator[str]:
    """North arrow, scale bar and key."""
    metre = frame.scale / (KM_PER_DEGREE * 1000.0)
    length = max((step for step in _STEPS if step * metre <= 0.25 * WIDTH), default=_STEPS[0])
    x, y = WIDTH - 40, 60
    yield f'<path d="M{x} {y - 42}l11 36l-11 -8l-11 8z" fill="#333"/>' + _text(
        "北", x - 8, y + 12, 16, "#333"
    )
    low, wide = HEIGHT - 24, length * metre
    yield f'<path d="M24 {low - 8}v8h{wide:.1f}v-8" fill="none" stroke="#1A1A1A" stroke-width="2.5"/>'
    yield _text(f"{length} 米", 30 + wide, low, 16, "#1A1A1A")
    left = WIDTH - 520
    yield f'<circle cx="{left}" cy="{low - 6}" r="9" fill="{DANGER}"/>' + _text(
        "危险区", left + 14, low, 16, "#1A1A1A"
    )
    yield f'<path d="M{left + 95} {low - 6}h42" stroke="{WAY}" stroke-width="4"/>' + _text(
        "转移路线", left + 143, low, 16, "#1A1A1A"
    )
    dashed = f'<path d="M{left + 225} {low - 6}h42" stroke="{WAY}" stroke-width="4" stroke-dasharray="10 7"/>'
    yield dashed + _text("示意连线", left + 273, low, 16, "#1A1A1A")
    yield f'<rect x="{left + 355}" y="{low - 15}" width="17" height="17" fill="{SHELTER}"/>' + _text(
        "避灾安置场所", left + 379, low, 16, "#1A1A1A"
    )


def _centre(outline: Sequence[Position]) -> Position | None:
    """A point well inside an outline."""
    if len(outline) < 3:
        return outline[0] if outline else None
    import shapely

    point = shapely.point_on_surface(shapely.make_valid(shapely.Polygon(outline)))
    return float(point.x), float(point.y)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _text(words: str, x: float, y: float, size: float, colour: str, *, halo: bool = True) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"'
    words = escape(words)
    under = (
        f'<text {place} fill="#fff" stroke="#fff" stroke-width="5" stroke-linejoin="round">{words}</text>'
        if halo
        else ""
    )
    return f'{under}<text {place} fill="{colour}">{words}</text>'
