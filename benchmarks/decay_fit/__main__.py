"""``python -m benchmarks.decay_fit``: fit, judge, print, and write the JSON and the picture."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.decay_fit.cases import AGENCIES, mainland, read_cases
from benchmarks.decay_fit.judge import report
from benchmarks.decay_fit.picture import draw
from benchmarks.harness import LOG_WIDTH, RESULTS, ROOT

TRAINED_UNTIL = 2018
PICTURE = ROOT / "docs" / "images" / "decay.svg"


def main() -> int:
    """Both agencies; the coefficients of ``riskmap.decay`` are those of ``WMO``, the picture too."""
    on_land = mainland()
    cases = {agency: read_cases(agency, on_land) for agency in AGENCIES}
    found = {
        agency: report(cases[agency], period=period, trained_until=TRAINED_UNTIL)
        for agency, period in AGENCIES.items()
    }
    console = Console()
    if not console.is_terminal:
        console = Console(width=LOG_WIDTH)
    for agency, result in found.items():
        console.print(_table(agency, result))
        for name, words in result["verdict"].items():
            console.print(f"{name}: {words}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "decay_fit.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PICTURE.write_text(draw(cases["WMO"], period=AGENCIES["WMO"]), encoding="utf-8")
    return 0


def _table(agency: str, result: dict[str, Any]) -> Table:
    counts = result["counts"]
    title = ", ".join(
        f"{name.replace('_', ' ')} {part['storms']} storms, {part['fixes']} fixes ({part['below_threshold']} below)"
        for name, part in counts.items()
    )
    table = Table(title=f"{agency}, {result['averaging_period']} s: {title}")
    for column in ("number [m/s, h-1]", "value", "95 % interval"):
        table.add_column(column)
    for name, value in result["parameters"].items():
        table.add_row(name, f"{value:.4g}", _interval(result["parameter_intervals"][name]))
    for judged, numbers in result["judged"].items():
        for name, value in numbers.items():
            interval = result["judged_intervals"][judged].get(name)
            text = f"{value:+.2f}" if interval else f"{value:.2f}"
            table.add_row(f"{judged}: {name}", text, _interval(interval))
    return table


def _interval(interval: tuple[float, float] | None) -> str:
    return f"{interval[0]:.3g} to {interval[1]:.3g}" if interval else ""


if __name__ == "__main__":
    sys.exit(main())
