"""The server as it runs: a real process, TLS, kills, uploads without end, lines that say nothing."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evac.api.app import create_app
from evac.api.serving import is_loopback, require_safe
from evac.cli import main
from evac.events import Envelope, canonical
from evac.log import verify_chain
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from evac.store.tokens import MemoryTokens, tokens_beside
from evac.tokens import Role, make_token
from riskmap.errors import ConfigError
from tests.contracts.tree import ROOT
from tests.evac.api.desks import NO_LIMITS
from tests.evac.api.servers import answer_of, post, process, thread
from tests.evac.scenes import make_event

WEEK = timedelta(days=7)


def body_of(*events: Envelope) -> bytes:
    return b'{"events":[' + b",".join(map(canonical, events)) + b"]}"


def token_for(registry: Path, **more: Any) -> str:
    room = tokens_beside(registry)
    text, token = make_token(
        "D1", Role.CLERK, "33", made_at=datetime.now(UTC), valid=WEEK, gateway=True, **more
    )
    room.put(token)
    room.close()
    return text


@pytest.fixture
def evac(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The command line; what it printed."""

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        told = capsys.readouterr()
        assert end.value.code == 0, told.err
        return told.out

    return run


@pytest.mark.slow
def test_a_server_is_one_command_and_stops_in_order(tmp_path: Path, evac: Callable[..., str]) -> None:
    registry, key = tmp_path / "r.sqlite", tmp_path / "r.key"
    evac("vault", "new", "--out", str(key))
    event = make_event("arrived_shelter")
    with process(registry, "--vault", str(key)) as (server, port):
        token = evac(
            "token", "new", "--registry", str(registry), "--device", "D1", "--role", "clerk", "--scope", "33"
        ).strip()
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(post(token, body_of(event)))
            status, told = answer_of(line)
            line.sendall(b"GET /v1/clock HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer_of(line)[0] == 200
        assert (status, json.loads(told)["stored"]) == (200, [event.event_id])
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
    assert sorted(path.name for path in tmp_path.glob("r.sqlite*")) == [
        "r.sqlite",
        "r.sqlite.access",
        "r.sqlite.tokens",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("r.*")} == {0o600}
    log = (tmp_path / "server.log").read_text(encoding="utf-8")
    lines = [json.loads(row) for row in log.splitlines() if row.startswith("{")]
    assert [row["route"] for row in lines] == ["/v1/checkins", "/v1/clock"]
    assert lines[0]["token"] == token.split("_")[1]
    assert event.code not in log
    assert event.actor not in log
    store = SQLiteStore(registry)
    assert store.known([event.event_id]) == {event.event_id}
    store.close()
    listed = evac("token", "list", "--registry", str(registry))
    assert re.fullmatch(r"[0-9a-f]{12}  D1  clerk  33  .* UTC  valid 有效\n", listed)
    assert "已吊销" in evac("token", "revoke", "--registry", str(registry), "D1")
    assert "revoked" in evac("token", "list", "--registry", str(registry))


def test_a_server_on_a_file_needs_no_postgres_and_no_rasters() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None; import evac.api.running; "
        "print(*(name for name in ('xarray', 'pandas', 'rasterio', 'numba') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


@pytest.mark.slow
def test_a_killed_server_has_lost_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    registry = tmp_path / "r.sqlite"
    SQLiteStore(registry).close()
    token = token_for(registry)
    acknowledged: set[str] = set()
    lists = [[make_event("notified", n * 20 + m, code=f"7{n:025d}") for m in range(20)] for n in range(2000)]
    with process(registry) as (server, port):

        def send(first: int) -> None:
            with socket.create_connection(("127.0.0.1", port)) as line:
                for events in lists[first::4]:
                    try:
                        line.sendall(post(token, body_of(*events)))
                    except ConnectionError:
                        return
                    status, told = answer_of(line)
                    if status != 200:
                        return
                    acknowledged.update(json.loads(told)["stored"])

        senders = [threading.Thread(target=send, args=(n,)) for n in range(4)]
        for sender in senders:
            sender.start()
        give_up = time.monotonic() + 30
        while len(acknowledged) < 400 and time.monotonic() < give_up:
            time.sleep(0.005)
        server.kill()
        for sender in senders:
            sender.join()
    assert 400 <= len(acknowledged) < 40_000
    store = SQLiteStore(registry)
    assert store.known(acknowledged) == acknowledged
    assert verify_chain(store.log()) == store.head()
    store.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + WEEK)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, key


