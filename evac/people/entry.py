"""One row of a list understood: a person's entry, or the reason why it is none, and what its keeper should look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from evac.clear_words import looks_like_number, without_numbers
from evac.model import Category, Destination, Person, Stay, Vulnerability
from evac.people import words
from evac.people.cells import LONGEST, RowCells, Setting, clean_phone
from evac.people.identity import Pseudonym
from evac.people.region_list import LENGTHS
from evac.people.report import Finding, Weight, shown
from evac.people.row_person import birth_year_of, identity_of, sex_of
from evac.people.row_point import point_of
from evac.people.row_region import region_of
from evac.people.sheet import NO_CELL, Cell

PLACEHOLDERS: Final = frozenset(
    {
        "",
        "无名",
        "未取名",
        "未命名",
        "婴儿",
        "新生儿",
        "宝宝",
        "小孩",
        "不详",
        "未知",
        "本人",
        "家属",
        "儿子",
        "女儿",
    }
)
"""Names that several people of one household may have."""
_NOT_PEOPLE: Final = re.compile(
    r"(?:合\s*计|总\s*计|小\s*计|共计|以下空白|填表|制表|审核|联系人[::]|备注[::]|注[::]).*"
)
_SEVERAL: Final = re.compile(r"[\u3400-\u9fff](?:[、;；/,，]|\s*\n\s*)[\u3400-\u9fff]")
_CODE_LIKE: Final = re.compile(r"[A-Za-z]{0,4}[\d\-]{1,10}")


class Entry(NamedTuple):
    """A person as a row tells: everything but the code. No identity number.

    Attributes
    ----------
    identity : str
        Keyed pseudonym of the number; empty without a usable one.
    key : str
        Keyed digest by which the same row is known again, 32 hexadecimal digits.
    certain : bool
        Whether two rows with this key are one person, unless their traits contradict.
    kin : str
        Keyed digest of name, village and year of birth where nothing surer is told, and so nothing tells two people of one
        name and age apart but their traits; else empty.
    apart : str
        The key where somebody else has this one: of the traits too.
    longitude, latitude : float or None
        Where the row says that they live, WGS-84 [degree].
    """

    name: str
    household: str
    county: str
    village: str
    village_name: str
    category: Category
    stay: Stay
    place: str
    vulnerability: tuple[Vulnerability, ...]
    helper: str
    phone: str
    identity: str
    sex: str
    birth_year: int | None
    transport: str
    vessel: str
    key: str
    certain: bool
    kin: str = ""
    apart: str = ""
    longitude: float | None = None
    latitude: float | None = None

    @property
    def traits(self) -> Traits:
        """What two rows about one person do not say otherwise."""
        category = "" if self.category is Category.OTHER else self.category.value
        return Traits(self.sex, words.folded(self.vessel), category, self.helper)


class Traits(NamedTuple):
    """Sex, vessel, category and helper; empty where not told."""

    sex: str
    vessel: str
    category: str
    helper: str

    def contradict(self, other: Traits) -> bool:
        """Whether both say one of them, and differ; a helper with and without a telephone is one.

        Examples
        --------
        >>> Traits("男", "", "", "李四").contradict(Traits("", "", "work_site", "李四 13900000000"))
        False
        """
        one, two = self.helper, other.helper
        if one and two and not (one.startswith(two) or two.startswith(one)):
            return True
        return any(a and b and a != b for a, b in zip(self[:3], other[:3], strict=True))


def household_of_one(village: str, kin: str, key: str) -> str:
    """Household of somebody whose list tells none: nobody else's, and it tells which row is whose."""
    return f"{village}-{kin[:KIN_DIGITS]}{key[:4]}"


KIN_DIGITS: Final = 6
"""Digits of ``kin`` in the household of somebody whose list tells none."""


@dataclass
class Understood:
    """What came of a row: an entry unless it was refused or holds no person."""

    entry: Entry | None
    findings: list[Finding]
    totals: Counter[str]

    @property
    def refused(self) -> bool:
        """Whether a reason to leave the person out was found."""
        return any(f.weight is Weight.REFUSED for f in self.findings)

    @property
    def warned(self) -> bool:
        """Whether something is to be looked at."""
        return any(f.weight is Weight.WARNING for f in self.findings)


def understand(sheet: str, number: int, cells: Mapping[str, Cell], setting: Setting) -> Understood:
    """Read one row; never raises for whatever is in it.

    Parameters
    ----------
    sheet, number
        Where the row stands.
    cells : mapping
        Field of ``words.toml`` -> cell.
    """
    reading = _Reading(sheet, number, cells, setting)
    return Understood(reading.entry(), reading.findings, reading.totals)


