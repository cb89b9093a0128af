"""Every way in which a scanned code can fail has a verdict of its own, and nothing that is scanned makes it raise."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.base45 import base45_encode
from evac.codes import judge, verify
from evac.crockford import mint
from evac.errors import CodeError, RevokedCodeError
from evac.keys import KeyRecord, KeyRing, SigningKey
from evac.revocation import next_list
from evac.ticket import Ticket, qr_text, sign, url_form
from evac.verdict import Caution, Finding
from riskmap.errors import DataError

START = datetime(2021, 7, 24, 4, 0, tzinfo=UTC)
NOW = START + timedelta(hours=20)
EVENT = "2106"
KEY, OTHER, DRILL = SigningKey.for_drill(1), SigningKey.for_drill(2), SigningKey.for_drill(3)
CODE = mint(random.Random(8))
TICKET = Ticket(CODE, "330902", START, 720)
SIGNED = sign(TICKET, KEY)


def record(key: SigningKey, **more: Any) -> KeyRecord:
    return KeyRecord(key.kid, key.public.public_bytes_raw(), **{"event": EVENT, **more})


RING = KeyRing((record(KEY), record(OTHER, event="2109"), record(DRILL, drill=True)), 1)
LIST = next_list(None, event=EVENT, now=NOW)


def found(scanned: bytes | str, **more: Any) -> Finding:
    return judge(
        scanned, **{"keys": RING, "now": NOW, "event": EVENT, "drill": False, "revoked": LIST, **more}
    ).finding


def test_a_good_code_is_accepted_without_reserve() -> None:
    verdict = judge(qr_text(SIGNED), RING, now=NOW, event=EVENT, drill=False, revoked=LIST)
    assert verdict.accepted
    assert (verdict.ticket, verdict.code, verdict.kid) == (TICKET, CODE, KEY.kid)
    assert not verdict.needs_roster
    assert verdict.cautions == frozenset()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", Finding.EMPTY), (" \n", Finding.EMPTY), (b"", Finding.EMPTY),
        ("https://health.example/code?u=9A", Finding.OTHER_QR), ("WIFI:T:WPA;S:防汛;P:x;;", Finding.OTHER_QR),
        ("粤康码:ABCDEF", Finding.OTHER_QR), ("HC1:6BFOXN%TS3DH", Finding.OTHER_QR), ("shc:/5676", Finding.OTHER_QR),
        ("ev1:ABC", Finding.OTHER_QR), ("x" * 4000, Finding.OTHER_QR), ("\x00\x01\ud800", Finding.OTHER_QR),
        ("E", Finding.TRUNCATED), ("EV1:", Finding.TRUNCATED), (qr_text(SIGNED)[:60], Finding.TRUNCATED),
        (qr_text(SIGNED)[:-1], Finding.TRUNCATED), (SIGNED[:20], Finding.TRUNCATED), (SIGNED[:90], Finding.TRUNCATED),
        (qr_text(SIGNED)[:30] + "汉" + qr_text(SIGNED)[31:], Finding.DAMAGED), ("EV1::::", Finding.DAMAGED),
        ("EV1:" + "A" * 3000, Finding.TOO_LONG), (SIGNED + b"\0", Finding.TOO_LONG),
        ("EV1:" + base45_encode(SIGNED + b"\0\0"), Finding.TOO_LONG),
        (b"\x02" + SIGNED[1:], Finding.OTHER_VERSION), (b"\xff" * 3000, Finding.OTHER_VERSION),
        (SIGNED[:1] + b"\x02" + SIGNED[2:], Finding.UNKNOWN_ALGORITHM),
        (sign(TICKET, SigningKey.for_drill(9)), Finding.UNKNOWN_KEY),
        (SIGNED[:20] + bytes([SIGNED[20] ^ 1]) + SIGNED[21:], Finding.FORGED),
        (sign(TICKET, OTHER), Finding.FOREIGN_EVENT),
        (sign(replace(TICKET, drill=True), KEY), Finding.DRILL_CODE), (sign(TICKET, DRILL), Finding.DRILL_CODE),
        (sign(replace(TICKET, valid_from=NOW + timedelta(seconds=1)), KEY), Finding.NOT_YET_VALID),
        (sign(replace(TICKET, valid_hours=20), KEY), Finding.EXPIRED),
    ],
)  # fmt: skip
def test_each_failure_is_its_own_verdict(text: bytes | str, finding: Finding) -> None:
    assert found(text) is finding


def test_every_finding_has_words_and_advice_that_send_nobody_away() -> None:
    for finding in Finding:
        assert finding.chinese
        assert finding.english
        assert finding.advice
    grave = [f for f in Finding if "先让人进门" in f.advice]
    assert {Finding.FORGED, Finding.EXPIRED, Finding.REVOKED, Finding.UNKNOWN_KEY, Finding.DRILL_CODE} <= set(
        grave
    )


def test_a_key_signs_in_its_time_and_its_codes_live_on() -> None:
    ends = START + timedelta(hours=1)
    ring = KeyRing((record(KEY, valid_from=START, valid_until=ends),))
    assert found(SIGNED, keys=ring) is Finding.ACCEPTED  # signed within, scanned long after
    late, early = (sign(replace(TICKET, valid_from=at), KEY) for at in (ends, START - timedelta(seconds=1)))
    assert found(late, keys=ring) is found(early, keys=ring) is Finding.KEY_NOT_IN_FORCE
    retired = KeyRing((record(KEY, retired_at=START),))
    assert found(SIGNED, keys=retired) is Finding.KEY_NOT_IN_FORCE


def test_codes_of_a_stolen_key_are_refused_from_the_theft_on_and_want_the_roster_before() -> None:
    stolen = RING.retire(KEY.kid, at=START + timedelta(hours=1), stolen=True)
    later = sign(replace(TICKET, valid_from=START + timedelta(hours=1)), KEY)
    assert found(later, keys=stolen) is Finding.KEY_STOLEN
    before = judge(SIGNED, stolen, now=NOW, event=EVENT, drill=False, revoked=LIST)
    assert before.accepted
    assert before.needs_roster
    assert "名单" in before.words


def test_a_drill_takes_no_real_codes() -> None:
    assert found(SIGNED, drill=True) is Finding.REAL_CODE
    assert found(sign(replace(TICKET, drill=True), KEY), drill=True) is Finding.ACCEPTED
    assert found(SIGNED, drill=None) is Finding.ACCEPTED


def test_revocation_and_a_list_that_has_run_out() -> None:
    listed = next_list(None, event=EVENT, revoke=[CODE], now=NOW, valid_for=timedelta(hours=1))
    assert found(SIGNED, revoked=listed) is Finding.REVOKED
    late = NOW + timedelta(hours=2)
    assert found(SIGNED, revoked=listed, now=late) is Finding.REVOKED  # it still refuses its own
    other = sign(replace(TICKET, code=mint(random.Random(9))), KEY)
    verdict = judge(other, RING, now=late, event=EVENT, drill=False, revoked=listed)
    assert (verdict.accepted, verdict.cautions) == (True, {Caution.LIST_EXPIRED})  # neither silent nor shut
    assert "同步" in verdict.words
    assert judge(SIGNED, RING, now=NOW).cautions == {Caution.NO_LIST}
    foreign = next_list(None, event="2109", revoke=[CODE], now=NOW)
    assert judge(SIGNED, RING, now=NOW, event=EVENT, revoked=foreign).cautions == {
        Caution.LIST_OF_ANOTHER_EVENT
    }
    with pytest.raises(RevokedCodeError, match="已作废"):
        verify(SIGNED, RING, now=NOW, revoked=listed)


def test_the_form_for_phones_carries_the_code_alone() -> None:
    site = "https://a.example/c"
    text = url_form(CODE, site)
    assert text == f"{site}/{CODE}"
    verdict = judge(text, RING, now=NOW, sites=[site])
    assert (verdict.finding, verdict.code, verdict.ticket) == (Finding.UNSIGNED, CODE, None)
    assert verdict.needs_roster
    assert not verdict.accepted
    assert judge(text, RING, now=NOW).finding is Finding.OTHER_QR  # not our site
    assert judge(f"{site}/{CODE[:-1]}U", RING, now=NOW, sites=[site]).finding is Finding.OTHER_QR
    with pytest.raises(DataError, match="https"):
        url_form(CODE, "http://a.example")
    with pytest.raises(CodeError):
        url_form("ABC", site)


def test_flags_of_a_later_version_are_not_passed_over() -> None:
    payload = SIGNED[:29] + b"\x03"
    assert found(payload + KEY.sign(payload)) is Finding.OTHER_VERSION


@pytest.mark.parametrize(
    "bad", [{"county": "33090299"}, {"county": "定海"}, {"valid_hours": 70000}, {"valid_from": datetime(1960, 1, 1, tzinfo=UTC)}]
)  # fmt: skip
def test_a_ticket_out_of_range_is_told(bad: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="ticket"):
        sign(replace(TICKET, **bad), KEY)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=300), st.binary(max_size=200), st.text().map(lambda t: "EV1:" + t)))
def test_nothing_that_is_scanned_raises_or_is_accepted(scanned: bytes | str) -> None:
    assert not judge(scanned, RING, now=NOW).accepted


@given(st.integers(0, 93), st.integers(1, 255))
def test_no_change_of_a_byte_is_accepted(place: int, change: int) -> None:
    changed = SIGNED[:place] + bytes([SIGNED[place] ^ change]) + SIGNED[place + 1 :]
    assert not judge(changed, RING, now=NOW).accepted


@given(
    st.integers(0, 2**128 - 1), st.integers(0, 999999), st.integers(0, 2**32 - 1), st.integers(0, 65535), st.booleans()
)  # fmt: skip
def test_what_is_signed_is_what_is_read(code: int, county: int, start: int, hours: int, drill: bool) -> None:
    ticket = Ticket(
        mint(random.Random(code)), f"{county:06d}", datetime.fromtimestamp(start, UTC), hours, drill
    )
    verdict = judge(qr_text(sign(ticket, KEY)), KeyRing((record(KEY, event=""),)), now=NOW)
    assert verdict.ticket == ticket
    assert len(sign(ticket, KEY)) == 94
