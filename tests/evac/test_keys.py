"""Keys: rotation with overlap, theft, a suite of one's own, files that others cannot read."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evac.codes import judge
from evac.crockford import mint
from evac.errors import ConflictError
from evac.key_files import KeyFolder
from evac.keys import SUITES, KeyRecord, KeyRing, SigningKey, kid_of, public_keys, read_ring
from evac.ticket import Ticket, sign
from evac.verdict import Finding
from riskmap.errors import ConfigError, SourceError

START = datetime(2021, 7, 24, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, SECOND = SigningKey.for_drill(1), SigningKey.for_drill(2)


def record(key: SigningKey, begins: datetime = START, ends: datetime = START + 720 * HOUR) -> KeyRecord:
    return KeyRecord(key.kid, key.public.public_bytes_raw(), "2106", begins, ends)


def test_rotation_overlaps_and_nobody_is_locked_out() -> None:
    ring = KeyRing().add(record(FIRST))
    turned = ring.rotate(record(SECOND, START + 24 * HOUR), overlap_until=START + 30 * HOUR)
    assert turned.version == 2
    for hours, signer in ((1, FIRST), (24, SECOND), (29, SECOND), (100, SECOND)):
        current = turned.current(START + hours * HOUR, event="2106")
        assert current is not None
        assert current.kid == signer.kid
    # in the overlap either signs, after it the old one no more; what it signed before lives on
    for hours, finding in ((0, Finding.ACCEPTED), (29, Finding.ACCEPTED), (30, Finding.KEY_NOT_IN_FORCE)):
        signed = sign(Ticket(mint(), "330902", START + hours * HOUR, 720), FIRST)
        assert judge(signed, turned, now=START + 200 * HOUR).finding is finding
    with pytest.raises(ConflictError, match="overlap"):
        ring.rotate(record(SECOND, START + 24 * HOUR), overlap_until=START + 23 * HOUR)


def test_a_rotation_leaves_the_keys_of_other_events_alone() -> None:
    other = KeyRecord(SECOND.kid, SECOND.public.public_bytes_raw(), "2109")
    third = SigningKey.for_drill(3)
    ring = KeyRing((record(FIRST), other)).rotate(record(third, START + HOUR), overlap_until=START + 2 * HOUR)
    assert ring.get(SECOND.kid) == other
    assert ring.current(START + 9 * HOUR, event="2109") == other


def test_no_key_in_force_is_none_and_not_an_old_one() -> None:
    ring = KeyRing((record(FIRST, ends=START + HOUR),))
    assert ring.current(START + HOUR) is None
    assert ring.current(START - HOUR) is None
    assert KeyRing().current(START) is None


def test_a_theft_is_never_moved_later() -> None:
    stolen = KeyRing((record(FIRST),)).retire(FIRST.kid, at=START + 5 * HOUR, stolen=True)
    assert stolen.retire(FIRST.kid, at=START + HOUR, stolen=True).version == 2
    with pytest.raises(ConflictError, match="later"):
        stolen.retire(FIRST.kid, at=START + 6 * HOUR, stolen=True)
    with pytest.raises(ConflictError, match="no such key"):
        stolen.retire(SECOND.kid, at=START)


def test_an_id_belongs_to_one_key() -> None:
    ring = KeyRing((record(FIRST),))
    with pytest.raises(ConflictError, match="taken"):
        ring.add(record(FIRST))
    with pytest.raises(ConfigError, match="does not fit"):
        KeyRecord(FIRST.kid, SECOND.public.public_bytes_raw())


def test_a_device_never_goes_back_to_an_older_ring() -> None:
    old = KeyRing().add(record(FIRST))
    new = old.retire(FIRST.kid, at=START)
    assert old.newer(new) == new == new.newer(new)
    with pytest.raises(ConflictError, match="older"):
        new.newer(old)
    with pytest.raises(ConflictError, match="contradicting"):
        old.newer(KeyRing((record(SECOND),), old.version))


def test_the_ring_survives_its_text_and_bad_text_is_told() -> None:
    ring = KeyRing((record(FIRST), record(SECOND)), 4).retire(FIRST.kid, at=START + HOUR, stolen=True)
    assert read_ring(ring.to_json()) == ring
    assert FIRST.private.private_bytes_raw().hex() not in ring.to_json()
    text = ring.to_json()
    for bad in ("", "[]", "{}", '{"format": "x"}', text.replace(FIRST.kid.hex(), "010000"), text.replace("+00:00", ""),
                text.replace(FIRST.kid.hex(), "")):  # fmt: skip
        with pytest.raises(ConfigError):
            read_ring(bad)


class P256:
    """ECDSA on P-256: a suite of the size that SM2 has, held by a key that the library does not know."""

    algorithm, name, signature_size = 7, "P-256", 64

    def holds(self, public: bytes, message: bytes, signature: bytes) -> bool:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        pair = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        try:
            key.verify(encode_dss_signature(*pair), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


class P256Signer:
    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.kid = kid_of(P256.algorithm, self.public)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_a_suite_of_ones_own_signs_and_is_judged() -> None:
    signer = P256Signer()
    suites = {**SUITES, P256.algorithm: P256()}
    ring = KeyRing((KeyRecord(signer.kid, signer.public), record(FIRST)), 1, suites)
    signed = sign(Ticket(mint(), "330902", START, 24), signer)
    assert judge(signed, ring, now=START).accepted
    assert judge(signed[:-1] + bytes([signed[-1] ^ 1]), ring, now=START).finding is Finding.FORGED
    # without the suite the code is not taken for forged
    assert judge(signed, KeyRing(ring.records, 1), now=START).finding is Finding.UNKNOWN_ALGORITHM


def test_a_broken_public_key_holds_nothing() -> None:
    raw = b"\xff" * 31
    ring = KeyRing((KeyRecord(kid_of(1, raw), raw),))
    signed = sign(Ticket(mint(), "330902", START, 24), FIRST)
    assert judge(signed[:1] + kid_of(1, raw) + signed[4:], ring, now=START).finding is Finding.FORGED


def test_a_private_key_is_in_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    key = SigningKey.generate()
    path = folder.keep_private(key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert folder.private(key.kid).kid == key.kid
    assert "private" not in repr(key)
    with pytest.raises(SourceError, match="already there"):
        folder.keep_private(key)
    path.chmod(0o644)
    with pytest.raises(SourceError, match="others can read"):
        folder.private(key.kid)


def test_a_passphrase_opens_the_key_and_nothing_else_does(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    path = folder.keep_private(FIRST, passphrase="防汛2106".encode())
    assert b"ENCRYPTED" in path.read_bytes()
    assert folder.private(FIRST.kid, passphrase="防汛2106".encode()).kid == FIRST.kid
    for wrong in (b"", b"x"):
        with pytest.raises(ConfigError, match="passphrase"):
            folder.private(FIRST.kid, passphrase=wrong)
    path.replace(path.with_name(f"{SECOND.kid.hex()}.pem"))
    with pytest.raises(ConfigError, match="another key"):
        folder.private(SECOND.kid, passphrase="防汛2106".encode())
    with pytest.raises(SourceError, match="cannot read"):
        folder.private(FIRST.kid)


def test_the_folder_keeps_the_newest_ring_and_signs_with_the_key_in_force(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    with pytest.raises(ConfigError, match="no key is in force"):
        folder.current(START)
    ring = folder.ring().add(record(FIRST))
    folder.keep_ring(ring)
    folder.keep_private(FIRST)
    assert folder.ring() == ring
    assert folder.current(START, event="2106").kid == FIRST.kid
    folder.keep_ring(ring.retire(FIRST.kid, at=START))
    with pytest.raises(ConflictError):
        folder.keep_ring(ring)
    with pytest.raises(ConfigError):
        folder.current(START)


def test_raw_keys_make_a_ring_once_each() -> None:
    raw = FIRST.public.public_bytes_raw()
    assert [r.kid for r in public_keys([raw, raw])] == [FIRST.kid]
