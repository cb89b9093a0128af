"""A service that answers well, slowly, in part, too much, elsewhere or not at all; and what is never told of its address."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from riskmap.errors import ConfigError, SourceError
from riskmap.io.service import fetch_text, told_address

SECRET = "s3cr3t"
CSV = "id,time,value\na,2021-07-25T01:00+08:00,1\n"


class Service(BaseHTTPRequestHandler):
    """Each path is a fault."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        try:
            self.answer(path)
        except (BrokenPipeError, ConnectionResetError):  # the client went away, as it should
            return

    def answer(self, path: str) -> None:
        """What the path's fault is."""
        body, length = CSV.encode(), None
        if path == "/slow":
            time.sleep(1.0)
        if path in ("/away", "/file", "/home", "/loop"):
            to = {
                "/away": "http://example.invalid/x",
                "/file": "file:///etc/hosts",
                "/home": "/good",
                "/loop": "/loop",
            }
            self.send_response(302)
            self.send_header("Location", f"{to[path]}?key={SECRET}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        busy = path == "/busy_once" and self.asked.count(path) == 1
        self.send_response({"/broken": 500, "/locked": 403}.get(path, 503 if busy else 200))
        if path == "/huge":
            body = b"x" * 50_000
        if path == "/cut":
            length = len(body) + 100
        if path == "/drip":
            length = 200
        if path not in ("/endless", "/endless_row"):
            self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        if path == "/endless_row":
            body = body[:-3]
        if path == "/drip":
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.02)
            return
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between the test and itself."""
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    Service.asked.clear()


def serving(server: ThreadingHTTPServer, scheme: str) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    yield from serving(ThreadingHTTPServer(("127.0.0.1", 0), Service), "http")


def ask(url: str, **more: object) -> str:
    more = {"timeout": 0.4, "limit": 10_000, "pause": lambda _seconds: None} | more
    return fetch_text(f"{url}?key={SECRET}", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/good", "/home", "/endless"])
def test_a_whole_answer_is_its_text(address: str, path: str) -> None:
    assert ask(address + path) == CSV


def test_a_busy_service_is_asked_again_and_a_broken_one_not_for_ever(address: str) -> None:
    waits: list[float] = []
    assert ask(address + "/busy_once", pause=waits.append) == CSV
    with pytest.raises(SourceError, match="HTTP 500"):
        ask(address + "/broken", pause=waits.append)
    assert Service.asked == ["/busy_once"] * 2 + ["/broken"] * 3
    assert waits == [1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/locked", "HTTP 403.*address and its key"), ("/slow", "no answer in time"), ("/drip", "too slow"),
        ("/huge", "more than 10000 bytes"), ("/cut", "cut off after 4[0-9] of 14[0-9] bytes"),
        ("/endless_row", "stops within a line"), ("/away", r"redirects to http://example\.invalid\."),
        ("/file", "HTTP 302"), ("/loop", "HTTP 302"),
    ],
)  # fmt: skip
def test_every_fault_is_named_and_no_secret_told(address: str, path: str, named: str) -> None:
    start = time.monotonic()
    with pytest.raises(SourceError, match=named) as caught:
        ask(address + path, tries=1)
    assert time.monotonic() - start < 5.0
    told = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
    assert SECRET not in told
    assert caught.value.__suppress_context__
    assert address in told


def test_a_dead_service_is_named_after_three_tries() -> None:
    waits: list[float] = []
    with pytest.raises(SourceError, match="refused"):
        ask("http://127.0.0.1:9/x", pause=waits.append)
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hosts", "ftp://example.org/x", "readings.csv", "http://", "https://[::1/x", "http://h:port/x",
        f"http://me:{SECRET}@127.0.0.1:9/x", "gopher://127.0.0.1/x", "data:text/plain,x",
    ],
)  # fmt: skip
def test_other_schemes_and_passwords_are_refused_unasked(url: str) -> None:
    def never(_url: str, *, timeout: float) -> None:
        raise AssertionError(timeout)

    with pytest.raises(ConfigError) as caught:
        fetch_text(url, opener=never)  # type: ignore[arg-type]
    assert SECRET not in str(caught.value)


def test_a_blank_in_the_address_does_not_give_its_key_away(address: str) -> None:
    with pytest.raises(SourceError) as caught:
        fetch_text(f"{address}/good?key={SECRET} x", tries=1)
    assert SECRET not in str(caught.value)
    assert "InvalidURL" in str(caught.value)


def test_an_address_is_told_without_user_password_query_and_fragment() -> None:
    assert told_address(f"https://u:{SECRET}@h.cn:1/p/q?k={SECRET}#{SECRET}") == "https://h.cn:1/p/q"


def test_a_certificate_that_nobody_vouches_for_is_named(tmp_path: Path) -> None:
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "server.pem"
    form = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(form)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]
    running = serving(server, "https")
    address = next(running)
    waits: list[float] = []
    try:
        with pytest.raises(SourceError, match="certificate is not trusted") as caught:
            ask(address + "/good", pause=waits.append)
    finally:
        assert list(running) == []
    assert waits == []  # it will not be trusted the next second either
    assert SECRET not in str(caught.value)
    assert Service.asked == []
