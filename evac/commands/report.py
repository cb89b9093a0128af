"""`evac report`: forms that fill themselves from the registry (一表通)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from riskmap.errors import ConfigError

FormIds = Annotated[
    list[str] | None,
    typer.Argument(help="LIST to see the forms; or one or more of their ids.", show_default=False),
]
Everything = Annotated[bool, typer.Option("--all", help="Every form that the region can fill.")]
Source = Annotated[
    str,
    typer.Option(
        help="SQLite file, folder of a run with a drill, or postgresql://... of the county's server."
    ),
]
Prefix = Annotated[
    str,
    typer.Option(
        help="Who reports: code of the province (2 digits), city 4, county 6, town 9 or village 12."
    ),
]
At = Annotated[
    str,
    typer.Option(
        help="As of when, Beijing time: 2021-07-25T20:00. Now if not given; in a drill its newest event."
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for the forms; an earlier report there is replaced.")]
Formats = Annotated[str, typer.Option("--format", help="xlsx, pdf, or both as xlsx,pdf.")]
Seen = Annotated[
    str,
    typer.Option(
        help="What the reader may see of people: full, masked (张**) or none; a form may show less."
    ),
]
Shared = Annotated[
    bool,
    typer.Option(
        "--shared",
        help="To hand on beyond the level: counts alone, 1 to 9 persons hidden, and what would tell them.",
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--vault",
        "--key",
        help="Key of the emergency (`evac vault new`); without it sealed names stay empty.",
    ),
]
Regions = Annotated[
    Path | None,
    typer.Option("--region-names", help="CSV with code,name of towns and villages; else codes are printed."),
]
Fonts = Annotated[
    Path | None,
    typer.Option(help="Folder with the office's own fonts for PDF; the bundled ones if not named."),
]


def report(
    forms: FormIds = None,
    everything: Everything = False,
    registry: Source = "",
    prefix: Prefix = "",
    at: At = "",
    out: Out = Path("report"),
    formats: Formats = "xlsx,pdf",
    names: Seen = "full",
    shared: Shared = False,
    key: Key = None,
    region_names: Regions = None,
    fonts: Fonts = None,
) -> None:
    """Fill the report forms of a shelter, village, town, county or the province from the one log (一表通).

    No figure is typed: every form is made from one reading of the registry, and a report in which two forms would say
    different things is not written. A form that cannot be filled is named with the reason, and the others come.

    Examples: evac report LIST

    evac report county-categories county-by-risk --registry out/in-fa --prefix 330902

    evac report --all --registry county.sqlite --vault 2106.key --prefix 330902 --at 2021-07-25T20:00 --out 25日20时
    """
    from evac.forms.look import Names
    from evac.reporting import Wanted, open_for_report, write_report
    from evac.reporting import region_names as names_of
    from riskmap.products.typeset import own_fonts

    chosen = tuple(forms or ())
    if [name.upper() for name in chosen] == ["LIST"]:
        _list()
        return
    _require(chosen, everything=everything, registry=registry)
    if names.upper() not in Names.__members__:
        raise ConfigError(
            "not a way to show names", where="--names", expected="full, masked or none", found=names
        )
    kinds = tuple(filter(None, formats.split(",")))
    wanted = Wanted(chosen, prefix, instant(at), Names[names.upper()], shared, kinds)
    own = own_fonts(fonts) if fonts else None
    store = open_for_report(registry, key)
    try:
        done = write_report(store, wanted, out, names=names_of(region_names), fonts=own)
    finally:
        store.close()
    for one in done.filled:
        typer.echo(f"{one.form.form_id:24} {one.form.title}  {len(one.sections)} 张")
    _tell(done.at, done.folder, done.left_out, strict=bool(chosen))


def _list() -> None:
    from evac.forms.declared import LEVELS, declared_forms

    for form in declared_forms().values():
        published = sum(column.status == "S" for column in form.columns)
        typer.echo(
            f"{form.form_id:24} {LEVELS[form.level]:4} {form.title}  "
            f"({published} of {len(form.columns)} columns after a published form)"
        )


def _require(forms: tuple[str, ...], *, everything: bool, registry: str) -> None:
    if not forms and not everything:
        raise ConfigError(
            "no form was named", where="evac report", expected="LIST, ids of forms, or --all",
            remedy="evac report LIST shows them",
        )  # fmt: skip
    if not registry:
        raise ConfigError(
            "no registry was named", where="--registry", expected="a SQLite file, a run's folder or postgresql://...",
            remedy="evac report --all --registry out/in-fa",
        )  # fmt: skip


def _tell(at: datetime, folder: Path, left_out: dict[str, str], *, strict: bool) -> None:
    """Say where the report is and what is not in it; who named a form and did not get it learns so by the exit code."""
    from riskmap.cycle import EXIT_PARTIAL
    from riskmap.outlook import beijing

    typer.echo(f"{beijing(at)} 北京时间 · {folder}")
    for name, reason in left_out.items():
        typer.echo(f"left out: {name}. {reason}", err=True)
    if left_out and strict:
        raise typer.Exit(EXIT_PARTIAL)


def instant(at: str) -> datetime | None:
    """What ``--at`` says; None where it says nothing.

    Raises
    ------
    ConfigError
        Not an instant.
    """
    from riskmap.outlook import BEIJING

    if not at:
        return None
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise ConfigError(
            "not an instant", where="--at", expected="such as 2021-07-25T20:00 (Beijing time)", found=at
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


def add_to(app: typer.Typer) -> None:
    """Put the command into the command line."""
    app.command()(report)
