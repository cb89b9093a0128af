"""An order that closes something is a task that nobody verifies without its proof: from the draft by command to 销号."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac import cli
from evac.errors import ConflictError
from evac.orders import task_events as te
from evac.orders.proof import lacking
from evac.orders.task_desk import TaskDesk
from evac.orders.tasks import Stage
from evac.store.sqlite_documents import SQLiteDocumentLog
from riskmap.io.bundled import bundled
from riskmap.io.publish import Staging
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.products.letter_bundle import write_letters
from riskmap.products.table import assessment_json
from tests.riskmap.products.letter_outlook import make_outlook

NOON = datetime(2021, 7, 24, 5, tzinfo=UTC)
UNIT = "定海区水利局"
WHOLE = ("逐项编号:3号旱闸", "完成时间: 13:20", "照片:sha256 3f9a", "操作人姓名:王五")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office") / "run"
    outlook, ledger = make_outlook(), Ledger()
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    staging = Staging(folder)
    staging.write("assessment.json", assessment_json(outlook.assessment))
    write_letters(staging, outlook, scenario, ledger, lambda _part: None)
    return folder


def evac(*arguments: object) -> int:
    try:
        cli.main([str(a) for a in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def order(run: Path, name: str = "关闭旱闸和闸门", region: str = "330902") -> int:
    return evac(
        "response", "order", name, "--from", run, "--region", region, "--unit", UNIT, "--scope", "3号旱闸",
        "--commander", "王五 0580-1", "--at", "2021-07-24T13:00",
    )  # fmt: skip


def test_a_gate_is_closed_by_an_order_and_struck_off_with_its_proof(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Path(shutil.copytree(published, tmp_path / "run"))
    assert order(run) == 0
    assert "2021-07-24 15:00 前完成; 佐证 逐项编号、完成时间、照片、操作人姓名" in capsys.readouterr().out
    signing = (
        "--from",
        run,
        "--type",
        "closing_order",
        "--region",
        "330902",
        "--signer",
        "张三",
        "--at",
        "2021-07-24T05:00:00",
    )
    assert evac("sign", *signing) == 0
    log = SQLiteDocumentLog(tmp_path / "documents.sqlite")
    desk = TaskDesk(log)
    (task,) = [t for t in desk.book().tasks.values() if t.terms.signed.type == "closing_order" and t.acting]
    assert task.receiver == UNIT
    number = task.terms.number
    for minute, evidence in enumerate((("已关闭",), WHOLE[:3], (*WHOLE[:3], "操作人姓名:")), 20):
        at = NOON + timedelta(minutes=minute)
        desk.note(
            number,
            te.Reported,
            receiver=UNIT,
            by="李四",
            person="李四",
            action="已关闭",
            done=1.0,
            evidence=evidence,
            at=at,
        )
        with pytest.raises(ConflictError, match=r"lacks the proof that was asked for: .*操作人姓名"):
            desk.decide(number, te.Verified, receiver=UNIT, by="张三", result="属实", at=at)
    at = NOON + timedelta(minutes=40)
    desk.note(
        number,
        te.Reported,
        receiver=UNIT,
        by="李四",
        person="李四",
        action="已关闭",
        done=1.0,
        evidence=WHOLE,
        at=at,
    )
    desk.decide(number, te.Verified, receiver=UNIT, by="张三", result="属实", at=at)
    done = desk.decide(number, te.Closed, receiver=UNIT, by="张三", words="销号", at=at)
    assert (done.stage, len(done.reports)) == (Stage.CLOSED, 4)  # what could not be verified is kept
    log.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["停课", "停工", "停产", "停业", "stop_work"])
def test_each_stop_is_drafted_with_what_it_must_prove(published: Path, tmp_path: Path, name: str) -> None:
    run = Path(shutil.copytree(published, tmp_path / "run"))
    assert order(run, name) == 0
    fields = json.loads((run / "letters/330902/closing_order.json").read_text(encoding="utf-8"))["fields"]
    entries = dict(fields["entries"])
    assert "名单" in entries["proof"]
    assert not [key for key, words in entries.items() if not words]


def test_an_order_above_the_office_and_an_unknown_one_are_refused(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert order(published, "停运") == 2
    assert "ask 3309" in capsys.readouterr().err
    assert order(published, "停电") == 2
    assert "close_gates" in capsys.readouterr().err


KINDS = st.sampled_from(["照片", "名单", "操作人姓名", "完成时间"])


@given(st.sets(KINDS), st.sets(KINDS), st.lists(st.text(max_size=5)))
def test_exactly_what_is_not_brought_is_lacking(asked: set[str], brought: set[str], noise: list[str]) -> None:
    lines = [f"{kind}{colon}x" for kind, colon in zip(sorted(brought), ":\uff1a:\uff1a", strict=False)]
    lines += [line for line in noise if ":" not in line and "\uff1a" not in line]
    assert set(lacking(sorted(asked), lines)) == asked - brought
