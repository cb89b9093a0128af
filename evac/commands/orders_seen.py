"""`evac orders list|show|due|figures|supervise`: what the log of documents says about its tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evac.orders.indicators import Indicators
    from evac.orders.tasks import Task

Store = Annotated[
    str,
    typer.Option(
        help="The office's log of documents: the file that `evac sign` writes, or postgresql://...",
        show_default=False,
    ),
]
Number = Annotated[str, typer.Argument(help="发文字号, or the digest that the QR code states.")]
Offices = Annotated[
    Path | None,
    typer.Option(help="CSV of offices: name,code,superior,person,phone. Who stands above whom."),
]
Rules = Annotated[
    Path | None, typer.Option(help="A bureau's own deadlines and rungs, after evac/orders/rules.toml.")
]
At = Annotated[str, typer.Option(help="As of when, Beijing time: 2021-07-24T13:05. Now if not given.")]


def _line(task: Task) -> str:
    mark = "演练 " if task.terms.signed.exercise else ""
    who = f" {task.person}" if task.person else ""
    return f"{mark}{task.terms.number}  {task.receiver}  {task.stage.chinese} {task.stage.english}{who}"


def listing(
    store: Store,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    offices: Offices = None,
    rules: Rules = None,
) -> None:
    """List the tasks that are not done, with what is due next and when.

    Example: evac orders list --store documents.sqlite
    """
    from evac.commands.orders import tasks_of
    from evac.orders.deadlines import CLOCKS, steps_of
    from riskmap.outlook import beijing

    with tasks_of(store, offices, rules) as desk:
        book = desk.book()
        shown = [task for task in book.tasks.values() if everything or task.open]
        for task in shown:
            steps = sorted(steps_of(task, desk.rules), key=lambda step: step.due_at)
            due = f"  {CLOCKS[steps[0].clock.id][0]} {beijing(steps[0].clock.due_at)}" if steps else ""
            typer.echo(_line(task) + due)
        typer.echo(f"{len(shown)} 项 tasks, {sum(t.open for t in book.tasks.values())} 未办结 open")
        if book.unreadable:
            typer.echo(f"{len(book.unreadable)} 份公文损坏 damaged documents, timed as orange", err=True)


def show(
    number: Number,
    store: Store,
    receiver: Annotated[str, typer.Option(help="Of one office alone.")] = "",
    offices: Offices = None,
) -> None:
    """Say everything that the log holds about a document's tasks: the evidence, line by line.

    Example: evac orders show 演练防指办函〔2021〕1号 --store documents.sqlite
    """
    from evac.commands.orders import tasks_of
    from evac.orders.escalation import evidence_of

    with tasks_of(store, offices) as desk:
        for task in desk.find(number, receiver):
            typer.echo(_line(task))
            for line in evidence_of(task):
                typer.echo(f"    {line}")


def due(
    store: Store,
    within: Annotated[int, typer.Option(min=0, help="Also what falls due in so many minutes.")] = 0,
    offices: Offices = None,
    rules: Rules = None,
    at: At = "",
) -> None:
    """List what is overdue, the longest first: who is late with what, and who is told next. It is read from the log alone.

    Ends with exit code 7 where something is overdue and no worker gave a sign of life: then a person must act.

    Example: evac orders due --store documents.sqlite --within 15
    """
    from evac.commands.orders import moment, tasks_of
    from evac.orders.deadlines import CLOCKS, clocks, next_step
    from evac.orders.escalation import late_office, told_office
    from evac.store.opening_documents import open_due
    from riskmap.outlook import beijing

    now = moment(at)
    with tasks_of(store, offices, rules) as desk:
        found: list[tuple[datetime, str]] = []
        tasks: list[Task] = list(desk.book().unfinished())
        for task in tasks:
            for clock in clocks(task, desk.rules):
                if clock.due_at > now + timedelta(minutes=within):
                    continue
                step = next_step(task, clock, desk.rules)
                words = (
                    f"{beijing(clock.due_at)}  {CLOCKS[clock.id][0]}  {task.terms.number}  {task.receiver}"
                )
                if step is None:
                    words += (
                        "  已逐级通报仍无人应答,须由人决定 nobody answers at any level: a person must decide"
                    )
                else:
                    words += f"  {late_office(step)}→{step.rung.chinese}→{told_office(step, desk.ladder)} {beijing(step.due_at)}"
                found.append((clock.due_at, words))
        silent = desk.rules.silent
    table = open_due(store)
    try:
        beats = table.beats()
    finally:
        table.close()
    for _, words in sorted(found):
        typer.echo(words)
    typer.echo(f"{len(found)} 项 due, {len(tasks)} 未办结 open")
    alive = [beat for beat in beats if now - beat.at <= silent]
    for beat in beats[:5]:
        typer.echo(f"值守程序 worker {beat.owner}: {beijing(beat.at)} {beat.words}")
    if found and not alive and not at:
        typer.echo("值守程序无心跳 no worker gives a sign of life; start: evac worker", err=True)
        raise typer.Exit(7)


def figures(store: Store, offices: Offices = None, rules: Rules = None, at: At = "") -> None:
    """Give the loop's figures: answer time, first feedback, on time, the cascade from level to level, an index a county.

    Counties stand in the order of their codes and are not ranked; 未知 is unknown, never good. The index is our own
    proposal (D).

    Example: evac orders figures --store documents.sqlite --offices offices.csv
    """
    from evac.commands.orders import moment, tasks_of
    from evac.orders.escalation import minutes
    from evac.orders.indicators import by_county, cascade, indicators

    now = moment(at)
    with tasks_of(store, offices, rules) as desk:
        tasks = list(desk.book().tasks.values())
        typer.echo(f"全部 all  {_figures(indicators(tasks, desk.rules, now))}")
        for code, found in by_county(tasks, desk.rules, desk.ladder, now).items():
            typer.echo(f"{code}  {_figures(found)}")
        for lag in cascade(tasks, desk.ladder):
            middle = minutes(lag.median) if lag.median is not None else "未知 unknown"
            typer.echo(
                f"{lag.above}→{lag.below}  中位 median {middle}, {len(lag.lags)} 已叫应, {lag.waiting} 未叫应 waiting"
            )


def _figures(found: Indicators) -> str:
    from evac.orders.escalation import minutes
    from evac.orders.indicators import WORDS

    answer = minutes(found.median_answer) if found.median_answer is not None else "未知"
    shares = [
        f"{word} {share.value:.0%}" if (share := found.shares[name]).value is not None else f"{word} 未知"
        for name, word in WORDS.items()
    ]
    index = "未知" if found.index is None else f"{found.index:.0f}"
    return (
        f"{found.tasks} 项, {found.unanswered} 未叫应, {found.overdue} 逾期; 叫应中位 {answer}; {'; '.join(shares)}; "
        f"闭环指数 {index}"
    )


def supervise(
    number: Number,
    store: Store,
    source: Annotated[
        Path,
        typer.Option("--from", help="Folder of the run that the document came from.", show_default=False),
    ],
    signer: Annotated[str, typer.Option(help="签发人: the person who signs, by name.", show_default=False)],
    receiver: Annotated[str, typer.Option(help="The office that is late.", show_default=False)],
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="ENTRY=WORDS for what the draft leaves blank; may be repeated."),
    ] = None,
    at: At = "",
) -> None:
    """Sign the newest 工作督办单 that drafted itself for an office, and write its papers below DIR/signed.

    Example: evac orders supervise 演练防指办函〔2021〕1号 --store documents.sqlite --from out/in-fa --receiver 定海区防汛防台抗旱指挥部
    --signer 王五 --set "person=李四 0580-1234567"
    """
    from evac.commands.orders import moment, tasks_of
    from evac.errors import ConflictError
    from evac.orders.desk import Desk
    from evac.orders.supervision import completed
    from evac.signing import write_papers

    now = moment(at) if at else datetime.now(UTC).replace(microsecond=0)
    entries = dict(entry.partition("=")[::2] for entry in given or ())
    with tasks_of(store) as desk:
        (task,) = desk.find(number, receiver)
        drafts = [step for chain in task.steps.values() for step in chain if step.content]
        if not drafts:
            raise ConflictError(
                "no 工作督办单 was drafted for this task", where=f"{task.terms.number}, {receiver}", found=task.stage.chinese,
                remedy="it is drafted at the rung 督办单 by: evac worker",
            )  # fmt: skip
        letter = completed(max(drafts, key=lambda step: step.at).content, entries)
        office = Desk(desk.log)
        done = office.sign(letter, signer=signer, at=now)
        folder = write_papers(office, done, source=source, by=signer, at=now)
    typer.echo(f"{done.number}  {done.signed.title}  {folder}")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the group."""
    app.command("list")(listing)
    for command in (show, due, figures, supervise):
        app.command()(command)
