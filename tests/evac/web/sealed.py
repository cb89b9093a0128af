"""A phone's sealed file, made as ``page/sealing.js`` makes it, from what a pack gives the phone."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evac.events import Envelope, canonical
from evac.phone_seal import keys_for_phone
from evac.vault import Vault


def sealed_file(
    events: Sequence[Envelope],
    vault: Vault,
    *,
    device: str = "P7",
    event: str = "2106",
    mac: bytes = b"",
    **changes: object,
) -> bytes:
    """The file of a device; ``mac`` is another key than the device's, ``changes`` go into the header."""
    told = keys_for_phone(vault, device)
    public = b64decode(told["public"])
    own = ec.generate_private_key(ec.SECP256R1())
    half = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
    key = HKDF(SHA256(), 32, half + public, b"evac-phone-file-2").derive(shared)
    plain = b"".join(canonical(one) + b"\n" for one in events)
    header = {
        "evac": "events", "version": 2, "event": event, "device": device, "count": len(events), "size": len(plain) + 16,
        "key": hashlib.sha256(public).hexdigest()[:16], "ephemeral": b64encode(half).decode(), "iv": b64encode(bytes(12)).decode(),
    }  # fmt: skip
    line = json.dumps(header | changes, ensure_ascii=False).encode() + b"\n"
    body = line + AESGCM(key).encrypt(bytes(12), plain, line)
    return body + hmac.digest(mac or b64decode(told["mac"]), body, "sha256")