class _Reading(RowCells):
    def entry(self) -> Entry | None:
        own = {n: c for n, c in self.cells.items() if c.mark != "filled" and (c.text or c.mark)}
        if not own.keys() - {"number"} and not self.setting.door:
            self.totals["空行"] += 1
            return None
        if self._no_person():
            return None
        name = self._name()
        self.odd_cells()
        identity = identity_of(self)
        county, village, village_name = region_of(self)
        if not name and not identity.pseudonym:
            self.say(Weight.REFUSED, "name", "没有姓名,也没有可用的证件号", "补上姓名再导入这一行")
        if self.setting.door:
            name, county, village = self._let_in(name, county, village)
        if any(f.weight is Weight.REFUSED for f in self.findings):
            return None
        if not name:
            self.say(Weight.WARNING, "name", "没有姓名", "问明后更正")
        sex, year = sex_of(self, identity), birth_year_of(self, identity)
        phone = self._phone()
        household, has_household = self._household(village, village_name)
        stay, place = self._destination()
        point = point_of(self)
        entry = Entry(
            name=name, household=household, county=county, village=village, village_name=village_name,
            category=self._category(), stay=stay, place=place, vulnerability=self._vulnerability(), helper=self._helper(),
            phone=phone, identity=identity.pseudonym, sex=sex, birth_year=year, transport=self.free("transport"),
            vessel=self.free("vessel"), key="", certain=True, longitude=point.longitude, latitude=point.latitude,
        )  # fmt: skip
        return self._known_by(entry, has_household=has_household)

    def _known_by(self, entry: Entry, *, has_household: bool) -> Entry:
        """The entry with what its row is known again by; where no household is told, with one of its own."""
        pseudonym = self.setting.pseudonym
        if entry.identity:
            key = _numbered_key(pseudonym, entry.identity, entry.name)
            home = entry.household if has_household else f"{entry.village}-{key[:10]}"
            return entry._replace(household=home, key=key)
        group = entry.household if has_household else entry.phone
        named = _named_key(pseudonym, entry.name, group, entry.village, entry.village_name, entry.birth_year)
        apart = pseudonym(f"{named}|{'|'.join(entry.traits)}")
        if group:
            home = entry.household if has_household else f"{entry.village}-{named[:10]}"
            certain = words.folded(entry.name) not in PLACEHOLDERS
            return entry._replace(household=home, key=named, certain=certain, apart=apart)
        home = (
            f"{entry.village}-{named[:10]}"  # a door hears more of somebody later
            if self.setting.door
            else household_of_one(entry.village, named, apart)
        )
        return entry._replace(household=home, key=apart, certain=False, kin=named, apart=apart)

    def _let_in(self, name: str, county: str, village: str) -> tuple[str, str, str]:
        """Name and region with which somebody is let in at a door, whatever a list would refuse them for."""
        refused = {f.column for f in self.findings if f.weight is Weight.REFUSED}
        self.findings = [
            replace(f, weight=Weight.WARNING) if f.weight is Weight.REFUSED else f for f in self.findings
        ]
        here = self.setting.region
        if len(county) < min(LENGTHS) or refused & {
            c.heading for n, c in self.cells.items() if n == "village_code"
        }:
            county, village = here[:6], here.ljust(12, "0")
        return without_numbers(name)[:LONGEST], county, village

    def _no_person(self) -> bool:
        """Whether this is a row of sums or of signatures."""
        numbered = sum(c.isdigit() for c in self.cells.get("identity", NO_CELL).text) >= 8
        if self.setting.door or numbered:
            return False
        if any(
            _NOT_PEOPLE.fullmatch(self.cells[n].text)
            for n in ("name", "number", "village")
            if n in self.cells
        ):
            self.totals["合计、签名等非人员行"] += 1
            return True
        return False

    def _name(self) -> str:
        raw = self.cells.get("name", NO_CELL).text
        name = self.text("name")
        if looks_like_number(raw):
            self.say(Weight.REFUSED, "name", "姓名栏里是号码,可能错列", "核对各列后再导入这一行")
        elif _SEVERAL.search(raw):
            self.say(Weight.REFUSED, "name", "一格里有几个人", "一人一行")
        elif len(name) > LONGEST:
            self.say(Weight.REFUSED, "name", f"姓名有 {len(name)} 个字", "核对这一行,可能缺了引号或错列")
        return name

    def _phone(self) -> str:
        text = self.text("phone")
        phone, verdict = clean_phone(text)
        if verdict:
            self.say(Weight.WARNING, "phone", verdict, "核对后更正")
        return phone

    def _household(self, village: str, village_name: str) -> tuple[str, bool]:
        text = self.text("household")
        if not text or (words.ticked(text) is not None and not text.isdecimal()):
            return "", False
        if looks_like_number(text):
            self.say(Weight.NOTE, "household", "户号是证件号,已换成代号")
        if _CODE_LIKE.fullmatch(text) and not village.endswith("000") and not looks_like_number(text):
            return f"{village}-{text}", True
        # a householder's name or number is no public thing
        return (
            f"{village}-{self.setting.pseudonym(f'household|{village}|{village_name}|{words.folded(text)}')[:10]}",
            True,
        )

    def _category(self) -> Category:
        text = self.text("category")
        found, known = words.category(text)
        if known:
            return found
        if text:
            self.say(
                Weight.WARNING, "category", f"不认识的类别{shown(text)},按「其他」入册", "改用名单上的类别词"
            )
            return Category.OTHER
        if self.setting.category is not None:
            return self.setting.category
        if self.text("vessel"):
            return Category.FISHING_CREW
        self.totals["没有类别,按「其他」入册"] += 1
        if "category" in self.cells:
            self.say(Weight.WARNING, "category", "没有类别,按「其他」入册", "补上类别")
        return Category.OTHER

    def _vulnerability(self) -> tuple[Vulnerability, ...]:
        found, unknown = words.vulnerabilities(self.text("vulnerability"))
        if unknown:
            self.say(
                Weight.WARNING,
                "vulnerability",
                f"不认识的词{shown('、'.join(unknown))}",
                "改用:独居老人、残疾、病、婴幼儿、孕妇、无手机",
            )
        ticked = {v for v in Vulnerability if self._ticked(v)}
        return tuple(v for v in Vulnerability if v in found or v in ticked)

    def _ticked(self, meant: Vulnerability) -> bool:
        """Whether the column of one vulnerability says yes; an unclear text is told, and no yes."""
        field_ = f"vulnerability.{meant.value}"
        text = self.text(field_)
        if not text:
            return False
        said = words.ticked(text)
        if said is None:
            found, unknown = words.vulnerabilities(text)
            said = meant in found
            if not said and (unknown or found):
                self.say(Weight.WARNING, field_, f"{shown(text)}不清楚,按「否」入册", "是的填 √,不是的填 否")
        return said

    def _destination(self) -> tuple[Stay, str]:
        place, told = self.free("place"), self.text("stay")
        shelters = self.setting.shelters
        if place in shelters:
            if words.stay(told) in (Stay.RELATIVES, Stay.ASHORE):
                self.say(
                    Weight.WARNING,
                    "stay",
                    f"安置方式{shown(told)}与去向不符,按去向的安置点入册",
                    "两栏只留一个去向",
                )
            return Stay.SHELTER, shelters[place]
        stay = words.stay(told) or words.stay(place)
        if told and stay is None:
            self.say(
                Weight.WARNING, "stay", f"不认识的安置方式{shown(told)}", "填 集中安置、投亲靠友 或 上岸"
            )
        if not place and stay is None:
            self.totals["没有去向,待分配"] += 1
        elif stay is not Stay.RELATIVES and stay is not Stay.ASHORE and place and shelters:
            self.say(
                Weight.WARNING, "place", f"{shown(place)}不在避灾安置场所名册里", "核对名称,或填场所编号"
            )
        return stay or Stay.SHELTER, place

    def _helper(self) -> str:
        name, phone = self.free("helper"), clean_phone(self.text("helper_phone"))[0]
        return f"{name} {phone}".strip()


