"""A signed document on paper and as files: the same record gives the same bytes."""

from __future__ import annotations

import csv
import io

from evac.orders.register import Document, Register
from riskmap.outlook import beijing
from riskmap.products.docx import letter_docx
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter import letter_pdf
from riskmap.products.letter_fields import Letter, SignOff
from riskmap.products.table import cell
from riskmap.products.typeset import FontSet

COLUMNS = ("receiver", "sent_at", "way", "received_at", "person")
"""Header of ``receivers.csv``."""


def papers(
    register: Register, document: Document, *, fonts: FontSet | None = None, picture: bytes = b""
) -> dict[str, bytes]:
    """PDF, DOCX and the CAP message of a signed document, by file name.

    Parameters
    ----------
    picture : bytes
        The map as the draft's DOCX shows it, see ``riskmap.products.docx.letter_docx``.

    Raises
    ------
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    letter = parse_draft(document.signed.content, where=document.number)
    return printed(letter, sign_off_of(register, document), picture, fonts=fonts) | beside(document)


def sign_off_of(register: Register, document: Document) -> SignOff:
    """Number, signer and time of a signed document, as its papers state them."""
    signed = document.signed
    old = register.documents.get(signed.supersedes)
    return SignOff(signed.number, signed.by, signed.at, replaces=old.number if old else "")


def printed(
    letter: Letter, sign_off: SignOff, picture: bytes = b"", *, fonts: FontSet | None = None
) -> dict[str, bytes]:
    """PDF and DOCX of a letter and its sign-off: a function of both, so that it may be printed before it is signed.

    ``picture`` is the map as the draft's DOCX shows it; without it, or where it is another, the same is drawn again.
    """
    return {
        "document.pdf": letter_pdf(letter, fonts=fonts, sign_off=sign_off),
        "document.docx": letter_docx(letter, fonts=fonts, sign_off=sign_off, picture=picture),
    }


def beside(document: Document) -> dict[str, bytes]:
    """The signed CAP message of a document, where one goes with it."""
    return {"cap.xml": document.signed.message.encode()} if document.signed.message else {}


def receivers_csv(document: Document) -> str:
    """Everybody who may hold a document, with what is known: for the telephone.

    Returns
    -------
    str
        Columns ``COLUMNS`` after a byte-order mark; instants in Beijing time; empty where nobody noted it.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for receiver in document.receivers:
        sent = next((s for s in reversed(document.sent) if s.receiver == receiver), None)
        got = next((r for r in document.received if r.receiver == receiver), None)
        writer.writerow([
            cell(receiver), beijing(sent.at) if sent else "", cell(sent.way) if sent else "",
            beijing(got.at) if got else "", cell(got.person) if got else "",
        ])  # fmt: skip
    return out.getvalue()
