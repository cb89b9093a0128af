"""`evac return status|inspections|out|resettled|duties`: how far the return is, who is out, what waits to be looked at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from evac.commands.returning_base import At, KeyFile, RegistryFile, moment, opened

Prefix = Annotated[str, typer.Option("--region", help="2 to 12 digits; everything if not given.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the printed list (XLSX and PDF).")]
Digits = Annotated[int, typer.Option("--by", help="Counted by 6 (county), 9 (town) or 12 (village) digits.")]
Forms = ("return-inspections", "return-still-out", "return-of-shelter", "resettlement-list")


def status(registry: RegistryFile, region: Prefix = "", digits: Digits = 6) -> None:
    """Count 可返回, 暂缓, 已返回 and who is not released yet, region by region; each line adds up to 应转移.

    Example: evac return status --registry county.sqlite --region 330902 --by 9
    """
    from evac.returning.closing import closed_record
    from evac.returning.standing_now import WORDS, return_counts
    from riskmap.outlook import beijing

    with opened(registry, to_write=False) as desk:
        counts = return_counts(desk.store, region, digits=digits)
        closed = closed_record(desk.store)
    for code, row in counts.items():
        told = "  ".join(f"{word} {row.counts[name]}" for name, word in WORDS.items())
        typer.echo(f"{code or '合计':12} {told}{'' if row.adds_up else '  不平 DOES NOT ADD UP'}")
    if closed is not None:
        typer.echo(f"事件已由 {closed.actor} 于 {beijing(closed.trusted_at)} 关闭: {closed.why}")


def listing(
    registry: RegistryFile,
    region: Prefix = "",
    everything: Annotated[bool, typer.Option("--all", help="Those found safe, too.")] = False,
    out: Out = None,
    at: At = "",
) -> None:
    """List what must be looked at before people return, and what was found; with --out also on paper.

    Example: evac return inspections --registry county.sqlite --region 330902 --out 检查清单
    """
    from evac.returning.inspection import Result, read_inspections

    now = moment(at)
    with opened(registry, to_write=False) as desk:
        items = read_inspections(desk.store, at=now, region=region)
    for item in items:
        if everything or item.result is not Result.SAFE:
            who = f"  {item.looks[-1].actor}" if item.looks else ""
            w = item.wanted
            typer.echo(
                f"{item.number}  {item.thing.chinese}  {w.place}  {w.subject}  第{w.round}轮  {item.result.chinese}{who}  {w.why}"
            )
    waiting = sum(item.result is Result.OPEN for item in items)
    typer.echo(f"{len(items)} 项,未检查 {waiting} · {waiting} to be inspected")
    if out is not None:
        _print(registry, None, ("return-inspections",), region, out, at)


def still_out(
    registry: RegistryFile,
    out: Annotated[Path, typer.Option(help="Folder for the lists (XLSX and PDF).")] = Path("return"),
    region: Prefix = "",
    key: KeyFile = None,
    at: At = "",
) -> None:
    """Write who is not home: by house (尚未返回), by shelter, the resettlement list and the inspection list.

    Example: evac return out --registry county.sqlite --vault 2106.key --region 330902 --out 28日8时
    """
    _print(registry, key, Forms, region, out, at)


def _print(registry: str, key: Path | None, forms: tuple[str, ...], region: str, out: Path, at: str) -> None:
    from evac.commands.report import instant
    from evac.reporting import Wanted, open_for_report, write_report

    store = open_for_report(registry, key)
    try:
        done = write_report(store, Wanted(forms, region, instant(at)), out)
    finally:
        store.close()
    for one in done.filled:
        rows = sum(len(section.rows) for section in one.sections)
        typer.echo(f"{out / one.form.form_id}  {one.form.title}  {rows} 行")
    for name, reason in done.left_out.items():
        typer.echo(f"left out: {name}. {reason}", err=True)


def resettled(registry: RegistryFile, at: At = "") -> None:
    """List who is in transitional resettlement (过渡安置), and whose has ended; short codes, no names.

    Example: evac return resettled --registry county.sqlite
    """
    from evac.crockford import grouped, short_code
    from evac.returning.resettlement import OUTCOMES, read_resettlements
    from riskmap.outlook import beijing

    with opened(registry, to_write=False) as desk:
        stays = read_resettlements(desk.store, at=moment(at))
    for stay in stays:
        end = "安置中" if stay.ended is None else f"{OUTCOMES[stay.ended.outcome]} {stay.ended.note}"
        d = stay.decided
        typer.echo(
            f"{grouped(short_code(d.code))}  {d.place}  {d.decision}  {d.why}  {beijing(d.trusted_at)}  {end}"
        )
    typer.echo(f"{sum(stay.lasts for stay in stays)} 人安置中 resettled now")


def duties(registry: RegistryFile, at: At = "") -> None:
    """List who is on duty where and since when, and shifts against the hours rule (own proposal, D).

    Example: evac return duties --registry county.sqlite
    """
    from evac.returning.duty import findings, read_shifts
    from riskmap.outlook import beijing

    now = moment(at)
    with opened(registry, to_write=False) as desk:
        known = read_shifts(desk.store, at=now)
    for shift in known:
        if shift.until is None:
            hours = shift.lasted(now) / timedelta(hours=1)
            typer.echo(
                f"{shift.duty}  {shift.who}  自 {beijing(shift.since)} ({hours:.1f} h)  接班时: {shift.matters}"
            )
    for finding in findings(known, at=now):
        typer.echo(
            f"  ! {finding.shift.duty} {finding.shift.who} {beijing(finding.shift.since)}: {finding.why}"
        )


def add_to(app: typer.Typer) -> None:
    """Put the commands into `evac return`."""
    app.command()(status)
    app.command("inspections")(listing)
    app.command("out")(still_out)
    app.command()(resettled)
    app.command()(duties)
