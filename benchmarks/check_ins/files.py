"""SQLite: one check-in a transaction, and a thousand."""

from __future__ import annotations

import gc
import os
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.check_ins.crowd import FEW, PEOPLE, RECEIVED, arrivals, codes, load
from benchmarks.check_ins.drivers import DriverMissingError, script
from benchmarks.harness import Record
from evac.store.sqlite import SQLiteStore

CLAIMS = ("sqlite_single_vs_driver", "sqlite_batch1000_vs_driver")
UNIT = "check-ins/s"
ROUNDS = 3


def rate(base: Path, people: list[str], *, batch: int, count: int, run: int) -> float:
    """Durable check-ins a second on a fresh copy of a loaded registry."""
    path = base.with_name("run.sqlite")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.copy(base, path)
    os.sync()
    events = list(arrivals(people, count, stream=0, run=run))
    gc.collect()
    gc.freeze()  # events made in advance are nobody's work
    store = SQLiteStore(path)
    start = time.perf_counter()
    for first in range(0, count, batch):
        store.append(events[first : first + batch], received_at=RECEIVED)
    seconds = time.perf_counter() - start
    store.close()
    return count / seconds


def measure(*, quick: bool = False, size: int = PEOPLE) -> list[Record]:
    """Both claims, ours and the driver's in turns, the best of each."""
    people = codes(FEW if quick else size)
    with TemporaryDirectory() as folder:
        base = Path(folder) / "base.sqlite"
        store = SQLiteStore(base)
        load(store, people)
        store.close()
        try:
            driver = script("bench_sqlite", folder, str(len(people)))
            driver.load()
        except DriverMissingError as missing:
            driver, why = None, str(missing)
        found = []
        for claim, batch, count in ((CLAIMS[0], 1, 4000), (CLAIMS[1], 1000, 60_000)):
            ours, theirs = [], []
            for run in range(1 if quick else ROUNDS):
                ours.append(rate(base, people, batch=batch, count=count // (10 if quick else 1), run=run + 1))
                if driver is not None:
                    theirs.append(driver.run_raw("FULL", batch, count)[0])
            note = f"WAL, synchronous FULL, {len(people):,} people, {batch} a transaction, best of {len(ours)} in turns"
            if not theirs:
                found.append(Record(claim, max(ours), UNIT, note=f"{note}; {why}"))
                continue
            peer, best = max(theirs), max(ours)
            found.append(
                Record(
                    claim, best, UNIT, peer="sqlite3 script", peer_value=peer, ratio=best / peer, note=note
                )
            )
        return found
