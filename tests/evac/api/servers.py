"""Servers as processes and as threads, and clients that do what no client library would."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from evac.api.buckets import Limits
from evac.api.serving import settings
from tests.contracts.tree import ROOT


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def until_open(port: int, alive: Any = lambda: True, seconds: float = 30.0) -> None:
    """Wait for a server to answer."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up and alive():
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens at port {port}")


@contextmanager
def process(registry: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """``evac serve`` on a registry, and its port; killed at the end if it still runs."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "evac.cli",
        "serve",
        "--registry",
        str(registry),
        "--port",
        str(port),
        *more,
    ]
    with (registry.parent / "server.log").open("ab") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
    try:
        until_open(port, lambda: server.poll() is None)
        yield server, port
    finally:
        server.kill()
        server.wait()


@contextmanager
def thread(app: Any, limits: Limits, **more: Any) -> Iterator[int]:
    """uvicorn in a thread, and its port."""
    port = free_port()
    server = uvicorn.Server(settings(app, host="127.0.0.1", port=port, limits=limits, **more))
    running = threading.Thread(target=server.run)
    running.start()
    try:
        until_open(port)
        yield port
    finally:
        server.should_exit = True
        running.join()


def post(token: str, body: bytes, path: str = "/v1/checkins") -> bytes:
    """A request as bytes."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def answer_of(line: socket.socket) -> tuple[int, bytes]:
    """Status and body of the next answer; (0, b"") where the line was closed instead."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            part = line.recv(65536)
        except ConnectionError:
            return 0, b""
        if not part:
            return 0, b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length")
    )
    while len(body) < length:
        part = line.recv(65536)
        if not part:
            return 0, b""
        body += part
    return int(head.split()[1]), body
