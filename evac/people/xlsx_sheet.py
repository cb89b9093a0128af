"""XLSX, row by row: merged cells filled down and marked, formulas by their last value, hidden sheets left out and named,
hidden rows read and named.

Nothing is unpacked before its declared size was looked at, and a part that declares entities is refused.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Final, NamedTuple

from evac.people.report import Finding, Weight
from evac.people.sheet import WIDEST, Row, Sheet, Value
from riskmap.errors import DataError, MissingExtraError

MOST_UNPACKED: Final = 1_000_000_000
"""Bytes of all parts together once unpacked: some 1.5 million rows (D)."""
_MOST_PACKED: Final = 250
"""Times that a large part may shrink by packing: real sheets stay below 60, bombs are at 1,000 (D)."""
_LARGE: Final = 10_000_000
_UNPACKED_AT_ONCE: Final = 1 << 20
_MERGE: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+)(\d+):[A-Z]+(\d+)"')
_HIDDEN: Final = re.compile(
    rb"""<(?:\w+:)?row(?=\s)(?=[^>]*?\s(?:hidden=["'](?:1|true)|ht=["']0(?:\.0*)?)["'])[^>]*?\sr=["'](\d+)["']"""
)
"""Also of height 0; rows that the file does not number are not looked at."""
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ >/]")
_DECLARATION: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


def xlsx_sheets(stream: BinaryIO, name: str) -> list[Sheet]:
    """The visible sheets of a workbook.

    Parameters
    ----------
    stream : BinaryIO
        Seekable; stays open and is read again for each walk over a sheet.

    Raises
    ------
    DataError
        No workbook, damaged, too large once unpacked, or with XML entities.
    MissingExtraError
        Without openpyxl.
    """
    book = _loaded(stream, name, values=True)
    hidden = [s.title for s in book.worksheets if s.sheet_state != "visible"]
    sheets = []
    formulas: Any = None
    for plain in book.worksheets:
        if plain.sheet_state == "visible":
            with zipfile.ZipFile(stream) as archive:
                found = _scan(archive, plain._worksheet_path, name)
            if found.formulas and formulas is None:  # read beside it, since a value alone does not tell
                formulas = _loaded(stream, name, values=False)
            sheets.append(_sheet(plain, formulas[plain.title] if found.formulas else None, found, name))
    if hidden and sheets:
        note = Finding(
            "、".join(hidden)[:80], 0, "", Weight.NOTE, "隐藏的工作表,未读取", "要读取请先取消隐藏"
        )
        sheets[0] = replace(sheets[0], findings=(note, *sheets[0].findings))
    return sheets


def _loaded(stream: BinaryIO, name: str, *, values: bool) -> Any:
    """The workbook for reading row by row, by the values of its formulas or by the formulas."""
    try:
        import openpyxl
    except ImportError:
        raise MissingExtraError(
            "openpyxl is not installed",
            where=name,
            expected="the extra `evac`",
            remedy="pip install 'riskmap[evac]', or save the list as CSV",
        ) from None
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            _refuse_bombs(archive, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that nobody asked for
            return openpyxl.load_workbook(stream, read_only=True, data_only=values)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError, SyntaxError) as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(
        f"the workbook cannot be read ({type(error).__name__})",
        where=name,
        expected="an XLSX file as office programs save it",
        remedy="open it, save it again, or save it as CSV UTF-8",
    )


def _refuse_bombs(archive: zipfile.ZipFile, name: str) -> None:
    parts = archive.infolist()
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise DataError(
            "not a workbook",
            where=name,
            expected="an XLSX file",
            found="another kind of zip file",
            remedy="save the list as XLSX or as CSV UTF-8",
        )
    total = sum(part.file_size for part in parts)
    worst = max(
        (part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > _LARGE), default=0
    )
    if total > MOST_UNPACKED or worst > _MOST_PACKED:
        raise DataError(
            "the workbook is too large once unpacked",
            where=name,
            expected=f"at most {MOST_UNPACKED / 1e6:,.0f} MB, packed at most {_MOST_PACKED} times",
            found=f"{total / 1e6:,.0f} MB, packed {worst:,.0f} times",
            remedy="copy the rows into a new workbook, or save it as CSV UTF-8",
        )
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            for piece in _pieces(archive, part.filename):
                _refuse_entities(piece, name)


