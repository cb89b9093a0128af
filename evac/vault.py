"""The key of one emergency: what only its holder can read, and pseudonyms that nobody else can make.

The key lies outside the database. Names and phones are sealed with it; when it is destroyed they are noise, in every copy and
backup. An identity number is turned into a pseudonym at the border and kept nowhere: the eighteen digits have so few
possible values that a plain hash of them hides nothing, a keyed one hides them as long as the key is secret.
"""

from __future__ import annotations

import hashlib
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from evac.errors import EvacError

KEY_BYTES: Final = 32
_NONCE: Final = 12


class Vault:
    """Seals with ChaCha20-Poly1305 (RFC 8439), makes pseudonyms with keyed BLAKE2b (RFC 7693).

    Parameters
    ----------
    key : bytes
        32 random bytes; the keys for either use, and for others (``derived``), are made from it.

    Examples
    --------
    >>> vault = Vault(bytes(32))
    >>> vault.open(vault.seal("张三".encode(), b"code"), b"code").decode()
    '张三'
    >>> vault.pseudonym("11010519491231002X") == vault.pseudonym("11010519491231002x ")
    True
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise EvacError(
                "not the key of an emergency", where="vault", expected=f"{KEY_BYTES} bytes", found=f"{len(key)} bytes",
                remedy="make one with `evac vault new`",
            )  # fmt: skip
        self._key = key
        self._sealer = ChaCha20Poly1305(self.derived(b"seal"))
        self._names = self.derived(b"pseudonym")

    @classmethod
    def make(cls) -> Vault:
        """A vault with a new random key."""
        return cls(os.urandom(KEY_BYTES))

    @property
    def key(self) -> bytes:
        """The key, for whoever keeps it."""
        return self._key

    @property
    def mark(self) -> str:
        """What tells this key from others without telling the key: 16 hexadecimal digits."""
        return self.derived(b"registry mark")[:8].hex()

    def derived(self, use: bytes) -> bytes:
        """A key of 32 bytes for another use, which tells nothing about this one; ``use`` has 1 to 16 bytes."""
        return hashlib.blake2b(key=self._key, digest_size=KEY_BYTES, person=use).digest()

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """What only this vault opens, and only as said ``about`` the same; 28 bytes longer than ``plain``."""
        nonce = os.urandom(_NONCE)
        return nonce + self._sealer.encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """What was sealed.

        Raises
        ------
        EvacError
            Sealed by another vault or about something else, or changed since.
        """
        try:
            return self._sealer.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
        except (InvalidTag, ValueError) as error:
            raise EvacError(
                "sealed by another key, or changed since", where="vault", expected="what this emergency's key has sealed",
                found=f"{len(sealed)} bytes that it does not open", remedy="use the key of this emergency, or a backup",
            ) from error  # fmt: skip

    def pseudonym(self, number: str) -> str:
        """32 hexadecimal digits for an identity number: the same for the same number, whatever its spaces and case."""
        bare = "".join(number.split()).upper()
        return hashlib.blake2b(bare.encode(), key=self._names, digest_size=16).hexdigest()

    def __repr__(self) -> str:
        return "Vault(<key>)"
