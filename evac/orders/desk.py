"""The desk that signs: numbers without gaps or repeats, what supersedes what, retraction to everybody in one step.

Every decision is taken while nobody else can write, on a register that was brought up to the end of the log: threads and
processes get different numbers, the same draft gets the same one, and a number exists only together with its document.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from evac.errors import ConflictError
from evac.log import Head, Sealed, verify_chain
from evac.orders.events import Published, Received, Record, Retracted, Sent, parse
from evac.orders.records import (
    EXERCISE_SENDER,
    check,
    notice_of,
    outgoing,
    signed_before,
    signed_record,
)
from evac.orders.register import Document, Register
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter_facts import DEFAULT_ORGAN
from riskmap.products.letter_fields import Letter

Append = Callable[[Sequence[Record], datetime], None]


class DocumentLog(Protocol):
    """What the desk needs of a store; ``tests/evac/orders/test_log_contract.py`` runs over every one."""

    def after(self, sequence: int) -> Iterator[Sealed]:
        """The log beyond an entry, in order of sequence."""
        ...

    def writing(self) -> AbstractContextManager[Append]:
        """Shut out every other writer, of this process and of others; all that is appended inside is kept, or nothing."""
        ...

    def head(self) -> Head:
        """End of the hash chain."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True)
class Retraction:
    """What taking a document back made.

    Attributes
    ----------
    document : Document
        The one that was wrong.
    notice : Document or None
        The 撤回通知, with the CAP Cancel as its message; None where the document was never out.
    """

    document: Document
    notice: Document | None


