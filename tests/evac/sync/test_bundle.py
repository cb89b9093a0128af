"""Bundles: what they hold, and every way in which a file can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from evac.errors import BundleError, Fault
from evac.sync import container
from evac.sync.bundle import Bundle, export_events
from evac.sync.files import writing
from evac.sync.intake import Clock
from evac.sync.ledger import received_from
from evac.sync.node import distrust, trust
from riskmap.errors import DataError, SourceError
from tests.evac.scenes import START, make_event
from tests.evac.sync.posts import LATER, Post, acquainted, make_node


@pytest.fixture
def pair() -> tuple[Post, Post]:
    a, b = acquainted(Post("A"), Post("B"))
    a.registry.check_ins([make_event("arrived_shelter", m) for m in range(40)], received_at=LATER)
    return a, b


def test_a_bundle_carries_a_log_and_the_same_five_times_adds_nothing(pair: tuple[Post, Post]) -> None:
    a, b = pair
    data = a.bundle()
    assert (b.take(data).stored, b.states) == (40, a.states)
    assert [b.take(data).stored for _ in range(4)] == [0] * 4
    assert b.store.seal().sequence == 40


def test_bundles_out_of_order_are_taken_and_the_gap_is_named(pair: tuple[Post, Post]) -> None:
    a, b = pair
    first = a.bundle()
    a.registry.check_ins([make_event("left", 50)], received_at=LATER)
    second = a.bundle(after=40)
    a.registry.check_ins([make_event("arrived_shelter", 60)], received_at=LATER)
    third = a.bundle(after=41)
    done = b.take(third)
    assert (done.stored, str(done.gaps)) == (1, "1-41")
    assert str(b.take(first).gaps) == "41"
    assert str(b.take(second).gaps) == ""
    assert b.states == a.states


def test_commands_of_another_log_are_not_judged_again() -> None:
    a, b = acquainted(Post("A"), Post("B"))
    code = "7" + "A" * 25
    a.registry.check_ins([make_event("ordered", 10, code=code)], received_at=LATER)
    b.registry.check_ins([make_event("arrived_shelter", 5, code=code)], received_at=LATER)
    assert b.take(a.bundle()).stored == 1  # ordering one who has arrived would be refused at B
    a.take(b.bundle())
    assert a.states == b.states


def test_what_is_of_the_future_is_held_at_its_receipt_on_every_route() -> None:
    a, b, c = acquainted(Post("A"), Post("B"), Post("C"))
    code = "7" + "A" * 25
    fast = make_event("arrived_shelter", 600, code=code, place="S9")
    a.registry.check_ins([fast], received_at=START)
    a.registry.check_ins([make_event("left", 30, code=code)], received_at=START + timedelta(hours=1))
    data = a.bundle(made_at=START + timedelta(hours=1))
    done = b.take(data, now=START + timedelta(hours=2))
    assert (done.stored, done.held_back) == (3, 1)
    c.take(b.bundle(), now=LATER)
    assert a.states == b.states == c.states
    assert a.states[code].state == "left"


def test_a_log_that_never_held_anything_back_is_held_at_its_receipts() -> None:
    a, b = acquainted(Post("A"), Post("B"))
    fast = make_event("arrived_shelter", 600)
    a.store.append([fast], received_at=START)  # as a version without receipts stored it
    done = b.take(a.bundle())
    assert (done.stored, done.held_back) == (1, 1)
    assert b.states[fast.code].since == START


def test_an_event_of_the_future_adds_nothing_when_its_bundle_comes_again() -> None:
    a, b = acquainted(Post("A"), Post("B"))
    a.registry.check_ins([make_event("arrived_shelter", 600)], received_at=LATER)
    data = a.bundle()
    for minutes in (0, 10, 20):
        b.take(data, now=START + timedelta(minutes=minutes), clock=Clock.OURS)
        assert b.store.seal().sequence == 2  # the event, and what holds it back at its first receipt


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _flip(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


def _newer(data: bytes) -> bytes:
    return data[:8] + (2).to_bytes(2, "big") + data[10:]


def _forged(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_cut, Fault.TRUNCATED),
        (lambda data: data[:4], Fault.TRUNCATED),
        (lambda data: data[:30], Fault.TRUNCATED),
        (lambda data: data[:-64], Fault.TRUNCATED),
        (_flip, Fault.BAD_DIGEST),
        (lambda data: data + b"x", Fault.BAD_DIGEST),
        (lambda data: data[:10] + b"\xff" * 4 + data[14:], Fault.BAD_DIGEST),
        (_newer, Fault.NEWER),
        (_forged, Fault.BAD_SIGNATURE),
        (lambda data: b"PK\x03\x04" + data, Fault.NO_BUNDLE),
        (lambda data: b"", Fault.NO_BUNDLE),
    ],
)
def test_each_way_of_being_wrong_is_named_and_nothing_is_taken(
    pair: tuple[Post, Post], spoil: Callable[[bytes], bytes], fault: Fault
) -> None:
    a, b = pair
    with pytest.raises(BundleError) as caught:
        b.take(spoil(a.bundle()))
    assert caught.value.fault is fault
    assert "stick" in str(caught.value)
    assert b.store.seal().sequence == 0


def test_every_cut_and_many_flips_are_found() -> None:
    a, b = acquainted(Post("A"), Post("B"))
    a.registry.check_ins([make_event("notified")], received_at=LATER)
    data = a.bundle()
    for n in range(len(data)):
        for bad in (data[:n], data[:n] + bytes([data[n] ^ 0x20]) + data[n + 1 :]):
            with pytest.raises(BundleError):
                b.take(bad)
    assert b.store.seal().sequence == 0


def test_foreign_events_unknown_and_lost_nodes_and_another_key(pair: tuple[Post, Post]) -> None:
    a, b = pair
    data = a.bundle()

    def fault() -> Fault:
        with pytest.raises(BundleError) as caught:
            b.take(data)
        return caught.value.fault

    own = b.node
    b.store.put_labels({"event": "2109"})
    assert fault() is Fault.FOREIGN_EVENT
    b.store.put_labels({"event": "2106"})
    b.node = make_node("B", event_key=bytes(32))
    assert fault() is Fault.WRONG_KEY
    b.node = own
    distrust(b.store, "A", "stolen")
    assert fault() is Fault.UNKNOWN_NODE
    trust(b.store, "A", a.node.public)
    b.store.put_labels({"node_key/A": ""})
    b.store.put_labels({"node_lost/A": ""})
    trust(b.store, "A", make_node("Z").public)
    assert fault() is Fault.BAD_SIGNATURE
    stranger = Post("X")
    data = stranger.bundle()
    assert fault() is Fault.UNKNOWN_NODE
    assert b.store.seal().sequence == 0


def test_a_signed_lie_about_the_chain_is_found(pair: tuple[Post, Post]) -> None:
    a, b = pair
    file = BytesIO(a.bundle())
    honest = Bundle(file, "stick")
    honest.check(a.node, a.store.labels())
    lines = [line.replace(b'"S1"', b'"S2"') for line in honest.lines(a.node)]
    forged = BytesIO()
    key = container.file_key(a.node.bundle_key, honest.header.salt)
    container.write_container(forged, honest.header.record(), lines, key=key, signer=a.node.private)
    with pytest.raises(BundleError) as caught:
        b.take(forged.getvalue())
    assert caught.value.fault is Fault.BAD_DIGEST
    head = replace(honest.header, witness=b"").record()
    forged = BytesIO()
    container.write_container(forged, head, lines, key=key, signer=a.node.private)
    with pytest.raises(BundleError) as caught:
        b.take(forged.getvalue())
    assert caught.value.fault is Fault.BAD_SIGNATURE


def test_a_file_that_changes_after_it_was_checked_is_not_believed(pair: tuple[Post, Post]) -> None:
    a, _ = pair
    file = BytesIO(a.bundle())
    bundle = Bundle(file, "stick")
    bundle.check(a.node, a.store.labels())
    data = file.getvalue()
    file.seek(0)
    file.write(_flip(data))
    with pytest.raises(BundleError, match="a moment ago"):
        list(bundle.lines(a.node))


def test_a_chunk_that_unpacks_without_end_is_stopped(pair: tuple[Post, Post]) -> None:
    a, b = pair
    file = BytesIO()
    header = Bundle(BytesIO(a.bundle()), "stick").header
    bomb = (b"0" * (3 << 20) for _ in range(1))
    key = container.file_key(a.node.bundle_key, header.salt)
    container.write_container(file, header.record(), bomb, key=key, signer=a.node.private)
    with pytest.raises(BundleError, match="larger than any may be"):
        b.take(file.getvalue())


def test_a_large_log_goes_in_many_chunks(pair: tuple[Post, Post]) -> None:
    a, b = pair
    a.registry.check_ins(
        [make_event("notified", m / 60, actor="甲" * 40) for m in range(6000)], received_at=LATER
    )
    data = a.bundle()
    assert b.take(data).stored == 6040
    assert a.bundle(after=6040) != data
    assert b.take(a.bundle(after=6040)).stored == 0


def test_clocks_that_disagree_are_asked_about(pair: tuple[Post, Post]) -> None:
    a, b = pair
    tomorrow = START + timedelta(days=1)
    data = a.bundle(made_at=tomorrow)
    with pytest.raises(BundleError) as caught:
        b.take(data, now=START)
    assert caught.value.fault is Fault.CLOCKS
    theirs = b.take(data, now=START, clock=Clock.THEIRS)
    assert (theirs.stored, theirs.held_back) == (40, 0)
    (c,) = acquainted(Post("C"))
    c.knows([a])
    assert c.take(data, now=START, clock=Clock.OURS).held_back == 39  # all but the one at the start


def test_a_log_restored_from_a_backup_is_told_and_its_facts_are_kept(pair: tuple[Post, Post]) -> None:
    a, b = pair
    before = list(a.store.events())
    b.take(a.bundle())
    again, _ = acquainted(Post("A"), b)  # the same node, its log as it was at event 30
    again.registry.check_ins(before[:30], received_at=LATER)
    again.registry.check_ins([make_event("left", 70) for _ in range(12)], received_at=LATER)
    done = b.take(again.bundle())
    assert done.stored == 12
    assert "restored from a backup" in done.warnings[0]
    assert received_from(b.store.labels(), "A").spans.parts == ((1, 42),)


def test_a_line_that_is_no_event_is_named_and_not_counted_as_held() -> None:
    a, b = acquainted(Post("A"), Post("B"))
    a.registry.check_ins([make_event("notified", m) for m in range(3)], received_at=LATER)
    data = a.bundle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evac.sync.intake.parse", _refusing(1))
        done = b.take(data)
    assert (done.stored, list(done.refused), str(done.gaps)) == (2, [1], "1")
    assert b.take(data).stored == 1
    assert str(received_from(b.store.labels(), "A").gaps) == ""


def _refusing(which: int) -> Callable[[bytes], object]:
    from evac.events import parse

    seen = iter(range(1, 1000))

    def parsed(data: bytes) -> object:
        if next(seen) == which:
            raise DataError("of a kind that this version does not know")
        return parse(data)

    return parsed


def test_an_export_that_fails_leaves_what_was_there(
    pair: tuple[Post, Post], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    path = tmp_path / "a.evacbundle"
    done = export_events(a.store, path, node=a.node, made_at=START, salt=bytes(32))
    good = path.read_bytes()
    assert (len(good), done.written.lines) == (done.written.size, 40)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SourceError, match="No space left"):
        export_events(a.store, path, node=a.node, made_at=START, salt=bytes(32))
    monkeypatch.undo()
    assert path.read_bytes() == good
    assert [p.name for p in tmp_path.iterdir()] == ["a.evacbundle"]
    assert b.take(good).stored == 40


def test_a_stick_pulled_out_in_the_middle_leaves_no_file(pair: tuple[Post, Post], tmp_path: Path) -> None:
    path = tmp_path / "gone" / "a.evacbundle"
    with pytest.raises(SourceError, match="no file of that name was made"), writing(path):
        pass
    path.parent.mkdir()

    def half() -> None:
        with writing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert list(path.parent.iterdir()) == []


def test_an_export_from_beyond_the_end_is_refused(pair: tuple[Post, Post]) -> None:
    with pytest.raises(DataError, match="not that long"):
        pair[0].bundle(after=41)


def test_a_bundle_follows_the_one_before(pair: tuple[Post, Post], tmp_path: Path) -> None:
    a, _ = pair
    first = export_events(a.store, tmp_path / "1", node=a.node, made_at=START, salt=bytes(32))
    second = export_events(
        a.store, tmp_path / "2", node=a.node, made_at=START, salt=bytes(31) + b"1", after=40
    )
    assert (first.header.previous, second.header.previous) == ("", first.written.digest.hex())
    assert (second.header.after, second.header.to, second.written.lines) == (40, 40, 0)
    assert b"arrived_shelter" not in (tmp_path / "1").read_bytes()
