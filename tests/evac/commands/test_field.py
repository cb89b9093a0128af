"""`evac field` as it is typed."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evac.cli import main
from riskmap.outlook import BEIJING

VILLAGE = "330106001001"
WORKERS = f"""编号,姓名,电话,网格编码,村代码,替补,经度,纬度
W001,张三丰,13800000001,{VILLAGE}001,{VILLAGE},W002,120.10,30.25
W002,李小四,13800000002,{VILLAGE}002,{VILLAGE},W001,120.11,30.26
"""
GAUGES = f"""id,name,kind,region,lon,lat,interval_min,height_datum,blue_m,yellow_m,orange_m,red_m
G1,蒋村,河道,{VILLAGE},120.101,30.251,5,1985,4.5,5.0,6.0,7.0
G2,无级,河道,{VILLAGE},120.101,30.251,5,1985,,,,
"""


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """What a command prints; a refusal's exit code and words otherwise."""
    try:
        main([str(word) for word in words])
    except SystemExit as end:
        if end.code:
            said = capsys.readouterr()
            return f"exit {end.code}: {said.err} {said.out}"
    return capsys.readouterr().out


def stamp(minutes: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).astimezone(BEIJING).isoformat(timespec="seconds")


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """An office with everything on its registers: the option that names its log."""
    for name, text in (("w.csv", WORKERS), ("g.csv", GAUGES), ("v.csv", f"村代码,村名,经度,纬度\n{VILLAGE},蒋村,120.10,30.25\n"), ("c.csv", f"编号,名称,区划代码,经度,纬度\nC1,卡口,{VILLAGE},120.1,30.25\n")):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    store = ("--store", str(tmp_path / "f.sqlite"))
    run(capsys, "vault", "new", "--out", tmp_path / "k.key")
    made = run(
        capsys,
        "field",
        "workers",
        tmp_path / "w.csv",
        *store,
        "--key",
        tmp_path / "k.key",
        "--datum",
        "wgs84",
    )
    assert "2 名网格员" in made
    made = run(
        capsys,
        "field",
        "sensors",
        tmp_path / "g.csv",
        "--cameras",
        tmp_path / "c.csv",
        *store,
        "--datum",
        "wgs84",
    )
    assert "3 个传感器" in made
    assert "无预警水位 1" in made
    assert "1 个村" in run(capsys, "field", "villages", tmp_path / "v.csv", *store, "--datum", "wgs84")
    assert "上岗" in run(capsys, "field", "said", "W001", "on_duty", *store)
    return store


def number(lines: str, whose: str) -> str:
    return next(line.split()[0] for line in lines.splitlines() if whose in line)


@pytest.mark.slow
def test_from_a_reading_to_a_worker_who_is_back(
    office: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.csv").write_text(
        f"id,time,value,units\nG1,{stamp()},6.3,m\nG9,{stamp()},2,m\n", encoding="utf-8"
    )
    told = run(capsys, "field", "observe", tmp_path / "r.csv", *office)
    assert "exit 5" in told
    assert "候选 橙" in told
    assert "未派 险情不明" in told  # no run was named
    assert "G9" in told
    assert "候选" not in run(capsys, "field", "observe", tmp_path / "r.csv", *office)  # again: nothing new
    listed = run(capsys, "field", "tasks", *office)
    task, room = number(listed, "网格员"), number(listed, "指挥室")
    sent = run(
        capsys, "field", "send", task, *office, "--worker", "W001", "--by", "李四", "--reason", "群众报险"
    )
    assert "派 W001" in sent
    assert "已接单" in run(capsys, "field", "said", "W001", "acknowledged", *office)
    assert "已到场" in run(capsys, "field", "said", "W001", "arrived", *office)
    assert "W001 蒋村" in run(capsys, "field", "out", *office)
    assert "cannot go off duty" in run(capsys, "field", "said", "W001", "off_duty", *office)
    run(capsys, "field", "said", "W001", "back", *office)
    assert "0 人外出" in run(capsys, "field", "out", *office, "--all")
    assert "已交接班" in run(capsys, "field", "hand-over", "W001", "W002", *office, "--by", "李四")
    assert "已确认" in run(
        capsys, "field", "room", room, "confirmed", *office, "--by", "李四", "--words", "视频复核"
    )
    assert "0 项" in run(capsys, "field", "tasks", *office)
    assert "接单" in run(capsys, "field", "tasks", *office, "--all")


