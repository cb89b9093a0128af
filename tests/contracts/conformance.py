"""Our formulas against published values: reads ``docs/conformance.toml``, writes the table of ``docs/conformance.md``.

Run as a script it rewrites the table; ``test_conformance.py`` checks rows and table.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script

from tests.contracts.tree import ROOT

ROWS = ROOT / "docs" / "conformance.toml"
PAGE = ROOT / "docs" / "conformance.md"
START, END = "<!-- table -->", "<!-- end of table -->"
HEADINGS = ("formula", "call", "inputs", "ours", "theirs", "difference", "tolerance", "unit", "source")
ROUND_OFF = 1e-12
"""Differences below this share of the value are the machine's, and would not print the same everywhere."""


@dataclass(frozen=True)
class Row:
    """One published value and the call of ours that should give it."""

    formula: str
    call: str
    inputs: Mapping[str, float | str]
    theirs: float
    unit: str
    tolerance: float
    source: str
    scale: float = 1.0
    known_difference: float = 0.0
    part: int | None = None

    @cached_property
    def ours(self) -> float:
        """What the call gives, in the unit of ``theirs``."""
        module, _, name = self.call.partition(":")
        found = getattr(import_module(module), name)(**self.inputs)
        return float(found if self.part is None else found[self.part]) * self.scale

    @property
    def difference(self) -> float:
        """Ours minus theirs."""
        return self.ours - self.theirs

    @property
    def agrees(self) -> bool:
        """Whether the difference is the known one, within the tolerance."""
        return abs(self.difference - self.known_difference) <= self.tolerance

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed, one text for each of ``HEADINGS``."""
        name = self.call.partition(":")[2] + ("" if self.part is None else f"[{self.part}]")
        arguments = ", ".join(f"{key} = {value!r}" for key, value in self.inputs.items())
        small = abs(self.difference) <= ROUND_OFF * max(1.0, abs(self.theirs))
        return (
            self.formula, f"`{name}`", arguments, f"{self.ours:.9g}", f"{self.theirs}",
            "0" if small else f"{self.difference:+.1e}", f"{self.tolerance:g}", self.unit, self.source,
        )  # fmt: skip


def rows(text: str) -> list[Row]:
    """Rows of a conformance file.

    Raises
    ------
    ValueError
        A row lacks a key or has one too many; a tolerance that is not positive. Names the row.
    """
    found = []
    for number, entry in enumerate(tomllib.loads(text)["row"], 1):
        try:
            row = Row(**{**entry, "inputs": MappingProxyType(entry["inputs"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"row {number} ({entry.get('formula', 'unnamed')}): {error}") from None
        if not row.tolerance > 0:
            raise ValueError(
                f"row {number} ({row.formula}): tolerance must be positive, found {row.tolerance}"
            )
        found.append(row)
    return found


def table(found: list[Row]) -> str:
    """Markdown table, one line a row."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells() for row in found)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def with_table(page: str, found: list[Row]) -> str:
    """The page with its table replaced."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table(found)}\n{END}{after}"


def main() -> int:
    """Rewrite the table of the page."""
    found = rows(ROWS.read_text(encoding="utf-8"))
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(found)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
