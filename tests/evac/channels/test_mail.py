"""Mail against a real SMTP server (aiosmtpd): TLS, login, refusals, stalls, and a line cut after the mail was taken."""

from __future__ import annotations

import email
import json
import time
from dataclasses import replace
from datetime import timedelta
from email import policy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from evac.channels.mail import MailChannel, letter
from evac.channels.papers import Papers
from evac.channels.secret import Secret
from evac.orders.desk import Desk
from evac.orders.outbox import Outcome, Purpose
from evac.signing import write_papers
from evac.store.memory_documents import MemoryDocumentLog
from tests.evac.channels.servers import NOW, Post, authority, free_port, mail_server, outgoing
from tests.evac.orders.office import SIGNED_AT, draft, message

RECEIVER = "duty@county.invalid"


def channel(port: int, **changes: Any) -> MailChannel:
    given = {"name": "mail", "host": "127.0.0.1", "port": port, "sender": "fxb@province.invalid", "security": "plain",
             "limit": timedelta(seconds=15)}  # fmt: skip
    return MailChannel(**{**given, **changes})


def test_a_mail_arrives_as_it_was_written() -> None:
    post = Post()
    with mail_server(post) as server:
        reply = channel(server.port).attempt(outgoing(subject="关于防范\n台风的函"), RECEIVER, at=NOW)
    assert (reply.outcome, len(post.taken)) == (Outcome.HANDED, 1)
    content = post.taken[0].content
    assert isinstance(content, bytes)
    mail = email.message_from_bytes(content, policy=policy.default)
    body = mail.get_body()
    assert body is not None
    assert (mail["Subject"], body.get_content().strip()) == ("关于防范 台风的函", "演练。请应答。")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (reply.reference, "auto-generated")
    assert mail["Date"].datetime == NOW


@pytest.mark.parametrize(
    ("post", "outcome"),
    [
        (Post(rcpt="550 no such user"), Outcome.REFUSED),
        (Post(rcpt="451 busy"), Outcome.FAILED),
        (Post(data="554 not this"), Outcome.REFUSED),
        (Post(data="452 disk full"), Outcome.FAILED),
    ],
    ids=lambda p: f"{p.rcpt} {p.data}" if isinstance(p, Post) else "",
)
def test_what_the_code_means(post: Post, outcome: Outcome) -> None:
    with mail_server(post) as server:
        reply = channel(server.port).attempt(outgoing(), RECEIVER, at=NOW)
    assert reply.outcome is outcome
    assert reply.detail.split()[0] in ("550", "451", "554", "452")
    assert post.taken == []


def test_nobody_listens_and_nobody_is_there() -> None:
    assert channel(free_port()).attempt(outgoing(), RECEIVER, at=NOW).outcome is Outcome.FAILED
    gone = channel(25, host="no.such.host.invalid").attempt(outgoing(), RECEIVER, at=NOW)
    assert gone.outcome is Outcome.FAILED


def test_a_server_that_stalls_is_left_at_the_limit() -> None:
    with mail_server(Post(stall=8.0)) as server:
        begun = time.monotonic()
        reply = channel(server.port, limit=timedelta(seconds=0.5)).attempt(outgoing(), RECEIVER, at=NOW)
        assert time.monotonic() - begun < 7
    assert reply.outcome is Outcome.FAILED


def test_a_line_cut_after_the_mail_was_taken_brings_the_same_mail_again() -> None:
    post = Post(cut=True)
    with mail_server(post) as server:
        first = channel(server.port).attempt(outgoing(), RECEIVER, at=NOW)
        post.cut = False
        second = channel(server.port).attempt(outgoing(), RECEIVER, at=NOW + timedelta(minutes=5))
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.HANDED)
    ids = {email.message_from_bytes(bytes(e.content or b""))["Message-ID"] for e in post.taken}
    assert (len(post.taken), len(ids)) == (2, 1)  # a mailbox knows the repeat


def test_another_key_is_another_mail() -> None:
    one, same, other = (
        letter(o, sender="a@b", to=RECEIVER) for o in (outgoing(), outgoing(), outgoing(key="k2"))
    )
    assert one["Message-ID"] == same["Message-ID"] != other["Message-ID"]
    assert one.as_bytes() == same.as_bytes()


@pytest.mark.parametrize(
    "text", ["见附件\r\nBcc: all@county.invalid", "\u2028", "." * 2000, "行\n.\n行", "🌀" * 500]
)
def test_no_text_breaks_the_mail(text: str) -> None:
    post = Post()
    with mail_server(post) as server:
        record = outgoing(text=text, subject=text)
        reply = channel(server.port).attempt(record, RECEIVER, at=NOW)
    assert reply.outcome is Outcome.HANDED
    mail = email.message_from_bytes(bytes(post.taken[0].content or b""), policy=policy.default)
    assert mail["Bcc"] is None
    assert post.taken[0].rcpt_tos == [RECEIVER]
    body = mail.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == text.replace("\r\n", "\n")


