"""The end of an event: holds, statistics, keys, rows and a certificate, and no half of it after any crash."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evac.access import MemoryAccessLog, parse
from evac.codes import key_id
from evac.errors import ConflictError, EvacError, ForgedCodeError
from evac.people.door import stock
from evac.privacy import destroy
from evac.privacy.certificate import read_certificate
from evac.privacy.destroy import Destruction, check_certificate, destroy_event
from evac.privacy.hold import holds, lift_hold, place_hold
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.purge import Rows, rows_of
from evac.store.sqlite import SQLiteStore
from evac.sync.node import Node, write_node
from evac.vault import Vault
from evac.witness import audit, read_witness, written
from riskmap.errors import DataError, SourceError
from tests.evac.faults.conftest import ROOT
from tests.evac.privacy.test_purge import ACTOR, CODES, OPEN, TRACES, fill, found
from tests.evac.scenes import START, make_event

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOW = START + timedelta(days=30)
STOCK = [code.encode() for code in stock(MemoryStore(), "330902", 5, batch="a", rng=random.Random(7))]
GOING = OPEN + TRACES + STOCK
STEPS = ("statistics", "keys", "purged", "certified", "written")


def registry(folder: Path, people: int = 400) -> tuple[Path, Path]:
    """A registry of people under a key, with codes in stock and words of others in its labels, and the file of the key."""
    folder.mkdir(exist_ok=True)
    vault = Vault.make()
    with closing(SQLiteStore(folder / "r.sqlite", vault=vault)) as store:
        store.put_labels({"event": "2106", "bundle/from/S9": f"refused: {ACTOR}", "people.import": CODES[0]})
        stock(store, "330902", 5, batch="a", rng=random.Random(7))
        fill(store, people)
    (folder / "event.key").write_text(f"{vault.key.hex()}\n")
    return folder / "r.sqlite", folder / "event.key"


@pytest.fixture
def no_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typesetting takes a second, and is tested once."""
    monkeypatch.setattr(destroy, "print_certificate", lambda *_: b"%PDF-")


def order(key_file: Path | None = None) -> Destruction:
    return Destruction("2106", "330902-S1", "张三", "响应结束", () if key_file is None else (key_file,))


def test_everything_goes_and_the_certificate_says_so(tmp_path: Path) -> None:
    path, key_file = registry(tmp_path / "node")
    vault = Vault(bytes.fromhex(key_file.read_text()))
    with closing(SQLiteStore(path, vault=vault)) as store:
        head, note = store.head(), written(store.head())
        sealed = next(store.people()).name
        saved = path.read_bytes()
    assert sealed
    (tmp_path / "backup.sqlite").write_bytes(saved)
    log, steps = MemoryAccessLog(), []
    asked = Destruction("2106", "330902-S1", "张三", "响应结束", (key_file,), (head,), (note,))
    done = destroy_event(
        lambda: SQLiteStore(path),
        asked,
        key=KEY,
        out=tmp_path / "out",
        now=lambda: NOW,
        log=log,
        tell=steps.append,
    )
    assert tuple(steps) == STEPS
    assert (done.people, done.events, done.standings, done.head) == (400, 2000, 400, head)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "certificate.json",
        "certificate.pdf",
        "statistics.csv",
    ]
    assert found(tmp_path / "node", GOING) == {}
    assert found(tmp_path / "out", GOING) == {}
    assert not key_file.exists()
    (line,) = [parse(entry.body) for entry in log.entries()]
    assert (line.who, line.people, line.why) == ("张三", 400, "响应结束")
    text, statistics = (
        (tmp_path / "out" / n).read_bytes().decode() for n in ("certificate.json", "statistics.csv")
    )
    with closing(SQLiteStore(path)) as left:
        assert check_certificate(text, statistics, left, public=KEY.public_key(), witness=[head]) == done
        with pytest.raises(ConflictError, match="not what the certificate says"):
            check_certificate(text, statistics + "x", left, public=KEY.public_key())
    with pytest.raises(EvacError, match="another key"):
        SQLiteStore(tmp_path / "backup.sqlite", vault=Vault.make())


