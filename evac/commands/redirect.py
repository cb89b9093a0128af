"""`evac redirect`: where to, at a full or closed door (改派)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.onward import MOST_PEOPLE
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.model import Vulnerability
    from evac.onward import Knowledge
    from evac.redirecting import Onward, WhereTo
    from evac.registry import EventStore

Shelter = Annotated[str, typer.Argument(help="Id of the shelter whose door it is.", show_default=False)]
Registry = Annotated[
    str,
    typer.Option(
        help="SQLite file, folder of a drill, or postgresql://...: who is where.", show_default=False
    ),
]
People = Annotated[
    int, typer.Option(min=1, max=MOST_PEOPLE, help="Who stay together: a household goes whole.")
]
Needs = Annotated[str, typer.Option(help="Of anybody among them, in the words of the list: 残疾、病.")]
Run = Annotated[
    Path | None, typer.Option("--from", help="Folder of a run that `riskmap` published: no shelter in its zones is named.")
]  # fmt: skip
Allocation = Annotated[
    Path | None,
    typer.Option(
        help="Folder of `evac allocate`: who is expected where, what is closed, what each shelter has."
    ),
]
Close = Annotated[
    list[str] | None, typer.Option(help="A shelter that takes nobody, and why: S17=停电; may be given more than once.")
]  # fmt: skip
Send = Annotated[str, typer.Option(help="Send them to this one of the places named, and write it down.")]
Actor = Annotated[str, typer.Option(help="Who sends them, by name; needed with --send.")]
At = Annotated[
    str, typer.Option(help="When they stand at the door, Beijing time: 2021-07-25T20:00. Now if not given; a paper is entered later.")
]  # fmt: skip
Why = Annotated[str, typer.Option(help="With --send: full (满), closed (关), or unfit (不符合特殊需要).")]


def redirect(
    shelter: Shelter, registry: Registry, people: People = 1, needs: Needs = "", run: Run = None,
    allocation: Allocation = None, close: Close = None, send: Send = "", actor: Actor = "", why: Why = "full",
    at: At = "",
) -> None:  # fmt: skip
    """Where to, at a full or closed door: the nearest shelters that are safe, fit, and have room for all of a household (改派).

    Room is capacity less who is there by the scans and who was sent there within the last 45 minutes. A place whose room the plan gives to
    others is named last, with a word to call first. With --at the run, the plan and what was sent before are judged as of that time, and
    who is there is what the registry holds now. With --send the decision goes into the log, without names, and the places count as taken.
    Exit code 5 where no place is within reach; the reason is said.

    Example: evac redirect S17 --people 3 --needs 残疾 --registry county.sqlite --from out/in-fa --allocation allocation

    evac redirect S17 --people 3 --registry county.sqlite --from out/in-fa --send S22 --actor 李四
    """
    from evac.commands.aside_desk import aside_desk
    from evac.commands.closures import closing
    from evac.commands.orders import moment
    from evac.onward import WHYS, Knowledge
    from evac.redirecting import send_on
    from evac.reporting import open_for_report
    from riskmap.cycle import EXIT_PARTIAL

    if why not in WHYS:
        raise ConfigError("not a reason", where="--why", expected=", ".join(WHYS), found=repr(why))
    now = moment(at)
    knowledge, weak = Knowledge(run, allocation), _needs(needs)
    shut = dict(closing(text) for text in close or ())
    if not send:
        store = open_for_report(registry)
        try:
            answer = _asked(store, shelter, people, weak, knowledge, shut, now, 3)
        finally:
            store.close()
        _tell(answer, planned=allocation is not None)
        if answer.why is not None:
            raise typer.Exit(EXIT_PARTIAL)
        return
    with aside_desk(registry, None, actor, shelter) as (desk, clerk):
        if at:
            clerk = replace(clerk, now=now, device_at=clerk.now)
        answer = _asked(desk.store, shelter, people, weak, knowledge, shut, clerk.now, 10_000)
        event = send_on(desk, answer, send, people=people, why=why, clerk=clerk)
    typer.echo(f"✓ 改派 sent on: {people} 人 {shelter} → {send} · {WHYS[why]} {why} · {event.event_id[-6:]}")


def _asked(
    store: EventStore, shelter: str, people: int, needs: tuple[Vulnerability, ...], knowledge: Knowledge,
    closed: dict[str, str], now: datetime, most: int,
) -> WhereTo:  # fmt: skip
    from evac.redirecting import door_of, read_doors, where_to

    doors = read_doors(store, now=now, plan=knowledge.in_force())
    longitude, latitude = door_of(doors, shelter)
    return where_to(
        doors, longitude=longitude, latitude=latitude, now=now, people=people, needs=needs, leaving=shelter,
        known=knowledge.dangers(), closed=closed, most=most,
    )  # fmt: skip


def _needs(text: str) -> tuple[Vulnerability, ...]:
    from evac.model import Vulnerability
    from evac.people.words import vulnerabilities

    found, strange = vulnerabilities(text)
    if strange:
        raise ConfigError(
            "not a word of the list", where="--needs", expected="、".join(kind.chinese for kind in Vulnerability),
            found="、".join(strange), remedy="name what makes moving harder, in these words",
        )  # fmt: skip
    return found


def _tell(answer: WhereTo, *, planned: bool) -> None:
    from riskmap.outlook import beijing

    if answer.issued_at is not None and answer.until is not None:
        late = "" if answer.judged else "  已过期 out of date"
        typer.echo(
            f"研判 run of {beijing(answer.issued_at)} 至 until {beijing(answer.until)}{late}", err=True
        )
    elif not planned:
        typer.echo(
            "未经风险研判:安置点是否安全不明 no --from and no --allocation: nobody knows whether the shelters are safe",
            err=True,
        )
    for place in answer.places:
        typer.echo(_line(place))
    if answer.why is not None:
        typer.echo(f"范围内无处可去 nowhere within reach: {answer.why.chinese} {answer.why.english}")
        typer.echo(
            "报县值班室调车或另开安置点 tell the county's office: a bus, or another shelter to be opened"
        )
    if answer.unknown:
        typer.echo(
            f"另有 {answer.unknown} 处设施不明,可电话询问 of {answer.unknown} more nobody knows what they have: call"
        )


def _line(place: Onward) -> str:
    notes = [
        *(["较远 far: 要车 by bus"] if place.far else ()),
        *(["已预留给他人,先电话 promised to others, call first"] if place.promised else ()),
        *([f"存疑 doubtful: {place.doubt}"] if place.doubt else ()),
    ]
    told = f"{place.shelter.shelter_id} {place.shelter.name}  {place.metres:,} m  余 free {place.free} 人"
    return "  ".join((told, ";".join(notes))).rstrip()


def add_to(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(redirect)
