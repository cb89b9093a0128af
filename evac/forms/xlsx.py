"""A filled form as a workbook: one sheet a section, frozen heads, print set-up, values only; the same bytes from the same log.

Whatever a person typed is text: a name like ``=cmd|...`` is a cell of text and stays one when it is edited.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any, Final

from evac.forms.fill import Filled, Row, Section
from evac.forms.sheet import Head, printable, remarks, spans, there
from riskmap.errors import MissingExtraError

_NO_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f']")
_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_PACKED_AT: Final = (1980, 1, 1, 0, 0, 0)
_LONGEST_NAME: Final = 31  # of a sheet, in the format
_LONGEST_TEXT: Final = 32767  # of a cell, in the format
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def form_workbook(filled: Filled, head: Head) -> bytes:
    """An XLSX of a filled form.

    Raises
    ------
    MissingExtraError
        The extra ``evac`` is not installed.

    References
    ----------
    ECMA-376 Part 1, 18.3.1.4 (cells), 18.8.45 (quotePrefix); OWASP, CSV Injection.
    """
    return forms_workbook([filled], head, title=filled.form.title)


def forms_workbook(forms: Sequence[Filled], head: Head, *, title: str) -> bytes:
    """Several filled forms in one XLSX, a sheet for each of their sections.

    Raises
    ------
    MissingExtraError
        The extra ``evac`` is not installed.
    """
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise MissingExtraError(
            "openpyxl is not installed", where="workbook of a form", expected="the extra `evac`",
            remedy="pip install 'riskmap[evac]', or print PDF alone",
        ) from error  # fmt: skip
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "evac"
    book.properties.title = title
    book.properties.created = there(head.at)
    styles = _Styles()
    taken: set[str] = set()
    for filled in forms:
        for section in filled.sections:
            sheet = book.create_sheet(_sheet_name(section.name or section.place, taken))
            _Writer(sheet, filled, head, styles).write(section)
    held = io.BytesIO()
    book.save(held)
    return _settled(held, head.at)


def _sheet_name(name: str, taken: set[str]) -> str:
    base = _NO_NAME.sub("", name)[:_LONGEST_NAME] or "表"
    found, number = base, 1
    while found.casefold() in taken:
        number += 1
        found = f"{base[: _LONGEST_NAME - len(str(number)) - 1]}-{number}"
    taken.add(found.casefold())
    return found


def _settled(held: io.BytesIO, at: datetime) -> bytes:
    """The workbook without the time at which it was packed."""
    when = f"{there(at):%Y-%m-%dT%H:%M:%SZ}".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>" + when + rb"\g<2>", part)
            new.writestr(zipfile.ZipInfo(name, _PACKED_AT), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _Styles:
    """The few looks that cells have, made once."""

    def __init__(self) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        thin = Side(style="thin", color="808080")
        self.border = Border(left=thin, right=thin, top=thin, bottom=thin)
        self.plain, self.bold = Font(name="宋体", size=10), Font(name="宋体", size=10, bold=True)
        self.title = Font(name="宋体", size=16, bold=True)
        self.shade = PatternFill("solid", fgColor="EBEBEB")
        self.middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
        self.left = Alignment(vertical="center", wrap_text=True)
        self.right = Alignment(horizontal="right", vertical="center")
        self.made: dict[tuple[str, bool], Any] = {}


class _Writer:
    """Writes one sheet."""

    def __init__(self, sheet: Any, filled: Filled, head: Head, styles: _Styles) -> None:
        self.sheet, self.form, self.head, self.styles = sheet, filled.form, head, styles
        self.columns = len(filled.form.columns)
        self.row = 0

    def write(self, section: Section) -> None:
        """Head, table, remarks and lines to sign."""
        self._line(self.form.title, self.styles.title, height=28)
        if self.head.mark:
            self._line(self.head.mark, self.styles.bold)
        self._line(f"填报单位:{section.name}    {self.head.until()}    {self.head.event}", self.styles.plain)
        first = self.row + 1
        self._heads()
        self.sheet.freeze_panes = self.sheet.cell(self.row + 1, 2)
        self.sheet.print_title_rows = f"{first}:{self.row}"
        for row in section.rows:
            self._row(row)
        if not section.rows:
            self._line("无", self.styles.plain)
        if section.total:
            self._row(section.total)
        for number, remark in enumerate(remarks(self.form, self.head), start=1):
            self._line(f"{number}. {remark}", self.styles.plain, centre=False)
        self._line(
            "        ".join(f"{word}:__________" for word in self.form.sign),
            self.styles.plain,
            height=26,
            centre=False,
        )
        self._print_set_up()

    def _line(self, text: str, font: Any, *, height: float = 18, centre: bool = True) -> None:
        self.row += 1
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=1, end_column=self.columns)
        cell = self.sheet.cell(self.row, 1)
        _put_text(cell, text)
        cell.font = font
        cell.alignment = self.styles.middle if centre else self.styles.left
        self.sheet.row_dimensions[self.row].height = height

    def _heads(self) -> None:
        grouped = any(column.group for column in self.form.columns)
        top, low = self.row + 1, self.row + 1 + grouped
        at = 1
        for group, count in spans(self.form.columns):
            if group:
                _put_text(self.sheet.cell(top, at), group)
                self.sheet.merge_cells(start_row=top, end_row=top, start_column=at, end_column=at + count - 1)
            elif grouped:
                self.sheet.merge_cells(start_row=top, end_row=low, start_column=at, end_column=at)
            for k in range(at, at + count):
                _put_text(self.sheet.cell(low if group else top, k), self.form.columns[k - 1].title)
            at += count
        for row in range(top, low + 1):
            self.sheet.row_dimensions[row].height = 30 if row == low else 18
            for k in range(1, self.columns + 1):
                cell = self.sheet.cell(row, k)
                cell.font, cell.fill = self.styles.bold, self.styles.shade
                cell.alignment, cell.border = self.styles.middle, self.styles.border
        self.row = low

    def _row(self, row: Row) -> None:
        self.row += 1
        for k, value in enumerate(row.cells, start=1):
            cell = self.sheet.cell(self.row, k)
            if isinstance(value, str):
                _put_text(cell, value)
                look = "text"
            elif isinstance(value, datetime):
                cell.value, look = there(value), "time"
            elif value is None:
                if self.form.counts and self._counted(k, row):
                    _put_text(cell, "—")
                look = "text"
            else:
                cell.value, look = value, "whole" if isinstance(value, int) else "share"
            self._dress(cell, look, strong=row.strong)

    def _counted(self, k: int, row: Row) -> bool:
        return row.cells[0] != "合计" or self.form.sums(self.form.columns[k - 1].figure)

    def _dress(self, cell: Any, look: str, *, strong: bool) -> None:
        quoted = cell.quotePrefix
        made = self.styles.made.get((look, strong))
        if made is None:
            cell.font = self.styles.bold if strong else self.styles.plain
            if strong:
                cell.fill = self.styles.shade
            cell.border = self.styles.border
            cell.alignment = self.styles.right if look in ("whole", "share") else self.styles.left
            cell.number_format = {"whole": "0", "share": "0.0#", "time": "mm-dd hh:mm", "text": "@"}[look]
            plain = copy(cell._style)
            plain.quotePrefix = 0
            self.styles.made[look, strong] = plain
            return
        cell._style = copy(made)
        if quoted:
            cell.quotePrefix = True

    def _print_set_up(self) -> None:
        from openpyxl.utils import get_column_letter

        for k, column in enumerate(self.form.columns, start=1):
            self.sheet.column_dimensions[get_column_letter(k)].width = max(6.0, column.width * 1.15)
        page = self.sheet.page_setup
        page.paperSize, page.orientation = (
            self.sheet.PAPERSIZE_A4,
            "landscape" if self.form.landscape else "portrait",
        )
        page.fitToWidth, page.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.oddFooter.center.text = "第 &P 页 / 共 &N 页"
        self.sheet.oddFooter.right.text = "演练 SYNTHETIC" if self.head.synthetic else ""
        self.sheet.print_options.horizontalCentered = True
        margins = self.sheet.page_margins
        margins.left = margins.right = 0.5
        margins.top, margins.bottom = 0.55, 0.6


def _put_text(cell: Any, text: str) -> None:
    """Text as text, whatever it begins with."""
    clean = printable(text)[:_LONGEST_TEXT]
    cell.value = clean
    cell.data_type = "s"
    if clean.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True
