"""Calls to workers through the real outbox: a gateway that hangs or fails holds up nothing, and nobody is called twice."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evac.channels.ledger import Ledger
from evac.channels.retries import Retries
from evac.channels.switchboard import Route, Switchboard
from evac.channels.web import Wire
from evac.cli import app
from evac.commands.field_run import call, look
from evac.field.caller import Caller
from evac.field.danger import Safety
from evac.field.desk import FieldDesk
from evac.field.events import Sent
from evac.field.terms import Says
from evac.store.body_log import MemoryBodyLog
from tests.evac.channels.servers import cuts, hangs, http_server, in_turn, says
from tests.evac.channels.test_switchboard import Clock, sms
from tests.evac.field.scene import AT, VILLAGE, Given, level, scene

SOON = timedelta(seconds=30)


def called() -> tuple[FieldDesk, Sent]:
    """A flood, and the worker who was called to it."""
    desk = scene()
    level(desk, 6.5)
    sent = next(t for t in desk.book().open_tasks() if not t.room).last
    assert sent is not None
    return desk, sent


def board(*channels: object, clock: Clock, log: object = None) -> Switchboard:
    ways = {"*": tuple(Route(c.name, "13900000000") for c in channels)}  # type: ignore[attr-defined]
    return Switchboard(channels, ways, Ledger(log or MemoryBodyLog()), Retries(), clock)  # type: ignore[arg-type]


def settle(desk: FieldDesk, caller: Caller, at: object) -> None:
    call(desk, caller, at, exercise=True, wait=True)  # type: ignore[arg-type]


def test_a_gateway_that_hangs_keeps_no_alarm_waiting_and_the_next_way_is_taken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk, sent = called()
    clock = Clock()
    clock.now = AT + SOON
    with http_server(hangs) as dead, http_server(says(200, {"code": 0})) as live:
        patient = Wire(limit=timedelta(seconds=4.0))
        caller = Caller(board(sms(dead.url, "slow", patient), sms(live.url, "quick"), clock=clock))
        begun = time.monotonic()
        call(desk, caller, AT + SOON, exercise=True)
        # the watch goes on while the call hangs: what is due is written
        look(desk, AT + timedelta(minutes=4), None, None, None, read=lambda _t, _w: [])
        assert time.monotonic() - begun < 3.5
        assert "未接单" in capsys.readouterr().out
        settle(desk, caller, AT + SOON)
        assert f"{sent.worker} " in (told := capsys.readouterr().out)
        assert "已发出" in told
        assert len(live.asked) >= 1
        assert "网格任务" in live.asked[0].body.decode()
        before = len(live.asked)
        for _ in range(3):  # nobody is called twice by one call
            settle(desk, caller, AT + SOON)
        assert len(live.asked) == before
        caller.close()


def test_a_gateway_that_fails_is_told_once_and_tried_again_under_the_same_key(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk, _ = called()
    clock = Clock()
    clock.now = AT + timedelta(seconds=5)
    with http_server(in_turn(says(503), cuts, says(200, {"code": 0}))) as gateway:
        log = MemoryBodyLog()
        caller = Caller(board(sms(gateway.url), clock=clock, log=log))
        for _ in range(3):
            settle(desk, caller, AT + timedelta(seconds=5))
        assert capsys.readouterr().out.count("请打电话") == 1
        assert len(gateway.asked) == 1  # it waits before it tries again
        for _ in range(4):
            clock.now += timedelta(minutes=10)
            settle(desk, caller, AT + timedelta(seconds=6))
        assert "已发出" in capsys.readouterr().out
        assert len(gateway.asked) == 3
        keys = {a.headers.get("Idempotency-Key") for a in gateway.asked}
        assert len(keys) == 1
        # a program that starts anew over the same ledger calls nobody again
        again = Caller(board(sms(gateway.url), clock=clock, log=log))
        settle(desk, again, AT + timedelta(seconds=7))
        assert len(gateway.asked) == 3
        caller.close()
        again.close()


def test_who_is_out_is_called_back_when_it_turns_dangerous() -> None:
    desk, sent = called()
    desk.said(sent.worker, Says.ACKNOWLEDGED, by="W", at=AT + SOON, now=AT + SOON)
    assert isinstance(desk.dangers, Given)
    desk.dangers.verdicts[VILLAGE] = Safety.DANGER
    desk.tick(AT + timedelta(minutes=2))
    clock = Clock()
    with http_server(says(200, {"code": 0})) as gateway:
        caller = Caller(board(sms(gateway.url), clock=clock))
        settle(desk, caller, AT + timedelta(minutes=2))
        texts = [a.body.decode() for a in gateway.asked]
        assert sum("立即撤回" in text for text in texts) == 1
        assert not any("前接单" in text for text in texts)  # the call was answered
        caller.close()


def test_channels_without_a_ledger_are_refused(tmp_path: Path) -> None:
    (tmp_path / "channels.toml").write_text("", encoding="utf-8")
    done = CliRunner().invoke(
        app,
        [
            "field",
            "run",
            "--store",
            str(tmp_path / "f.sqlite"),
            "--channels",
            str(tmp_path / "channels.toml"),
            "--once",
        ],
    )
    assert done.exit_code != 0
