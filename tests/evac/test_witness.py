"""Signed heads: what they prove, before and after the events are destroyed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evac.codes import key_id
from evac.errors import ConflictError, ForgedCodeError, UnknownCodeError
from evac.events import canonical
from evac.log import Head, Sealed, seal
from evac.witness import (
    Link,
    links_of,
    log_id,
    parse_written,
    read_witness,
    sign_head,
    verify_links,
    witness_qr,
    witness_text,
    written,
)
from tests.evac.scenes import START, make_event

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {key_id(KEY.public_key()): KEY.public_key()}
LOG = list(seal(Head(), [make_event("notified", n) for n in range(30)], received_at=START))
LINKS = list(links_of(LOG))
HEAD = Head(30, LOG[-1].link)
SIGNED = sign_head(HEAD, KEY, event="2106", node="330902-S1", at=START)


def test_a_witness_says_which_log_how_far_and_when() -> None:
    for given_as in (SIGNED, witness_text(SIGNED), f" {witness_text(SIGNED)}\n"):
        read = read_witness(given_as, KEYS)
        assert (read.head, read.at, read.log) == (HEAD, START, log_id("2106", "330902-S1"))
    assert log_id("2106", "330902-S1") != log_id("21063", "30902-S1")


def test_its_code_fits_the_sheet_and_is_read_again() -> None:
    qr = witness_qr(SIGNED)
    assert qr.version == 8
    picture = BytesIO()
    qr.save(picture, kind="png", scale=4, border=4)
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    assert found.text == witness_text(SIGNED)


@given(st.integers(0, len(SIGNED) * 8 - 1))
def test_no_bit_of_it_can_be_changed(bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((ForgedCodeError, UnknownCodeError)):
        read_witness(bytes(changed), KEYS)


@pytest.mark.parametrize(
    "text", ["", "EV1:AB", "EVW1:", "EVW1:é", "EVW1:" + "0" * 186, "https://example.invalid"]
)
def test_what_is_no_witness_is_refused(text: str) -> None:
    with pytest.raises((UnknownCodeError, ForgedCodeError)):
        read_witness(text, KEYS)
    with pytest.raises(UnknownCodeError, match="not known here"):
        read_witness(SIGNED, {})


def test_the_chain_verifies_from_its_digests_alone() -> None:
    assert verify_links(LINKS) == HEAD
    assert verify_links(LINKS, [Head(), HEAD, Head(7, LINKS[6].link)]) == HEAD
    assert verify_links(LINKS, notes=[written(HEAD), written(Head(7, LINKS[6].link)).lower()]) == HEAD


@dataclass(frozen=True)
class Edit:
    """One way to alter a chain that has at least three entries."""

    name: str
    make: Callable[[list[Link], int], list[Link]]


EDITS = [
    Edit("deleted", lambda links, n: links[:n] + links[n + 1 :]),
    Edit("cut short", lambda links, n: links[:n]),
    Edit("swapped", lambda links, n: [*links[:n], links[n - 1], *links[n + 1 :]]),
    Edit("added", lambda links, n: [*links[:n], links[n], *links[n:]]),
    Edit("digest", lambda links, n: [*links[:n], links[n]._replace(digest=bytes(32)), *links[n + 1 :]]),
    Edit("link", lambda links, n: [*links[:n], links[n]._replace(link=bytes(32)), *links[n + 1 :]]),
    Edit("number", lambda links, n: [*links[:n], links[n]._replace(sequence=99), *links[n + 1 :]]),
    Edit(
        "receipt",
        lambda links, n: [
            *links[:n],
            links[n]._replace(received_at=START + timedelta(seconds=1)),
            *links[n + 1 :],
        ],
    ),
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
@pytest.mark.parametrize("n", [0, 1, 17, 29])
def test_an_edit_before_the_witness_is_found(edit: Edit, n: int) -> None:
    changed = edit.make(LINKS, n)
    with pytest.raises(ConflictError, match="the log was altered"):
        verify_links(changed, HEAD)
    with pytest.raises(ConflictError, match="the log was altered"):
        verify_links(changed, notes=[written(HEAD)])


def test_a_chain_drawn_anew_is_sound_in_itself_and_found_by_the_witness() -> None:
    events = [entry.event for entry in LOG]
    forged = list(seal(Head(), [replace(events[0], place="S9"), *events[1:]], received_at=START))
    assert verify_links(links_of(forged)).sequence == 30
    with pytest.raises(ConflictError, match="entry 30"):
        verify_links(links_of(forged), HEAD)
    with pytest.raises(ConflictError, match="entry 30"):
        verify_links(links_of(forged), notes=[written(HEAD)])


def test_an_event_that_does_not_fit_its_digest_is_found() -> None:
    other = canonical(replace(LOG[4].event, place="S9"))
    with pytest.raises(ConflictError, match="entry 5"):
        verify_links(links_of([*LOG[:4], LOG[4]._replace(body=other), *LOG[5:]]))


def test_an_entry_that_cannot_be_read_is_found() -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield LOG[0]
        raise IndexError("kind 99")

    with pytest.raises(ConflictError, match="entry 2"):
        verify_links(links_of(broken()))


@given(st.integers(0, 10**6), st.binary(min_size=32, max_size=32))
def test_what_is_written_down_is_read_as_it_was_meant(sequence: int, link: bytes) -> None:
    note = written(Head(sequence, link))
    read = note.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    number, _, rest = note.partition(" ")
    assert parse_written(f"{number} {read.partition(' ')[2]}") == (sequence, note)
    assert len(rest) == 19


@pytest.mark.parametrize("note", ["", "12", "12 ABCD", "x ABCD-EFGH-JKMN-PQRS", "12 ABCD-EFGH-JKMN-PQRU"])
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(UnknownCodeError):
        parse_written(note)


def test_a_sealed_entry_has_its_link() -> None:
    assert isinstance(LOG[0], Sealed)
    assert LINKS[0] == Link(1, START, LOG[0].digest, LOG[0].link)
