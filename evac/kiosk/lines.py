"""What a line says: a Chinese keyboard and a shift lock undone, then a verb and what follows it, or something to be read as a code."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final
from unicodedata import normalize

from evac.crockford import DASHES

HELP: Final = """\
扫码或输入短码 = 到达本点            scan, or type the short code: arrived here
亲 / r  再扫码 = 投亲靠友            then scan: with relatives   (亲 330903 = in which region)
离 / l  再扫码 = 未经放行离开         then scan: left without release
医 / m  再扫码 = 送医                then scan: taken to medical care
加 / + 姓名  = 名单外人员,当场登记    add somebody who is not on the list (after 亲: with relatives)
名 / = 姓名  = 刚扫的吊牌归此人       the pendant just scanned, of no stock known here, is theirs
取消 / x  = 不要亲、离、医            forget 亲, 离 or 医
撤 / u  = 撤销上一条                 undo the last one
核 / c 人数 = 独立清点               head-count by somebody who did not look here
数 / n  = 现有人数                   how many are here
满 / f  = 满了,转往何处              full: where to
换班 / s = 打印交接单                shift sheet
退出 / q = 结束                      end"""


class Verb(StrEnum):
    """What a clerk wants."""

    RELATIVES = "relatives"
    LEFT = "left"
    MEDICAL = "medical"
    ADD = "add"
    NAME = "name"
    CANCEL = "cancel"
    UNDO = "undo"
    COUNT = "count"
    HERE = "here"
    FULL = "full"
    SHEET = "sheet"
    HELP = "help"
    END = "end"


MOVES: Final = frozenset({Verb.RELATIVES, Verb.LEFT, Verb.MEDICAL})
"""Said before a scan, or before the name of somebody who is on no list."""
_TAKES: Final = {
    "亲": Verb.RELATIVES, "r": Verb.RELATIVES, "离": Verb.LEFT, "l": Verb.LEFT, "医": Verb.MEDICAL, "m": Verb.MEDICAL,
    "加": Verb.ADD, "+": Verb.ADD, "名": Verb.NAME, "=": Verb.NAME,
}  # fmt: skip
_ALONE: Final = {
    "取消": Verb.CANCEL, "x": Verb.CANCEL, "撤": Verb.UNDO, "撤销": Verb.UNDO, "u": Verb.UNDO, "数": Verb.HERE, "n": Verb.HERE, "满": Verb.FULL, "f": Verb.FULL,
    "换班": Verb.SHEET, "s": Verb.SHEET, "?": Verb.HELP, "h": Verb.HELP, "help": Verb.HELP,
    "退出": Verb.END, "q": Verb.END, "quit": Verb.END, "exit": Verb.END,
}  # fmt: skip
_COUNT: Final = re.compile(r"(?:核|c)\s*([0-9]{1,6})", re.IGNORECASE)


def tidy(line: str) -> str:
    """A line as it was meant: without the ends that scanners add, and with what a Chinese keyboard or a shift lock did undone.

    Examples
    --------
    >>> tidy("ev1：6bf+70790t9wjwg.fki ")
    'EV1:6BF+70790T9WJWG.FKI '
    >>> tidy("  ｒ　外婆家 ")
    'r 外婆家'
    """
    text = normalize("NFKC", line.strip("\r\n\t\ufeff")).lstrip()
    if text[:4].upper() == "EV1:":
        return text.upper().translate(DASHES)  # a blank at the end belongs to base45
    return text.strip()


def verb_of(text: str) -> tuple[Verb | None, str]:
    """The verb of a tidy line and what follows it; no verb where the line is to be read as a code.

    A Chinese verb needs no blank after it.

    Examples
    --------
    >>> verb_of("亲外婆家"), verb_of("c120"), verb_of("r 外婆家")
    ((<Verb.RELATIVES: 'relatives'>, '外婆家'), (<Verb.COUNT: 'count'>, '120'), (<Verb.RELATIVES: 'relatives'>, '外婆家'))
    >>> verb_of("R7K3-464C-4GY")
    (None, 'R7K3-464C-4GY')
    """
    counted = _COUNT.fullmatch(text)
    if counted:
        return Verb.COUNT, counted[1]
    if text.lower() in _ALONE:
        return _ALONE[text.lower()], ""
    # a short code may begin with R, L or M
    if text[:1].isalpha() and text[:2].isascii() and text[1:2].strip():
        return None, text
    verb = _TAKES.get(text[:1].lower())
    return (verb, text[1:].lstrip(" ,:;、")) if verb else (None, text)
