"""`evac backup` as it is typed: nothing is left half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from evac.cli import main


def run(*words: str) -> int:
    try:
        main(list(words))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run("bundle", "node", "330902", "--registry", "county.sqlite", "--event", "2106") == 0
    return tmp_path


def test_a_short_passphrase_leaves_no_backup_behind(
    office: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (office / "usb").mkdir()
    words = ("backup", "--registry", "county.sqlite", "--to", "usb", "--key-copy", "copy.json")
    monkeypatch.setenv("EVAC_PASSPHRASE", "abc")
    assert run(*words) == 2
    assert "too short" in capsys.readouterr().err
    assert not list((office / "usb").iterdir())
    monkeypatch.setenv("EVAC_PASSPHRASE", "four words that do not belong together")
    assert run(*words) == 0
    assert len(list((office / "usb").iterdir())) == 1
    assert (office / "copy.json").is_file()


def test_a_folder_that_is_not_there_is_said_so(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("backup", "--registry", "county.sqlite", "--to", str(office / "usb9")) != 0
    assert "expected a folder that is there" in capsys.readouterr().err
