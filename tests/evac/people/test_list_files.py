"""Lists as offices send them: encodings, separators, titles, merged cells, formulas, and files that are no lists."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.people.clerk import Clerk
from evac.people.list_file import MOST_BYTES, read_sheets
from evac.people.load import import_people
from evac.people.report import Weight
from evac.people.sheet import find_columns
from evac.registry import Registry
from evac.store.memory import MemoryStore
from riskmap.errors import DataError
from tests.evac.people_lists import HEAD, NOW, ROWS, SETTING, book, csv_bytes, read, said


def names(data: bytes) -> list[str]:
    return [found.entry.name for _, found in read(data) if found.entry]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_of_offices(encoding: str) -> None:
    assert names(csv_bytes(*ROWS, encoding=encoding)) == ["张三", "李四", "王五"]


def test_gbk_behind_a_mark_of_utf_8() -> None:
    assert names(b"\xef\xbb\xbf" + csv_bytes(*ROWS, encoding="gbk")) == ["张三", "李四", "王五"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(separator: str) -> None:
    text = csv_bytes(*ROWS).decode().replace(",", separator)
    assert names(text.encode()) == ["张三", "李四", "王五"]


def test_text_of_no_encoding_names_the_line() -> None:
    data = csv_bytes(*ROWS) + b"\xff\xff\xff\n"
    with pytest.raises(DataError, match=r"utf-8 fails in line 5, gb18030 fails in line"):
        read(data)


def test_titles_dates_and_blank_rows_above_and_below() -> None:
    data = csv_bytes(
        *ROWS[:1], ",,,,,,,,", HEAD, *ROWS[1:], "合计,3,,,,,,,", "填表人:赵,,,,,,,,",
        head=f"岱山县转移人员名单,,,,,,,,\r\n填表日期,2021-07-24,,,,,,,\r\n\r\n{HEAD}",
    )  # fmt: skip
    found = read(data)
    assert [(n, u.entry.name) for n, u in found if u.entry] == [(5, "张三"), (8, "李四"), (9, "王五")]
    assert not any(u.refused for _, u in found)


def test_headings_in_other_words() -> None:
    data = csv_bytes(
        "Ann Lee,E12345678,330902001001,crew,浙岱渔001",
        head="Full Name,Passport,Village code,Category,Vessel",
    )
    entry = read(data)[0][1].entry
    assert entry is not None
    assert (entry.name, entry.category, entry.vessel) == ("Ann Lee", "fishing_crew", "浙岱渔001")
    assert entry.identity


def test_a_guessed_and_an_unknown_heading_are_told() -> None:
    data = csv_bytes("张三,x,3", head="被转移群众姓名,身份证号,家禽数量")
    (sheet,) = read_sheets(io.BytesIO(data), "list")
    columns, findings = find_columns(sheet)
    assert columns.places["name"] == (0,)
    assert [(f.column, f.what) for f in findings] == [
        ("被转移群众姓名", "按「姓名」读取"),
        ("家禽数量", "不认识的列,未读取"),
    ]


def test_no_headings_is_refused_without_repeating_a_cell() -> None:
    with pytest.raises(DataError, match="no row of headings") as caught:
        read("张三,11010519491231002X\r\n".encode() * 50)
    assert "110105" not in str(caught.value)
    assert "张三" not in str(caught.value)


def test_a_lone_quote_names_its_row() -> None:
    data = csv_bytes(*ROWS[:1], '"' + "李四,,,,,,,,\r\n" * 40_000)
    with pytest.raises(DataError, match="row 3"):
        read(data)


@pytest.mark.parametrize(
    ("others", "row"),
    [
        (("赵六,13800000003,西头", "钱七,13800000004,南头"), 3),
        (('赵六,13800000003,西头"', "钱七,13800000004,南头"), 3),
        (('赵六",13800000003,西头', "钱七,13800000004,南头"), 3),
        (('赵六,13800000003,"6寸管', "钱七,13800000004,南头"), 3),
        (("赵六,13800000003,西头", '钱七,13800000004,"',), 3),
    ],
)  # fmt: skip
def test_a_stray_quote_swallows_nobody(others: tuple[str, ...], row: int) -> None:
    data = csv_bytes("张三,13800000001,", '李四,13800000002,"5寸管 东头', *others, head="姓名,手机,备注")
    with pytest.raises(DataError, match=f"row {row}") as caught:
        read(data)
    assert "1380" not in str(caught.value)


def test_cells_of_several_lines_and_quotes_inside_a_cell_are_read() -> None:
    head = '"姓名\n(必填)",手机,"备注\n住址"'
    data = csv_bytes(
        '张三,13800000001,"东头\n二楼"', '李四,13800000002,管径5"、"粗"', '王五,,"5""管"', head=head
    )
    assert names(data) == ["张三", "李四", "王五"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "old XLS"),
        (b"%PDF-1.7", "PDF"),
        (b"  <HTML><table>", "web page"),
        (b"\x89PNG\r\n", "picture"),
        (b"", "empty"),
        (b"\xef\xbb\xbf<table>", "web page"),
        (b"PK\x03\x04 broken", "workbook cannot be read"),
    ],
)
def test_what_is_no_list_is_named(data: bytes, kind: str) -> None:
    with pytest.raises(DataError, match=kind):
        read_sheets(io.BytesIO(data), "list")


class Huge(io.BytesIO):
    """Half a gigabyte that nobody may read."""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 500_000_000 if whence == 2 else super().seek(offset, whence)

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("read before its size was judged")


def test_half_a_gigabyte_is_refused_unread() -> None:
    with pytest.raises(DataError, match=r"too large; none of it was read.*64 MB.*500 MB"):
        read_sheets(Huge(), "list")
    assert MOST_BYTES == 64_000_000


def test_a_workbook_with_titles_merged_cells_numbers_and_dates() -> None:
    rows = [
        ["转移人员名单", None, None, None, None, None],
        ["姓名", "证件号码", "户号", "村", "出生日期", "手机"],
        ["张三", "11010519491231002X", 12, "东园村", date(1949, 12, 31), 13800001111],
        ["李四", 440524198001010014, None, None, 29221, 13800002222.0],
        ["王五", None, None, None, "1980年1月2日", "１３８　0000 3333"],
    ]
    found = [u for _, u in read(book(rows, merge=("A1:F1", "C3:C5", "D3:D5")))]
    entries = [u.entry for u in found]
    assert all(e is not None for e in entries)
    zhang, li, wang = (e for e in entries if e)
    assert zhang.household == li.household == wang.household
    assert (zhang.village_name, li.village_name) == ("东园村", "东园村")
    assert (zhang.birth_year, li.birth_year, wang.birth_year) == (1949, 1980, 1980)
    assert (zhang.phone, li.phone, wang.phone) == ("13800001111", "13800002222", "13800003333")
    assert "抹掉" in said(found[1])
    assert li.identity == ""
    assert found[1].totals["由合并单元格填下的「户号」"] == 1


def test_a_merged_name_is_one_person_and_a_warning() -> None:
    rows = [["姓名", "户号", "类别"], ["张三", 1, "山洪"], [None, 2, "山洪"]]
    second = read(book(rows, merge=("A2:A3",)))[1][1]
    assert "合并单元格" in said(second)


def test_two_lines_of_headings() -> None:
    rows = [
        ["姓名", "身份证号", "联系方式", None],
        [None, None, "联系人", "手机"],
        ["张三", "", "李四", 13800001111],
    ]
    entry = read(book(rows, merge=("A1:A2", "B1:B2", "C1:D1")))[0][1].entry
    assert entry is not None
    assert (entry.name, entry.helper, entry.phone) == ("张三", "李四", "13800001111")


def test_a_formula_without_its_value_is_told() -> None:
    rows = [["姓名", "身份证号", "年龄"], ["张三", "", "=1+1"]]
    found = read(book(rows))[0][1]
    assert "公式" in said(found)
    assert found.entry is not None


def test_a_hidden_sheet_is_left_out_and_told() -> None:
    (sheet,) = read_sheets(io.BytesIO(book([["姓名", "身份证号"], ["张三", ""]], hidden="旧表")), "list")
    assert [(f.sheet, f.what) for f in sheet.findings] == [("旧表", "隐藏的工作表,未读取")]


def test_hidden_rows_are_read_and_each_is_told() -> None:
    rows = [["姓名", "身份证号"], ["张三", ""], ["李四", ""], ["王五", ""], ["", ""], ["赵六", ""]]

    def hide(xml: bytes) -> bytes:
        xml = xml.replace(b'<row r="3"', b'<row r="3" spans="1:2" hidden="1"')
        xml = xml.replace(b'<row r="2"', b"<row ht='0.0' r='2'")
        return xml.replace(b'<row r="5"', b'<row hidden="1" r="5"').replace(
            b'<row r="6"', b"<row hidden='true' r='6'"
        )

    data = repack(book(rows), hide)
    assert names(data) == ["张三", "李四", "王五", "赵六"]
    (sheet,) = read_sheets(io.BytesIO(data), "list")
    assert sheet.hidden == {2, 3, 5, 6}
    registry = Registry(MemoryStore())
    clerk = Clerk("李四", "村", "D1", NOW, office="定海")
    report = import_people(registry, [sheet], "list", setting=SETTING, clerk=clerk)
    assert report.imported == 4
    assert [(f.row, f.weight) for f in report.findings if "隐藏" in f.what] == [
        (2, Weight.NOTE),
        (3, Weight.NOTE),
        (6, Weight.NOTE),
    ]


def test_a_sheet_that_lies_about_its_size() -> None:
    data = repack(
        book([["姓名", "身份证号"], ["张三", ""]]),
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml),
    )
    assert names(data) == ["张三"]


def repack(data: bytes, change: object) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part.endswith("sheet1.xml") else content)  # type: ignore[operator]
    return out.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = repack(book([["姓名", "身份证号"]]), lambda xml: xml + b" " * 60_000_000)
    with pytest.raises(DataError, match="too large once unpacked"):
        read_sheets(io.BytesIO(data), "list")


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    data = repack(book([["姓名", "身份证号"]]), lambda xml: bomb + xml)
    with pytest.raises(DataError, match="entities"):
        read_sheets(io.BytesIO(data), "list")


def test_another_zip_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(DataError, match="not a workbook"):
        read_sheets(io.BytesIO(out.getvalue()), "list")


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_read_or_be_refused(data: bytes) -> None:
    for start in (b"", "姓名,身份证号\n".encode()):
        try:
            read(start + data)
        except DataError:
            continue
