"""`evac field`: registers of workers, sensors and villages; what sensors say; the program that watches over all of it."""

from __future__ import annotations

import sys
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.field_base import At, By, Datum, Key, Rules, Run, Store, desk_of, now
from evac.commands.orders import moment
from riskmap.errors import ConfigError

if TYPE_CHECKING:
    from evac.field.desk import FieldDesk
    from evac.field.intake import Intake
    from evac.field.turn import Outcome

field_app = typer.Typer(
    no_args_is_help=True,
    help="Sensors and grid workers (感知与网格员): what is observed becomes a task for the command room and for the nearest worker, who is "
    "counted out and back in; silent villages; the last safe hour.\n\n"
    "Begin: evac field workers 网格员.xlsx --store field.sqlite --key 2106.key --datum gcj02",
)
Zone = Annotated[
    str, typer.Option(help="beijing: times without an offset are Beijing time; else they are refused.")
]
Units = Annotated[
    str,
    typer.Option(
        help="Units where the file has no column for them, e.g. rain=mm,river=m,tide=cm,reservoir=m."
    ),
]
_AT_ONCE = 200  # observations in one transaction


@field_app.command("workers")
def workers(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV or XLSX: 编号, 姓名, 电话, 网格编码, 村代码; 替补, 经度, 纬度 where known.",
            show_default=False,
        ),
    ],
    store: Store,
    key: Key,
    datum: Datum,
    by: By = "指挥室",
) -> None:
    """Put grid workers on the register, or change them there. Names and telephones are sealed; the log knows numbers alone.

    Example: evac field workers 网格员.xlsx --store field.sqlite --key 2106.key --datum gcj02
    """
    from evac.event_key import read_vault
    from evac.field.entering import entries_of
    from evac.field.registers import read_workers
    from evac.people.list_file import open_list

    if key is None:
        raise ConfigError(
            "no key was named", where="--key", expected="the key of the emergency", found="none",
            remedy="make one: evac vault new --out 2106.key",
        )  # fmt: skip
    with open_list(table) as sheets:
        found = read_workers(sheets, datum=datum)
    with desk_of(store, new=True) as desk:
        at = now()
        new = desk.enter(entries_of(found, by=by, at=at, vault=read_vault(key)), now=at)
    alone = sum(not worker.deputy for worker, _ in found)
    nowhere = sum(worker.longitude is None for worker, _ in found)
    typer.echo(f"{len(found)} 名网格员, 新增或变更 {new}; 无替补 {alone}, 无位置 {nowhere}")


@field_app.command("sensors")
def sensors(
    store: Store,
    datum: Datum,
    gauges: Annotated[
        Path | None,
        typer.Argument(
            help="CSV of gauges as riskmap reads it: id,name,kind,region,lon,lat,interval_min,..."
        ),
    ] = None,
    cameras: Annotated[
        Path | None, typer.Option(help="CSV or XLSX of cameras: 编号, 名称, 区划代码, 经度, 纬度.")
    ] = None,
    by: By = "指挥室",
) -> None:
    """Put gauges and cameras on the register. A gauge without levels of its own gives grey candidates, and its tasks all the same.

    Example: evac field sensors gauges.csv --cameras 摄像头.csv --store field.sqlite --datum wgs84
    """
    from evac.field.entering import entries_of
    from evac.field.registers import read_cameras
    from evac.people.list_file import open_list
    from riskmap.io.gauges import read_gauges

    if gauges is None and cameras is None:
        raise ConfigError(
            "no table was named", where="evac field sensors", expected="a CSV of gauges, or --cameras"
        )
    things: list[tuple[object, None]] = []
    bare = 0
    if gauges is not None:
        table = read_gauges(gauges, datum=datum)
        for problem in table.problems:
            typer.echo(f"未登记 left out: {problem}", err=True)
        things += [(gauge, None) for gauge in table.gauges]
        bare = sum(gauge.kind != "rain" and gauge.bounds is None for gauge in table.gauges)
    if cameras is not None:
        with open_list(cameras) as sheets:
            things += [(camera, None) for camera in read_cameras(sheets, datum=datum)]
    with desk_of(store, new=True) as desk:
        at = now()
        new = desk.enter(entries_of(things, by=by, at=at), now=at)  # type: ignore[arg-type]
    typer.echo(f"{len(things)} 个传感器, 新增或变更 {new}; 无预警水位 {bare}: 其观测等级为灰")


