"""`evac plan`: who must move, why, in which order and by when (转移方案)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evac.plan.tables import PlanTotal

Run = Annotated[Path, typer.Argument(help="Folder of a run that `riskmap` published.", show_default=False)]
Out = Annotated[
    Path, typer.Option(help="Folder for the plan; an earlier plan there is replaced.", show_default=False)
]
Source = Annotated[
    str,
    typer.Option(
        "--registry",
        help="SQLite file, folder of a run with a drill, or postgresql://...; without it every county is modelled (推算).",
    ),
]
Prefix = Annotated[
    str,
    typer.Option(help="Who plans: code of the province (2 digits), city 4, county 6, town 9 or village 12."),
]
At = Annotated[
    str,
    typer.Option(
        help="Plan for this instant, Beijing time: 2021-07-24T20:00. Now if not given; for a replay, when the run was issued."
    ),
]
Previous = Annotated[
    Path | None,
    typer.Option(help="Folder of the plan before: what it asked for stands until it is released by order."),
]
Places = Annotated[
    Path | None,
    typer.Option(
        help="CSV of villages and households: 村代码,经度,纬度, with 户号 where it is a household, travel_minutes where known of a village; needs --datum."
    ),
]
DatumOf = Annotated[str, typer.Option("--datum", help="Of --places: wgs84, cgcs2000 or gcj02.")]
Outlines = Annotated[
    Path | None,
    typer.Option(help="GeoJSON of hazard zones: polygons with the properties id and hazard."),
]
Rules = Annotated[
    Path | None, typer.Option(help="Transfer rules of your own: a copy of evac/plan/transfer.toml.")
]


Key = Annotated[
    Path | None,
    typer.Option(
        "--vault", help="Key of the emergency: points of people on the list (经度, 纬度) are sealed with it."
    ),
]


def plan(
    run: Run, out: Out, registry: Source = "", prefix: Prefix = "", at: At = "", previous: Previous = None,
    places: Places = None, datum: DatumOf = "", outlines: Outlines = None, rules: Rules = None, key: Key = None,
) -> None:  # fmt: skip
    """Plan who must move, why, in which order and by when (转移方案).

    Red moves now (立即转移), orange prepares (准备转移), no data is checked on the spot (现场核实), and who has moved stays away until an
    order releases them. Writes moves.csv (one row a household, in order), totals.csv, plan.json, and with --previous
    changes.csv. Counties without a register are modelled, and every row of theirs says 推算.

    Example: evac plan out/in-fa --registry county.sqlite --prefix 330902 --out plans/24日20时 --previous plans/24日08时
    """
    from evac.commands.report import instant
    from evac.planning import Asked, write_plan
    from evac.reporting import open_for_report

    store = open_for_report(registry, key) if registry else None
    try:
        done = write_plan(
            store,
            Asked(run, prefix, instant(at), previous, places, outlines, rules, datum),
            out,
            now=datetime.now(UTC),
        )
    finally:
        if store is not None:
            store.close()
    from evac.plan.zones import MoveStep
    from riskmap.outlook import beijing

    typer.echo(f"{beijing(done.plan.at)} 北京时间 · {len(done.plan):,} rows · {done.folder}")
    for step in MoveStep:
        for basis in dict.fromkeys(t.basis for t in done.totals):
            rows = [t for t in done.totals if (t.step, t.basis) == (step, basis)]
            if rows:
                _tell(f"{step.chinese} {step.value}", basis.chinese, rows)
    for change, (rows_, people) in (done.changes or {}).items():
        typer.echo(f"  {change.chinese} {change.value}: {rows_:,} rows, {people:,} people")
    too_late = int(done.plan.hours.too_late(done.plan.at.timestamp()).sum())
    tightened = int((done.plan.hours.hour >= 0).sum()) - too_late
    if isinstance(done.hours, str):
        typer.echo(f"最后安全时不明 last safe hours are not known: {done.hours}", err=True)
    for words, rows_ in (
        ("因最后安全时提前 earlier because of the last safe hour", tightened),
        (
            "最后安全时已过或赶不及,由指挥部决定 the last safe hour is over or too near: the headquarters decides",
            too_late,
        ),
    ):
        if rows_:
            typer.echo(f"{words}: {rows_:,} rows; see last_hour_why")
    if done.sealed_points:
        typer.echo(
            "名单上有坐标而未给密钥,按村安排 the list has points, sealed: planned by village; --vault reads them",
            err=True,
        )
    if done.nowhere:
        typer.echo(
            f"{len(done.nowhere)} villages without a point: planned by their codes; a shelter cannot be found by distance (--places)",
            err=True,
        )


def _tell(step: str, basis: str, rows: Sequence[PlanTotal]) -> None:
    def total(name: str) -> int:
        return sum(int(getattr(row, name)) for row in rows)

    people = total("away") if step.startswith("已") else total("people")
    unknown = f", {total('unknown')} rows of unknown number" if total("unknown") else ""
    typer.echo(
        f"{step} · {basis}: {people:,} people in {total('rows'):,} rows, {total('weak'):,} weak{unknown}"
    )


def plan_cards(
    folder: Annotated[Path, typer.Argument(metavar="PLAN", help="Folder that `evac plan` wrote.", show_default=False)],
    registry: Annotated[str, typer.Option(help="SQLite file of the registry, folder of a drill, or postgresql://...", show_default=False)],
    region: Annotated[str, typer.Option(help="Town (9 digits) or village (12) whose cards are printed.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the cards; readable by its owner alone.", show_default=False)],
    by: Annotated[str, typer.Option(help="Who prints; stands in the access log.")] = "",
    why: Annotated[str, typer.Option(help="Why, without anybody's name; stands in the access log.")] = "",
    key: Annotated[Path | None, typer.Option("--vault", help="Key of the emergency; without it sealed names stay empty.")] = None,
) -> None:  # fmt: skip
    """Print village cards (一户一策) and helper lists (一对一帮扶) of a plan.

    One card a village, VILLAGE.pdf and VILLAGE.csv: households in the order of calling out, their people, why, the latest
    departure, where to, and who helps; helpers.csv names everybody vulnerable, those without a helper first.

    Example: evac plan-cards plans/24日20时 --registry county.sqlite --vault 2106.key --region 330902001 --out cards --by 张三 --why 进村转移
    """
    from evac.plan_cards import CardsAsked, write_cards
    from evac.reporting import open_for_report
    from evac.store.opening import is_address, open_access

    store = open_for_report(registry, key)
    beside = registry
    if not is_address(registry) and Path(registry).is_dir():
        beside = str(Path(registry) / "cockpit" / "registry.sqlite")
    access = open_access(beside)
    try:
        done = write_cards(folder, store, CardsAsked(region, by, why, datetime.now(UTC)), access, out)
    finally:
        access.close()
        store.close()
    for card in done.cards:
        typer.echo(f"{card.village} {card.name}: {len(card.rows)} households 户")
    typer.echo(str(done.folder))
    if done.left_out is not None:
        from riskmap.cycle import EXIT_PARTIAL

        typer.echo(f"left out: *.pdf. {done.left_out}", err=True)
        raise typer.Exit(EXIT_PARTIAL)


def plan_order(
    folder: Annotated[Path, typer.Argument(metavar="PLAN", help="Folder that `evac plan` wrote.", show_default=False)],
    source: Annotated[Path, typer.Option("--from", help="Folder of the run that the order is drafted in.", show_default=False)],
    region: Annotated[str, typer.Option(help="Code of the county that orders.", show_default=False)],
    entry: Annotated[list[str] | None, typer.Option("--set", help="ENTRY=WORDS: what only a person knows, such as towns=, place=, manner=, commander=.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="For this category alone, e.g. fishing_crew; may be repeated.")] = None,
    at: At = "",
) -> None:  # fmt: skip
    """Draft the transfer order (转移指令) of a plan: whom, by when and why then; place and manner are a person's to add.

    An order has one time: the earliest latest departure that is still ahead, be it the danger's or the last safe hour's (dark, gusts of force
    10, water). Order category by category where boats need a day and the rest does not. Sign it next with `evac sign`.

    Example: evac plan-order plans/24日20时 --from out/in-fa --region 330902 --set towns=昌国街道 --set place=第一避灾点 --set manner=客车接送 --set commander=王五0580-1
    """
    from evac.commands.report import instant
    from evac.plan_order import order_of
    from riskmap.cli_draft import pair
    from riskmap.products.draft_files import write_draft

    order = order_of(folder, region, now=instant(at) or datetime.now(UTC), categories=tuple(category or ()))
    entries = order.entries | dict(pair(text) for text in entry or ())
    made = write_draft(source, kind="transfer_order", region=region, entries=entries)
    for path in made.files:
        typer.echo(str(path))
    for name in ("range", "finish_at", "finish_why"):
        typer.echo(f"{name}: {entries[name]}")
    for missing in made.letter.missing:
        typer.echo(f"still empty: {missing}")
    typer.echo(f"next: evac sign --from {source} --type transfer_order --region {region} --signer NAME")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.command()(plan)
    app.command("plan-order")(plan_order)
    app.command("plan-cards")(plan_cards)
