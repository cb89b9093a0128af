"""The three-cuts report (三断报告): roads, power, network of a village in one fixed form, for SMS, radio, satellite phone and paper.

Digits and capital letters alone, so that it can be read aloud and no telephone changes it; a check digit finds a slip of the
tongue. One report is one message of 70 characters or fewer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from riskmap.errors import DataError
from riskmap.outlook import BEIJING

LONGEST: Final = 70
"""Characters of one short message in UCS-2 (GSM 03.38/03.40)."""
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORM: Final = re.compile(
    r"SD (?P<village>\d{12}) (?P<day>\d{4}) (?P<clock>\d{4}) L(?P<road>[012]) D(?P<power>[012]) W(?P<network>[012])"
    r"(?: R(?P<people>\d{1,5}))?(?: S(?P<hurt>\d{1,4}))?(?: Q(?P<needs>[A-F]{1,6}))? (?P<check>[0-9A-Z])",
    re.ASCII,
)
CHANNELS: Final = MappingProxyType(
    {
        "phone": "电话",
        "sms": "短信",
        "radio": "对讲机",
        "satellite": "卫星电话",
        "paper": "纸质",
        "visit": "到村",
        "web": "网络",
    }
)
"""By which way a village was heard of."""
NEEDS: Final = MappingProxyType(
    {"A": "医疗", "B": "饮水", "C": "食品", "D": "转移车船", "E": "抢修", "F": "发电"}
)
"""What a village asks for, by letter."""
_MOST_PEOPLE, _MOST_HURT = 10**5 - 1, 10**4 - 1  # five and four digits


class Line(StrEnum):
    """How a line of a village is; ``chinese`` is the word for it."""

    OPEN = "0"
    CUT = "1"
    UNKNOWN = "2"

    @property
    def chinese(self) -> str:
        """The word on the list."""
        return {"0": "通", "1": "断", "2": "不明"}[self.value]


@dataclass(frozen=True, slots=True)
class ThreeCuts:
    """One village's report.

    Attributes
    ----------
    village : str
        12 digits.
    at : datetime
        When it was so, to the minute.
    road, power, network : Line
    people, hurt : int or None
        People cut off; people hurt or ill; None where nobody knows.
    needs : str
        Letters of ``NEEDS``, in their order.
    """

    village: str
    at: datetime
    road: Line
    power: Line
    network: Line
    people: int | None = None
    hurt: int | None = None
    needs: str = ""

    def __post_init__(self) -> None:
        if (
            not re.fullmatch(r"\d{12}", self.village, re.ASCII)
            or self.at.tzinfo is None
            or self.at.second
            or self.at.microsecond
            or not 0 <= (self.people or 0) <= _MOST_PEOPLE
            or not 0 <= (self.hurt or 0) <= _MOST_HURT
            or self.needs != "".join(letter for letter in NEEDS if letter in self.needs)
        ):
            raise DataError(
                "a report that cannot be", where=f"three-cuts report of {self.village}",
                expected=f"12 digits, a whole minute with time zone, people ≤ {_MOST_PEOPLE}, hurt ≤ {_MOST_HURT}, needs of "
                f"{''.join(NEEDS)} in order", found=f"{self.at}, {self.people}, {self.hurt}, {self.needs!r}",
                remedy="correct the field",
            )  # fmt: skip

    @property
    def cut(self) -> tuple[str, ...]:
        """What is cut, in words."""
        lines = (("断路", self.road), ("断电", self.power), ("断网", self.network))
        return tuple(word for word, line in lines if line is Line.CUT)

    @property
    def words(self) -> str:
        """The report for a reader."""
        parts = [f"路{self.road.chinese} 电{self.power.chinese} 网{self.network.chinese}"]
        parts += [f"被困{self.people}人"] if self.people is not None else []
        parts += [f"伤病{self.hurt}人"] if self.hurt is not None else []
        parts += ["需" + "、".join(NEEDS[letter] for letter in self.needs)] if self.needs else []
        return " ".join(parts)


def write_report(report: ThreeCuts) -> str:
    """The report in its fixed form; the year is left out and told by when it is read.

    Examples
    --------
    >>> at = datetime(2021, 7, 25, 4, 30, tzinfo=BEIJING)
    >>> write_report(ThreeCuts("330902001201", at, Line.CUT, Line.CUT, Line.OPEN, people=42, needs="AB"))
    'SD 330902001201 0725 0430 L1 D1 W0 R42 QAB L'
    """
    local = report.at.astimezone(BEIJING)
    parts = ["SD", report.village, f"{local:%m%d}", f"{local:%H%M}", f"L{report.road}", f"D{report.power}", f"W{report.network}"]  # fmt: skip
    parts += [f"R{report.people}"] if report.people is not None else []
    parts += [f"S{report.hurt}"] if report.hurt is not None else []
    parts += [f"Q{report.needs}"] if report.needs else []
    body = " ".join(parts)
    return f"{body} {check_character(body)}"


def check_character(body: str) -> str:
    """One of 36 characters; every single wrong one changes it, and nearly every swap of two neighbours (ISO/IEC 7064, MOD 37,36).

    Examples
    --------
    >>> check_character("SD 330902001201 0725 0430 L1 D1 W0") != check_character("SD 330902001201 0725 0430 L1 D0 W0")
    True
    """
    product = 36
    for character in body.replace(" ", ""):
        total = (product + _ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def read_report(text: str, *, now: datetime) -> ThreeCuts:
    """A report of its fixed form; small letters, full-width characters and spare blanks are forgiven, nothing else is.

    Parameters
    ----------
    text : str
        As it came, by whatever way.
    now : datetime
        The clock, with time zone: the report is of the year in which it lies no more than a day ahead.

    Raises
    ------
    DataError
        Not the form, another check character, or no such day.

    Examples
    --------
    >>> from evac import read_report
    >>> now = datetime(2021, 7, 25, 5, tzinfo=BEIJING)
    >>> found = read_report("sd 330902001201 0725 0430 L1 D1 W0 R42 QAB L", now=now)
    >>> found.words, found.cut, found.at.isoformat()
    ('路断 电断 网通 被困42人 需医疗、饮水', ('断路', '断电'), '2021-07-25T04:30:00+08:00')
    """
    from unicodedata import normalize

    plain = " ".join(normalize("NFKC", text).upper().split())
    found = _FORM.fullmatch(plain)
    if found is None:
        raise _wrong("not a three-cuts report", "SD, village of 12 digits, MMDD, HHMM, L D W with 0 1 2, then R S Q where known, check", plain)  # fmt: skip
    if check_character(plain[:-2]) != found["check"]:
        raise _wrong(
            "the check character does not fit: a character was misread", "the report as it was sent", plain
        )
    needs = found["needs"] or ""
    if needs != "".join(letter for letter in NEEDS if letter in needs):
        raise _wrong("needs out of order, or twice", "letters A to F in order, each once", plain)
    if any(len(number) > 1 and number[0] == "0" for number in (found["people"] or "", found["hurt"] or "")):
        raise _wrong("a number with a leading zero", "42, not 042", plain)
    return ThreeCuts(
        found["village"], _instant(found["day"], found["clock"], now, plain), Line(found["road"]), Line(found["power"]),
        Line(found["network"]), _number(found["people"]), _number(found["hurt"]), needs,
    )  # fmt: skip


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _instant(day: str, clock: str, now: datetime, plain: str) -> datetime:
    """The newest instant of a day and clock that lies no more than a day ahead."""
    newest = now.astimezone(BEIJING) + timedelta(days=1)
    for year in range(newest.year, newest.year - 5, -1):  # four years back: 29 February
        try:
            at = datetime(year, int(day[:2]), int(day[2:]), int(clock[:2]), int(clock[2:]), tzinfo=BEIJING)
        except ValueError:
            continue
        if at <= newest:
            return at
    raise _wrong("no such day or hour", "MMDD and HHMM of Beijing time", plain)


def _wrong(message: str, expected: str, found: str) -> DataError:
    return DataError(
        message, where="three-cuts report", expected=expected, found=repr(found[:90]),
        remedy="ask for it again, character by character: evac field form prints the form",
    )  # fmt: skip


def spoken(report: ThreeCuts) -> str:
    """The report as it is read over the radio: in groups of four, each field by its name."""
    local = report.at.astimezone(BEIJING)
    village = " ".join(report.village[n : n + 4] for n in range(0, 12, 4))
    text = write_report(report)
    rest = " ".join(text.split()[4:-1])
    return f"三断报告。村 {village}。{local:%m}月{local:%d}日{local:%H}时{local:%M}分。{rest}。校验 {text[-1]}。完毕。"


def names_of(letters: Mapping[str, str]) -> str:
    """The letters of a list with their words, for a form.

    Examples
    --------
    >>> names_of(NEEDS)[:9]
    'A 医疗 B 饮水'
    """
    return " ".join(f"{letter} {word}" for letter, word in letters.items())
