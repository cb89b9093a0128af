"""`evac crowd`: how wide exits must be, or how long a crowd takes through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from riskmap.errors import DataError

if TYPE_CHECKING:
    from evac.plan.egress import Exit


def crowd(
    before: Annotated[int, typer.Option(help="Persons now.")] = 70_000,
    after: Annotated[int, typer.Option(help="Persons that may stay.")] = 20_000,
    minutes: Annotated[float, typer.Option(help="Time for it.")] = 100.0,
    exit_: Annotated[
        list[str] | None,
        typer.Option(
            "--exit", help="name:width in metres[:level|stairs_up|stairs_down]; gives the time instead."
        ),
    ] = None,
) -> None:
    """Say how wide the exits must be for a crowd to shrink in a time, or how long given exits take, with the sensitivity.

    As it stands it asks the lakeside question, a calibration: the exits of that quarter are not published.

    Example: evac crowd --before 30000 --after 5000 --exit 北口:8 --exit 地下通道:4:stairs_up
    """
    from evac.plan.egress import egress_numbers, time_needed, width_needed

    exits = [_exit(text) for text in exit_ or []]
    lines = time_needed(exits, before, after) if exits else width_needed(before, after, minutes * 60.0)
    if exits:
        typer.echo(f"{before:,} → {after:,} 人 through {lines[0].width:g} m; 分钟 minutes, 模型 modelled")
    else:
        typer.echo(
            f"{before:,} → {after:,} 人 in {minutes:g} min; 净宽 clear width [m], 标定 a calibration, not a measured exit"
        )
    shares = sorted({line.share for line in lines}, reverse=True)
    typer.echo(
        "人/米/秒 persons m-1 s-1".ljust(42)
        + "".join(f"{share:>10.0%}" for share in shares)
        + "  of the width used"
    )
    for flow in dict.fromkeys(line.flow for line in lines):
        row = [line for line in lines if line.flow == flow]
        cells = "".join(f"{line.seconds / 60 if exits else line.width:>10.1f}" for line in row)
        typer.echo(f"{row[0].specific:.2f} {flow}".ljust(44) + cells)
    for flow in dict.fromkeys(line.flow for line in lines):
        typer.echo(f"{flow}: {egress_numbers().origins[flow]}")


def _exit(text: str) -> Exit:
    from evac.plan.egress import Exit

    name, _, rest = text.partition(":")
    width, _, kind = rest.partition(":")
    try:
        return Exit(name, float(width), kind or "level")
    except ValueError as error:
        raise DataError(
            "not an exit",
            where="--exit",
            expected="name:width",
            found=repr(text),
            remedy="such as 北口:8 or 天桥:4:stairs_up",
        ) from error


def add_to(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(crowd)
