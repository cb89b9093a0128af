"""`evac danger kinds|list|show|map`: dangers as they are seen; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.people.datum import Datum
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.dangers.danger import Danger
    from evac.registry import EventStore

RegistryFile = Annotated[
    str, typer.Option("--registry", help="SQLite file, or postgresql://...", show_default=False)
]
VaultFile = Annotated[
    Path | None, typer.Option("--vault", help="Key of the emergency; seals who reports, and opens it again.")
]
Prefix = Annotated[str, typer.Option(help="Region: 2, 4, 6, 9 or 12 digits; everything if not given.")]
Number = Annotated[
    str,
    typer.Argument(
        help="The number that `evac danger list` shows, or that of any of its reports.", show_default=False
    ),
]
DatumOf = Annotated[
    Datum | None, typer.Option("--datum", help="What the position refers to; needed where one is given.")
]


def the_danger(store: EventStore, number: str, now: datetime) -> tuple[Danger, str]:
    """The danger of a number, and the id of the report that was meant."""
    from evac.counts.dangers import read_dangers

    wanted = number.strip().lower()
    found = [
        (danger, id_) for danger in read_dangers(store, at=now) for id_ in danger.ids if id_.endswith(wanted)
    ]  # fmt: skip
    if len(found) != 1 or len(wanted) < 6:
        raise ConfigError(
            "not one danger", where="number", expected="the number of one danger or report",
            found=f"{number}: {len(found)}", remedy="see: evac danger list",
        )  # fmt: skip
    return found[0]


def list_kinds() -> None:
    """List the kinds of danger, how near two reports of one are, and whose rule it is.

    Example: evac danger kinds
    """
    from evac.dangers.rules import kinds, rules

    for kind in kinds().values():
        claims = (
            f"{kind.hazard} {kind.tier.chinese}/{kind.verified.chinese}"
            if kind.tier and kind.verified
            else "-"
        )
        typer.echo(
            f"{kind.id:10} 程度 {kind.severity}  {kind.metres:g} m {kind.within.total_seconds() / 3600:g} h  "
            f"{kind.chinese} {kind.english}  {claims}"
        )
    typer.echo(f"[{rules()['kinds']['status']}] {rules()['kinds']['source']}")


def list_dangers(
    registry: RegistryFile, prefix: Prefix = "", vault: VaultFile = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is closed.")] = False,
    people: Annotated[Path | None, typer.Option(help="CSV of places with people (名称, 经度, 纬度, 人数) to count who is near.")] = None,
    datum: DatumOf = None,
) -> None:  # fmt: skip
    """List open dangers, the most urgent first, each with the parts of its urgency; then whether reports come faster than before.

    Example: evac danger list --registry county.sqlite --prefix 330902
    """
    from evac.counts.dangers import people_at, read_dangers
    from evac.dangers.trend import trends
    from evac.dangers.urgency import claim_of, hot_list
    from evac.reporting import open_for_report
    from riskmap.outlook import beijing

    now = datetime.now(UTC)
    store = open_for_report(registry, vault)
    try:
        found = read_dangers(store, prefix, at=now)
        near = people_at(store, found) | _near(found, people, datum)
    finally:
        store.close()
    for n, hot in enumerate(hot_list(found, now=now, people_near=near), start=1):
        one = hot.danger
        late = " 超时未核实 LATE" if hot.late else ""
        typer.echo(f"{n}. {one.id[-12:]} {one.words} {one.where} [{one.standing}]{late}")
        typer.echo(f"   {hot.why}")
        claim = claim_of(one)
        if claim:
            typer.echo(f"   建议等级 candidate: {claim.hazard} {claim.tier.chinese}(须由具名人员确认)")
    closed = [one for one in found if not one.open]
    for one in closed if everything else ():
        typer.echo(f"-  {one.id[-12:]} {one.words} {one.where} [{one.standing}] {beijing(one.last_at)}")
    typer.echo(
        f"险情 {len(found)} 处,未结 {len(found) - len(closed)} 处,报告 {sum(len(d.reports) for d in found)} 起"
    )
    for trend in trends([r for one in found for r in one.reports], now=now):
        typer.echo(f"{'趋势告警 ALARM ' if trend.alarm else '趋势 '}{trend.words} [阈值 D]")


def _near(found: Sequence[Danger], table: Path | None, datum: Datum | None) -> dict[str, int]:
    from evac.dangers.reports import Point
    from evac.dangers.urgency import people_by_point
    from evac.plan.place_tables import read_places

    if table is None:
        return {}
    if datum is None:
        raise ConfigError(
            "positions without a datum", where="--people", remedy="say --datum wgs84, cgcs2000 or gcj02"
        )
    places = read_places(table, datum=datum.value)
    points = [(Point(lat, lon), n or 0) for (lon, lat), n in zip(places.points.tolist(), places.people)]
    return people_by_point(found, points)


def show(number: Number, registry: RegistryFile, vault: VaultFile = None) -> None:
    """Show one danger: every report of it, and what named people said.

    With --vault the reporters are opened, for calling back.

    Example: evac danger show 0f3a9c1b22de --registry county.sqlite
    """
    from evac.asides import DangerSeen
    from evac.dangers.intake import opened_reporter
    from evac.reporting import open_for_report
    from riskmap.outlook import beijing

    now = datetime.now(UTC)
    store = open_for_report(registry, vault)
    try:
        one, _ = the_danger(store, number, now)
        seen = [
            e
            for _, e in store.aside({DangerSeen.kind})
            if isinstance(e, DangerSeen) and e.event_id in one.ids
        ]
    finally:
        store.close()
    sealed = {event.event_id: event.sealed for event in seen if event.sealed}
    typer.echo(f"{one.id[-12:]} {one.words} {one.where} [{one.standing}]")
    for r in one.reports:
        point = f" {r.point.latitude:.5f},{r.point.longitude:.5f}" if r.point else ""
        photo = f" 照片 {r.photo[:12]}" if r.photo else ""
        who = r.actor
        if r.id in sealed:
            told = opened_reporter(sealed[r.id], r.id, store.vault) if store.vault else None
            who = f"{told.name} {told.phone}" if told else "报告人已封存 sealed"
        typer.echo(
            f"  {r.id[-12:]} {beijing(r.at)} {r.channel} {r.place or '-'} {r.where}{point}{photo} · {who}"
        )
    for judged in one.judged:
        typer.echo(
            f"  {judged.event_id[-12:]} {beijing(judged.trusted_at)} {judged.actor}: {judged.verdict} {judged.note}"
        )


def draw_map(
    registry: RegistryFile,
    out: Annotated[Path, typer.Option(help="Folder for dangers.html and cells.csv; an earlier one is replaced.", show_default=False)],
    prefix: Prefix = "", vault: VaultFile = None,
    shared: Annotated[bool, typer.Option("--shared", help="For others than the office: cells of few are hidden, no position is shown.")] = False,
    metres: Annotated[float | None, typer.Option(help="Side of a cell, in metres; 1000 if not given.", min=100)] = None,
) -> None:  # fmt: skip
    """Draw where reports crowd, with the hot list beside it: one page that opens without a network.

    Example: evac danger map --registry county.sqlite --prefix 330902 --out 险情图
    """
    from evac.counts.dangers import people_at, read_dangers
    from evac.dangers.heat import heat
    from evac.dangers.page import cells_csv, dangers_page
    from evac.dangers.trend import trends
    from evac.dangers.urgency import hot_list
    from evac.reporting import open_for_report
    from riskmap.io.bundled import bundled
    from riskmap.io.publish import publishing
    from riskmap.io.regions import read_regions

    now = datetime.now(UTC)
    store = open_for_report(registry, vault)
    try:
        found = read_dangers(store, prefix, at=now)
        hot = hot_list(found, now=now, people_near=people_at(store, found))
        synthetic = bool(store.labels().get("label"))
    finally:
        store.close()
    drawn = heat(found, shared=shared, metres=metres)
    risen = trends([r for one in found for r in one.reports], now=now)
    land = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    with publishing(out, replace=True, mark="cells.csv") as staging:
        staging.write(
            "dangers.html", dangers_page(drawn, hot, risen, now, outlines=land, synthetic=synthetic)
        )
        staging.write("cells.csv", cells_csv(drawn))
    typer.echo(f"open {out / 'dangers.html'}")


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command("kinds")(list_kinds)
    app.command("list")(list_dangers)
    app.command("show")(show)
    app.command("map")(draw_map)
