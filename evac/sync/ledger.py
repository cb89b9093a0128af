"""What a registry remembers of other nodes: which positions of whose log came, and what others hold of its own.

Kept as labels, JSON each; derived from bundles and acknowledgements, so that reading those again makes it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from evac.log import Head
from evac.sync.node import Labelled
from evac.sync.spans import Spans

_FROM: Final = "bundle/from/"
_HELD_BY: Final = "bundle/held_by/"
BASE: Final = "bundle/base"
"""Label: how much of the own log is a roster that was sent from above."""
_HEADS_KEPT: Final = 200
"""Heads remembered of a node, the newest ones: each is a place at which a rewritten log shows."""
_REFUSALS_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class Account:
    """What is known about one node's log.

    Attributes
    ----------
    spans : Spans
        Positions that are held.
    heads : dict
        Position -> link of the node's chain there.
    refused : dict
        Position -> why it could not be stored; such a position is in no span.
    base : int
        The node's log up to here is a roster that it began with.
    """

    spans: Spans = field(default_factory=Spans)
    heads: Mapping[int, bytes] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    base: int = 0

    @property
    def gaps(self) -> Spans:
        """Positions that never came, below the newest that did; those of the roster it began with come from above."""
        return self.spans.missing(self.base + 1, self.spans.last)

    @property
    def head(self) -> Head:
        """The newest head known."""
        if not self.heads:
            return Head()
        newest = max(self.heads)
        return Head(newest, self.heads[newest])

    def forgetting(self, altered_at: int) -> Account:
        """Without what can no longer be relied on, since the log differs at a position."""
        sure = max((n for n in self.heads if n < altered_at), default=0)
        spans = Spans.joined((a, min(b, sure)) for a, b in self.spans.parts)
        return replace(self, spans=spans, heads={n: link for n, link in self.heads.items() if n <= sure})

    def record(self) -> dict[str, Any]:
        """As JSON."""
        heads = sorted(self.heads.items())[-_HEADS_KEPT:]
        return {
            "spans": [list(part) for part in self.spans.parts],
            "heads": {str(n): link.hex() for n, link in heads},
            "base": self.base,
            "refused": dict(list(self.refused.items())[-_REFUSALS_KEPT:]),
        }


def account_of(record: Mapping[str, Any]) -> Account:
    """The account of its JSON.

    Raises
    ------
    KeyError, ValueError, TypeError
        A field is missing or of another type.
    """
    return Account(
        Spans.joined((int(a), int(b)) for a, b in record["spans"]),
        {int(n): bytes.fromhex(link) for n, link in record["heads"].items()},
        {str(key): str(why) for key, why in record["refused"].items()},
        int(record["base"]),
    )


def received_from(labels: Mapping[str, str], node_id: str) -> Account:
    """What came from a node; nothing where it never sent."""
    return _read(labels, _FROM + node_id)


def held_by(labels: Mapping[str, str], node_id: str) -> Account:
    """What a node has acknowledged of the own log."""
    return _read(labels, _HELD_BY + node_id)


def senders(labels: Mapping[str, str]) -> tuple[str, ...]:
    """Nodes that bundles came from."""
    return tuple(sorted(name.removeprefix(_FROM) for name in labels if name.startswith(_FROM)))


def holders(labels: Mapping[str, str]) -> tuple[str, ...]:
    """Nodes that have acknowledged something."""
    return tuple(sorted(name.removeprefix(_HELD_BY) for name in labels if name.startswith(_HELD_BY)))


def put_received_from(store: Labelled, node_id: str, account: Account) -> None:
    """Write down what came from a node."""
    store.put_labels({_FROM + node_id: _written(account)})


def put_held_by(store: Labelled, node_id: str, account: Account) -> None:
    """Write down what a node holds."""
    store.put_labels({_HELD_BY + node_id: _written(account)})


def _read(labels: Mapping[str, str], name: str) -> Account:
    return account_of(json.loads(labels[name])) if name in labels else Account()


def _written(account: Account) -> str:
    return json.dumps(account.record(), ensure_ascii=False, sort_keys=True)


def acknowledged(labels: Mapping[str, str], by: str = "") -> int:
    """How far the own log is held elsewhere without a gap: later events must be kept and sent.

    Parameters
    ----------
    by : str
        One node; whichever holds most if not named.

    Examples
    --------
    >>> acknowledged({})
    0
    """
    own = Spans.joined([(1, int(labels.get(BASE, "0")))])
    reached = [(own | held_by(labels, name).spans).reaches() for name in ([by] if by else holders(labels))]
    return max(reached, default=own.reaches())