@field_app.command("villages")
def villages(
    table: Annotated[
        Path, typer.Argument(help="CSV or XLSX: 村代码; 村名, 经度, 纬度 where known.", show_default=False)
    ],
    store: Store,
    datum: Datum,
    by: By = "指挥室",
) -> None:
    """Put villages on the register: each must be heard of every 30 minutes during a response.

    Example: evac field villages 村.csv --store field.sqlite --datum wgs84
    """
    from evac.field.entering import entries_of
    from evac.field.registers import read_villages
    from evac.people.list_file import open_list

    with open_list(table) as sheets:
        found = read_villages(sheets, datum=datum)
    with desk_of(store, new=True) as desk:
        at = now()
        new = desk.enter(entries_of(((v, None) for v in found), by=by, at=at), now=at)
    typer.echo(f"{len(found)} 个村, 新增或变更 {new}; 无位置 {sum(v.longitude is None for v in found)}")


@field_app.command("watch")
def watch(
    store: Store,
    region: Annotated[
        str, typer.Option(help="Region whose villages are listened for: 2 to 12 digits.", show_default=False)
    ],
    begins: Annotated[bool, typer.Option("--begin/--end", help="Begin or end.", show_default=False)],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept.")] = "应急响应",
    at: At = "",
) -> None:
    """Begin or end the watch over silent villages by hand; `evac field run --responses` does it with the response.

    Example: evac field watch --store field.sqlite --region 330902 --begin --by 李四
    """
    from evac.tokens import require_scope

    require_scope(region)
    with desk_of(store) as desk:
        new = desk.watch(region, begins=begins, by=by, reason=reason, at=moment(at), now=now())
    typer.echo(f"{region} {'开始' if begins else '结束'}失联监测" + ("" if new else " (已记录)"))


@field_app.command("observe")
def observe(
    source: Annotated[
        str, typer.Argument(help="CSV or JSON file; - for the standard input.", show_default=False)
    ],
    store: Store,
    run: Run = None,
    by: By = "文件",
    zone: Zone = "",
    units: Units = "",
    rules: Rules = None,
) -> None:
    """Take in what sensors said: id,time,value,units of gauges, or id,time,event,tier,by of cameras. Repeats change nothing.

    Each grave, doubtful or unknown observation becomes a candidate with its tasks in one transaction. Wrong rows are named, the others taken.

    Example: evac field observe readings.csv --store field.sqlite --from out/in-fa --zone beijing
    """
    from evac.field.intake import read_observations
    from riskmap.cycle import EXIT_PARTIAL
    from riskmap.io.toml_file import read_text as text_of

    text = sys.stdin.read() if source == "-" else text_of(Path(source))
    with desk_of(store, source=run, rules=rules) as desk:
        found = read_observations(
            text, desk.book(), where=source, by=by, units=units_of(units), zone=zone_of(zone)
        )
        told = take(desk, found)
    for line in told:
        typer.echo(line)
    for problem in found.problems:
        typer.echo(f"未采纳 left out: {problem}", err=True)
    typer.echo(f"{len(found.observed)} 条观测, 未采纳 {len(found.problems)}")
    if found.problems:
        raise typer.Exit(EXIT_PARTIAL)


def take(desk: FieldDesk, found: Intake) -> list[str]:
    """Observations into the log, some at a time; a line for each candidate."""
    lines: list[str] = []
    for first in range(0, len(found.observed), _AT_ONCE):
        for outcome in desk.observe(found.observed[first : first + _AT_ONCE], now=now()):
            lines += outcome_lines(outcome)
    return lines


def outcome_lines(outcome: Outcome) -> list[str]:
    """What one observation came to, in words."""
    from evac.field.events import Sent
    from evac.field.terms import Why
    from riskmap.scale import Tier

    lines = []
    for c in outcome.candidates:
        colour = "灰" if c.tier is None else Tier(c.tier).chinese
        flags = f" 存疑:{'、'.join(c.flags)}" if c.flags else ""
        lines.append(f"候选 {colour} {c.words}{flags}")
    for call in outcome.sent:
        if isinstance(call, Sent):
            away = "" if call.distance is None else f" {call.distance:.0f} m"
            lines.append(f"  派 {call.worker}({call.nearness}{away}) {call.checked}")
        else:
            lines.append(f"  未派 {Why(call.why).chinese}: {call.words}")
    return lines


def zone_of(word: str) -> tzinfo | None:
    """The zone of times without an offset."""
    from riskmap.outlook import BEIJING

    if word not in ("", "beijing"):
        raise ConfigError("an unknown zone", where="--zone", expected="beijing, or nothing", found=repr(word))
    return BEIJING if word else None


def units_of(words: str) -> dict[str, str]:
    """Kind -> unit."""
    found = {}
    for part in filter(None, words.split(",")):
        kind, _, unit = part.partition("=")
        if not unit:
            raise ConfigError("not a unit", where="--units", expected="rain=mm,river=m", found=repr(part))
        found[kind.strip()] = unit.strip()
    return found


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    from evac.commands import field_out, field_run, field_tasks

    field_run.add_to(field_app)
    field_tasks.add_to(field_app)
    field_out.add_to(field_app)
    app.add_typer(field_app, name="field")