def test_starttls_login_and_trust(tmp_path: Path) -> None:
    ours, post = authority(tmp_path), Post()
    good = {
        "security": "starttls",
        "user": "riskmap",
        "secret": Secret("correct horse"),
        "certificates": str(ours.file),
    }
    options = {
        "tls_context": ours.server,
        "require_starttls": True,
        "authenticator": post.login,
        "auth_required": True,
    }
    with mail_server(post, **options) as server:
        whole = channel(server.port, **good)
        replies = [
            one.attempt(outgoing(), RECEIVER, at=NOW)
            for one in (whole, replace(whole, secret=Secret("wrong battery")))
        ]
        told = len(post.logins)
        replies += [
            one.attempt(outgoing(), RECEIVER, at=NOW)
            for one in (replace(whole, certificates=None), channel(server.port))
        ]
    assert [r.outcome for r in replies] == [Outcome.HANDED, Outcome.FAILED, Outcome.FAILED, Outcome.REFUSED]
    assert post.secured == [True]
    assert "login refused: 535" in replies[1].detail
    assert "CERTIFICATE_VERIFY_FAILED" in replies[2].detail
    assert "battery" not in f"{replies} {whole}"
    assert len(post.logins) == told > 0  # nobody logs in over a line that is not trusted


def folder_of(base: Path, draft: str, content: bytes, digest: str | None = None) -> Path:
    """As `evac sign` leaves it."""
    folder = base / "out" / "run" / "signed" / "2021-函-3"
    folder.mkdir(parents=True)
    (folder / "document.pdf").write_bytes(content)
    told = {"digest": draft, "files": {"document.pdf": digest or sha256(content).hexdigest()}}
    (folder / "receipt.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def test_a_letter_carries_its_paper_as_it_was_signed(tmp_path: Path) -> None:
    post, pdf = Post(), b"%PDF-1.7 \x00\xff" * 5000
    folder = folder_of(tmp_path, "0" * 64, pdf)
    (folder.parent / "broken").mkdir()
    (folder.parent / "broken" / "receipt.json").write_text("{")  # another's broken receipt stops nobody
    papers = Papers(tmp_path, ("out/*/signed",), ("document.pdf",))
    with mail_server(post) as server:
        mail = channel(server.port, papers=papers)
        assert mail.attempt(outgoing(purpose=Purpose.DOCUMENT), RECEIVER, at=NOW).outcome is Outcome.HANDED
        assert (
            mail.attempt(outgoing(key="r"), RECEIVER, at=NOW).outcome is Outcome.HANDED
        )  # a reminder has none
    parts = [
        list(email.message_from_bytes(bytes(e.content or b""), policy=policy.default).iter_attachments())
        for e in post.taken
    ]
    assert [len(p) for p in parts] == [1, 0]
    assert (parts[0][0].get_filename(), parts[0][0].get_content_type()) == ("document.pdf", "application/pdf")
    assert parts[0][0].get_content() == pdf
    one, same = (
        letter(outgoing(), sender="a@b", to=RECEIVER, attached={"document.pdf": pdf}) for _ in range(2)
    )
    assert one.as_bytes() == same.as_bytes()


@pytest.mark.parametrize("fault", ["altered", "missing", "another"])
def test_no_letter_goes_without_its_paper_or_with_another(tmp_path: Path, fault: str) -> None:
    folder = folder_of(tmp_path, ("1" if fault == "another" else "0") * 64, b"%PDF")
    if fault == "altered":
        (folder / "document.pdf").write_bytes(b"%PDF, and a line more")
    if fault == "missing":
        (folder / "document.pdf").unlink()
    post = Post()
    with mail_server(post) as server:
        mail = channel(server.port, papers=Papers(tmp_path, ("out/*/signed",), ("document.pdf",)))
        reply = mail.attempt(outgoing(purpose=Purpose.DOCUMENT), RECEIVER, at=NOW)
    assert (reply.outcome, post.taken) == (Outcome.FAILED, [])
    assert "paper" in reply.detail


def test_what_evac_sign_wrote_is_found(tmp_path: Path) -> None:
    log = MemoryDocumentLog()
    desk = Desk(log)
    signed = desk.sign(draft(), signer="张三", at=SIGNED_AT, message=message())
    folder = write_papers(desk, signed, source=tmp_path / "out" / "run", by="张三", at=SIGNED_AT)
    found = Papers(tmp_path, ("out/*/signed",), ("document.pdf", "cap.xml")).of(signed.signed.draft)
    assert found == {name: (folder / name).read_bytes() for name in ("document.pdf", "cap.xml")}
