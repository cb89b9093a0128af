"""A worker as a process of its own, on a clock that runs fast; and an outside world that takes each delivery key once."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from evac.orders.outbox import Handover, Outcome, Outgoing
from evac.orders.task_desk import TaskDesk
from evac.orders.worker import Worker
from evac.store.due_tables import PostgresDueTable, SQLiteDueTable
from evac.store.postgres_documents import PostgresDocumentLog
from evac.store.sqlite_documents import SQLiteDocumentLog


def fast(first: datetime, start: float, speed: float) -> datetime:
    """Time on a clock that showed ``first`` at ``start`` [s since 1970] and runs ``speed`` times as fast."""
    return first + timedelta(seconds=(time.time() - start) * speed)


def open_both(
    where: str,
) -> tuple[PostgresDocumentLog | SQLiteDocumentLog, PostgresDueTable | SQLiteDueTable]:
    """The log and the table that a worker of these tests uses: a folder, or the address of a database."""
    if where.startswith(("postgres", "host=", "user=", "dbname=")):
        return PostgresDocumentLog(where), PostgresDueTable(where)
    return SQLiteDocumentLog(Path(where) / "documents.sqlite"), SQLiteDueTable(
        Path(where) / "documents.sqlite.due"
    )


def effect(folder: Path, outgoing: Outgoing) -> bool:
    """What the other side does with a delivery: nothing, where it has had the key; every attempt is written down."""
    name = sha256(outgoing.key.encode()).hexdigest()
    with (folder / "attempts").open("a") as attempts:
        attempts.write(f"{name} {os.getpid()}\n")
    try:
        os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def main() -> None:
    """Work until killed: ``killed.py WHERE SINK FIRST START SPEED``."""
    where, sink, first = sys.argv[1], Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
    start, speed = float(sys.argv[4]), float(sys.argv[5])
    log, table = open_both(where)

    def clock() -> datetime:
        return fast(first, start, speed)

    def deliver(outgoing: Outgoing) -> Handover:
        effect(sink, outgoing)
        time.sleep(0.002)  # a gateway thinks: many kills fall between the effect and its receipt
        return Handover(key=outgoing.key, at=clock(), way="试", outcome=Outcome.DELIVERED)

    worker = Worker(TaskDesk(log), table, owner=f"w{os.getpid()}", deliver=deliver, clock=clock)
    worker.refresh()
    print("ready", flush=True)
    while True:
        worker.tick(clock())
        time.sleep(0.02)


if __name__ == "__main__":
    main()
