"""`evac danger`: what a desk writes down and sees, on a file and on PostgreSQL."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evac.cli import main
from evac.counts.dangers import read_dangers
from evac.counts.roll import read_roll
from evac.counts.tasks import Desk, TaskKind, decision, open_tasks
from evac.errors import ConflictError
from evac.event_key import make_vault_file
from evac.reporting import open_for_report
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from tests.evac.world import make_shelters

VILLAGE = "330902001001"
Say = Callable[..., str]


@pytest.fixture(params=["sqlite", "postgres"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        address = str(tmp_path / "county.sqlite")
        with closing(SQLiteStore(Path(address))) as store:
            store.put_shelters(make_shelters())
        return address
    address = request.getfixturevalue("database")()
    with closing(PostgresStore(address, set_up=True)) as store:
        store.put_shelters(make_shelters())
    return str(address)


@pytest.fixture
def say(registry: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Say]:
    def typed(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        ended = 0
        try:
            main(["danger", *words, "--registry", registry])
        except SystemExit as end:
            ended = int(end.code or 0)
        told = capsys.readouterr()
        assert ended == code, told.err
        return told.out + told.err

    return typed


def number(told: str) -> str:
    found = re.match(r"[0-9a-f]{12}", told)
    assert found, told
    return found[0]


def place(*, north: float = 30.0) -> tuple[str, ...]:
    return ("--longitude", "122.1", "--latitude", f"{north}", "--datum", "wgs84", "--at", VILLAGE)


def tasks(registry: str, prefix: str) -> list[str]:
    with closing(open_for_report(registry)) as store:
        found = open_tasks(read_roll(store, prefix, at=datetime.now(UTC)))
    return [task.target for task in found if task.kind is TaskKind.DANGER]


@pytest.mark.slow
def test_from_the_first_report_to_the_end(registry: str, say: Say) -> None:
    first = number(say("report", "滑坡", "--where", "后山", *place(), "--actor", "张三"))
    told = say("report", "塌方", "--where", "竹林", *place(north=30.0005), "--actor", "李四")
    assert f"并入险情 {first}:2 起,独立 2 起" in told
    # one task, for the village's desk and for the room above it
    (task,) = tasks(registry, "330902")
    assert task.endswith(first)
    assert tasks(registry, VILLAGE) == [task]
    assert tasks(registry, "330903") == []
    with closing(open_for_report(registry)) as store:
        (waiting,) = [
            t for t in open_tasks(read_roll(store, at=datetime.now(UTC))) if t.kind is TaskKind.DANGER
        ]
        with pytest.raises(ConflictError, match="judged"):
            decision(
                waiting,
                "看过了",
                Desk("甲", "", "D", 1),
                at=datetime.now(UTC),
                event_ids=("0" * 32, "1" * 32),
            )
    assert "待核实" in say("list", "--prefix", VILLAGE)
    say("judge", first, "verified", "--note", "裂缝12米", "--actor", "李镇长")
    assert tasks(registry, "330902") == []
    listed = say("list")
    assert "属实 李镇长" in listed
    assert "建议等级 candidate: landslide 红" in listed
    say("judge", first, "handled", "--note", "已撤离", "--actor", "李镇长")
    assert "未结 0 处" in say("list")
    assert "已处置 李镇长" in say("list", "--all")
    say("report", "滑坡", "--where", "又滑了", *place(), "--actor", "王五")
    assert tasks(registry, "330902") == [task]
    assert "已处置后又报" in say("list")


@pytest.mark.slow
def test_a_person_joins_parts_and_takes_back(registry: str, say: Say) -> None:
    a = number(say("report", "滑坡", "--where", "后山", *place(), "--actor", "张三"))
    b = number(say("report", "滑坡", "--where", "前山", *place(north=30.01), "--actor", "李四"))
    joined = number(say("join", a, b, "--actor", "值班长"))
    assert "险情 1 处,未结 1 处,报告 2 起" in say("list")
    assert "they are one danger already" in say("join", a, b, "--actor", "值班长", code=2)
    say("undo", joined, "--actor", "值班长")
    assert "险情 2 处" in say("list")
    c = number(say("report", "滑坡", "--where", "后山", *place(north=30.0001), "--actor", "王五"))
    assert "险情 2 处" in say("list")
    parted = number(say("part", c, "--why", "另一条沟", "--actor", "值班长"))
    assert "险情 3 处" in say("list")
    say("undo", parted, "--actor", "值班长")
    say("undo", b, "--actor", "值班长")
    assert "险情 1 处,未结 1 处,报告 2 起" in say("list")
    assert "已" not in say("undo", b, "--actor", "值班长", code=2)


@pytest.mark.slow
def test_what_cannot_be_is_said(registry: str, say: Say) -> None:
    assert "nobody could find it" in say("report", "滑坡", "--at", VILLAGE, "--actor", "张三", code=2)
    assert "datum" in say("report", "滑坡", "--longitude", "122", "--latitude", "30", "--actor", "甲", code=2)
    assert "not one danger" in say("judge", "0" * 12, "false", "--note", "无", "--actor", "甲", code=2)
    assert "nobody is named" in say("report", "滑坡", "--where", "后山", "--actor", " ", code=2)
    assert "not kept in clear" in say(
        "report", "滑坡", "--where", "后山", "--actor", "甲", "--phone", "139", code=2
    )
    assert "险情 0 处" in say("list")


def test_reporters_are_opened_by_the_key_alone(registry: str, say: Say, tmp_path: Path) -> None:
    make_vault_file(tmp_path / "k.key")
    key = ("--vault", str(tmp_path / "k.key"))
    told = ("--where", "后山", "--actor", "值班员", "--reporter", "王小明", "--phone", "13900001111", *key)
    one = number(say("report", "滑坡", *told))
    assert "报告人已封存" in say("show", one)
    assert "王小明 13900001111" in say("show", one, *key)


@pytest.mark.slow
def test_the_map_opens_without_a_network(registry: str, say: Say, tmp_path: Path) -> None:
    say("report", "滑坡", "--where", "后山", *place(), "--actor", "张三")
    say("map", "--out", str(tmp_path / "map"))
    page = (tmp_path / "map" / "dangers.html").read_text(encoding="utf-8")
    assert "定海区" in page
    assert "后山" in page
    say("map", "--out", str(tmp_path / "map"), "--shared")
    assert "后山" not in (tmp_path / "map" / "dangers.html").read_text(encoding="utf-8")


def hotline(path: Path, rows: int) -> Path:
    lines = [f"A{n},2021-07-25 04:{n % 60:02d},积水,{n}号桥头" for n in range(rows)]
    path.write_text("\n".join(["工单编号,来电时间,险情类型,地点", *lines, "X,?,积水,桥头"]), encoding="utf-8")
    return path


def test_the_same_table_twice_tells_nothing_twice(registry: str, say: Say, tmp_path: Path) -> None:
    table = str(hotline(tmp_path / "t.csv", 30))
    told = say("import", table, "--actor", "值班员", code=5)
    assert "30 起已登记 taken, 0 起原已登记 there already, 1 行有误 wrong" in told
    assert "row 32" in told
    assert "0 起已登记 taken, 30 起原已登记" in say("import", table, "--actor", "值班员", code=5)


@pytest.mark.slow
def test_an_import_that_is_killed_and_run_again_tells_nothing_twice(tmp_path: Path) -> None:
    file, table = tmp_path / "r.sqlite", hotline(tmp_path / "t.csv", 4000)
    SQLiteStore(file).close()
    words = [
        sys.executable,
        "-m",
        "evac.cli",
        "danger",
        "import",
        str(table),
        "--registry",
        str(file),
        "--actor",
        "甲",
    ]
    for wait in (0.9, 1.3, 1.7, 2.1):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            time.sleep(wait)
            running.kill()
    assert subprocess.run(words, capture_output=True, timeout=120).returncode == 5
    with closing(SQLiteStore(file)) as store:
        found = read_dangers(store, at=datetime.now(UTC))
        assert sum(len(danger.reports) for danger in found) == 4000
        assert len(list(store.aside({"danger_seen"}))) == 4000
