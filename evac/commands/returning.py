"""`evac return ...`: releases, the next round, return scans, inspections, resettlement, hand-overs, and the closing of the event."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands import returning_draft, returning_end, returning_seen
from evac.commands.returning_base import (
    At,
    By,
    CodeOf,
    Documents,
    Region,
    RegistryFile,
    Run,
    clerk,
    latest,
    moment,
    opened,
)
from riskmap.errors import SourceError

if TYPE_CHECKING:
    from datetime import datetime

    from evac.returning.authority import Authority
    from evac.returning.release import Done, Release

app = typer.Typer(
    no_args_is_help=True,
    help="Return (返回): who may go home by whose order, who waits for which inspection, and the closing of the event.\n\n"
    "Example: evac return status --registry county.sqlite",
)

Number = Annotated[
    str, typer.Argument(help="发文字号 of the document, or the digest that its QR code states.")
]
Issuer = Annotated[str, typer.Option(help="Of a document that is known on paper alone: whose it is.")]
IssuerCode = Annotated[str, typer.Option(help="... and the code of their region, 2 to 6 digits.")]
Categories = Annotated[
    list[str] | None, typer.Option("--category", help="For this category alone, e.g. low_lying; may be repeated. All if not given.")
]  # fmt: skip
_LINES_SHOWN = 10


def _authority(number: str, region: str, documents: str, issuer: str, code: str, *, kind: str) -> Authority:
    from evac.orders.desk import Desk
    from evac.returning.authority import on_document, on_paper
    from evac.store.opening_documents import open_document_log

    if not documents:
        return on_paper(number, issuer, code, region)
    log = open_document_log(documents, new=False)
    try:
        return on_document(Desk(log).register(), number, region, kind=kind)
    finally:
        log.close()


@app.command()
def release(
    number: Number, region: Region, registry: RegistryFile, by: By,
    documents: Documents = "", issuer: Issuer = "", issuer_code: IssuerCode = "", category: Categories = None, source: Run = None,
    override_by: Annotated[str, typer.Option(help="Who releases although the map does not say that it is over.")] = "",
    override_why: Annotated[str, typer.Option(help="... and why; kept for good.")] = "",
    responses: Annotated[Path | None, typer.Option(help="Log of `evac response`: the release is written there as well.")] = None,
    event: Annotated[str, typer.Option(help="Of a document that is known on paper alone: number of the storm, for --responses.")] = "",
    live: Annotated[bool, typer.Option("--live/--exercise", help="... and whether it is the real thing.")] = False,
    at: At = "",
) -> None:  # fmt: skip
    """Let people of a region and category go home by a 解除转移; slope-side houses are held until an inspection says safe.

    The document is the county's; with --documents its issuer, region and order are checked. The latest run (--from) is looked at again:
    orange, red and unknown hours refuse it. It may be run again at any time: who came since, and whose house was found safe, goes then. Houses
    that are held come on the inspection list; with --responses the log of responses has the release, too. `evac return draft` drafts the document.

    Example: evac return release 演练定防指令〔2021〕2号 --documents documents.sqlite --responses responses.sqlite --region 330902 --from out/in-fa --registry county.sqlite --by 李四
    """
    from evac.returning.authority import RELEASE
    from evac.returning.hazard import look_again
    from evac.returning.release import Release, carry_out

    now = moment(at)
    authority = _authority(number, region, documents, issuer, issuer_code, kind=RELEASE)
    if responses is not None and not responses.is_file():
        raise SourceError(
            "no log of responses is here", where=str(responses), expected="the file that `evac response start` writes",
            remedy="name it, or leave --responses out",
        )  # fmt: skip
    given = Release(
        authority, region, by, tuple(category or ()), override_by=override_by, override_why=override_why
    )
    outlook = look_again(latest(source), region, at=now)
    with opened(registry) as desk:
        done = carry_out(desk, given, outlook, now=now)
    typer.echo(
        f"{authority.order} {authority.issuer} ({'公文库核对' if authority.basis == 'document' else '凭纸质文件,未核对'})"
    )
    if given.overridden:
        typer.echo(f"人工决定 override: {given.overridden}; 风险图: {outlook.danger}")
    _tell(done)
    if responses is not None:
        _note_response(responses, given, done, documents, event, live=live, now=now)


def _note_response(
    responses: Path, given: Release, done: Done, documents: str, event: str, *, live: bool, now: datetime
) -> None:  # fmt: skip
    """The release in the log of responses: people have theirs already, so what is refused here is told and done again later."""
    from evac.commands.response_base import desk as response_desk
    from evac.errors import ConflictError
    from evac.orders.desk import Desk
    from evac.returning.chain import note_release
    from evac.store.opening_documents import open_document_log
    from riskmap.cycle import EXIT_PARTIAL

    exercise = not live
    if documents:
        log = open_document_log(documents, new=False)
        try:
            signed = Desk(log).register().find(f"{given.authority.issuer} {given.authority.order}").signed
            event, exercise = signed.event, signed.exercise
        finally:
            log.close()
    try:
        with response_desk(responses) as office:
            told = note_release(office, given, done, event=event, exercise=exercise, now=now)
    except ConflictError as error:
        typer.echo(f"响应记录未写入 not written into the log of responses: {error}", err=True)
        raise typer.Exit(EXIT_PARTIAL) from error
    for response in told:
        typer.echo(
            f"响应记录已写入 in the log of responses: {response.key.region} {response.key.event} {response.level.words} 转移解除"
        )
    if not told:
        typer.echo("部分解除,响应记录不变 a release of a part: the log of responses stays as it is")


def _tell(done: Done) -> None:
    typer.echo(f"可返回 allowed {done.allowed}; 暂缓 held {done.held} (另有 {done.standing} 人早已如此)")
    reasons: dict[str, int] = {}
    for step in (*done.plan.hold, *done.plan.kept):
        reasons[step.why] = reasons.get(step.why, 0) + 1
    for why, people in list(reasons.items())[:_LINES_SHOWN]:
        typer.echo(f"  {people} 人 {why}")
    if done.plan.wanted:
        typer.echo(f"  {len(done.plan.wanted)} 户待检查 houses to be inspected: evac return inspections")
    for refusal in done.refused[:_LINES_SHOWN]:
        typer.echo(
            f"  …{refusal.event.code[-6:]} 未写入: {refusal.reason}; 再运行一次 run it again", err=True
        )


@app.command()
def again(
    number: Number, region: Region, registry: RegistryFile, by: By,
    documents: Documents = "", issuer: Issuer = "", issuer_code: IssuerCode = "", category: Categories = None, at: At = "",
) -> None:  # fmt: skip
    """Open the next round for a second landfall: who is home is ordered again, who may go and has not is held; who stays, stays.

    Example: evac return again 演练定防指令〔2021〕3号 --documents documents.sqlite --region 330902 --registry county.sqlite --by 李四
    """
    from evac.returning.authority import ORDER
    from evac.returning.second import next_round

    authority = _authority(number, region, documents, issuer, issuer_code, kind=ORDER)
    with opened(registry) as desk:
        done = next_round(desk, authority, region, by=by, now=moment(at), categories=tuple(category or ()))
    typer.echo(
        f"重新转移 ordered again {done.allowed}; 暂缓返回 held {done.held}; 原地不动 stay {done.standing}"
    )


@app.command()
def home(
    codes: Annotated[list[str], typer.Argument(help="Short codes from the pendants, or whole codes.")],
    registry: RegistryFile, by: By,
    place: Annotated[str, typer.Option(help="Where they were scanned: the shelter's id at its exit, or the village's code.", show_default=False)],
    at: At = "",
) -> None:  # fmt: skip
    """Write down return scans: at the shelter's exit, and again at home. A return without release is an alarm (擅自离开).

    Example: evac return home 3K7QPX2M9AB --place 330902001001 --registry county.sqlite --by 王村长
    """
    from evac.commands.people_desk import code_of
    from evac.crockford import grouped, short_code
    from evac.events import Returned
    from evac.model import State

    now = moment(at)
    with opened(registry) as desk:
        whole = [code_of(desk, code) for code in dict.fromkeys(codes)]
        pen = clerk(by, place, now)
        desk.check_ins([pen.write(Returned, code) for code in whole], received_at=now)
        for code in whole:
            state = desk.state(code).state
            alarm = "  未解除:按擅自离开报警 not released" if state is State.LEFT else ""
            typer.echo(f"{grouped(short_code(code))} {state.chinese}{alarm}")


@app.command()
def seen(
    code: CodeOf, registry: RegistryFile, by: By,
    how: Annotated[str, typer.Option(help="Who saw them, when and where.", show_default=False)], at: At = "",
) -> None:  # fmt: skip
    """Account for somebody who never moved or left by themselves: they stay so in every count, and keep the event open no more.

    Example: evac return seen 3K7QPX2M9AB --how 7月28日上门,在家平安 --registry county.sqlite --by 王村长
    """
    from evac.commands.people_desk import code_of
    from evac.returning.closing import account_for

    with opened(registry) as desk:
        whole = code_of(desk, code)
        account_for(desk, whole, how=how, clerk=clerk(by, "", moment(at)))
        typer.echo(f"{desk.state(whole).state.chinese} · 已核实 accounted for")


@app.command()
def want(
    thing: Annotated[str, typer.Argument(help="house, shelter, road, power or water.")],
    place: Annotated[str, typer.Argument(help="Code of the village, town or county.")],
    subject: Annotated[str, typer.Argument(help="Which one: household number, shelter's id, name of the road ...")],
    registry: RegistryFile, by: By,
    why: Annotated[str, typer.Option(help="Why it must be looked at.", show_default=False)],
    number: Annotated[int, typer.Option("--round", min=1, help="Which transfer: 2 after the second landfall.")] = 1,
    at: At = "",
) -> None:  # fmt: skip
    """Put something on the inspection list; houses that a release holds come on it by themselves.

    Example: evac return want road 330902001001 狮子岭公路 --why 塌方 --registry county.sqlite --by 李四
    """
    from evac.asides import InspectionWanted
    from evac.envelope import NO_ONE
    from evac.returning.inspection import Thing, wanted_id
    from riskmap.errors import ConfigError

    if (
        thing not in {one.value for one in Thing}
        or not (place.isdecimal() and len(place) in (6, 9, 12))
        or not subject.strip()
    ):
        raise ConfigError(
            "nothing that is inspected", where="evac return want", expected=f"{', '.join(Thing)}; a code of 6, 9 or 12 digits; which one",
            found=f"{thing!r} {place!r} {subject!r}", remedy="see: evac return want --help",
        )  # fmt: skip
    now = moment(at)
    event = clerk(by, place, now).write(
        InspectionWanted, NO_ONE, event_id=wanted_id(Thing(thing), place, subject.strip(), number), of=thing,
        subject=subject.strip(), round=number, why=why,
    )  # fmt: skip
    with opened(registry) as desk:
        there = desk.store.known([event.event_id])
        if not there:
            desk.check_in(event, received_at=now)
    typer.echo(f"{event.event_id[-12:]} {'早已在列 was on the list' if there else '已列入 on the list'}")


@app.command()
def look(
    number: Annotated[str, typer.Argument(help="Number of the entry, as `evac return inspections` shows it.")],
    registry: RegistryFile, by: By,
    result: Annotated[str, typer.Option(help="safe, restricted or unsafe.", show_default=False)],
    evidence: Annotated[str, typer.Option(help="A photo or sheet, whose SHA-256 is kept; or the SHA-256 itself.", show_default=False)],
    note: Annotated[str, typer.Option(help="In words.")] = "", at: At = "",
) -> None:  # fmt: skip
    """Write down what an inspector found; the newest look counts. Then run the release again: houses found safe go home.

    Example: evac return look 0f3a9c1b22de --result safe --evidence 7号房.jpg --registry county.sqlite --by 王工
    """
    from evac.asides import Inspected
    from evac.envelope import NO_ONE
    from evac.returning.inspection import read_inspections, require_look, the_item
    from riskmap.io.publish import file_digest

    digest = file_digest(Path(evidence)) if Path(evidence).is_file() else evidence.lower()
    require_look(result, digest, by)
    now = moment(at)
    with opened(registry) as desk:
        item = the_item(read_inspections(desk.store, at=now), number)
        pen = clerk(by, item.wanted.place, now)
        desk.check_in(
            pen.write(
                Inspected, NO_ONE, target=item.wanted.event_id, result=result, evidence=digest, note=note
            ),
            received_at=now,
        )
    typer.echo(f"{item.thing.chinese} {item.wanted.subject}: {result} · {by}")


def add_to(main: typer.Typer) -> None:
    """Put the group into the command line."""
    returning_draft.add_to(app)
    returning_seen.add_to(app)
    returning_end.add_to(app)
    main.add_typer(app, name="return")
