"""`evac response` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evac.cli import main

WHO = ("--event", "2106", "--by", "张三", "--reason", "会商", "--exercise")


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """What a command prints; a refusal's exit code and words otherwise."""
    try:
        main([str(word) for word in words])
    except SystemExit as end:
        if end.code:
            return f"exit {end.code}: {capsys.readouterr().err}"
    return capsys.readouterr().out


@pytest.mark.slow
def test_a_response_from_start_to_both_endings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ("--store", tmp_path / "r.sqlite")
    advice = ("response", "advise", "--region", "33", "--event", "2106", "--exercise", "--period", "120")  # fmt: skip
    near = ("--wind", "40", "--course", "approaching", "--distance", "395", "--lead", "24.5")
    assert "现行 未启动  建议Ⅰ级" in run(capsys, *advice, *near, *store)
    started = run(
        capsys,
        "response",
        "start",
        "--region",
        "33",
        "--level",
        "IV",
        *WHO,
        *store,
        "--at",
        "2021-07-21T10:00",
    )
    assert "演练 33 2106 防台风 应急响应 Ⅳ级 自 2021-07-21 10:00" in started
    raised = run(
        capsys,
        "response",
        "raise",
        "--region",
        "33",
        "--level",
        "I",
        *WHO,
        *store,
        "--at",
        "2021-07-24T12:00",
    )
    assert "Ⅰ级" in raised
    assert "停课" in raised
    run(
        capsys,
        "response",
        "start",
        "--region",
        "3301",
        "--level",
        "1",
        *WHO,
        *store,
        "--at",
        "2021-07-24T20:00",
    )
    codes = tmp_path / "codes.txt"
    codes.write_text("330102 # 上城区\n", encoding="utf-8")
    cascade = (
        "response",
        "cascade",
        "--event",
        "2106",
        "--exercise",
        "--level",
        "I",
        "--regions",
        codes,
        *store,
    )
    told = run(capsys, *cascade, "--at", "2021-07-25T00:00")
    assert "3301         市  2021-07-24 20:00  现行 Ⅰ级  滞后 8:00" in told
    assert "330102       县  未启动" in told
    leaving = ("--wind", "18", "--course", "leaving", "--distance", "75")
    assert "现行 Ⅰ级  建议Ⅱ级" in run(capsys, *advice, *leaving, *store)
    run(
        capsys,
        "response",
        "lower",
        "--region",
        "33",
        "--level",
        "II",
        *WHO,
        *store,
        "--at",
        "2021-07-27T09:00",
    )
    ended = run(capsys, "response", "end", "--region", "33", *WHO, *store, "--at", "2021-07-28T09:00")
    assert "响应于 2021-07-28 09:00 结束; 转移未解除" in ended
    out = run(
        capsys,
        "response",
        "release",
        "--region",
        "33",
        "--order",
        "令5",
        *WHO,
        *store,
        "--at",
        "2021-07-28T15:00",
    )
    assert "转移于 2021-07-28 15:00 解除" in out
    assert "6 records, chain verified" in run(capsys, "response", "show", *store)


@pytest.mark.slow
def test_refusals_say_why_and_leave_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ("--store", tmp_path / "r.sqlite")
    assert "no response was ever started here" in run(capsys, "response", "show", *store)
    run(capsys, "response", "start", "--region", "33", "--level", "IV", *WHO, *store)
    again = run(capsys, "response", "start", "--region", "33", "--level", "III", *WHO, *store)
    assert again.startswith("exit 2")
    assert "in force already" in again
    assert "a warning colour is another field" in run(
        capsys, "response", "raise", "--region", "33", "--level", "红", *WHO, *store
    )
    assert "not a time" in run(capsys, "response", "end", "--region", "33", *WHO, *store, "--at", "noon")
    assert "judged by its wind" in run(
        capsys, "response", "advise", "--region", "33", "--event", "2106", "--exercise"
    )
    assert "no risk map" in run(
        capsys, "response", "advise", "--region", "33", "--event", "2106", "--exercise", "--of", "flood"
    )


def test_a_drill_or_not_must_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "exit 2" in run(
        capsys,
        "response",
        "start",
        "--region",
        "33",
        "--level",
        "IV",
        "--event",
        "2106",
        "--by",
        "张三",
        "--reason",
        "x",
    )


def test_the_cases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "response", "cases")
    assert "16/17 与公布一致" in told
    assert told.count("\n≠") + told.startswith("≠") == 1
    assert "停工" in run(capsys, "response", "measures", "--level", "Ⅱ")
