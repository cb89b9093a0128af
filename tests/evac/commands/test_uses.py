"""`evac uses`: what a counter, a road check and a port write down, and what they are told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from evac.cli import main
from evac.codes import short_code
from evac.store.sqlite import SQLiteStore
from tests.evac.ready.test_readiness import SHELTER, VILLAGE, Office

Run = Callable[..., int]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office()
    made.tell("ordered", 1, code=made.person.code, order="令1")
    with closing(SQLiteStore(tmp_path / "county.sqlite")) as store:
        store.put_people([made.person])
        store.put_shelters(made.store.shelters())
        store.append(list(made.store.events()), received_at=made.clerk.event("ordered").trusted_at)
    return made


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def typed(*words: str, at: str = SHELTER) -> int:
        try:
            main(
                ["uses", *words, "--registry", str(tmp_path / "county.sqlite"), "--actor", "李四", "--at", at]
            )
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return typed


def told(folder: Path, kind: str) -> list[object]:
    with closing(SQLiteStore(folder / "county.sqlite")) as store:
        return [event for _, event in store.aside({kind})]


def test_goods_are_drawn_once(
    office: Office, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = short_code(office.person.code)
    assert run("draw", code, "毛毯/1") == 0
    assert run("draw", office.person.code, "毛毯/1") != 0
    assert "毛毯/1 已于" in capsys.readouterr().err
    assert run("draw", code, "毛毯/2", "--quantity", "2") == 0
    assert run("draw", code, "毛毯/3", "--quantity", "0") == 2
    assert len(told(tmp_path, "relief_drawn")) == 2


def test_nobody_goes_back_in_before_the_release_and_nobody_is_kept_from_going_out(
    office: Office, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = short_code(office.person.code)
    assert run("pass", code, "--inwards", at="岭脚卡口") == 1
    assert "劝返" in capsys.readouterr().out
    assert run("pass", code, at="岭脚卡口") == 0
    assert "放行" in capsys.readouterr().out
    stranger = "7" + "Z" * 25
    assert run("pass", stranger, at="岭脚卡口") == 0
    assert "登记后放行" in capsys.readouterr().out
    assert run("pass", stranger, "--inwards", at="岭脚卡口") == 1
    assert len(told(tmp_path, "passed")) == 2
    assert run("pass", "不是码", at="岭脚卡口") != 0


def test_a_call_for_rescue_is_open_until_somebody_says_what_came_of_it(
    office: Office, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("rescue", "村口桥头二楼,三人", at=VILLAGE) == 0
    number = capsys.readouterr().out.split()[0]
    assert run("rescued", "ffffff", "已接到", at=VILLAGE) != 0
    assert run("rescued", number, "已接到", at=VILLAGE) == 0
    (end,) = told(tmp_path, "rescue_ended")
    assert end.target.endswith(number)  # type: ignore[attr-defined]
    assert run("rescue", "  ", at=VILLAGE) != 0


def test_dangers_and_boats(
    office: Office, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("danger", "滑坡", "后山竹林", at=VILLAGE) == 0
    assert run("boat", "浙普渔00003", "--crew", "8", "--ashore", "7", at="沈家门渔港") == 0
    assert "1 人未上岸" in capsys.readouterr().out
    assert run("boat", "浙普渔00003", "--crew", "7", "--ashore", "8", at="沈家门渔港") != 0
    assert len(told(tmp_path, "danger_reported")) == len(told(tmp_path, "vessel_checked")) == 1
