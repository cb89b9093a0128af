"""Text and CSV files with messages that name file, line and column."""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from riskmap.errors import DataError, Faults, SourceError

In = TypeVar("In")
Out = TypeVar("Out")

_BINARY: Final = (
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"CDF", "a netCDF file"),
    (b"\x89HDF", "a netCDF-4 or HDF5 file"),
    (b"%PDF", "a PDF file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
)


def read_text(path: str | Path) -> str:
    """Text of a file: UTF-8 (with or without its mark) or GB 18030, plain or gzip.

    Raises
    ------
    SourceError
        Missing, a folder, unreadable, empty, binary, a broken gzip, or in another encoding.
    """
    where = str(path)
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise SourceError(
            "the file could not be read", where=where, expected="a readable file",
            found=error.strerror or type(error).__name__, remedy="check the path and its permissions",
        ) from error  # fmt: skip
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(
                "the gzip file is broken", where=where, expected="a whole gzip file", found=str(error),
                remedy="fetch the file again",
            ) from error  # fmt: skip
    if not raw.removeprefix(b"\xef\xbb\xbf").strip():
        raise SourceError(
            "the file is empty", where=where, expected="text", found=f"{len(raw)} bytes",
            remedy="fetch the file again",
        )  # fmt: skip
    kind = next((words for magic, words in _BINARY if raw.startswith(magic)), None)
    if kind or b"\x00" in raw[:4096]:
        raise SourceError(
            "the file is not text", where=where, expected="text", found=kind or "binary data",
            remedy="export it as text or CSV in UTF-8",
        )  # fmt: skip
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SourceError(
        "the file's encoding is unknown", where=where, expected="UTF-8 or GB 18030",
        found="bytes that neither can hold", remedy="save it again as UTF-8",
    )  # fmt: skip


