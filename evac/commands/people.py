"""`evac people`: lists in, duplicates, the door, corrections; on the SQLite file of a registry with the emergency's key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from evac.commands.people_desk import (
    Actor,
    AskNumber,
    CodeOf,
    Place,
    Region,
    Regions,
    RegistryFile,
    VaultFile,
    clerk_of,
    code_of,
    opened,
    setting_of,
)
from evac.commands.people_door import add_door_to
from evac.people.datum import Datum

people_app = typer.Typer(
    no_args_is_help=True,
    help="The people of a transfer list (转移名单): import, duplicates (查重), additions at the door (现场登记), corrections (更正).\n\n"
    "Names, telephones and years of birth are sealed with the emergency's key (--vault), identity numbers kept as "
    "pseudonyms alone. Nothing that is typed here as an argument is an identity number: it is asked for.\n\n"
    "Example: evac people import 大蛟村.xlsx --registry county.sqlite --vault 2106.key --region 330921 --actor 李四",
)


@people_app.command("import")
def import_(
    lists: Annotated[list[Path], typer.Argument(help="CSV or XLSX files; of a workbook every visible sheet with headings.", show_default=False)],
    registry: RegistryFile, vault: VaultFile, actor: Actor, place: Place = "office", region: Region = "",
    regions: Regions = None,
    category: Annotated[str, typer.Option(help="Category of rows that have none, e.g. 危旧房.")] = "",
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="Write nothing of a list in which a row is refused.")] = False,
    trial: Annotated[bool, typer.Option("--trial", help="Read and report alone; write nothing (试读).")] = False,
    datum: Annotated[Datum | None, typer.Option(help="What 经度 and 纬度 refer to, where the list does not say it (坐标系); without it they are not taken.")] = None,
    report: Annotated[Path | None, typer.Option(help="CSV of all findings by row, for whoever sent the list; LIST.report.csv if not named.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Correct entries that are there already where the list says otherwise (按名单更正); without it the report tells the difference.")] = False,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Invented people, for a drill (演练).")] = False,
) -> None:  # fmt: skip
    """Put the people of lists on the registry; every row is in the report, and the same list again adds nobody.

    A row is refused only where nobody could be found by it (no name and no number, several people in one cell, no county).
    A wrong or missing identity number never keeps anybody off: it is in the report. Ends with code 5 where rows were refused. A point
    (经度, 纬度) that may be wrong is not taken, and the row is: who has none is planned by the village.

    Example: evac people import 大蛟村.xlsx --registry county.sqlite --vault 2106.key --region 330921 --actor 李四
    """
    from evac.commands.bundle_base import told_left_out
    from evac.people.catching_up import catch_up
    from evac.people.list_file import open_list, write_report
    from evac.people.load import import_people
    from riskmap.cycle import EXIT_PARTIAL

    refused = 0
    left_out: list[str] = []
    with opened(registry, vault, new=True) as (desk, key):
        setting = setting_of(desk, key, region, regions, category, datum)
        for path in lists:
            with open_list(path) as sheets:
                done = import_people(
                    desk, sheets, path.name, setting=setting, clerk=clerk_of(desk, actor, place),
                    all_or_nothing=all_or_nothing, trial=trial, synthetic=synthetic,
                    update=key if update else None,
                )  # fmt: skip
            target = report if report and len(lists) == 1 else path.with_name(f"{path.name}.report.csv")
            write_report(target, done)
            typer.echo(done.summary())
            for finding in done.first(5):
                typer.echo(
                    f"  行 {finding.row} {finding.column} {finding.weight.chinese}: {finding.what}。{finding.do}"
                )
            typer.echo(f"  {target}")
            refused += done.refused
        if not trial:  # whom another's short code had kept off the list
            catch_up(desk, key, after=desk.store.seal().sequence, left_out=left_out)
    for line in told_left_out(left_out):
        typer.echo(line, err=True)
    if refused:
        raise typer.Exit(EXIT_PARTIAL)


@people_app.command()
def template(
    out: Annotated[Path, typer.Argument(help="File to write, .xlsx or .csv.", show_default=False)],
) -> None:
    """Write an empty list for villages to fill (名单模板): the headings that are read, as text, with words to choose from.

    Example: evac people template 名单模板.xlsx
    """
    from evac.people.template import template_book, template_csv
    from evac.published import write_whole
    from riskmap.errors import ConfigError

    makers = {".xlsx": template_book, ".csv": template_csv}
    if out.suffix.lower() not in makers:
        raise ConfigError(
            "not a list", where=str(out), expected=".xlsx or .csv", found=out.suffix or "no ending"
        )
    write_whole(out, makers[out.suffix.lower()]())
    typer.echo(str(out))


@people_app.command("report")
def report_(registry: RegistryFile, vault: VaultFile, region: Region = "") -> None:
    """Say what the list holds by village: people, households, without a number, with a vulnerability; no names (名单概况).

    Example: evac people report --registry county.sqlite --vault 2106.key --region 330921
    """
    from evac.people.overview import overview

    with opened(registry, vault) as (desk, _):
        lines = overview(desk.store, region)
    typer.echo("村代码        人数  户数  无证件号  无手机  弱势  现场登记")
    for line in lines:
        typer.echo(
            f"{line.village}  {line.people:>5} {line.households:>5} {line.without_number:>9} {line.without_phone:>7} "
            f"{line.vulnerable:>5} {line.at_door:>9}"
        )
    if broken := sum(line.unregistered for line in lines):
        typer.echo(
            f"{broken} 人的导入中断了,请把同一名单再导入一次 rows of an import that broke off: run it again",
            err=True,
        )


@people_app.command()
def duplicates(
    registry: RegistryFile, vault: VaultFile, region: Region = "",
    most: Annotated[int, typer.Option(min=1, help="Pairs shown, the surest first.")] = 50,
) -> None:  # fmt: skip
    """List who may be on the list twice, for people to decide (疑似重复); nothing is merged by itself.

    Each pair: the short codes, names by their first character, and why. Decide with `merge`, or with `different` so that the
    pair does not come back.

    Example: evac people duplicates --registry county.sqlite --vault 2106.key --region 330921
    """
    from evac.codes import short_code
    from evac.people.duplicates import queue
    from evac.privacy import mask_name

    with opened(registry, vault) as (desk, _):
        pairs = queue(desk.store, region)
        known = desk.store.people_of([code for pair in pairs[:most] for code in (pair.first, pair.second)])
        for pair in pairs[:most]:
            names = " / ".join(
                f"{short_code(code)} {mask_name(known[code].name)} {known[code].village_name}"
                for code in (pair.first, pair.second)
            )
            typer.echo(f"{pair.likeness.chinese}: {names} ({pair.why})")
    typer.echo(f"{len(pairs)} 对待核 pairs to decide")


@people_app.command()
def merge(
    keep: CodeOf,
    other: CodeOf,
    registry: RegistryFile,
    vault: VaultFile,
    actor: Actor,
    place: Place = "office",
) -> None:
    """Say that two codes are one person, who counts once, under the first; both pendants stay good (合并).

    Example: evac people merge 3K7QPX2M9AB 7ZZ4M1Q8T2C --registry county.sqlite --vault 2106.key --actor 李四
    """
    from evac.people import duplicates as pairs

    with opened(registry, vault) as (desk, _):
        pairs.merge(desk, code_of(desk, keep), code_of(desk, other), clerk=clerk_of(desk, actor, place))
    typer.echo("已合并 merged; `evac people unmerge` takes it back")


@people_app.command()
def unmerge(
    code: CodeOf, registry: RegistryFile, vault: VaultFile, actor: Actor, place: Place = "office"
) -> None:
    """Take back that this code was merged into another: two people again, each with all that was theirs (撤销合并).

    Example: evac people unmerge 7ZZ4M1Q8T2C --registry county.sqlite --vault 2106.key --actor 李四
    """
    from evac.people import duplicates as pairs

    with opened(registry, vault) as (desk, _):
        pairs.unmerge(desk, code_of(desk, code), clerk=clerk_of(desk, actor, place))
    typer.echo("已撤销合并 two people again")


@people_app.command()
def different(
    one: CodeOf,
    other: CodeOf,
    registry: RegistryFile,
    vault: VaultFile,
    actor: Actor,
    place: Place = "office",
) -> None:
    """Say that a pair is two persons: it does not come back (不是同一人).

    Example: evac people different 3K7QPX2M9AB 7ZZ4M1Q8T2C --registry county.sqlite --vault 2106.key --actor 李四
    """
    from evac.people.duplicates import tell_apart

    with opened(registry, vault) as (desk, _):
        tell_apart(desk, code_of(desk, one), code_of(desk, other), clerk=clerk_of(desk, actor, place))
    typer.echo("已记为两人 kept apart")


@people_app.command()
def correct(
    code: CodeOf, registry: RegistryFile, vault: VaultFile, actor: Actor, place: Place = "office",
    name: Annotated[str, typer.Option(help="The right name.")] = "",
    phone: Annotated[str, typer.Option(help="The right telephone.")] = "",
    category: Annotated[str, typer.Option(help="The right category, e.g. 危旧房.")] = "",
    vulnerability: Annotated[str, typer.Option(help="All vulnerabilities, e.g. 独居老人、残疾; 无 for none.")] = "",
    region: Region = "",
    ask_number: AskNumber = False,
) -> None:  # fmt: skip
    """Correct an entry of the list: an event, sealed, that can be undone; what was first written stays in the log (更正).

    Example: evac people correct 3K7QPX2M9AB --name 张珊 --registry county.sqlite --vault 2106.key --actor 李四
    """
    from evac.people.corrections import changes_of
    from evac.people.corrections import correct as correct_

    told: dict[str, Any] = {
        "name": name,
        "phone": phone,
        "category": category,
        "vulnerability": vulnerability,
        "village_code": region,
    }
    if ask_number:
        told["identity"] = typer.prompt("证件号 identity number", hide_input=True)
    with opened(registry, vault) as (desk, key):
        changes, findings = changes_of(told, setting_of(desk, key, region, None))
        for finding in findings:
            typer.echo(f"  {finding.what}。{finding.do}", err=True)
        whole = code_of(desk, code)
        had = desk.store.people_of([whole]).get(whole)
        after = correct_(desk, whole, changes, clerk=clerk_of(desk, actor, place), vault=key)
    typer.echo(f"已更正 corrected: {', '.join(changes)}")
    if had is not None and had.longitude is not None and after.longitude is None:
        typer.echo("原坐标是旧住处的,已清除,按村安排;新坐标随名单 --update 导入 the point was of the old place and is gone: planned by the village until a list brings a new one", err=True)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    add_door_to(people_app)
    app.add_typer(people_app, name="people")
