"""The revocation list: signed, numbered, running out; taken back by a newer one, never by an older one."""

from __future__ import annotations

import random
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evac.codes import judge
from evac.crockford import mint
from evac.errors import CodeError, ConflictError, ExpiredCodeError, ForgedCodeError, UnknownCodeError
from evac.key_files import KeyFolder
from evac.keys import KeyRecord, KeyRing, SigningKey
from evac.kiosk.reading import CodeReader
from evac.revocation import RevocationList, newest, next_list, read_list, sign_list, trusted_list
from evac.ticket import Ticket, qr_text, sign
from evac.verdict import Caution

NOW = datetime(2021, 7, 25, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = SigningKey.for_drill(1)
RING = KeyRing((KeyRecord(KEY.kid, KEY.public.public_bytes_raw(), "2106"),), 1)
CODES = [mint(random.Random(n)) for n in range(5)]


def listed(
    held: RevocationList | None = None, *, revoke: list[str] | None = None, unrevoke: list[str] | None = None
) -> RevocationList:
    made = next_list(held, event="2106", revoke=revoke or (), unrevoke=unrevoke or (), now=NOW)
    return read_list(sign_list(made, KEY), RING)


def test_a_list_says_what_was_signed_and_little_more() -> None:
    signed = sign_list(next_list(None, event="2106", revoke=CODES[:2], now=NOW), KEY)
    assert len(signed) == 31 + 2 * 8 + 64
    found = read_list(signed, RING)
    assert [found.revokes(code) for code in CODES] == [True, True, False, False, False]
    assert (found.version, found.issued_at, found.kid) == (1, NOW, KEY.kid)
    assert not found.expired(NOW + 23 * HOUR)
    assert found.expired(NOW + 24 * HOUR)
    assert CODES[0].encode() not in signed


def test_a_newer_list_without_the_code_takes_it_back() -> None:
    first = listed(revoke=CODES[:2])
    second = listed(first, unrevoke=[CODES[0]], revoke=[CODES[3]])
    held = newest(first, second)
    assert [held.revokes(code) for code in CODES] == [False, True, False, True, False]
    with pytest.raises(ConflictError, match="older"):  # the old list would revoke it again
        newest(held, first)
    assert newest(held, listed(first, unrevoke=[CODES[0]], revoke=[CODES[3]])) == held
    with pytest.raises(ConflictError, match="contradicting"):
        newest(held, listed(first))
    with pytest.raises(ConflictError, match="not revoked"):
        listed(second, unrevoke=[CODES[0]])


def test_lists_of_other_events_do_not_mix() -> None:
    other = next_list(None, event="2109", now=NOW)
    with pytest.raises(ConflictError, match="another event"):
        listed(other)
    with pytest.raises(ConflictError):
        newest(listed(), other)
    assert newest(None, other) == other


@given(st.integers(0, 30 + 16 + 64), st.integers(1, 255))
def test_any_changed_byte_and_any_cut_is_found(place: int, change: int) -> None:
    signed = sign_list(next_list(None, event="2106", revoke=CODES[:2], now=NOW), KEY)
    with pytest.raises(CodeError):
        read_list(signed[:place] + bytes([signed[place] ^ change]) + signed[place + 1 :], RING)
    with pytest.raises(CodeError):
        read_list(signed[:place], RING)


@given(st.binary(max_size=200))
def test_no_other_bytes_are_a_list(content: bytes) -> None:
    with pytest.raises(UnknownCodeError):
        read_list(content, RING)


def test_a_forged_list_and_those_of_keys_not_to_be_trusted() -> None:
    thief = SigningKey.for_drill(2)
    made = next_list(None, event="2106", revoke=CODES, now=NOW)
    with pytest.raises(UnknownCodeError, match="key"):
        read_list(sign_list(made, thief), RING)
    signed = sign_list(made, KEY)
    with pytest.raises(ForgedCodeError):
        read_list(signed[:-1] + bytes([signed[-1] ^ 1]), RING)
    # a thief can date back, so a stolen key signs no list at all
    stolen = RING.retire(KEY.kid, at=NOW + 5 * HOUR, stolen=True)
    with pytest.raises(ExpiredCodeError, match="not to be trusted"):
        read_list(signed, stolen)
    retired = RING.retire(KEY.kid, at=NOW)
    with pytest.raises(ExpiredCodeError):
        read_list(signed, retired)


def test_an_office_goes_on_from_its_own_list_after_a_theft(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    folder.keep_ring(RING)
    assert folder.revoked() is None
    folder.keep_revoked(sign_list(next_list(None, event="2106", revoke=CODES[:2], now=NOW), KEY))
    new = SigningKey.for_drill(3)
    ring = RING.retire(KEY.kid, at=NOW, stolen=True)
    folder.keep_ring(ring.add(KeyRecord(new.kid, new.public.public_bytes_raw(), "2106")))
    with pytest.raises(ExpiredCodeError):
        folder.revoked()
    before = folder.revoked_before()
    assert before is not None
    folder.keep_revoked(sign_list(next_list(before, event="2106", revoke=[CODES[2]], now=NOW + HOUR), new))
    now = folder.revoked()
    assert now is not None
    assert (now.version, len(now.digests)) == (2, 3)
    with pytest.raises(ConflictError):  # an older one never comes back
        folder.keep_revoked(sign_list(next_list(None, event="2106", now=NOW + 2 * HOUR), new))


def test_a_list_that_is_worth_nothing_never_closes_a_door() -> None:
    code = sign(Ticket(CODES[3], "330902", NOW, 24), KEY)
    stolen = RING.retire(KEY.kid, at=NOW + 5 * HOUR, stolen=True)
    signed = sign_list(next_list(None, event="2106", revoke=CODES[:2], now=NOW), KEY)
    for bad, ring in ((signed, stolen), (signed[:-1], RING), (b"", RING)):
        assert trusted_list(bad, ring) is None
        labels = {"key_ring": ring.to_json(), "revocations": b64encode(bad).decode()}
        read = CodeReader(labels, lambda code: None).read(qr_text(code), NOW)
        verdict = judge(code, ring, now=NOW, revoked=trusted_list(bad, ring))
        assert Caution.NO_LIST in verdict.cautions
        assert read.code == (CODES[3] if ring is RING else "")  # of a stolen key: with the roster alone
    assert trusted_list(signed, RING) == read_list(signed, RING)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=20))
def test_the_newest_list_is_right_after_any_story(story: list[tuple[bool, int]]) -> None:
    held, want = listed(), set[str]()
    for revoke, n in story:
        code = CODES[n]
        if not revoke and code not in want:
            continue
        made = listed(held, revoke=[code]) if revoke else listed(held, unrevoke=[code])
        want = want | {code} if revoke else want - {code}
        held = newest(held, made)
    assert {code for code in CODES if held.revokes(code)} == want