def require_last_line(text: str, *, where: str) -> None:
    """Refuse a text in columns whose last line is shorter than the one before and does not end: it was cut off.

    Raises
    ------
    DataError
        Names the line.
    """
    lines = [(k, line.rstrip()) for k, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if text.endswith(("\n", "\r")) or len(lines) < 2:
        return
    (_, before), (number, last) = lines[-2:]
    if len(last) < len(before):
        raise DataError(
            "the last line is not all there", where=f"{where}, line {number}",
            expected=f"{len(before)} characters, as in the line before, or a line end", found=str(len(last)),
            remedy="fetch the file again; if it is whole, end its last line",
        )  # fmt: skip


@dataclass(frozen=True)
class CsvTable:
    """A CSV file in memory.

    Attributes
    ----------
    where : str
        The path, for messages.
    header : tuple of str
        Column names, stripped.
    rows : tuple of (line number, cells)
        Lines that are not blank.
    ended : bool
        Whether the last line ends, which a table cut off does not.
    """

    where: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    ended: bool = True

    def column(self, name: str) -> int:
        """Position of a column.

        Raises
        ------
        DataError
            The file has no such column.
        """
        if name in self.header:
            return self.header.index(name)
        near = get_close_matches(name.lower(), [h.lower() for h in self.header], n=1, cutoff=0.6)
        raise DataError(
            "missing column",
            where=f"{self.where}, line 1",
            expected=f"a column {name}",
            found=", ".join(self.header),
            remedy=f"rename the column that holds it ({near[0]}?)" if near else "add the column",
        )

    def number(self, row: tuple[int, list[str]], column: int) -> float:
        """A cell as a number; NaN where blank.

        Raises
        ------
        DataError
            Something else stands in the cell.
        """
        cell = self.text(row, column)
        if not cell:
            return math.nan
        try:
            value = float(cell)
        except ValueError:
            value = math.inf
        if math.isinf(value):
            raise self.wrong(row, column, "not a number", "a number or an empty cell")
        return value

    def text(self, row: tuple[int, list[str]], column: int) -> str:
        """A cell as text, stripped; empty where the line is short."""
        return row[1][column].strip() if column < len(row[1]) else ""

    def require_whole(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        """Refuse rows that lack cells: a table cut off would lose values, or read parts of them.

        Raises
        ------
        DataError
            A row has fewer cells than the header, or the file ends where the last one's last value should be; names
            its line.
        """
        parse_each(rows, self._require_cells, file=self.where)
        line, cells = self.rows[-1]
        if not self.ended and not cells[-1].strip() and (line, cells) in rows:
            raise DataError(
                "the row is not all there", where=f"{self.where}, line {line}, column {self.header[-1]}",
                expected="a value, or a line end after the empty cell", found="the end of the file",
                remedy="fetch the file again; if it is whole, end its last line",
            )  # fmt: skip

    def _require_cells(self, row: tuple[int, list[str]]) -> None:
        if len(row[1]) < len(self.header):
            raise DataError(
                "the row is not all there", where=f"{self.where}, line {row[0]}",
                expected=f"{len(self.header)} cells, as in the header", found=str(len(row[1])),
                remedy="fetch the file again; write an empty cell where a value is unknown",
            )  # fmt: skip

    def wrong(
        self,
        row: tuple[int, list[str]],
        column: int,
        message: str,
        expected: str,
        remedy: str = "correct the cell",
    ) -> DataError:
        """The error that names a cell."""
        return DataError(
            message, where=f"{self.where}, line {row[0]}, column {self.header[column]}", expected=expected,
            found=repr(self.text(row, column)), remedy=remedy,
        )  # fmt: skip


def read_csv_table(path: str | Path, *, required: Sequence[str] = ()) -> CsvTable:
    """Read a comma-separated file.

    Parameters
    ----------
    path : path
        Plain or gzip; UTF-8 or GB 18030.
    required : sequence of str
        Columns that must be there.

    Raises
    ------
    SourceError
        See ``read_text``.
    DataError
        A column is missing, there is no row below the header, or a quotation mark never closes.
    """
    where = str(path)
    text = read_text(path)
    reader = csv.reader(text.splitlines(keepends=True))
    try:
        header = tuple(cell.strip() for cell in next(reader))
        rows = tuple((reader.line_num, cells) for cells in reader if any(cells))
    except csv.Error as error:
        raise DataError(
            "not a CSV file", where=f"{where}, line {reader.line_num}", expected="comma-separated values",
            found=str(error), remedy="export it as CSV again",
        ) from error  # fmt: skip
    table = CsvTable(where, header, rows, text.endswith(("\n", "\r")))
    for name in required:
        table.column(name)
    if not rows:
        raise DataError(
            "no row below the header", where=where, expected="one row or more", found="the header alone",
            remedy="fetch the file again",
        )  # fmt: skip
    return table


def parse_each(items: Iterable[In], parse: Callable[[In], Out], *, file: str) -> list[Out]:
    """What stands in each row; where rows are wrong, all of them are told at once.

    Parameters
    ----------
    items : iterable
        Rows, in the order of the file.
    parse : callable
        What a row is; raises where it is wrong.
    file : str
        Of the rows, for messages.

    Raises
    ------
    RiskmapError
        The first fault, with the others of the file (see ``riskmap.errors.Faults``).

    Examples
    --------
    >>> def whole(row):
    ...     if not row[1].isdigit():
    ...         raise DataError("not a whole number", where=f"a.csv, line {row[0]}", found=row[1])
    ...     return int(row[1])
    >>> try:
    ...     parse_each([(2, "x"), (3, "7"), (4, "y")], whole, file="a.csv")
    ... except DataError as both:
    ...     print(both)
    a.csv, line 2: not a whole number; found x.
    a.csv, line 4: not a whole number; found y.
    """
    found, faults = [], Faults()
    for item in items:
        with faults:
            found.append(parse(item))
    faults.tell(file=file)
    return found
