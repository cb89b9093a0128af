"""The switchboard over real servers: order of ways, back-off, a channel that hangs, and nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.channels.base import Reply
from evac.channels.ledger import Ledger
from evac.channels.plain import FolderChannel, StdoutChannel
from evac.channels.retries import Retries
from evac.channels.switchboard import NO_WAY, Route, Switchboard
from evac.channels.web import GatewayChannel, Wire
from evac.log import verify_chain
from evac.orders.outbox import Outcome, Outgoing, Purpose, parse_outgoing
from evac.store.body_log import MemoryBodyLog, SQLiteBodyLog
from riskmap.errors import SourceError
from tests.evac.channels.servers import NOW, cuts, free_port, hangs, http_server, in_turn, outgoing, says

WIRE = Wire(limit=timedelta(seconds=10))
SHORT = Wire(limit=timedelta(seconds=0.4))


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Counting:
    """A way that counts what it was given, and says what it is told to say."""

    name: str
    says: Callable[[Outgoing], Reply] = lambda _: Reply(Outcome.HANDED)
    way: str = "短信"
    limit: timedelta = timedelta(seconds=5)
    given: list[str] = field(default_factory=list)

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        self.given.append(outgoing.key)
        return self.says(outgoing)


def board(
    *channels: Any, log: Any = None, clock: Clock | None = None, retries: Retries | None = None
) -> Switchboard:
    """Every receiver is reached by all the channels, in their order."""
    ways = {"*": tuple(Route(c.name, "138") for c in channels)}
    return Switchboard(channels, ways, Ledger(log or MemoryBodyLog()), retries or Retries(), clock or Clock())


def sms(url: str, name: str = "sms", wire: Wire = WIRE) -> GatewayChannel:
    return GatewayChannel(name=name, url=url, body={"text": "{text}"}, wire=wire)


def test_a_failure_waits_and_then_succeeds() -> None:
    clock = Clock()
    with http_server(in_turn(says(500), says(200))) as server:
        office = board(sms(server.url), clock=clock)
        first = office(outgoing())
        assert first.outcome is Outcome.FAILED
        assert first.again_at is not None
        assert timedelta(seconds=10) <= first.again_at - NOW <= timedelta(seconds=20)
        assert office(outgoing()) == first  # not before its time
        assert len(server.asked) == 1
        clock.now = first.again_at
        second = office(outgoing())
        assert (second.outcome, second.way) == (Outcome.HANDED, "短信")
        assert office(outgoing()) == second  # and never again
        assert len(server.asked) == 2


def test_the_next_way_is_taken_where_the_first_fails() -> None:
    with http_server(says(200)) as server:
        office = board(sms(f"http://127.0.0.1:{free_port()}", "dead"), sms(server.url))
        assert office(outgoing()).outcome is Outcome.HANDED
    assert office.ledger.account("k1").attempts == {"dead": 1, "sms": 1}


def test_a_line_cut_after_delivery_is_one_delivery_in_the_log() -> None:
    clock = Clock()
    with http_server(in_turn(cuts, says(200))) as server:
        office = board(sms(server.url), clock=clock)
        assert office(outgoing()).outcome is Outcome.FAILED
        clock.now += timedelta(minutes=10)
        assert office(outgoing()).outcome is Outcome.HANDED
        assert office(outgoing()).outcome is Outcome.HANDED
    keys = [asked.headers["Idempotency-Key"] for asked in server.asked]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    settled = [a for a in office.ledger.accounts().values() if a.settled]
    assert len(settled) == 1


def test_a_channel_that_hangs_never_stops_the_others() -> None:
    """One gateway takes connections and says nothing; 40 messages go by it and by another all the same."""
    with http_server(hangs) as dead, http_server(says(200)) as alive:
        slow, quick = sms(dead.url, "slow", SHORT), sms(alive.url, "quick")
        # its own time limit lies far beyond what the switchboard grants it
        object.__setattr__(slow, "wire", Wire(limit=timedelta(seconds=20)))
        patient = Impatient(slow, timedelta(seconds=0.4))
        ways = {
            "A": (Route("slow", ""),),
            "B": (Route("quick", ""),),
            "AB": (Route("slow", ""), Route("quick", "")),
        }
        office = Switchboard((patient, quick), ways, Ledger(MemoryBodyLog()), Retries(), Clock())
        records = [outgoing(key=f"{r}{n}", receiver=r) for n in range(14) for r in ("A", "B", "AB")]
        begun = time.monotonic()
        done = dict(zip([r.key for r in records], office.deliver_all(records, at_once=4), strict=True))
        took = time.monotonic() - begun
        assert {done[k].outcome for k in done if k.startswith("B")} == {Outcome.HANDED}
        assert {done[k].outcome for k in done if k.startswith("AB")} == {Outcome.HANDED}
        assert {done[f"A{n}"].outcome for n in range(14)} == {Outcome.FAILED}
        assert took < 8, took  # 28 stalls one after another would be 11 s, and an hour each without a limit
        assert len(dead.asked) <= 4
        assert sum("left alone" in done[f"A{n}"].detail for n in range(14)) >= 10


@dataclass
class Impatient:
    """A channel with a limit shorter than its own client's."""

    inner: GatewayChannel
    limit: timedelta

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def way(self) -> str:
        return self.inner.way

    def attempt(self, outgoing: Outgoing, to: str, *, at: datetime) -> Reply:
        return self.inner.attempt(outgoing, to, at=at)