@pytest.mark.slow
def test_names_are_masked_and_need_the_key(
    office: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masked = run(capsys, "field", "phone", "W001", *office, "--key", tmp_path / "k.key")
    assert "张**" in masked
    assert "138" not in masked
    assert "13800000001" in run(
        capsys, "field", "phone", "W001", *office, "--key", tmp_path / "k.key", "--full"
    )
    for path in tmp_path.glob("f.sqlite*"):
        content = path.read_bytes()
        assert "张三丰".encode() not in content
        assert b"13800000001" not in content


@pytest.mark.slow
def test_the_drop_folder_and_the_response_are_followed(
    office: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop, responses = tmp_path / "drop", tmp_path / "resp.sqlite"
    drop.mkdir()
    settled = time.time() - 10
    for name, text in (
        ("a.csv", f"id,time,value,units\nG1,{stamp()},7.3,m\n"),
        (
            "b.json",
            f'{{"events": [{{"id": "C1", "time": "{stamp()}", "event": "漫堤", "tier": "red", "by": "算法v3"}}]}}',
        ),
        ("c.csv", "not,a,table\n1,2,3\n"),
        ("d.txt", "left alone"),
    ):
        (drop / name).write_text(text, encoding="utf-8")
        os.utime(drop / name, (settled, settled))
    (drop / "e.csv").write_bytes(b"\xff\xfe\x00 not text")
    os.utime(drop / "e.csv", (settled, settled))
    begin = stamp(-45)[:19]
    run(
        capsys, "response", "start", "--region", "3301", "--event", "2106", "--level", "IV", "--by", "甲", "--reason", "x",
        "--exercise", "--store", responses, "--at", begin,
    )  # fmt: skip
    told = run(capsys, "field", "run", *office, "--drop", drop, "--responses", responses, "--once")
    assert "候选 红" in told
    assert "漫堤" in told
    assert "开始失联监测" in told
    assert "村失联" in told  # silent since the response began, 45 min ago
    assert sorted(p.name for p in (drop / "done").iterdir()) == ["a.csv", "a.csv.txt", "b.json", "b.json.txt"]
    assert {p.name for p in (drop / "bad").iterdir()} == {"c.csv", "c.csv.txt", "e.csv", "e.csv.txt"}
    assert (drop / "d.txt").is_file()
    again = run(capsys, "field", "run", *office, "--drop", drop, "--responses", responses, "--once")
    assert "候选" not in again
    assert "村失联" not in again
    assert "失联 1" in run(capsys, "field", "silent", *office)
    line = run(capsys, "field", "form", VILLAGE, "--lines", "110", "--people", "12").splitlines()[0]
    assert "断路、断电" in run(
        capsys, "field", "report", line, *office, "--channel", "satellite", "--by", "李四"
    )
    assert "失联 0" in run(capsys, "field", "silent", *office)
    assert "村失联" not in run(capsys, "field", "alarms", *office)
    run(
        capsys, "response", "end", "--region", "3301", "--event", "2106", "--by", "甲", "--reason", "x", "--exercise",
        "--store", responses,
    )  # fmt: skip
    time.sleep(1.1)  # an ending is written to the second
    assert "结束失联监测" in run(capsys, "field", "run", *office, "--responses", responses, "--once")


WRONG = [
    (("heard", "330106001999", "--channel", "radio", "--by", "x"), "no such village"),
    (("heard", VILLAGE, "--channel", "pigeon", "--by", "x"), "no such way"),
    (("report", "SD 1", "--channel", "radio", "--by", "x"), "not a three-cuts report"),
    (("form-", "x"), "No such command"),
    (("said", "W009", "back"), "no such worker"),
    (("said", "W001", "flying"), "Invalid value"),
    (("room", "abc", "taken", "--by", "x"), "not one task"),
    (("watch", "--region", "33x", "--begin", "--by", "x"), "not a region"),
    (("observe", "nowhere.csv"), "nowhere.csv"),
    (("sensors", "--datum", "wgs84"), "no table"),
    (("run", "--drop", "/nowhere/at/all", "--once"), "drop folder"),
    (("run", "--channels", "c.toml", "--once"), "ledger"),
    (("safe-hours",), "--from"),
]


@pytest.mark.slow
def test_what_is_wrong_says_what_to_do(office: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in WRONG:
        told = run(capsys, "field", *words, *office)
        assert told.startswith("exit"), words
        assert said in told, words


def test_a_log_that_is_not_there_is_not_made_by_looking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "evac field workers" in run(capsys, "field", "tasks", "--store", tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()
