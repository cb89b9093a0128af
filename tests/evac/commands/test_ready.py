"""`evac ready` as an office uses it: looks are written down, and the page says what is missing."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path

import pytest

from evac.cli import main
from evac.store.sqlite import SQLiteStore
from tests.evac.ready.test_readiness import SHELTER, VILLAGE, Office


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    office = Office()
    with closing(SQLiteStore(tmp_path / "county.sqlite")) as store:
        store.put_people([office.person])
        store.put_shelters(office.store.shelters())
        store.append(list(office.store.events()), received_at=office.clerk.event("ordered").trusted_at)
    (tmp_path / "duty.csv").write_text(
        f"层级,行政区划代码,责任人\n乡包村,{VILLAGE},王镇长\n", encoding="utf-8"
    )
    return tmp_path / "county.sqlite"


def run(*words: str) -> int:
    try:
        main(list(words))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_looks_are_written_down_and_shown(registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--registry", str(registry), "--by", "王村长")
    assert run("ready", "check", "generator", VILLAGE, "--ok", "--note", "<b>试机</b>", *where) == 0
    assert run("ready", "check", "water", SHELTER, "--not-ok", *where) == 0
    out = registry.parent / "备勤"
    shown = (
        "ready",
        "show",
        "--registry",
        str(registry),
        "--duty",
        str(registry.parent / "duty.csv"),
        "--out",
        str(out),
    )
    assert run(*shown, "--strict") == 5
    said = capsys.readouterr().out
    assert "1 个村,就绪 0,未就绪 1" in said
    rows = list(csv.DictReader((out / "readiness.csv").read_text(encoding="utf-8-sig").splitlines()))
    found = {(row["item"], row["subject"]): row["light"] for row in rows}
    assert found["generator", ""] == "ready"
    assert found["water", SHELTER] == "not_ready"
    assert found["power", SHELTER] == "not_checked"
    page = (out / "readiness.html").read_text(encoding="utf-8")
    assert "演练 EXERCISE" in page
    assert "<b>试机" not in page
    assert run(*shown) == 0  # again, and the folder is replaced


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("boats", VILLAGE), "no such item to look at"),
        (("generator", "青岙村"), "not a village"),
        (("water", "S9"), "no such shelter"),
        (("call_test", VILLAGE), "who was called"),
        (("generator", VILLAGE, "--called", "张三"), "who was called"),
    ],
)
def test_what_is_no_look_is_refused_and_not_stored(
    registry: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ready", "check", *words, "--ok", "--registry", str(registry), "--by", "甲") == 2
    assert said in capsys.readouterr().err
    with closing(SQLiteStore(registry)) as store:
        assert not list(store.aside({"checked"}))
