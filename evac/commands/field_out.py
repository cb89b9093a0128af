"""`evac field out|heard|report|form|silent|safe-hours`: who is out, which village is heard of, how long it is safe."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.field_base import At, By, Prefix, Rules, Run, Store, clock_words, desk_of, now, rules_of
from evac.commands.orders import moment
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.field.safe_hours import SafeHour
    from evac.field.three_cuts import ThreeCuts

Way = Annotated[
    str,
    typer.Option("--channel", help="phone, sms, radio, satellite, paper, visit or web.", show_default=False),
]


def out(
    store: Store,
    every: Annotated[bool, typer.Option("--all", help="Everybody on the register, with duty.")] = False,
) -> None:
    """List who is out, who must be back first at the top; * is overdue or not heard of.

    Example: evac field out --store field.sqlite
    """
    from evac.field.seen import who_is_out

    with desk_of(store) as desk:
        book = desk.book()
        found = who_is_out(book, desk.rules, now=now())
    for line in found:
        there = f"到场 {clock_words(line.arrived_at)}" if line.arrived_at else "途中"
        typer.echo(
            f"{'*' if line.overdue else ' '} {line.worker} {line.name} 出动 {clock_words(line.since)} {there} "
            f"末次消息 {clock_words(line.last_at)} 应归 {clock_words(line.back_by)}"
        )
    if every:
        for number, worker in sorted(book.workers.items()):
            since = book.standing[number].duty_from if number in book.standing else None
            duty = f"在岗 {clock_words(since)}起" if since else "不在岗"
            typer.echo(
                f"  {number} {duty} 网格 {worker.cell} 村 {'、'.join(worker.villages)} 替补 {worker.deputy or '—'}"
            )
    typer.echo(f"{len(found)} 人外出")


def heard(village: Annotated[str, typer.Argument(help="Code of the village, 12 digits.", show_default=False)], store: Store, channel: Way, by: By, at: At = "") -> None:  # fmt: skip
    """Write down that a village was heard of, when it spoke and by which way; `evac field report` takes the three-cuts report.

    Example: evac field heard 330902001201 --store field.sqlite --channel radio --by 值班员李四
    """
    _require_channel(channel)
    with desk_of(store) as desk:
        desk.heard(village, channel, by=by, at=moment(at), now=now())
    typer.echo(f"{village} 已联系上")


def report(
    text: Annotated[
        str,
        typer.Argument(
            help="The report as it came: SD 330902001201 0725 0430 L1 D1 W0 ...", show_default=False
        ),
    ],
    store: Store,
    channel: Way,
    by: By,
) -> None:
    """Take in a three-cuts report (三断报告): by SMS, read over the radio or satellite telephone, or typed in from paper later.

    It counts from the time that it states, not from when it is typed in. A wrong character is found by the check character.

    Example: evac field report "SD 330902001201 0725 0430 L1 D1 W0 R42 QAB L" --store field.sqlite --channel satellite --by 李四
    """
    from evac.field.three_cuts import read_report, write_report

    _require_channel(channel)
    at = now()
    found = read_report(text, now=at)
    with desk_of(store) as desk:
        desk.heard(found.village, channel, by=by, at=found.at, now=at, report=write_report(found))
    typer.echo(
        f"{found.village} {clock_words(found.at)} {found.words}"
        + (f"  {'、'.join(found.cut)}" if found.cut else "")
    )


def form(
    village: Annotated[str, typer.Argument(help="Code of the village, 12 digits.", show_default=False)],
    lines: Annotated[
        str,
        typer.Option(help="Road, power, network: 0 open, 1 cut, 2 not known; e.g. 110.", show_default=False),
    ],
    people: Annotated[int | None, typer.Option(help="People cut off.")] = None,
    hurt: Annotated[int | None, typer.Option(help="People hurt or ill.")] = None,
    needs: Annotated[
        str, typer.Option(help="A medical, B water, C food, D vehicles or boats, E repair, F generator.")
    ] = "",
    at: At = "",
) -> None:
    """Write a three-cuts report: the line for the SMS, and the words to be read over the radio.

    Example: evac field form 330902001201 --lines 110 --people 42 --needs AB
    """
    from evac.field.three_cuts import LONGEST, spoken, write_report

    made = _report(village, lines, people, hurt, needs, at)
    text = write_report(made)
    typer.echo(text)
    typer.echo(spoken(made))
    typer.echo(f"{len(text)} 字符, 一条短信(≤{LONGEST})")


def _report(village: str, lines: str, people: int | None, hurt: int | None, needs: str, at: str) -> ThreeCuts:
    from evac.field.three_cuts import Line, ThreeCuts

    if len(lines) != 3 or set(lines) - set("012"):
        raise ConfigError(
            "not the three lines",
            where="--lines",
            expected="three of 0, 1, 2: road, power, network",
            found=repr(lines),
        )
    when = moment(at).replace(second=0, microsecond=0)
    road, power, network = (Line(one) for one in lines)
    letters = "".join(sorted(needs.upper()))
    return ThreeCuts(village, when, road, power, network, people, hurt, letters)


def silent(store: Store, prefix: Prefix = "") -> None:
    """List the villages that are listened for, the silent first: when they were last heard of and by which way.

    Example: evac field silent --store field.sqlite --prefix 330902
    """
    from evac.field.seen import villages_heard

    with desk_of(store) as desk:
        found = villages_heard(desk.book(), desk.rules, now=now(), prefix=prefix)
    for line in found:
        state = "失联" if line.silent else ("监测中" if line.watched_since else "未监测")
        typer.echo(f"{state} {line.code} {line.name} {line.words}")
    typer.echo(f"{len(found)} 个村, 失联 {sum(line.silent for line in found)}")


def safe_hours(
    store: Store,
    source: Run,
    prefix: Prefix = "",
    at: At = "",
    table: Annotated[Path | None, typer.Option("--out", help="CSV to write as well.")] = None,
    rules: Rules = None,
) -> None:
    """List the last safe hour of each village: before dark, gusts of force 10, the water; the earliest first, what is not known beside it.

    Example: evac field safe-hours --store field.sqlite --from out/in-fa --at 2021-07-24T14:00 --out 最后安全时.csv
    """
    from evac.field.run_dangers import read_dangers
    from evac.field.safe_hours import last_safe_hours, reason_words
    from evac.published import write_whole

    if source is None:
        raise ConfigError("no run was named", where="--from", expected="the folder that `riskmap` published")
    dangers = read_dangers(source, rules_of(rules))
    with desk_of(store) as desk:
        villages = {v.spot: v.name for v in desk.book().villages.values() if v.code.startswith(prefix)}
    when = moment(at)
    found = sorted(
        last_safe_hours(dangers, villages, at=when),
        key=lambda hour: (hour.until is None, hour.until, hour.spot.code),
    )
    for hour in found:
        unknown = f"  不明:{'、'.join(map(reason_words, hour.not_known))}" if hour.not_known else ""
        gone = " 已过 over" if hour.until is not None and hour.until <= when else ""
        typer.echo(
            f"{clock_words(hour.until)}{gone} {hour.spot.code} {villages[hour.spot]} {hour.words}{unknown}"
        )
    if table is not None:
        write_whole(
            table, _csv(found, {spot.code: name for spot, name in villages.items()}).encode("utf-8-sig")
        )
        typer.echo(f"open {table}")
    typer.echo(f"{len(found)} 个村")


def _csv(found: list[SafeHour], names: dict[str, str]) -> str:
    from evac.field.safe_hours import reason_words
    from riskmap.outlook import BEIJING

    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    reasons = sorted({name for hour in found for name in hour.limits})
    rows.writerow(["村代码", "村名", "最后安全时", "原因", *(reason_words(name) for name in reasons), "不明"])
    for hour in found:
        limits = [hour.limits.get(name) for name in reasons]
        stamps = [
            "" if t is None else t.astimezone(BEIJING).isoformat(timespec="minutes")
            for t in (hour.until, *limits)
        ]
        unknown = "、".join(map(reason_words, hour.not_known))
        rows.writerow([hour.spot.code, names[hour.spot.code], stamps[0], hour.words, *stamps[1:], unknown])
    return text.getvalue()


def _require_channel(channel: str) -> None:
    from evac.field.three_cuts import CHANNELS

    if channel not in CHANNELS:
        raise ConfigError("no such way", where="--channel", expected=", ".join(CHANNELS), found=repr(channel))


def add_to(group: typer.Typer) -> None:
    """Put the commands into the group."""
    for name, command in (
        ("out", out), ("heard", heard), ("report", report), ("form", form), ("silent", silent), ("safe-hours", safe_hours),
    ):  # fmt: skip
        group.command(name)(command)
