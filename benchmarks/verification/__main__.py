"""``python -m benchmarks.verification``: writes ``docs/verification.md`` and its picture."""

from __future__ import annotations

import sys

from benchmarks.harness import ROOT
from benchmarks.verification.page import lines
from benchmarks.verification.picture import picture
from benchmarks.verification.scores import CENTRE, centre
from riskmap.verify import verify_radii

PAGE = ROOT / "docs" / "verification.md"
PICTURE = ROOT / "docs" / "images" / "verification.svg"


def main() -> int:
    """Write both, or say what is missing: a page without its In-Fa table would lose it."""
    if not CENTRE.is_file():
        print(f"{CENTRE.name} is not beside the checkout: the page is left as it is", file=sys.stderr)
        return 2
    PAGE.write_text("\n".join(lines(verify_radii(centre()))) + "\n", encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
