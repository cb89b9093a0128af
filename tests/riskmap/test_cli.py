"""The command line: exit codes, one paragraph an error, help that teaches."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from riskmap import cli, cycle
from riskmap.cycle import RunResult
from riskmap.ledger import Problem


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["riskmap", *arguments])
    with pytest.raises(SystemExit) as leave:
        cli.main()
    return int(leave.value.code or 0)


def test_help_teaches_by_example(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert "typhoon In-Fa (烟花) into out/in-fa" in shown
    assert "Exit codes" in shown


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("riskmap ")


def test_a_missing_scenario_is_one_paragraph_and_exit_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "run", str(tmp_path / "none.toml"), "--out", str(tmp_path / "out")) == 3
    said = capsys.readouterr().err
    assert "none.toml" in said
    assert "To mend it" in said
    assert "Traceback" not in said


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        sys, "argv", ["riskmap", "run", str(tmp_path / "none.toml"), "--out", str(tmp_path / "o"), "--debug"]
    )
    with pytest.raises(OSError, match=r"none\.toml"):
        cli.main()


def test_an_unknown_option_is_explained_by_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "demo", "--oot", "x") == 2
    assert "--oot" in capsys.readouterr().err


def test_a_partial_run_says_what_was_left_out_and_exits_5(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def partial(*_: object, **__: object) -> RunResult:
        return RunResult(tmp_path, 5, (Problem("letters (PDF)", "typst is not installed"),))

    monkeypatch.setattr(cycle, "run", partial)
    assert call(monkeypatch, "demo", "--out", str(tmp_path)) == 5
    captured = capsys.readouterr()
    assert "typst is not installed" in captured.err
    assert captured.out.strip().endswith("index.html")


def test_an_internal_error_is_exit_70_and_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_: object, **__: object) -> RunResult:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(cycle, "run", broken)
    assert call(monkeypatch, "demo", "--out", str(tmp_path)) == 70
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "--debug" in said


@pytest.mark.slow
def test_warm_compiles_every_kernel(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "warm") == 0
    assert "kernels ready" in capsys.readouterr().out
