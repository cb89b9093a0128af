"""The call list: whom to call first, nothing that breaks the page or the spreadsheet, and answers that come back whole."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.channels.call_list import COLUMNS, call_csv, call_sheet, in_order, read_answers
from riskmap.errors import DataError
from tests.evac.channels.servers import NOW, outgoing

TEXT = st.text(max_size=30)


def filled(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([list(COLUMNS), *rows])
    return out.getvalue()


ROW = ["防指办函〔2021〕3号", "甲县防指", "0571", "王五", "2021-07-24 12:40", "赵六"]


def test_who_must_answer_first_is_called_first() -> None:
    records = [
        outgoing(key="late", answer_by=NOW + timedelta(hours=1)),
        outgoing(key="none", answer_by=None),
        outgoing(key="soon", answer_by=NOW + timedelta(minutes=5)),
    ]
    assert [r.key for r in in_order(records)] == ["soon", "late", "none"]


def test_the_sheet_has_a_box_for_every_call() -> None:
    records = [outgoing(key=str(n), receiver=f"{n}县防指") for n in range(3)]
    sheet = call_sheet(records, {"1县防指": "0571-1"}, now=NOW)
    assert sheet.count('<td class="box">') == 12
    assert "演 练" in sheet
    assert "0571-1" in sheet
    assert "2021-07-24 12:10 前应答" in sheet
    assert "演 练" not in call_sheet([replace(records[0], exercise=False)], {}, now=NOW)


@given(TEXT, TEXT, TEXT)
def test_no_text_breaks_out_of_the_page(receiver: str, subject: str, text: str) -> None:
    record = outgoing(
        receiver=f"x{receiver}", subject=f"<script>{subject}", text=f'"><img src=x onerror=1>{text}'
    )
    sheet = call_sheet([record], {}, now=NOW)
    assert "<script" not in sheet
    assert "<img" not in sheet


@given(TEXT, st.sampled_from("=+-@"))
def test_no_cell_runs_in_a_spreadsheet(rest: str, first: str) -> None:
    record = outgoing(receiver=f"{first}x{rest}", number=f"{first}cmd{rest}")
    rows = list(csv.reader(io.StringIO(call_csv([record], {}).decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    assert not any(cell[:1] in "=+-@" for cell in rows[1] if cell)


@given(st.lists(st.tuples(st.sampled_from("甲乙丙"), st.booleans()), max_size=6))
def test_what_was_typed_in_comes_back(entered: list[tuple[str, bool]]) -> None:
    records = [
        outgoing(key=str(n), receiver=f"{name}县防指", number=f"函{n}号")
        for n, (name, _) in enumerate(entered)
    ]
    rows = list(csv.reader(io.StringIO(call_csv(records, {}).decode("utf-8-sig"), newline="")))[1:]
    answered = {f"函{n}号" for n, (_, yes) in enumerate(entered) if yes}
    for row in rows:
        if row[0] in answered:
            row[3:] = ["王五", "2021/07/24 12:40", "赵六"]
    found = read_answers("\ufeff" + filled(rows), where="calls.csv")
    assert {a.number for a in found} == answered
    assert all((a.person, a.by, a.at - NOW) == ("王五", "赵六", timedelta(minutes=40)) for a in found)


@pytest.mark.parametrize(
    ("column", "value"),
    [(0, ""), (1, " "), (3, ""), (4, "十二点"), (4, ""), (5, ""), (4, "2021-13-24 12:40")],
)
def test_half_an_answer_is_refused_with_its_line(column: int, value: str) -> None:
    row = [*ROW]
    row[column] = value
    with pytest.raises(DataError, match=r"calls\.csv, line 3"):
        read_answers(filled([ROW, row]), where="calls.csv")


def test_another_table_is_refused() -> None:
    for text in ("", "a,b\n1,2\n", ",".join(COLUMNS[:-1])):
        with pytest.raises(DataError, match="not a call list"):
            read_answers(text, where="x.csv")
