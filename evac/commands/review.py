"""`evac review report|rate|ratings|moderate`: the after-action review (复盘) from the logs, and what those who were served thought."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evac.commands.returning_base import At, KeyFile, RegistryFile, clerk, moment, opened

if TYPE_CHECKING:
    from evac.response.events import ResponseRecord
    from evac.review.account import Sources

app = typer.Typer(
    no_args_is_help=True,
    help="After-action review (复盘): what happened, from the logs alone; nobody is ranked, no resident is named.\n\n"
    "Example: evac review report --registry county.sqlite --documents documents.sqlite --from out/in-fa --out 复盘",
)

Documents = Annotated[
    str, typer.Option(help="The office's log of documents; without it answer times are unknown.")
]
Responses = Annotated[Path | None, typer.Option(help="The log of `evac response`.")]
Runs = Annotated[
    list[Path] | None,
    typer.Option("--from", help="Folder of a run that `riskmap` published; may be repeated."),
]
ObservedFile = Annotated[
    Path | None,
    typer.Option(
        help="CSV region,hazard,tier of what happened; without it nothing is verified, and it says so."
    ),
]
PlanFile = Annotated[
    Path | None, typer.Option(help="moves.csv of `evac plan`, to hold against what happened.")
]
Offices = Annotated[
    Path | None,
    typer.Option(help="CSV of offices: name,code,superior,person,phone; for the levels of answer times."),
]
Prefix = Annotated[str, typer.Option("--region", help="2 to 12 digits; everything if not given.")]


@app.command()
def report(
    registry: RegistryFile, out: Annotated[Path, typer.Option(help="Folder for review.json, review.pdf and review.docx.")] = Path("review"),
    documents: Documents = "", responses: Responses = None, source: Runs = None, observed: ObservedFile = None, plan: PlanFile = None,
    offices: Offices = None, region: Prefix = "", issuer: Annotated[str, typer.Option(help="The office that reviews, in the head.")] = "防汛防台抗旱指挥部",
    at: Annotated[str, typer.Option(help="As of when, Beijing time; the newest instant of the logs if not given.")] = "",
) -> None:  # fmt: skip
    """Write the review: timeline, answer times, moved against planned, supervision, forecast against what happened, gaps, peaks, ratings.

    From the logs alone: the same logs give the same bytes. What is not given is said to be unknown. It fits to be handed on: no resident is
    named, counts of 1 to 9 are hidden, nobody is ranked.

    Example: evac review report --registry county.sqlite --documents documents.sqlite --responses responses.sqlite --from out/in-fa --out 复盘
    """
    from evac.review.account import newest, review_event
    from evac.review.files import FILES, review_files
    from riskmap.cycle import EXIT_PARTIAL
    from riskmap.errors import DataError
    from riskmap.io.publish import publishing
    from riskmap.outlook import beijing

    with opened(registry, to_write=False) as desk:
        sources = _sources(desk.store, documents, responses, source or [], observed, plan, offices)
        when = moment(at) if at else newest(sources)
        if when is None:
            raise DataError(
                "there is nothing to review",
                where="registry",
                expected="events",
                found="none",
                remedy="name the event's registry",
            )
        told = review_event(sources, at=when, region=region)
    made, left_out = review_files(told, issuer=issuer)
    with publishing(out, replace=True, mark=FILES[0]) as staging:
        for name, content in made.items():
            staging.write(name, content)
    typer.echo(f"{beijing(when)} 北京时间 · {out}")
    for words in told["unknown"]:
        typer.echo(f"  不明: {words}")
    for name, why in left_out.items():
        typer.echo(f"left out: {name}. {why}", err=True)
    if left_out:
        raise typer.Exit(EXIT_PARTIAL)


def _sources(
    store: Any, documents: str, responses: Path | None, runs: list[Path], observed: Path | None, plan: Path | None, offices: Path | None
) -> Sources:  # fmt: skip
    from evac.commands.returning_base import latest
    from evac.orders.events import parse
    from evac.reporting import region_names
    from evac.review.account import Sources
    from evac.review.forecast import observed_rows
    from evac.review.people import planned_houses
    from evac.store.opening_documents import ladder_of, open_document_log

    noted = []
    if documents:
        log = open_document_log(documents, new=False)
        try:
            noted = [(parse(entry.body), entry.received_at) for entry in log.after(0)]
        finally:
            log.close()
    decided: tuple[ResponseRecord, ...] = ()
    if responses is not None:
        from evac.commands.response_base import desk

        with desk(responses) as office:
            decided = office.records()
    read = sorted((run for path in runs if (run := latest(path)) is not None), key=lambda run: run.issued_at)
    return Sources(
        store, noted, decided, read, observed_rows(_rows(observed, "region", "hazard", "tier"), where=str(observed)) if observed else (),
        planned_houses(_rows(plan, "village", "household", "step")) if plan else (), ladder_of(offices), names=region_names(),
    )  # fmt: skip


def _rows(path: Path, *required: str) -> list[dict[str, str]]:
    from riskmap.io.csv_table import read_csv_table

    table = read_csv_table(path, required=required)
    return [dict(zip(table.header, cells, strict=False)) for _, cells in table.rows]


@app.command()
def rate(
    of: Annotated[str, typer.Argument(help="letter, shelter or danger.")],
    subject: Annotated[str, typer.Argument(help="Number of the letter, id of the shelter, or the id given at the report of the danger.")],
    score: Annotated[int, typer.Argument(help="1 (bad) to 5 (good).")],
    registry: RegistryFile,
    rater: Annotated[str, typer.Option(help="The office that got the letter, or the resident's code; kept nowhere. None for a danger.")] = "",
    words: Annotated[str, typer.Option(help="A few words; numbers and names are taken out, and a person reads them before anybody else does.")] = "",
    key: KeyFile = None, at: At = "",
) -> None:  # fmt: skip
    """Take a rating in: once for each letter and office, each resident and shelter, each report; it stays.

    Example: evac review rate shelter S330902-1 4 --rater 3K7QPX2M9AB --words 热水不够 --registry county.sqlite --vault 2106.key
    """
    from evac.commands.people_desk import code_of
    from evac.review.ratings import rate as take

    with opened(registry, key) as desk:
        who = code_of(desk, rater) if of == "shelter" and rater.strip() else rater
        said = take(desk, of, subject, rater=who, score=score, words=words, clerk=clerk("", "", moment(at)))
    typer.echo(f"{said.event_id[-12:]} 已收到 thank you" + (f": {said.words}" if said.words else ""))


@app.command()
def ratings(registry: RegistryFile, at: At = "") -> None:
    """Show distributions by kind (fewer than ten are hidden), and the words that wait for somebody to read them.

    Example: evac review ratings --registry county.sqlite
    """
    from evac.review.ratings import OF, distributions, read_ratings

    with opened(registry, to_write=False) as desk:
        every, read = read_ratings(desk.store, at=moment(at))
    for d in distributions(every, read):
        shown = "  ".join(f"{score}分 {'—' if n is None else n}" for score, n in d.scores.items())
        typer.echo(
            f"{OF[d.of]}: {'不足10份' if d.number is None else f'{d.number} 份  {shown}'}  待读 {d.waiting}"
        )
    for one in sorted((r for r in every if r.words and r.event_id not in read), key=lambda r: r.event_id):
        typer.echo(f"  {one.event_id[-12:]}  {OF[one.of]}  {one.words}")


@app.command()
def moderate(
    number: Annotated[str, typer.Argument(help="Number of a rating, as `evac review ratings` shows it.")],
    registry: RegistryFile,
    show: Annotated[bool, typer.Option("--show/--hide", help="Whether its words may stand in the review.", show_default=False)],
    by: Annotated[str, typer.Option(help="Who read them, by name.", show_default=False)], at: At = "",
) -> None:  # fmt: skip
    """Say that somebody read a rating's words, and whether they name or describe anybody; the score counts either way.

    Example: evac review moderate 0f3a9c1b22de --show --by 李四 --registry county.sqlite
    """
    from evac.review.ratings import moderate as decide
    from evac.review.ratings import read_ratings
    from riskmap.errors import ConfigError

    now = moment(at)
    with opened(registry) as desk:
        found = [r for r in read_ratings(desk.store, at=now)[0] if r.event_id.endswith(number.lower())]
        if len(found) != 1 or len(number) < 6:
            raise ConfigError("not one rating", where="number", expected="the number of one rating", found=f"{number}: {len(found)}",
                              remedy="see: evac review ratings")  # fmt: skip
        decide(desk, found[0], show=show, clerk=clerk(by, "", now))
    typer.echo("可公开 may be shown" if show else "不公开 not to be shown")


def add_to(main: typer.Typer) -> None:
    """Put the group into the command line."""
    main.add_typer(app, name="review")
