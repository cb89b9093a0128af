"""`evac allocate`: which home goes to which shelter (安置分配)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from evac.people.datum import Datum

if TYPE_CHECKING:
    from evac.allocating import AllocationWritten
    from evac.plan.allocation import Allocation

_SHOWN: Final = 10

Homes = Annotated[
    Path,
    typer.Argument(
        help="CSV or XLSX: 户号, 人数; 经度, 纬度, 县代码, 特殊情况, 次序 where known. Or the moves.csv of `evac plan`.",
        show_default=False,
    ),
]
Shelters = Annotated[
    Path,
    typer.Argument(
        help="CSV or XLSX as `evac shelters import` reads it; 无障碍, 医务, 母婴室 with 是 or 否 where known.",
        show_default=False,
    ),
]
Out = Annotated[
    Path, typer.Option(help="Folder for the plan; an earlier one there is replaced.", show_default=False)
]
DatumOf = Annotated[
    Datum | None, typer.Option("--datum", help="What 经度 and 纬度 refer to; needed where they are given.")
]
Run = Annotated[
    Path | None,
    typer.Option(help="Folder of a run that `riskmap` published: shelters in its zones are closed."),
]
Zones = Annotated[
    list[Path] | None,
    typer.Option(
        help="GeoJSON of danger zones with the properties hazard and tier; may be given more than once."
    ),
]
Roads = Annotated[
    Path | None,
    typer.Option(help="Road network (GeoPackage, GeoJSON, GraphML), WGS-84; great circles without."),
]
Within = Annotated[
    float | None, typer.Option("--within-km", min=0.1, help="Longest way, in km; 5 if not given.")
]
Days = Annotated[
    float | None,
    typer.Option(help="Planned stay in days, 3 if not given: a longer one needs more floor a person."),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Close shelters of a county at orange or red even where nobody knows where in it."
    ),
]
Registry = Annotated[
    str,
    typer.Option(
        help="SQLite file, folder of a drill, or postgresql://...: who is in a shelter keeps the place, who is in one that closes gets another."
    ),
]
Close = Annotated[
    list[str] | None,
    typer.Option(help="A shelter that takes nobody, and why: S17=停电; may be given more than once."),
]


def allocate(
    homes: Homes, shelters: Shelters, out: Out, datum: DatumOf = None, run: Run = None, zones: Zones = None,
    roads: Roads = None, within_km: Within = None, days: Days = None, strict: Strict = False, close: Close = None,
    registry: Registry = "",
) -> None:  # fmt: skip
    """Give every home a shelter, so that the sum of all ways is least (安置分配).

    Households stay whole, no shelter takes more than its places and its floor allow, special needs go only where they fit, and no
    shelter inside an orange or red zone is used. To plan again once people have moved, name the registry: its shelters are not empty. Writes homes.csv, shelters.csv (occupancy), unplaced.csv (who has none, and
    why) and allocation.json. Exit code 5 where somebody has no shelter or a row could not be read.

    Example: evac allocate plans/24日20时/moves.csv 避灾点.xlsx --datum cgcs2000 --run out/in-fa --registry county.sqlite --out allocation
    """
    from evac.allocating import Wanted, write_allocation
    from evac.commands.closures import closing
    from evac.reporting import open_for_report
    from riskmap.cycle import EXIT_PARTIAL

    wanted = Wanted(
        homes, shelters, datum, run, tuple(zones or ()), roads, None if within_km is None else within_km * 1000, days,
        strict, dict(closing(text) for text in close or ()),
    )  # fmt: skip
    store = open_for_report(registry) if registry else None
    try:
        done = write_allocation(wanted, out, store)
    finally:
        if store is not None:
            store.close()
    plan, judged, read = done.plan, done.judged, done.read
    _tell_shelters(
        plan.problem.closed, set(judged.doubtful) - set(plan.problem.closed), run is None and not zones
    )
    typer.echo(f"已安排 placed: {plan.placed:,} 人, 超出下界 above the relaxation {plan.gap:.2%}")
    _tell_registry(done)
    for words in read.wrong:
        typer.echo(f"未读入 not read: {words}", err=True)
    if read.uncounted:
        typer.echo(f"{len(read.uncounted)} 行人数不明,未安排 rows of unknown number, not placed", err=True)
    if read.elsewhere:
        typer.echo(f"{read.elsewhere} 行不需安置点 rows bound elsewhere")
    _tell_unplaced(done.plan)
    typer.echo(str(done.folder))
    if plan.unplaced or read.wrong or read.uncounted:
        raise typer.Exit(EXIT_PARTIAL)


def _tell_registry(done: AllocationWritten) -> None:
    if done.moved_on:
        typer.echo(
            f"已在关闭的安置点,须再转移 in a shelter that is closed, to be moved on: {done.moved_on:,} 人"
        )
    if done.moved_since:
        typer.echo(
            f"制表后已转移,不再安排 have moved since the table was made, need no place: {done.moved_since:,} 人"
        )
    if done.unknown:
        typer.echo(
            f"{done.unknown:,} 行在登记系统中查无此户:其中已到安置点的会重复计算 rows that the registry does not know: "
            "whoever of them is in a shelter already is counted twice; take them out, or allocate the moves.csv of a plan",
            err=True,
        )
    if done.elsewhere:
        shown = ", ".join(f"{place} {n:,}" for place, n in sorted(done.elsewhere.items())[:_SHOWN])
        typer.echo(
            f"在表外安置点 in shelters that are not in the table: {sum(done.elsewhere.values()):,} 人 ({shown}"
            f"{' …' if len(done.elsewhere) > _SHOWN else ''})",
            err=True,
        )


def _tell_shelters(closed: Mapping[str, str], doubtful: Collection[str], unjudged: bool) -> None:
    if unjudged:
        typer.echo(
            "未经风险研判:安置点是否安全不明 no --run and no --zones: nobody knows whether the shelters are safe",
            err=True,
        )
    typer.echo(
        f"关闭 closed: {len(closed)}, 存疑 doubtful: {len(doubtful)} 个安置点 shelters; see shelters.csv"
    )
    for shelter_id, why in sorted(closed.items())[:_SHOWN]:
        typer.echo(f"  {shelter_id}: {why}")
    if len(closed) > _SHOWN:
        typer.echo(f"  … {len(closed) - _SHOWN} more")


def _tell_unplaced(plan: Allocation) -> None:
    from evac.plan.unplaced import Why, unplaced

    people: dict[Why, int] = {}
    for row in unplaced(plan):
        people[row.why] = people.get(row.why, 0) + row.people
    for why, count in people.items():
        typer.echo(f"未安排 unplaced: {count:,} 人 · {why.chinese} {why.english}")


def add_to(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(allocate)
