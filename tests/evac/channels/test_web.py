"""Robot and gateway against a real HTTP server: answers, failures, stalls, cut lines, TLS, and no secret anywhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.channels.secret import Secret, struck_out
from evac.channels.web import GatewayChannel, Pace, RobotChannel, Wire, filled, robot_signature
from evac.orders.outbox import Outcome
from tests.evac.channels.servers import (
    NOW,
    Act,
    Asked,
    Server,
    authority,
    cuts,
    drips,
    free_port,
    hangs,
    http_server,
    outgoing,
    says,
)

TOKEN, SIGNING = "token-0123456789abcdef", "SECabcdef/+0123456789"
WIRE = Wire(limit=timedelta(seconds=10))


def robot(server: Server | str, *, wire: Wire = WIRE, pace: int = 20) -> RobotChannel:
    url = server if isinstance(server, str) else server.url
    return RobotChannel(
        name="robot", url=Secret(f"{url}/robot/send?access_token={TOKEN}"), secret=Secret(SIGNING), wire=wire, pace=Pace(pace)
    )  # fmt: skip


def gateway(server: Server | str, **changes: object) -> GatewayChannel:
    url = server if isinstance(server, str) else server.url
    return GatewayChannel(
        name="sms", url=f"{url}/sms", wire=WIRE, body={"phone": "{to}", "text": "{text}"}, **changes
    )  # type: ignore[arg-type]


def as_dingtalk(_server: Server, asked: Asked, handler: object) -> None:
    """The other side's own check of the signature, written from its documentation and not from ours."""
    stamp, sign = asked.query["timestamp"][0], asked.query["sign"][0]
    mac = hmac.new(SIGNING.encode(), f"{stamp}\n{SIGNING}".encode(), hashlib.sha256).digest()
    good = base64.b64decode(sign) == mac and asked.query["access_token"] == [TOKEN]
    answer = {"errcode": 0, "errmsg": "ok"} if good else {"errcode": 310000, "errmsg": "sign not match"}
    says(200, answer)(_server, asked, handler)  # type: ignore[arg-type]


def test_the_signature_is_the_published_one() -> None:
    """A vector of another implementation (the Rust crate dingding 0.1.1, src/signature.rs)."""
    assert robot_signature(1_700_000_000_000, "secret") == "OuzzJR5+xZ4/EYwqtNt6sMYZQMTa/HEGvc9miJe7XzY="


def test_a_robot_takes_a_signed_message() -> None:
    with http_server(as_dingtalk) as server:
        reply = robot(server).attempt(outgoing(), "13800000000", at=NOW)
    assert (reply.outcome, reply.detail) == (Outcome.HANDED, "errcode 0: ok")
    (asked,) = server.asked
    assert asked.query["timestamp"] == [str(round(NOW.timestamp() * 1000))]
    assert asked.json["at"] == {"atMobiles": ["13800000000"], "isAtAll": False}
    assert "演练。请应答。" in asked.json["text"]["content"]


def test_a_wrong_signature_is_the_office_s_to_mend_and_tells_no_secret() -> None:
    with http_server(as_dingtalk) as server:
        channel = RobotChannel(
            name="r", url=Secret(f"{server.url}/?access_token={TOKEN}"), secret=Secret("SECwrong"), wire=WIRE
        )
        reply = channel.attempt(outgoing(), "", at=NOW)
    assert (reply.outcome, reply.detail) == (Outcome.FAILED, "errcode 310000: sign not match")


def test_a_robot_that_was_asked_too_fast_is_left_alone_for_ten_minutes() -> None:
    with http_server(says(200, {"errcode": 130101, "errmsg": "send too fast"})) as server:
        reply = robot(server).attempt(outgoing(), "", at=NOW)
        assert (reply.outcome, reply.wait) == (Outcome.FAILED, timedelta(minutes=10))


def test_no_robot_is_asked_too_fast() -> None:
    with http_server(as_dingtalk) as server:
        channel = robot(server, pace=3)
        replies = [channel.attempt(outgoing(key=str(n)), "", at=NOW + timedelta(seconds=n)) for n in range(5)]
        later = channel.attempt(outgoing(key="later"), "", at=NOW + timedelta(seconds=60))
    assert [r.outcome for r in (*replies, later)] == [Outcome.HANDED] * 3 + [Outcome.FAILED] * 2 + [
        Outcome.HANDED
    ]
    assert replies[3].wait == timedelta(seconds=57)
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (says(200, {}), Outcome.HANDED),
        (says(204, b""), Outcome.HANDED),
        (says(500, b"down"), Outcome.FAILED),
        (says(503, b"down"), Outcome.FAILED),
        (says(429, b"slow"), Outcome.FAILED),
        (says(401, b"who"), Outcome.FAILED),
        (says(422, b"no such number"), Outcome.REFUSED),
        (
            says(302, b"", Location="http://127.0.0.1:1/"),
            Outcome.FAILED,
        ),  # an address is never followed elsewhere
        (cuts, Outcome.FAILED),
    ],
)
def test_what_the_status_means(act: Act, outcome: Outcome) -> None:
    with http_server(act) as server:
        assert gateway(server).attempt(outgoing(), "138", at=NOW).outcome is outcome


def test_a_gateway_says_when_to_come_again() -> None:
    with http_server(says(429, b"", Retry_After="90")) as server:
        assert gateway(server).attempt(outgoing(), "138", at=NOW).wait == timedelta(seconds=90)