def destination(entry: Entry) -> Destination:
    """Where the entry's person is to go."""
    return Destination(entry.stay, entry.place)


def _numbered_key(pseudonym: Pseudonym, identity: str, name: str) -> str:
    return pseudonym(f"row|{identity}|{words.folded(name)}")


def _named_key(
    pseudonym: Pseudonym, name: str, group: str, village: str, village_name: str, year: int | None
) -> str:
    return pseudonym(f"row|{words.folded(name)}|{group}|{village}|{village_name}|{year}")


def row_keys(person: Person, pseudonym: Pseudonym) -> Iterator[str]:
    """The keys of rows that would be this person, as the list has them now."""
    if person.identity:
        yield _numbered_key(pseudonym, person.identity, person.name)
    for group in filter(None, (person.household, person.phone)):
        yield _named_key(
            pseudonym, person.name, group, person.village, person.village_name, person.birth_year
        )


def kin_of(person: Person, pseudonym: Pseudonym) -> str:
    """``Entry.kin`` of somebody whose list told nothing surer than name, village and year of birth; else empty."""
    kin = _named_key(pseudonym, person.name, "", person.village, person.village_name, person.birth_year)
    return kin if person.household.startswith(f"{person.village}-{kin[:KIN_DIGITS]}") else ""


def traits_of(person: Person) -> Traits:
    """The traits as the list has them now."""
    category = "" if person.category is Category.OTHER else person.category.value
    return Traits(person.sex, words.folded(person.vessel), category, person.helper or "")
