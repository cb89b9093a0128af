"""The HTTP server: check-ins a second on one worker, singly and in lists of 100, from a client in another process.

The server is the one of ``evac serve`` (uvicorn, one worker, group commit, SQLite with synchronous FULL, every code looked up,
tokens checked, the access log off) with rates lifted. The client is 300 lines less than a library: sockets, prepared requests.
"""

from __future__ import annotations

import multiprocessing
import os
import selectors
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.check_ins.crowd import FEW, PEOPLE, arrivals, codes, load
from benchmarks.harness import Record
from evac.events import canonical
from evac.store.sqlite import SQLiteStore

CLAIMS = ("http_list_events_s", "http_single_s")
LIST = 100
ROUNDS = 3
LISTS_AT_ONCE, SINGLES_AT_ONCE = 12, 64
"""Connections that wait for an answer at any time."""


def _serve(registry: str, port: int) -> None:
    import logging

    from evac.api.app import create_app
    from evac.api.buckets import Limits
    from evac.api.serving import run, settings
    from evac.group_commit import GroupCommit
    from evac.registry import Registry
    from evac.store.opening import open_for_server

    logging.disable(logging.INFO)
    much = (1e9, 1e9)
    limits = Limits(device=much, gateway=much)
    opened = open_for_server(registry)
    app = create_app(
        opened.store, tokens=opened.tokens, access=opened.access, open_reader=opened.open_reader,
        open_office=opened.open_office, committer=GroupCommit(Registry(opened.store)), limits=limits,
    )  # fmt: skip
    run(settings(app, host="127.0.0.1", port=port, limits=limits))
    opened.close()


@contextmanager
def server(registry: Path) -> Iterator[tuple[int, str]]:
    """A server in a process of its own: its port, and a token."""
    from evac.store.tokens import tokens_beside
    from evac.tokens import Role, make_token

    room = tokens_beside(registry)
    text, token = make_token(
        "bench", Role.CLERK, "", made_at=datetime.now(UTC), valid=timedelta(1), gateway=True
    )
    room.put(token)
    room.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(str(registry), port), daemon=True
    )
    process.start()
    try:
        while True:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.exitcode is not None:
                raise RuntimeError(f"the server ended with {process.exitcode}")
            time.sleep(0.05)
        yield port, text
    finally:
        process.terminate()
        process.join()


def requests_of(people: list[str], token: str, *, batch: int, count: int, run: int) -> list[bytes]:
    """Requests as bytes, each of a list of so many arrivals."""
    made = [canonical(event) for event in arrivals(people, count, stream=0, run=run)]
    head = f"POST /v1/checkins HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Length: "
    bodies = (b'{"events":[' + b",".join(made[n : n + batch]) + b"]}" for n in range(0, count, batch))
    return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]


def drive(port: int, requests: Sequence[bytes], connections: int) -> tuple[float, list[float]]:
    """Seconds until all are answered with 200, and the time of each answer [s]."""
    picker = selectors.DefaultSelector()
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(min(connections, len(requests)))]
    waiting: dict[socket.socket, list[Any]] = {}
    todo, done, took = iter(requests), 0, []
    start = time.perf_counter()
    for line in lines:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        picker.register(line, selectors.EVENT_READ)
        waiting[line] = [b"", time.perf_counter()]
        line.sendall(next(todo))
    while done < len(requests):
        for key, _ in picker.select():
            line = key.fileobj
            assert isinstance(line, socket.socket)
            held = waiting[line]
            held[0] += line.recv(1 << 18)
            if not _whole(held[0]):
                continue
            if not held[0].startswith(b"HTTP/1.1 200"):
                raise RuntimeError(held[0][:400].decode(errors="replace"))
            done += 1
            took.append(time.perf_counter() - held[1])
            following = next(todo, None)
            if following is not None:
                held[0], held[1] = b"", time.perf_counter()
                line.sendall(following)
    seconds = time.perf_counter() - start
    for line in lines:
        line.close()
    return seconds, took


def _whole(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    at = head.lower().index(b"content-length:") + 15
    return len(body) >= int(head[at:].split(b"\r\n", 1)[0])


def measure(*, quick: bool = False) -> list[Record]:
    """Both claims, the best of some rounds, each on a fresh copy of a loaded registry."""
    people = codes(FEW if quick else PEOPLE)
    found = []
    with TemporaryDirectory() as folder:
        base = Path(folder) / "base.sqlite"
        store = SQLiteStore(base)
        load(store, people)
        store.close()
        for claim, batch, connections, count, unit in (
            (CLAIMS[0], LIST, LISTS_AT_ONCE, 60_000, "events/s"),
            (CLAIMS[1], 1, SINGLES_AT_ONCE, 12_000, "check-ins/s"),
        ):
            rates, slowest = [], []
            for run in range(1 if quick else ROUNDS):
                path = Path(folder) / f"{claim}{run}.sqlite"
                shutil.copy(base, path)
                os.sync()
                with server(path) as (port, token):
                    warm = requests_of(people, token, batch=batch, count=batch * connections, run=0)
                    drive(port, warm, connections)
                    made = requests_of(
                        people, token, batch=batch, count=count // (4 if quick else 1), run=run + 1
                    )
                    seconds, took = drive(port, made, connections)
                rates.append(len(made) * batch / seconds)
                slowest.append(sorted(took)[int(len(took) * 0.99)])
                path.unlink()
            note = (
                f"one worker, SQLite FULL, {len(people):,} people, {batch} a request, {connections} connections waiting, client in "
                f"another process on the same {os.cpu_count()} cores, best of {len(rates)}; 99 % answered within "
                f"{min(slowest) * 1e3:.0f} ms"
            )
            found.append(Record(claim, max(rates), unit, note=note))
    return found


if __name__ == "__main__":
    import sys

    for record in measure(quick="--quick" in sys.argv):
        print(record)