def test_what_arrives_after_it_was_given_up_is_not_sent_again() -> None:
    clock = Clock()
    with http_server(hangs) as server:
        office = board(
            Impatient(sms(server.url, wire=Wire(limit=timedelta(seconds=20))), timedelta(seconds=0.3)),
            clock=clock,
        )
        assert office(outgoing()).outcome is Outcome.FAILED
        clock.now += timedelta(minutes=1)
        still = office(outgoing())
        assert (still.outcome, "still under way" in still.detail) == (Outcome.FAILED, True)
        server.free.set()  # the gateway answers at last
        for _ in range(100):
            if office.ledger.account("k1").settled:
                break
            time.sleep(0.05)
        clock.now += timedelta(hours=1)
        assert office(outgoing()).outcome is Outcome.HANDED
        assert len(server.asked) == 1


def test_two_threads_and_two_processes_worth_of_desks_send_once(tmp_path: Path) -> None:
    """Two switchboards over one ledger file, eight threads each way, one key: the way is used once."""
    logs = [SQLiteBodyLog(tmp_path / "deliveries.sqlite", "deliveries") for _ in range(2)]
    way = Counting("sms")
    offices = [board(way, log=log) for log in logs]
    for office in offices:
        office(outgoing())
    with ThreadPoolExecutor(8) as pool:
        outcomes = set(pool.map(lambda n: offices[n % 2](outgoing()).outcome, range(16)))
    assert outcomes == {Outcome.HANDED}
    assert way.given == ["k1"]
    verify_chain(logs[0].after(0), ())
    for log in logs:
        log.close()


def test_a_restart_goes_on_under_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "deliveries.sqlite"
    before = SQLiteBodyLog(path, "deliveries")
    Ledger(before).begin("k1", "sms", at=NOW)  # and the power went
    before.close()
    after = SQLiteBodyLog(path, "deliveries")
    way = Counting("sms")
    office = board(way, log=after)
    assert office(outgoing()).outcome is Outcome.HANDED
    assert office.ledger.account("k1").attempts == {"sms": 2}
    after.close()


def test_a_fault_of_ours_in_one_channel_is_a_failure_and_no_crash() -> None:
    def breaks(_: Outgoing) -> Reply:
        raise RuntimeError("secret-0123456789")

    office = board(Counting("bad", breaks), Counting("good"))
    assert office(outgoing()).outcome is Outcome.HANDED
    alone = board(Counting("bad", breaks))(outgoing())
    assert (alone.outcome, "secret" in alone.detail) == (Outcome.FAILED, False)


