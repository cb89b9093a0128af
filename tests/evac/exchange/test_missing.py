"""People sought: candidates in order, decided by people alone; files that are no PFIF are named."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evac import cli
from evac.crockford import mint
from evac.events import Departed, Missing
from evac.exchange.missing import candidates, decide, names_match, queue
from evac.exchange.pfif import LARGEST, Sought, read_pfif
from evac.model import Category, Destination, Person, Stay
from evac.people.clerk import Clerk
from evac.registry import Registry
from evac.store.access import SQLiteAccessLog, beside
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import DataError

NOW = datetime(2021, 7, 25, 8, 0, tzinfo=UTC)


def listed(
    number: int, name: str, sex: str = "男", born: int | None = 1950, village: str = "马目村"
) -> Person:
    return Person(
        mint(random.Random(number)), name, f"330902-{number}", "330902", "330902001001", village, Category.LOW_LYING,
        Destination(Stay.SHELTER, "S1"), sex=sex, birth_year=born, synthetic=True,
    )  # fmt: skip


PEOPLE = [
    listed(1, "陈建国"), listed(2, "陈建国", born=1990), listed(3, "陈建国", sex="女"), listed(4, "陈见国", village="临城"),
    listed(5, "李四"), listed(6, "陈**"), listed(7, "", born=None),
]  # fmt: skip
SOUGHT = Sought("other.example/p.1", "陈建国", "male", (70, 72), "定海区马目村", NOW)


def document(body: str, version: str = "1.4") -> bytes:
    space = f"http://zesty.ca/pfif/{version}"
    return f'<?xml version="1.0"?><p:pfif xmlns:p="{space}">{body}</p:pfif>'.encode()


def person(number: int, name: str, more: str = "") -> str:
    return (
        f"<p:person><p:person_record_id>other.example/p.{number}</p:person_record_id>"
        f"<p:source_date>2021-07-25T00:00:00Z</p:source_date><p:full_name>{name}</p:full_name>{more}</p:person>"
    )


def test_the_likeliest_comes_first_and_what_cannot_be_is_left_out() -> None:
    found = candidates([SOUGHT], PEOPLE, now=NOW)
    assert [c.code for c in found] == [
        PEOPLE[0].code,
        PEOPLE[3].code,
    ]  # another sex, another age, a masked name: not
    assert found[0].score == 1.0
    assert "地点相符" in found[0].why
    assert len(candidates([SOUGHT], PEOPLE * 9, now=NOW, most=3)) == 3


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [("Chen Jianguo", "陈建国", True), ("JIANGUO, CHEN", "陈建国", True), ("Chen Jian Guo", "陈建国", True), ("Chan Kin Kwok", "陈建国", False),
     ("Li Si", "陈建国", False), ("陈建国", "陈健国", True), ("", "陈建国", False), ("陈**", "陈建国", False), ("Chen", "陈", True), ("Chen", "陈𠀀", False)],
)  # fmt: skip
def test_names_in_either_script(one: str, other: str, fits: bool) -> None:
    assert (names_match(one, other)[0] > 0) is fits
    assert (names_match(other, one)[0] > 0) is fits


def test_what_a_person_decided_does_not_come_back_and_links_nothing() -> None:
    store = MemoryStore()
    store.put_people(PEOPLE)
    before = dict(store.everybody())
    first, second = queue(store, [SOUGHT], now=NOW, region="330902")
    clerk = Clerk("张三", "office", "D1", NOW)
    decide(Registry(store), first, same=True, clerk=clerk)
    assert queue(store, [SOUGHT], now=NOW) == [second]
    decide(Registry(store), second, same=False, clerk=clerk)
    assert queue(store, [SOUGHT], now=NOW) == []
    assert dict(store.everybody()) == before  # an aside changes nobody's state


def test_a_file_of_others_is_read_without_the_found_and_the_expired() -> None:
    alive = "<p:note><p:source_date>2021-07-26T00:00:00Z</p:source_date><p:status>believed_alive</p:status></p:note>"
    old = "<p:expiry_date>2021-07-24T00:00:00Z</p:expiry_date>"
    born = "<p:date_of_birth>1950-03</p:date_of_birth><p:sex>male</p:sex>"
    body = (
        person(1, "陈 建国\n", born)
        + person(2, "甲", alive)
        + person(3, "乙", old)
        + person(4, "丙", "<p:age>60-70</p:age>")
    )
    found = read_pfif(document(body + person(5, "")), now=NOW)
    assert [(one.record_id[-1], one.name, one.ages) for one in found] == [
        ("1", "陈 建国", (70, 71)),
        ("4", "丙", (60, 70)),
    ]
    older = "<p:person><p:person_record_id>x/1</p:person_record_id><p:first_name>JIANGUO</p:first_name><p:last_name>CHEN</p:last_name></p:person>"
    assert [one.name for one in read_pfif(document(older, "1.2"), now=NOW)] == ["CHEN JIANGUO"]


@pytest.mark.parametrize(
    "bad",
    [b"", b"<a/>", b"PK\x03\x04", b"<p:pfif", document("", "1.9"), b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
     "<a/>".encode("utf-16"), b" " * (LARGEST + 1)],
)  # fmt: skip
def test_what_is_no_pfif_is_named(bad: bytes) -> None:
    with pytest.raises(DataError, match="not a PFIF"):
        read_pfif(bad, now=NOW)


def call(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "registry.sqlite"
    store = SQLiteStore(path)
    store.put_people(PEOPLE)
    clerk = Clerk("甲", "村", "D9", NOW)
    set_out, lost = (
        replace(clerk.write(kind, PEOPLE[0].code), trusted_at=NOW - timedelta(hours=h))
        for kind, h in ((Departed, 9), (Missing, 3))
    )
    Registry(store).check_ins([set_out, lost], received_at=NOW)
    store.close()
    out = tmp_path / "missing.xml"
    asked = (
        "--registry",
        str(path),
        "--out",
        str(out),
        "--domain",
        "ema.example.gov.cn",
        "--by",
        "张三",
        "--why",
        "寻人协查",
    )
    for written_as in ("pfif", "edxl"):
        assert call("export", written_as, *asked) == 0
        assert "1 people" in capsys.readouterr().out
        assert "陈**" in out.read_text(encoding="utf-8")
        assert oct(out.stat().st_mode)[-3:] == "600"
    assert call("export", "pfif", *asked[:-1], "看") == 2
    log = SQLiteAccessLog(beside(path))
    records = [json.loads(entry.body) for entry in log.entries()]
    log.close()
    assert [(r["act"], r["people"]) for r in records] == [("export", 1), ("export", 1)]
    sheet = tmp_path / "sought.xml"
    sheet.write_bytes(document(person(1, "Chen Jianguo")))
    capsys.readouterr()
    assert call("missing", "match", str(sheet), "--registry", str(path)) == 0
    told = capsys.readouterr().out
    assert "陈建国" not in told
    number = told.split()[0]
    decided = ("missing", "decide", number, str(sheet), "--registry", str(path), "--by", "张三", "--same")
    assert call(*decided) == 0
    assert call(*decided) == 2
    assert "decided already" in capsys.readouterr().err
