from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.errors import ConflictError
from evac.events import KINDS, canonical, parse
from evac.log import Head, Sealed, seal, trusted_time, verify_chain
from riskmap.errors import DataError
from tests.evac.scenes import START, make_event


def make_log() -> list[Sealed]:
    return list(seal(Head(), [make_event("notified", m) for m in range(8)], received_at=START))


def test_the_chain_leads_to_its_head() -> None:
    log = make_log()
    head = verify_chain(log)
    assert head == Head(8, log[-1].link)
    assert verify_chain(log, head) == head
    assert verify_chain(log, [Head(), Head(3, log[2].link)]) == head
    assert verify_chain([]) == Head()


@given(st.integers(0, 7), st.integers(0, 100_000), st.integers(1, 255))
def test_any_changed_byte_is_found(entry: int, place: int, flip: int) -> None:
    log = make_log()
    body = bytearray(log[entry].body)
    body[place % len(body)] ^= flip
    log[entry] = log[entry]._replace(body=bytes(body))
    with pytest.raises(ConflictError, match=f"entry {entry + 1}"):
        verify_chain(log)


@pytest.mark.parametrize("entry", range(7))
def test_deletion_insertion_exchange_and_another_receipt_are_found(entry: int) -> None:
    log = make_log()
    head = verify_chain(log)
    for altered in (
        log[:entry] + log[entry + 1 :],
        log[:entry] + log[entry : entry + 1] + log[entry:],
        [*log[:entry], log[entry + 1], log[entry], *log[entry + 2 :]],
        [*log[:entry], log[entry]._replace(received_at=START + timedelta(hours=1)), *log[entry + 1 :]],
    ):
        with pytest.raises(ConflictError):
            verify_chain(altered, head)


def test_a_log_cut_or_rewritten_is_found_by_the_witnessed_head() -> None:
    log = make_log()
    head = verify_chain(log)
    with pytest.raises(ConflictError):
        verify_chain(log[:-1], head)
    rewritten = list(seal(Head(), [make_event("left", m) for m in range(8)], received_at=START))
    assert verify_chain(rewritten) != head
    with pytest.raises(ConflictError):
        verify_chain(rewritten, head)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_read_back(kind: str) -> None:
    event = make_event(kind, actor='王"\\<b>\n\u2028', place="村𠮷")
    body = canonical(event)
    assert parse(body) == event
    record = json.loads(body)
    assert record["kind"] == kind


@pytest.mark.parametrize(
    "damage",
    [
        lambda r: r.pop("code"), lambda r: r.update(kind="flown"), lambda r: r.update(counter="1"), lambda r: r.update(more=1),
        lambda r: r.update(mode="telepathy"), lambda r: r.update(device_at="noon"), lambda r: r.update(device_at=10**30),
    ],
)  # fmt: skip
def test_a_damaged_record_is_refused(damage) -> None:  # type: ignore[no-untyped-def]
    record = json.loads(canonical(make_event("notified")))
    damage(record)
    with pytest.raises(DataError, match="not an event"):
        parse(json.dumps(record).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"1", b"\xff", b"null"])
def test_other_bytes_are_refused(text: bytes) -> None:
    with pytest.raises(DataError):
        parse(text)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(DataError, match="time zone"):
        make_event("notified", device_at=datetime(2021, 7, 24))  # noqa: DTZ001


def test_trusted_time_is_clamped_on_both_sides() -> None:
    hour = timedelta(hours=1)
    assert trusted_time(START - 5 * hour, offset=timedelta(0), synced_at=START) == START
    assert trusted_time(START + 9 * hour, offset=hour, synced_at=START) == START + 10 * hour
    assert (
        trusted_time(START + 9 * hour, offset=hour, synced_at=START, receipt_at=START + hour) == START + hour
    )
