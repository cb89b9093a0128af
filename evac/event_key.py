"""The emergency's key in a file, of either kind: a node's (its own key and the event's), or the event's alone (`evac vault new`).

Its owner alone may read it: a file that others can read too is refused, since they can read the registry's names then.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evac.private_files import read_private, write_private
from evac.vault import KEY_BYTES, Vault
from riskmap.errors import ConfigError, SourceError


@dataclass(frozen=True)
class KeyFile:
    """What a key file holds; after the event was destroyed a node's own key is left."""

    path: Path
    node: str = ""
    event: str = ""
    private: Ed25519PrivateKey | None = None
    vault: Vault | None = None

    def signer(self) -> Ed25519PrivateKey:
        """The node's own key.

        Raises
        ------
        ConfigError
            The file holds none.
        """
        if self.private is None:
            raise ConfigError(
                "no key to sign with", where=str(self.path), expected="a node's key file", found="the event's key alone",
                remedy="name the file that `evac bundle node` wrote; it makes one: evac bundle node NAME --registry ... --event ... --event-key "
                f"{self.path.name}",
            )  # fmt: skip
        return self.private

    def opener(self) -> Vault:
        """The event's key.

        Raises
        ------
        ConfigError
            The file holds none, or none any more.
        """
        if self.vault is None:
            raise ConfigError(
                "no key of the event", where=str(self.path), expected="a node's key file, or that of `evac vault new`",
                found="none, or a destroyed one", remedy="name the right file; what was destroyed stays destroyed",
            )  # fmt: skip
        return self.vault


def read_key_file(path: Path) -> KeyFile:
    """What a key file holds.

    Raises
    ------
    SourceError
        It cannot be read, or others can read it too.
    ConfigError
        It is no key file.
    """
    content = read_private(path, secret=True)
    found = _parsed(path, content)
    if found is None:
        raise ConfigError(
            "not a key file", where=str(path), expected="what `evac bundle node` or `evac vault new` wrote",
            found=f"{len(content)} bytes", remedy="look beside the registry: its name ends in .key",
        )  # fmt: skip
    return found


def _parsed(path: Path, content: bytes) -> KeyFile | None:
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        record = json.loads(content)
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(record["private"]))
        key = record["event_key"]
        vault = Vault(bytes.fromhex(key)) if key.strip("x") else None
        return KeyFile(path, record["node"], record["event"], private, vault)
    with suppress(ValueError):
        key = bytes.fromhex(content.decode("ascii").strip())
        if len(key) == KEY_BYTES:
            return KeyFile(path, vault=Vault(key))
    return None


def vault_in(path: Path) -> Vault | None:
    """The event's key in a file, whoever may read it; None where it holds none, a destroyed one, or one under a passphrase."""
    try:
        found = _parsed(path, read_private(path))
    except SourceError:
        return None
    return found.vault if found else None


def read_vault(path: Path) -> Vault:
    """The event's key of a key file of either kind; see ``read_key_file`` and ``KeyFile.opener`` for what is raised."""
    return read_key_file(path).opener()


def make_vault_file(path: Path) -> Vault:
    """A new key in a file that its owner alone may read.

    Raises
    ------
    SourceError
        The file is there already (a key is never overwritten), or cannot be written.
    """
    vault = Vault.make()
    write_private(path, f"{vault.key.hex()}\n".encode(), replace=False)
    return vault
