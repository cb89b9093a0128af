"""`evac supplies`: from a table of goods to a signed transfer, on a file and on PostgreSQL."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from evac.cli import main
from evac.model import Destination, Stay
from evac.registry import EventStore, Registry
from evac.reporting import open_for_report
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from evac.supplies.ledger import KINDS, stock
from tests.evac.scenes import make_event
from tests.evac.world import make_person, make_shelters

Say = Callable[..., str]
NEAR, SMALL, FAR = "S330902-1", "S330902-2", "S330903-1"
AT = ((122.11, 30.02), (122.14, 30.03), (122.30, 29.96))


def fill(store: EventStore) -> None:
    """Three shelters, thirty people bound for each; half of them are there."""
    now, rng = datetime.now(UTC), random.Random(2)
    shelters = [
        replace(shelter, longitude=east, latitude=north)
        for shelter, (east, north) in zip(make_shelters(), AT)
    ]
    people = [
        make_person(
            n, rng, destination=Destination(Stay.SHELTER, shelters[n % 3].shelter_id), vulnerability=()
        )
        for n in range(90)
    ]
    store.put_shelters(shelters)
    store.put_people(people)
    events = []
    for n, one in enumerate(people):
        said = {"code": one.code, "device": "office", "device_at": now}
        told = (
            ("registered", 3, {"county": one.county}),
            ("ordered", 2, {}),
            ("arrived_shelter", 1, {"place": one.destination.place}),
        )
        for k, (kind, hours, more) in enumerate(told[: 2 + n % 2]):
            events.append(
                make_event(kind, **said, counter=n * 3 + k, trusted_at=now - timedelta(hours=hours), **more)
            )
    Registry(store).check_ins(events, received_at=now).require_all()


@pytest.fixture(params=["sqlite", "postgres"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        address = str(tmp_path / "county.sqlite")
        with closing(SQLiteStore(Path(address))) as file:
            fill(file)
        return address
    address = request.getfixturevalue("database")()
    with closing(PostgresStore(address, set_up=True)) as database:
        fill(database)
    return str(address)


@pytest.fixture
def say(registry: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    (tmp_path / "d.csv").write_text("编号,名称,经度,纬度\nD1,县库,122.2,30.01\n", encoding="utf-8")

    def typed(*words: str, code: int = 0, depots: bool = False) -> str:
        capsys.readouterr()
        ended = 0
        more = ["--depots", str(tmp_path / "d.csv"), "--datum", "wgs84"] if depots else []
        try:
            main(["supplies", *words, *more, "--registry", registry])
        except SystemExit as end:
            ended = int(end.code or 0)
        told = capsys.readouterr()
        assert ended == code, told.err
        return told.out + told.err

    return typed


def table(path: Path, rows: int = 1) -> Path:
    head = "时间,类别,场所编号,物资,数量,单位,单号\n"
    lines = [f"2021-07-25 04:{n % 60:02d},入库,{NEAR},矿泉水,1,箱,R{n}\n" for n in range(rows)]
    path.write_text(head + "".join(lines) + f"2021-07-25 05:00,入库,{NEAR},矿泉水,1,车,\n", encoding="utf-8")
    return path


@pytest.mark.slow
def test_from_a_lack_to_a_signed_transfer(registry: str, say: Say, tmp_path: Path) -> None:
    say("deliver", "矿泉水", "--at", NEAR, "--quantity", "20", "--unit", "箱", "--actor", "李四")
    say("issue", "水", "--at", NEAR, "--quantity", "10", "--actor", "李四")
    say("deliver", "棉被", "--at", "D1", "--quantity", "500", "--actor", "李四")
    listed = say("shortage", "--out", str(tmp_path / "q"))
    assert f"急 {SMALL} 演练文化礼堂 饮用水 缺 180 瓶(账面 0,在途 0,需 90/180) 可用 0.0/0.0" in listed
    assert f"{NEAR} 演练学校 饮用水" not in listed
    drafts = say("propose", "--out", str(tmp_path / "t"), depots=True)
    (number,) = re.findall(r"^(\w{12}) 演练学校 → 演练文化礼堂 饮用水 180 瓶", drafts, re.M)
    assert "县库 → 演练学校 棉被/毛毯 30 条" in drafts
    sheet = load_workbook(tmp_path / "t" / "supplies-transfer.xlsx").worksheets[0]
    assert any(number == cell.value for row in sheet.iter_rows() for cell in row)
    assert (tmp_path / "q" / "supplies-shortage.pdf").read_bytes().startswith(b"%PDF")
    assert "在途" in say("approve", number, "--actor", "王指挥", depots=True)
    assert "原已批准" in say("approve", number, "--actor", "王指挥", depots=True)
    assert number in say("stock")
    assert "与调出数不符" in say("receive", number, "--quantity", "170", "--actor", "赵站长")
    told = say("stock")
    assert f"{SMALL} 演练文化礼堂 饮用水 170 瓶" in told
    assert "签收短少" in told
    assert f"{NEAR} 演练学校 饮用水 290 瓶" in told


@pytest.mark.slow
def test_a_draft_holds_only_as_long_as_its_stock(registry: str, say: Say) -> None:
    say("deliver", "矿泉水", "--at", NEAR, "--quantity", "20", "--unit", "箱", "--actor", "李四")
    number = re.findall(r"^(\w{12}) 演练学校 → 演练文化礼堂 饮用水", say("propose"), re.M)[0]
    moved = say("approve", number, "--actor", "王指挥")
    assert "在途" in moved
    with closing(open_for_report(registry)) as store:
        (move,) = [event for _, event in store.aside({"stock_moved"})]
    say("undo", move.event_id, "--actor", "王指挥")
    # undone, it is a draft again and moves the goods once more
    assert "在途" in say("approve", number, "--actor", "王指挥")
    say("undo", stocked(registry)[-1], "--actor", "王指挥")
    say("issue", "水", "--at", NEAR, "--quantity", "300", "--actor", "李四")
    assert "no such draft now" in say("approve", number, "--actor", "王指挥", code=2)


def stocked(registry: str) -> list[str]:
    with closing(open_for_report(registry)) as store:
        return [event.event_id for _, event in store.aside({"stock_moved"})]


@pytest.mark.slow
def test_what_cannot_be_is_said(registry: str, say: Say) -> None:
    assert "单位" in say(
        "deliver", "矿泉水", "--at", NEAR, "--quantity", "1", "--unit", "车", "--actor", "甲", code=2
    )
    assert "nobody is named" in say("count", "水", "--at", NEAR, "--quantity", "1", "--actor", " ", code=2)
    assert "not one transfer" in say("receive", "abcdef", "--quantity", "1", "--actor", "甲", code=2)
    assert "a place that there is not" in say("propose", "--close", "S9=x", code=2)
    assert "0 项待查" in say("stock")


@pytest.mark.slow
def test_an_import_that_is_killed_and_run_again_counts_nothing_twice(tmp_path: Path) -> None:
    file = tmp_path / "r.sqlite"
    with closing(SQLiteStore(file)) as store:
        store.put_shelters(make_shelters())
    words = [
        sys.executable, "-m", "evac.cli", "supplies", "import", str(table(tmp_path / "t.csv", 4000)), "--registry", str(file),
        "--actor", "甲",
    ]  # fmt: skip
    for wait in (0.8, 1.2, 1.6, 2.0):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            time.sleep(wait)
            running.kill()
    done = subprocess.run(words, capture_output=True, timeout=120, text=True)
    assert done.returncode == 5
    assert "1 行有误" in done.stdout
    with closing(SQLiteStore(file)) as store:
        assert stock(event for _, event in store.aside(KINDS)).level(NEAR, "water").quantity == 4000 * 24
