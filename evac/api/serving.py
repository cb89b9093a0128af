"""The server process: one worker, TLS beyond this machine, patience with an end, a stop that loses nothing."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from evac.api.buckets import Limits
from evac.api.gate import LOG
from riskmap.errors import ConfigError

MOST_CONNECTIONS: Final = 2000
STOP_SECONDS: Final = 20
"""How long a stopping server waits for who is being answered [s]."""
_KEEP_ALIVE: Final = 15  # s, longer than a clerk's pause between two people
_LARGEST_HEAD: Final = 64_000


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with an end to its patience: a head that comes drop by drop, or without end, closes the line.

    uvicorn itself bounds neither; a thousand such lines would shut everybody out (slow loris).
    """

    header_seconds = Limits.header_seconds
    _timer: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._wait()

    def _wait(self) -> None:
        if self._timer is None:
            self._head = 0
            self._timer = self.loop.call_later(self.header_seconds, self.transport.close)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._timer is not None:
            self._head += len(data)
        super().data_received(data)
        if self._timer is not None and self._head > _LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("Head too large.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._rest()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._rest()
        super().connection_lost(exc)


def require_safe(host: str, *, tls: bool, plain_http: bool) -> None:
    """Let a server listen beyond this machine only with TLS, or where that was said on purpose.

    Raises
    ------
    ConfigError
        Names and tokens would travel in clear.
    """
    if tls or plain_http or is_loopback(host):
        return
    raise ConfigError(
        "names and tokens would travel in clear", where=f"--host {host}", expected="--cert and --key, or 127.0.0.1",
        found="plain HTTP beyond this machine",
        remedy="give a certificate; or --plain-http behind a reverse proxy that has one. Phones open camera and offline page over https only",
    )  # fmt: skip


def require_proxies(proxies: Sequence[str]) -> None:
    """Let addresses and networks alone be believed: a name would match no line, and everybody could then say who they are.

    Raises
    ------
    ConfigError
        One is something else, or all the world.

    Examples
    --------
    >>> require_proxies(["127.0.0.1", "10.0.0.0/24", "fd00::5"])
    """
    for proxy in proxies:
        try:
            network = ip_network(proxy)
        except ValueError:
            network = None
        if network is None or network.prefixlen == 0:
            raise ConfigError(
                "not the address of a proxy", where=f"--proxy {proxy}", expected="an address such as 127.0.0.1, or a network such as 10.0.0.0/24",
                found="everybody" if network or proxy == "*" else "something else",
                remedy="name the proxy's own address; it must write X-Forwarded-For itself: docs/deploy/evac-nginx.conf",
            )  # fmt: skip


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own alone.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def address_to_open(host: str) -> str:
    """What a browser is told: this machine's name where the server listens on all its addresses, which nobody can open.

    Examples
    --------
    >>> address_to_open("10.0.0.7"), address_to_open("::") == address_to_open("0.0.0.0") == socket.gethostname()
    ('10.0.0.7', True)
    """
    try:
        every = ip_address(host).is_unspecified
    except ValueError:
        every = False
    return socket.gethostname() if every else host


def settings(
    app: FastAPI, *, host: str, port: int, cert: Path | None = None, key: Path | None = None,
    proxies: Sequence[str] = (), limits: Limits | None = None,
) -> uvicorn.Config:  # fmt: skip
    """How uvicorn runs the application.

    Parameters
    ----------
    cert, key : Path, optional
        PEM files of the certificate with its chain, and of its key.
    proxies : sequence of str
        Addresses of reverse proxies whose ``X-Forwarded-For`` is believed; nobody's else.
    """
    bounds = limits or Limits()
    protocol: Any = type("Protocol", (PatientProtocol,), {"header_seconds": bounds.header_seconds})
    return uvicorn.Config(
        app, host=host, port=port, http=protocol, ws="none", lifespan="on", log_config=None, access_log=False,
        proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies) or None, server_header=False,
        limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=_KEEP_ALIVE, timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=cert, ssl_keyfile=key,
    )  # fmt: skip


def log_to(*, access: bool = True) -> None:
    """Errors to the standard error, a line of JSON a request to the standard output."""
    errors = logging.StreamHandler(sys.stderr)
    errors.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in ("uvicorn", "evac.api"):
        logger = logging.getLogger(name)
        logger.addHandler(errors)
        logger.setLevel(logging.INFO)
    if access:
        lines = logging.StreamHandler(sys.stdout)
        lines.setFormatter(logging.Formatter("%(message)s"))
        LOG.addHandler(lines)
        LOG.setLevel(logging.INFO)
        LOG.propagate = False


def run(config: uvicorn.Config) -> None:
    """Serve until SIGTERM or SIGINT; then whoever is being answered is answered, and all that was taken is stored.

    uvicorn raises the signal again when it is done; it ends here, so that the caller can close the registry.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _was_told)
    uvicorn.Server(config).run()


def _was_told(number: int, frame: object) -> None:
    del number, frame
