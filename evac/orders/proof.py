"""The proof that an order asks for by kind (照片、名单 ...), and what a report's evidence lacks of it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from evac.orders.events import Signed

SEPARATOR = "、"


def demanded(signed: Signed) -> tuple[str, ...]:
    """Kinds of proof that a signed order asks for, in its own words; none for documents without that entry.

    A draft that cannot be read asks for none: its task goes by the times of orange, and a person looks at it anyway.
    """
    try:
        entries = dict(json.loads(signed.content)["fields"]["entries"])
        words = str(entries.get("proof", "")) if signed.type == "closing_order" else ""
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(word.strip() for word in words.split(SEPARATOR) if word.strip())


def lacking(asked: Iterable[str], evidence: Iterable[str]) -> tuple[str, ...]:
    """Kinds that no line of the evidence brings; a line says its kind before a colon, and something after it.

    Examples
    --------
    >>> lacking(("照片", "操作人姓名"), ("照片:sha256 3f9a…", "操作人姓名: "))
    ('操作人姓名',)
    """
    brought = set()
    for line in evidence:
        kind, _, content = line.replace("\uff1a", ":", 1).partition(":")
        if content.strip():
            brought.add(kind.strip())
    return tuple(kind for kind in asked if kind not in brought)
