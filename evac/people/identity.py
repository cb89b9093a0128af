"""Identity numbers judged and at once turned into a keyed pseudonym: a verdict, never an error, and never the number.

A missing or wrong number never blocks the door. What leaves this module says which kind of document it was, whether its
check character fits, the sex and the year of birth, and a pseudonym; the number itself is in nothing that is returned.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

Pseudonym: TypeAlias = Callable[[str], str]
"""Number -> keyed digest of 32 hexadecimal digits: ``evac.vault.Vault.pseudonym``."""

OLDEST: Final = 120
"""Years of age above which a birth date is not believed (D)."""
_CENTENARIAN: Final = 996
"""Sequence numbers from here on were kept for people older than a hundred in GB 11643-1989 (S)."""
# 2^(17 - i) mod 11: ISO 7064 MOD 11-2 as GB 11643-1999 writes it (S)
_WEIGHTS: Final = tuple(pow(2, 17 - i, 11) for i in range(17))
_CHECKS: Final = "10X98765432"
# first two digits of GB/T 2260 (S); 83 is the residence permit's own (S)
_PROVINCES: Final = frozenset(
    f"{first}{second}"
    for first, seconds in {
        1: "12345",
        2: "123",
        3: "1234567",
        4: "123456",
        5: "01234",
        6: "12345",
        7: "1",
        8: "123",
    }.items()
    for second in seconds
)
_PERMIT: Final = frozenset({"810000", "820000", "830000"})
"""Address codes of 港澳台居民居住证: Hong Kong, Macao, Taiwan (S, State Council decree of 2018)."""
_LONGEST: Final = 64


class Kind(StrEnum):
    """Which document a number is of."""

    RESIDENT = "resident"
    RESIDENT_15 = "resident_15"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGN_RESIDENT = "foreign_resident"
    FOREIGN_RESIDENT_15 = "foreign_resident_15"
    HOME_RETURN = "home_return"
    TAIWAN_PASS = "taiwan_pass"  # noqa: S105  # a travel document
    PASSPORT = "passport"
    OTHER = "other"
    NONE = "none"

    @property
    def chinese(self) -> str:
        """The document's name."""
        return _KIND_WORDS[self]


_KIND_WORDS: Final = MappingProxyType(
    {
        Kind.RESIDENT: "居民身份证",
        Kind.RESIDENT_15: "居民身份证(15位)",
        Kind.RESIDENCE_PERMIT: "港澳台居民居住证",
        Kind.FOREIGN_RESIDENT: "外国人永久居留身份证",
        Kind.FOREIGN_RESIDENT_15: "外国人永久居留身份证(旧)",
        Kind.HOME_RETURN: "港澳居民来往内地通行证",
        Kind.TAIWAN_PASS: "台湾居民来往大陆通行证",
        Kind.PASSPORT: "护照",
        Kind.OTHER: "其他证件",
        Kind.NONE: "无证件号",
    }
)


class Verdict(StrEnum):
    """What is to be thought of a number; none of them keeps a person out."""

    GOOD = "good"
    ROUND = "round"
    UNCHECKED = "unchecked"
    MISSING = "missing"
    LOST = "lost"
    WRONG_CHECK = "wrong_check"
    WRONG_DATE = "wrong_date"
    WRONG_AREA = "wrong_area"
    WRONG_FORM = "wrong_form"

    @property
    def chinese(self) -> str:
        """What the report says."""
        return _VERDICT_WORDS[self]

    @property
    def usable(self) -> bool:
        """Whether the number may stand for the person."""
        return self in (Verdict.GOOD, Verdict.ROUND, Verdict.UNCHECKED)


