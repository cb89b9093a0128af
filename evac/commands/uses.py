"""`evac uses`: the code's other uses at a desk, a counter, a road check or a port."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.aside_desk import aside_desk
from evac.commands.people_desk import Actor, CodeOf, code_of
from riskmap.errors import DataError

if TYPE_CHECKING:
    from evac.registry import Registry

uses_app = typer.Typer(
    no_args_is_help=True,
    help="The code's other uses: road check (码上通), relief goods (码上领), calls for rescue (码上救), dangers (码上报), boats (点验).\n\n"
    "Example: evac uses draw 3K7QPX2M9AB 毛毯/1 --at S330902-1 --registry county.sqlite --actor 李四",
)

RegistryFile = Annotated[
    str, typer.Option("--registry", help="SQLite file, or postgresql://...", show_default=False)
]
VaultFile = Annotated[
    Path | None, typer.Option("--vault", help="Key of the emergency, where the registry is sealed with one.")
]
At = Annotated[
    str, typer.Option("--at", help="Where: id of the shelter, or code of the region.", show_default=False)
]


def _anybody(desk: Registry, given: str) -> str:
    """The code of a pendant, also of somebody on no list here: nobody is turned away unread."""
    bare = given.strip().upper()
    return bare if len(bare) == 26 else code_of(desk, given)


@uses_app.command("pass")
def let_pass(
    code: CodeOf, at: At, registry: RegistryFile, actor: Actor,
    inwards: Annotated[bool, typer.Option("--inwards", help="Back into the region that was ordered to move.")] = False,
    vault: VaultFile = None,
) -> None:  # fmt: skip
    """Ask at a road check whether somebody may pass; who does is written down (码上通). Nobody is ever stopped on the way out.

    Example: evac uses pass 3K7QPX2M9AB --at 岭脚卡口 --inwards --registry county.sqlite --actor 王警官
    """
    from evac.asides import Passed
    from evac.codes import bytes_of_code
    from evac.counts.now import standing_that_counts
    from evac.counts.uses import Verdict, pass_verdict

    with aside_desk(registry, vault, actor, at) as (desk, clerk):
        who = _anybody(desk, code)
        bytes_of_code(who)
        listed = who in desk.store.listed([who])
        state = standing_that_counts(desk.store, who).state if listed else None
        found = pass_verdict(state, valid=listed, into_danger=inwards)
        if found is not Verdict.TURN_BACK:
            desk.check_in(clerk.write(Passed, who), received_at=clerk.now)
    typer.echo(f"{found.chinese} {found.value}")
    if found is Verdict.TURN_BACK:
        raise typer.Exit(1)


@uses_app.command("draw")
def draw(
    code: CodeOf,
    item: Annotated[str, typer.Argument(help="What is handed out, with the running number of the handing-out: 盒饭/2.", show_default=False)],
    at: At, registry: RegistryFile, actor: Actor,
    quantity: Annotated[int, typer.Option(min=1, help="Pieces.")] = 1,
    vault: VaultFile = None,
) -> None:  # fmt: skip
    """Hand out relief goods, each once to each person, whichever pendant is shown (码上领).

    Example: evac uses draw 3K7QPX2M9AB 毛毯/1 --at S330902-1 --registry county.sqlite --actor 李四
    """
    from evac.asides import ReliefDrawn
    from evac.counts.uses import may_draw
    from evac.errors import ConflictError

    with aside_desk(registry, vault, actor, at) as (desk, clerk):
        drawn = clerk.write(ReliefDrawn, code_of(desk, code), item=item, quantity=quantity)
        reason = may_draw(desk.store, drawn)
        if reason is not None:
            raise ConflictError(
                "drawn already", where=f"code {code}", found=reason,
                remedy="hand it out once; was that draw a mistake, undo it, or give the next number of the handing-out",
            )  # fmt: skip
        desk.check_in(drawn, received_at=clerk.now)
    typer.echo(f"{item} × {quantity} 已登记 written down · {drawn.event_id[-12:]}")


@uses_app.command("rescue")
def rescue(
    where: Annotated[str, typer.Argument(help="Where, in words.", show_default=False)],
    at: At, registry: RegistryFile, actor: Actor,
    code: Annotated[str, typer.Option(help="Short or whole code of who calls, where known.")] = "",
    vault: VaultFile = None,
) -> None:  # fmt: skip
    """Take in a call for rescue; it stays on the list until `evac uses rescued` (码上救).

    Example: evac uses rescue 村口桥头二楼,三人 --at 330902001001 --registry county.sqlite --actor 值班员
    """
    from evac.asides import RescueCalled
    from evac.envelope import NO_ONE

    with aside_desk(registry, vault, actor, at) as (desk, clerk):
        call = clerk.write(RescueCalled, code_of(desk, code) if code else NO_ONE, where=_said(where, "where"))
        desk.check_in(call, received_at=clerk.now)
    typer.echo(f"{call.event_id[-12:]} 求救已登记 a call for rescue")


@uses_app.command("rescued")
def rescued(
    number: Annotated[str, typer.Argument(help="Number that `evac uses rescue` printed.", show_default=False)],
    outcome: Annotated[str, typer.Argument(help="What came of it, in words.", show_default=False)],
    at: At, registry: RegistryFile, actor: Actor, vault: VaultFile = None,
) -> None:  # fmt: skip
    """Say what came of a call for rescue.

    Example: evac uses rescued 0f3a9c1b22de 三人已接到东门小学 --at 330902001001 --registry county.sqlite --actor 值班员
    """
    from evac.asides import RescueCalled, RescueEnded
    from evac.clear_words import cleared

    with aside_desk(registry, vault, actor, at) as (desk, clerk):
        calls = [e for _, e in desk.store.aside({RescueCalled.kind}) if e.event_id.endswith(number.lower())]
        if len(calls) != 1 or len(number) < 6:
            raise DataError(
                "not one call", where="number", expected="the number of one call", found=f"{number}: {len(calls)}",
                remedy="see the number that `evac uses rescue` printed",
            )  # fmt: skip
        end = clerk.write(
            RescueEnded, calls[0].code, target=calls[0].event_id, outcome=_said(outcome, "outcome")
        )
        desk.check_ins(cleared(desk.store, [end]), received_at=clerk.now)
    typer.echo("已登记 written down")


@uses_app.command("danger")
def danger(
    kind: Annotated[str, typer.Argument(help="What it is: 滑坡, 管涌, 倒杆 ...", show_default=False)],
    where: Annotated[str, typer.Argument(help="Where, in words.", show_default=False)],
    at: At, registry: RegistryFile, actor: Actor, vault: VaultFile = None,
) -> None:  # fmt: skip
    """Take in a report of danger (码上报).

    Example: evac uses danger 滑坡 后山竹林,路面开裂 --at 330902001001 --registry county.sqlite --actor 网格员张三
    """
    from evac.asides import DangerReported
    from evac.envelope import NO_ONE

    with aside_desk(registry, vault, actor, at) as (desk, clerk):
        told = clerk.write(DangerReported, NO_ONE, danger=_said(kind, "kind"), where=_said(where, "where"))
        desk.check_in(told, received_at=clerk.now)
    typer.echo(f"{told.event_id[-12:]} 险情已登记 a danger reported")


@uses_app.command("boat")
def boat(
    vessel: Annotated[str, typer.Argument(help="Number as painted on the boat.", show_default=False)],
    crew: Annotated[int, typer.Option(min=0, help="Crew on its papers.", show_default=False)],
    ashore: Annotated[int, typer.Option(min=0, help="How many of them are ashore.", show_default=False)],
    at: At, registry: RegistryFile, actor: Actor, vault: VaultFile = None,
) -> None:  # fmt: skip
    """Write down a boat that was seen in port (点验).

    Example: evac uses boat 浙普渔00003 --crew 8 --ashore 7 --at 沈家门渔港 --registry county.sqlite --actor 渔业站赵六
    """
    from evac.asides import VesselChecked
    from evac.envelope import NO_ONE

    if ashore > crew:
        raise DataError(
            "more ashore than on board", where="--ashore", expected=f"at most {crew}", found=f"{ashore}",
            remedy="count again; --crew is everybody on its papers",
        )  # fmt: skip
    with aside_desk(registry, vault, actor, at) as (desk, clerk):
        seen = clerk.write(VesselChecked, NO_ONE, vessel=_said(vessel, "vessel"), crew=crew, ashore=ashore)
        desk.check_in(seen, received_at=clerk.now)
    left = crew - ashore
    typer.echo(f"{vessel} 已点验" + (f",{left} 人未上岸 not ashore" if left else ",全部上岸 all ashore"))


def _said(words: str, where: str) -> str:
    if not words.strip():
        raise DataError("nothing is said", where=where, expected="a few words", found=repr(words))
    return words.strip()


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(uses_app, name="uses")