def test_nobody_listens() -> None:
    reply = gateway(f"http://127.0.0.1:{free_port()}").attempt(outgoing(), "138", at=NOW)
    assert reply.outcome is Outcome.FAILED
    assert "ConnectError" in reply.detail


@pytest.mark.parametrize("act", [hangs, drips])
def test_a_server_that_stalls_or_drips_is_left_at_the_limit(act: Act) -> None:
    wire = Wire(limit=timedelta(seconds=0.5))
    with http_server(act) as server:
        begun = time.monotonic()
        reply = GatewayChannel(
            name="sms", url=server.url, wire=wire, taken_path="code", taken=("0",)
        ).attempt(outgoing(), "1", at=NOW)
        assert time.monotonic() - begun < 5
    assert reply.outcome is Outcome.FAILED


def test_an_answer_without_end_is_cut_off() -> None:
    with http_server(says(200, b"x" * 5_000_000)) as server:
        reply = gateway(server, taken_path="code", taken=("0",)).attempt(outgoing(), "1", at=NOW)
    assert reply.outcome is Outcome.FAILED
    assert len(reply.detail) <= 300


@pytest.mark.parametrize(
    ("answer", "outcome", "reference"),
    [
        ({"data": {"code": 0, "id": 77}}, Outcome.HANDED, "77"),
        ({"data": {"code": "OK"}}, Outcome.HANDED, ""),
        ({"data": {"code": 1404}}, Outcome.REFUSED, ""),
        ({"data": {"code": 9}}, Outcome.FAILED, ""),
        ({"data": None}, Outcome.FAILED, ""),
        ([], Outcome.FAILED, ""),
    ],
)
def test_what_the_gateway_s_own_code_means(answer: object, outcome: Outcome, reference: str) -> None:
    with http_server(says(200, answer)) as server:
        channel = gateway(
            server, taken_path="data.code", taken=("0", "OK"), refused=("1404",), reference_path="data.id"
        )
        reply = channel.attempt(outgoing(), "138", at=NOW)
    assert (reply.outcome, reply.reference) == (outcome, reference)


def test_a_template_is_filled_everywhere_and_only_once() -> None:
    with http_server(says(200)) as server:
        channel = GatewayChannel(
            name="sms", url=f"{server.url}/{{number}}", method="PUT", headers={"X-Key": "{api_key}"}, params={"u": "{to}"},
            form={"content": "{text}", "sign": "{api_key}", "id": "{key}"}, secrets={"api_key": Secret("geheim-geheim")}, wire=WIRE,
        )  # fmt: skip
        channel.attempt(outgoing(text="到 {to} 去 & {api_key}"), "138", at=NOW)
    (asked,) = server.asked
    assert (asked.method, asked.query, asked.headers["X-Key"]) == ("PUT", {"u": ["138"]}, "geheim-geheim")
    from urllib.parse import parse_qs

    assert parse_qs(asked.body.decode()) == {
        "content": ["到 {to} 去 & {api_key}"],
        "sign": ["geheim-geheim"],
        "id": ["k1"],
    }


def test_the_same_key_is_the_same_idempotency_key() -> None:
    with http_server(cuts) as server:
        for record in (outgoing(), outgoing(), outgoing(key="k2")):
            gateway(server).attempt(record, "138", at=NOW)
    keys = [asked.headers["Idempotency-Key"] for asked in server.asked]
    assert keys[0] == keys[1] != keys[2]


def test_tls_is_checked(tmp_path: Path) -> None:
    ours = authority(tmp_path)
    with http_server(says(200), ours.server) as server:
        strange = gateway(server).attempt(outgoing(), "138", at=NOW)
        known = GatewayChannel(name="sms", url=server.url, wire=Wire(certificates=str(ours.file))).attempt(
            outgoing(), "1", at=NOW
        )
    assert (strange.outcome, known.outcome) == (Outcome.FAILED, Outcome.HANDED)
    assert "CERTIFICATE_VERIFY_FAILED" in strange.detail
    assert len(server.asked) == 1


@pytest.mark.parametrize("act", [as_dingtalk, says(500, f"debug: {TOKEN} {SIGNING}".encode()), cuts, None])
def test_no_secret_is_logged_or_told(act: Act | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    if act is None:
        channel = robot(f"http://127.0.0.1:{free_port()}")
        reply = channel.attempt(outgoing(), "", at=NOW)
    else:
        with http_server(act) as server:
            channel = robot(server)
            reply = channel.attempt(outgoing(), "", at=NOW)
    told = f"{reply} {channel} {caplog.text} {[r.__dict__ for r in caplog.records]}"
    assert TOKEN not in told
    assert SIGNING not in told


@given(st.text(st.characters(exclude_characters="*", codec="utf-8"), min_size=6), st.text(), st.text())
def test_what_is_struck_out_is_gone(secret: str, before: str, after: str) -> None:
    from urllib.parse import quote, quote_plus

    for form in (secret, quote(secret, safe=""), quote_plus(secret)):
        assert form not in struck_out(before + form + after, [Secret(secret)])


@given(st.dictionaries(st.sampled_from(["to", "text", "key"]), st.text()), st.text())
def test_values_are_never_read_as_names(words: dict[str, str], rest: str) -> None:
    found = filled("{to}|{text}|{key}", {"to": "", "text": "", "key": "", **words})
    assert found == "|".join(words.get(name, "") for name in ("to", "text", "key"))
    assert filled(rest, {}) == rest
