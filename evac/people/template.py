"""An empty list (名单模板) for villages to fill: the headings that are read, cells of text, and words to choose from."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

from evac.model import Category, Vulnerability
from riskmap.errors import MissingExtraError

HEADINGS: Final = (
    "姓名", "证件类型", "身份证号", "手机", "户号", "村代码", "村", "类别", "脆弱性", "联系人", "联系人电话", "安置方式", "去向", "转移方式",
    "渔船", "经度", "纬度", "坐标系",
)  # fmt: skip
"""What an import reads, in the order of a village's own list."""
STAYS: Final = ("集中安置", "投亲靠友", "上岸")
DATUMS: Final = ("CGCS2000", "WGS84", "GCJ02")
_NOTES: Final = (
    "一人一行;姓名或身份证号必填,其他有则填。没有证件、号码有误的照样入册。",
    f"类别:{'、'.join(c.chinese for c in Category)}",
    f"脆弱性(可填几项,用顿号隔开):{'、'.join(v.chinese for v in Vulnerability)}",
    f"安置方式:{'、'.join(STAYS)}。集中安置的去向填安置点名称或编号;投亲靠友填地方,不填亲友姓名电话。",
    f"经度、纬度:房屋位置,十进制度,小数点后至少 4 位;坐标系填 {'、'.join(DATUMS)}(手机高德、腾讯地图为 GCJ02)。拿不准就空着。",
)
_CHOICES: Final = {"类别": tuple(c.chinese for c in Category), "安置方式": STAYS, "坐标系": DATUMS}
_ROWS: Final = 2000  # with a choice of words


def template_csv() -> bytes:
    """The headings as CSV with a byte-order mark.

    Examples
    --------
    >>> template_csv().decode("utf-8-sig").split(",")[:3]
    ['姓名', '证件类型', '身份证号']
    """
    out = io.StringIO()
    csv.writer(out).writerow(HEADINGS)
    return out.getvalue().encode("utf-8-sig")


def template_book() -> bytes:
    """The headings as a workbook: cells of text, so that no number loses its end, and words to choose from; a second sheet explains.

    Raises
    ------
    MissingExtraError
        Without the extra ``evac``.
    """
    try:
        import openpyxl
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation
    except ImportError as error:
        raise MissingExtraError(
            "openpyxl is not installed", where="evac people template", remedy="pip install 'riskmap[evac]', or write a .csv"
        ) from error  # fmt: skip
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "名单"
    sheet.append(list(HEADINGS))
    sheet.freeze_panes = "B2"
    for n, heading in enumerate(HEADINGS, 1):
        letter = get_column_letter(n)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = 20 if heading == "身份证号" else 13
        sheet.column_dimensions[letter].number_format = "@"  # text
        if heading in _CHOICES:
            choice = DataValidation("list", formula1=f'"{",".join(_CHOICES[heading])}"', allow_blank=True)
            choice.showErrorMessage = False  # a proposal: what is not in it is read all the same
            choice.add(f"{letter}2:{letter}{_ROWS}")
            sheet.add_data_validation(choice)
    notes: Any = book.create_sheet("说明")
    for line in _NOTES:
        notes.append([line])
    notes.column_dimensions["A"].width = 120
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
