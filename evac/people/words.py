"""The words of lists: which column a heading names, and which category, vulnerability or stay a cell means."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from evac.model import Category, Stay, Vulnerability
from evac.people.datum import Datum

_MARKS: Final = re.compile(r"[\s*＊:：_\-.、,，;；?？!！\"'“”‘’()（）\[\]【】<>《》]+")
_ASIDE: Final = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_PARTS: Final = re.compile(r"[、,，;；/|\s+＋&和]+")
_DENIED: Final = re.compile("[无非不未没否]")
_NOT_THEM: Final = "家属"
_NEAR: Final = 2
"""Characters between a denial and the category that it denies: 非危房, 不属于危房, but 不稳定斜坡滑坡 (D)."""
_KIN: Final = re.compile(
    "(?:女儿|儿子|子女|亲戚|亲友|朋友|哥哥|弟弟|姐姐|妹妹|父母|外婆|外公|奶奶|爷爷|舅舅|姑姑|姑妈|阿姨|叔叔|伯伯|孙子|孙女|女婿|侄子|侄女|外甥|岳父|岳母).*家"
)
_SHORTEST: Final = 2
"""Characters of a word that may be found inside a longer one."""


def folded(text: str) -> str:
    """A word as it is compared: half-width, small letters, without blanks and marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).lower())


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    """Section -> folded word -> meaning."""
    text = files("evac.people").joinpath("words.toml").read_text(encoding="utf-8")
    sections = {name: part for name, part in tomllib.loads(text).items() if isinstance(part, dict)}
    return {
        name: {folded(word) or word: meaning for meaning, words in part.items() for word in words}
        for name, part in sections.items()
    }


@lru_cache(maxsize=5000)
def _found(section: str, text: str) -> tuple[str, bool]:
    """Meaning of a text, and whether it stands so in the list of words; the longest word inside it if it does not."""
    words = _words()[section]
    for form in (folded(text), folded(_ASIDE.sub("", text)), text.strip()):
        if form in words:
            return words[form], True
    form = folded(text)
    inside = [word for word in words if len(word) >= _SHORTEST and word in form]
    if section in _SAID_OF_PEOPLE:
        near = _NEAR if section == "categories" else len(form)
        inside = [w for w in inside if words[w] != "none" and not _denied(form, form.index(w), w, near)]
    if not inside:
        return "", False
    return words[max(inside, key=lambda word: (len(word), -form.index(word)))], False


_SAID_OF_PEOPLE: Final = ("categories", "vulnerability")
"""Sections whose words are often written to say that somebody is not that."""


def _denied(form: str, start: int, word: str, near: int) -> bool:
    """Whether a word inside a text is denied there, or said of the person's family: 无残疾, 没有重病, 病人家属."""
    before = form[max(0, start - 1 - near) : start]
    return _DENIED.search(before) is not None or _NOT_THEM in form[start + len(word) :]


def heading(text: str) -> tuple[str, bool]:
    """Which column a heading names, empty if none, and whether the heading stands in the list of words.

    Examples
    --------
    >>> heading("身份证号码(必填)"), heading("村联系人姓名"), heading("家禽数量")
    (('identity', True), ('helper', False), ('', False))
    """
    return _found("headings", text) if len(text) <= 40 else ("", False)


def category(text: str) -> tuple[Category, bool]:
    """Category of a cell, and whether it is a known word; ``OTHER`` where it is not.

    Examples
    --------
    >>> category("D级危房"), category("怕水"), category("非危房")[1]
    ((<Category.DANGEROUS_HOUSE: 'dangerous_house'>, True), (<Category.OTHER: 'other'>, False), False)
    """
    found, _ = _found("categories", text[:40])
    return (Category(found), True) if found else (Category.OTHER, False)


def vulnerabilities(text: str) -> tuple[tuple[Vulnerability, ...], tuple[str, ...]]:
    """Vulnerabilities of a cell in the order of the domain's list, and the words that are not known.

    Examples
    --------
    >>> vulnerabilities("独居、肢体残疾")[0]
    (<Vulnerability.ALONE_AND_AGED: 'alone_and_aged'>, <Vulnerability.DISABLED: 'disabled'>)
    >>> vulnerabilities("无"), vulnerabilities("左撇子"), vulnerabilities("无残疾、病人家属")
    (((), ()), ((), ('左撇子',)), ((), ('病人家属',)))
    """
    if not text:
        return (), ()
    meant: set[str] = set()
    unknown = []
    for part in filter(None, _PARTS.split(text.strip()[:200])):
        found = _found("vulnerability", part)[0] or _by_character(part)
        if found:
            meant.add(found)
        else:
            unknown.append(part)
    return tuple(v for v in Vulnerability if v.value in meant), tuple(unknown)


def _by_character(part: str) -> str:
    """Meaning of a word that holds one of the single characters 病, 孕, 婴, 聋, 哑, 盲."""
    words, form = _words()["vulnerability"], folded(part)
    found = (
        words[c]
        for n, c in enumerate(form)
        if words.get(c, "none") != "none" and not _denied(form, n, c, len(form))
    )
    return next(found, "")


def stay(text: str) -> Stay | None:
    """Kind of stay that a cell means; None where it names none.

    Examples
    --------
    >>> stay("投亲(女儿家)"), stay("沈家门渔港"), stay("S-001"), stay("女儿王小红家")
    (<Stay.RELATIVES: 'relatives'>, <Stay.ASHORE: 'ashore'>, None, <Stay.RELATIVES: 'relatives'>)
    """
    found, _ = _found("stay", text[:40])
    if not found and _KIN.search(text):
        return Stay.RELATIVES
    return Stay(found) if found else Stay.ASHORE if "港" in text and "香港" not in text else None


def sex(text: str) -> str:
    """Sex as a list means it: 男, 女, or empty.

    Examples
    --------
    >>> sex("男"), sex("F"), sex("?")
    ('男', '女', '')
    """
    return _words()["sex"].get(folded(text), "")


def datum(text: str) -> Datum | None:
    """What coordinates refer to, in the words of lists; None where it is none that is read (BD-09 is not).

    Examples
    --------
    >>> datum("国家2000坐标系"), datum("高德"), datum("百度 BD09")
    (<Datum.CGCS2000: 'cgcs2000'>, <Datum.GCJ02: 'gcj02'>, None)
    """
    found, _ = _found("datum", text[:40])
    return Datum(found) if found else None


def other_datum(text: str) -> bool:
    """Whether a heading names a datum that is not read.

    Examples
    --------
    >>> other_datum("经度(百度)"), other_datum("X 北京54"), other_datum("经度(度)"), other_datum("经度(高德)")
    (True, True, False, False)
    """
    return bool(_found("other_datum", text[:40])[0])


def ticked(text: str) -> bool | None:
    """Whether a cell of a yes-or-no column says yes; None where neither.

    Examples
    --------
    >>> ticked("√"), ticked("否"), ticked("?"), ticked("2岁")
    (True, False, None, None)
    """
    words = _words()["yes"]
    found = words.get(folded(text), words.get(text.strip(), ""))
    return None if not found else found == "yes"
