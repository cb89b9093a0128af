"""Where people live, from the list: declared, fine enough and in China, or not taken; and the plan uses what was taken."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from evac.cli import app
from evac.people.cells import Setting
from evac.people.clerk import Clerk
from evac.people.corrections import correct
from evac.people.datum import Datum
from evac.people.list_file import read_sheets
from evac.people.load import import_people
from evac.people.report import Report, Weight
from evac.people.row_point import Point, Villages
from evac.people.template import HEADINGS
from evac.plan.registered import registered
from evac.registry import Registry
from evac.roster_row import has_points
from evac.store.planning import roster_rows
from evac.store.sqlite import SQLiteStore
from evac.sync.roster_bundle import person_record
from evac.vault import Vault
from tests.evac.people_lists import SETTING, TODAY, book, csv_bytes, read, said

HEAD = "姓名,户号,村代码,类别,经度,纬度,坐标系"
WGS = replace(SETTING, datum=Datum.WGS84)
At = Callable[[str], Clerk]


def point(
    row: str, setting: Setting = SETTING, head: str = HEAD
) -> tuple[tuple[float | None, float | None], str]:
    """What was taken of one row, and all that was said of it."""
    ((_, understood),) = read(csv_bytes(row, head=head), setting)
    assert understood.entry is not None  # a wrong point keeps nobody off
    return (understood.entry.longitude, understood.entry.latitude), said(understood)


def test_a_point_is_taken_as_wgs84_by_row_heading_or_sender() -> None:
    here = (122.10632, 30.01544)
    assert point("甲,1,330902001001,山洪,122.10632,30.01544,CGCS2000") == (here, "")
    assert point("甲,1,330902001001,山洪,122.10632,30.01544,", WGS) == (here, "")
    moved, _ = point("甲,1,330902001001,山洪,122.10632,30.01544,高德")
    assert moved[0] is not None
    assert moved[1] is not None
    assert 300 < abs(moved[0] - here[0]) * 96_000 < 700  # the shift of GCJ-02 there
    # the row knows better than who sent the list
    assert point("甲,1,330902001001,山洪,122.10632,30.01544,火星坐标", WGS)[0] == moved
    both = "姓名,户号,村代码,类别,坐标(高德)"
    assert point('甲,1,330902001001,山洪,"122.10632,30.01544"', WGS, both)[0] == moved
    angle = "甲,1,330902001001,山洪,122°6′22.75″,北纬30度0分55.58秒,国家2000"
    assert point(angle) == ((122.106319, 30.015439), "")
    assert point("甲,1,330902001001,山洪,,,") == ((None, None), "")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("30.01544,122.10632,WGS84", "填反了"),
        ("12.10632,30.01544,WGS84", "不在中国"),
        ("122.10632,,WGS84", "缺一个"),
        (",30.01544,WGS84", "缺一个"),
        ("村口,30.01544,WGS84", "不是度数"),
        ("122.10632,1e1,WGS84", "不是度数"),
        ("122.1,30.0,WGS84", "太粗"),
        ("122,30,WGS84", "太粗"),
        ("122.1,30.2741,WGS84", "太粗"),
        ("122.10632,30.01544,百度BD09", "不认识的坐标系"),
    ],
)
def test_a_point_that_may_be_wrong_is_named_and_not_taken(cells: str, words: str) -> None:
    taken, told = point(f"甲,1,330902001001,山洪,{cells}")
    assert taken == (None, None)
    assert words in told
    assert "按村安排" in told
    assert "122.10632" not in told  # a report leads to nobody's door


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=12))
def test_no_cell_makes_a_row_fail_and_no_point_is_outside_china(east: str, north: str, datum: str) -> None:
    data = book(
        [
            ["姓名", "村代码", "类别", "经度", "纬度", "坐标系"],
            ["甲", "330902001001", "山洪", _cell(east), _cell(north), _cell(datum)],
        ]
    )
    for _, understood in read(data, WGS):
        entry = understood.entry
        if entry is not None and entry.longitude is not None and entry.latitude is not None:
            assert 73 <= entry.longitude <= 136
            assert 3 <= entry.latitude <= 54


def _cell(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


def load(registry: Registry, data: bytes, vault: Vault, clerk: Clerk, **more: object) -> Report:
    datum = more.pop("datum", None)
    setting = Setting(vault.pseudonym, TODAY, region="330902", datum=datum)  # type: ignore[arg-type]
    return import_people(
        registry, read_sheets(io.BytesIO(data), "村.csv"), "村.csv", setting=setting, clerk=clerk, **more
    )  # type: ignore[arg-type]


LIST = [f"张{c},{n // 2},330902001001,山洪,122.106{n},30.0154," for n, c in enumerate("甲乙丙丁戊己")]


def test_points_stand_on_the_list_sealed_and_leave_it_with_nothing(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    report = load(registry, csv_bytes(*LIST, head=HEAD), vault, clerk("D1"), datum=Datum.WGS84)
    assert (report.imported, report.warned, report.totals["有坐标"]) == (6, 0, 6)
    people = {p.name: p for p in registry.store.people()}
    assert (people["张乙"].longitude, people["张乙"].latitude) == (122.1061, 30.0154)
    assert has_points(registry.store)
    assert not person_record(people["张乙"]).keys() & {"longitude", "latitude"}
    again = load(registry, csv_bytes(*LIST, head=HEAD), vault, clerk("D2"), datum=Datum.WGS84)
    assert (again.imported, again.repeated, again.updated) == (0, 6, 0)
    moved = csv_bytes(LIST[0].replace("122.1060", "122.1099"), *LIST[1:], head=HEAD)
    told = load(registry, moved, vault, clerk("D3"), datum=Datum.WGS84)
    assert any("与在册不同:经度" in f.what for f in told.findings)
    before = len(list(registry.events()))
    updated = load(registry, moved, vault, clerk("D4"), datum=Datum.WGS84, update=vault)
    assert updated.updated == 1
    assert {p.name: p.longitude for p in registry.store.people()}["张甲"] == 122.1099
    assert len(list(registry.events())) == before  # no event carries where somebody lives
    store = registry.store
    if isinstance(store, SQLiteStore):
        path = Path(store._raw.execute("PRAGMA database_list").fetchone()[2])
        store.close()
        assert b"122.10" not in b"".join(p.read_bytes() for p in path.parent.iterdir())
        locked = SQLiteStore(path)
        assert {row.longitude for row in roster_rows(locked)} == {None}
        registry.store = SQLiteStore(path, vault=vault)
        assert len({row.longitude for row in roster_rows(registry.store)}) == 6


def test_a_list_that_does_not_say_what_its_points_refer_to_is_told_once(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    report = load(registry, csv_bytes(*LIST, head=HEAD.replace(",坐标系", "")), vault, clerk("D1"))
    found = [f for f in report.findings if "坐标系" in f.what]
    assert [(f.row, f.weight) for f in found] == [(0, Weight.WARNING)]
    assert report.imported == 6
    assert not has_points(registry.store)


def test_who_is_corrected_into_another_village_or_household_keeps_no_old_point(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    load(registry, csv_bytes(*LIST, head=HEAD), vault, clerk("D1"), datum=Datum.WGS84)
    codes = {p.name: p.code for p in registry.store.people()}
    for name, changes, kept in (
        ("张甲", {"village": "330902001002"}, False),
        ("张乙", {"household": "330902001001-77"}, False),
        ("张丙", {"phone": "13800001111", "village_name": "东村"}, True),
    ):
        after = correct(registry, codes[name], changes, clerk=clerk(f"C{name}"), vault=vault)
        assert (after.longitude is not None, after.latitude is not None) == (kept, kept)
        assert registry.store.people_of([codes[name]])[codes[name]] == after
    # nor does the old list bring the point of the old house back
    load(registry, csv_bytes(*LIST, head=HEAD), vault, clerk("D2"), datum=Datum.WGS84, update=vault)
    points = {p.name: p.longitude for p in registry.store.people()}
    assert (points["张甲"], points["张乙"], points["张丙"]) == (None, None, 122.1062)


def test_a_point_nowhere_near_the_village_is_named_and_not_taken(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    astray = "张辛,9,330902001001,山洪,121.5060,30.0154,"
    report = load(registry, csv_bytes(*LIST, astray, head=HEAD), vault, clerk("D1"), datum=Datum.WGS84)
    assert [(f.row, f.what) for f in report.findings if "公里" in f.what] == [
        (8, "离本村其他人 58 公里,没有采用坐标")
    ]
    assert (report.imported, report.warned) == (7, 1)
    assert {p.name: p.longitude for p in registry.store.people()}["张辛"] is None


def test_a_heading_of_an_unknown_datum_goes_before_what_the_sender_says() -> None:
    cgcs = replace(SETTING, datum=Datum.CGCS2000)
    head = "姓名,户号,村代码,类别,经度(百度),纬度(百度),坐标系"
    taken, told = point("甲,1,330902001001,山洪,122.10632,30.01544,", cgcs, head)
    assert (taken, "不认识的坐标系" in told, "百度" in told) == ((None, None), True, True)
    assert point("甲,1,330902001001,山洪,122.10632,30.01544,WGS84", cgcs, head)[0] == (122.10632, 30.01544)


def test_villages_that_have_a_name_and_no_code_are_not_one_village(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    head = "姓名,户号,村,类别,经度,纬度"
    rows = [f"张{c},{n},东村,山洪,122.106{n},30.0154" for n, c in enumerate("甲乙丙丁戊己")]
    rows += [f"李{c},{n},西岛,山洪,122.506{n},30.0154" for n, c in enumerate("甲乙丙丁")]
    report = load(registry, csv_bytes(*rows, head=head), vault, clerk("D1"), datum=Datum.WGS84)
    assert (report.imported, report.totals["有坐标"]) == (10, 10)
    assert not [f for f in report.findings if "公里" in f.what]


def test_too_few_points_tell_nothing_of_a_village() -> None:
    villages = Villages()
    for n in range(4):
        villages.add("v", Point(122.0 + n / 1000, 30.0))
    assert villages.far("v", Point(120.0, 30.0)) == 0.0
    assert villages.far("nowhere", Point(120.0, 30.0)) == 0.0


def test_who_has_no_point_lives_with_the_household(registry: Registry, vault: Vault, clerk: At) -> None:
    rows = [
        "张甲,1,330902001001,山洪,122.1060,30.0154,",
        "张乙,1,330902001001,山洪,,,",
        "张丙,2,330902001001,山洪,,,",
    ]
    load(registry, csv_bytes(*rows, head=HEAD), vault, clerk("D1"), datum=Datum.WGS84)
    people = registered(roster_rows(registry.store))
    known = {
        people.households[h].rpartition("-")[2]: lon
        for h, lon in zip(people.home, people.longitude, strict=True)
    }
    assert known["1"] == 122.106
    assert str(known["2"]) == "nan"
    assert sum(lon == 122.106 for lon in people.longitude) == 2


def test_the_command_reads_the_template_and_the_destination(tmp_path: Path) -> None:
    town = tmp_path

    def run(*said_: str) -> str:
        done = CliRunner().invoke(app, list(said_))
        assert done.exit_code == 0, done.output
        return done.output

    run("vault", "new", "--out", str(town / "k.key"))
    desk = ("--registry", str(town / "c.sqlite"), "--vault", str(town / "k.key"))
    (town / "s.csv").write_text("编号,名称,行政区划代码,容量\nS1,文化礼堂,330902001,60\n", encoding="utf-8")
    run("shelters", "import", str(town / "s.csv"), "--registry", str(town / "c.sqlite"))
    run("people", "template", str(town / "名单.xlsx"))
    import openpyxl

    filled = openpyxl.load_workbook(town / "名单.xlsx")
    sheet = filled["名单"]
    assert [cell.value for cell in sheet[1]] == list(HEADINGS)
    told = {"姓名": "张甲", "户号": "1", "村代码": "330902001001", "类别": "山洪危险区"}
    for more in (
        {"去向": "文化礼堂", "经度": "122.10632", "纬度": "30.01544", "坐标系": "CGCS2000"},
        {"姓名": "张乙", "安置方式": "投亲靠友", "去向": "县城"},
        {"姓名": "张丙", "安置方式": "投亲靠友", "去向": "S1"},
        {"姓名": "张丁", "去向": "没有的礼堂"},
    ):
        sheet.append([(told | more).get(heading, "") for heading in HEADINGS])
    filled.save(town / "名单.xlsx")
    out = run("people", "import", str(town / "名单.xlsx"), *desk, "--region", "330902", "--actor", "李四")
    assert "4" in out
    report = (town / "名单.xlsx.report.csv").read_text(encoding="utf-8-sig")
    assert "与去向不符" in report
    assert "不在避灾安置场所名册里" in report
    from evac.event_key import read_vault

    store = SQLiteStore(town / "c.sqlite", vault=read_vault(town / "k.key"))
    bound = {p.name: (p.destination.stay.value, p.destination.place) for p in store.people()}
    homes = {p.name: p.longitude for p in store.people()}
    store.close()
    assert bound == {
        "张甲": ("shelter", "S1"), "张乙": ("relatives", "县城"), "张丙": ("shelter", "S1"), "张丁": ("shelter", "没有的礼堂"),
    }  # fmt: skip
    assert homes["张甲"] == 122.10632
    run("people", "template", str(town / "名单.csv"))
    assert CliRunner().invoke(app, ["people", "template", str(town / "名单.pdf")]).exit_code != 0
