"""`riskmap verify track`: exit codes, what it says, what it writes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from riskmap import cli
from riskmap.io.bundled import bundled
from tests.track_files import FORMATS, storm

JMA = str(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"))
USA = str(bundled("tracks/ibtracs_zhejiang_usa.csv"))
QUICK = ("--profile", "withheld", "--profile", "past")


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["riskmap", "verify", "track", *arguments])
    with pytest.raises(SystemExit) as leave:
        cli.main()
    return int(leave.value.code or 0)


def test_help_teaches_by_example(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--help") == 0
    shown = capsys.readouterr().out
    assert "jma_bst_zhejiang_2015_2021.txt" in shown
    assert "Exit codes" in shown


def test_a_storm_with_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "in-fa.json"
    code = call(
        monkeypatch, JMA, "--format", "jma", "--storm", "2106", "--against", USA, "--against-format", "ibtracs",
        "--against-storm", "IN-FA 2021", "--against-agency", "USA", "--out", str(out), *QUICK,
    )  # fmt: skip
    assert code == 0
    shown = capsys.readouterr().out
    for words in ("2106 IN-FA", "withheld, 30 kt", "position", "普陀区", "error"):
        assert words in shown
    content = json.loads(out.read_text("utf-8"))
    assert {row["part"] for row in content["scores"]} == {"radii", "against", "landfall", "reported_landfall"}
    assert content["left_out"] == []
    errors = [row["value"] for row in content["scores"] if row["measure"] == "time_error"]
    assert [abs(hours) < 4 for hours in errors] == [
        True
    ] * 4  # two reports, and two landfalls by the other agency
    assert any("(other track)" in row["subject"] for row in content["scores"])


def test_a_landfall_of_one_s_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "x.json"
    given = "2021-07-25T12:30+08:00,29.9,122.3,38,965"
    arguments = (JMA, "--format", "jma", "--storm", "2106", "--landfall", given, "--out", str(out), *QUICK)
    assert call(monkeypatch, *arguments) == 0
    reported = [r for r in json.loads(out.read_text("utf-8"))["scores"] if r["part"] == "reported_landfall"]
    assert {r["subject"] for r in reported} == {"29.9, 122.3 2021-07-25 12:30"}
    assert "29.9, 122.3" in capsys.readouterr().out


def test_what_a_source_lacks_is_left_out_and_exits_5(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (USA, "--format", "ibtracs", "--agency", "USA", "--storm", "IN-FA 2021")
    assert call(monkeypatch, *arguments) == 5
    captured = capsys.readouterr()
    assert "left out: radii" in captured.err
    assert "no radius to compare with" in captured.err
    assert "平湖市" in captured.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("none.txt", "--format", "jma", "--storm", "2106"), 3, "none.txt"),
        ((JMA, "--format", "jms", "--storm", "2106"), 2, "unknown track format"),
        ((JMA, "--format", "jma", "--storm", "2199"), 2, "no such storm"),
        ((JMA, "--format", "jma", "--storm", "2106", "--landfall", "noon"), 2, "not a reported landfall"),
        ((JMA, "--format", "jma", "--storm", "2106", "--out", "x.xls"), 2, ".csv or .json"),
        ((JMA, "--format", "jma", "--storm", "2106", "--profile", "guess"), 2, "unknown method"),
    ],
)
def test_wrong_arguments_are_one_paragraph(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    assert call(monkeypatch, *arguments) == code
    said = capsys.readouterr().err
    assert words in said
    assert "To mend it" in said
    assert "Traceback" not in said


def test_merged_rows_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "track.csv"
    lines = FORMATS["qweather_csv"].write(storm(), "").splitlines(keepends=True)
    path.write_text("".join([*lines[:3], *lines[2:]]), "utf-8")
    assert call(monkeypatch, str(path), "--format", "qweather", "--storm", "probe", *QUICK) == 0
    assert "merged: line 4 repeats line 3" in capsys.readouterr().out
