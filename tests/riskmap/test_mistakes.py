"""Forty-two mistakes, each answered in one paragraph that names file, key and remedy; nothing is published of any."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.riskmap.mistakes import MISTAKES, Mistake, whole
from tests.riskmap.test_scheduled_cli import code


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files before anything is wrong with them."""
    folder = tmp_path_factory.mktemp("sound") / "a"
    whole(folder)
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(sound, tmp_path / "a"))


def files(folder: Path) -> set[str]:
    """What stands in a folder, without what a cycle keeps of itself (lock, status, log, copies of its inputs)."""
    own = {"root/lock", "root/status.json", "root/cycles.jsonl", "root/riskmap.prom"}
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return {name for name in found - own if not name.startswith("root/inputs/")}


def test_the_files_are_sound_before_they_are_spoilt(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for command in (("check", "scenario.toml"), ("check", "zj.toml", "--at", "2021-07-23T08:00+08:00")):
        found, said = code(capfd, *command)
        assert found == 0, said


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.name.replace(" ", "-"))
def test_a_mistake_is_answered_with_file_key_and_remedy(
    mistake: Mistake, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    mistake.make(folder)
    before = files(folder)
    found, said = code(capfd, *mistake.command)
    assert found == mistake.exit_code, said
    paragraphs = [line for line in said.split("\n") if all(words in line for words in mistake.says)]
    assert paragraphs, f"{mistake.says} not in one paragraph of:\n{said}"
    assert "Traceback" not in said
    assert "internal error" not in said
    if mistake.exit_code != 5:
        assert "To mend it: " in paragraphs[0]
    assert files(folder) == before
    assert not (folder / "root" / "latest").exists()


def test_there_are_thirty_at_least_and_none_is_told_twice() -> None:
    assert len({m.name for m in MISTAKES}) == len(MISTAKES) >= 30


def test_tables_in_gbk_are_read_and_not_answered_with_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What a county's office saves from its spreadsheet is GBK: that is no mistake of theirs."""
    monkeypatch.chdir(folder)
    for name in ("people.csv",):
        path = folder / name
        path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    found, said = code(capfd, "check", "scenario.toml")
    assert found == 0, said
