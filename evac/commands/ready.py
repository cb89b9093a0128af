"""`evac ready`: what must be in place in each village before anybody is told to move, red or green."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.report import At, Key, Prefix, Source, instant
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.ready.readiness import Village

ready_app = typer.Typer(
    no_args_is_help=True,
    help="Readiness (备勤): a checklist per village, red or green. What nobody looked at lately is red.\n\n"
    "Example: evac ready show --registry county.sqlite --duty 包保责任.xlsx --prefix 330902 --out 备勤",
)


@ready_app.command("items")
def list_items() -> None:
    """List the items: whose they are, whether somebody must look, how long a look is good for, and whose rule it is.

    Example: evac ready items
    """
    from evac.ready.checks import checks

    for check in checks().values():
        how = "record  " if check.recorded else "register"
        hours = f"{check.good_for.total_seconds() / 3600:6g} h" if check.good_for else " " * 8
        typer.echo(
            f"{check.item:20}{check.of:9}{how}{hours} [{check.status}] {check.chinese} {check.english}"
        )


@ready_app.command("show")
def show(
    registry: Source,
    duty: Annotated[
        Path,
        typer.Option(
            help="Duty roster, CSV or XLSX: 层级, 行政区划代码, 责任人, 电话, 替补, 替补电话, 户号."
        ),
    ],
    prefix: Prefix = "",
    at: At = "",
    key: Key = None,
    out: Annotated[Path | None, typer.Option(help="Folder for readiness.html and readiness.csv.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with code 5 unless every village is green.")
    ] = False,
) -> None:
    """Show which villages are ready, and what keeps the others from it.

    Example: evac ready show --registry county.sqlite --duty 包保责任.xlsx --prefix 330902 --out 备勤
    """
    from evac.counts.roll import read_roll
    from evac.people.list_file import open_list
    from evac.ready.duty import read_duty
    from evac.ready.readiness import read_looks, readiness
    from evac.reporting import open_for_report
    from riskmap.cycle import EXIT_PARTIAL

    with open_list(duty) as sheets:
        duties = read_duty(sheets)
    when = instant(at) or datetime.now(UTC)
    store = open_for_report(registry, key)
    try:
        roll = read_roll(store, prefix, at=when)
        found = readiness(roll, duties, read_looks(store, when))
    finally:
        store.close()
    for village in found:
        missing = ";".join(
            f"{i.check.chinese}{'(' + i.subject + ')' if i.subject else ''} {i.why}" for i in village.missing
        )
        typer.echo(
            f"{'绿' if village.ready else '红'} {village.code} {village.name} {village.people} 人  {missing}"
        )
    green = sum(village.ready for village in found)
    typer.echo(f"{len(found)} 个村,就绪 {green},未就绪 {len(found) - green}")
    if out is not None:
        _write(out, found, when, synthetic=roll.synthetic)
    if strict and green < len(found):
        raise typer.Exit(EXIT_PARTIAL)


def _write(out: Path, villages: Sequence[Village], at: datetime, *, synthetic: bool) -> None:
    from evac.ready.sheet import readiness_csv, readiness_page
    from riskmap.io.publish import publishing

    with publishing(out, replace=True, mark="readiness.csv") as staging:
        staging.write("readiness.html", readiness_page(villages, at, synthetic=synthetic))
        staging.write("readiness.csv", readiness_csv(villages))
    typer.echo(f"open {out / 'readiness.html'}")


@ready_app.command("check")
def check(
    item: Annotated[str, typer.Argument(help="Item, as `evac ready items` lists it.")],
    place: Annotated[str, typer.Argument(help="Code of the village or town, or id of the shelter.")],
    registry: Source,
    by: Annotated[str, typer.Option(help="Who looked, by name.", show_default=False)],
    ok: Annotated[bool, typer.Option("--ok/--not-ok", help="What was found.", show_default=False)],
    called: Annotated[str, typer.Option(help="For call_test: who was called.")] = "",
    note: Annotated[str, typer.Option(help="In words.")] = "",
    key: Key = None,
) -> None:
    """Write down what somebody found; it goes into the log and stays there, and the newest look counts.

    Example: evac ready check generator 330902001001 --registry county.sqlite --ok --by 王村长 --note 试机10分钟

    evac ready check call_test 330902001001 --registry county.sqlite --not-ok --called 张三 --by 值班员李四
    """
    from evac.asides import Checked
    from evac.clear_words import words_without_numbers
    from evac.envelope import NO_ONE
    from evac.ready.checks import recorded_check
    from evac.registry import Registry
    from evac.reporting import open_for_report

    rule = recorded_check(item)
    if (item == "call_test") != bool(called):
        raise ConfigError(
            "who was called goes with call_test alone", where="--called", expected="a name for call_test, none for other items",
            found=repr(called), remedy="evac ready check call_test PLACE --called 张三 --ok --by ...",
        )  # fmt: skip
    now = datetime.now(UTC)
    store = open_for_report(registry, key, to_write=True)
    try:
        if rule.of == "shelter" and place not in {shelter.shelter_id for shelter in store.shelters()}:
            raise ConfigError(
                "no such shelter", where="place", expected="the id of a shelter on the list", found=place,
                remedy="see: evac shelters list",
            )  # fmt: skip
        if rule.of == "village" and not (place.isdigit() and len(place) in (9, 12)):
            raise ConfigError(
                "not a village", where="place", expected="12 digits, or the town's 9", found=place,
                remedy="give the administrative code",
            )  # fmt: skip
        event = words_without_numbers(Checked(
            event_id=secrets.token_hex(16), code=NO_ONE, place=place, actor=by, device="evac-ready",
            counter=int(now.timestamp() * 1000), device_at=now, trusted_at=now, item=item, ok=ok, subject=called, note=note,
        ))  # fmt: skip
        Registry(store).check_ins([event], received_at=now).require_all()
    finally:
        store.close()
    typer.echo(f"{rule.chinese} · {place} · {'就绪' if ok else '未就绪'} · {by}")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(ready_app, name="ready")
