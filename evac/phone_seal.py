"""What a phone exports, sealed: only who holds the event's key opens it, and a key that each phone has alone says whose it is.

Layout: a header line of JSON in clear · AES-256-GCM over the events, one a line, with the header line as associated data · HMAC-SHA-256
of the device over all before it. The AES key is HKDF-SHA-256 (RFC 5869) of an ECDH on P-256 (SP 800-56A) between a key that the phone
throws away and one that is made from the event's: it needs no file of its own, every node has it, and it dies with the event's
key. The phone has its halves in the roster's pack; ``page/sealing.js`` seals what this opens.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evac.errors import BundleError, Fault
from evac.vault import Vault

_FORMAT: Final = b"evac-phone-file-2"
_CURVE: Final = ec.SECP256R1()
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256's group (SP 800-186, 3.2.1.3)."""
_SUM: Final = 32
SEALED_MOST: Final = 1 << 26
"""Bytes of the sealed part; a phone of a whole event has some 10 MB."""


def keys_for_phone(vault: Vault, device: str) -> dict[str, str]:
    """What a device seals its files with, in base64: the public key of the event, and the key that is this device's alone.

    Examples
    --------
    >>> sorted(keys_for_phone(Vault(bytes(32)), "P7"))
    ['mac', 'public']
    """
    return {
        "public": b64encode(_public(vault)).decode(),
        "mac": b64encode(_device_key(vault, device)).decode(),
    }


def mark_of(public: bytes) -> str:
    """What tells a public key from others: 16 hexadecimal digits."""
    return hashlib.sha256(public).hexdigest()[:16]


def open_phone_file(
    line: bytes, rest: bytes, header: Mapping[str, Any], *, vault: Vault, where: str
) -> bytes:
    """The events of a sealed file, one canonical text a line.

    Parameters
    ----------
    line, rest : bytes
        The header's line with its end, and all after it.
    header : mapping
        What the line says.
    vault : Vault
        Of the event's key.

    Raises
    ------
    BundleError
        Cut short, more than the header says, sealed for another event's key, not by the device that it names, or damaged.
    """
    device = str(header.get("device", ""))
    size, mark, salt, iv = _told(header, where)
    if len(rest) < size + _SUM:
        raise BundleError(
            Fault.TRUNCATED, where=where, expected=f"{size + _SUM:,} bytes after the header", found=f"{len(rest):,}",
            remedy="copy it again, or export it again on the phone",
        )  # fmt: skip
    if len(rest) > size + _SUM:
        raise BundleError(
            Fault.BAD_DIGEST, where=where, expected=f"{size + _SUM:,} bytes after the header",
            found=f"{len(rest) - size - _SUM:,} more: two files in one?", remedy="export it again on the phone",
        )  # fmt: skip
    if mark != mark_of(_public(vault)):
        raise BundleError(
            Fault.WRONG_KEY, where=where, expected="sealed for this event", found=f"sealed for key {mark[:16]!r}",
            remedy="leave it; take it to the registry whose server the phone logged in to",
        )  # fmt: skip
    body, told = rest[:size], rest[size:]
    if not hmac.compare_digest(hmac.digest(_device_key(vault, device), line + body, "sha256"), told):
        raise BundleError(
            Fault.BAD_SIGNATURE, where=where, expected=f"the mark of the device {device!r}", found="another, or altered bytes",
            remedy="export it again on the phone; if it goes on, hear who handed it in",
        )  # fmt: skip
    try:
        shared = _private(vault).exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, salt)
        )
        key = HKDF(SHA256(), 32, salt + _public(vault), _FORMAT).derive(shared)
        return AESGCM(key).decrypt(iv, body, line)
    except (InvalidTag, ValueError) as error:
        raise BundleError(
            Fault.BAD_DIGEST, where=where, expected="what this event's key opens", found=type(error).__name__,
            remedy="export it again on the phone",
        ) from error  # fmt: skip


def _told(header: Mapping[str, Any], where: str) -> tuple[int, str, bytes, bytes]:
    """Size of the sealed part, mark of the key, the phone's half, nonce."""
    try:
        size = int(header["size"])
        if not 16 <= size <= SEALED_MOST:
            raise ValueError(f"size {size}")
        half, iv = (b64decode(header[name], validate=True) for name in ("ephemeral", "iv"))
        return size, str(header["key"]), half, iv
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BundleError(
            Fault.BAD_DIGEST, where=where, expected="the header of a sealed file", found=f"{type(error).__name__}: {error}",
            remedy="export it again on the phone",
        ) from error  # fmt: skip


def _private(vault: Vault) -> ec.EllipticCurvePrivateKey:
    # 384 bits onto 256: the remainder is even to 2^-128 (FIPS 186-5, A.2.1)
    seed = HKDF(SHA256(), 48, None, _FORMAT + b" key").derive(vault.derived(b"phone files"))
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, _CURVE)


def _public(vault: Vault) -> bytes:
    return _private(vault).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _device_key(vault: Vault, device: str) -> bytes:
    return hmac.digest(vault.derived(b"phone devices"), device.encode("utf-8", "surrogatepass"), "sha256")
