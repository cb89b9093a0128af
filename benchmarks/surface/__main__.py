"""``python -m benchmarks.surface``: draws both pictures and prints the numbers of the pages."""

from __future__ import annotations

import json

from rich.console import Console

from benchmarks.harness import ROOT
from benchmarks.surface.factors import draw_factors, numbers
from benchmarks.surface.inland import cases, draw_inland, errors

IMAGES = ROOT / "docs" / "images"


def main() -> int:
    """Write ``surface.svg`` and ``inland.svg``, print the rest."""
    (IMAGES / "surface.svg").write_text(draw_factors(), encoding="utf-8")
    found = cases()
    (IMAGES / "inland.svg").write_text(draw_inland(found), encoding="utf-8")
    Console().print_json(json.dumps({"factors": numbers(), "decay": errors(found)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
