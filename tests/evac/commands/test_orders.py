"""The closed loop through the command line: from sent to 销号, what is overdue, the worker, supervision, figures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evac import cli
from evac.commands import worker as worker_commands
from evac.counts import moved
from evac.orders.task_desk import TaskDesk
from evac.store.memory import MemoryStore
from evac.store.memory_documents import MemoryDocumentLog
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_documents import SQLiteDocumentLog
from riskmap.errors import SourceError
from tests.contracts.tree import ROOT
from tests.evac.orders.office import CITY, COUNTY, SIGNED_AT, issued
from tests.evac.scenes import make_event

NUMBER = "演练防指办函〔2021〕1号"
OFFICES = f"name,code,superior,person,phone\n{COUNTY},330902,,李四,0580-1\n{CITY},3309,,,\n岑港街道办事处,330902001,,,\n"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    log = SQLiteDocumentLog(tmp_path / "documents.sqlite")
    issued(log)
    log.close()
    (tmp_path / "offices.csv").write_text(OFFICES, encoding="utf-8")
    return tmp_path / "documents.sqlite"


def evac(*arguments: object) -> int:
    try:
        cli.main([str(a) for a in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def orders(store: Path, command: str, *more: object, number: str = NUMBER, minute: int = 5) -> int:
    at = (SIGNED_AT + timedelta(minutes=minute)).isoformat()
    who = ("--receiver", COUNTY, "--by", "值班员", "--at", at)
    return evac("orders", command, number, "--store", store, *who, *more)


@pytest.mark.slow
def test_the_whole_way_from_the_command_line(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = ("--person", "李四")
    report = ("report", *person, "--action", "转移完毕", "--evidence", "照片3f2a")
    assert orders(store, "received", *person) == 0
    assert "已叫应" in capsys.readouterr().out
    assert orders(store, "accept", *person) == orders(store, "start", *person) == 0
    assert orders(store, *report, "--done", 40) == 0
    assert orders(store, "verify", "--result", "属实") != 0
    assert "完成率 100 %" in capsys.readouterr().err
    assert orders(store, *report, "--done", 100, minute=20) == 0
    assert orders(store, "close") != 0
    assert "未经核实不得销号" in capsys.readouterr().err
    assert orders(store, "send-back", "--reason", "照片不清", minute=25) == 0
    assert orders(store, *report, "--done", 100, minute=30) == 0
    assert orders(store, "verify", "--result", "属实", minute=35) == 0
    assert orders(store, "close", minute=40) == 0
    assert orders(store, *report, "--done", 90, minute=50) == 0
    told = capsys.readouterr().out
    assert "已销号 closed 2021" in told
    assert "已留存" in told
    assert evac("orders", "show", NUMBER, "--store", store) == 0
    told = capsys.readouterr().out
    assert "退回重办:照片不清" in told
    assert "完成率100%,照片3f2a" in told
    assert (
        evac("documents", NUMBER, "--from", store.parent / "run", "--store", store) == 0
    )  # the same log, the same chain


@pytest.mark.slow
def test_extension_and_refusal(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person, until = ("--person", "李四"), ("--until", "2021-07-25T08:00")
    assert orders(store, "ask", *person, *until, "--reason", "路断") == 0
    assert orders(store, "extend", *until, "--reason", "同意", minute=6) == 0
    assert orders(store, "refuse-extension", "--reason", "x", minute=7) != 0
    assert "no extension was asked for" in capsys.readouterr().err
    assert orders(store, "decline", *person, "--reason", "不属本区", minute=8) == 0
    assert "退件待定" in capsys.readouterr().out
    assert orders(store, "withdraw", "--reason", "改由乡镇承担", minute=9) == 0
    capsys.readouterr()
    assert evac("orders", "list", "--store", store) == 0
    told = capsys.readouterr().out
    assert (COUNTY in told, CITY in told) == (False, True)
    assert evac("orders", "list", "--all", "--store", store) == 0
    assert "已撤销" in capsys.readouterr().out


def test_an_unknown_receiver_is_refused_and_a_passed_on_letter_is_a_task(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = (
        "--store",
        store,
        "--way",
        "传真",
        "--by",
        "甲",
        "--offices",
        store.parent / "offices.csv",
        "--at",
        "2021-07-24T13:00",
    )
    assert evac("orders", "sent", NUMBER, *given, "--receiver", "岑港街道办亊处") != 0
    assert "did you mean '岑港街道办事处'" in capsys.readouterr().err
    assert evac("orders", "sent", NUMBER, *given, "--receiver", "岑港街道办事处") == 0
    assert "已发送" in capsys.readouterr().out


def test_a_slip_of_the_pen_moves_no_deadline(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--store", store, "--receiver", "岑港街道办事处", "--by", "甲", "--at", "2099-07-24T13:00")
    assert evac("orders", "sent", NUMBER, *given, "--way", "传真") == 0
    log = SQLiteDocumentLog(store)
    (task,) = TaskDesk(log).find(NUMBER, "岑港街道办事处")
    log.close()
    assert task.sent_at is not None
    assert task.sent_at <= datetime.now(UTC)


def test_what_is_overdue_and_that_nobody_watches(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evac("orders", "due", "--store", store, "--at", "2021-07-24T12:51") == 0
    assert "0 项 due" in capsys.readouterr().out
    assert evac("orders", "due", "--store", store, "--offices", store.parent / "offices.csv") == 7
    told = capsys.readouterr()
    assert re.search(rf"应答\(叫应\)  {NUMBER}  {COUNTY}  {COUNTY}→催办→{COUNTY}", told.out)
    assert "值守程序无心跳" in told.err
    assert evac("orders", "due", "--store", store, "--at", "yesterday") != 0
    assert "not a time" in capsys.readouterr().err


def test_the_worker_takes_the_step_and_gives_a_sign_of_life(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evac("worker", "--store", store, "--once") == 0
    told = capsys.readouterr().out
    assert told.count("未按时应答(叫应)") == 2
    assert evac("worker", "--store", store, "--once") == 0
    assert "未按时" not in capsys.readouterr().out
    assert evac("orders", "due", "--store", store) == 0  # a worker watches
    assert "2 项 due" in capsys.readouterr().out


CHANNELS = """[[channel]]
name = "folder"
kind = "folder"
folder = "out"

