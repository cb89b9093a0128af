"""Drafts of a published run, signed, printed and written beside it; and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from evac.errors import ConflictError
from evac.orders.desk import Desk, Retraction
from evac.orders.papers import papers, receivers_csv
from evac.orders.records import EXERCISE_SENDER
from evac.orders.register import Document
from evac.store.opening_documents import open_document_log
from riskmap.errors import RiskmapError, SourceError
from riskmap.io.publish import Staging, publishing
from riskmap.io.toml_file import read_text
from riskmap.outlook import beijing
from riskmap.products.documents.types import NOTICE
from riskmap.products.docx import drawn_map
from riskmap.products.draft_json import parse_draft
from riskmap.products.letter import letter_rare
from riskmap.products.typeset import FontSet

SIGNED: Final = "signed"
"""Folder beside the run's map."""

RECEIPT: Final = "receipt.json"
STORE: Final = "documents.sqlite"


@dataclass(frozen=True)
class Outcome:
    """What became of one draft: a folder, or the error that stopped it; one never stops the others.

    ``rare`` says which characters of which words stand as 〓 on paper.
    """

    draft: Path
    document: Document | None = None
    folder: Path | None = None
    error: RiskmapError | None = None
    rare: str = ""


def store_of(source: Path, store: str | Path | None) -> str | Path:
    """The office's log of documents: the file or database named, or the file beside the run's folder, which outlives the run."""
    return store or source.resolve().parent / STORE


def open_desk(where: str | Path, *, new: bool = True) -> Desk:
    """The desk over a log of documents, in a file or a PostgreSQL database.

    Raises
    ------
    SourceError
        It cannot be opened, or is not there and shall not be made.
    """
    return Desk(open_document_log(where, new=new))


def drafts_of(source: Path, *, kind: str = NOTICE, regions: Sequence[str] = ()) -> tuple[Path, ...]:
    """Draft files of a run.

    Parameters
    ----------
    source : Path
        Folder of a run that ``riskmap`` published.
    kind : str
        Id of the document type.
    regions : sequence of str
        Codes; every one that has such a draft where empty.

    Raises
    ------
    SourceError
        A region has no such draft.
    """
    stem = "letter" if kind == NOTICE else kind
    found = sorted((source / "letters").glob(f"*/{stem}.json"))
    if not regions:
        if not found:
            raise _no_draft(source, kind, "any region")
        return tuple(found)
    by_code = {path.parent.name: path for path in found}
    for region in regions:
        if region not in by_code:
            raise _no_draft(source, kind, f"region {region}")
    return tuple(by_code[region] for region in dict.fromkeys(regions))


def _no_draft(source: Path, kind: str, whose: str) -> SourceError:
    return SourceError(
        f"no draft of type {kind} for {whose}", where=str(source / "letters"), expected="a draft of the run",
        remedy=f"list it in [products] documents, or: riskmap draft {source} --type {kind} --region CODE",
    )  # fmt: skip


def sign_drafts(
    desk: Desk,
    drafts: Sequence[Path],
    *,
    source: Path,
    signer: str,
    at: datetime,
    sender: str = EXERCISE_SENDER,
    supersedes: str = "",
    fonts: FontSet | None = None,
) -> Iterator[Outcome]:
    """Sign drafts one by one, and write each one's files whole below ``signed/`` of the run.

    A document whose number was allotted and whose files were not written (a crash, a full disk) is written by signing
    the same draft again; its number stays.

    Parameters
    ----------
    desk, signer, at, sender, supersedes
        See ``evac.orders.desk.Desk.sign``.
    drafts : sequence of Path
        See ``drafts_of``.
    source : Path
        Folder of the run.
    fonts : FontSet, optional
        A bureau's own; the bundled ones where None.
    """
    for path in drafts:
        try:
            letter = parse_draft(read_text(path), where=str(path))
            cap = path.with_name("cap.xml" if letter.document.id == NOTICE else f"{letter.document.id}.xml")
            message = cap.read_bytes() if letter.document.cap and cap.is_file() else b""
            document = desk.sign(
                letter, signer=signer, at=at, message=message, sender=sender, supersedes=supersedes
            )
            folder = write_papers(
                desk, document, source=source, by=signer, at=at, fonts=fonts, picture=picture_of(path)
            )
            yield Outcome(path, document, folder, rare=letter_rare(letter, fonts=fonts))
        except RiskmapError as error:
            yield Outcome(path, error=error)


