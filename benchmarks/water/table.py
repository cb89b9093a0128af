"""``python -m benchmarks.water.table``: put the last run of ``benchmarks.flood`` into the table of its page.

The rows of ``docs/concepts/flood_speed.md`` that begin with the name of a claim get what was measured as their last cell; goals
and words stay as they are written there.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.harness import RESULTS, ROOT

PAGE = ROOT / "docs" / "concepts" / "flood_speed.md"
RUN = RESULTS / "flood.json"
NOTHING = "not measured"


def cell(record: dict[str, Any]) -> str:
    """What the table says of a claim.

    Examples
    --------
    >>> cell({"value": 12.34, "unit": "Mcells/s", "peer": None, "peer_value": None, "ratio": None})
    '12.3'
    >>> cell({"value": 9.9, "unit": "Mcells/s", "peer": "other 1.2", "peer_value": 3.3, "ratio": 3.0})
    '3 times (9.9 and 3.3 Mcells/s, other 1.2)'
    """
    if record["value"] is None:
        return NOTHING
    if record["ratio"] is None:
        return number(record["value"])
    pair = f"{number(record['value'])} and {number(record['peer_value'])} {record['unit']}, {record['peer']}"
    return f"{number(record['ratio'])} times ({pair})"


def number(value: float) -> str:
    """Three digits.

    Examples
    --------
    >>> number(1816.3), number(0.956), number(8e-10)
    ('1,816', '0.956', '8e-10')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def filled(page: str, records: list[dict[str, Any]]) -> str:
    """The page with the run in its table.

    Raises
    ------
    KeyError
        The page has no row for a claim.
    """
    cells = {f"| `{record['claim']}` |": cell(record) for record in records}
    lines = page.split("\n")
    for n, line in enumerate(lines):
        for start in [start for start in cells if line.startswith(start)]:
            lines[n] = f"{line.rsplit('|', 2)[0]}| {cells.pop(start)} |"
    if cells:
        raise KeyError(f"no row of {PAGE.name} begins with {', '.join(cells)}")
    return "\n".join(lines)


def main() -> None:
    """Rewrite the page."""
    records = json.loads(RUN.read_text(encoding="utf-8"))
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), records), encoding="utf-8")


if __name__ == "__main__":
    main()
