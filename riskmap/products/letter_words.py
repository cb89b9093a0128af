"""How numbers, times and people are written in an official letter."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from html import escape
from math import isnan
from typing import Final

from riskmap.outlook import BEIJING
from riskmap.scale import wind_force

BLANK: Final = "＿＿＿＿"
"""A field that a person fills in."""

_WIDE: Final = "[\u2018-\u201d\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"


NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0, 2.2, cannot hold, not even escaped."""


def xml_text(text: str) -> str:
    """Text as XML can hold it; what it cannot hold, not even escaped, is left out.

    Examples
    --------
    >>> xml_text("甲<乙>&" + chr(0))
    '甲&lt;乙&gt;&amp;'
    """
    return escape(NOT_XML.sub("", text), quote=False)


def quantity(value: float, units: str) -> str:
    """A value with its unit; a wind with its force; a dash where the tier was reported without a number.

    Examples
    --------
    >>> quantity(46.0, "m s-1"), quantity(52.34, "mm"), quantity(0.3, "m"), quantity(1.5, "1")
    ('46.0 m/s(14级)', '52 mm', '0.30 m', '1.50')
    >>> quantity(float("nan"), "m")
    '—'
    """
    if isnan(value):
        return "—"
    if units == "m s-1":
        return f"{value:.1f} m/s({wind_force(value)}级)"
    if units == "1":
        return f"{value:.2f}"
    digits = {"mm": 0, "m": 2}.get(units, 1)
    return f"{value:.{digits}f} {units}"


def day_hour(instant: datetime) -> str:
    """Beijing time as an official letter writes it.

    Examples
    --------
    >>> from datetime import UTC
    >>> day_hour(datetime(2021, 7, 24, 4, 30, tzinfo=UTC)), day_hour(datetime(2021, 7, 24, 4, tzinfo=UTC))
    ('7月24日12时30分', '7月24日12时')
    """
    local = instant.astimezone(BEIJING)
    minutes = f"{local.minute}分" if local.minute else ""
    return f"{local.month}月{local.day}日{local.hour}时{minutes}"


def short(instant: datetime) -> str:
    """Beijing time for a narrow column: ``25日07:30``."""
    return instant.astimezone(BEIJING).strftime("%d日%H:%M")


def people(number: float | None) -> str:
    """A modelled number of people, not more exact than it is.

    Examples
    --------
    >>> people(123456.0), people(1234.0), people(None)
    ('12.3万人', '1200人', '未知')
    """
    if number is None:
        return "未知"
    if number >= 10_000:
        return f"{number / 10_000:.1f}万人"
    return f"{round(number, -2) if number >= 1000 else round(number, -1):.0f}人"


@lru_cache(maxsize=1 << 12)  # the same measures stand in many letters, and each letter is set twice
def full_width(text: str) -> str:
    """Chinese punctuation where Chinese stands, so that numbers and units keep theirs.

    Examples
    --------
    >>> full_width("阵风(3秒),43.7 m/s;(CMA Order 16, 2007)")
    '阵风（3秒），43.7 m/s;(CMA Order 16, 2007)'
    >>> full_width("路径(实况),截至12:30。")
    '路径（实况），截至12:30。'
    """
    for _ in range(3):  # brackets inside brackets
        text = re.sub(rf"(?<={_WIDE})\(([^()]*)\)|\(([^()]*{_WIDE}[^()]*)\)", r"（\1\2）", text)
    for narrow, wide in zip(",:;", "，：；", strict=True):
        text = re.sub(rf"(?<={_WIDE}){narrow} ?|{narrow}(?={_WIDE})", wide, text)
    return text
