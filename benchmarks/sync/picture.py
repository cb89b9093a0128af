"""``python -m benchmarks.sync.picture``: draws ``docs/images/sync.svg``, how check-ins travel without a network."""

from __future__ import annotations

import sys

from benchmarks.harness import ROOT

PAGE = ROOT / "docs" / "images" / "sync.svg"
WIDTH, HEIGHT = 860, 330
NODES = {
    "K1": (20, 30, "安置点 S1", "evac kiosk"),
    "K2": (20, 130, "安置点 S2", "evac kiosk"),
    "P7": (20, 230, "手机 phone", "one line an event"),
    "330902": (300, 80, "县 county", "evac bundle import"),
    "330903": (300, 230, "县 county", "evac bundle import"),
    "330900": (520, 150, "市 city", "evac bundle import"),
    "330000": (720, 150, "省 province", "one state 同一状态"),
}
"""Node -> left, top, place, what runs there."""
BOX = (124, 56)
SOLID, DASHED = "#33475b", "#b8860b"
UP = [
    ("K1", "330902", "1-40"), ("K2", "330902", "1-25"), ("P7", "330903", "*.jsonl"), ("330902", "330900", "1-65"),
    ("330903", "330900", "1-30"), ("330900", "330000", "1-95"),
]  # fmt: skip
"""From, to, positions of the sender's log."""


def main() -> int:
    """Write the picture."""
    PAGE.write_text(draw(), encoding="utf-8")
    return 0


def draw() -> str:
    """Boxes for nodes, arrows for sticks that go up, dashed ones for acknowledgements and a stick that goes past a level."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for start, end, words in UP:
        (x, y), (u, v) = _right(start), _left(end)
        lines.append(_arrow(x, y, u, v, SOLID))
        lines.append(f'<text x="{(x + u) / 2}" y="{(y + v) / 2 - 6}" text-anchor="middle">{words}</text>')
    x, y = NODES["K1"][0] + BOX[0], NODES["K1"][1] + 14
    u, v = NODES["330000"][0] + 62, NODES["330000"][1]
    lines += [
        f'<path d="M{x} {y}C380 10 {u} 50 {u} {v}" fill="none" stroke="{DASHED}" stroke-dasharray="6 4" marker-end="url(#a)"/>',
        f'<text x="620" y="20" text-anchor="middle" fill="{DASHED}">past a level, again, out of order: 0 new 越级、重复、乱序均可</text>',
        _arrow(306, 136, 144, 178, DASHED, dashed=True),
        f'<text x="236" y="176" text-anchor="middle" fill="{DASHED}" font-size="11">回执 ack</text>',
        '<text x="300" y="316" font-size="12">名册 roster + key go down once; bundles 数据包 go up; the state is the fold of the union of all events</text>',
    ]
    for name, (left, top, place, runs) in NODES.items():
        middle = left + BOX[0] / 2
        lines += [
            f'<rect x="{left}" y="{top}" width="{BOX[0]}" height="{BOX[1]}" rx="6" fill="#eef3f8" stroke="{SOLID}"/>',
            f'<text x="{middle}" y="{top + 23}" text-anchor="middle">{place} {name}</text>',
            f'<text x="{middle}" y="{top + 43}" text-anchor="middle" font-size="11" fill="#555">{runs}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def _right(name: str) -> tuple[float, float]:
    left, top, *_ = NODES[name]
    return left + BOX[0], top + BOX[1] / 2


def _left(name: str) -> tuple[float, float]:
    left, top, *_ = NODES[name]
    return left, top + BOX[1] / 2


def _arrow(x: float, y: float, u: float, v: float, colour: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<path d="M{x} {y}L{u} {v}" stroke="{colour}"{dash} marker-end="url(#a)"/>'


if __name__ == "__main__":
    sys.exit(main())
