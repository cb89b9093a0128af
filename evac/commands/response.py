"""`evac response`: advise a level, start, raise, lower, end, release, show, and time the cascade (应急响应).

Winds are in [m s-1] and distances in [km]; the help says so without brackets, which a terminal would eat.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.response_base import (
    At,
    By,
    LevelWord,
    Live,
    Of,
    Post,
    RegionCode,
    Rules,
    Run,
    Store,
    Storm,
    Why,
    clock,
    desk,
    in_force,
    instant,
    level_of,
    table_of,
    tiers,
)
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.response.advice import Advice
    from evac.response.events import ResponseRecord
    from evac.response.levels import Level
    from evac.response.standing import Response
    from evac.response.table import ResponseTable

group = typer.Typer(
    no_args_is_help=True,
    help="Emergency response Ⅳ–Ⅰ (应急响应): advised from a table, decided by a named person.\n\n"
    "A warning colour and a response level are two fields: no colour ever starts a response.",
)


@group.command()
def advise(
    region: RegionCode,
    event: Storm,
    live: Live,
    of: Of = "typhoon",
    wind: Annotated[float, typer.Option(help="Largest mean wind, in m/s.")] = -1.0,
    period: Annotated[
        int, typer.Option(help="Averaging period of that wind, in seconds: 120 in Chinese bulletins.")
    ] = 0,
    course: Annotated[
        str, typer.Option(help="approaching, passing, inland or leaving, seen from the region.")
    ] = "",
    distance: Annotated[float | None, typer.Option(help="Distance of the centre, in km.")] = None,
    lead: Annotated[float | None, typer.Option(help="Hours until it lands or is closest.")] = None,
    source: Run = None,
    rules: Rules = None,
    store: Store = Path("responses.sqlite"),
    at: At = "",
) -> None:
    """Say which level the table advises, with the rows that hold; nothing is started.

    For a typhoon give --wind (m/s), --period (s) and --course, and --distance (km) and --lead (h) where known; for flood, geology and tide
    give --from RUN: counties are counted by tier. Unknown is never "none": the advice says what it lacks.

    Example: evac response advise --region 33 --event 2106 --exercise --wind 40 --period 120 --course approaching --distance 395 --lead 24.5
    """
    from evac.response.advice import advise_tiers, advise_typhoon
    from evac.response.situation import Course, count_tiers
    from evac.response.situation import Storm as Fix
    from evac.response.standing import Key

    table = table_of(rules)
    current = in_force(store, Key(event, region, of, not live))
    superior = in_force(store, Key(event, region[:6], of, not live)) if len(region) > 6 else None
    if of == "typhoon":
        courses = tuple(c.value for c in Course)
        if wind < 0 or period <= 0 or course not in courses:
            raise ConfigError(
                "a typhoon is judged by its wind and course", where="evac response advise",
                expected=f"--wind m/s, --period s, --course {'|'.join(courses)}",
                found=f"wind {wind:g}, period {period}, course {course!r}", remedy="copy them from the bulletin",
            )  # fmt: skip
        fix = Fix(
            at=instant(at), maximum_wind=wind, averaging_period=period, course=Course(course),
            distance_km=distance, lead_hours=lead,
        )  # fmt: skip
        found = advise_typhoon(region, fix, table, current=current, superior=superior)
    else:
        counted = count_tiers(tiers(source), of, region)
        found = advise_tiers(region, of, counted, table, current=current, superior=superior)
    _tell_advice(found, current, table)


def _tell_advice(found: Advice, current: Level, table: ResponseTable) -> None:
    typer.echo(f"{found.region}  现行 {current.words}  {found.words}")
    if found.held:
        typer.echo(f"  逐级下调: 每次 {table.steps_down} 级 (in force: {found.held.words})")
    for reason in found.reasons:
        typer.echo(f"  {reason.row} [{reason.status}] {reason.words}\n      {reason.source}")
    typer.echo("  仅为建议: 响应由有权的人启动、调整和结束 · advice only: a named person decides")


@group.command()
def start(
    region: RegionCode, event: Storm, level: LevelWord, by: By, reason: Why, live: Live, of: Of = "typhoon", post: Post = "",
    store: Store = Path("responses.sqlite"), at: At = "",
) -> None:  # fmt: skip
    """Start a response at a level (启动), and list its measures and the orders it proposes.

    Example: evac response start --region 33 --event 2106 --level IV --by 张三 --post 省防指办主任 --reason 台风消息 --exercise
    """
    from evac.response.events import Started

    record = Started(id=secrets.token_hex(16), event=event, region=region, of=of, exercise=not live, at=instant(at),
                     by=by, post=post, reason=reason, level=level_of(level))  # fmt: skip
    _tell_measures(_decide(store, record, new=True).level)


@group.command("raise")
def raise_(
    region: RegionCode, event: Storm, level: LevelWord, by: By, reason: Why, live: Live, of: Of = "typhoon", post: Post = "",
    store: Store = Path("responses.sqlite"), at: At = "",
) -> None:  # fmt: skip
    """Raise the response in force to a graver level (提升).

    Example: evac response raise --region 33 --event 2106 --level I --by 张三 --reason 台风紧急警报 --exercise
    """
    from evac.response.events import Raised

    record = Raised(id=secrets.token_hex(16), event=event, region=region, of=of, exercise=not live, at=instant(at),
                    by=by, post=post, reason=reason, level=level_of(level))  # fmt: skip
    _tell_measures(_decide(store, record).level)


@group.command()
def lower(
    region: RegionCode, event: Storm, level: LevelWord, by: By, reason: Why, live: Live, of: Of = "typhoon", post: Post = "",
    store: Store = Path("responses.sqlite"), at: At = "",
) -> None:  # fmt: skip
    """Lower the response in force (调整); to none is `evac response end`.

    Example: evac response lower --region 33 --event 2106 --level II --by 张三 --reason 减弱为热带风暴 --exercise
    """
    from evac.response.events import Lowered

    _decide(store, Lowered(id=secrets.token_hex(16), event=event, region=region, of=of, exercise=not live,
                           at=instant(at), by=by, post=post, reason=reason, level=level_of(level)))  # fmt: skip


@group.command()
def end(
    region: RegionCode, event: Storm, by: By, reason: Why, live: Live, of: Of = "typhoon", post: Post = "",
    store: Store = Path("responses.sqlite"), at: At = "",
) -> None:  # fmt: skip
    """End the response (结束响应). People who were moved stay where they are until `evac response release`.

    Example: evac response end --region 33 --event 2106 --by 张三 --reason 影响结束 --exercise
    """
    from evac.response.events import Ended

    _decide(store, Ended(id=secrets.token_hex(16), event=event, region=region, of=of, exercise=not live,
                         at=instant(at), by=by, post=post, reason=reason))  # fmt: skip


@group.command()
def release(
    region: RegionCode, event: Storm, order: Annotated[str, typer.Option(help="Number of the 解除转移 document.", show_default=False)],
    by: By, reason: Why, live: Live, of: Of = "typhoon", post: Post = "", store: Store = Path("responses.sqlite"), at: At = "",
) -> None:  # fmt: skip
    """Note that transfers were released (解除转移). The response stays as it is, and nobody is let go by this note.

    `evac return release --responses` lets people go and writes this note in one step; this command is for a release that was carried out on paper.

    Example: evac response release --region 330902 --event 2106 --order 演练防指令〔2021〕5号 --by 李四 --reason 险情解除 --exercise
    """
    from evac.response.events import Released

    _decide(store, Released(id=secrets.token_hex(16), event=event, region=region, of=of, exercise=not live,
                            at=instant(at), by=by, post=post, reason=reason, order=order))  # fmt: skip


def _decide(store: Path, record: ResponseRecord, *, new: bool = False) -> Response:
    with desk(store, new=new) as office:
        response = office.decide(record, now=datetime.now(UTC))
    typer.echo(_line(response))
    return response


def _line(response: Response) -> str:
    from evac.response.situation import KINDS
    from riskmap.outlook import beijing

    key = response.key
    mark = "演练 " if key.exercise else ""
    since = f"自 {beijing(response.since)}" if response.since else ""
    ended = f" 响应于 {beijing(response.ended_at)} 结束" if response.ended_at else ""
    released = f"转移于 {beijing(response.released_at)} 解除" if response.released_at else "转移未解除(如有)"
    who = next((r.by for r in reversed(response.history)), "")
    return f"{mark}{key.region} {key.event} {KINDS[key.of]} 应急响应 {response.level.words} {since}{ended}; {released}; {who}"


def _tell_measures(level: Level) -> None:
    from evac.response.orders import closing_orders, measures

    for measure in measures(level):
        typer.echo(f"  {measure.level.roman} [{measure.status}] {measure.words}")
    for order in closing_orders(level):
        hours = order.within / timedelta(hours=1)
        typer.echo(
            f"  建议下达 {order.chinese}: {order.carried_out_by}; {hours:g} 小时内报: {order.asks} [{order.status}]"
        )


@group.command("order")
def give_order(
    name: Annotated[str, typer.Argument(help="close_gates, stop_classes ... or 停课, 停工, 停产, 停运, 停业; see `evac response measures`.")],
    region: RegionCode,
    source: Annotated[Path, typer.Option("--from", help="Folder of a run that `riskmap` published.", show_default=False)],
    unit: Annotated[str, typer.Option(help="Who carries it out, as the document addresses them.", show_default=False)],
    scope: Annotated[str, typer.Option(help="Where: regions, units, numbers of gates.", show_default=False)],
    commander: Annotated[str, typer.Option(help="Who is responsible, with telephone.", show_default=False)],
    at: At = "",
) -> None:  # fmt: skip
    """Draft an order that stops or closes something (五停, 关闭旱闸): a document with its time and the proof it wants.

    Sign it next (`evac sign --type closing_order`): from then on it is a task of the closed loop, and a report without the
    proof is kept and cannot be verified. A region holds one unsigned draft of it at a time.

    Example: evac response order 关闭旱闸和闸门 --from out/in-fa --region 330902 --unit 定海区水利局 --scope 3号旱闸 --commander 王五0580-1
    """
    from evac.response.orders import order_entries, order_named
    from riskmap.products.draft_files import write_draft

    entries = order_entries(
        order_named(name, region), unit=unit, scope=scope, commander=commander, at=instant(at)
    )
    for path in write_draft(source, kind="closing_order", region=region, entries=entries).files:
        typer.echo(str(path))
    typer.echo(f"{entries['order']}: {entries['finish_at']} 前完成; 佐证 {entries['proof']}")
    typer.echo(f"next: evac sign --from {source} --type closing_order --region {region} --signer NAME")


@group.command()
def paper(
    region: RegionCode,
    event: Storm,
    live: Live,
    source: Annotated[Path, typer.Option("--from", help="Folder of a run that `riskmap` published.", show_default=False)],
    of: Of = "typhoon",
    signal: Annotated[str, typer.Option(help="The official signal with station and time, unaltered.")] = "",
    transfers: Annotated[str, typer.Option(help="Transfers that are not released; 无 if none.")] = "",
    store: Store = Path("responses.sqlite"),
) -> None:  # fmt: skip
    """Draft the document that the response needs now: 预警响应通知单 while it is in force, 结束响应 after its end.

    Level and time are those of the decision on record. Sign it next with `evac sign`.

    Example: evac response paper --region 330902 --event 2106 --exercise --from out/in-fa
    """
    from evac.response.papers import paper_entries
    from evac.response.standing import Key, Response
    from riskmap.products.draft_files import write_draft

    key = Key(event, region, of, not live)
    with desk(store) as office:
        response = office.responses().get(key, Response(key))
    kind, entries = paper_entries(response, quoted_signal=signal, open_transfers=transfers)
    made = write_draft(source, kind=kind, region=region, entries=entries)
    for path in made.files:
        typer.echo(str(path))
    for missing in made.letter.missing:
        typer.echo(f"still empty: {missing}")
    typer.echo(f"next: evac sign --from {source} --type {kind} --region {region} --signer NAME")


@group.command("measures")
def show_measures(level: LevelWord) -> None:
    """List the measures of a level, and the orders it proposes with the proof each wants.

    Example: evac response measures --level II
    """
    _tell_measures(level_of(level))


@group.command()
def show(store: Store = Path("responses.sqlite"), source: Run = None) -> None:
    """List every response with its two endings; with --from also the risk colour, as a field of its own.

    Example: evac response show --from out/in-fa
    """
    from riskmap.scale import NO_DATA_WORDS, Tier

    colours = tiers(source) if source else {}
    with desk(store) as office:
        head = office.verify()
        responses = office.responses()
    for response in responses.values():
        own = [
            t
            for code, row in colours.items()
            if code.startswith(response.key.region[:6])
            for t in row.values()
        ]
        known = [t for t in own if t >= 0]
        colour = "" if not source else f"  风险等级 {Tier(max(known)).chinese if known else NO_DATA_WORDS[0]}"
        typer.echo(f"{_line(response)}{colour}")
        for record, why in response.contradictions:
            typer.echo(f"  未生效 {record.kind} {record.at.isoformat()} {record.by}: {why}", err=True)
    typer.echo(f"{head.sequence} records, chain verified: {head.link.hex()[:16]}")


@group.command("cascade")
def show_cascade(
    event: Storm,
    live: Live,
    regions: Annotated[
        Path | None, typer.Option(help="Text file with the codes that should respond, one a line (a # begins a remark).")
    ] = None,
    of: Of = "typhoon",
    level: Annotated[str, typer.Option("--level", help="What is timed: this level or graver.")] = "IV",
    store: Store = Path("responses.sqlite"),
    at: At = "",
) -> None:  # fmt: skip
    """Time the cascade from province to village: who started when, how long after the unit above, who has not.

    Example: evac response cascade --event 2106 --exercise --level I --regions codes.txt
    """
    from evac.response.cascade import cascade, lags
    from riskmap.io.toml_file import read_text as text_of
    from riskmap.outlook import beijing

    lines = text_of(regions).splitlines() if regions else []
    codes = [word for line in lines if (word := line.partition("#")[0].partition(",")[0].strip())]
    now = instant(at)
    with desk(store) as office:
        steps = cascade(
            office.responses(), codes, event=event, of=of, level=level_of(level), exercise=not live, now=now
        )
    for step in steps:
        when = beijing(step.started_at) if step.started_at else "未启动"
        lag = "" if step.lag is None else f"  {'滞后' if step.started_at else '已等'} {clock(step.lag)}"
        typer.echo(f"{step.region:12} {step.unit.chinese}  {when:16}  现行 {step.level.words}{lag}")
    for unit in lags(steps):
        wait = f", 未启动最长已等 {clock(unit.waiting_longest)}" if unit.waiting_longest is not None else ""
        typer.echo(
            f"{unit.unit.chinese}: {unit.started}/{unit.expected}; 滞后中位 {clock(unit.median)}, 最长 {clock(unit.longest)}{wait}"
        )


@group.command()
def cases(rules: Rules = None) -> None:
    """Hold a rule table against the published, dated decisions of 2018 to 2024: what it would have advised.

    The bundled table was fitted to them: this is a calibration, and no check on independent decisions.

    Example: evac response cases --rules ours.toml
    """
    from evac.response.cases import held_against
    from riskmap.outlook import beijing

    found = held_against(table_of(rules))
    for case, advice in found:
        mark = "=" if advice.level == case.level and not advice.at_least else "≠"
        typer.echo(
            f"{mark} {beijing(case.at)} {case.region:6} 公布 {case.level.words} {advice.words}  {case.source}"
        )
    alike = sum(a.level == c.level and not a.at_least for c, a in found)
    typer.echo(f"{alike}/{len(found)} 与公布一致 · as published")


def add_to(app: typer.Typer) -> None:
    """Put the group into the command line."""
    app.add_typer(group, name="response")