[[receiver]]
name = "*"
route = [{ channel = "folder", to = "" }]
"""


def test_the_worker_delivers_by_the_office_s_channels_and_only_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "documents.sqlite"
    log = SQLiteDocumentLog(store)
    issued(log, sent=False)
    log.close()
    (tmp_path / "channels.toml").write_text(CHANNELS, encoding="utf-8")
    given = ("worker", "--store", store, "--once", "--channels", tmp_path / "channels.toml")
    assert evac(*given) != 0
    assert "ledger is not named" in capsys.readouterr().err
    given = (*given, "--ledger", tmp_path / "deliveries.sqlite")
    assert evac(*given) == 0

    def out() -> list[str]:
        found = [json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "out").iterdir()]
        return sorted(str(record["key"]) for record in found)

    first = out()
    assert sum(key.endswith("|document") for key in first) == 2
    assert evac(*given) == 0
    assert out() == first
    assert evac("orders", "list", "--store", store) == 0
    assert capsys.readouterr().out.count("已发送") == 2


def test_a_worker_that_is_told_to_stop_stops(store: Path) -> None:
    made = subprocess.Popen(
        [sys.executable, "-m", "evac.cli", "worker", "--store", str(store), "--every", "0.1"], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert made.stdout is not None
    lines = [made.stdout.readline() for _ in range(3)]
    assert "未按时应答" in lines[1]
    made.terminate()
    made.communicate(timeout=60)
    assert made.returncode == 0


def test_a_drafted_supervision_order_is_signed_with_what_was_blank(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = SQLiteDocumentLog(store)
    desk = TaskDesk(log)
    for minute in range(0, 60, 5):
        desk.escalate(SIGNED_AT + timedelta(minutes=minute))
    log.close()
    run = store.parent / "run"
    run.mkdir()
    given = (
        "--store",
        store,
        "--from",
        run,
        "--receiver",
        COUNTY,
        "--signer",
        "王五",
        "--at",
        "2021-07-24T13:55",
    )
    assert evac("orders", "supervise", NUMBER, *given) != 0
    assert "责任人及电话" in capsys.readouterr().err
    assert evac("orders", "supervise", NUMBER, *given, "--set", "persn=x") != 0
    assert "unknown entry 'persn'" in capsys.readouterr().err
    assert evac("orders", "supervise", NUMBER, *given, "--set", "person=李四 0580-1") == 0
    assert "演练防指督〔2021〕1号" in capsys.readouterr().out
    assert (run / "signed" / "2021-演练防指督-1" / "document.pdf").is_file()
    assert orders(store, "received", "--person", "李四", number="演练防指督〔2021〕1号", minute=70) == 0


def test_a_supervision_order_that_nobody_drafted(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--store", store, "--from", store.parent, "--receiver", COUNTY, "--signer", "王五")
    assert evac("orders", "supervise", NUMBER, *given) != 0
    assert "no 工作督办单 was drafted" in capsys.readouterr().err


def test_figures(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orders(store, "received", "--person", "李四", minute=4)
    capsys.readouterr()
    given = ("--store", store, "--offices", store.parent / "offices.csv", "--at", "2021-07-24T13:01")
    assert evac("orders", "figures", *given) == 0
    told = capsys.readouterr().out
    assert "330902  1 项, 0 未叫应, 0 逾期; 叫应中位 4分钟; 按时叫应 100%; 按时反馈 未知" in told
    assert "3309  1 项, 1 未叫应" in told


def test_a_log_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evac("orders", "list", "--store", tmp_path / "none.sqlite") != 0
    assert "no document was signed here" in capsys.readouterr().err
    assert not (tmp_path / "none.sqlite").exists()


def test_a_registry_that_is_away_keeps_no_deadline_waiting(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: object, **_words: object) -> int:
        raise SourceError("the registry is away", where="here")

    SQLiteStore(store.parent / "county.sqlite").close()
    monkeypatch.setattr(moved, "count_moved", away)
    assert evac("worker", "--store", store, "--once", "--registry", store.parent / "county.sqlite") == 0
    told = capsys.readouterr()
    assert "the registry is away" in told.err
    assert told.out.count("未按时应答") == 2


def test_people_who_moved_are_counted_for_the_order_of_their_region() -> None:
    log, people = MemoryDocumentLog(), MemoryStore()
    number = issued(log, "330902", "transfer_order")
    desk = TaskDesk(log)
    codes = [f"{n:026d}" for n in range(1, 5)]
    people.append(
        [make_event("registered", 0, code=c, county="330902", counter=n) for n, c in enumerate(codes)]
        + [make_event("ordered", 1, code=c, order="令1", counter=10 + n) for n, c in enumerate(codes)]
        + [make_event("arrived_shelter", 2, code=codes[0], counter=20)],
        received_at=SIGNED_AT,
    )  # fmt: skip
    now = datetime.now(UTC)
    assert moved.count_moved(desk, people, now, by=worker_commands.COUNTER) == 1
    assert moved.count_moved(desk, people, now, by=worker_commands.COUNTER) == 0
    task = next(t for t in desk.find(number) if t.counted)
    assert task.counted is not None
    assert (task.counted.to_move, task.counted.moved) == (4, 1)
    assert task.terms.addressee == task.receiver
