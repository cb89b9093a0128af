"""State of every document as a fold of the log: numbers, files, receivers, what supersedes or retracted it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from evac.errors import ConflictError
from evac.orders.events import Published, Received, Record, Retracted, Sent, Signed
from riskmap.products.letter_fields import full_number

LEAST_DIGITS: Final = 16
"""So many of a digest name a document: what its QR code carries at least."""


class Series(NamedTuple):
    """What numbers run in: one issuer, one type's words, one year."""

    issuer: str
    series: str
    year: int


@dataclass
class Document:
    """A signed document.

    Attributes
    ----------
    signed : Signed
    published : Published or None
        None while its files are not known to be whole: allotted, not out.
    sent, received : list
        By receiver.
    retracted : Retracted or None
    superseded_by : str
        Digest of the later document; empty if none.
    """

    signed: Signed
    published: Published | None = None
    sent: list[Sent] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    retracted: Retracted | None = None
    superseded_by: str = ""

    @property
    def number(self) -> str:
        """发文字号."""
        return full_number(self.signed.series, self.signed.year, self.signed.number)

    @property
    def receivers(self) -> tuple[str, ...]:
        """Everybody who may hold it: whom it is addressed to, sent to, and who answered."""
        named = (
            *self.signed.receivers,
            *(s.receiver for s in self.sent),
            *(r.receiver for r in self.received),
        )
        return tuple(dict.fromkeys(named))

    @property
    def state(self) -> str:
        """``allotted`` (not out), ``published``, ``superseded`` or ``retracted``."""
        if self.retracted is not None:
            return "retracted"
        if self.superseded_by:
            return "superseded"
        return "published" if self.published is not None else "allotted"


class Register:
    """Every document of a log. ``add`` takes records in the order of the log."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.documents: dict[str, Document] = {}
        self._last: dict[Series, int] = {}
        self._newest: dict[tuple[str, str, str, bool], str] = {}
        self._called: dict[str, list[Document]] = {}  # by number, and by issuer and number
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Fold one record in.

        Raises
        ------
        ConflictError
            A number that does not follow, a draft signed twice, or a record of a document that nobody signed: the log
            was not written by this library.
        """
        if isinstance(record, Signed):
            self._sign(record)
            return
        held = self.documents.get(record.draft)
        if held is None:
            raise _broken(record.draft, "a signed document", f"{record.kind} of one that nobody signed")
        if isinstance(record, Published):
            held.published = record
        elif isinstance(record, Sent):
            held.sent.append(record)
        elif isinstance(record, Received):
            held.received.append(record)
        elif isinstance(record, Retracted):
            held.retracted = record
        # what happens to a task is folded by ``tasks.TaskBook``

    def _sign(self, record: Signed) -> None:
        series = Series(record.issuer, record.series, record.year)
        if record.draft in self.documents or record.number != self._last.get(series, 0) + 1:
            raise _broken(
                record.draft,
                f"number {self._last.get(series, 0) + 1} for a new draft",
                f"number {record.number}",
            )
        self._last[series] = record.number
        document = self.documents[record.draft] = Document(record)
        for words in {document.number, f"{record.issuer}{document.number}"}:  # one where nobody is named
            self._called.setdefault("".join(words.split()), []).append(document)
        self._newest[record.type, record.region, record.event, record.exercise] = record.draft
        if record.supersedes in self.documents:
            self.documents[record.supersedes].superseded_by = record.draft

    def next_number(self, series: Series) -> int:
        """The number that the next document of a series gets."""
        return self._last.get(series, 0) + 1

    def in_force(self, kind: str, region: str, event: str, *, exercise: bool) -> Document | None:
        """The newest document of a type for a region and storm; None if there is none, or it was retracted.

        What a retracted one had superseded does not come back: nobody holds it as valid any more.
        """
        held = self.documents.get(self._newest.get((kind, region, event, exercise), ""))
        return None if held is None or held.retracted is not None else held

    def find(self, asked: str) -> Document:
        """By number (发文字号), by issuer and number, by digest, or by its first 16 digits or more; blanks do not count.

        Raises
        ------
        ConflictError
            There is none, or several: two issuers of one log may use the same words. Names each with its digest.
        """
        wanted = "".join(asked.split())
        digest = wanted.lower()
        found = self._called.get(wanted, [])
        if not found and len(digest) >= LEAST_DIGITS:
            found = [d for draft, d in self.documents.items() if draft.startswith(digest)]
        if not found:
            raise ConflictError(
                "no such document", where="document",
                expected="a number such as 浙防指办函〔2021〕3号, or the digest of the QR code", found=repr(asked),
                remedy="see: evac documents",
            )  # fmt: skip
        if len(found) > 1:
            raise ConflictError(
                "several documents have this number, of different issuers", where=f"document {asked!r}",
                expected="one of them", found="; ".join(f"{d.signed.issuer} ({d.signed.draft[:16]})" for d in found),
                remedy=f"put the issuer before the number, {f'{found[0].signed.issuer} {found[0].number}'!r}, or name the digest",
            )  # fmt: skip
        return found[0]

    def gaps(self) -> Mapping[Series, tuple[int, ...]]:
        """Numbers that were allotted and are not out and not retracted: to be published or cancelled."""
        found: dict[Series, tuple[int, ...]] = {}
        for document in self.documents.values():
            if document.state == "allotted":
                s = document.signed
                key = Series(s.issuer, s.series, s.year)
                found[key] = (*found.get(key, ()), s.number)
        return found


def _broken(draft: str, expected: str, found: str) -> ConflictError:
    return ConflictError(
        "the log of documents does not hold together", where=f"document {draft[:16]}", expected=expected, found=found,
        remedy="restore the store from its last backup",
    )  # fmt: skip
