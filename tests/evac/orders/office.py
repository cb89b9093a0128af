"""Drafts to sign, and a desk over each kind of log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from evac.orders.desk import Desk, DocumentLog
from evac.store.memory_documents import MemoryDocumentLog
from evac.store.sqlite_documents import SQLiteDocumentLog
from riskmap.products.cap import cap_alert
from riskmap.products.cap_envelope import cap_identifier
from riskmap.products.documents.types import bundled_types
from riskmap.products.letter import draft_letter
from riskmap.products.letter_fields import Letter
from tests.factories import ISSUED_AT
from tests.riskmap.products.letter_outlook import make_outlook, small_assessment

SIGNED_AT = ISSUED_AT + timedelta(minutes=20)
LOGS: dict[str, Callable[[Path], DocumentLog]] = {
    "memory": lambda _path: MemoryDocumentLog(),
    "sqlite": SQLiteDocumentLog,
}


@lru_cache(maxsize=64)
def draft(region: str = "330902", kind: str = "risk_notice", cycle: int = 0, live: bool = False) -> Letter:
    """A draft; ``cycle`` counts analysis times."""
    assessment = replace(small_assessment(), issued_at=ISSUED_AT + timedelta(hours=cycle))
    outlook = make_outlook(assessment=assessment, **({"marks": ()} if live else {}))
    entries = {entry.id: f"填{cycle}" for entry in bundled_types()[kind].entries}
    return draft_letter(
        outlook, region, document=bundled_types()[kind], entries=entries, model_version="0.1.0"
    )


@lru_cache(maxsize=16)
def message(region: str = "330902", cycle: int = 0, live: bool = False) -> bytes:
    """The draft's CAP message."""
    at = ISSUED_AT + timedelta(hours=cycle)
    outlook = make_outlook(
        assessment=replace(small_assessment(), issued_at=at), **({"marks": ()} if live else {})
    )
    return cap_alert(outlook, region, identifier=cap_identifier(region, at), sent=at, sender="a@b")


@contextmanager
def desk(kind: str, folder: Path) -> Iterator[Desk]:
    """A desk over a new log."""
    log = LOGS[kind](folder / "documents.sqlite")
    try:
        yield Desk(log)
    finally:
        log.close()


COUNTY, CITY = "定海区防汛防台抗旱指挥部", "舟山市防汛防台抗旱指挥部"
"""Receivers of ``draft()``: 主送 and 抄送."""


def issued(log: DocumentLog, *what: str, out: bool = True, sent: bool = True) -> str:
    """Sign a draft into a log, note that it is out and sent to all at ``SIGNED_AT``; its number."""
    desk_ = Desk(log)
    done = desk_.sign(draft(*what), signer="张三", at=SIGNED_AT)
    if out:
        desk_.published(done.signed.draft, [("document.pdf", "0" * 64)], by="张三", at=SIGNED_AT)
    if out and sent:
        for receiver in done.signed.receivers:
            desk_.sent(done.number, receiver=receiver, way="传真", by="张三", at=SIGNED_AT)
    return done.number
