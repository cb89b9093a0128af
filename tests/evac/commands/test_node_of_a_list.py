"""From a list under the key of `evac vault new` to a node of the event: one key, and both files of it go at the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.evac.commands.test_privacy import run

LIST = "姓名,户号,行政村代码\n张三,1,330902001001\n李四,2,330902001001\n"


@pytest.mark.slow
def test_the_node_of_a_list_takes_its_key_and_both_files_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.csv").write_text(LIST, encoding="utf-8")
    run(capsys, "vault", "new", "--out", "2106.key")
    run(capsys, "vault", "new", "--out", "other.key")
    at = ("--registry", "county.sqlite")
    run(
        capsys,
        "people",
        "import",
        "list.csv",
        *at,
        "--vault",
        "2106.key",
        "--region",
        "330902",
        "--actor",
        "甲",
    )
    said = run(capsys, "witness", "show", *at, ends=2)
    assert "evac bundle node" in said
    assert "--event-key" in said
    node = ("bundle", "node", "330902", *at, "--event", "2106")
    assert "--event-key 2106.key" in run(capsys, *node, ends=2)
    assert "another key" in run(capsys, *node, "--event-key", "other.key", ends=2)
    assert not Path("county.key").exists()
    run(capsys, *node, "--event-key", "2106.key")
    assert "another key" in run(capsys, *node, "--event-key", "other.key", ends=2)
    assert run(capsys, "witness", "show", *at).startswith("EVW1:")
    end = ("destroy", "2106", *at, "--by", "甲", "--why", "响应结束", "--out", "gone", "--yes")
    assert "--also" in run(capsys, *end, ends=2)
    assert "not there" in run(capsys, *end, "--also", "typo.json", ends=2)
    run(capsys, *end, "--also", "2106.key")
    assert not Path("2106.key").exists()
    text = Path("gone/certificate.json").read_text(encoding="utf-8")
    assert json.loads(text)["certificate"]["keys"] == ["county.key", "2106.key"]
