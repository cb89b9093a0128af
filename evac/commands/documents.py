"""`evac sign`, `evac retract` and `evac documents`: from a draft to a numbered document, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evac.orders.desk import Desk
    from evac.orders.register import Document
    from riskmap.products.typeset import FontSet

EXERCISE = "riskmap@exercise.invalid"

Source = Annotated[
    Path, typer.Option("--from", help="Folder of a run that `riskmap` published.", show_default=False)
]
Store = Annotated[
    str | None,
    typer.Option(
        help="The office's log of documents: one file or PostgreSQL database (postgresql://...) for all runs, since numbers "
        "run on in it. documents.sqlite beside the run's folder if not named."
    ),
]
Signer = Annotated[
    str, typer.Option(help="签发人: the person who signs, by name; printed.", show_default=False)
]
At = Annotated[
    datetime | None, typer.Option(help="Time of signing, UTC; now if not given. Its Beijing year numbers.")
]
Sender = Annotated[
    str, typer.Option(help="CAP sender: the office's own address; a real message is refused without it.")
]

Fonts = Annotated[
    Path | None,
    typer.Option(help="Folder with the office's own 仿宋 and 黑体; the bundled fonts if not named."),
]


def _moment(at: datetime | None) -> datetime:
    return at.replace(tzinfo=UTC) if at else datetime.now(UTC).replace(microsecond=0)


def _own(folder: Path | None) -> FontSet | None:
    from riskmap.products.typeset import own_fonts

    return own_fonts(folder) if folder else None


def sign(
    source: Source,
    signer: Signer,
    region: Annotated[
        list[str] | None, typer.Option(help="Code of a county or city; may be repeated. All if not given.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--type", help="Document type: risk_notice, transfer_order, supervision_order ...")
    ] = "risk_notice",
    store: Store = None,
    sender: Sender = EXERCISE,
    supersedes: Annotated[
        str, typer.Option(help="Number of the document that this one replaces; a 风险告知函 finds its own.")
    ] = "",
    fonts: Fonts = None,
    at: At = None,
) -> None:
    """Sign drafts of a run: each gets its number 〔year〕n 号, its date and its CAP message (签发).

    Writes DIR/signed/YEAR-SERIES-N: document.pdf, document.docx, cap.xml, receivers.csv, receipt.json.
    Signing a draft again gives the same number, and writes files that a crash left out. Numbers are without
    gaps or repeats for an issuer, type and year; those of a drill run in a series of their own (演练...).

    Example: evac sign --from out/in-fa --region 330902 --signer 张三
    """
    from evac.signing import drafts_of, open_desk, require_some, sign_drafts, store_of
    from riskmap.cycle import EXIT_PARTIAL

    own = _own(fonts)
    desk = open_desk(store_of(source, store))
    try:
        drafts = drafts_of(source, kind=kind, regions=region or ())
        outcomes = []
        for outcome in sign_drafts(
            desk,
            drafts,
            source=source,
            signer=signer,
            at=_moment(at),
            sender=sender,
            supersedes=supersedes,
            fonts=own,
        ):
            outcomes.append(outcome)
            if outcome.document is not None:
                typer.echo(f"{outcome.document.number}  {outcome.document.signed.title}  {outcome.folder}")
                if outcome.rare:
                    typer.echo(
                        f"no font has: {outcome.rare}; 〓 stands for it 生僻字请手写补上,或 --fonts 指定字库",
                        err=True,
                    )
            else:
                typer.echo(f"not signed: {outcome.error}", err=True)
        _tell_gaps(desk)
    finally:
        desk.log.close()
    require_some(outcomes)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(EXIT_PARTIAL)


def retract(
    number: Annotated[str, typer.Argument(help="发文字号, or the digest that the QR code states.")],
    source: Source,
    signer: Signer,
    reason: Annotated[str, typer.Option(help="Why; every receiver reads it.", show_default=False)],
    store: Store = None,
    sender: Sender = EXERCISE,
    fonts: Fonts = None,
    at: At = None,
) -> None:
    """Take a wrong document back from all who received it, in one step (撤回).

    Signs a 撤回通知 with a number of its own to every receiver that the log knows, with a CAP Cancel that names the
    message taken back, and lists the receivers for the telephone. Asking again changes nothing. A number that was
    allotted and never published is cancelled (作废) and stays in the log.

    Example: evac retract 演练防指办函〔2021〕3号 --from out/in-fa --signer 张三 --reason 潮位录入错误
    """
    from evac.signing import open_desk, retract_document, store_of

    own = _own(fonts)
    desk = open_desk(store_of(source, store), new=False)
    try:
        done, folder = retract_document(
            desk,
            number,
            source=source,
            reason=reason,
            signer=signer,
            at=_moment(at),
            sender=sender,
            fonts=own,
        )
    finally:
        desk.log.close()
    if done.notice is None or folder is None:
        typer.echo(f"{done.document.number}: never out, cancelled 作废")
        return
    typer.echo(f"{done.document.number}: taken back by {done.notice.number}  {folder}")
    for receiver in done.notice.receivers:
        typer.echo(f"  {receiver}")


def documents(
    source: Source,
    number: Annotated[
        str | None, typer.Argument(help="发文字号 or digest of one document; all if not given.")
    ] = None,
    store: Store = None,
) -> None:
    """List the signed documents of an office, or say what became of one; the log's chain is verified first.

    States: allotted (number given, files not written yet), published, superseded, retracted.

    Example: evac documents --from out/in-fa
    """
    from evac.signing import open_desk, store_of

    desk = open_desk(store_of(source, store), new=False)
    try:
        head = desk.verify()
        register = desk.register()
        chosen = [register.find(number)] if number else list(register.documents.values())
        for document in chosen:
            typer.echo(_line(document))
        if number:
            for receiver in chosen[0].receivers:
                typer.echo(f"  {receiver}")
        typer.echo(f"{head.sequence} records, chain verified: {head.link.hex()[:16]}")
        _tell_gaps(desk)
    finally:
        desk.log.close()


def _line(document: Document) -> str:
    from riskmap.outlook import beijing

    signed = document.signed
    mark = "演练 " if signed.exercise else ""
    return f"{document.number}  {document.state}  {mark}{signed.title}  {signed.by} {beijing(signed.at)}  {signed.draft[:16]}"


def _tell_gaps(desk: Desk) -> None:
    """Numbers that nobody holds a paper for: never silent."""
    for series, numbers in desk.register().gaps().items():
        told = "、".join(str(n) for n in numbers)
        typer.echo(
            f"allotted and not out: {series.series}〔{series.year}〕{told}号; sign the draft again, or retract it",
            err=True,
        )


def add_to(app: typer.Typer) -> None:
    """Put the three commands into the command line."""
    for command in (sign, retract, documents):
        app.command()(command)
