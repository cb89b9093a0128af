"""The call list for telephone and loudspeaker (电话、大喇叭): printed with boxes for who answered and when; entered later.

Where nothing digital works, a person calls. The sheet is one HTML file that prints on A4; beside it a CSV to type the answers
into, which ``evac channels answers`` takes in as receipts of named persons (叫应).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from evac.orders.outbox import Outgoing
from riskmap.errors import DataError
from riskmap.outlook import BEIJING, beijing

COLUMNS: Final = ("发文字号", "收文单位", "电话", "应答人", "应答时间", "呼叫人")
_PRESS: Final = """@page{size:A4;margin:15mm}body{font:12pt serif}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #000;padding:4px;vertical-align:top}tr{page-break-inside:avoid}.box{width:24mm;height:12mm}
.mark{font-size:20pt;text-align:center;letter-spacing:.3em}"""


@dataclass(frozen=True)
class Answer:
    """Who answered a call, and when.

    Attributes
    ----------
    number, receiver : str
        发文字号, and the office that was called.
    person : str
        Who answered, by name.
    at : datetime
    by : str
        Who called.
    """

    number: str
    receiver: str
    person: str
    at: datetime
    by: str


def call_sheet(records: Sequence[Outgoing], telephones: Mapping[str, str], *, now: datetime) -> str:
    """The sheet, the most urgent first: whom to call, what to read out, and boxes for the answer.

    Parameters
    ----------
    telephones : mapping
        Receiver -> number, or where its loudspeaker stands; an empty box where none is known.
    now : datetime
        Time of printing.
    """
    rows = "".join(
        f"<tr><td>{n}</td><td><b>{escape(r.receiver)}</b><br>{escape(telephones.get(r.receiver, '电话:'))}</td>"
        f"<td><b>{escape(r.urgency)} {escape(r.subject)}</b><br>{escape(r.number)}<br>{escape(r.text).replace(chr(10), '<br>')}"
        f"{'<br>请于 ' + beijing(r.answer_by) + ' 前应答' if r.answer_by else ''}</td>"
        '<td class="box">1&nbsp;□<br>2&nbsp;□<br>3&nbsp;□</td><td class="box"></td><td class="box"></td><td class="box"></td></tr>'
        for n, r in enumerate(in_order(records), 1)
    )
    mark = '<p class="mark">演 练</p>' if any(r.exercise for r in records) else ""
    return (
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>叫应单</title><style>{_PRESS}</style>{mark}'
        f"<h1>叫应单(电话、大喇叭)</h1><p>打印 {beijing(now)};共 {len(records)} 项。无人接听的,逐次在“呼叫”栏划勾;"
        "接通的,请对方报姓名,复述要点,填写姓名和时间。</p>"
        "<table><tr><th>序</th><th>单位和电话</th><th>宣读内容</th><th>呼叫</th><th>应答人</th><th>应答时间</th><th>呼叫人</th></tr>"
        f"{rows}</table></html>\n"
    )


def in_order(records: Sequence[Outgoing]) -> list[Outgoing]:
    """The one that must answer first, first; those without a deadline last."""
    latest = datetime.max.replace(tzinfo=BEIJING)
    return sorted(records, key=lambda r: (r.answer_by or latest, r.made_at, r.key))


def call_csv(records: Sequence[Outgoing], telephones: Mapping[str, str]) -> bytes:
    """The same rows to type the answers into; with the mark that makes spreadsheets read UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for record in in_order(records):
        cells = (record.number, record.receiver, telephones.get(record.receiver, ""), "", "", "")
        # a cell that begins like a formula would be run by the spreadsheet
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def read_answers(text: str, *, where: str) -> tuple[Answer, ...]:
    """Answers that were typed in; rows without a name and a time are calls that nobody answered.

    Parameters
    ----------
    text : str
        Of the CSV.
    where : str
        Its name, for messages.

    Raises
    ------
    DataError
        Other columns, or a row with a name and no readable time, caller or number; with its line. Nothing is taken in.

    Examples
    --------
    >>> rows = "发文字号,收文单位,电话,应答人,应答时间,呼叫人\\n防指办函〔2021〕3号,甲县防指,0571,王五,2021-07-24 12:40,赵六\\n"
    >>> [(a.person, a.at.isoformat()) for a in read_answers(rows, where="calls.csv")]
    [('王五', '2021-07-24T12:40:00+08:00')]
    """
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if tuple(lines.fieldnames or ()) != COLUMNS:
        raise DataError("not a call list", where=where, expected=",".join(COLUMNS), found=",".join(lines.fieldnames or ()),
                        remedy="fill in the file that `evac channels calls` wrote")  # fmt: skip
    found = []
    for row in lines:
        cells = {name: (row[name] or "").strip().removeprefix("'") for name in COLUMNS}
        if not cells["应答人"] and not cells["应答时间"]:
            continue
        try:
            at = datetime.fromisoformat(cells["应答时间"].replace("/", "-"))
        except ValueError:
            at = None
        if at is None or not all(cells[name] for name in ("发文字号", "收文单位", "应答人", "呼叫人")):
            raise DataError(
                "an answer that is not whole", where=f"{where}, line {lines.line_num}",
                expected="number, office, name, a time such as 2021-07-24 12:40, and who called",
                found=",".join(cells.values()), remedy="complete the row, or empty 应答人 and 应答时间 if nobody answered",
            )  # fmt: skip
        moment = at if at.tzinfo else at.replace(tzinfo=BEIJING)
        found.append(Answer(cells["发文字号"], cells["收文单位"], cells["应答人"], moment, cells["呼叫人"]))
    return tuple(found)
