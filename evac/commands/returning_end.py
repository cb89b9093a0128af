"""`evac return resettle|resettle-end|handover|close`: who cannot go home, who takes over the desk, and the end of the event."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from evac.commands.returning_base import At, By, CodeOf, Documents, RegistryFile, clerk, moment, opened


def resettle(
    code: CodeOf, registry: RegistryFile, by: By,
    to: Annotated[str, typer.Option(help="Where they stay from now on; never a shelter.", show_default=False)],
    decision: Annotated[str, typer.Option(help="Number of the decision.", show_default=False)],
    why: Annotated[str, typer.Option(help="What became of the house.", show_default=False)],
    with_relatives: Annotated[bool, typer.Option("--with-relatives", help="With relatives or in a rented flat.")] = False,
    at: At = "",
) -> None:  # fmt: skip
    """Decide that somebody cannot go home (过渡安置): they leave the shelter's list, stay moved, and no release sends them home.

    Example: evac return resettle 3K7QPX2M9AB --to 白泉镇过渡安置点 --decision 过渡安置3号 --why 房屋倒塌 --registry county.sqlite --by 李四
    """
    from evac.commands.people_desk import code_of
    from evac.returning.resettlement import resettle as decide

    with opened(registry) as desk:
        whole = code_of(desk, code)
        pen = clerk(by, "", moment(at))
        decide(desk, whole, to=to, decision=decision, why=why, clerk=pen, with_relatives=with_relatives)
    typer.echo(f"过渡安置 {to} · {decision}")


def resettle_end(
    code: CodeOf, registry: RegistryFile, by: By,
    outcome: Annotated[str, typer.Option(help="home, or handed_over (移交民政).", show_default=False)],
    note: Annotated[str, typer.Option(help="What came of it: the number of 民政's receipt ...", show_default=False)],
    at: At = "",
) -> None:  # fmt: skip
    """End somebody's resettlement: after `home` the next release reaches them, after `handed_over` the event may be closed.

    Example: evac return resettle-end 3K7QPX2M9AB --outcome handed_over --note 民政接收单3号 --registry county.sqlite --by 李四
    """
    from evac.commands.people_desk import code_of
    from evac.returning.resettlement import OUTCOMES, end_resettlement

    with opened(registry) as desk:
        end_resettlement(
            desk, code_of(desk, code), outcome=outcome, note=note, clerk=clerk(by, "", moment(at))
        )
    typer.echo(OUTCOMES[outcome])


def handover(
    duty: Annotated[str, typer.Argument(help="The desk: a shelter's id, 指挥部值班 ...")],
    registry: RegistryFile,
    to: Annotated[str, typer.Option(help="Who takes over; empty where the desk closes.", show_default=False)],
    matters: Annotated[str, typer.Option(help="What is open; 无 where nothing is.", show_default=False)],
    by: Annotated[str, typer.Option("--from", help="Who hands over; of the first shift, who opened the desk.", show_default=False)],
    at: At = "",
) -> None:  # fmt: skip
    """Hand a duty over (交接班): who, when, and what is open. Shifts of more than 12 h are marked (D).

    Example: evac return handover S330902-1 --from 甲 --to 乙 --matters 两人发热,已报卫健 --registry county.sqlite
    """
    from evac.returning.duty import findings, hand_over, read_shifts

    now = moment(at)
    with opened(registry) as desk:
        hand_over(desk, duty, to=to, matters=matters, clerk=clerk(by, "", now))
        found = findings(read_shifts(desk.store, at=now), at=now)
    typer.echo(f"{duty}: {by} → {to or '关闭 closed'}")
    for finding in found:
        if to and finding.shift.who == to and finding.shift.until is None:
            typer.echo(f"  ! {to}: {finding.why}", err=True)


def close(
    registry: RegistryFile, by: By,
    why: Annotated[str, typer.Option(help="On what ground; kept for good.", show_default=False)],
    documents: Annotated[str, typer.Option(help="The office's log of documents, whose open tasks keep the event open; `none` if there is none.", show_default=False)],
    responses: Annotated[Path | None, typer.Option(help="The log of `evac response`: a response in force keeps the event open.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what keeps it open, and close nothing.")] = False,
    at: At = "",
) -> None:  # fmt: skip
    """Close the event (关闭): refused, with every reason, while anybody is missing, unreached, held or unaccounted, or an order is open.

    Nobody overrides it. What comes after: the review (`evac review report`), legal holds (`evac hold`), and `evac destroy`.

    Example: evac return close --by 张三 --why 全部返回,险情解除 --documents documents.sqlite --registry county.sqlite
    """
    from evac.returning.closing import close_event, reasons_open

    now = moment(at)
    open_documents, in_force = _open_documents(documents), _in_force(responses)
    with opened(registry) as desk:
        if check:
            found = reasons_open(desk.store, at=now, open_documents=open_documents, in_force=in_force)
            for reason in found:
                typer.echo(str(reason))
            typer.echo(
                "可以关闭 may be closed" if not found else f"{len(found)} 类事项未了 kinds of open matters"
            )
            raise typer.Exit(0 if not found else _not_yet())
        done = close_event(desk, by=by, why=why, now=now, open_documents=open_documents, in_force=in_force)
        labels = desk.store.labels()
    typer.echo(f"事件已关闭 closed by {by}: {done.closed} 人销号")
    _next(labels, now)


def _not_yet() -> int:
    from riskmap.cycle import EXIT_PARTIAL

    return int(EXIT_PARTIAL)


def _next(labels: dict[str, str], now: datetime) -> None:
    from evac.privacy.hold import holds

    for hold in holds(labels):
        if hold.lasts(now):
            typer.echo(
                f"证据保全 legal hold: {hold}; 在其解除前不得销毁 nothing is destroyed until it is lifted"
            )
    typer.echo("next: evac review report; then evac destroy (个人信息须销毁 personal data must go)")


def _open_documents(documents: Documents) -> tuple[str, ...]:
    from evac.commands.orders import tasks_of

    if documents == "none":
        return ()
    with tasks_of(documents) as desk:
        return tuple(dict.fromkeys(task.terms.number for task in desk.book().unfinished()))


def _in_force(responses: Path | None) -> tuple[str, ...]:
    from evac.commands.response_base import desk

    if responses is None:
        return ()
    with desk(responses) as office:
        return tuple(f"{key.region} {r.level.words}" for key, r in office.responses().items() if r.level)


def add_to(app: typer.Typer) -> None:
    """Put the commands into `evac return`."""
    app.command()(resettle)
    app.command("resettle-end")(resettle_end)
    app.command()(handover)
    app.command()(close)
