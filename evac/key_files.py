"""A folder of keys: private ones in files of mode 0600, the public ring, the newest revocation list.

::

    keys/
      ring.json          public keys, for every device
      revoked.bin        signed revocation list, for every device
      private/KID.pem    PKCS#8, with a passphrase where one was given; leaves this folder only into a safe
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evac.keys import KeyRing, SigningKey, read_ring
from evac.private_files import private_folder, read_private, write_private
from evac.revocation import RevocationList, newest, read_list, trusted_list
from riskmap.errors import ConfigError

RING: Final = "ring.json"
REVOKED: Final = "revoked.bin"
PRIVATE: Final = "private"


@dataclass(frozen=True)
class KeyFolder:
    """Keys of an office on its disk.

    Parameters
    ----------
    path : Path
    """

    path: Path

    def ring(self) -> KeyRing:
        """The public keys; an empty ring where there is none yet.

        Raises
        ------
        SourceError, ConfigError
            The file cannot be read, or is no key ring.
        """
        file = self.path / RING
        if not file.exists():
            return KeyRing()
        return read_ring(read_private(file).decode("utf-8", "replace"), where=str(file))

    def keep_ring(self, ring: KeyRing) -> None:
        """Write the ring, whole or not at all; an older one is refused.

        Raises
        ------
        ConflictError
            It is older than the one there.
        SourceError
            It cannot be written.
        """
        private_folder(self.path)
        write_private(self.path / RING, (self.ring().newer(ring).to_json() + "\n").encode())

    def keep_private(self, key: SigningKey, *, passphrase: bytes = b"") -> Path:
        """Write a private key into a file of its own, never over another one.

        Raises
        ------
        SourceError
            It cannot be written, or is there already.
        """
        private_folder(self.path / PRIVATE)
        path = self.path / PRIVATE / f"{key.kid.hex()}.pem"
        seal: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if passphrase:
            seal = serialization.BestAvailableEncryption(passphrase)
        content = key.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, seal
        )
        write_private(path, content, replace=False)
        return path

    def private(self, kid: bytes, *, passphrase: bytes = b"") -> SigningKey:
        """A private key from its file.

        Raises
        ------
        SourceError
            The file is not there, or others can read it.
        ConfigError
            The passphrase is missing or wrong, or it is another key.
        """
        path = self.path / PRIVATE / f"{kid.hex()}.pem"
        content = read_private(path, secret=True)
        try:
            held = serialization.load_pem_private_key(content, passphrase or None)
        except (ValueError, TypeError) as error:
            raise ConfigError(
                "the key cannot be opened", where=str(path), expected="a PKCS#8 file and its passphrase",
                found="no passphrase" if not passphrase else "a passphrase that does not open it, or a damaged file",
                remedy="add --passphrase, or restore the key from the safe",
            ) from error  # fmt: skip
        if not isinstance(held, Ed25519PrivateKey) or SigningKey(held).kid != kid:
            raise ConfigError(
                "another key than its name says", where=str(path), remedy="restore the key from the safe"
            )
        return SigningKey(held)

    def current(self, now: datetime, *, event: str = "", passphrase: bytes = b"") -> SigningKey:
        """The private key to sign with now.

        Raises
        ------
        ConfigError
            None is in force for the event.
        SourceError, ConfigError
            As ``private``.
        """
        record = self.ring().current(now, event=event)
        if record is None:
            raise ConfigError(
                "no key is in force",
                where=str(self.path / RING),
                expected=f"a key for {event or 'any event'} at {now:%Y-%m-%d %H:%M} UTC",
                remedy="evac keys new, or evac keys rotate",
            )
        return self.private(record.kid, passphrase=passphrase)

    def revoked(self) -> RevocationList | None:
        """The newest revocation list; None where there is none yet.

        Raises
        ------
        CodeError
            Its signature does not hold.
        """
        file = self.path / REVOKED
        return read_list(read_private(file), self.ring()) if file.exists() else None

    def revoked_for_door(self) -> RevocationList | None:
        """The newest list as a door has it: None where there is none, or none to be trusted."""
        file = self.path / REVOKED
        return trusted_list(read_private(file), self.ring()) if file.exists() else None

    def keep_revoked(self, signed: bytes) -> RevocationList:
        """Keep a signed list, where it is newer than the one there.

        Raises
        ------
        CodeError, ConflictError
            Its signature does not hold; it is older.
        """
        kept = newest(self.revoked_before(), read_list(signed, self.ring()))
        write_private(self.path / REVOKED, signed)
        return kept

    def revoked_before(self) -> RevocationList | None:
        """The list on the disk to go on from; one of a key that was stolen since is read all the same.

        Raises
        ------
        CodeError
            It was changed on the disk, or its key is not in the ring.
        """
        file = self.path / REVOKED
        return read_list(read_private(file), self.ring(), dated=False) if file.exists() else None
