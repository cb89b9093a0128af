"""Sixty-four callers who each wait for a durable answer, on one SQLite writer that syncs once for all of them."""

from __future__ import annotations

import asyncio
import gc
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.check_ins.crowd import FEW, PEOPLE, RECEIVED, arrivals, codes, load
from benchmarks.check_ins.drivers import DriverMissingError, script
from benchmarks.harness import Record
from evac.events import Envelope
from evac.group_commit import GroupCommit
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore

CLAIMS = ("sqlite_group64_vs_script",)
CALLERS = 64
EACH = 900
SECONDS = 4.0
ROUNDS = 2


def rate(base: Path, people: list[str], *, run: int, seconds: float) -> float:
    """Answered check-ins a second of callers that send one when the last is answered."""
    path = base.with_name("group.sqlite")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.copy(base, path)
    work = [list(arrivals(people, EACH, stream=n, run=run)) for n in range(CALLERS)]
    gc.collect()
    gc.freeze()  # events made in advance are nobody's work
    store = SQLiteStore(path)
    with GroupCommit(Registry(store), clock=lambda: RECEIVED) as writer:
        found = asyncio.run(_ask(writer, work, seconds))
    store.close()
    return found


async def _ask(writer: GroupCommit, work: list[list[Envelope]], seconds: float) -> float:
    start = time.perf_counter()

    async def caller(mine: list[Envelope]) -> int:
        for done, event in enumerate(mine):
            if time.perf_counter() - start > seconds:
                return done
            await writer.check_ins([event])
        return len(mine)

    answered = sum(await asyncio.gather(*(caller(mine) for mine in work)))
    return answered / (time.perf_counter() - start)


def measure(*, quick: bool = False, size: int = PEOPLE) -> list[Record]:
    """The claim, ours and the script's in turns, the best of each."""
    people = codes(FEW if quick else size)
    seconds = 0.5 if quick else SECONDS
    with TemporaryDirectory() as folder:
        base = Path(folder) / "base.sqlite"
        store = SQLiteStore(base)
        load(store, people)
        store.close()
        peer, why = None, ""
        try:
            files = script("bench_sqlite", folder, str(len(people)))
            files.load()
            peer = script("bench_group", files.base, folder)
            peer.W = [peer.checkins(EACH, len(people), stream=n, seed=3) for n in range(CALLERS)]
        except DriverMissingError as missing:
            why = str(missing)
        ours, theirs = [], []
        for run in range(1 if quick else ROUNDS):
            ours.append(rate(base, people, run=run + 1, seconds=seconds))
            if peer is not None:
                theirs.append(_script_rate(peer, seconds))
    note = f"WAL, synchronous FULL, {len(people):,} people, {CALLERS} waiting callers in one event loop, best of {len(ours)} in turns"
    if not theirs:
        return [Record(CLAIMS[0], max(ours), "check-ins/s", note=f"{note}; {why}")]
    best, their_best = max(ours), max(theirs)
    return [
        Record(
            CLAIMS[0],
            best,
            "check-ins/s",
            peer="group commit script",
            peer_value=their_best,
            ratio=best / their_best,
            note=note,
        )
    ]


def _script_rate(peer: object, seconds: float) -> float:
    store = peer.Store()  # type: ignore[attr-defined]
    found = asyncio.run(peer.load(store.checkin, CALLERS, seconds))  # type: ignore[attr-defined]
    store.q.put(None)
    store.t.join()
    return float(found[0])
