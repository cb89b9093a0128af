"""Rows of a sheet, whatever file they came from, and the columns that its headings name."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from types import MappingProxyType
from typing import Final, TypeAlias

from evac.people.report import Finding, Weight
from evac.people.words import heading
from riskmap.errors import DataError

Value: TypeAlias = str | int | float | bool | date | None

WIDEST: Final = 100
"""Columns that are read."""
_HEADINGS_WITHIN: Final = 30
"""Rows with something in them among which the headings must be: titles, dates and signatures stand above them."""
_NO_MARKS: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Row:
    """One row with something in it.

    Attributes
    ----------
    number : int
        As the sheet's program counts, from 1.
    marks : mapping
        Column -> what was odd about the cell: ``filled`` from a merged cell above, ``uncalculated`` formula, ``error``.
    """

    number: int
    values: tuple[Value, ...]
    marks: Mapping[int, str] = field(default_factory=lambda: _NO_MARKS)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that can be read more than once.

    Attributes
    ----------
    hidden : frozenset of int
        Numbers of rows that its program does not show, as a filter leaves them; they are read like the others.
    """

    name: str
    rows: Callable[[], Generator[Row]]
    findings: tuple[Finding, ...] = ()
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is which.

    Attributes
    ----------
    first : int
        Row number of the first person.
    places : mapping
        Field of ``words.toml`` -> indices of its columns, from 0.
    headings : mapping
        Index -> heading as written.
    """

    first: int
    places: Mapping[str, tuple[int, ...]]
    headings: Mapping[int, str]


def written(value: Value) -> str:
    """A cell as text: whole numbers without a point, dates as year-month-day, nothing as an empty text.

    Examples
    --------
    >>> written(13800001111.0), written(None), written(date(1950, 1, 2))
    ('13800001111', '', '1950-01-02')
    """
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool):
        return "" if value is None else "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, date):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    return str(value).strip()


def find_columns(sheet: Sheet) -> tuple[Columns, list[Finding]]:
    """The columns of a sheet, from the first row that names a name or number and one thing more.

    Raises
    ------
    DataError
        No such row near the top.
    """
    seen = 0
    with closing(sheet.rows()) as rows:
        for row in islice(rows, _HEADINGS_WITHIN):
            places = _named(row)
            if len(places) > 1 and places.keys() & {"name", "identity"}:
                return _columns(sheet.name, row, next(rows, None))
            seen += 1
    raise DataError(
        "no row of headings was found",
        where=sheet.name,
        expected=f"a row with 姓名 or 身份证号 and one heading more among the first {_HEADINGS_WITHIN} rows",
        found=f"{seen} rows without one",
        remedy="put the headings above the people: 姓名, 身份证号, 手机, 户号, 村, 类别",
    )


def _named(row: Row) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for n, value in enumerate(row.values):
        if isinstance(value, str) and value.strip() and (name := heading(value)[0]):
            found.setdefault(name, []).append(n)
    return found


def _columns(sheet: str, row: Row, below: Row | None) -> tuple[Columns, list[Finding]]:
    texts = {n: written(value) for n, value in enumerate(row.values) if written(value)}
    first = row.number + 1
    if below is not None and _second_line(row, below):
        # two lines of headings: 联系方式 over 手机 and 短号
        texts |= {
            n: written(v) for n, v in enumerate(below.values) if written(v) and below.marks.get(n) != "filled"
        }
        first = below.number + 1
    places: dict[str, list[int]] = {}
    findings: list[Finding] = []
    for n, text in texts.items():
        name, known = heading(text)
        if not name:
            findings.append(Finding(sheet, row.number, text[:40], Weight.NOTE, "不认识的列,未读取"))
            continue
        if not known:
            findings.append(
                Finding(sheet, row.number, text[:40], Weight.NOTE, f"按「{_word(name)}」读取", "不对请改列名")
            )
        places.setdefault(name, []).append(n)
    return Columns(first, {name: tuple(found) for name, found in places.items()}, texts), findings


def _second_line(row: Row, below: Row) -> bool:
    texts = [v for n, v in enumerate(below.values) if v not in (None, "") and below.marks.get(n) != "filled"]
    return (
        bool(texts)
        and all(isinstance(v, str) and heading(v)[0] for v in texts)
        and below.values != row.values
    )


_COLUMN_WORDS: Final = MappingProxyType(
    {
        "number": "序号", "name": "姓名", "identity": "身份证号", "identity_kind": "证件类型", "phone": "手机",
        "household": "户号", "village_code": "村代码", "village": "村", "town": "乡镇", "county": "县", "category": "类别",
        "vulnerability": "脆弱性", "helper": "联系人", "helper_phone": "联系人电话", "place": "去向", "stay": "安置方式",
        "transport": "转移方式", "vessel": "渔船", "sex": "性别", "birth_date": "出生日期", "age": "年龄", "note": "备注", "count": "人数",
        "longitude": "经度", "latitude": "纬度", "point": "经纬度", "datum": "坐标系",
    }
)  # fmt: skip


def _word(name: str) -> str:
    return _COLUMN_WORDS.get(name, name)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a person's row: value, heading of its column, and mark if it has one."""

    value: Value = None
    heading: str = ""
    mark: str = ""

    @property
    def text(self) -> str:
        """The value as text."""
        return written(self.value)


NO_CELL: Final = Cell()


def people_rows(sheet: Sheet, columns: Columns) -> Iterator[tuple[int, dict[str, Cell]]]:
    """Row number and field -> cell of every row below the headings; headings repeated on later pages are passed over."""
    headings = {n: text for n, text in columns.headings.items() if text}
    for row in sheet.rows():
        if row.number >= columns.first and not _is_heading(row, headings):
            yield row.number, dict(_cells(row, columns))


def _is_heading(row: Row, headings: Mapping[int, str]) -> bool:
    width = len(row.values)
    return sum(n < width and row.values[n] == text for n, text in headings.items()) > 1


def _cells(row: Row, columns: Columns) -> Iterable[tuple[str, Cell]]:
    for name, places in columns.places.items():
        for n in places:  # the first of two columns that has something in it
            if n < len(row.values) and (row.values[n] not in (None, "") or n in row.marks):
                yield name, Cell(row.values[n], columns.headings[n], row.marks.get(n, ""))
                break
