"""Lists of people for tests: CSV bytes in any encoding, workbooks, and how a list is read row by row."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from evac.people.cells import Setting
from evac.people.entry import Understood, understand
from evac.people.list_file import read_sheets
from evac.people.sheet import find_columns, people_rows

TODAY = date(2021, 7, 25)
NOW = datetime(2021, 7, 25, 4, 30, tzinfo=UTC)
HEAD = "姓名,身份证号,手机,户号,村代码,村,类别,脆弱性,去向"
ROWS = (
    "张三,11010519491231002X,13800001111,1,330902001001,东园,山洪,独居,文化礼堂",
    "李四,440524198001010012,13800002222,1,330902001001,东园,危房,,投亲",
    "王五,,,2,330902001001,东园,工棚,,",
)


def digest(number: str) -> str:
    """Stands for a vault's pseudonym."""
    return hashlib.blake2b(number.encode(), digest_size=16).hexdigest()


SETTING = Setting(digest, TODAY, region="330902")


def csv_bytes(*rows: str, head: str = HEAD, encoding: str = "utf-8") -> bytes:
    """A CSV file."""
    return "\r\n".join((head, *rows, "")).encode(encoding)


def book(rows: Iterable[Sequence[Any]], merge: Iterable[str] = (), hidden: str = "") -> bytes:
    """A workbook with one sheet, and a hidden one if it is named."""
    import openpyxl

    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(list(row))
    for block in merge:
        sheet.merge_cells(block)
    if hidden:
        other = workbook.create_sheet(hidden)
        other.append(["姓名", "身份证号"])
        other.append(["隐藏的人", ""])
        other.sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def read(data: bytes, setting: Setting = SETTING) -> list[tuple[int, Understood]]:
    """Row number and what was understood, for every row of every sheet."""
    found = []
    for sheet in read_sheets(io.BytesIO(data), "list"):
        columns, _ = find_columns(sheet)
        found += [(n, understand(sheet.name, n, cells, setting)) for n, cells in people_rows(sheet, columns)]
    return found


def said(understood: Understood) -> str:
    """All that was said about a row."""
    return " ".join(f"{f.weight} {f.column} {f.what} {f.do}" for f in understood.findings)
