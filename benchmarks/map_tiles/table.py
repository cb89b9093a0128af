"""``python -m benchmarks.map_tiles.table``: put the last run of ``benchmarks.products`` into the table of its page.

Rows of ``docs/concepts/product_speed.md`` that begin with the name of a claim get what was measured as their last cell, and
``docs/images/product_speed.svg`` is drawn from them.
"""

from __future__ import annotations

import json

from benchmarks.harness import RESULTS, ROOT
from benchmarks.water.picture import draw, rows
from benchmarks.water.table import filled

PAGE = ROOT / "docs" / "concepts" / "product_speed.md"
PICTURE = ROOT / "docs" / "images" / "product_speed.svg"
RUN = RESULTS / "products.json"


def main() -> None:
    """Rewrite the page and its picture."""
    records = json.loads(RUN.read_text(encoding="utf-8"))
    page = filled(PAGE.read_text(encoding="utf-8"), records)
    PAGE.write_text(page, encoding="utf-8")
    PICTURE.write_text(draw(rows(page)), encoding="utf-8")


if __name__ == "__main__":
    main()