class Desk:
    """Signs drafts and keeps track of them; one desk may serve many threads.

    Parameters
    ----------
    log : DocumentLog
        Of the office, one for all runs: numbers run on in it.
    """

    def __init__(self, log: DocumentLog) -> None:
        self.log = log
        self._register = Register()
        self._seen = 0
        self._lock = threading.Lock()

    def register(self) -> Register:
        """Every document, up to the end of the log."""
        with self._lock:
            return self._caught_up()

    def _caught_up(self) -> Register:
        for entry in self.log.after(self._seen):
            self._register.add(parse(entry.body))
            self._seen = entry.sequence
        return self._register

    def verify(self, witness: Head | Sequence[Head] = ()) -> Head:
        """Walk the hash chain; see ``evac.log.verify_chain``.

        Raises
        ------
        ConflictError
            The log was altered.
        """
        return verify_chain(self.log.after(0), witness)

    def sign(
        self,
        letter: Letter,
        *,
        signer: str,
        at: datetime,
        message: bytes = b"",
        sender: str = EXERCISE_SENDER,
        supersedes: str = "",
    ) -> Document:
        """Sign a draft: number, date, and the CAP message as it will be sent, in one record.

        Parameters
        ----------
        letter : Letter
            Of a run's folder, ``riskmap.products.draft_json.parse_draft``.
        signer : str
            签发人, a named person.
        at : datetime
            Time of signing, with time zone; its Beijing year is that of the number.
        message : bytes
            The draft's CAP message; empty if none goes with it.
        sender : str
            CAP sender; a real document needs the office's own.
        supersedes : str
            Number or digest of the document that this one replaces. A type with a CAP message supersedes the one in force
            for its region and storm by itself.

        Returns
        -------
        Document
            The same draft gives the same document, however often it is signed.

        Raises
        ------
        ConflictError
            A required entry is empty, the draft was retracted, a later analysis is signed already, or an ending is signed
            before the last hour at orange or red.
        DataError
            A real document without the office's sender, or the draft's message is none.
        """
        check(letter, at, sender, message)
        with self._lock, self.log.writing() as append:
            register = self._caught_up()
            held = register.documents.get(letter.digest)
            if held is not None:
                return signed_before(held)
            old = self._older(register, letter, supersedes)
            xml, identifier = outgoing(register, letter, at, message, sender, old)
            record = signed_record(
                register, letter, signer, at, xml, identifier, old.signed.draft if old else ""
            )
            append([record], at)
        return self.register().documents[letter.digest]

    @staticmethod
    def _older(register: Register, letter: Letter, supersedes: str) -> Document | None:
        """What the new document replaces; never one of a later analysis."""
        if supersedes or letter.supersedes:
            return register.find(supersedes or letter.supersedes or "")
        if not letter.document.cap:
            return None
        held = register.in_force(
            letter.document.id, letter.code, letter.event_number, exercise=letter.exercise
        )
        if held is not None and parse_draft(held.signed.content).issued_at > letter.issued_at:
            raise ConflictError(
                "a later analysis is signed already", where=f"draft {letter.digest[:16]}, {letter.title}",
                expected="the newest analysis", found=f"{held.number} is newer", remedy="sign the draft of the newest run",
            )  # fmt: skip
        return held

    def published(self, draft: str, files: Sequence[tuple[str, str]], *, by: str, at: datetime) -> None:
        """Note that a document's files are whole on disk, with the SHA-256 of each; once."""
        with self._lock, self.log.writing() as append:
            held = self._caught_up().documents[draft]
            if held.published is None or held.published.files != tuple(files):
                append([Published(draft=draft, at=at, by=by, files=tuple(files))], at)

    def sent(
        self, asked: str, *, receiver: str, way: str, by: str, at: datetime, noted_at: datetime | None = None
    ) -> None:
        """Note that a document went to a receiver.

        Parameters
        ----------
        noted_at : datetime, optional
            The clock now, ``at`` where None: what is said to be sent later than that was sent then, so that a slip of the pen
            moves no deadline.

        Raises
        ------
        ConflictError
            It is not out, or retracted.
        """
        with self._lock, self.log.writing() as append:
            held = self._caught_up().find(asked)
            if held.state in ("allotted", "retracted"):
                raise ConflictError(
                    f"a document that is {held.state} is not sent",
                    where=held.number,
                    remedy="publish it first, or draft anew",
                )
            append([Sent(draft=held.signed.draft, at=at, by=by, receiver=receiver, way=way)], noted_at or at)

    def received(self, asked: str, *, receiver: str, person: str, by: str, at: datetime) -> None:
        """Note that a named person answered for a receiver (叫应); a fact, always kept."""
        with self._lock, self.log.writing() as append:
            held = self._caught_up().find(asked)
            append([Received(draft=held.signed.draft, at=at, by=by, receiver=receiver, person=person)], at)

    def retract(
        self,
        asked: str,
        *,
        reason: str,
        signer: str,
        at: datetime,
        sender: str = EXERCISE_SENDER,
        organ: str = DEFAULT_ORGAN,
    ) -> Retraction:
        """Take a document back from all who hold it: a 撤回通知 to each of them and a CAP Cancel, in one record.

        Parameters
        ----------
        asked : str
            Number or digest.
        reason : str
            Told to the receivers.
        sender, organ : str
            CAP sender and 机关代字 of the notice.

        Returns
        -------
        Retraction
            The same however often it is asked for. A number that was never out is cancelled without a notice.

        Raises
        ------
        ConflictError
            No such document, no reason, or it is a 撤回通知 itself.
        """
        if not reason.strip():
            raise ConflictError(
                "a retraction without a reason", where="retract", remedy="say why; the receivers read it"
            )
        with self._lock, self.log.writing() as append:
            register = self._caught_up()
            held = register.find(asked)
            if held.retracted is not None:
                return Retraction(held, register.documents.get(held.retracted.notice))
            if held.signed.type == "retraction":
                raise ConflictError(
                    "a retraction is not taken back", where=held.number, remedy="sign a new document instead"
                )
            records: list[Record] = []
            if held.state != "allotted":
                records.append(notice_of(register, held, reason.strip(), signer, at, sender, organ))
            notice = records[0].draft if records else ""
            records.append(
                Retracted(draft=held.signed.draft, at=at, by=signer, reason=reason.strip(), notice=notice)
            )
            append(records, at)
        register = self.register()
        return Retraction(register.documents[held.signed.draft], register.documents.get(notice))
