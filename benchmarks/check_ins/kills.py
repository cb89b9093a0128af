"""Killed in the middle, again and again: what was acknowledged must be there, once, and the chain whole.

Each round a process checks people in, writes down each acknowledgement, and is killed with -9 at a random moment. With the
shim of ``power_cut`` what it had not synced is lost too, as in a power cut.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.check_ins import power_cut
from benchmarks.check_ins.crowd import RECEIVED, arrivals, codes, registered
from benchmarks.harness import ROOT, Record
from evac.log import verify_chain
from evac.registry import EventStore, Registry
from evac.state import fold
from evac.store.sqlite import SQLiteStore

CLAIMS = ("kills_lost",)
PEOPLE: Final = 200
AT_ONCE: Final = 7


@dataclass
class Kills:
    """What a drill found.

    Attributes
    ----------
    rounds, acknowledged : int
        Kills, and events that were acknowledged before them.
    lost : int
        Of these, events that are not in the log, or are there twice.
    forgotten : int
        Bytes that a power cut took back.
    """

    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    forgotten: int = 0


def check_people_in(store: EventStore, run: int, out: int) -> None:
    """Check people in until killed, writing each acknowledged id to a descriptor: alone, and some at once."""
    registry = Registry(store)
    events = list(arrivals(codes(PEOPLE), 4000, stream=0, run=run))
    for n in range(0, len(events), AT_ONCE + 1):
        for batch in (events[n : n + 1], events[n + 1 : n + 1 + AT_ONCE]):
            receipt = registry.check_ins(batch, received_at=RECEIVED)
            os.write(out, "".join(f"{event_id}\n" for event_id in receipt.stored).encode())


def _child(path: Path, acknowledged: Path, run: int, synchronous: str) -> None:
    """What the killed process does."""
    store = SQLiteStore(path)
    store._raw.execute(f"PRAGMA synchronous={synchronous}")
    store._raw.execute("PRAGMA wal_autocheckpoint=50")  # so that kills fall into checkpoints too
    out = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    check_people_in(store, run, out)


def wait_for_word(folder: Path) -> None:
    """Wait until somebody was told that something is stored: a kill before that shows nothing."""
    until = time.monotonic() + 30
    while time.monotonic() < until and not any(told.stat().st_size for told in folder.glob("acknowledged*")):
        time.sleep(0.002)


def _forks(folder: Path, rounds: int, seed: int, synchronous: str) -> None:
    """Fork, kill, and wait for the word to go on, so many times; the modules are loaded once."""
    rng = random.Random(seed)
    for run in range(rounds):
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                _child(folder / "r.sqlite", folder.parent / "acknowledged", run + 1, synchronous)
            os._exit(0)
        wait_for_word(folder.parent)
        time.sleep(rng.uniform(0.0, 0.08))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        sys.stdout.write(f"{run}\n")
        sys.stdout.flush()
        sys.stdin.readline()


def sqlite_kills(
    folder: Path, rounds: int, *, seed: int = 1, power: bool = False, synchronous: str = "FULL"
) -> Kills:
    """Kill a writer of a SQLite registry so many times.

    Parameters
    ----------
    power : bool
        With the shim, so that what was not synced is lost.
    synchronous : str
        Anything but FULL must fail the drill with ``power``.
    """
    data, undo = folder / "data", folder / "undo"
    data.mkdir()
    with closing(SQLiteStore(data / "r.sqlite")) as store:
        store.append([registered(code, n) for n, code in enumerate(codes(PEOPLE))], received_at=RECEIVED)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    if power:
        shim = power_cut.compiled(folder)
        if shim is None:
            raise RuntimeError("no C compiler for the power cut")
        environment |= power_cut.environment(shim, data, undo)
    command = [
        sys.executable,
        "-m",
        "benchmarks.check_ins.kills",
        str(data),
        str(rounds),
        str(seed),
        synchronous,
    ]
    found = Kills()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as forks:
        assert forks.stdout is not None
        assert forks.stdin is not None
        for _ in forks.stdout:
            found.rounds += 1
            if power:
                (data / "r.sqlite-shm").unlink(missing_ok=True)  # memory, not disk
                found.forgotten += power_cut.cut(data, undo)
            _judge(data, found, deep=found.rounds % 50 == 0 or found.rounds == rounds)
            forks.stdin.write("\n")
            forks.stdin.flush()
    if forks.returncode or found.rounds != rounds:
        raise RuntimeError(f"the drill ended after {found.rounds} of {rounds} kills")
    return found


def _judge(data: Path, found: Kills, *, deep: bool) -> None:
    """Look at what is there after a kill; ``deep`` also walks the chain and folds everybody."""
    told_by = data.parent / "acknowledged"  # not on the disk that forgets
    with contextlib.suppress(FileNotFoundError):
        told = {event_id for event_id in told_by.read_text().split("\n") if len(event_id) == 32}
        told_by.unlink()
        found.acknowledged += len(told)
        with closing(SQLiteStore(data / "r.sqlite")) as store:
            found.lost += len(told - store.known(told))
    if deep:
        with closing(SQLiteStore(data / "r.sqlite")) as store:
            assert verify_chain(store.log()) == store.head()
            assert {c: s.state for c, s in store.everybody()} == fold(store.events())


def measure(*, quick: bool = False) -> list[Record]:
    """The claim: events lost in all kills."""
    from benchmarks.check_ins import server_kills  # imports this file

    kills, server = (30, 2) if quick else (1000, 100)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        files = sqlite_kills(Path(one), kills), sqlite_kills(Path(other), kills, power=True)
    drills = dict(zip(("SQLite", "PostgreSQL"), (files, server_kills.drill(server)), strict=True))
    note = "; ".join(
        f"{name}: {plain.rounds} kills, {plain.acknowledged:,} acknowledged, {plain.lost} lost, {cut.rounds} power cuts that "
        f"took {cut.forgotten / 1e6:.1f} MB back, {cut.acknowledged:,} acknowledged, {cut.lost} lost"
        for name, (plain, cut) in drills.items()
    )
    lost = sum(found.lost for pair in drills.values() for found in pair)
    return [Record(CLAIMS[0], lost, "events", note=note)]


if __name__ == "__main__":
    _forks(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