def test_a_ledger_on_a_full_disk_is_said_and_nothing_is_raised() -> None:
    class Full(MemoryBodyLog):
        def writing(self) -> Any:
            raise SourceError("the disk is full", where="deliveries.sqlite")

    way = Counting("sms")
    done = board(way, log=Full())(outgoing())
    assert (done.outcome, "disk is full" in done.detail, way.given) == (Outcome.FAILED, True, [])


def test_who_cannot_be_reached_is_called_by_hand() -> None:
    clock = Clock()
    never, now_and_then, fine = (
        Counting("never", lambda _: Reply(Outcome.REFUSED, "no such number")),
        Counting("down", lambda _: Reply(Outcome.FAILED, "down")),
        Counting("fine"),
    )
    ways = {"N": (Route("never", ""),), "D": (Route("down", ""),), "F": (Route("fine", ""),), "O": ()}
    office = Switchboard(
        (never, now_and_then, fine), ways, Ledger(MemoryBodyLog()), Retries(by_hand_after=2), clock
    )
    records = [outgoing(key=r, receiver=r) for r in "NDFOX"]
    first = {r.key: r for r in office.deliver_all(records)}
    assert [first[k].outcome for k in "NDFOX"] == [
        Outcome.REFUSED, Outcome.FAILED, Outcome.HANDED, Outcome.REFUSED, Outcome.REFUSED
    ]  # fmt: skip
    assert first["X"].detail == NO_WAY
    assert [r.key for r in office.by_hand(records)] == ["N", "O", "X"]
    clock.now += timedelta(hours=1)
    office.deliver_all(records)
    assert [r.key for r in office.by_hand(records)] == ["N", "D", "O", "X"]
    clock.now += timedelta(hours=1)
    assert office(records[1]).outcome is Outcome.FAILED  # the tries go on beside the telephone
    assert now_and_then.given == ["D"] * 3


def test_a_way_that_asks_to_wait_is_left_alone_so_long() -> None:
    office = board(Counting("robot", lambda _: Reply(Outcome.FAILED, "too fast", wait=timedelta(minutes=10))))
    assert office(outgoing()).again_at == NOW + timedelta(minutes=10)


@given(st.integers(1, 5000), st.integers(0, 99), st.text(max_size=8), st.floats(0, 1), st.floats(1, 10))
def test_the_wait_grows_within_its_bounds(
    failures: int, seed: int, key: str, jitter: float, factor: float
) -> None:
    plan = Retries(seed=seed, jitter=jitter, factor=factor)
    whole = Retries(jitter=0.0, factor=factor)
    wait = plan.wait(key, failures)
    assert wait == plan.wait(key, failures)
    assert (
        whole.wait(key, failures) * (1 - jitter) - timedelta(milliseconds=1)
        <= wait
        <= whole.wait(key, failures)
    )
    assert plan.first * (1 - jitter) - timedelta(milliseconds=1) <= wait <= plan.longest
    assert whole.wait(key, failures) <= whole.wait(key, failures + 1)


def test_letters_that_failed_together_do_not_come_again_together() -> None:
    waits = [Retries().wait(f"letter {n}", 3).total_seconds() for n in range(200)]
    assert len({round(w) for w in waits}) > 30
    assert min(waits) >= 40
    assert max(waits) <= 80


