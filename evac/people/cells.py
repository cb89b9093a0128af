"""Cells of one row: tidied text, telephone numbers and digits, and what is said about them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from evac.clear_words import looks_like_number, without_numbers
from evac.model import Category
from evac.people.datum import Datum
from evac.people.identity import Pseudonym
from evac.people.region_list import NO_REGIONS, Regions
from evac.people.report import Finding, Weight
from evac.people.sheet import NO_CELL, Cell

LONGEST: Final = 60
"""Characters of a name or another text that are kept."""


@dataclass(frozen=True)
class Setting:
    """What a row cannot tell itself.

    Attributes
    ----------
    pseudonym : callable
        ``Vault.pseudonym`` of the emergency.
    on : date
        Today.
    region : str
        Code of the unit whose list it is, 6, 9 or 12 digits; rows without a region of their own belong to it.
    category : Category or None
        Of rows without one.
    shelters : mapping
        Name or id of a shelter -> its id.
    door : bool
        At a door nothing is a reason to leave somebody out: what a list's row is refused for is a warning there.
    datum : Datum or None
        Of coordinates in rows that do not say it themselves; without one they are not taken.
    """

    pseudonym: Pseudonym
    on: date
    region: str = ""
    category: Category | None = None
    regions: Regions = NO_REGIONS
    shelters: Mapping[str, str] = field(default_factory=dict)
    door: bool = False
    datum: Datum | None = None


class RowCells:
    """The cells of a row by field, and the findings about them so far."""

    def __init__(self, sheet: str, number: int, cells: Mapping[str, Cell], setting: Setting) -> None:
        self.sheet, self.number, self.cells, self.setting = sheet, number, cells, setting
        self.findings: list[Finding] = []
        self.totals: Counter[str] = Counter()
        self._texts = {
            name: "" if cell.mark in ("error", "uncalculated") else tidy(cell.text)
            for name, cell in cells.items()
        }

    def say(self, weight: Weight, field_: str, what: str, do: str = "") -> None:
        """Add a finding about a field of this row."""
        heading = self.cells.get(field_, NO_CELL).heading
        self.findings.append(Finding(self.sheet, self.number, heading, weight, what, do))

    def text(self, field_: str) -> str:
        """The tidied text of a field; empty where the cell is an error."""
        return self._texts.get(field_, "")

    def odd_cells(self) -> None:
        """Say which cells were filled from above, or hold a formula or an error without a value."""
        for field_, cell in self.cells.items():
            if cell.mark == "filled":
                self.totals[f"由合并单元格填下的「{cell.heading}」"] += 1
                if field_ in ("name", "identity", "phone"):
                    self.say(Weight.WARNING, field_, "合并单元格,与上一行相同", "每人一格,分开填写")
            elif cell.mark == "uncalculated":
                self.say(
                    Weight.WARNING, field_, "公式没有算出的值,按空白处理", "在表格软件里打开保存一次再导入"
                )
            elif cell.mark == "error":
                self.say(Weight.WARNING, field_, "表格里是错误值,按空白处理", "改正公式")

    def free(self, field_: str) -> str:
        """A text that is stored: never with an identity number in it."""
        told = self.text(field_)
        if not told:
            return ""
        text = without_numbers(told)
        if text != told:
            self.say(Weight.WARNING, field_, "这一栏里有号码,未保存", "号码只填在证件号一栏")
        if len(text) > LONGEST:
            self.say(Weight.WARNING, field_, f"有 {len(text)} 个字,只保存前 {LONGEST} 个", "写短一些")
        return text[:LONGEST]


_BETWEEN: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_DASHES: Final = re.compile(r"[\s\-‐–—()（）]+")


def tidy(text: str) -> str:
    """A cell without control characters, with single blanks, and none between Chinese characters; nothing else changed.

    Examples
    --------
    >>> tidy(" 张　三\\n"), tidy("<b>Robert'); DROP TABLE person;--</b>")
    ('张三', "<b>Robert'); DROP TABLE person;--</b>")
    """
    if text.isprintable() and " " not in text:
        return text
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " if c in "\n\r\t" else "" for c in text)
    return _BETWEEN.sub("", " ".join(kept.split()))


def clean_digits(text: str) -> str:
    """Half-width digits without blanks; what is no number is left as it is.

    Examples
    --------
    >>> clean_digits("３３０９０２ 001.0")
    '330902001'
    """
    half = unicodedata.normalize("NFKC", text).replace(" ", "").lstrip("'")
    return half.removesuffix(".0")


def clean_phone(text: str) -> tuple[str, str]:
    """The first telephone number of a cell, and what is wrong with it; kept also where it is odd.

    Examples
    --------
    >>> clean_phone("+86 138-0000-1111"), clean_phone("0580-2021234"), clean_phone("1.38E+10")
    (('13800001111', ''), ('05802021234', ''), ('', '号码末几位已被表格软件抹掉'))
    """
    first = re.split(r"[、,，;；/\n]", unicodedata.normalize("NFKC", text))[0].strip().removesuffix(".0")
    if re.fullmatch(r"\d\.\d+E\+\d+", first, re.IGNORECASE):
        return "", "号码末几位已被表格软件抹掉"
    digits = _DASHES.sub("", first).lstrip("'")
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    if not digits or digits in ("无", "没有", "/"):
        return "", ""
    if looks_like_number(digits):
        return "", "电话栏里是证件号,未保存"
    if re.fullmatch(r"1\d{10}|0\d{9,11}|[2-9]\d{6,7}", digits):
        return digits, ""
    if re.fullmatch(r"\+?\d{5,14}", digits):
        return digits, f"电话是 {sum(c.isdigit() for c in digits)} 位,不像国内号码"
    return "", "不是电话号码"
