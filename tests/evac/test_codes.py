from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evac.base45 import base45_decode, base45_encode
from evac.codes import (
    CROCKFORD,
    KeyRing,
    SigningKey,
    Ticket,
    mint,
    parse_short_code,
    public_keys,
    qr_text,
    short_code,
    sign,
    verify,
)
from evac.errors import CodeError, ExpiredCodeError, ForgedCodeError, UnknownCodeError
from evac.keys import Ed25519
from evac.qr import qr_modules, qr_png
from riskmap.errors import DataError

ISSUED = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
KEY = SigningKey.for_drill(1)
KEYS = public_keys([KEY.public.public_bytes_raw()])
TICKET = Ticket(mint(random.Random(5)), "330902", ISSUED, 720, drill=True)
SIGNED = sign(TICKET, KEY)

RFC8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    # TEST SHA(abc): the message is a SHA-512
    ("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
]  # fmt: skip


@pytest.mark.parametrize(("secret", "message", "signature"), RFC8032)
def test_rfc_8032_vectors(secret: str, message: str, signature: str) -> None:
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))
    assert key.sign(bytes.fromhex(message)).hex() == signature
    public = key.public.public_bytes_raw()
    assert Ed25519().holds(public, bytes.fromhex(message), bytes.fromhex(signature))
    assert not Ed25519().holds(public, bytes.fromhex(message) + b"x", bytes.fromhex(signature))


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]
)  # fmt: skip
def test_rfc_9285_vectors(data: bytes, text: str) -> None:
    assert base45_encode(data) == text
    assert base45_decode(text) == data


@pytest.mark.parametrize("bad", ["GGW", "::", ":::", "A", "ab8", "BB8!", "汉字汉", "￿￿￿"])
def test_base45_refuses(bad: str) -> None:
    with pytest.raises(ValueError, match="base45"):
        base45_decode(bad)


@given(st.binary(max_size=120))
def test_base45_returns(data: bytes) -> None:
    assert base45_decode(base45_encode(data)) == data


def test_a_code_says_what_was_signed() -> None:
    found = verify(qr_text(SIGNED), KEYS, now=ISSUED + timedelta(hours=1))
    assert found.ticket == TICKET
    assert found.kid == KEY.kid
    assert verify(SIGNED, KEYS, now=ISSUED) == found


@pytest.mark.parametrize("place", range(94))
def test_any_changed_byte_is_rejected(place: int) -> None:
    forged = SIGNED[:place] + bytes([SIGNED[place] ^ 4]) + SIGNED[place + 1 :]
    # version and key id are told apart from a forgery: there is no key to judge them by
    wanted = UnknownCodeError if place < 4 else ForgedCodeError
    with pytest.raises(wanted):
        verify(forged, KEYS, now=ISSUED)


@given(st.integers(0, 144))
def test_any_truncation_is_rejected(length: int) -> None:
    with pytest.raises(CodeError):
        verify(qr_text(SIGNED)[:length], KEYS, now=ISSUED)


@pytest.mark.parametrize(
    "text", ["https://a.example/x", "HC1:6BF", "EV1:", "EV1:汉", "", "ev1:ABC", "WIFI:S:x;;"]
)
def test_any_other_qr_is_rejected_with_advice(text: str) -> None:
    with pytest.raises(UnknownCodeError, match="To mend it"):
        verify(text, KEYS, now=ISSUED)


def test_expired_not_yet_valid_and_foreign_key() -> None:
    for now in (ISSUED - timedelta(seconds=1), ISSUED + timedelta(hours=720)):
        with pytest.raises(ExpiredCodeError):
            verify(SIGNED, KEYS, now=now)
    with pytest.raises(UnknownCodeError, match="key"):
        verify(sign(TICKET, SigningKey.generate()), KEYS, now=ISSUED)
    with pytest.raises(UnknownCodeError):
        verify(SIGNED, KeyRing(), now=ISSUED)


def test_the_qr_code_is_version_6_m_and_is_read_back() -> None:
    dark = qr_modules(SIGNED)
    assert dark.shape == (41, 41)  # 17 + 4 modules a version
    picture = np.full((49, 49), 255, np.uint8)
    picture[4:-4, 4:-4][dark] = 0
    (read,) = zxingcpp.read_barcodes(picture.repeat(4, axis=0).repeat(4, axis=1))
    assert (read.text, read.ec_level) == (qr_text(SIGNED), "M")


def test_two_writers_of_qr_codes_agree_on_every_module() -> None:
    other = segno.make(qr_text(SIGNED), error="m", boost_error=False, micro=False, version=6, mask=2)
    assert (other.version, other.error, other.mode) == (6, "M", "alphanumeric")
    assert (qr_modules(SIGNED) == np.array([list(row) for row in other.matrix], dtype=bool)).all()
    assert np.array_equal(np.asarray(Image.open(BytesIO(qr_png(SIGNED)))) == 0, qr_modules(SIGNED))


def test_what_is_too_long_for_the_qr_code_is_told() -> None:
    with pytest.raises(DataError, match="154"):
        qr_modules(SIGNED + bytes(8))


def test_drill_keys_come_from_the_seed_and_real_ones_do_not() -> None:
    assert SigningKey.for_drill(1).kid == KEY.kid != SigningKey.for_drill(2).kid
    assert SigningKey.generate().public.public_bytes_raw() != SigningKey.generate().public.public_bytes_raw()
    assert mint() != mint()
    assert mint(random.Random(5)) == TICKET.code


def test_a_taken_short_code_is_drawn_again() -> None:
    first = mint(random.Random(5))
    assert mint(random.Random(5), taken={short_code(first)}) != first


@given(st.integers(0, 2**128 - 1), st.data())
def test_the_check_character_finds_single_errors_and_swaps(number: int, data: Any) -> None:
    short = short_code("".join(CROCKFORD[(number >> 5 * n) & 31] for n in range(26)))
    assert parse_short_code(short.lower()) == short
    place = data.draw(st.integers(0, 10))
    other = data.draw(st.sampled_from([c for c in CROCKFORD if c != short[place]]))
    with pytest.raises(UnknownCodeError):
        parse_short_code(short[:place] + other + short[place + 1 :])
    swap = data.draw(st.integers(0, 9))
    if short[swap] != short[swap + 1]:
        with pytest.raises(UnknownCodeError):
            parse_short_code(short[:swap] + short[swap + 1] + short[swap] + short[swap + 2 :])
