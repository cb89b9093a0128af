"""Scores in files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from riskmap.errors import ConfigError, SourceError
from riskmap.io.score_file import write_scores
from riskmap.verify.rows import Row

ROWS = [Row("radii", "past, 30 kt", "bias", -1.5, "km"), Row("landfall", "普陀区", "county", None, "")]


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    for name in ("x.csv", "x.json"):
        write_scores(tmp_path / name, ROWS, about={"storm": "2106 IN-FA"})
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as lines:
        table = list(csv.DictReader(lines))
    content = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert content["storm"] == "2106 IN-FA"
    assert [row["subject"] for row in table] == [row["subject"] for row in content["scores"]]
    assert [row["value"] for row in table] == ["-1.5", ""]
    assert [row["value"] for row in content["scores"]] == [-1.5, None]


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.csv or \.json"):
        write_scores(tmp_path / "x.xlsx", ROWS, about={})
    with pytest.raises(SourceError, match="could not be written"):
        write_scores(tmp_path / "nowhere" / "x.csv", ROWS, about={})


def test_on_a_full_disk_the_earlier_scores_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    write_scores(path, ROWS, about={})
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SourceError, match="could not be written"):
        write_scores(path, ROWS[:1], about={})
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