def picture_of(draft: Path) -> bytes:
    """The map in the DOCX beside a draft; empty where there is none, and then it is drawn again."""
    try:
        return drawn_map(draft.with_suffix(".docx").read_bytes())
    except OSError:
        return b""


def write_papers(
    desk: Desk,
    document: Document,
    *,
    source: Path,
    by: str,
    at: datetime,
    fonts: FontSet | None = None,
    picture: bytes = b"",
    printed: Mapping[str, bytes] | None = None,
    under: Staging | None = None,
) -> Path:
    """Print a signed document into its own folder, whole or not at all, and note that it is out.

    Parameters
    ----------
    picture : bytes
        See ``picture_of``.
    printed : mapping, optional
        What ``evac.orders.papers.papers`` gave for this document, where many were printed at once.
    under : Staging, optional
        ``source`` itself, where it is still under construction: the document's folder is whole, and on the disk, when that is.

    Raises
    ------
    SourceError
        The disk is full or the folder not writable; the number stays allotted, and ``evac documents`` says so.
    MissingExtraError
        The extra ``letters`` is not installed.
    """
    signed = document.signed
    place = f"{SIGNED}/{signed.year}-{_file_name(signed.series)}-{signed.number}"
    target = source / place
    if printed is None:
        printed = papers(desk.register(), document, fonts=fonts, picture=picture)
    files = printed
    digests = [(name, sha256(content).hexdigest()) for name, content in files.items()]
    receipt = {
        "number": document.number,
        "title": signed.title,
        "signer": signed.by,
        "signed_at": beijing(signed.at),
        "digest": signed.draft,
        "supersedes": signed.supersedes,
        "exercise": signed.exercise,
        "receivers": list(document.receivers),
        "files": dict(digests),
    }
    whole = (
        publishing(target, replace=True, mark=RECEIPT) if under is None else nullcontext(under.below(place))
    )
    with whole as staging:
        for name, content in files.items():
            staging.write(name, content)
        staging.write("receivers.csv", receivers_csv(document))
        staging.write(RECEIPT, json.dumps(receipt, ensure_ascii=False, indent=1) + "\n")
    desk.published(signed.draft, digests, by=by, at=at)
    return target


def retract_document(
    desk: Desk,
    asked: str,
    *,
    source: Path,
    reason: str,
    signer: str,
    at: datetime,
    sender: str = EXERCISE_SENDER,
    fonts: FontSet | None = None,
) -> tuple[Retraction, Path | None]:
    """Take a document back, and write the notice, the CAP Cancel and the list of receivers.

    Returns
    -------
    retraction, folder
        The folder of the notice; None where the document was never out.

    Raises
    ------
    ConflictError, SourceError
        As ``Desk.retract`` and ``write_papers``.
    """
    done = desk.retract(asked, reason=reason, signer=signer, at=at, sender=sender)
    if done.notice is None:
        return done, None
    return done, write_papers(desk, done.notice, source=source, by=signer, at=at, fonts=fonts)


def require_some(outcomes: Sequence[Outcome]) -> None:
    """Raise the first error where nothing at all was signed.

    Raises
    ------
    RiskmapError
        Of the first draft.
    """
    if outcomes and all(outcome.error for outcome in outcomes):
        raise next(outcome.error for outcome in outcomes if outcome.error)


def _file_name(series: str) -> str:
    """Words of a series as a folder's name."""
    if not series.strip() or set(series) & set('/\\:*?"<>|'):
        raise ConflictError(
            "a series that is no file name", where=f"series {series!r}", remedy="mend `series` of the type"
        )
    return series
