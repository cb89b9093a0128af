"""What stands around a form's table, the same on paper and in a workbook: head, remarks, marks, and cells in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from evac.drill import SYNTHETIC
from evac.forms.declared import Column, Form
from evac.forms.figures import Cell
from riskmap.outlook import BEIJING

_NOT_PRINTED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Head:
    """What every sheet of a report says.

    Attributes
    ----------
    at : datetime
        The instant that is counted.
    event : str
        The storm.
    synthetic : bool
        Invented people: every sheet says so.
    shared : bool
        Small counts are hidden.
    """

    at: datetime
    event: str
    synthetic: bool
    shared: bool = False

    @property
    def mark(self) -> str:
        """The mark of a drill; empty in earnest."""
        return " · ".join(SYNTHETIC) if self.synthetic else ""

    def until(self) -> str:
        """The instant in words, Beijing time."""
        return f"截至 {there(self.at):%Y年%m月%d日 %H时%M分}(北京时间)"


def there(instant: datetime) -> datetime:
    """An instant as a clock in Beijing shows it, without zone, as workbooks want it.

    Examples
    --------
    >>> from datetime import UTC
    >>> there(datetime(2021, 7, 25, 4, 30, tzinfo=UTC)).isoformat()
    '2021-07-25T12:30:00'
    """
    return instant.astimezone(BEIJING).replace(tzinfo=None)


def remarks(form: Form, head: Head) -> list[str]:
    """Remarks under the table."""
    found = list(form.notes)
    if head.shared:
        found.append("不足 10 人及为防反推而隐去者以“—”表示。")
    if form.names:
        found.append("含个人信息,限本级履职使用,不得转发,应急结束后按规定销毁。")
    return found


def printable(text: str) -> str:
    r"""Text without what neither paper nor a workbook can hold: control characters, halves of pairs, no characters at all.

    Examples
    --------
    >>> printable("张\x00三\ud800\n")
    '张三'
    """
    return _NOT_PRINTED.sub("", text)


def spans(columns: tuple[Column, ...]) -> list[tuple[str, int]]:
    """Heads over the columns, each with how many it spans; columns without one stand alone.

    Examples
    --------
    >>> a, b = Column("一", "x", 5, "D", "组"), Column("二", "y", 5, "D", "组")
    >>> spans((a, b, Column("三", "z", 5, "D")))
    [('组', 2), ('', 1)]
    """
    found: list[tuple[str, int]] = []
    for group, members in groupby(columns, key=lambda column: column.group):
        count = len(list(members))
        found += [(group, count)] if group else [("", 1)] * count
    return found


def words(cell: Cell, *, counts: bool) -> str:
    """A cell as it is printed; what is hidden or not known is a dash in a table of counts and blank in a list.

    Examples
    --------
    >>> words(1234, counts=True), words(None, counts=True), words(None, counts=False), words(93.0, counts=True)
    ('1234', '—', '', '93.0')
    """
    if cell is None:
        return "—" if counts else ""
    if isinstance(cell, str):
        return printable(cell)
    if isinstance(cell, datetime):
        return f"{there(cell):%m-%d %H:%M}"
    return f"{cell:.2f}".rstrip("0").rstrip(".") if isinstance(cell, float) and not counts else str(cell)
