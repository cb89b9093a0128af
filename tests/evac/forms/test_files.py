"""The files: workbooks that no name can turn into a program, PDFs, the same bytes twice, and the command."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from evac.cli import main
from evac.counts.roll import read_roll
from evac.errors import ConflictError, EvacError
from evac.forms.declared import declared_forms
from evac.forms.figures import Figures
from evac.forms.fill import Filled, fill
from evac.forms.pdf import form_pdf, form_pictures
from evac.forms.sheet import Head, words
from evac.forms.xlsx import form_workbook
from evac.registry import Registry
from evac.reporting import RECORD, Wanted, open_for_report, region_names, write_report
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from riskmap.errors import ConfigError, DataError, SourceError
from tests.evac.world import END, Clerk, make_person, make_shelters, make_world

HEAD = Head(END, "2106 烟花(演练)", True)
NASTY = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1:A9)", "\t=1+1", "#REF!", "=HYPERLINK(\"http://x\")", "<b>x</b>",
    "'; DROP TABLE person; --", "\x00\x07响", "#import \"x\"", "$ x $", "[*粗*]", "𠮷😀\U0010fffd", "\ud800",
)  # fmt: skip


def _fill(form_id: str, seed: int = 3) -> Filled:
    return fill(
        declared_forms()[form_id], Figures(read_roll(make_world(seed), "3309", at=END), {"330902": "定海区"})
    )


def _texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded() for page in document]


def _sheets(data: bytes) -> list[Worksheet]:
    return list(load_workbook(io.BytesIO(data)).worksheets)


def _nasty() -> Filled:
    rng, clerk, store = random.Random(1), Clerk(), MemoryStore()
    people = [
        make_person(2 * n, rng, name=name, helper=name, phone=name, household="H")
        for n, name in enumerate(NASTY[:-1])
    ]
    store.put_people(people)
    store.put_shelters(make_shelters())
    Registry(store).check_ins(
        [clerk.event("registered", 0, code=p.code, county=p.county) for p in people], received_at=END
    )
    return fill(declared_forms()["village-register"], Figures(read_roll(store, "330902", at=END), {}))


def test_no_name_becomes_a_formula() -> None:
    seen = 0
    for sheet in _sheets(form_workbook(_nasty(), HEAD)):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("inlineStr", "s", "n", "d"), cell.value
                if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")):
                    assert cell.quotePrefix, cell.value
                    seen += 1
    assert seen >= 8


def test_no_name_becomes_part_of_a_page() -> None:
    text = "".join("".join(_texts(form_pdf(_nasty(), HEAD))).split())
    for name in ("<b>x</b>", "';DROPTABLEperson;--", "[*粗*]", "$x$"):
        assert name in text


@pytest.mark.parametrize("form_id", list(declared_forms()))
def test_every_form_opens_as_workbook_with_print_set_up(form_id: str) -> None:
    filled = _fill(form_id)
    sheets = _sheets(form_workbook(filled, HEAD))
    assert len(sheets) == len(filled.sections)
    for sheet, section in zip(sheets, filled.sections, strict=True):
        assert sheet["A1"].value == filled.form.title
        assert "SYNTHETIC" in str(sheet["A2"].value)
        assert section.name in str(sheet["A3"].value)
        assert "2021年07月25日 18时30分" in str(sheet["A3"].value)
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert sheet.page_setup.paperSize == "9" or sheet.page_setup.paperSize == 9
        assert sheet.page_setup.fitToHeight == 0
        words_there = {str(cell.value) for row in sheet.iter_rows() for cell in row}
        assert {column.title for column in filled.form.columns} <= words_there
        assert all(any(line in word for word in words_there) for line in filled.form.sign)


def test_numbers_are_numbers_and_times_are_times() -> None:
    (sheet, *_) = _sheets(form_workbook(_fill("town-progress"), HEAD))
    numbers = [
        cell
        for row in sheet.iter_rows(min_row=6)
        for cell in row
        if cell.data_type == "n" and cell.value is not None
    ]
    assert len(numbers) > 20
    (sheet, *_) = _sheets(form_workbook(_fill("shelter-register"), HEAD))
    assert [cell for row in sheet.iter_rows(min_row=5) for cell in row if getattr(cell, "is_date", False)]


def test_the_same_log_gives_the_same_bytes() -> None:
    for form_id in ("county-categories", "rescue-list"):
        assert form_workbook(_fill(form_id), HEAD) == form_workbook(_fill(form_id), HEAD)
        assert form_pdf(_fill(form_id), HEAD) == form_pdf(_fill(form_id), HEAD)
    with zipfile.ZipFile(io.BytesIO(form_workbook(_fill("vessels"), HEAD))) as book:
        assert {info.date_time for info in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2021-07-25T18:30:00Z" in book.read("docProps/core.xml")


def test_a_page_says_who_reports_when_and_that_it_is_a_drill() -> None:
    filled = _fill("county-categories")
    pages = _texts(form_pdf(filled, HEAD))
    assert len(pages) == len(filled.sections)
    for number, (page, section) in enumerate(zip(pages, filled.sections, strict=True), start=1):
        text = "".join(page.split())
        assert filled.form.title in text
        assert f"填报单位:{section.name}" in text
        assert f"第{number}页/共{len(pages)}页" in text
        assert "SYNTHETIC" in text
        assert "截至2021年07月25日18时30分(北京时间)" in text
        assert all(line in text for line in filled.form.sign)


def test_in_earnest_nothing_says_drill() -> None:
    real = replace(HEAD, synthetic=False, event="2106 烟花")
    text = "".join(_texts(form_pdf(_fill("province-summary"), real)))
    assert "SYNTHETIC" not in text
    assert "演练" not in text.replace("演练学校", "")
    assert not any(
        "SYNTHETIC" in str(c.value)
        for s in _sheets(form_workbook(_fill("province-summary"), real))
        for r in s
        for c in r
    )


def test_a_long_list_repeats_its_head_on_every_page() -> None:
    store = make_world(1, size=600)
    filled = fill(declared_forms()["village-register"], Figures(read_roll(store, "330902001001", at=END), {}))
    pages = _texts(form_pdf(filled, HEAD))
    assert len(pages) > 1
    assert all("帮扶责任人" in "".join(page.split()) for page in pages)


def test_a_long_name_stays_in_its_cell() -> None:
    rng, clerk, store = random.Random(1), Clerk(), MemoryStore()
    long = "Wolfeschlegelsteinhausenbergerdorff" * 2
    person = make_person(0, rng, name=long, household="H")
    store.put_people([person])
    Registry(store).check_in(
        clerk.event("registered", 0, code=person.code, county=person.county), received_at=END
    )
    filled = fill(declared_forms()["village-register"], Figures(read_roll(store, "330902", at=END), {}))
    document = pypdfium2.PdfDocument(form_pdf(filled, HEAD))
    text = document[0].get_textpage()
    where, sex = text.search("Wolfe", match_case=True).get_next(), text.search("女").get_next()
    assert where is not None
    assert sex is not None
    right = max(text.get_charbox(where[0] + k)[2] for k in range(60))
    assert right <= text.get_charbox(sex[0])[0] + 1


def test_pictures_are_there_for_the_docs() -> None:
    (picture, *_) = form_pictures(_fill("province-summary"), HEAD, ppi=40)
    assert picture.startswith(b"\x89PNG")


def test_sheets_have_names_that_a_workbook_allows() -> None:
    filled = _fill("county-by-risk")
    section = filled.sections[0]
    many = replace(
        filled,
        sections=tuple(
            replace(section, name=n) for n in ("a/b:c*?[d]", "ABCD" * 20, "abcd" * 20, "abcd" * 20, "", "'")
        ),
    )
    names = [sheet.title for sheet in _sheets(form_workbook(many, HEAD))]
    assert len({name.casefold() for name in names}) == len(names) == 6
    assert max(map(len, names)) <= 31


def test_nothing_known_is_a_dash_in_counts_and_blank_in_lists() -> None:
    assert (words(None, counts=True), words(None, counts=False), words(0, counts=True)) == ("—", "", "0")
    assert words(datetime(2021, 7, 25, 4, 30, tzinfo=UTC), counts=False) == "07-25 12:30"


def _run(*given: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(list(given))
    return ended.value.code


def _file(tmp_path: Path, vault: Vault | None = None) -> Path:
    path = tmp_path / "county.sqlite"
    make_world(4, store=SQLiteStore(path, vault=vault)).close()
    return path


def test_the_command_writes_a_report_and_says_what_was_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r"
    given = ["report", "--registry", str(_file(tmp_path)), "--out", str(out), "--format", "xlsx"]
    _run(*given, "county-by-risk", "county-by-stay", "--prefix", "330902")
    assert sorted(path.name for path in out.iterdir()) == [
        "county-by-risk.xlsx",
        "county-by-stay.xlsx",
        RECORD,
    ]
    record = json.loads((out / RECORD).read_text(encoding="utf-8"))
    assert record["figures"]["moved"] >= record["figures"]["sheltered"]
    assert record["forms"]["county-by-risk"]["columns_published"]
    assert _run(*given, "village-register", "province-summary", "--prefix", "330902001") == 5
    assert "left out: province-summary" in capsys.readouterr().err
    assert [path.name for path in out.iterdir() if path.suffix == ".xlsx"] == ["village-register.xlsx"]


def test_the_command_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("report", "LIST") == 0
    told = capsys.readouterr().out
    assert all(form_id in told for form_id in declared_forms())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([], "no form was named"),
        (["--all"], "no registry"),
        (["nonsense", "--registry", "R"], "no such form"),
        (["--all", "--registry", "R", "--prefix", "12345"], "--prefix"),
        (["--all", "--registry", "R", "--prefix", "三三"], "--prefix"),
        (["--all", "--registry", "R", "--at", "noon"], "--at"),
        (["--all", "--registry", "R", "--names", "some"], "--names"),
        (["--all", "--registry", "R", "--format", "docx"], "--format"),
        (["--all", "--registry", "nowhere.sqlite"], "nowhere.sqlite"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    given: list[str], found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(_file(tmp_path))
    code = _run("report", "--out", str(tmp_path / "o"), *(path if word == "R" else word for word in given))
    assert code not in (0, None)
    assert found in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_report_of_the_past_is_of_the_past(tmp_path: Path) -> None:
    store = make_world(4)
    early = write_report(
        store, Wanted(("county-categories",), at=END - timedelta(hours=29), formats=("xlsx",)), tmp_path / "a"
    )
    late = write_report(store, Wanted(("county-categories",), formats=("xlsx",)), tmp_path / "b")
    assert early.filled[0].totals["moved"] < late.filled[0].totals["moved"]
    assert late.at.tzinfo is not None


def test_lists_with_people_are_their_owners_alone(tmp_path: Path) -> None:
    write_report(make_world(4), Wanted(("village-register", "county-categories"), "330902"), tmp_path / "r")
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "r").iterdir()}
    assert modes["village-register.xlsx"] == modes["village-register.pdf"] == 0


def test_sealed_names_need_the_key(tmp_path: Path) -> None:
    vault = Vault.make()
    path = _file(tmp_path, vault)
    key = tmp_path / "event.key"
    key.write_text(vault.key.hex() + "\n")
    key.chmod(0o600)
    names = {}
    for given in (None, key):
        store = open_for_report(str(path), given)
        done = write_report(
            store, Wanted(("village-register",), "330902", formats=("xlsx",)), tmp_path / "out"
        )
        store.close()
        names[given] = {str(row.cells[1]) for section in done.filled[0].sections for row in section.rows}
    assert all(name.startswith("(无名") for name in names[None])
    assert all(name.startswith("演练") for name in names[key])
    key.write_bytes(b"short")
    with pytest.raises(ConfigError, match="not a key"):
        open_for_report(str(path), key)


def test_names_of_ones_own_regions(tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("code,name\n330902001,昌国街道\n", encoding="utf-8-sig")
    assert region_names(table)["330902001"] == "昌国街道"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="table of names"):
        region_names(table)
    with pytest.raises(SourceError, match=r"gone\.csv"):
        region_names(tmp_path / "gone.csv")


def test_a_count_that_does_not_add_up_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "evac.counts.roll.on_list",
        lambda _store, _prefix: Counter({"330902001001": 999}),
    )
    with pytest.raises(ConflictError, match="does not add up"):
        write_report(make_world(1), Wanted(), tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_a_report_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvacError, match="none of the forms"):
        write_report(make_world(1), Wanted(("province-summary",), "330902001001"), tmp_path / "r")
    with pytest.raises(ConfigError, match="no such form"):
        write_report(make_world(1), Wanted(("x",)), tmp_path / "r")


def test_an_instant_without_zone_is_beijings(tmp_path: Path) -> None:
    from evac.commands.report import instant

    assert instant("2021-07-25T20:00") == datetime(2021, 7, 25, 20, tzinfo=timezone(timedelta(hours=8)))
    assert instant("2021-07-25T12:00+00:00") == datetime(2021, 7, 25, 12, tzinfo=UTC)


def test_a_province_is_counted_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evac.reporting.MOST_PEOPLE", 10)
    monkeypatch.setattr("evac.reporting.read_roll", None)
    done = write_report(make_world(2), Wanted(prefix="33", formats=("xlsx",)), tmp_path / "r")
    assert {"province-summary", "province-categories", "county-categories"} <= {
        f.form.form_id for f in done.filled
    }
    assert "needs the log" in done.left_out["rescue-list"]
    with pytest.raises(EvacError, match="as of an instant"):
        write_report(make_world(2), Wanted(prefix="33", at=END), tmp_path / "s")
