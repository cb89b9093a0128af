"""Spans, accounts, acknowledgements, nodes, device counters."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.errors import BundleError, Fault
from evac.events import receipt_of
from evac.sync.counters import device_reports
from evac.sync.ledger import (
    Account,
    account_of,
    acknowledged,
    held_by,
    holders,
    received_from,
    senders,
)
from evac.sync.node import known_nodes, lost_nodes, node_of, read_node, require_word, trust, write_node
from evac.sync.receipt import (
    Acknowledgement,
    read_acknowledgement,
    take_acknowledgement,
    write_acknowledgement,
)
from evac.sync.spans import Spans
from riskmap.errors import ConfigError, DataError, SourceError
from tests.evac.scenes import START, make_event
from tests.evac.sync.posts import LATER, Post, acquainted, make_node

NUMBERS = st.sets(st.integers(1, 40))


@given(NUMBERS, NUMBERS)
def test_spans_are_sets(one: set[int], other: set[int]) -> None:
    a, b = Spans.of(one), Spans.of(other)
    assert set(a) == one
    assert len(a) == len(one)
    assert set(a | b) == one | other
    assert (a | b) == Spans.of(one | other)
    assert set(a.missing(3, 30)) == set(range(3, 31)) - one
    assert [n in a for n in range(42)] == [n in one for n in range(42)]
    assert a.last == max(one, default=0)
    assert a.reaches() == next(n for n in range(42) if n + 1 not in one)


def test_spans_are_written_as_a_person_would() -> None:
    assert str(Spans.joined([(5, 4), (1, 3), (4, 4), (9, 9)])) == "1-4, 9"
    assert str(Spans()) == ""
    assert "1" not in Spans.of([1])


def test_an_account_forgets_what_a_rewritten_log_no_longer_vouches_for() -> None:
    account = Account(
        Spans.joined([(1, 40)]), {10: b"a" * 32, 30: b"b" * 32, 40: b"c" * 32}, {"50": "no event"}
    )
    assert account_of(json.loads(json.dumps(account.record()))) == account
    assert account.forgetting(35).spans.parts == ((1, 30),)
    assert account.forgetting(10).spans.parts == ()
    assert account.head.sequence == 40
    assert Account().head.sequence == 0


@pytest.fixture
def pair() -> tuple[Post, Post]:
    a, b = acquainted(Post("A"), Post("B"))
    a.registry.check_ins([make_event("arrived_shelter", m) for m in range(20)], received_at=LATER)
    return a, b


def _ack(a: Post, b: Post, folder: Path) -> bytes:
    path = folder / "ack"
    ack = Acknowledgement("2106", "B", "A", START, received_from(b.store.labels(), "A"))
    write_acknowledgement(path, ack, b.node)
    return path.read_bytes()


def _read(a: Post, data: bytes) -> Acknowledgement:
    return read_acknowledgement(data, where="ack", node=a.node, labels=a.store.labels())


def test_an_acknowledgement_says_what_may_be_let_go(pair: tuple[Post, Post], tmp_path: Path) -> None:
    a, b = pair
    b.take(a.bundle())
    first = _ack(a, b, tmp_path)
    assert acknowledged(a.store.labels()) == 0
    take_acknowledgement(a.store, _read(a, first))
    assert acknowledged(a.store.labels()) == acknowledged(a.store.labels(), "B") == 20
    assert acknowledged(a.store.labels(), "C") == 0
    a.registry.check_ins([make_event("left", 30)], received_at=LATER)
    b.take(a.bundle(after=acknowledged(a.store.labels())))
    take_acknowledgement(a.store, _read(a, _ack(a, b, tmp_path)))
    take_acknowledgement(a.store, _read(a, first))  # an older one, late
    assert acknowledged(a.store.labels()) == 21
    assert (holders(a.store.labels()), senders(b.store.labels())) == (("B",), ("A",))


def test_an_acknowledgement_of_another_log_lets_nothing_go(pair: tuple[Post, Post], tmp_path: Path) -> None:
    a, b = pair
    b.take(a.bundle())
    data = _ack(a, b, tmp_path)
    again = Post("A")  # restored empty, and other events since
    again.knows([b])
    again.registry.check_ins([make_event("left", m) for m in range(25)], received_at=LATER)
    assert take_acknowledgement(again.store, _read(again, data)).spans.parts == ()
    assert acknowledged(again.store.labels()) == 0


def test_acknowledgements_that_are_not_believed(pair: tuple[Post, Post], tmp_path: Path) -> None:
    a, b = pair
    b.take(a.bundle())
    data = _ack(a, b, tmp_path)

    def fault(post: Post, given_data: bytes) -> Fault:
        with pytest.raises(BundleError) as caught:
            _read(post, given_data)
        return caught.value.fault

    assert fault(a, data[:50]) is Fault.BAD_DIGEST
    assert fault(a, b"[1]") is Fault.BAD_DIGEST
    record = json.loads(data)
    assert fault(a, json.dumps(record | {"spans": [[1, 99]]}).encode()) is Fault.BAD_SIGNATURE
    assert fault(a, json.dumps(record | {"kind": "x"}).encode()) is Fault.BAD_DIGEST
    assert fault(a, json.dumps(record | {"event": "2109"}).encode()) is Fault.FOREIGN_EVENT
    assert fault(a, json.dumps(record | {"by": "Q"}).encode()) is Fault.UNKNOWN_NODE
    (c,) = acquainted(Post("C"))
    c.knows([b])
    assert fault(c, data) is Fault.NOT_OURS
    assert fault(Post("D"), data) is Fault.NOT_OURS  # whoever wrote it
    assert held_by(a.store.labels(), "B") == Account()


def test_a_nodes_key_file(tmp_path: Path) -> None:
    node = make_node("330902-S1")
    path = tmp_path / "r.key"
    write_node(path, node)
    assert path.stat().st_mode & 0o777 == 0o600
    again = read_node(path)
    assert (again.public, again.mark, again.node_id) == (node.public, node.mark, "330902-S1")
    path.write_text("not json")
    with pytest.raises(ConfigError, match="not a node's key file"):
        read_node(path)
    path.write_text("[]")
    with pytest.raises(ConfigError, match="not a node's key file"):
        read_node(path)
    with pytest.raises(SourceError, match="cannot be read"):
        read_node(tmp_path / "none")
    with pytest.raises(ConfigError, match="31 bytes"):
        node_of(node.record() | {"event_key": "00" * 31}, "x")


def test_nodes_are_trusted_lost_and_found() -> None:
    post = Post("A")
    with pytest.raises(DataError, match="not a public key"):
        trust(post.store, "B", "00")
    with pytest.raises(DataError, match="not a node id"):
        require_word("../B", "node id")
    trust(post.store, "B", make_node("B").public)
    assert known_nodes(post.store.labels()) == {"B": make_node("B").public}
    assert lost_nodes(post.store.labels()) == {}


def test_gaps_repeats_and_silence_of_devices() -> None:
    came = [make_event("notified", n, device="D", counter=n) for n in [*range(42, 51), *range(1, 41)]]
    tidy = [make_event("notified", n, device="E", counter=n + 7) for n in range(3)]
    reused = [make_event("notified", 55 + n, device="F", counter=n % 3 + 1) for n in range(6)]
    now = START + timedelta(minutes=61)
    late = make_event("notified", 500, device="E", counter=10)
    events = [*came, *tidy, *reused, receipt_of(late, START)]
    d, e, f = device_reports(events, now=now, silent_after=timedelta(minutes=30))
    assert (str(d.came), str(d.missing), d.silent) == ("1-40, 42-50", "41", timedelta())
    assert str(d) == "设备 D 已收 came 1-40, 42-50; 缺 missing 41"
    assert (str(e.came), str(e.missing), e.silent) == ("7-9", "", timedelta(minutes=59))
    assert "silent for 59 min" in str(e)
    assert (str(f.twice), str(f.missing)) == ("1-3", "")
    assert "used twice 1-3" in str(f)
    assert [report.in_order for report in (d, e, f)] == [False] * 3


def test_a_counter_that_began_again_shows_by_the_clock() -> None:
    before = [make_event("notified", 100 + n, device="D", counter=10 + n) for n in range(3)]
    after = [make_event("notified", 200 + n, device="D", counter=1 + n) for n in range(3)]
    (report,) = device_reports([*before, *after], now=START)
    assert report.ran_back == ((3, 10),)
    assert "between 3 and 10" in str(report)
    (clean,) = device_reports(before, now=START)
    assert clean.in_order
