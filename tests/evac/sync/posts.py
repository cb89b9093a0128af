"""Nodes for tests: a store, a registry and a key each, and bundles that stay in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evac.registry import EventStore, Registry
from evac.state import PersonState
from evac.store.memory import MemoryStore
from evac.sync.bundle import Bundle, write_events
from evac.sync.intake import Clock, Intake, take_in
from evac.sync.node import EVENT, OWN, Node, trust
from tests.evac.scenes import START

EVENT_KEY = bytes(range(32))
LATER = START + timedelta(days=30)


def make_node(name: str, *, event: str = "2106", event_key: bytes = EVENT_KEY) -> Node:
    """A node whose key is made from its name."""
    return Node(name, event, Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()), event_key)


class Post:
    """A node with its registry."""

    def __init__(self, name: str, store: EventStore | None = None) -> None:
        self.node = make_node(name)
        self.store: EventStore = MemoryStore() if store is None else store
        self.registry = Registry(self.store)
        self.store.put_labels({EVENT: "2106", OWN: name})
        self._salt = 0

    def knows(self, others: Iterable[Post]) -> None:
        """Trust other nodes."""
        for other in others:
            trust(self.store, other.node.node_id, other.node.public)

    def bundle(self, after: int = 0, *, made_at: datetime = START) -> bytes:
        """The log after a position, as a file's bytes."""
        file = BytesIO()
        self._salt += 1
        salt = self._salt.to_bytes(32, "big")
        write_events(self.store, file, node=self.node, made_at=made_at, salt=salt, after=after)
        return file.getvalue()

    def take(self, data: bytes, *, now: datetime = LATER, clock: Clock = Clock.ASK) -> Intake:
        """Take a bundle in."""
        return take_in(self.store, Bundle(BytesIO(data), "stick"), self.node, now=now, clock=clock)

    @property
    def states(self) -> dict[str, PersonState]:
        """Code -> state."""
        return self.registry.states


def acquainted(*posts: Post) -> tuple[Post, ...]:
    """Posts that all know each other."""
    for post in posts:
        post.knows(posts)
    return posts