_VERDICT_WORDS: Final = MappingProxyType(
    {
        Verdict.GOOD: "号码正确",
        Verdict.ROUND: "号码以 000 结尾,校验码相符;也可能是表格软件抹掉的",
        Verdict.UNCHECKED: "号码无校验码,未能核对",
        Verdict.MISSING: "无号码",
        Verdict.LOST: "号码末几位已被表格软件抹掉(只剩15位有效)",
        Verdict.WRONG_CHECK: "校验码不符",
        Verdict.WRONG_DATE: "出生日期不成立",
        Verdict.WRONG_AREA: "地址码前两位不存在",
        Verdict.WRONG_FORM: "位数或字符不对",
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a person from a number, without the number.

    Attributes
    ----------
    pseudonym : str
        32 hexadecimal digits; empty unless the verdict is usable.
    sex : str
        "男", "女", or empty.
    birth_year : int or None
        Also of a number whose end was lost or whose check character is wrong, if its date holds.
    """

    kind: Kind
    verdict: Verdict
    pseudonym: str = ""
    sex: str = ""
    birth_year: int | None = None


NOTHING: Final = Identity(Kind.NONE, Verdict.MISSING)
"""Of a person without any number: infants, people who carry nothing."""

_EMPTY: Final = re.compile(r"[-—_/\\.*?0无没不详未知暂缺空知道办理带有登记报户口新生儿号码证件NAONEUL]*")
_LOST: Final = re.compile(r"\d(?:\.\d+)?E\+?1[0-9]|\d{15,18}\.0*")
_TYPED_X: Final = str.maketrans({"×": "X", "✕": "X", "Х": "X", "∗": "*"})


def check_character(body: str) -> str:
    """Last character of an 18-character number, of the 17 digits before it.

    Parameters
    ----------
    body : str
        17 digits.

    References
    ----------
    GB 11643-1999, 4.2.4 and annex B (ISO 7064:1983, MOD 11-2). The example below is the standard's own.

    Examples
    --------
    >>> check_character("11010519491231002")
    'X'
    """
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS)) % 11]


def clean_number(text: str) -> str:
    """The number as documents print it: half-width, capital letters, without blanks, hyphens or a spreadsheet's quotes."""
    whole = unicodedata.normalize("NFKC", text[:_LONGEST]).upper().translate(_TYPED_X)
    if whole.startswith('="') and whole.endswith('"'):
        whole = whole[2:-1]
    return "".join(c for c in whole.lstrip("'`‘’") if c.isprintable() and c not in " -‐–—·()（）")


def examine_number(text: str, pseudonym: Pseudonym, *, on: date, declared: str = "") -> Identity:
    """Judge a number of any document; never raises for whatever text.

    Parameters
    ----------
    text : str
        As it was typed, scanned or read from a cell.
    pseudonym : callable
        ``Vault.pseudonym`` of the emergency. A 15-digit number gives the pseudonym of its 18-digit form.
    on : date
        Today: nobody is born later.
    declared : str
        The document's kind if the list has a column for it (证件类型), which tells bare digits apart.

    References
    ----------
    GB 11643-1999 and GB 11643-1989; the 2023 form of 外国人永久居留身份证 (first digit 9, province, numeric country, birth
    date, sequence, MOD 11-2); ICAO Doc 9303 part 3, 4.9 (7-3-1) for its 15-character form; 公安部 2010 on 回乡证
    (a letter, 8 digits for life, 2 for the issue).

    Examples
    --------
    >>> examine_number("11010519491231002x", lambda number: "0" * 32, on=date(2021, 7, 25))
    Identity(kind=<Kind.RESIDENT: 'resident'>, verdict=<Verdict.GOOD: 'good'>, pseudonym='0000...', sex='女',
             birth_year=1949)
    """
    number = clean_number(text)
    if _EMPTY.fullmatch(number):
        return NOTHING
    if not number.isascii():
        return Identity(Kind.OTHER, Verdict.WRONG_FORM)
    if _LOST.fullmatch(number):
        return _of_lost(number, on)
    if re.fullmatch(r"\d{15}000", number):
        # as spreadsheets leave a number; one in eleven of those has a fitting check character
        found = _of_18(number, pseudonym, on)
        return (
            replace(found, verdict=Verdict.ROUND) if found.verdict is Verdict.GOOD else _of_lost(number, on)
        )
    if re.fullmatch(r"\d{17}[\dX]", number):
        return _of_18(number, pseudonym, on)
    if re.fullmatch(r"\d{15}", number):
        return _of_15(number, pseudonym, on)
    if re.fullmatch(r"[A-Z]{3}\d{12}", number):
        return _of_foreign_15(number, pseudonym, on)
    return _of_travel(number, pseudonym, declared)


def lost_in_a_cell(value: float, *, on: date) -> Identity | None:
    """What a number cell of a spreadsheet still tells of an identity number; None where the cell is no such number.

    Spreadsheets keep 15 digits, so the last three of 18 are gone, whatever they show.
    """
    if not 1e14 <= abs(value) < 1e18:
        return None
    digits = f"{int(value)}"
    return _of_lost(digits, on) if len(digits) == 18 else None


def _of_lost(number: str, on: date) -> Identity:
    digits = number.partition(".")[0]
    born = _date(digits[6:14], on) if len(digits) == 18 and digits.isdigit() else None
    return Identity(Kind.RESIDENT, Verdict.LOST, birth_year=born.year if born else None)


def _of_18(number: str, pseudonym: Pseudonym, on: date) -> Identity:
    foreign = number[0] == "9"
    kind = (
        Kind.FOREIGN_RESIDENT
        if foreign
        else Kind.RESIDENCE_PERMIT
        if number[:6] in _PERMIT
        else Kind.RESIDENT
    )
    born = _date(number[6:14], on)
    year = born.year if born else None
    if number[1:3] not in _PROVINCES if foreign else number[:2] not in _PROVINCES:
        return Identity(kind, Verdict.WRONG_AREA, birth_year=year)
    if born is None:
        return Identity(kind, Verdict.WRONG_DATE)
    if check_character(number[:17]) != number[17]:
        return Identity(kind, Verdict.WRONG_CHECK, birth_year=year)
    return Identity(kind, Verdict.GOOD, pseudonym(number), _sex(number[16]), year)


def _of_15(number: str, pseudonym: Pseudonym, on: date) -> Identity:
    century = "18" if int(number[12:]) >= _CENTENARIAN else "19"
    born = _date(century + number[6:12], on, oldest=OLDEST + 100)
    if number[:2] not in _PROVINCES:
        return Identity(Kind.RESIDENT_15, Verdict.WRONG_AREA)
    if born is None:
        return Identity(Kind.RESIDENT_15, Verdict.WRONG_DATE)
    body = number[:6] + century + number[6:]
    # without a check character of its own
    whole = pseudonym(body + check_character(body))
    return Identity(Kind.RESIDENT_15, Verdict.UNCHECKED, whole, _sex(number[14]), born.year)


def _of_foreign_15(number: str, pseudonym: Pseudonym, on: date) -> Identity:
    kind = Kind.FOREIGN_RESIDENT_15
    this = on.year % 100
    century = on.year // 100 - (int(number[7:9]) > this)
    born = _date(f"{century:02d}{number[7:13]}", on)
    if born is None:
        return Identity(kind, Verdict.WRONG_DATE)
    if _icao_check(number[:14]) != number[14]:
        return Identity(kind, Verdict.WRONG_CHECK, birth_year=born.year)
    return Identity(kind, Verdict.GOOD, pseudonym(number), _sex(number[13]), born.year)


def _of_travel(number: str, pseudonym: Pseudonym, declared: str) -> Identity:
    if re.fullmatch(r"[HM]\d{8}(?:\d\d)?", number):
        # the last two digits count the issues of one person's document
        return Identity(Kind.HOME_RETURN, Verdict.UNCHECKED, pseudonym(number[:9]))
    if re.fullmatch(r"\d{8}(?:\d\d)?", number) and re.search("台", declared):
        return Identity(Kind.TAIWAN_PASS, Verdict.UNCHECKED, pseudonym(f"TW{number[:8]}"))
    if re.fullmatch(r"(?=.*\d)[A-Z]{1,2}[A-Z\d]{5,8}", number) or (
        re.fullmatch(r"(?=.*\d)[A-Z\d]{6,9}", number) and re.search("护照|passport", declared, re.IGNORECASE)
    ):
        return Identity(Kind.PASSPORT, Verdict.UNCHECKED, pseudonym(f"P{number}"))
    if declared and re.fullmatch(r"(?=.*\d)[A-Z\d]{5,14}", number) and "身份证" not in declared:
        return Identity(Kind.OTHER, Verdict.UNCHECKED, pseudonym(f"O{number}"))
    return Identity(Kind.OTHER, Verdict.WRONG_FORM)


def _icao_check(body: str) -> str:
    values = (int(c) if c.isdigit() else ord(c) - ord("A") + 10 for c in body)
    return str(sum(value * (7, 3, 1)[i % 3] for i, value in enumerate(values)) % 10)


def _sex(digit: str) -> str:
    return "男" if int(digit) % 2 else "女"


def _date(digits: str, on: date, oldest: int = OLDEST) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return born if born <= on and on.year - born.year <= oldest else None
