"""``python -m benchmarks.cycles.picture``: draws ``docs/images/cycles.svg``, computed and published tiers of one county."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from benchmarks.harness import ROOT
from riskmap.scale import NO_DATA, NO_DATA_COLOUR, Tier
from riskmap.standing import Confirmation, Standing, advance

PAGE = ROOT / "docs" / "images" / "cycles.svg"
COMPUTED = (1, 3, 4, 2, 4, 2, NO_DATA, 2, 1, 1, 1, 1, 0, 0, 0, 0)
"""A made sequence: it rises twice, has no data once, and dies away."""
CONFIRMED = {8: (Tier.RED, Tier.ORANGE), 10: (Tier.ORANGE, Tier.YELLOW)}
"""Cycle after which a person confirms: from, to."""
STEP, LEFT, TOP, ROW = 44, 110, 46, 44
START = datetime(2021, 7, 24, tzinfo=UTC)


def main() -> int:
    """Write the picture."""
    PAGE.write_text(draw(), encoding="utf-8")
    return 0


def cycles() -> list[Standing]:
    """The standing of each cycle, by the library's own rule."""
    said: list[Confirmation] = []
    found: list[Standing] = []
    for n, tier in enumerate(COMPUTED):
        at = START + timedelta(hours=6 * n)
        last = found[-1] if found else None
        found.append(
            advance(last, {("wind", "330902"): tier}, event="2106", issued_at=at, confirmations=said)
        )
        if n in CONFIRMED:
            said.append(Confirmation("2106", at, "330902", "wind", *CONFIRMED[n], "a person", "calm", at))
    return found


def draw() -> str:
    """Two rows of boxes, computed above, published below."""
    width = LEFT + STEP * len(COMPUTED) + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 190" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="190" fill="white"/>',
        f'<text x="{LEFT}" y="22">one county over {len(COMPUTED)} cycles (a made example): up at once, down by one after two lower cycles</text>',
        f'<text x="{LEFT - 10}" y="{TOP + 25}" text-anchor="end">computed 计算</text>',
        f'<text x="{LEFT - 10}" y="{TOP + ROW + 25}" text-anchor="end">published 发布</text>',
    ]
    for n, standing in enumerate(cycles()):
        entry = standing.of("330902", "wind")
        assert entry is not None
        x = LEFT + STEP * n
        lines += [_box(x, TOP, entry.computed), _box(x, TOP + ROW, entry.published)]
        if n in CONFIRMED:
            lines.append(
                f'<text x="{x + STEP / 2}" y="{TOP + 2 * ROW + 22}" text-anchor="middle">▲</text>'
                f'<text x="{x + STEP / 2}" y="{TOP + 2 * ROW + 40}" text-anchor="middle" font-size="11">确认</text>'
            )
    lines.append(
        f'<text x="{LEFT - 10}" y="{TOP + 2 * ROW + 22}" text-anchor="end" font-size="11">a person confirms</text>'
    )
    return "\n".join([*lines, "</svg>", ""])


def _box(x: float, y: float, tier: int) -> str:
    colour = Tier(tier).colour if tier >= Tier.GREEN else NO_DATA_COLOUR
    word = str(tier) if tier >= Tier.GREEN else "?"
    ink = "white" if tier in (Tier.RED, Tier.BLUE) else "black"
    return (
        f'<rect x="{x}" y="{y}" width="{STEP - 4}" height="{ROW - 6}" fill="{colour}" stroke="#444"/>'
        f'<text x="{x + (STEP - 4) / 2}" y="{y + 24}" text-anchor="middle" fill="{ink}">{word}</text>'
    )


if __name__ == "__main__":
    sys.exit(main())
