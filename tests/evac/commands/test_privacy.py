"""The commands around a registry's proof, reads, backups and end, as they are typed."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evac.cli import main
from evac.codes import short_code
from evac.store.purge import Rows, rows_of
from evac.store.sqlite import SQLiteStore
from evac.sync.node import Node, read_node, trust, write_node
from evac.vault import Vault
from tests.evac.privacy.test_purge import CODES, NAMES, OPEN, TRACES, fill, found
from tests.evac.scenes import START, make_event

PASSPHRASE = "正确 马 电池 订书钉 2106"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "county.sqlite"
    node = Node("330902", "2106", Ed25519PrivateKey.from_private_bytes(bytes(range(32))), Vault.make().key)
    write_node(path.with_suffix(".key"), node)
    with closing(SQLiteStore(path, vault=node.vault)) as store:
        store.put_labels({"event": "2106", "node": "330902"})
        trust(store, node.node_id, node.public)
        fill(store, 60)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object, ends: int | None = None) -> str:
    """What a command prints; ``ends`` where it must end with that code."""
    code: object = 0
    try:
        main([str(word) for word in words])
    except SystemExit as stopped:
        code = stopped.code
    printed = capsys.readouterr()
    assert code == (ends or 0), printed.err
    return printed.out if ends is None else printed.out + printed.err


def test_a_witness_is_shown_printed_and_checked(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = run(capsys, "witness", "show", "--registry", registry).strip()
    sheet = tmp_path / "head.pdf"
    run(capsys, "witness", "print", "--registry", registry, "--out", sheet)
    (page,) = pypdfium2.PdfDocument(sheet.read_bytes())
    (code,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    kept = tmp_path / "heads.txt"
    kept.write_text(f"{text}\n{code.text}\n", encoding="utf-8")
    (note,) = re.findall(r"\d+ \w{4}-\w{4}-\w{4}-\w{4}", page.get_textpage().get_text_bounded())
    said = run(
        capsys, "witness", "check", "--registry", registry, "--witness", kept, "--note", note, "--counts"
    )
    assert "300 条, 3 个见证" in said
    assert "counts are those of the log: 60 人" in said
    with closing(SQLiteStore(registry)) as store:
        store.append([make_event("notified")], received_at=START)
        store._raw.execute("DELETE FROM event WHERE sequence > 290")
    assert "the log was altered" in run(
        capsys, "witness", "check", "--registry", registry, "--witness", text, ends=2
    )
    assert "290 条, 0 个见证" in run(capsys, "witness", "check", "--registry", registry)
    assert "not known here" in run(
        capsys, "witness", "check", "--registry", registry, "--witness", text, "--public", "ab" * 32, ends=4
    )


def test_the_sheet_of_a_drill_is_marked(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "head.pdf"
    for marked in (False, True):
        run(capsys, "witness", "print", "--registry", registry, "--out", sheet)
        words = pypdfium2.PdfDocument(sheet.read_bytes())[0].get_textpage().get_text_bounded()
        assert ("演练 SYNTHETIC" in words) == marked
        with closing(SQLiteStore(registry)) as store:
            store.put_labels({"label": "SYNTHETIC"})


def test_names_for_a_reason_and_who_read_them(registry: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--registry", registry, "--who", "李四", "--scope", "330902")
    assert "no reason" in run(capsys, "reveal", short_code(CODES[0]), *asked, "--why", "看", ends=2)
    assert NAMES[0] in run(capsys, "reveal", short_code(CODES[0]), *asked, "--why", "失联核查")
    assert "not on this roster" in run(capsys, "reveal", "7" * 26, *asked, "--why", "失联核查", ends=4)
    shown = run(capsys, "access", "show", "--registry", registry)
    assert shown.count("越权紧急查看") == 2
    assert NAMES[0] not in shown
    end = run(capsys, "access", "check", "--registry", registry).split("end ")[1].strip()
    assert "2 条" in run(capsys, "access", "check", "--registry", registry, "--note", end)


@pytest.mark.slow
def test_a_backup_is_restored_by_the_copy_of_the_key(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evac.operations.backup._SCRYPT", {"n": 16, "r": 8, "p": 1})
    monkeypatch.setenv("EVAC_PASSPHRASE", PASSPHRASE)
    (tmp_path / "usb").mkdir()
    text = run(capsys, "witness", "show", "--registry", registry).strip()
    said = run(
        capsys,
        "backup",
        "--registry",
        registry,
        "--to",
        tmp_path / "usb",
        "--key-copy",
        tmp_path / "k.json",
        "--witness",
        text,
    )
    assert "60 人 people, 300 条 events" in said
    (sealed,) = (tmp_path / "usb").iterdir()
    again = run(
        capsys, "restore", sealed, "--to", tmp_path / "again.sqlite", "--key-copy", tmp_path / "k.json"
    )
    assert "the same as when it was taken" in again
    run(capsys, "restore", sealed, "--to", tmp_path / "third.sqlite", "--key", registry.with_suffix(".key"))
    run(
        capsys,
        "restore",
        sealed,
        "--to",
        tmp_path / "third.sqlite",
        "--key",
        registry.with_suffix(".key"),
        ends=2,
    )
    run(capsys, "restore", sealed, "--to", tmp_path / "fourth.sqlite", ends=2)
    assert "pg_dump" in run(capsys, "backup", "--registry", "postgresql:///county", "--to", tmp_path)


def test_disk_and_clock_ring(
    registry: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evac.operations.disk.free_bytes", lambda _: 10**12)
    assert "300 条 events" in run(capsys, "disk", "--registry", registry)
    monkeypatch.setattr("evac.operations.disk.free_bytes", lambda _: 10**6)
    assert "磁盘快满" in run(capsys, "disk", "--registry", registry, ends=7)
    answer = '{"now": 0}'
    monkeypatch.setattr("riskmap.io.service.fetch_text", lambda *_, **__: answer)
    assert "set this clock" in run(
        capsys, "clock", "--registry", registry, "--server", "https://a.example", ends=7
    )
    assert "1 台设备 devices, 0 台超限" in run(capsys, "clock", "--registry", registry)


@pytest.mark.slow
def test_an_event_is_destroyed_and_not_before_its_hold_ends(
    registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evac.privacy.destroy.print_certificate", lambda *_: b"%PDF-")
    words = ("--registry", registry, "--by", "张三", "--why", "响应结束")
    text = run(capsys, "witness", "show", "--registry", registry).strip()
    assert "hold 1 by 张三" in run(capsys, "hold", "place", *words)
    destroy = ("destroy", "2106", *words, "--out", tmp_path / "out", "--witness", text)
    assert "under a legal hold" in run(capsys, *destroy, "--yes", ends=2)
    other = ("destroy", "2108", *words, "--out", tmp_path / "out", "--yes")
    assert "belongs to another event" in run(capsys, *other, ends=2)
    run(capsys, "hold", "lift", "1", *words)
    assert "已解除 ended" in run(capsys, "hold", "list", "--registry", registry)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "no")
    run(capsys, *destroy, ends=1)
    with closing(SQLiteStore(registry)) as store:
        assert rows_of(store) == Rows(60, 300, 60)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "2106")
    early = ("witness", "check", "--registry", registry, "--witness", text, "--destroyed")
    assert "the event was not destroyed" in run(capsys, *early, ends=2)  # and no word of an altered log
    assert "已销毁 destroyed: 60 人" in run(capsys, *destroy)
    assert found(tmp_path, OPEN + TRACES) == {}
    assert "300 条, 1 个见证" in run(
        capsys, "witness", "check", "--registry", registry, "--witness", text, "--destroyed"
    )
    assert "已销毁" in run(capsys, *destroy)  # again: the certificate is there
    assert "destroy" not in run(capsys, "hold", "list", "--registry", registry)
    run(
        capsys,
        "reveal",
        "7" * 26,
        "--registry",
        registry,
        "--who",
        "李四",
        "--scope",
        "33",
        "--why",
        "失联核查",
        ends=4,
    )
    with pytest.raises(Exception, match="key was destroyed"):
        read_node(registry.with_suffix(".key"))


def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junk = tmp_path / "junk.key"
    junk.write_text("junk")
    show = ("witness", "show", "--registry", tmp_path / "r.sqlite", "--key", junk)
    assert "others can read this key" in run(capsys, *show, ends=3)
    junk.chmod(0o600)
    assert "its name ends in .key" in run(capsys, *show, ends=2)
    junk.write_text("00" * 32)
    assert "no key to sign with" in run(capsys, *show, ends=2)
    assert "name the file: --key" in run(capsys, "witness", "show", "--registry", "postgresql:///x", ends=2)