def _refuse_entities(piece: bytes, name: str) -> None:
    if _DECLARATION.search(piece) or piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0<" in piece[:64]:
        raise DataError(
            "the workbook declares XML entities, which no office program writes",
            where=name,
            expected="an XLSX file as office programs save it",
            remedy="do not open this file; ask its sender",
        )


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """A part in pieces; each begins with the end of the one before, from its last tag on."""
    rest = b""
    with archive.open(part) as source:
        while chunk := source.read(_UNPACKED_AT_ONCE):
            piece = rest + chunk
            yield piece
            cut = piece.rfind(b"<")
            rest = piece[cut:] if cut >= 0 and len(piece) - cut < _UNPACKED_AT_ONCE else b""


class _Found(NamedTuple):
    """Merged cells of a sheet, first row -> (column from 0, last row); whether it has formulas; which rows are hidden."""

    merges: dict[int, list[tuple[int, int]]]
    formulas: bool
    hidden: frozenset[int]


def _scan(archive: zipfile.ZipFile, part: str, name: str) -> _Found:
    merges: dict[int, dict[int, int]] = {}
    hidden: set[int] = set()
    formulas = False
    for piece in _pieces(archive, part):
        _refuse_entities(piece, name)
        formulas = formulas or _FORMULA.search(piece) is not None
        hidden.update(map(int, _HIDDEN.findall(piece)))
        for column, first, last in _MERGE.findall(piece):
            if int(last) > int(first):
                merges.setdefault(int(first), {})[_index(column)] = int(last)
    filled = {row: list(found.items()) for row, found in merges.items()}
    return _Found(filled, formulas, frozenset(hidden))


def _index(letters: bytes) -> int:
    number = 0
    for letter in letters[:3]:
        number = number * 26 + letter - 64
    return number - 1


def _sheet(plain: Any, formulas: Any, found: _Found, name: str) -> Sheet:
    title = f"{name}·{plain.title}"

    def rows() -> Generator[Row]:
        plain.reset_dimensions()  # what a sheet says of its size is often wrong
        values = plain.iter_rows(max_col=WIDEST, values_only=True)
        try:
            yield from _filled(_marked(values, formulas), found.merges)
        except (zipfile.BadZipFile, ValueError, TypeError, KeyError, EOFError, SyntaxError, OSError) as error:
            raise _damaged(title, error) from None

    return Sheet(title, rows, hidden=found.hidden)


def _marked(values: Iterator[tuple[Any, ...]], formulas: Any) -> Iterator[Row]:
    """Rows with something in them; formulas that were never calculated, and errors, are marked."""
    twins: Iterator[Any] = iter(())
    if formulas is not None:
        formulas.reset_dimensions()
        twins = formulas.iter_rows(max_col=WIDEST)
    for number, row in enumerate(values, 1):
        twin = next(twins, ())
        marks = {n: "uncalculated" for n, cell in enumerate(twin) if cell.data_type == "f" and row[n] is None}
        if any(value is not None for value in row):
            end = max(*marks, *(n for n, value in enumerate(row) if value is not None), 0) + 1
            kept = tuple(map(_plain, row[:end]))
            marks |= {n: "error" for n, v in enumerate(kept) if isinstance(v, str) and v in _ERRORS}
            yield Row(
                number, tuple(None if marks.get(n) == "error" else v for n, v in enumerate(kept)), marks
            )
        elif marks:
            yield Row(number, row[: max(marks) + 1], marks)


_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})


def _plain(value: Any) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, time | timedelta):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool | date):
        return value
    return str(value)


def _filled(rows: Iterator[Row], merges: dict[int, list[tuple[int, int]]]) -> Iterator[Row]:
    """Rows with the cells below the first of a merged block filled from it, and marked."""
    if not merges:
        yield from rows
        return
    open_blocks: dict[int, tuple[int, Value]] = {}  # column -> last row, value
    for row in rows:
        open_blocks = {c: block for c, block in open_blocks.items() if block[0] >= row.number}
        values, marks = list(row.values), dict(row.marks)
        for column, (_, value) in open_blocks.items():
            if column < len(values) and values[column] is None:
                values[column] = value
                marks[column] = "filled"
            elif column >= len(values) and column < WIDEST:
                values += [None] * (column + 1 - len(values))
                values[column] = value
                marks[column] = "filled"
        for column, last in merges.get(row.number, ()):
            if column < len(row.values):
                open_blocks[column] = (last, row.values[column])
        yield Row(row.number, tuple(values), marks)
