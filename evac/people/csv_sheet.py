"""CSV as offices send it: UTF-8 with or without a mark, UTF-16, GB18030 (GBK); comma, semicolon, tab or bar."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import BinaryIO, Final

from evac.people.sheet import WIDEST, Row, Sheet
from evac.people.words import heading
from riskmap.errors import DataError

_CHUNK: Final = 1 << 16
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SEPARATORS: Final = ",;\t|，；"
_TOP: Final = 60
"""Lines from which the separator is told."""


def csv_sheet(stream: BinaryIO, name: str) -> Sheet:
    """A CSV file as a sheet.

    Parameters
    ----------
    stream : BinaryIO
        Seekable; stays open.

    Raises
    ------
    DataError
        In no encoding that is known; names the line where each of them failed. From ``rows``: a quotation mark without its
        other one, which would make one cell of all the rows up to the next one; names the row.
    """
    encoding, skip = detect_encoding(stream, name)
    separator, width = _separator(stream, encoding, skip)

    def rows() -> Generator[Row]:
        stream.seek(skip)
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        reader = csv.reader(text, delimiter=separator, strict=True)
        number = 0
        try:
            for number, values in enumerate(reader, 1):
                if reader.line_num > number and _swallows(values, separator, width):
                    raise _broken("a cell runs on over the next rows", name, number)
                if any(map(str.strip, values)):
                    yield Row(number, tuple(values[:WIDEST]))
        except csv.Error as error:
            raise _broken(str(error), name, number + 1) from None
        finally:
            with suppress(ValueError):  # the file was closed before this walk ended
                text.detach()

    return Sheet(name, rows)


def _broken(why: str, name: str, row: int) -> DataError:
    return DataError(
        f"the row cannot be read ({why})",
        where=f"{name}, row {row}",
        expected="quotes in pairs",
        remedy="look for a single quotation mark near that row, and delete it",
    )


def detect_encoding(stream: BinaryIO, name: str) -> tuple[str, int]:
    """Encoding of a whole file, and bytes of its mark: UTF-8 if all of it is, else GB18030.

    A mark of UTF-8 before text that is GBK is passed over: some exports write one.

    Raises
    ------
    DataError
        Neither.
    """
    stream.seek(0)
    start = stream.read(4)
    marked, skip = next(((e, len(m)) for m, e in _MARKS if start.startswith(m)), ("", 0))
    tried = {}
    for encoding in dict.fromkeys((marked or "utf-8", "utf-8", "gb18030")):
        offset = skip if not marked.startswith("utf-16") or encoding == marked else 0
        line = _first_bad_line(stream, encoding, offset)
        if line is None:
            return encoding, offset
        tried[encoding] = line
    raise DataError(
        "the text is in no encoding that is known here",
        where=name,
        expected="UTF-8 or GB18030 (GBK)",
        found=", ".join(f"{encoding} fails in line {line}" for encoding, line in tried.items()),
        remedy="save it again as CSV UTF-8, or as XLSX",
    )


def _first_bad_line(stream: BinaryIO, encoding: str, offset: int) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(offset)
    line = 1
    while True:
        chunk = stream.read(_CHUNK)
        try:
            line += decoder.decode(chunk, final=not chunk).count("\n")
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if not chunk:
            return None


def _swallows(values: Sequence[str], separator: str, width: int) -> bool:
    """Whether a cell runs on over the next rows, since its quotation mark is closed by another cell's or in another row."""
    folded = [value for value in values if "\n" in value or "\r" in value]
    if not folded:
        return False
    most = max(len(_split(line, separator)) for value in folded for line in value.splitlines()[1:] or ("",))
    return len(values) > width or most >= max(2, width - 1)


def _separator(stream: BinaryIO, encoding: str, skip: int) -> tuple[str, int]:
    """The separator, and how many columns the lines at the top have by it."""
    stream.seek(skip)
    top = codecs.getincrementaldecoder(encoding)().decode(stream.read(_CHUNK)).splitlines()[:_TOP]

    def known(separator: str) -> int:
        return max(
            (sum(bool(heading(cell)[0]) for cell in _split(line, separator)) for line in top), default=0
        )

    separator = max(_SEPARATORS, key=known)
    return separator, max((len(_split(line, separator)) for line in top), default=0)


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line.replace("\0", "")], delimiter=separator), []) if len(line) < _CHUNK else []
