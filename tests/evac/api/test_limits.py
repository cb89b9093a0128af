"""Bounds of rate and size, headers of safety, and a log without names."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.api.buckets import Buckets, network
from evac.api.gate import route_of
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from evac.tokens import Role
from riskmap.errors import SourceError
from tests.evac.api.desks import ANN, NO_LIMITS, Desk
from tests.evac.scenes import make_event


@given(st.lists(st.floats(0, 5), max_size=60), st.floats(0.1, 10), st.integers(1, 10))
def test_a_bucket_never_gives_more_than_its_burst_and_rate(
    pauses: list[float], rate: float, burst: int
) -> None:
    buckets, now, given_out = Buckets(rate, float(burst)), 0.0, 0
    for pause in pauses:
        now += pause
        wait = buckets.take("a", now=now)
        given_out += wait == 0.0
        assert given_out <= burst + rate * now + 1e-6
        assert wait == 0.0 or buckets.take("b", now=now) in (0.0, pytest.approx(1 / rate, rel=1e9))


def test_who_waits_as_long_as_told_is_served() -> None:
    buckets = Buckets(rate=0.3, burst=1.0)
    assert buckets.take("a", now=10.0) == 0.0
    wait = buckets.take("a", now=10.0)
    assert buckets.take("a", now=10.0 + wait * 0.9) > 0.0
    assert buckets.take("a", now=10.0 + wait * 1.001) == 0.0


def test_many_keys_do_not_fill_the_memory() -> None:
    buckets = Buckets(1.0, 1.0, most=100)
    for n in range(1000):
        buckets.take(str(n), now=0.0)
    assert len(buckets) == 100


def test_one_customer_is_one_address() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("::ffff:192.0.2.7") == "192.0.2.7" != network("192.0.2.8")
    assert network("fe80::1%eth0") == network("fe80::2")
    assert network("testclient") == "testclient"


def test_a_device_beyond_its_rate_waits_and_no_other(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(replace(NO_LIMITS, device=(0.5, 2.0)))
    one, other, kiosk = desk.token(), desk.token(), desk.token(gateway=True)
    assert [desk.send(headers=one).status_code for _ in range(3)] == [200, 200, 429]
    assert desk.send(headers=one).headers["retry-after"] in ("1", "2")
    assert desk.send(headers=other).status_code == desk.send(headers=kiosk).status_code == 200


def test_wrong_tokens_of_an_address_wait_and_right_ones_do_not(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(replace(NO_LIMITS, wrong=(0.01, 2.0)))
    wrong, right = {"authorization": "Bearer evt_000000000000_x"}, desk.token()
    assert desk.send(headers=right).status_code == 200
    assert [desk.send(headers=wrong).status_code for _ in range(3)] == [401, 401, 429]
    assert desk.send(headers=right).status_code == 200


def test_beyond_the_rate_no_unheard_token_is_looked_up(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(replace(NO_LIMITS, wrong=(0.01, 2.0)))
    asked: list[str] = []
    token = desk.tokens.token
    monkeypatch.setattr(desk.tokens, "token", lambda token_id: (asked.append(token_id), token(token_id))[1])
    right = desk.token()
    desk.send(headers=right)
    asked.clear()
    wrong = [{"authorization": f"Bearer evt_{n:012x}_x"} for n in (0, 0, 1, 2, 3)]
    assert [desk.send(headers=one).status_code for one in wrong] == [401, 401, 429, 429, 429]
    assert asked == ["0" * 12]
    monkeypatch.setattr("evac.api.service.TOKEN_SECONDS", 0.0)
    assert desk.send(headers=right).status_code == 200


def test_a_slow_room_of_tokens_keeps_nobody_else_waiting(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk()
    seen: list[str] = []
    token = desk.tokens.token

    def look(token_id: str) -> object:
        seen.append(threading.current_thread().name)
        return token(token_id)

    monkeypatch.setattr(desk.tokens, "token", look)
    assert desk.send(headers=desk.token()).status_code == 200
    assert seen[0].startswith("evac-token")


def test_a_slow_look_up_of_codes_keeps_no_acknowledgement_waiting(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(replace(NO_LIMITS, unknown_seconds=0.05))
    release = threading.Event()
    monkeypatch.setattr(MemoryStore, "listed", lambda *_: release.wait(10) and frozenset())
    event = make_event("arrived_shelter", 9, code=ANN.code)
    answer = desk.send(event, headers=desk.token()).json()
    assert (answer["stored"], answer["unknown"]) == ([event.event_id], None)
    # the thread of the codes is busy still; who reads people does not wait for it
    assert desk.client.get(f"/v1/people/{ANN.code}", headers=desk.token()).status_code == 200
    release.set()


def test_passers_by_wait(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(replace(NO_LIMITS, address=(0.01, 2.0)))
    assert [desk.client.get("/v1/clock").status_code for _ in range(3)] == [200, 200, 429]
    # phones of one mobile network share an address, never its limit
    assert [desk.client.get("/v1/clock", headers=desk.token()).status_code for _ in range(9)] == [200] * 9


def test_a_body_beyond_the_bound_is_refused_declared_or_not(desk: Desk) -> None:
    headers = desk.token()
    declared = desk.client.post("/v1/checkins", content=b"x" * 1_000_001, headers=headers)
    streamed = desk.client.post("/v1/checkins", content=(b"x" * 100_000 for _ in range(11)), headers=headers)
    door = desk.client.post("/v1/people", content=(b"x" * 100_000 for _ in range(11)), headers=headers)
    for answer in (declared, streamed, door):
        assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
        assert answer.headers["connection"] == "close"


def test_answers_carry_headers_of_safety(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    desk = open_desk(pages=tmp_path)
    for path, status in (
        ("/v1/clock", 200),
        ("/v1/nothing", 404),
        ("/v1/counts", 401),
        ("/kiosk/", 200),
        ("/kiosk/none.js", 404),
    ):
        answer = desk.client.get(path)
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 16
    assert desk.client.get("/v1/clock").headers["cache-control"] == "no-store"
    assert desk.client.get("/", follow_redirects=False).headers["location"] == "/kiosk/"


def test_pages_stay_in_their_folder(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("page", encoding="utf-8")
    (tmp_path / "secret.key").write_text("secret", encoding="utf-8")
    desk = open_desk(pages=pages)
    for path in (
        "/kiosk/../secret.key",
        "/kiosk/%2e%2e/secret.key",
        "/kiosk//etc/passwd",
        "/kiosk/..%5csecret.key",
    ):
        assert "secret" not in desk.client.get(path).text


def test_the_log_knows_no_names(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "evac.access"):
        desk.send(make_event("arrived_shelter", 9, code=ANN.code, actor="张三"), headers=desk.token())
        desk.client.get(f"/v1/people/{ANN.code}?name=张三", headers=desk.token(scope=ANN.village))
        desk.client.get(f"/{ANN.code}")
    rows = [json.loads(record.message) for record in caplog.records]
    assert [(row["route"], row["status"]) for row in rows] == [
        ("/v1/checkins", 200), ("/v1/people/{code}", 200), ("other", 404),
    ]  # fmt: skip
    assert ANN.code not in caplog.text
    assert "张三" not in caplog.text
    assert all(row["token"] for row in rows[:2])


def test_a_route_names_nobody() -> None:
    assert route_of("/v1/people/7CCC/reveal") == "/v1/people/{code}"
    assert route_of("/v1/" + "x" * 50) == route_of("/v1/\n") == "other"


def test_an_error_of_ours_says_nothing_but_its_id(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError(ANN.name)

    monkeypatch.setattr(desk.app.state.service, "now", broken)
    answer = desk.client.get("/v1/clock")
    assert (answer.status_code, answer.json()["error"]) == (500, "broken")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert ANN.name not in answer.text


@pytest.fixture
def on_file(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    path = tmp_path / "r.sqlite"
    desk = open_desk(store=SQLiteStore(path), open_reader=lambda: SQLiteStore(path, read_only=True))
    desk.store._raw.execute("PRAGMA busy_timeout=50")  # type: ignore[attr-defined]
    return desk


def test_a_locked_registry_acknowledges_nothing(on_file: Desk, tmp_path: Path) -> None:
    other = SQLiteStore(tmp_path / "r.sqlite")
    headers, event = on_file.token(), make_event("arrived_shelter", 9, code=ANN.code)
    other._raw.execute("BEGIN EXCLUSIVE")
    refused = on_file.send(event, headers=headers)
    other._raw.execute("ROLLBACK")
    other.close()
    assert (refused.status_code, refused.json()["error"]) == (503, "store_unavailable")
    assert on_file.send(event, headers=headers).json()["stored"] == [event.event_id]


def test_a_full_disk_acknowledges_nothing_and_reading_goes_on(on_file: Desk) -> None:
    raw = on_file.store._raw  # type: ignore[attr-defined]
    raw.execute(f"PRAGMA max_page_count={raw.execute('PRAGMA page_count').fetchone()[0]}")
    events = [make_event("arrived_shelter", n, code=f"7{n:025d}", place="长" * 200) for n in range(100)]
    full = on_file.send(*events, headers=on_file.token())
    assert (full.status_code, full.json()["error"]) == (507, "store_full")
    assert on_file.client.get("/v1/counts", headers=on_file.token(Role.LIAISON)).json()["total"]["due"] == 1
    raw.execute("PRAGMA max_page_count=1000000")
    assert len(on_file.send(*events, headers=on_file.token()).json()["stored"]) == 100


def test_a_reader_that_lost_its_store_opens_another(on_file: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: object) -> None:
        raise SourceError("lost")

    headers = on_file.token(Role.LIAISON)
    with monkeypatch.context() as broken:
        broken.setattr(SQLiteStore, "seats", lost)
        assert on_file.client.get("/v1/counts", headers=headers).status_code == 503
    assert on_file.client.get("/v1/counts", headers=headers).status_code == 200


def test_however_many_look_the_store_is_asked_once(
    open_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(replace(NO_LIMITS, counts_seconds=1000.0))
    asked = []
    seats = desk.store.seats
    monkeypatch.setattr(desk.store, "seats", lambda: (asked.append(1), seats())[1])
    headers = desk.token(Role.LIAISON, "33")
    for prefix in ("33", "330902", "33", "330902"):
        assert desk.client.get(f"/v1/counts?prefix={prefix}", headers=headers).json()["total"]["due"] == 2 - (
            len(prefix) > 2
        )
    assert len(asked) == 2
