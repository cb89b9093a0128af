"""A disk that is full or does not sync, a file that is locked, a server that goes: the registry says so and acknowledges nothing."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from evac.log import verify_chain
from evac.registry import Registry
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import SourceError
from tests.evac.faults.conftest import ROOT
from tests.evac.scenes import START, make_event

LATER = START + timedelta(days=3)

STORY = """
from datetime import timedelta
from evac.log import verify_chain
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from riskmap.errors import SourceError
from tests.evac.scenes import START, make_event
LATER = START + timedelta(days=3)

store = SQLiteStore(folder / "r.sqlite")
registry = Registry(store)
events = [make_event("notified", minute) for minute in range(3000)]
acknowledged = set(registry.check_ins(events[:10], received_at=LATER).stored)
tell({mode!r})
try:
    registry.check_ins(events[10:2500], received_at=LATER)
except SourceError as error:
    print("REFUSED", error)
else:
    print("ACKNOWLEDGED")
    sys.exit(1)
tell("")
again = registry.check_ins(events, received_at=LATER)
acknowledged |= set(again.stored)
print("THEN", len(again.stored), len(again.repeated))
store.close()
store = SQLiteStore(folder / "r.sqlite", read_only=True)
found = [entry.event.event_id for entry in store.log()]
assert verify_chain(store.log()) == store.head()
assert len(found) == len(set(found)) and acknowledged <= set(found), "an acknowledged event is not there"
store.close()
"""


@pytest.mark.parametrize(("mode", "word"), [("sync", "disk I/O error"), ("full", "full")])
def test_a_failing_disk_acknowledges_nothing(
    on_failing_disk: Callable[[str], str], mode: str, word: str
) -> None:
    said = on_failing_disk(STORY.format(mode=mode))
    assert "REFUSED" in said
    assert word in said
    assert "nothing of this batch was acknowledged" in said
    # what was refused is not there, and the same batch sent again is stored once
    assert "THEN 2990 10" in said


WAITING = """
from evac.group_commit import GroupCommit
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from riskmap.errors import SourceError
from tests.evac.scenes import make_event

store = SQLiteStore(folder / "r.sqlite")
with GroupCommit(Registry(store)) as writer:
    first = writer.submit([make_event("notified")]).result()
    tell({mode!r})
    answers = [writer.submit([make_event("notified")]) for _ in range(40)]
    wrong = [type(answer.exception(timeout=60)) for answer in answers]
    tell("")
    later = writer.submit([make_event("notified")]).result()
print("REFUSED" if wrong == [SourceError] * 40 else wrong, store.head().sequence)
"""


@pytest.mark.parametrize("mode", ["sync", "full"])
def test_none_of_those_who_wait_together_is_acknowledged(
    on_failing_disk: Callable[[str], str], mode: str
) -> None:
    assert on_failing_disk(WAITING.format(mode=mode)).split() == ["REFUSED", "2"]


def test_the_shim_itself_leaves_a_sound_disk_alone(on_failing_disk: Callable[[str], str]) -> None:
    """Without a failure the same story must end in an acknowledgement: the test above can fail."""
    with pytest.raises(AssertionError):
        on_failing_disk(STORY.format(mode="sound"))


LIMITED = """
from datetime import timedelta
from pathlib import Path
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from riskmap.errors import SourceError
from tests.evac.scenes import START, make_event
LATER = START + timedelta(days=3)

registry = Registry(SQLiteStore(Path({path!r})))
stored = 0
try:
    while stored < 40_000:
        receipt = registry.check_ins([make_event("notified", n) for n in range(500)], received_at=LATER)
        stored += len(receipt.stored)
except SourceError as error:
    print(stored, error)
"""


def test_a_file_that_may_not_grow_is_an_error_and_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"

    def at_most_a_megabyte() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(path=str(path))], cwd=ROOT, preexec_fn=at_most_a_megabyte,
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    acknowledged, _, message = done.stdout.partition(" ")
    assert "nothing of this batch was acknowledged" in message
    store = SQLiteStore(path)
    assert store.head().sequence == int(acknowledged) > 0
    assert verify_chain(store.log()) == store.head()
    store.close()


def test_another_writer_that_does_not_end_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    registry = Registry(SQLiteStore(tmp_path / "r.sqlite"))
    registry.store._raw.execute("PRAGMA busy_timeout=10")  # type: ignore[attr-defined]
    other = sqlite3.connect(tmp_path / "r.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    events = [make_event("notified"), make_event("arrived_shelter")]
    with pytest.raises(SourceError, match=r"locked.*nothing of this batch was acknowledged"):
        registry.check_ins(events, received_at=LATER)
    other.execute("ROLLBACK")
    other.close()
    assert len(registry.check_ins(events, received_at=LATER).stored) == 2
    registry.store.close()


def test_a_postgres_that_goes_in_the_middle_acknowledges_nothing(database: Callable[[], str]) -> None:
    dsn = database()
    store = PostgresStore(dsn, set_up=True)
    registry = Registry(store)
    kept = registry.check_ins([make_event("notified", n) for n in range(5)], received_at=LATER).stored
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    lost = [make_event("notified", n) for n in range(5, 9)]
    with pytest.raises(SourceError, match="nothing of this batch was acknowledged"):
        registry.check_ins(lost, received_at=LATER)
    store.close()
    store = PostgresStore(dsn)
    assert [event.event_id for event in store.events()] == list(kept)
    assert Registry(store).check_ins(lost, received_at=LATER).repeated == ()
    store.close()


def test_a_postgres_table_locked_by_others_is_said(database: Callable[[], str]) -> None:
    dsn = database()
    store = PostgresStore(psycopg.conninfo.make_conninfo(dsn, options="-c lock_timeout=50"), set_up=True)
    with psycopg.connect(dsn) as other:
        other.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        for events in ([make_event("notified")], [make_event("notified"), make_event("refused")]):
            with pytest.raises(
                SourceError, match=r"(?s)lock timeout.*nothing of this batch was acknowledged"
            ):
                store.append(events, received_at=LATER)
        other.rollback()
    assert list(store.events()) == []
    assert len(store.append([make_event("notified"), make_event("refused")], received_at=LATER).stored) == 2
    store.close()
