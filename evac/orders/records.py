"""What the desk puts into the log: checks before sign-off, the signed record, its CAP message, the 撤回通知."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from evac.errors import ConflictError
from evac.orders.events import Signed
from evac.orders.register import Document, Register, Series
from riskmap.errors import DataError
from riskmap.outlook import BEIJING
from riskmap.products.cap_envelope import (
    CapReference,
    Envelope,
    cap_cancel,
    cap_identifier,
    read_envelope,
    reissued,
    stamp,
)
from riskmap.products.documents.types import bundled_types
from riskmap.products.draft_json import draft_json, parse_draft
from riskmap.products.letter_facts import as_document, joined_offices
from riskmap.products.letter_fields import Letter

EXERCISE_SENDER: Final = "riskmap@exercise.invalid"
"""CAP sender of drills; a real one is the office's own."""


def check(letter: Letter, at: datetime, sender: str, message: bytes) -> None:
    """Whether a draft may be signed at all.

    Raises
    ------
    ConflictError
        A required entry is empty, or an ending is signed before the last hour at orange or red.
    DataError
        A real message without the office's own sender.
    """
    where = f"draft {letter.digest[:16]}, {letter.title}"
    if letter.missing:
        raise ConflictError(
            "a required entry is empty", where=where, expected="every required entry filled in",
            found="empty: " + "、".join(letter.missing), remedy="riskmap draft ... --set ENTRY=WORDS, then sign that draft",
        )  # fmt: skip
    if letter.document.due == "over" and letter.ends_at is not None and at <= letter.ends_at:
        raise ConflictError(
            "it is not over yet", where=where, expected=f"a time after {stamp(letter.ends_at)}, the last hour at orange or red",
            found=stamp(at), remedy="sign it when it is over, from the newest run",
        )  # fmt: skip
    if not letter.exercise and message and sender == EXERCISE_SENDER:
        raise DataError(
            "a real message needs the office's own sender", where=where, expected="an address of the office",
            found=sender, remedy="name it: --sender",
        )  # fmt: skip


def signed_before(held: Document) -> Document:
    """The document of a draft that was signed before."""
    if held.retracted is not None:
        raise ConflictError(
            "this draft was signed and taken back", where=held.number, expected="a new draft",
            found=f"retracted: {held.retracted.reason}", remedy="correct it, draft it anew and sign that",
        )  # fmt: skip
    return held


def signed_record(
    register: Register,
    letter: Letter,
    signer: str,
    at: datetime,
    message: bytes,
    identifier: str,
    supersedes: str,
) -> Signed:
    """The record that numbers a draft: the next of its series."""
    year = at.astimezone(BEIJING).year
    return Signed(
        draft=letter.digest,
        at=at,
        by=signer,
        issuer=letter.issuer,
        series=letter.series,
        year=year,
        number=register.next_number(Series(letter.issuer, letter.series, year)),
        type=letter.document.id,
        region=letter.code,
        event=letter.event_number,
        title=letter.title,
        receivers=(letter.addressee, *letter.copies),
        exercise=letter.exercise,
        supersedes=supersedes,
        content=draft_json(letter),
        message=message.decode(),
        identifier=identifier,
    )


def outgoing(
    register: Register, letter: Letter, at: datetime, message: bytes, sender: str, old: Document | None
) -> tuple[bytes, str]:
    """The CAP message under its own header: Alert, or Update of the one before."""
    if not message:
        return b"", ""
    draft = read_envelope(message)
    references = _references(old)
    envelope = Envelope(
        _identifier(register, letter.code, at), at, sender, "Exercise" if letter.exercise else "Actual",
        message="Update" if references else "Alert", scope=draft.scope, restriction=draft.restriction,
        references=references, note=draft.note,
    )  # fmt: skip
    return reissued(message, envelope), envelope.identifier


def _references(old: Document | None) -> tuple[CapReference, ...]:
    if old is None or not old.signed.message:
        return ()
    earlier = read_envelope(old.signed.message.encode())
    return (CapReference(earlier.sender, earlier.identifier, earlier.sent),)


def _identifier(register: Register, region: str, at: datetime) -> str:
    """One that no message has: the last digit tells apart those of one second."""
    taken = {document.signed.identifier for document in register.documents.values()}
    for number in range(10):
        found = cap_identifier(region[:6], at, number=number)
        if found not in taken:
            return found
    raise ConflictError(
        "more than ten messages for one region in one second",
        where=f"region {region}",
        remedy="wait a second",
    )


def notice_of(
    register: Register, held: Document, reason: str, signer: str, at: datetime, sender: str, organ: str
) -> Signed:
    """The 撤回通知 of a document, with the CAP Cancel of its message."""
    letter = parse_draft(held.signed.content)
    receivers = held.receivers
    entries = {
        "retracted_number": held.number,
        "retracted_title": held.signed.title,
        "retracted_digest": letter.short_digest,
        "reason": reason,
        "receivers": joined_offices(receivers),
    }
    notice = as_document(letter, bundled_types()["retraction"], entries=entries, organ=organ, supersedes="")
    notice = replace(notice, copies=())  # who held the wrong one is addressed
    references = _references(held)
    message, identifier = b"", ""
    if references:
        identifier = _identifier(register, letter.code, at)
        earlier = read_envelope(held.signed.message.encode())
        message = cap_cancel(
            Envelope(
                identifier,
                at,
                sender,
                earlier.status,
                message="Cancel",
                scope=earlier.scope,
                restriction=earlier.restriction,
                references=references,
                note=f"撤回 / retracted: {reason}",
            )
        )
    return replace(signed_record(register, notice, signer, at, message, identifier, ""), receivers=receivers)
