"""`evac keys`, `evac print` and `evac revoke` on a county's registry."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from evac import cli
from evac.api.running import serve_registry
from evac.codes import judge
from evac.crockford import grouped, short_code
from evac.events import Merged, Registered
from evac.key_files import KeyFolder
from evac.model import Shelter
from evac.people.clerk import Clerk
from evac.people.door import stock
from evac.prints.batches import place
from evac.registry import Registry
from evac.store.access import SQLiteAccessLog, beside
from evac.store.sqlite import SQLiteStore
from evac.ticket import qr_text
from evac.vault import Vault
from riskmap.errors import ConfigError
from tests.evac.prints.test_batches import PEOPLE, quick
from tests.evac.prints.villagers import BEGINS


def call(*arguments: str) -> int:
    try:
        cli.main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "registry.sqlite"
    store = SQLiteStore(path)
    store.put_people([replace(person, synthetic=True) for person in PEOPLE])
    store.put_shelters([Shelter("S1", "岑港中心小学", "330902", 100, True)])
    store.put_labels({"event": "2106"})
    store.close()
    return path


def test_the_command_prints_a_county_and_leaves_a_trace(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sheets"
    asked = ("print", "households", "--registry", str(registry), "--out", str(out), "--workers", "1")
    assert call(*asked, "--county", "330903", "--by", "张三", "--why", "发放明白卡") == 0
    assert [path.name for path in out.glob("*.pdf")] == ["330903-households-0001.pdf"]
    assert "6 people" in capsys.readouterr().out
    log = SQLiteAccessLog(beside(registry))
    (entry,) = log.entries()
    log.close()
    record = json.loads(entry.body)
    assert (record["act"], record["scope"], record["people"], record["why"]) == (
        "print",
        "330903",
        6,
        "发放明白卡",
    )
    assert call(*asked, "--county", "330999") == 2
    assert "330902, 330903" in capsys.readouterr().err


def test_a_merged_entry_gets_no_second_code_and_a_number_is_never_cut(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (person for person in sorted(PEOPLE, key=place)[:2])
    store = SQLiteStore(registry)
    clerk = Clerk("甲", "村", "D9", BEGINS)
    events = [
        clerk.write(Registered, one.code, county="330902"),
        clerk.write(Registered, other.code, county="330902"),
        clerk.write(Merged, other.code, into=one.code),
    ]
    Registry(store).check_ins(events, received_at=BEGINS).require_all()
    store.close()
    asked = (
        "print",
        "pendants",
        "--registry",
        str(registry),
        "--out",
        str(tmp_path / "p"),
        "--workers",
        "1",
        "--county",
        "330902",
    )
    assert call(*asked) == 0
    assert "23 people" in capsys.readouterr().out
    assert call(*asked, "--contact", "0580-8012345 " * 4) == 2
    assert "never be cut" in capsys.readouterr().err


@pytest.mark.slow
def test_keys_are_made_turned_and_a_theft_is_mended(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = ("--keys", str(tmp_path / "keys"))
    event = (*keys, "--event", "2106")
    assert call("keys", "new", *event, "--at", "2021-07-24T00:00:00") == 0
    kid = capsys.readouterr().out.split()[0]
    assert call("keys", "reissue", *event, "--registry", str(registry), "--at", "2021-07-24T01:00:00") == 0
    folder = KeyFolder(tmp_path / "keys")
    store = SQLiteStore(registry, read_only=True)
    people = list(store.people())
    store.close()
    now = BEGINS
    assert all(judge(p.signed, folder.ring(), now=now, event="2106", drill=True).accepted for p in people)
    assert {p.code for p in people} == {p.code for p in PEOPLE}
    short = short_code(people[0].code)
    revoke = (*event, "--registry", str(registry), "--at", "2021-07-24T02:00:00")
    assert call("revoke", short, *revoke) == 0
    capsys.readouterr()
    scan = ("judge", qr_text(people[0].signed), *keys, "--event", "2106", "--at", "2021-07-24T03:00:00")
    assert call(*scan) == 4
    assert "已作废" in capsys.readouterr().out
    assert call("unrevoke", qr_text(people[0].signed), *revoke) == 0
    assert call(*scan, "--drill") == 0
    assert call(*scan, "--real") == 4
    # the key is stolen: a new one, everything signed anew, the list too
    assert call("keys", "rotate", *event, "--at", "2021-07-24T06:00:00", "--overlap", "0") == 0
    new = capsys.readouterr().out.splitlines()[-2].split()[0]
    assert call("keys", "retire", kid, *keys, "--stolen", "--at", "2021-07-24T05:00:00") == 0
    assert call("keys", "reissue", *event, "--registry", str(registry), "--at", "2021-07-24T07:00:00") == 0
    assert call("revoke", *event, "--at", "2021-07-24T07:00:00") == 0
    assert call("keys", "list", *keys, "--at", "2021-07-24T08:00:00") == 0
    told = capsys.readouterr().out
    assert "stolen 被盗" in told
    assert f"{new}" in next(line for line in told.splitlines() if "signs now" in line)
    assert folder.revoked() is not None
    assert call(*scan[:-1], "2021-07-24T08:00:00", "--drill") == 0  # the old pendant: with the roster
    assert "名单" in capsys.readouterr().out
    assert call("keys", "retire", "xyz", *keys) == 2
    assert call("revoke", "0000-0000-0AM", *event, "--at", "2021-07-24T08:00:00") == 4
    assert "--registry" in capsys.readouterr().err


@pytest.mark.slow
def test_sealed_names_are_neither_printed_as_blanks_nor_lost_by_signing_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, key = tmp_path / "registry.sqlite", tmp_path / "key"
    assert call("vault", "new", "--out", str(key)) == 0
    vault = Vault(bytes.fromhex(key.read_text().strip()))
    store = SQLiteStore(path, vault=vault)
    store.put_people(PEOPLE[:5])
    store.close()
    out, keys = str(tmp_path / "sheets"), ("--keys", str(tmp_path / "keys"), "--event", "2106")
    asked = ("print", "pendants", "--registry", str(path), "--out", out, "--workers", "1")
    named = ("--by", "张三", "--why", "发放吊牌")
    assert call(*asked, *named) == 2
    assert "--vault" in capsys.readouterr().err
    assert call(*asked, "--vault", str(key)) == 2
    assert "reason" in capsys.readouterr().err
    assert call(*asked, *named, "--vault", str(key)) == 0
    assert call("keys", "new", *keys) == 0
    # without the vault nothing is written
    assert call("keys", "reissue", *keys, "--registry", str(path)) != 0
    assert "name this emergency's key file (--vault" in capsys.readouterr().err
    assert call("keys", "reissue", *keys, "--registry", str(path), "--vault", str(key)) == 0
    store = SQLiteStore(path, vault=vault, read_only=True)
    assert {p.name for p in store.people()} == {p.name for p in PEOPLE[:5]}
    assert all(p.signed[1:4] == KeyFolder(tmp_path / "keys").ring().records[0].kid for p in store.people())
    store.close()


def test_who_has_no_signed_code_is_named_and_the_others_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = quick(monkeypatch)
    path, key = tmp_path / "registry.sqlite", tmp_path / "key"
    assert call("vault", "new", "--out", str(key)) == 0
    added = replace(PEOPLE[0], name="王五", signed=b"")
    with closing(SQLiteStore(path, vault=Vault(bytes.fromhex(key.read_text().strip())))) as store:
        store.put_people([added])
    asked = (
        "print",
        "pendants",
        "--registry",
        str(path),
        "--out",
        str(tmp_path / "sheets"),
        "--workers",
        "1",
    )
    named = ("--by", "张三", "--why", "发放吊牌", "--vault", str(key))
    assert call(*asked, *named) != 0
    assert "evac keys reissue" in capsys.readouterr().err
    with closing(SQLiteStore(path, vault=Vault(bytes.fromhex(key.read_text().strip())))) as store:
        store.put_people(PEOPLE[1:5])
    assert call(*asked, *named) == 0
    told = capsys.readouterr()
    assert (
        f"not printed, code not signed (evac keys reissue --vault ...): 王* {grouped(short_code(added.code))}"
        in told.err
    )
    assert "4 people on" in told.out
    assert made


def test_keys_of_another_event_sign_nothing_of_a_registry(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("--at", "2021-07-24T00:00:00")
    keys = ("--keys", str(tmp_path / "keys"))
    there = ("--registry", str(registry))
    assert call("keys", "new", *keys, "--event", "2107", *at) == 0
    with closing(SQLiteStore(registry)) as there_now:
        before = list(there_now.people())
    out = ("--county", "330902", "--out", str(tmp_path / "blanks"))
    for asked in (
        ("keys", "reissue", *keys, *there, "--event", "2107", *at),
        ("revoke", *keys, *there, "--event", "2107", *at),
        ("print-blanks", *keys, *there, "--event", "2107", *out, *at),
    ):
        capsys.readouterr()
        assert call(*asked) == 2
        said = capsys.readouterr().err
        assert "another event" in said
        assert "'2106'" in said
        assert "'2107'" in said
    store = SQLiteStore(registry)
    assert not any(person.signed != one.signed for person, one in zip(store.people(), before, strict=True))
    assert not (tmp_path / "keys" / "revoked.bin").exists()
    monkeypatch.setattr("evac.api.running.os.umask", lambda _: 0)
    given: dict[str, Any] = {
        "vault": None, "host": "127.0.0.1", "port": 8443, "cert": None, "key": None, "keys": tmp_path / "keys",
        "plain_http": True, "proxies": (), "access": False, "tell": str,
    }  # fmt: skip
    with pytest.raises(ConfigError, match=r"'2106'.*'2107'"):
        serve_registry(str(registry), **given)
    store.put_labels({"event": ""})  # one that names no event goes with any
    store.close()
    monkeypatch.setattr("evac.api.running.run", served := Mock())
    monkeypatch.setattr("evac.api.running.log_to", Mock())
    serve_registry(str(registry), **given)
    served.assert_called_once()


def test_blank_pendants_in_stock_are_printed_with_room_for_a_name(registry: Path, tmp_path: Path) -> None:
    keys = ("--keys", str(tmp_path / "keys"), "--event", "2106", "--at", "2021-07-24T00:00:00")
    assert call("keys", "new", *keys) == 0
    out = tmp_path / "blanks"
    asked = (
        "print-blanks",
        "--registry",
        str(registry),
        "--county",
        "330902",
        *keys,
        "--out",
        str(out),
        "--workers",
        "1",
    )
    assert call(*asked) == 2  # none in stock
    store = SQLiteStore(registry)
    stock(store, "330902", 12, batch="定海")
    store.close()
    assert call(*asked) == 0
    (file,) = out.glob("*.pdf")
    assert file.name == "330902-blanks-0001.pdf"
