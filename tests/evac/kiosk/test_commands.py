"""`evac bundle` and `evac kiosk`, from the first key to the acknowledgement; power cuts in the middle."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from evac.cli import main
from evac.codes import short_code
from evac.model import Category, Destination, Person, Stay
from evac.state import fold
from evac.store.sqlite import SQLiteStore
from evac.sync.counters import device_reports
from evac.sync.node import read_node
from riskmap.errors import SourceError
from tests.evac.kiosk.doors import TOWN, county, kiosk, townspeople
from tests.evac.scenes import START, make_event
from tests.evac.web.sealed import sealed_file

AT = "2021-07-24 12:00"


def evac(*arguments: object, code: int = 0) -> None:
    try:
        main([str(a) for a in arguments])
        found = 0
    except SystemExit as end:
        found = int(end.code or 0)
    assert found == code


@pytest.mark.slow
def test_from_the_first_key_to_the_acknowledgement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    usb = tmp_path / "usb"
    usb.mkdir()
    evac("bundle", "node", "330902", "--registry", "county.sqlite", "--event", "2106")
    public = capsys.readouterr().out.split()[-1]
    evac("bundle", "node", "330902", "--registry", "county.sqlite")  # again: the same
    assert capsys.readouterr().out.split()[-1] == public
    own = read_node(tmp_path / "county.key")
    store = SQLiteStore(tmp_path / "county.sqlite", vault=own.vault)
    people = townspeople(4, random.Random(3))
    store.put_people(people)
    store.append([make_event("registered", code=p.code, device="330902") for p in people], received_at=START)
    store.close()
    evac("bundle", "roster", "--prefix", "331", "--registry", "county.sqlite", "--to", usb, code=2)
    evac("bundle", "enrol", "K1", "--registry", "county.sqlite", "--to", "K1.key")
    evac("bundle", "roster", "--prefix", TOWN, "--registry", "county.sqlite", "--to", usb, "--at", AT)
    init = (
        "kiosk",
        "init",
        "--from",
        usb / f"{TOWN}.evacroster",
        "--key",
        "K1.key",
        "--registry",
        "k/K1.sqlite",
    )
    evac(*init, code=3)  # no such folder
    (tmp_path / "k").mkdir()
    evac(*init, "--at", AT)
    assert "no blank pendants came with this roster" in capsys.readouterr().err
    evac(*init, code=2)  # not empty any more
    evac("kiosk", "update", "--from", usb / f"{TOWN}.evacroster", "--registry", "k/K1.sqlite")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n{short_code(people[0].code)}\n+ 王五\n"))
    evac("kiosk", "--registry", "k/K1.sqlite", "--shelter", "S1", "--actor", "李四")
    out = capsys.readouterr().out
    assert "请打印" in out
    assert out.count("✓") == 2
    assert len(list((tmp_path / "k").glob("sheet-S1-*.txt"))) == 1
    evac("bundle", "export", "--registry", "k/K1.sqlite", "--to", usb)
    (usb / "film.mp4").write_bytes(b"\0" * 100)
    left = make_event("left", 3, code=people[1].code, device="P7")
    (usb / "p7.evacphone").write_bytes(sealed_file([left], own.vault))
    evac("bundle", "import", usb, "--registry", "county.sqlite")
    out = capsys.readouterr().out
    assert "K1 新 new 4" in out
    assert "P7 新 new 1" in out
    assert "film.mp4: 不认识" in out
    evac("bundle", "ack", "K1", "--registry", "county.sqlite", "--to", usb)
    evac("bundle", "import", usb, "--registry", "county.sqlite")  # the stick goes round
    assert "K1-by-330902.evacack: 给 K1 的回执" in capsys.readouterr().out
    evac("bundle", "import", usb / "K1-by-330902.evacack", "--registry", "k/K1.sqlite")
    evac("bundle", "export", "--registry", "k/K1.sqlite", "--to", usb)
    assert "nothing new" in capsys.readouterr().out
    evac("bundle", "show", usb / "K1-5-8.evacbundle")
    evac("bundle", "gaps", "--registry", "county.sqlite", "--all")
    told = capsys.readouterr().out
    assert "positions   5-8" in told
    assert "节点 node K1 5-8\n" in told
    assert "设备 P7" in told
    store = SQLiteStore(tmp_path / "county.sqlite", vault=own.vault)
    assert "王五" in {p.name for p in store.people()}  # its row came with the event
    assert {code: s.state for code, s in store.everybody()} == fold(store.events())
    store.close()


@pytest.mark.slow
def test_what_is_wrong_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    evac("bundle", "node", "330902", "--registry", "c.sqlite", code=2)
    evac("bundle", "export", "--registry", "postgresql://x/y", "--to", ".", code=2)
    evac("bundle", "lost", "K1", "--registry", "c.sqlite", code=2)
    evac("bundle", "node", "330902", "--registry", "c.sqlite", "--event", "2106")
    evac("bundle", "node", "330900", "--registry", "d.sqlite", "--event-key", "c.key")
    public = capsys.readouterr().out.split()[-1]
    evac("bundle", "trust", "330900", public, "--registry", "c.sqlite")
    evac("bundle", "trust", "330900", "00", "--registry", "c.sqlite", code=2)
    evac("bundle", "export", "--registry", "d.sqlite", "--to", "d.evacbundle", "--after", "0")
    evac("bundle", "import", "d.evacbundle", "--registry", "c.sqlite", "--clock", "never", code=2)
    evac("bundle", "import", "d.evacbundle", "--registry", "c.sqlite", "--at", "2021-07-24 12:00", code=4)
    assert "时间不一致" in capsys.readouterr().err
    evac(
        "bundle",
        "import",
        "d.evacbundle",
        "--registry",
        "c.sqlite",
        "--at",
        "2021-07-24 12:00",
        "--clock",
        "ours",
    )
    evac("bundle", "import", "d.evacbundle", "none", "--registry", "c.sqlite", code=5)
    evac("bundle", "lost", "330900", "--registry", "c.sqlite", "--why", "stolen")
    evac("bundle", "import", "d.evacbundle", "--registry", "c.sqlite", code=4)
    assert "reported lost: stolen" in capsys.readouterr().err
    evac("kiosk", "--registry", "c.sqlite", code=2)


def test_a_kiosk_at_a_shelter_that_is_not_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kiosk(tmp_path, county(tmp_path, townspeople(2, random.Random(1))))
    evac("kiosk", "--registry", "K1.sqlite", "--shelter", "S9", "--actor", "李四", code=2)


def test_the_phone_page_on_the_laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kiosk(tmp_path, county(tmp_path, townspeople(2, random.Random(1))))
    asked: list[tuple[object, ...]] = []

    def served(registry: str, **given: object) -> None:
        asked.append((registry, given["vault"], given["host"], given["plain_http"]))

    monkeypatch.setattr("evac.api.running.serve_registry", served)
    evac("kiosk", "serve", "--registry", "K1.sqlite")
    assert asked == [("K1.sqlite", Path("K1.key"), "127.0.0.1", False)]
    evac("kiosk", "serve", "--registry", "K2.sqlite", code=3)  # no key file


def test_no_confirmed_line_is_lost_when_the_power_goes(tmp_path: Path) -> None:
    """kill -9 in the middle of scanning: everything that was confirmed is in the log, once, and the counter goes on."""
    people = townspeople(40, random.Random(5))
    node = kiosk(tmp_path, county(tmp_path, people))
    confirmed = 0
    for stop in (3, 9):
        command = [
            sys.executable,
            "-m",
            "evac.cli",
            "kiosk",
            "--registry",
            "K1.sqlite",
            "--shelter",
            "S1",
            "--actor",
            "李四",
        ]
        with subprocess.Popen(
            command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            typed = "".join(f"{short_code(p.code)}\n" for p in people[confirmed:])
            process.stdin.write(f"\n{typed}".encode())
            process.stdin.flush()
            timer = Timer(60, process.kill)  # never hangs, whatever was not confirmed
            timer.start()
            done = 0
            for line in process.stdout:
                done += b"\xe2\x9c\x93" in line
                if done == stop:
                    process.send_signal(signal.SIGKILL)
                    break
            process.communicate()
            timer.cancel()
        assert done == stop
        store = SQLiteStore(tmp_path / "K1.sqlite", vault=node.vault)
        mine = [e for e in store.events() if e.device == "K1"]
        confirmed += stop
        assert [e.code for e in mine[:confirmed]] == [p.code for p in people[:confirmed]]
        confirmed = len(mine)  # one more may be on the disk than was shown
        (report,) = (r for r in device_reports(mine, now=mine[-1].trusted_at))
        assert report.in_order
        assert store.seats().total() == confirmed
        store.close()


def test_a_person_of_the_county_need_not_be_of_the_town(tmp_path: Path) -> None:
    other = Person(
        code="7" + "Z" * 25, name="张三", household="H", county="330902", village="330902002001", village_name="他村",
        category=Category.OTHER, destination=Destination(Stay.SHELTER, "S1"),
    )  # fmt: skip
    node = kiosk(tmp_path, county(tmp_path, [*townspeople(2, random.Random(1)), other]))
    store = SQLiteStore(tmp_path / "K1.sqlite", vault=node.vault)
    assert [p.village[:9] for p in store.people()] == [TOWN, TOWN]
    with pytest.raises(SourceError, match="no such file"):
        SQLiteStore(tmp_path / "none.sqlite", read_only=True)
    store.close()


def test_whose_short_code_is_taken_is_told_on_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county(tmp_path, [])
    codes = ["7" + "A" * 25, "6" + "A" * 25]
    came = [make_event("registered", 1, code=code, device="P7", at_door=True) for code in codes]
    (tmp_path / "p7.evacphone").write_bytes(sealed_file(came, read_node(tmp_path / "330902.key").vault))
    evac("bundle", "import", tmp_path / "p7.evacphone", "--registry", tmp_path / "330902.sqlite", "--at", AT)
    assert "its short code is another person's here" in capsys.readouterr().err
    evac("bundle", "import", tmp_path / "p7.evacphone", "--registry", tmp_path / "330902.sqlite", "--at", AT)
    assert "its short code is another person's here" in capsys.readouterr().err  # tried again, in vain
