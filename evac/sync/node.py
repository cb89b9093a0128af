"""Who makes bundles: a node (server, kiosk) with an id and an Ed25519 key, and the nodes that it knows.

Public keys of known nodes are labels of the registry. The node's own private key and the event's key stand in one small file
outside it: without that file the registry's sealed fields and all its bundles are closed for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evac.sync.files import reading, writing
from evac.vault import KEY_BYTES, Vault
from riskmap.errors import ConfigError, DataError

_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_KNOWN: Final = "node_key/"
_LOST: Final = "node_lost/"
EVENT: Final = "event"
"""Label: the id of the emergency that a registry belongs to."""
OWN: Final = "node"
"""Label: the registry's own node id."""


class Labelled(Protocol):
    """What has labels: any ``EventStore``."""

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """Add or replace labels."""
        ...

    def labels(self) -> dict[str, str]:
        """The labels."""
        ...


@dataclass(frozen=True, slots=True)
class Node:
    """A node of one event, with its secrets.

    Attributes
    ----------
    node_id : str
        Letters, digits, ``_``, ``.`` and ``-``; at most 40.
    event : str
        Id of the event.
    private : Ed25519PrivateKey
        Its own key, which signs what it sends.
    event_key : bytes
        The event's key, 32 bytes, that all nodes of the event share; bundles die with it.
    """

    node_id: str
    event: str
    private: Ed25519PrivateKey
    event_key: bytes

    def __post_init__(self) -> None:
        require_word(self.node_id, "node id")
        if len(self.event_key) != KEY_BYTES:
            raise DataError(
                "not a key of an event", where="event key", expected=f"{KEY_BYTES} bytes",
                found=f"{len(self.event_key)} bytes", remedy="give the file that `evac bundle node` wrote",
            )  # fmt: skip

    @classmethod
    def make(cls, node_id: str, event: str, event_key: bytes) -> Node:
        """A node with a fresh key."""
        return cls(node_id, event, Ed25519PrivateKey.generate(), event_key)

    @property
    def public(self) -> str:
        """Public key, 64 hexadecimal digits."""
        return self.private.public_key().public_bytes_raw().hex()

    @property
    def vault(self) -> Vault:
        """What opens names and sealed fields."""
        return Vault(self.event_key)

    @property
    def bundle_key(self) -> bytes:
        """The key that the keys of bundles are made from: it dies with the event's."""
        return self.vault.derived(b"bundle")

    @property
    def mark(self) -> str:
        """What tells the event's key from others without telling the key: 16 hexadecimal digits."""
        return self.vault.derived(b"bundle mark")[:8].hex()

    def record(self) -> dict[str, Any]:
        """As JSON, secrets included."""
        return {
            "node": self.node_id, "event": self.event, "private": self.private.private_bytes_raw().hex(),
            "event_key": self.event_key.hex(),
        }  # fmt: skip


def require_word(word: str, what: str) -> str:
    """The word, if it can stand in a file's name.

    Raises
    ------
    DataError
        It cannot.

    Examples
    --------
    >>> require_word("330902-S1", "node id")
    '330902-S1'
    """
    if not _WORD.fullmatch(word):
        raise DataError(
            f"not a {what}", where=what, expected="1 to 40 letters, digits, _ . -", found=repr(word[:60]),
            remedy="choose a plain name such as 330902-S1",
        )  # fmt: skip
    return word


def node_of(record: Mapping[str, Any], where: str) -> Node:
    """The node of its JSON.

    Raises
    ------
    ConfigError
        Something is missing or wrong.
    """
    if isinstance(key := record.get("event_key"), str) and key and not key.strip("x"):
        raise ConfigError(
            "the event's key was destroyed, and all its names and bundles with it", where=where,
            remedy="nothing can be read again; make a node of the next event",
        )  # fmt: skip
    try:
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(record["private"]))
        return Node(record["node"], record["event"], private, bytes.fromhex(record["event_key"]))
    except (KeyError, ValueError, TypeError) as error:
        raise ConfigError(
            "not a node's key file", where=where, expected="the file that `evac bundle node` or `evac kiosk init` wrote",
            found=f"{type(error).__name__}: {error}", remedy="look beside the registry: its name ends in .key",
        ) from error  # fmt: skip


def write_node(path: Path, node: Node, *, parents: Mapping[str, str] | None = None) -> None:
    """Write the node's key file, readable by its owner alone.

    Parameters
    ----------
    parents : mapping, optional
        Node id -> public key of those whose roster a new kiosk believes.

    Raises
    ------
    SourceError
        It cannot be written.
    """
    record = node.record() | {"parents": dict(parents or {})}
    with writing(path, mode=0o600) as file:
        file.write(json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n")


def read_node(path: Path) -> Node:
    """The node of a key file.

    Raises
    ------
    SourceError, ConfigError
        It cannot be read, or is something else.
    """
    return node_of(_record(path), str(path))


def read_event_key(path: Path) -> tuple[bytes, Node | None]:
    """The event's key, from the file of ``evac vault new`` or from a node's key file, and that node.

    Raises
    ------
    SourceError, ConfigError
        It cannot be read, or is something else.
    """
    with reading(path) as file:
        text = file.read(1 << 16).strip()
    if len(text) == 2 * KEY_BYTES:
        with suppress(ValueError):
            return bytes.fromhex(text.decode("ascii", "replace")), None
    node = read_node(path)
    return node.event_key, node


def read_parents(path: Path) -> dict[str, str]:
    """Node id -> public key of those whose roster is believed, from a key file.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    found = _record(path).get("parents", {})
    return {str(name): str(key) for name, key in found.items()} if isinstance(found, dict) else {}


def _record(path: Path) -> dict[str, Any]:
    with reading(path) as file:
        data = file.read(1 << 16)
    try:
        record = json.loads(data)
    except ValueError:
        record = {}
    return record if isinstance(record, dict) else {}


def key_of_hex(public: str, where: str) -> Ed25519PublicKey:
    """A public key of its 64 hexadecimal digits.

    Raises
    ------
    DataError
        It is none.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    except ValueError as error:
        raise DataError(
            "not a public key", where=where, expected="64 hexadecimal digits", found=repr(public[:70]),
            remedy="copy it from `evac bundle node` on the other computer",
        ) from error  # fmt: skip


def trust(store: Labelled, node_id: str, public: str) -> None:
    """Take a node among those whose bundles are taken in; also one that was reported lost and is found.

    Raises
    ------
    DataError
        Not a node id, or not a public key.
    """
    key_of_hex(public, f"node {require_word(node_id, 'node id')}")
    store.put_labels({f"{_KNOWN}{node_id}": public, f"{_LOST}{node_id}": ""})


def distrust(store: Labelled, node_id: str, why: str) -> None:
    """Take in nothing more of a node: its computer was lost or stolen. What came before stays.

    Raises
    ------
    DataError
        Not a node id.
    """
    store.put_labels({f"{_LOST}{require_word(node_id, 'node id')}": why or "lost"})


def known_nodes(labels: Mapping[str, str]) -> dict[str, str]:
    """Node id -> public key of every node that is trusted."""
    return {
        name.removeprefix(_KNOWN): key
        for name, key in labels.items()
        if name.startswith(_KNOWN) and not labels.get(_LOST + name.removeprefix(_KNOWN))
    }


def lost_nodes(labels: Mapping[str, str]) -> dict[str, str]:
    """Node id -> why, of every node that was reported lost."""
    return {name.removeprefix(_LOST): why for name, why in labels.items() if name.startswith(_LOST) and why}
