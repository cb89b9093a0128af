"""Small tables of an office (shelters, duty rosters): the row of headings found, every wrong row named, all rows taken or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar
from unicodedata import normalize

from evac.people.sheet import Row, Sheet, written
from riskmap.errors import DataError

Headings = Mapping[str, tuple[str, ...]]
"""Field -> the words that its column may have as heading, the usual one first."""
Parsed = TypeVar("Parsed")

_UNIT: Final = re.compile(r"\s|[(].*?[)]")  # 面积(m2) is 面积
TELEPHONE: Final = re.compile(r"(\+?86-?)?(1\d{10}|0\d{2,3}-?\d{7,8}|\d{3,8})")
"""A telephone number of the mainland, without blanks."""
_WITHIN: Final = 30  # rows above the headings: titles and dates
_LISTED: Final = 20


def read_table(
    sheets: Iterable[Sheet],
    headings: Headings,
    needed: Sequence[str],
    parse: Callable[[Mapping[str, str]], Parsed],
    *,
    what: str,
    wrong: list[str] | None = None,
) -> list[tuple[str, Parsed]]:
    """What ``parse`` makes of each row, with words for where the row is.

    Parameters
    ----------
    needed : sequence of str
        Fields whose headings must be there, and whose cells must not be empty.
    parse : callable
        Field -> text, empty where a cell or column is; raises ValueError with words for a row that is wrong.
    what : str
        What the rows are, for messages.
    wrong : list of str, optional
        Takes the words about rows that are wrong; the others are taken then, for rows that do not depend on each other.

    Raises
    ------
    DataError
        No row of headings, or rows that are wrong: every one is named, and none is taken.
    """
    found: list[tuple[str, Parsed]] = []
    refused: list[str] = []
    for sheet in sheets:
        heads, first = _heads(sheet, headings, needed, what)
        for row in sheet.rows():
            if row.number < first:
                continue
            where = f"{sheet.name} 第 {row.number} 行 row {row.number}"
            told = _told(row, headings, heads)
            missing = [headings[field][0] for field in needed if not told[field]]
            try:
                if missing:
                    raise ValueError(f"{'、'.join(missing)} 是空的 empty")
                found.append((where, parse(told)))
            except ValueError as error:
                refused.append(f"{where}: {error}")
    if wrong is None:
        require_right(refused, what)
    else:
        wrong += refused
    return found


def require_right(wrong: Sequence[str], what: str) -> None:
    """Refuse a table of which some rows are wrong.

    Raises
    ------
    DataError
        Names them.
    """
    if wrong:
        shown = "\n".join(wrong[:_LISTED])
        more = f"\n… {len(wrong) - _LISTED} more" if len(wrong) > _LISTED else ""
        raise DataError(
            f"{len(wrong)} rows of {what} are wrong, none was taken:\n{shown}{more}\n", where=what,
            remedy="mend these rows and read the table again",
        )  # fmt: skip


def _heads(sheet: Sheet, headings: Headings, needed: Sequence[str], what: str) -> tuple[dict[str, int], int]:
    """Field -> column, and the number of the first row below."""
    for row in islice(sheet.rows(), _WITHIN):
        words = [_UNIT.sub("", normalize("NFKC", written(value))).lower() for value in row.values]
        heads = {
            field: words.index(name)
            for field, names in headings.items()
            for name in reversed(names)  # the first one that is there
            if name in words
        }
        if all(field in heads for field in needed):
            return heads, row.number + 1
    first = [headings[field][0] for field in needed]
    others = [names[0] for field, names in headings.items() if field not in needed]
    raise DataError(
        "no row of headings was found", where=sheet.name,
        expected=f"{', '.join(first)} in one row ({', '.join(others)} where known)",
        found=f"none among the first {_WITHIN} rows", remedy=f"put these headings above the {what}",
    )  # fmt: skip


def _told(row: Row, headings: Headings, heads: Mapping[str, int]) -> dict[str, str]:
    width = len(row.values)
    return {
        field: written(row.values[heads[field]]) if heads.get(field, width) < width else ""
        for field in headings
    }