def test_the_server_speaks_tls(tmp_path: Path) -> None:
    cert, key = _certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(cert))
    app = create_app(MemoryStore(), tokens=MemoryTokens())
    with (
        thread(app, NO_LIMITS, cert=cert, key=key) as port,
        socket.create_connection(("127.0.0.1", port)) as bare,
        trust.wrap_socket(bare, server_hostname="localhost") as line,
    ):
        line.sendall(b"GET /v1/clock HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, told = answer_of(line)
        assert (status, list(json.loads(told))) == (200, ["now"])
        assert line.version() in ("TLSv1.2", "TLSv1.3")


def test_in_clear_only_to_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["serve", "--registry", str(tmp_path / "r.sqlite"), "--host", "0.0.0.0"])
    assert end.value.code == 2
    assert "in clear" in capsys.readouterr().err
    assert not (tmp_path / "r.sqlite").exists()
    require_safe("0.0.0.0", tls=True, plain_http=False)
    require_safe("0.0.0.0", tls=False, plain_http=True)
    for host in ("0.0.0.0", "::", "192.0.2.1", "county.example", ""):
        assert not is_loopback(host)
        with pytest.raises(ConfigError):
            require_safe(host, tls=False, plain_http=False)


def _peak(pid: int) -> int:
    """Largest memory of a process so far [kB]."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    assert found
    return int(found.group(1))


def _push(line: socket.socket, piece: bytes, total: int) -> int:
    """Send until all is sent or the other side hangs up; how much went out."""
    sent = 0
    try:
        while sent < total:
            line.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_an_upload_of_500_mb_is_refused_on_the_way(tmp_path: Path) -> None:
    registry, total = tmp_path / "r.sqlite", 500_000_000
    SQLiteStore(registry).close()
    token = token_for(registry)
    head = f"POST /v1/checkins HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    piece = b"x" * 65536
    ways = {
        f"Content-Length: {total}": piece,
        "Transfer-Encoding: chunked": b"10000\r\n" + piece + b"\r\n",
    }
    with process(registry) as (server, port):
        before = _peak(server.pid)
        for how, part in ways.items():
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(f"{head}{how}\r\n\r\n".encode())
                assert _push(line, part, total) < 50_000_000
        assert _peak(server.pid) - before < 20_000
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(post(token, b"x" * 1_000_001))
            status, told = answer_of(line)
        assert (status, json.loads(told)["error"]) == (413, "too_large")


@pytest.fixture
def hasty() -> Any:
    """A server without patience, in a thread."""
    from dataclasses import replace

    limits = replace(NO_LIMITS, header_seconds=0.4, body_seconds=0.4)
    with thread(create_app(MemoryStore(), tokens=MemoryTokens(), limits=limits), limits) as port:
        yield port


@pytest.mark.parametrize(
    "said",
    [b"", b"G", b"GET /v1/clock HTTP/1.1\r\nHost: x\r\n", b"GET /v1/clock HTTP/1.1\r\nX: " + b"a" * 100_000],
)
def test_a_head_that_does_not_come_closes_the_line(hasty: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", hasty), timeout=10) as line:
        line.sendall(said)
        time.sleep(0.1)
        status, _ = _last(line)
        assert status in (0, 400)


def _last(line: socket.socket) -> tuple[int, bytes]:
    """The answer, or that the line was closed; a line that stays open times out and fails the test."""
    data = line.recv(65536)
    return (int(data.split()[1]), data) if data else (0, b"")


def test_a_body_that_does_not_come_is_told_so(hasty: int) -> None:
    with socket.create_connection(("127.0.0.1", hasty), timeout=10) as line:
        line.sendall(
            b"POST /v1/lookup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        status, told = answer_of(line)
        assert (status, json.loads(told)["error"]) == (408, "too_slow")


def test_a_line_that_is_in_use_stays(hasty: int) -> None:
    with socket.create_connection(("127.0.0.1", hasty), timeout=10) as line:
        for _ in range(3):
            line.sendall(b"GET /v1/clock HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer_of(line)[0] == 200
            time.sleep(0.3)