def test_the_certificate_is_signed_and_its_paper_has_the_head(tmp_path: Path) -> None:
    path, key_file = registry(tmp_path / "node")
    done = destroy_event(
        lambda: SQLiteStore(path), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: NOW
    )
    text = (tmp_path / "out" / "certificate.json").read_text(encoding="utf-8")
    assert read_certificate(text, KEY.public_key()) == done
    with pytest.raises(ForgedCodeError):
        read_certificate(text.replace("2000", "2001"), KEY.public_key())
    with pytest.raises(DataError, match="not a certificate"):
        read_certificate("{}", KEY.public_key())
    page = pypdfium2.PdfDocument(BytesIO((tmp_path / "out" / "certificate.pdf").read_bytes()))[0]
    (code,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert read_witness(code.text, {key_id(KEY.public_key()): KEY.public_key()}).head == done.head
    words = page.get_textpage().get_text_bounded()
    for word in ("销毁证明", "2106", "张三", "400"):
        assert word in words


@pytest.mark.usefixtures("no_paper")
def test_statistics_tell_of_nobody(tmp_path: Path) -> None:
    path, key_file = registry(tmp_path / "node")
    with closing(SQLiteStore(path)) as store:
        store.append(
            [make_event("arrived_relatives", 9000, code=code) for code in CODES[:3]],
            received_at=START + timedelta(days=9),
        )
    destroy_event(lambda: SQLiteStore(path), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: NOW)
    rows = list(
        csv.DictReader(StringIO((tmp_path / "out" / "statistics.csv").read_text(encoding="utf-8-sig")))
    )
    shown = {(row["county 县"], row["state 状态"]): row["people 人数"] for row in rows}
    assert shown["330902", "dispersed 投亲靠友"] == "—"
    assert shown["合计", "合计"] in ("400", "—")
    assert not any(0 < int(n) < 10 for n in shown.values() if n != "—")


@pytest.mark.usefixtures("no_paper")
def test_a_hold_refuses_with_who_and_until_when(tmp_path: Path) -> None:
    path, key_file = registry(tmp_path / "node")
    with closing(SQLiteStore(path)) as store:
        place_hold(store, who="事故调查组", why="案号 2021-17", at=START)
        place_hold(store, who="法院", why="保全", at=START, until=START + timedelta(days=1))

    def run() -> None:
        destroy_event(
            lambda: SQLiteStore(path), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: NOW
        )

    with pytest.raises(ConflictError, match="事故调查组, until it is lifted: 案号 2021-17"):
        run()
    assert key_file.exists()
    with closing(SQLiteStore(path)) as store:
        assert rows_of(store) == Rows(400, 2000, 400)
        lift_hold(store, 1, who="事故调查组", why="结案", at=NOW)
        with pytest.raises(ConflictError, match="no such hold lasts"):
            lift_hold(store, 1, who="甲", why="再次", at=NOW)
    run()
    with closing(SQLiteStore(path)) as store:
        assert [hold.lasts(NOW) for hold in holds(store.labels())] == [False, False]


def test_a_damaged_hold_holds() -> None:
    store = MemoryStore()
    store.put_labels({"hold/1": "{"})
    with pytest.raises(DataError, match="cannot be read"):
        holds(store.labels())
    for changes in ({"who": " "}, {"why": ""}, {"until": START}):
        with pytest.raises(DataError, match="not a hold"):
            place_hold(MemoryStore(), **({"who": "甲", "why": "乙", "at": START} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", ["altered", "event", "key", "word", "witness"])
def test_what_is_not_as_it_should_be_is_not_destroyed(tmp_path: Path, fault: str) -> None:
    path, key_file = registry(tmp_path / "node")
    asked = order(key_file)
    with closing(SQLiteStore(path)) as store:
        if fault == "altered":
            store._raw.execute("UPDATE event SET place = 'S9' WHERE sequence = 7")
        elif fault == "event":
            store.put_labels({"event": "2107"})
        elif fault == "key":
            write_node(tmp_path / "node" / "n.key", Node("S1", "2107", KEY, bytes(range(32))))
            asked = order(tmp_path / "node" / "n.key")
        elif fault == "word":
            asked = Destruction("2106", "S1", " ", "响应结束", (key_file,))
        else:
            asked = Destruction(
                "2106", "S1", "张三", "响应结束", (key_file,), notes=("2001 0000-0000-0000-0000",)
            )
    with pytest.raises((ConflictError, DataError)):
        destroy_event(lambda: SQLiteStore(path), asked, key=KEY, out=tmp_path / "out", now=lambda: NOW)
    with closing(SQLiteStore(path)) as store:
        assert rows_of(store) == Rows(400, 2000, 400)
    assert key_file.exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_paper")
def test_what_was_destroyed_as_one_event_is_not_certified_as_another(tmp_path: Path) -> None:
    path, key_file = registry(tmp_path / "node", 60)
    destroy_event(lambda: SQLiteStore(path), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: NOW)
    other = Destruction("2107", "330902-S1", "张三", "响应结束", (key_file,))
    with pytest.raises(ConflictError, match="another event"):
        destroy_event(lambda: SQLiteStore(path), other, key=KEY, out=tmp_path / "2107", now=lambda: NOW)
    assert not (tmp_path / "2107").exists()


def test_an_empty_registry_gets_no_certificate(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "r.sqlite").close()
    with pytest.raises(DataError, match="nothing to destroy"):
        destroy_event(
            lambda: SQLiteStore(tmp_path / "r.sqlite"),
            order(),
            key=KEY,
            out=tmp_path / "out",
            now=lambda: NOW,
        )


@pytest.mark.usefixtures("no_paper")
@pytest.mark.parametrize("fault", ["event", "hold", "held", "disk"])
def test_no_key_goes_before_everything_was_checked_under_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("evac.store.purge.WAIT", 0.1)
    path, key_file = registry(tmp_path / "node", 60)
    with closing(SQLiteStore(path)) as other:

        def meanwhile(step: str) -> None:
            assert step != "keys"
            if fault == "event":
                other.append([make_event("notified", 9000, code=CODES[0])], received_at=NOW)
            elif fault == "hold":
                place_hold(other, who="事故调查组", why="案号 2021-17", at=NOW)
            elif fault == "held":
                other._raw.execute("BEGIN")
                other.head()
            else:
                other._raw.execute(
                    "CREATE TRIGGER full BEFORE DELETE ON person BEGIN SELECT RAISE(FAIL, 'full'); END"
                )
            if fault != "held":
                other.close()

        with pytest.raises((ConflictError, SourceError)):
            destroy_event(
                lambda: SQLiteStore(path), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: NOW, tell=meanwhile
            )  # fmt: skip
    assert key_file.exists()
    with closing(SQLiteStore(path)) as left:
        assert rows_of(left).people == 60


KILLED = """
import os, signal, sys
from pathlib import Path
from evac.store.sqlite import SQLiteStore
from evac.people.door import stock
from evac.privacy import destroy
from evac.privacy.destroy import destroy_event
from datetime import UTC, datetime
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
folder, step = Path(sys.argv[1]), sys.argv[2]
destroy.print_certificate = lambda *_: b"%PDF-"

def tell(done):
    if done == step:
        os.kill(os.getpid(), signal.SIGKILL)

destroy_event(lambda: SQLiteStore(folder / "node" / "r.sqlite"), destroy.Destruction("2106", "330902-S1", "张三", "响应结束", (folder / "node" / "event.key",)),
              key=Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
              out=folder / "out", now=lambda: datetime(2021, 8, 23, 4, 30, tzinfo=UTC), tell=tell)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("no_paper")
def test_killed_after_any_step_it_finishes_when_run_again(tmp_path: Path) -> None:
    certificates = set()
    for step in STEPS:
        folder = tmp_path / step
        folder.mkdir()
        path, key_file = registry(folder / "node", 60)
        command = [sys.executable, "-c", KILLED, str(folder), step]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert (folder / "out" / "certificate.json").exists() == (step == "written")
        with closing(SQLiteStore(path)) as store:
            assert rows_of(store) == (Rows(60, 300, 60) if step in ("statistics", "keys") else Rows(0, 0, 0))
        certificate = destroy_event(
            partial(SQLiteStore, path),
            order(key_file),
            key=KEY,
            out=folder / "out",
            now=lambda: NOW + timedelta(hours=1),
        )
        assert certificate.people == 60
        assert found(folder / "node", GOING) == {}
        assert not key_file.exists()
        certificates.add(certificate.done_at)
        with closing(SQLiteStore(path)) as left:
            assert audit(left, certificate.head, destroyed=True).sequence == 300
            text, statistics = (
                (folder / "out" / n).read_bytes().decode() for n in ("certificate.json", "statistics.csv")
            )
            check_certificate(text, statistics, left, public=KEY.public_key())
    assert certificates == {
        NOW,
        NOW + timedelta(hours=1),
    }  # what was certified before the kill stays as it was


@pytest.mark.slow
@pytest.mark.usefixtures("no_paper")
def test_killed_at_any_moment_it_finishes_when_run_again(tmp_path: Path) -> None:
    for n in range(4):
        folder = tmp_path / str(n)
        folder.mkdir()
        path, key_file = registry(folder / "node", 60)
        command = [
            sys.executable,
            "-c",
            KILLED.replace("destroy_event(l", "print(flush=True);destroy_event(l"),
            str(folder),
            "-",
        ]
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as running:
            assert running.stdout is not None
            running.stdout.readline()
            try:
                running.wait(0.02 + 0.05 * n)
            except subprocess.TimeoutExpired:
                running.kill()
        if (folder / "out").exists():
            assert rows_of(SQLiteStore(path)) == Rows(0, 0, 0)
        destroy_event(
            partial(SQLiteStore, path), order(key_file), key=KEY, out=folder / "out", now=lambda: NOW
        )
        assert found(folder / "node", GOING) == {}
        assert sorted(p.name for p in (folder / "out").iterdir()) == [
            "certificate.json",
            "certificate.pdf",
            "statistics.csv",
        ]


@pytest.mark.usefixtures("no_paper")
def test_on_postgres(tmp_path: Path, database: Callable[[], str]) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True, vault=Vault(bytes(range(32))))) as store:
        fill(store)
        stock(store, "330902", 5, batch="a")
        store.put_labels({"event": "2106", "node_key/S1": "ab" * 32, "node_lost/S1": ACTOR})
    key_file = tmp_path / "event.key"
    key_file.write_text(bytes(range(32)).hex())

    def hold(step: str) -> None:
        with closing(PostgresStore(dsn)) as store:
            place_hold(store, who="事故调查组", why="案号 2021-17", at=NOW, until=NOW + timedelta(minutes=1))

    with pytest.raises(ConflictError, match="legal hold"):
        destroy_event(
            lambda: PostgresStore(dsn), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: NOW, tell=hold
        )  # fmt: skip
    assert key_file.exists()
    later = NOW + timedelta(hours=1)
    done = destroy_event(
        lambda: PostgresStore(dsn), order(key_file), key=KEY, out=tmp_path / "out", now=lambda: later
    )
    again = destroy_event(
        lambda: PostgresStore(dsn), order(), key=KEY, out=tmp_path / "out", now=lambda: NOW + timedelta(1)
    )
    assert done == again
    with closing(PostgresStore(dsn)) as left:
        assert rows_of(left) == Rows(0, 0, 0)
        assert not key_file.exists()
        assert left._raw.execute("SELECT count(*) FROM trail").fetchone() == (0,)
        odd = {name for name in left.labels() if "/" in name or "." in name}
        assert odd == {"hold/1", "node_key/S1", "node_lost/S1"}
        assert left.labels()["node_lost/S1"] == "lost"
        assert json.loads(left.labels()["destroyed"])["certificate"]["people"] == 400
