"""What an import found, row by row, for the person who keeps the list: where, what, and what to do.

No name, telephone or identity number is ever in a report: the row number leads to them in the sender's own file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evac.clear_words import without_numbers

_SHOWN: Final = 20
"""Characters of a cell that a report repeats."""


class Weight(StrEnum):
    """How much a finding matters."""

    NOTE = "note"
    WARNING = "warning"
    REPEATED = "repeated"
    REFUSED = "refused"

    @property
    def chinese(self) -> str:
        """The word of the report's column 结果."""
        return _WEIGHT_WORDS[self]


_WEIGHT_WORDS: Final = MappingProxyType(
    {
        Weight.NOTE: "说明",
        Weight.WARNING: "已入册,请核对",
        Weight.REPEATED: "已在册,未重复登记",
        Weight.REFUSED: "未入册",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an import found.

    Attributes
    ----------
    row : int
        Row of the sheet as its program counts, from 1; 0 for the whole sheet.
    column : str
        Heading of the column; empty for the whole row.
    what, do : str
        What was found, and what the list's keeper should do.
    """

    sheet: str
    row: int
    column: str
    weight: Weight
    what: str
    do: str = ""


def shown(text: str) -> str:
    """A cell as a report may repeat it: short, one line, without anything that may be an identity number or a telephone.

    Examples
    --------
    >>> shown("怕水"), shown("330902195001011234"), shown("13800001111")
    ('「怕水」', '「[号码]」', '「[号码]」')
    """
    line = " ".join(without_numbers(text).split())
    if sum(c.isdigit() for c in line) >= 6:
        line = "[号码]"
    return f"「{line[:_SHOWN]}{'…' if len(line) > _SHOWN else ''}」"


@dataclass
class Report:
    """Counts of rows and the findings of one import.

    Attributes
    ----------
    imported, warned, repeated, refused, updated : int
        Rows put on the list, those among them with a warning, rows already on it, rows with a reason not to be; and
        entries among those already on it that were corrected by their row.
    findings : list of Finding
        In order of sheet and row; those of whole sheets first.
    totals : Counter
        What is counted and not listed row by row: people without a number, without a destination, blank rows.
    written : bool
        False where nothing was imported: a trial, or all or nothing with a refused row.
    """

    source: str
    imported: int = 0
    warned: int = 0
    repeated: int = 0
    refused: int = 0
    updated: int = 0
    findings: list[Finding] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    written: bool = True

    @property
    def rows(self) -> int:
        """Rows with a person in them; each was imported, repeated or refused."""
        return self.imported + self.repeated + self.refused

    def add(self, findings: Iterable[Finding]) -> None:
        """Take in the findings of a sheet or a row."""
        self.findings += findings

    def csv_bytes(self) -> bytes:
        """The findings as CSV in UTF-8 with a byte order mark, as office programs open it.

        A cell that such a program would run as a formula gets an apostrophe before it.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(("工作表", "行", "列", "结果", "发现", "怎么办"))
        for f in self.findings:
            row = (f.sheet, str(f.row or ""), f.column, f.weight.chinese, f.what, f.do)
            writer.writerow([_tame(cell) for cell in row])
        return b"\xef\xbb\xbf" + text.getvalue().encode()

    def summary(self) -> str:
        """The sums in a few lines: every row is in one of them.

        Examples
        --------
        >>> print(Report("村.csv", imported=3, warned=1, refused=1).summary())
        村.csv: 4 行有人 = 入册 3 (其中 1 行请核对) + 已在册 0 + 未入册 1
        """
        lines = [
            f"{self.source}: {self.rows} 行有人 = 入册 {self.imported} (其中 {self.warned} 行请核对) "
            f"+ 已在册 {self.repeated} + 未入册 {self.refused}"
        ]
        if self.updated:
            lines.append(f"  按名单更正: {self.updated}")
        if not self.written:
            lines.append("未写入 · nothing was written")
        lines += [f"  {word}: {n}" for word, n in sorted(self.totals.items()) if n]
        return "\n".join(lines)

    def first(self, most: int = 20) -> Sequence[Finding]:
        """The findings to show first: refused rows, then warnings."""
        order = list(Weight)
        return sorted(self.findings, key=lambda f: -order.index(f.weight))[:most]


def _tame(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
