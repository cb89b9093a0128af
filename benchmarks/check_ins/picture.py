"""docs/images/codes.png: a code as printed, turned and blurred, dirty within the level's reach, and beyond it.

``python -m benchmarks.check_ins.picture``
"""

from __future__ import annotations

import random

from PIL import Image

from benchmarks.check_ins.codes import code
from benchmarks.check_ins.dirt import CLAIM, Harm, picture
from benchmarks.harness import ROOT

SHOWN = (
    (Harm(), False),
    (Harm(blur=0.25, turn=True, tilt=0.08), False),
    (CLAIM, True),
    (Harm(dirt=0.3), False),
)
WIDE = 260


def main() -> None:
    """Write the picture."""
    rng = random.Random(4)
    strip = Image.new("L", (WIDE * len(SHOWN), WIDE), 255)
    for n, (harm, reach) in enumerate(SHOWN):
        shot = Image.fromarray(picture(code(rng)[1], harm, rng, reach=reach))
        edge = shot.width // 12
        cut = shot.crop((edge, edge, shot.width - edge, shot.height - edge))
        strip.paste(cut.resize((WIDE, WIDE), Image.Resampling.LANCZOS), (n * WIDE, 0))
    strip.quantize(16).save(ROOT / "docs" / "images" / "codes.png", optimize=True)


if __name__ == "__main__":
    main()
