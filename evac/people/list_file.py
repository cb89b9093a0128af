"""A list of people as a file: its size is judged before its content, its kind by its first bytes, never by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from evac.people.csv_sheet import csv_sheet
from evac.people.region_list import Regions, regions_of
from evac.people.report import Report
from evac.people.sheet import Sheet, written
from evac.people.xlsx_sheet import xlsx_sheets
from evac.private_files import write_private
from riskmap.errors import DataError, SourceError

MOST_BYTES: Final = 64_000_000
"""Largest file that is read: some 400,000 rows of CSV (D)."""

_KINDS: Final = (
    (b"\xd0\xcf\x11\xe0", "an old XLS file, or one with a password"),
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"<table", "a web page"),
    (b"<?xml", "an XML file"),
    (b"Rar!", "a packed file"),
    (b"7z\xbc\xaf", "a packed file"),
)


def read_sheets(stream: BinaryIO, name: str, *, most_bytes: int = MOST_BYTES) -> list[Sheet]:
    """The sheets of a list of people, CSV or XLSX.

    Parameters
    ----------
    stream : BinaryIO
        Seekable; must stay open while the sheets are read.
    name : str
        For messages.
    most_bytes : int
        A larger file is refused unread.

    Raises
    ------
    DataError
        Too large, empty, of another kind, or damaged.
    MissingExtraError
        XLSX without openpyxl.
    """
    size = stream.seek(0, 2)
    if size > most_bytes:
        raise DataError(
            "the list is too large; none of it was read",
            where=name,
            expected=f"at most {most_bytes / 1e6:,.0f} MB",
            found=f"{size / 1e6:,.0f} MB",
            remedy="split it by town, and take pictures out of it",
        )
    stream.seek(0)
    start = stream.read(512)
    if not start.strip():
        raise DataError("the list is empty", where=name, remedy="save it again with its rows")
    if start.startswith(b"PK"):
        return xlsx_sheets(stream, name)
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, kind in _KINDS:
        if bare.startswith(magic.lower()) or start.startswith(magic):
            raise DataError(
                "not a list that can be read",
                where=name,
                expected="CSV or XLSX",
                found=kind,
                remedy="open it and save it as XLSX or CSV UTF-8",
            )
    return [csv_sheet(stream, name)]


@contextmanager
def open_list(path: Path, *, most_bytes: int = MOST_BYTES) -> Iterator[list[Sheet]]:
    """The sheets of a file, for as long as the context lasts; see ``read_sheets``.

    Raises
    ------
    SourceError
        The file cannot be opened.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise SourceError(
            f"the list cannot be opened ({error.strerror})", where=str(path), remedy="check the path"
        ) from error
    with stream:
        yield read_sheets(stream, path.name, most_bytes=most_bytes)


def read_regions(path: Path) -> Regions:
    """Codes and names of a CSV table: the first column a code of 6, 9 or 12 digits, the second its name.

    Raises
    ------
    SourceError
        The file cannot be opened.
    DataError
        It has no such rows.
    """
    with open_list(path) as sheets:
        rows = [
            (written(r.values[0]), written(r.values[1]))
            for s in sheets
            for r in s.rows()
            if len(r.values) > 1
        ]
    found = regions_of(rows)
    if not found.names:
        raise DataError(
            "not a table of regions",
            where=str(path),
            expected="rows of a code of 6, 9 or 12 digits and a name",
            remedy="save it as CSV with code and name first",
        )
    return found


def write_report(path: Path, report: Report) -> None:
    """Write a report as CSV beside its list; an earlier one is replaced whole.

    Raises
    ------
    SourceError
        The folder is not writable, or the disk is full.
    """
    write_private(path, report.csv_bytes())
