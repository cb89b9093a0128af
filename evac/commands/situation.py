"""`evac situation`: one screen as text or JSON, the hand-over sheet, the printed report, and which reports were made."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.commands.people_desk import Actor
from evac.commands.report import instant
from evac.commands.situation_base import (
    At,
    Documents,
    Duty,
    FieldLog,
    Names,
    Offices,
    Place,
    Registry,
    Responses,
    Run,
    office_of,
    registry_of,
)
from riskmap.errors import ConfigError, DataError, RiskmapError

if TYPE_CHECKING:
    from evac.registry import EventStore
    from evac.situation.document import Situation
    from evac.situation.office_records import OfficeRecords

situation_app = typer.Typer(
    no_args_is_help=True,
    help="The situation (态势) of a province, city, county, town, village or shelter: head-count, tiers to come, letters and answers, "
    "shelters, alarms, deadlines, gathered from the registry and the office's logs. No names of people.\n\n"
    "Example: evac situation show 330902 --registry county.sqlite --documents documents.sqlite --from out/in-fa",
)
JSON = Annotated[bool, typer.Option("--json", help="The whole document as JSON, as the cockpit reads it.")]
Before = Annotated[
    Path | None, typer.Option(help="situation.json of the last shift; else the logs are read as of --since.")
]


def clock_of(at: str) -> tuple[datetime, bool]:
    """The clock, and whether it is a past one."""
    given = instant(at)
    return (datetime.now(UTC), False) if given is None else (given, True)


def require_some_source(registry: str, documents: str | None, run: Path | None) -> None:
    """Say what is missing where nothing at all was named.

    Raises
    ------
    ConfigError
        Neither registry nor log nor run.
    """
    if not registry and documents is None and run is None:
        raise ConfigError(
            "nothing to gather from", where="evac situation", expected="--registry, --documents or --from",
            remedy="evac situation show 330902 --registry county.sqlite",
        )  # fmt: skip


def gathered(store: EventStore | None, code: str, office: OfficeRecords, at: str) -> Situation:
    """One screen, now or as of a past instant."""
    from evac.situation.gather import gather
    from evac.situation.places import is_region

    clock, past = clock_of(at)
    office.slots.region = code if is_region(code) else ""
    return gather(store, code, office=office, at=clock, replay=past)


@situation_app.command("show")
def show(
    code: Place, registry: Registry = "", documents: Documents = None, responses: Responses = None, run: Run = None,
    offices: Offices = None, region_names: Names = None, field: FieldLog = None, duty: Duty = None, at: At = "", as_json: JSON = False,
) -> None:  # fmt: skip
    """Show one screen in a few lines, or whole as JSON. What could not be read is named, and never counted as nothing.

    Example: evac situation show 33 --registry county.sqlite --documents documents.sqlite --from out/in-fa --json
    """
    from evac.situation.document import to_json
    from evac.situation.words import lines_of

    require_some_source(registry, documents, run)
    with (
        office_of(documents, responses, run, offices, region_names, field, duty) as office,
        registry_of(registry) as store,
    ):
        found = gathered(store, code, office, at)
    if as_json:
        typer.echo(to_json(found, indent=1))
        return
    for line in lines_of(found):
        typer.echo(line)


@situation_app.command("handover")
def hand_over(
    code: Place,
    since: Annotated[str, typer.Option(help="When the last shift took over, Beijing time: 2021-07-25T08:00.")] = "",
    before: Before = None,
    registry: Registry = "", documents: Documents = None, responses: Responses = None, run: Run = None,
    offices: Offices = None, region_names: Names = None, at: At = "",
) -> None:  # fmt: skip
    """Print the hand-over sheet (交接班单), read in 60 seconds: what changed, who has not answered, the next three deadlines.

    With --since the logs are read as of then, which reads everybody of the region; of a large registry name the JSON of the
    last shift: --before. Compares one place with itself.

    Example: evac situation handover 330902 --since 2021-07-25T08:00 --registry county.sqlite --documents documents.sqlite
    """
    from evac.situation.handover import handover

    require_some_source(registry, documents, run)
    with (
        office_of(documents, responses, run, offices, region_names) as office,
        registry_of(registry) as store,
    ):
        earlier = _earlier(store, code, office, since, before)
        found = gathered(store, code, office, at)
    typer.echo(handover(earlier, found).text, nl=False)


def _earlier(
    store: EventStore | None, code: str, office: OfficeRecords, since: str, before: Path | None
) -> Situation:
    from evac.situation.reading import from_json
    from riskmap.io.toml_file import read_text as text_of

    if (before is None) == (not since):
        raise ConfigError(
            "compared with what?", where="evac situation handover", expected="--since or --before, one of them",
            found="both" if since else "none", remedy="--since 2021-07-25T08:00",
        )  # fmt: skip
    if before is None:
        return gathered(store, code, office, since)
    found = from_json(text_of(before), where=str(before))
    if found.place.code != code:
        raise ConfigError("of another place", where=str(before), expected=code, found=found.place.code)
    return found


@situation_app.command("report")
def report(
    code: Place,
    out: Annotated[Path, typer.Option(help="Folder for the report; an earlier one there is replaced whole.")] = Path("situation"),
    formats: Annotated[str, typer.Option("--format", help="pdf, docx, xlsx, joined by commas.")] = "pdf,docx,xlsx",
    issuer: Annotated[str, typer.Option(help="发文机关; the region's 防指办 if not named.")] = "",
    number: Annotated[str, typer.Option(help="Number (期号); a blank to be filled in if not given.")] = "",
    since: Annotated[str, typer.Option(help="Adds the hand-over sheet since then, Beijing time.")] = "",
    before: Before = None,
    every: Annotated[int, typer.Option(min=0, help="Write it again every so many minutes, until stopped; 0 for once.")] = 0,
    registry: Registry = "", documents: Documents = None, responses: Responses = None, run: Run = None,
    offices: Offices = None, region_names: Names = None, field: FieldLog = None, duty: Duty = None, at: At = "",
    fonts: Annotated[Path | None, typer.Option(help="Folder with the office's own fonts for PDF.")] = None,
) -> None:  # fmt: skip
    """Write the situation report (专报) as PDF, DOCX and XLSX, the hand-over sheet, and situation.json, all from one reading.

    Every number is that of the head-count. The folder is replaced in one step: whoever reads it reads a whole report. Without
    --since and --before the sheet compares with the report that is in the folder. By a clock of the system instead of --every:

    */30 * * * * evac situation report 330902 --registry county.sqlite --documents documents.sqlite --out /srv/situation

    Example: evac situation report 330902 --registry county.sqlite --documents documents.sqlite --from out/in-fa --out 专报 --every 30
    """
    from evac.situation.printing import RECORD, write_report_folder
    from riskmap.cycle import EXIT_PARTIAL
    from riskmap.products.typeset import own_fonts

    require_some_source(registry, documents, run)
    if every and at:
        raise ConfigError(
            "a schedule has no past", where="--every", expected="--every or --at, one of them", found="both"
        )
    kinds = tuple(filter(None, formats.split(",")))
    own = own_fonts(fonts) if fonts else None

    def once() -> dict[str, str]:
        with (
            office_of(documents, responses, run, offices, region_names, field, duty) as office,
            registry_of(registry) as store,
        ):
            found = gathered(store, code, office, at)
            held = out / RECORD
            told = before or (held if held.is_file() and not since else None)
            if told is not None or since:
                found = _with_sheet(store, code, office, found, since, told, forced=before is not None)
        return write_report_folder(found, out, formats=kinds, issuer=issuer, number=number, fonts=own)

    if every:
        _again(once, every, out)
        return
    left_out = once()
    _tell(out, left_out)
    if left_out:
        raise typer.Exit(EXIT_PARTIAL)


def _with_sheet(
    store: EventStore | None,
    code: str,
    office: OfficeRecords,
    found: Situation,
    since: str,
    told: Path | None,
    *,
    forced: bool,
) -> Situation:
    """The situation with its hand-over sheet; what lies in the folder of another place, or of another release, is passed over."""
    from evac.situation.handover import with_handover

    try:
        return with_handover(_earlier(store, code, office, since, told), found)
    except (ConfigError, DataError):
        if forced or since:
            raise
        return found


def _again(once: Callable[[], dict[str, str]], minutes: int, out: Path) -> None:
    """Write the report over and over; a round that fails is told, and the next one comes at its time."""
    while True:
        try:
            _tell(out, once())
        except RiskmapError as error:
            typer.echo(f"evac: {error}", err=True)
        try:
            time.sleep(60 * minutes)
        except KeyboardInterrupt:
            return


def _tell(out: Path, left_out: dict[str, str]) -> None:
    typer.echo(f"{out}")
    for name, why in left_out.items():
        typer.echo(f"left out: {name}. {why}", err=True)


@situation_app.command("reported")
def reported(
    county: Annotated[str, typer.Argument(help="County that reported, 6 digits.", show_default=False)],
    kind: Annotated[
        str, typer.Option(help="first_report 首报, follow_up 续报, final_report 终报.", show_default=False)
    ],
    number: Annotated[str, typer.Option(help="Number of the report, or how it was told.", show_default=False)],
    registry: Annotated[str, typer.Option("--registry", help="SQLite file, or postgresql://...", show_default=False)],
    actor: Actor,
    vault: Annotated[Path | None, typer.Option(help="Key of the emergency, where the registry is sealed with one.")] = None,
) -> None:  # fmt: skip
    """Write down that dead or missing people were reported: the clock goes on to the next report (首报 续报 终报).

    Example: evac situation reported 330902 --kind first_report --number 定应急〔2021〕3号 --registry county.sqlite --actor 值班员王五
    """
    from evac.asides import Resolved
    from evac.commands.people_desk import clerk_of
    from evac.envelope import NO_ONE
    from evac.registry import Registry as Desk
    from evac.reporting import open_for_report
    from evac.situation.report_clocks import KINDS, report_target

    target = report_target(kind, county)
    if not number.strip():
        raise ConfigError(
            "a report without a number", where="--number", expected="its number, or how it was told"
        )
    store = open_for_report(registry, vault, to_write=True)
    try:
        desk = Desk(store)
        clerk = clerk_of(desk, actor, county)
        said = clerk.write(Resolved, NO_ONE, target=target, how=number.strip())
        desk.check_in(said, received_at=clerk.now)
    finally:
        store.close()
    typer.echo(f"{county} {KINDS[kind]} 已登记 {number.strip()}")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.add_typer(situation_app, name="situation")
