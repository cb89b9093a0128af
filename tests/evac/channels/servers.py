"""Real servers on this machine for the channels: HTTP that answers, stalls, drips, fails and cuts; SMTP by aiosmtpd."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from evac.orders.outbox import Outgoing, Purpose

NOW = datetime(2021, 7, 24, 4, tzinfo=UTC)


def outgoing(**changes: Any) -> Outgoing:
    """A reminder to 甲县防指."""
    given = {
        "key": "k1", "draft": "0" * 64, "number": "防指办函〔2021〕3号", "type": "risk_notice", "region": "330902",
        "purpose": Purpose.REMINDER, "about": "甲县防指", "receiver": "甲县防指", "subject": "催办", "text": "演练。请应答。",
        "urgency": "特急", "exercise": True, "made_at": NOW, "answer_by": NOW + timedelta(minutes=10),
    }  # fmt: skip
    return Outgoing(**{**given, **changes})


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


Act = Callable[["Server", Asked, BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """An HTTP server that does what ``act`` says and keeps what it was asked."""

    act: Act
    asked: list[Asked] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)
    url: str = ""


def says(status: int, body: Any = b"{}", **headers: str) -> Act:
    """Answer at once."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def act(_server: Server, _asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return act


def in_turn(*acts: Act) -> Act:
    """The first act for the first request, and so on; the last one for all that follow."""
    return lambda server, asked, handler: acts[min(len(server.asked), len(acts)) - 1](server, asked, handler)


def hangs(server: Server, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    """Take the request and say nothing until the test lets go; then answer 200."""
    server.free.wait(30)
    says(200)(server, asked, handler)


def drips(server: Server, _asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    """A byte every tenth of a second: no read ever times out."""
    handler.send_response(200)
    handler.end_headers()
    while not server.free.is_set():
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def cuts(_server: Server, _asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    """The message is taken, and the line goes before the answer."""
    handler.close_connection = True
    handler.connection.close()


@contextmanager
def http_server(act: Act, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on a free port of this machine."""
    server = Server(act)

    class Handler(BaseHTTPRequestHandler):
        def _all(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, parts.path, parse_qs(parts.query), dict(self.headers), body)
            server.asked.append(asked)
            try:
                server.act(server, asked, self)
            except (OSError, ValueError):  # the client went away, or the line was cut on purpose
                self.close_connection = True

        do_GET = do_POST = do_PUT = _all  # noqa: N815

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    listening = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        listening.socket = tls.wrap_socket(listening.socket, server_side=True)
    server.url = f"http{'s' if tls else ''}://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.free.set()
        listening.shutdown()
        listening.server_close()
        thread.join(10)


def free_port() -> int:
    """A port at which nobody listens."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Post:
    """A mail server's handler; ``rcpt`` and ``data`` say what it answers."""

    rcpt: str = "250 OK"
    data: str = "250 taken"
    stall: float = 0.0
    cut: bool = False
    taken: list[Envelope] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, _s: SMTP, _ss: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.stall)
        if self.data.startswith("250"):
            self.taken.append(envelope)
            self.secured.append(session.ssl is not None or getattr(server, "_over_ssl", False))
        if self.cut:
            assert server.transport is not None
            server.transport.abort()
        return self.data

    def login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        """The one user that may send."""
        self.logins.append((data.login, data.password))
        good = (data.login, data.password) == (b"riskmap", b"correct horse")
        return AuthResult(success=good, handled=good)  # unhandled: the server itself says 535


@contextmanager
def mail_server(post: Post, **options: Any) -> Iterator[Controller]:
    """An SMTP server on a free port of this machine."""
    controller = Controller(post, hostname="127.0.0.1", port=free_port(), ready_timeout=10, **options)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


@dataclass(frozen=True)
class Authority:
    """A certificate authority of this machine's own, and a server's certificate from it."""

    file: Path
    server: ssl.SSLContext


def authority(folder: Path) -> Authority:
    """Made for 127.0.0.1; unknown to the system, so that a client that trusts it was told to."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "ca.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return Authority(certificate, context)