def test_files_are_whole_private_and_the_same_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = FolderChannel("out", tmp_path / "out")
    first = channel.attempt(outgoing(), "甲县", at=NOW)
    (path,) = (tmp_path / "out" / "甲县").iterdir()
    before = path.read_bytes()
    assert channel.attempt(outgoing(), "甲县", at=NOW + timedelta(hours=1)) == first
    assert [p.read_bytes() for p in (tmp_path / "out" / "甲县").iterdir()] == [before]
    assert parse_outgoing(before.decode()) == outgoing()
    assert path.stat().st_mode & 0o077 == 0
    channel.attempt(outgoing(), "../../etc", at=NOW)
    assert {p.parent.parent for p in tmp_path.rglob("*.json")} == {tmp_path / "out"}
    (tmp_path / "flat").write_text("a file stands where the folder should")
    assert FolderChannel("x", tmp_path / "flat").attempt(outgoing(), "b", at=NOW).outcome is Outcome.FAILED
    assert StdoutChannel("screen").attempt(outgoing(text="一\n二"), "", at=NOW).outcome is Outcome.HANDED
    assert capsys.readouterr().out.count("\n") == 1


def test_many_threads_share_one_switchboard() -> None:
    lock = threading.Lock()
    seen: list[str] = []

    def note(record: Outgoing) -> Reply:
        time.sleep(0.005)
        with lock:
            seen.append(record.key)
        return Reply(Outcome.HANDED)

    office = board(Counting("a", note))
    records = [outgoing(key=str(n)) for n in range(100)]
    assert {r.outcome for r in office.deliver_all(records, at_once=16)} == {Outcome.HANDED}
    assert sorted(seen) == sorted(r.key for r in records)


def test_one_after_another_a_hundred_letters_wait_for_a_stalled_channel_once() -> None:
    clock = Clock()
    with http_server(hangs) as server:
        office = board(sms(server.url, wire=Wire(limit=timedelta(seconds=2))), clock=clock)
        begun = time.monotonic()
        done = [office(outgoing(key=str(n))) for n in range(100)]
        assert time.monotonic() - begun < 10  # a hundred stalls would be 200 s
        assert {r.outcome for r in done} == {Outcome.FAILED}
        assert len(server.asked) == 1
        server.free.set()
        clock.now += timedelta(minutes=5)  # and it is tried again after its rest
        later = [office(outgoing(key=str(n))) for n in range(1, 100)]
        assert [r for r in later if r.outcome is not Outcome.HANDED] == []


def test_a_document_stands_once_in_the_feed_whoever_receives_it() -> None:
    clock, up = Clock(), [False]
    feed = Counting("feed", lambda _: Reply(Outcome.DELIVERED if up[0] else Outcome.FAILED))
    way = Counting("sms")
    ways = {"*": (Route("sms", "138"),)}
    office = Switchboard((way, feed), ways, Ledger(MemoryBodyLog()), Retries(), clock, ["feed"])
    documents = [outgoing(key=str(n), purpose=Purpose.DOCUMENT, receiver=f"{n}县") for n in range(3)]
    assert office(documents[0]).outcome is Outcome.HANDED  # a feed that is down holds nobody up
    up[0] = True
    office(outgoing(key="r"))  # offered again with whatever comes next
    for record in documents[1:]:
        assert office(record).outcome is Outcome.HANDED
    assert feed.given == ["feed|" + "0" * 64] * 2
    assert way.given == ["0", "r", "1", "2"]


def test_what_a_feed_is_owed_outlives_the_process(tmp_path: Path) -> None:
    """The letter was out, its task settled, and nobody asked for it again: the feed never had it."""
    feed = Counting("feed", lambda _: Reply(Outcome.FAILED))
    given = outgoing(key="0", purpose=Purpose.DOCUMENT)
    for letter in (given, outgoing(key="r"), outgoing(key="s")):
        log = SQLiteBodyLog(tmp_path / "deliveries.sqlite", "deliveries")
        ways = {"*": (Route("sms", "138"),)}
        office = Switchboard((Counting("sms"), feed), ways, Ledger(log), Retries(), Clock(), ["feed"])
        assert office(letter).outcome is Outcome.HANDED
        log.close()
        feed.says = lambda _: Reply(Outcome.DELIVERED)
    assert feed.given == ["feed|" + "0" * 64] * 2
