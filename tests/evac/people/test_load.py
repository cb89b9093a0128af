"""A list on the registry: every row in the report once, the same list again adds nobody, and nothing is half there."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evac.codes import bytes_of_code
from evac.model import Category, Stay
from evac.people.cells import Setting
from evac.people.clerk import Clerk
from evac.people.corrections import correct
from evac.people.duplicates import queue
from evac.people.list_file import read_sheets
from evac.people.load import import_people
from evac.people.report import Report, Weight
from evac.registry import Registry
from evac.state import fold
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from riskmap.errors import DataError, SourceError
from tests.evac.people_lists import NOW, ROWS, TODAY, book, csv_bytes

At = Callable[[str], Clerk]


def load(registry: Registry, data: bytes, vault: Vault, clerk: Clerk, **options: object) -> Report:
    setting = Setting(vault.pseudonym, TODAY, region="330902")
    return import_people(
        registry, read_sheets(io.BytesIO(data), "村.csv"), "村.csv", setting=setting, clerk=clerk, **options
    )  # type: ignore[arg-type]


def test_a_list_comes_in_with_codes_and_events(registry: Registry, vault: Vault, clerk: At) -> None:
    report = load(registry, csv_bytes(*ROWS), vault, clerk("D1"))
    assert (report.imported, report.warned, report.repeated, report.refused) == (3, 1, 0, 0)
    people = {p.name: p for p in registry.store.people()}
    assert people["张三"].phone == "13800001111"
    assert people["张三"].identity == vault.pseudonym("11010519491231002X")
    assert people["李四"].destination.stay is Stay.RELATIVES
    assert people["王五"].category is Category.WORK_SITE
    assert len({bytes_of_code(p.code) for p in people.values()}) == 3
    states = registry.states
    assert {states[p.code].county for p in people.values()} == {"330902"}
    assert [e.counter for e in registry.events()] == [1, 2, 3]
    assert states == fold(registry.events())


def test_the_same_list_again_adds_nobody(registry: Registry, vault: Vault, clerk: At) -> None:
    twins = "婴儿,,,9,330902001001,东园,山洪,婴儿,"
    data = csv_bytes(*ROWS, twins, twins)
    first = load(registry, data, vault, clerk("D1"))
    assert first.imported == 5
    again = load(registry, book([line.split(",") for line in data.decode().splitlines()]), vault, clerk("D2"))
    assert (again.imported, again.repeated, again.refused) == (0, 5, 0)
    assert len(list(registry.store.people())) == len(registry.states) == 5


def test_a_row_twice_in_one_list_is_one_person(registry: Registry, vault: Vault, clerk: At) -> None:
    report = load(registry, csv_bytes(ROWS[0], ROWS[1], ROWS[0]), vault, clerk("D1"))
    assert (report.imported, report.repeated) == (2, 1)
    assert [(f.row, f.what) for f in report.findings if f.weight is Weight.REPEATED] == [
        (4, "与第 2 行是同一人")
    ]


def test_one_number_under_two_names_is_two_people_and_a_warning(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    child = ROWS[0].replace("张三", "张小三")
    report = load(registry, csv_bytes(ROWS[0], child), vault, clerk("D1"))
    assert (report.imported, report.warned) == (2, 1)
    assert any("证件号相同而姓名不同" in f.what for f in report.findings)


def test_good_rows_come_in_and_the_report_lists_the_rest(registry: Registry, vault: Vault, clerk: At) -> None:
    report = load(
        registry, csv_bytes(ROWS[0], "甲、乙,,,1,330902001001,东园,山洪,,", ROWS[2]), vault, clerk("D1")
    )
    assert (report.rows, report.imported, report.refused) == (3, 2, 1)
    rows = list(csv.reader(io.StringIO(report.csv_bytes().decode("utf-8-sig"))))
    assert ["村.csv", "3", "姓名", "未入册", "一格里有几个人", "一人一行"] in rows


@pytest.mark.parametrize("option", ["all_or_nothing", "trial"])
def test_nothing_is_written_where_nothing_should_be(
    registry: Registry, vault: Vault, clerk: At, option: str
) -> None:
    report = load(registry, csv_bytes(ROWS[0], "甲、乙,,,,,,,,"), vault, clerk("D1"), **{option: True})
    assert not report.written
    assert report.refused == 1
    assert list(registry.store.people()) == []
    assert registry.states == {}


def test_a_list_that_breaks_off_leaves_nothing(registry: Registry, vault: Vault, clerk: At) -> None:
    with pytest.raises(DataError, match="row 3"):
        load(registry, csv_bytes(ROWS[0], '"' + "x" * 200_000), vault, clerk("D1"))
    assert registry.states == {}


def test_a_household_with_fewer_rows_than_people_is_told(registry: Registry, vault: Vault, clerk: At) -> None:
    data = csv_bytes("张三,,1,4", "李四,,1,4", "王五,,2,1", head="姓名,身份证号,户号,家庭人口")
    report = load(registry, data, vault, clerk("D1"))
    assert [f.what for f in report.findings if "写明" in f.what] == ["这一户写明 4 人,名单里只有 2 人"]


class Breaking(SQLiteStore):
    """A disk that is full from the third batch on."""

    batches = 0

    def append(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        self.batches += 1
        if self.batches == 2:
            raise SourceError("disk full", where="r.sqlite")
        return super().append(*args, **kwargs)  # type: ignore[arg-type]


@pytest.mark.slow
def test_after_a_full_disk_the_same_import_goes_on(tmp_path: Path, vault: Vault, clerk: At) -> None:
    data = csv_bytes(*(f"人{n},,,{n},330902001001,东园,山洪,," for n in range(4_500)))
    store = Breaking(tmp_path / "r.sqlite", vault=vault)
    registry = Registry(store)
    with pytest.raises(SourceError, match="disk full"):
        load(registry, data, vault, clerk("D1"))
    assert len(registry.states) == 2_000
    report = load(registry, data, vault, clerk("D2"))
    assert (report.imported, report.repeated) == (2_500, 2_000)
    assert len(registry.states) == len(list(store.people())) == 4_500
    assert {s.county for s in registry.states.values()} == {"330902"}
    store.close()


def test_two_short_codes_alike_get_others(
    registry: Registry, vault: Vault, clerk: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(_: object, row_id: str, attempt: int) -> str:
        return f"{int(row_id, 16) % 7}{row_id[:14].upper()}" + (
            "0" * 11 if attempt == 0 else row_id[14:25].upper()
        )

    monkeypatch.setattr("evac.people.load._Codes.of", of)
    assert load(registry, csv_bytes(*ROWS[:2]), vault, clerk("D1")).imported == 2
    assert len(list(registry.store.people())) == len(registry.states) == 2


def test_codes_tell_nothing_of_a_row_once_the_import_has_ended(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    load(registry, csv_bytes(*ROWS), vault, clerk("D1"))
    first = {p.code for p in registry.store.people()}
    assert registry.store.labels()["people.import"] == ""
    other = Registry(MemoryStore())
    load(other, csv_bytes(*ROWS), vault, clerk("D1"))
    assert not first & {p.code for p in other.store.people()}


def test_no_name_number_or_telephone_is_in_the_file_of_the_registry(
    tmp_path: Path, vault: Vault, clerk: At
) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path, vault=vault)
    data = csv_bytes(
        "赵铁柱,11010519491231002X,13800001111,赵铁柱,330902001001,东园,山洪,,",
        head="姓名,身份证号,手机,户主,村代码,村,类别,脆弱性,去向",
    )
    report = load(Registry(store), data, vault, clerk("D1"))
    store.close()
    raw = b"".join(p.read_bytes() for p in tmp_path.iterdir()) + report.csv_bytes() + repr(report).encode()
    for secret in ("赵铁柱", "11010519491231002", "19491231", "13800001111"):
        assert secret.encode() not in raw


def test_a_report_runs_no_formula() -> None:
    report = Report("x")
    from evac.people.report import Finding

    report.add([Finding("=1+1", 1, "@SUM", Weight.NOTE, "+x", "-y")])
    assert report.csv_bytes().decode("utf-8-sig").splitlines()[1] == "'=1+1,1,'@SUM,说明,'+x,'-y"


def test_another_office_lists_its_own(registry: Registry, vault: Vault, clerk: At) -> None:
    load(registry, csv_bytes(*ROWS), vault, clerk("D1"))
    assert load(registry, csv_bytes(*ROWS), vault, replace(clerk("D2"), office="普陀")).imported == 3
    assert NOW.tzinfo is not None


def test_what_a_newer_list_says_otherwise_is_told_and_taken_on_request(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    load(registry, csv_bytes(*ROWS), vault, clerk("D1"))
    newer = csv_bytes(
        ROWS[0].replace("13800001111", "13899999999").replace("独居", "残疾"),
        ROWS[1].replace("投亲", ""),
        ROWS[2].replace("工棚", "危房"),
    )
    told = load(registry, newer, vault, clerk("D2"))
    assert [(f.row, f.what) for f in told.findings if f.weight is Weight.REPEATED] == [
        (2, "与在册不同:手机、脆弱性"),
        (4, "与在册不同:类别"),
    ]
    assert {p.name: p.phone for p in registry.store.people()}["张三"] == "13800001111"
    done = load(registry, newer, vault, replace(clerk("D3"), now=NOW + timedelta(hours=1)), update=vault)
    assert (done.imported, done.repeated, done.updated) == (0, 3, 2)
    people = {p.name: p for p in registry.store.people()}
    assert (people["张三"].phone, people["张三"].vulnerability) == ("13899999999", ("disabled",))
    assert people["王五"].category is Category.DANGEROUS_HOUSE
    assert registry.states[people["王五"].code].category == "dangerous_house"
    again = load(registry, newer, vault, clerk("D4"), update=vault)
    assert (again.updated, [f.weight for f in again.findings]) == (0, [Weight.WARNING])
    assert registry.states == fold(registry.events())


def test_who_is_in_another_village_by_a_newer_list_is_told_and_stays(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    load(registry, csv_bytes(*ROWS), vault, clerk("D1"))
    before = {p.name: p.village for p in registry.store.people()}
    moved = ROWS[0].replace("330902001001", "330902001002")
    assert moved != ROWS[0]
    for update in (None, vault):
        told = load(registry, csv_bytes(moved, moved), vault, clerk(f"D{2 + bool(update)}"), update=update)
        odd = [(f.row, f.what) for f in told.findings if f.weight is Weight.WARNING and "村" in f.what]
        assert odd == [(2, "与在册不同:村;没有更正")]
    nearer = ROWS[0].replace("330902001001", "330902001000")
    told = load(registry, csv_bytes(nearer, ROWS[0]), vault, clerk("D4"))
    assert [(f.row, f.what) for f in told.findings if f.weight is Weight.WARNING] == [
        (3, "村与第 2 行不同,按第 2 行入册")
    ]
    assert {p.name: p.village for p in registry.store.people()} == before


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        ("姓名,性别,年龄,村", ["陈静,男,52,大蛟村", "陈静,女,52,大蛟村"]),
        ("姓名,年龄,渔船", ["林国强,45,浙普渔 65801", "林国强,45,浙普渔 65877"]),
        ("姓名,年龄,联系人", ["林国强,45,李四", "林国强,45,王五"]),
        ("姓名,年龄", ["林国强,45", "林国强,45"]),
        ("姓名,年龄,户号,性别", ["林国强,45,7,男", "林国强,45,7,女"]),
    ],
)
def test_people_of_one_name_and_age_are_two_people(
    registry: Registry, vault: Vault, clerk: At, head: str, rows: list[str]
) -> None:
    data = csv_bytes(*rows, head=head)
    first = load(registry, data, vault, clerk("D1"))
    assert (first.imported, first.repeated, first.refused) == (2, 0, 0)
    assert ["看上去相同" in f.what for f in first.findings if f.row == 3].count(True) == 1
    assert len({p.household for p in registry.store.people()}) == (1 if "户号" in head else 2)
    assert len(queue(registry.store)) == 1
    again = load(registry, data, vault, clerk("D2"))
    assert (again.imported, again.repeated) == (0, 2)


def test_lists_with_people_of_one_name_and_age_do_not_swallow_each_other(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    crew = csv_bytes("陈伟,45,渔船船员,", head="姓名,年龄,类别,性别")
    huts = csv_bytes("陈伟,45,工棚,女", head="姓名,年龄,类别,性别")
    load(registry, crew, vault, clerk("D1"))
    second = load(registry, huts, vault, clerk("D2"), update=vault)
    assert (second.imported, second.warned, second.updated) == (1, 1, 0)
    assert any("按两人入册" in f.what for f in second.findings)
    assert len(queue(registry.store)) == 1
    for data in (huts, crew):
        again = load(registry, data, vault, clerk("D3"))
        assert (again.imported, again.repeated, again.warned) == (0, 1, 0)


def test_a_newer_list_that_tells_more_is_about_the_same_people(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    load(registry, csv_bytes("陈伟,45,", "陈静,52,", head="姓名,年龄,性别"), vault, clerk("D1"))
    newer = csv_bytes("陈静,52,女", "陈伟,45,男", "陈伟,45,女", head="姓名,年龄,性别")
    told = load(registry, newer, vault, clerk("D2"), update=vault)
    assert (told.imported, told.updated) == (1, 2)
    assert sorted((p.name, p.sex) for p in registry.store.people()) == [
        ("陈伟", "女"), ("陈伟", "男"), ("陈静", "女")
    ]  # fmt: skip
    again = load(registry, newer, vault, clerk("D3"), update=vault)
    assert (again.imported, again.updated) == (0, 0)


def test_an_entry_that_was_corrected_is_known_again_by_its_row(
    registry: Registry, vault: Vault, clerk: At
) -> None:
    data = csv_bytes("陈伟,45,渔船船员", head="姓名,年龄,类别")
    load(registry, data, vault, clerk("D1"))
    (person,) = registry.store.people()
    correct(registry, person.code, {"category": "work_site"}, clerk=clerk("D2"), vault=vault)
    assert load(registry, data, vault, clerk("D3")).imported == 0
