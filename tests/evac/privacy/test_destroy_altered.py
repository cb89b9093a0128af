"""A log that was altered is destroyed on a plain order alone, and its certificate says what it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from evac.access import MemoryAccessLog, parse
from evac.errors import AlteredLogError
from evac.log import Head
from evac.privacy import destroy
from evac.privacy.certificate import read_certificate
from evac.privacy.destroy import Destruction, Store, check_certificate, destroy_event
from evac.store.postgres import PostgresStore
from evac.store.purge import Rows, rows_of
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from tests.evac.privacy.test_destroy import GOING, KEY, NOW, order, registry
from tests.evac.privacy.test_purge import fill, found

ALTERED = {
    "changed": ("UPDATE event SET place = 'S9' WHERE sequence = 7", 7),
    "removed": ("DELETE FROM event WHERE sequence = 8", 8),
    "no event any more": ("UPDATE event SET kind = 99, received_at = 'x' WHERE sequence = 9", 9),
    "a link removed": ("UPDATE event SET link = NULL WHERE sequence = 10", 10),
    "the last link removed": ("UPDATE event SET link = NULL WHERE sequence = 150", 150),
    "the last link short": ("UPDATE event SET link = x'00' WHERE sequence = 150", 150),
    "the last link no link": ("UPDATE event SET link = 'x' WHERE sequence = 150", 150),
    "the last one removed": ("DELETE FROM event WHERE sequence = 150", 150),
}


def destroyed(open_store: Callable[[], Store], asked: Destruction, out: Path) -> MemoryAccessLog:
    log = MemoryAccessLog()
    destroy_event(open_store, asked, key=KEY, out=out, now=lambda: NOW, log=log)
    return log


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_log_goes_on_a_plain_order_alone(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destroy, "print_certificate", lambda *_: b"%PDF-")
    path, key_file = registry(tmp_path / "node", 30)
    query, first = ALTERED[how]
    with closing(SQLiteStore(path)) as store:
        head = store.head()
        store._raw.execute(query)
        there = rows_of(store)
    asked = replace(order(key_file), witness=(head,))
    with pytest.raises(AlteredLogError, match=rf"entry {first}: .*nothing was destroyed.*--altered"):
        destroyed(lambda: SQLiteStore(path), asked, tmp_path / "out")
    with closing(SQLiteStore(path)) as store:
        assert rows_of(store) == there
    assert key_file.exists()
    log = destroyed(lambda: SQLiteStore(path), replace(asked, altered=True), tmp_path / "out")
    text, statistics = (
        (tmp_path / "out" / name).read_bytes().decode() for name in ("certificate.json", "statistics.csv")
    )
    done = read_certificate(text, KEY.public_key())
    assert (done.altered_from, done.by, done.events) == (first, "张三", there.events)
    assert found(tmp_path / "node", GOING) == {}
    assert not key_file.exists()
    (line,) = [parse(entry.body) for entry in log.entries()]
    assert f"第{first}条" in line.why
    with closing(SQLiteStore(path)) as left:
        assert check_certificate(text, statistics, left, public=KEY.public_key(), witness=[head]) == done
        if first > 2:  # meddled with once more, before what the certificate tells of
            left._raw.execute("UPDATE seal SET digest = zeroblob(32) WHERE position = 2")
            with pytest.raises(AlteredLogError, match="entry 2"):
                check_certificate(text, statistics, left, public=KEY.public_key())


def test_a_witness_that_the_log_does_not_meet_is_told_on_paper(tmp_path: Path) -> None:
    path, key_file = registry(tmp_path / "node", 30)
    asked = replace(order(key_file), witness=(Head(20, b"w" * 32),), altered=True)
    destroyed(lambda: SQLiteStore(path), asked, tmp_path / "out")
    page = pypdfium2.PdfDocument(BytesIO((tmp_path / "out" / "certificate.pdf").read_bytes()))[0]
    words = page.get_textpage().get_text_bounded()
    assert "自第 20 条起" in words
    assert re.search(r"by order of\s*张三", words)


def test_a_sound_log_has_no_word_of_alteration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destroy, "print_certificate", lambda *_: b"%PDF-")
    path, key_file = registry(tmp_path / "node", 30)
    destroyed(lambda: SQLiteStore(path), replace(order(key_file), altered=True), tmp_path / "out")
    assert "altered" not in (tmp_path / "out" / "certificate.json").read_text(encoding="utf-8")


def test_an_altered_log_of_postgres(
    tmp_path: Path, database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destroy, "print_certificate", lambda *_: b"%PDF-")
    dsn = database()
    key_file = tmp_path / "event.key"
    key_file.write_text(bytes(range(32)).hex())
    with closing(PostgresStore(dsn, set_up=True, vault=Vault(bytes(range(32))))) as store:
        fill(store, 30)
        store._raw.execute(
            "UPDATE event SET place = 'S9' WHERE sequence = (SELECT min(sequence) + 6 FROM event)"
        )
    with pytest.raises(AlteredLogError, match="entry 7"):
        destroyed(lambda: PostgresStore(dsn), order(key_file), tmp_path / "out")
    destroyed(lambda: PostgresStore(dsn), replace(order(key_file), altered=True), tmp_path / "out")
    text = (tmp_path / "out" / "certificate.json").read_text(encoding="utf-8")
    assert read_certificate(text, KEY.public_key()).altered_from == 7
    with closing(PostgresStore(dsn)) as left:
        assert rows_of(left) == Rows(0, 0, 0)
