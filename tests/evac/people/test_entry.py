"""What a row says: categories, regions, households, odd cells; and that no identity number is kept or told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.model import Category, Stay, Vulnerability
from evac.people.cells import clean_phone
from evac.people.entry import Entry
from evac.people.identity import check_character
from evac.people.region_list import Regions
from evac.people.words import category
from tests.evac.people_lists import HEAD, SETTING, csv_bytes, digest, read, said

NUMBER = "11010519491231002X"
REGIONS = Regions(
    {
        "330902": "定海区",
        "330902001": "昌国街道",
        "330902001001": "东园社区居委会",
        "330902001002": "西园社区居委会",
    }
)


def one(row: str, *, head: str = HEAD, setting: object = SETTING) -> tuple[Entry | None, str]:
    ((_, found),) = read(csv_bytes(row, head=head), setting)  # type: ignore[arg-type]
    return found.entry, said(found)


def entry(row: str, *, head: str = HEAD, setting: object = SETTING) -> Entry:
    found, words = one(row, head=head, setting=setting)
    assert found is not None, words
    return found


def test_a_whole_row() -> None:
    head = "姓名,性别,身份证号,手机,户号,村代码,村,类别,脆弱性,联系人,联系人电话,安置方式,去向,转移方式,渔船"
    row = f"张三,女,{NUMBER},13800001111,7,330902001001,东园,渔船,独居;残疾,李四,13900000000,上岸,沈家门渔港,客车,浙岱渔001"
    e = entry(row, head=head)
    assert (e.name, e.sex, e.birth_year, e.phone) == ("张三", "女", 1949, "13800001111")
    assert (e.county, e.village, e.village_name, e.household) == (
        "330902",
        "330902001001",
        "东园",
        "330902001001-7",
    )
    assert e.category is Category.FISHING_CREW
    assert e.vulnerability == (Vulnerability.ALONE_AND_AGED, Vulnerability.DISABLED)
    assert (e.helper, e.stay, e.place, e.transport, e.vessel) == ("李四 13900000000", Stay.ASHORE, "沈家门渔港", "客车", "浙岱渔001")  # fmt: skip
    assert e.identity == digest(NUMBER)


@pytest.mark.parametrize("word", [c.chinese for c in Category] + [c.value for c in Category])
def test_every_category_is_known_by_its_words(word: str) -> None:
    found, known = category(word)
    assert known
    assert word in (found.chinese, found.value)


def test_an_unknown_category_is_other_with_a_warning() -> None:
    e, words = one("张三,,,1,330902001001,东园,怕水,,")
    assert e is not None
    assert e.category is Category.OTHER
    assert "不认识的类别「怕水」" in words


def test_a_category_for_the_whole_list() -> None:
    setting = replace(SETTING, category=Category.LANDSLIDE)
    assert entry("张三,,,1,330902001001,东园,,,", setting=setting).category is Category.LANDSLIDE


@pytest.mark.parametrize(
    "number", ["110105194912310021", "4.40524E+17", "330902195001011000", "12345", "110105194913310021", "没带", "E12345678", ""]
)  # fmt: skip
def test_no_number_however_wrong_keeps_anybody_out(number: str) -> None:
    assert entry(f"张三,{number},,1,330902001001,东园,山洪,,").name == "张三"


def test_a_number_that_ends_in_three_noughts_is_kept_with_a_warning() -> None:
    found, words = one("张三,330902197001018000,,1,330902001001,东园,山洪,,")
    assert found is not None
    assert found.identity == digest("330902197001018000")
    assert "以 000 结尾" in words


def test_markup_and_sql_in_a_name_are_kept_as_they_are() -> None:
    name = "<script>alert(1)</script>'); DROP TABLE person;--"
    assert entry(f'"{name}",,,1,330902001001,东园,山洪,,').name == name


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,13800001111,1,330902001001,东园,山洪,,", "没有姓名"),
        ("张三、李四,,,1,330902001001,东园,山洪,,", "几个人"),
        ('"张三\n李四",,,1,330902001001,东园,山洪,,', "几个人"),
        (f"{NUMBER},张三,,1,330902001001,东园,山洪,,", "错列"),
        ("张" * 61 + ",,,1,330902001001,东园,山洪,,", "61 个字"),
    ],
)
def test_rows_that_are_refused_say_why(row: str, reason: str) -> None:
    found, words = one(row)
    assert found is None
    assert reason in words


def test_a_row_without_any_county_is_refused_unless_the_list_has_one() -> None:
    head, row = "姓名,身份证号,村", f"张三,{NUMBER},东园"
    assert "不知道是哪个县" in one(row, head=head, setting=replace(SETTING, region=""))[1]
    assert entry(row, head=head, setting=replace(SETTING, region="330902001")).village == "330902001000"


@pytest.mark.parametrize("name", ["东园社区居委会", "东园社区", "东园"])
def test_a_village_is_found_by_its_name(name: str) -> None:
    setting = replace(SETTING, regions=REGIONS)
    assert entry(f"张三,,,1,,{name},山洪,,", setting=setting).village == "330902001001"


def test_codes_are_checked_against_the_list_of_regions() -> None:
    setting = replace(SETTING, regions=REGIONS)
    assert "不在区划表里" in one("张三,,,1,,南园,山洪,,", setting=setting)[1]
    found, words = one("张三,,,1,330999001001,东园,山洪,,", setting=setting)
    assert found is None
    assert "330999" in words
    assert entry("张三,,,1,330902001009,东园,山洪,,", setting=setting).county == "330902"


def test_a_household_by_its_heads_name_or_number_is_a_code() -> None:
    head = "姓名,身份证号,户主,村代码"
    one_, two, three = (
        entry(f"{name},,{lead},330902001001", head=head)
        for name, lead in (("张三", "张三"), ("李四", "张三"), ("王五", NUMBER))
    )
    assert one_.household == two.household != three.household
    assert "张三" not in one_.household
    assert NUMBER[:17] not in three.household


def test_people_without_a_household_are_not_put_together() -> None:
    rows = [entry(f"{name},,,,330902001001,东园,山洪,,").household for name in ("张三", "李四")]
    assert len(set(rows)) == 2


def test_columns_of_ticks() -> None:
    head = "姓名,身份证号,独居老人,孕妇,无手机"
    assert entry("张三,,√,否,1", head=head).vulnerability == (
        Vulnerability.ALONE_AND_AGED,
        Vulnerability.NO_PHONE,
    )


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("无残疾", False), ("非残疾", False), ("未怀孕", False), ("无病", False), ("无重大疾病", False), ("病人家属", True),
        ("没有其他重病", True), ("不健康", True), ("残疾人家属", True), ("非五保户", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["脆弱性", "残疾人", "病人", "孕妇"])
def test_what_a_list_denies_is_no_vulnerability(text: str, warned: bool, column: str) -> None:
    found, words = one(f"张三,,{text}", head=f"姓名,身份证号,{column}")
    assert found is not None
    assert found.vulnerability == ()
    assert (column in words) is warned


@pytest.mark.parametrize(
    ("column", "text", "meant"),
    [
        ("脆弱性", "无手机、行动不便", ("disabled", "no_phone")),
        ("脆弱性", "健康老人", ("alone_and_aged",)),
        ("残疾人", "肢体残疾二级", ("disabled",)),
        ("孕妇", "孕7月", ("pregnant",)),
        ("残疾人", "二级", ()),
        ("婴幼儿", "?", ()),
    ],
)
def test_what_a_list_says_is_kept(column: str, text: str, meant: tuple[str, ...]) -> None:
    found, words = one(f"张三,,{text}", head=f"姓名,身份证号,{column}")
    assert found is not None
    assert found.vulnerability == meant
    assert meant or "不清楚" in words


@pytest.mark.parametrize("text", ["非危房", "不是危房", "不属于地质灾害"])
def test_a_category_that_is_denied_is_other_with_a_warning(text: str) -> None:
    found, words = one(f"张三,,,1,330902001001,东园,{text},,")
    assert found is not None
    assert found.category is Category.OTHER
    assert "不认识的类别" in words
    assert category("不稳定斜坡滑坡")[0] is Category.LANDSLIDE


@pytest.mark.parametrize(
    ("cell", "year"),
    [("1950-01-02", 1950), ("1950.1.2", 1950), ("19500102", 1950), ("1950年1月", 1950), ("1950/1/2", 1950), ("1950", 1950), ("50岁", None)],
)  # fmt: skip
def test_birth_dates(cell: str, year: int | None) -> None:
    assert entry(f"张三,,{cell}", head="姓名,身份证号,出生日期").birth_year == year


@pytest.mark.parametrize(("cell", "year"), [("71", 1950), ("8个月", 2021), ("71周岁", 1950), ("300", None)])
def test_ages(cell: str, year: int | None) -> None:
    assert entry(f"张三,,{cell}", head="姓名,身份证号,年龄").birth_year == year


def test_a_sex_or_year_that_the_number_contradicts_is_told() -> None:
    head = "姓名,身份证号,性别,出生日期"
    words = one(f"张三,{NUMBER},男,1960-01-01", head=head)[1]
    assert "性别不同" in words
    assert "出生年份不同" in words


@pytest.mark.parametrize(
    "text", ["13800001111", "+8613800001111", "138 0000 1111", "13800001111.0", "13800001111/13900000000"]
)
def test_telephones(text: str) -> None:
    assert clean_phone(text) == ("13800001111", "")


numbers = st.builds(
    lambda born, sequence: (body := f"330902{born:%Y%m%d}{sequence:03d}") + check_character(body),
    st.dates(date(1920, 1, 1), date(2021, 1, 1)),
    st.integers(1, 999),
)
columns = st.sampled_from(HEAD.split(","))


@given(numbers, st.sets(columns), st.sampled_from(["{}", "号{}", "{} 张三", "{}.0", "'{}"]))
def test_a_number_in_any_column_is_neither_kept_nor_told(number: str, where: set[str], form: str) -> None:
    cells = dict.fromkeys(HEAD.split(","), "") | {"姓名": "张三", "村代码": "330902001001"}
    cells |= dict.fromkeys(where, form.format(number))
    ((_, found),) = read(csv_bytes(",".join(cells.values())))
    told = f"{found.entry!r} {found.findings!r} {found.totals!r}"
    assert number[:17] not in told
    assert number[6:16] not in told


@given(st.lists(st.text(max_size=30), min_size=9, max_size=9))
def test_no_cell_raises(cells: list[str]) -> None:
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    for _, found in read(csv_bytes(quoted, encoding="utf-8") if quoted.isprintable() else csv_bytes("x")):
        assert found.entry is None or not found.refused
