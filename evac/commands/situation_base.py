"""What the commands of `evac situation`, and `evac serve`, open: the registry and what an office has beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evac.registry import EventStore
    from evac.situation.office_records import OfficeRecords

Place = Annotated[
    str,
    typer.Argument(
        help="Whose situation: code of the province (2 digits), city 4, county 6, town 9, village 12, or the id of a shelter.",
        show_default=False,
    ),
]
Registry = Annotated[
    str,
    typer.Option("--registry", help="SQLite file, folder of a run with a drill, or postgresql://... .", show_default=False),
]  # fmt: skip
Documents = Annotated[
    str | None, typer.Option("--documents", help="The office's log of documents (`evac sign`): letters and their answers.")
]  # fmt: skip
Responses = Annotated[
    Path | None, typer.Option("--responses", help="The office's log of responses (`evac response`).")
]
Run = Annotated[
    Path | None, typer.Option("--from", help="Folder of a run that `riskmap` published, for the tiers.")
]
Offices = Annotated[
    Path | None, typer.Option(help="List of offices, CSV: name, code, superior, person, phone. Says whose a letter is.")
]  # fmt: skip
Names = Annotated[
    Path | None, typer.Option("--region-names", help="CSV with code,name of towns and villages.")
]
Duty = Annotated[
    Path | None, typer.Option(help="Duty roster (`evac ready`), CSV or XLSX: adds readiness by village; reads the whole list.")
]  # fmt: skip
FieldLog = Annotated[
    str | None,
    typer.Option(
        "--field", help="The log of `evac field`: tasks of sensors and grid workers, silent villages."
    ),
]
At = Annotated[
    str, typer.Option(help="As of when, Beijing time: 2021-07-25T20:00, read from the logs. Now if not given.")
]  # fmt: skip


@contextmanager
def office_of(
    documents: str | None, responses: Path | None, run: Path | None, offices: Path | None, names: Path | None,
    field: str | None = None, duty: Path | None = None,
) -> Iterator[OfficeRecords]:  # fmt: skip
    """What an office has beside the registry; logs are closed at the end, and none is made that is not there."""
    from evac.orders.task_desk import TaskDesk
    from evac.reporting import region_names
    from evac.response.desk import ResponseDesk
    from evac.situation.office_records import OfficeRecords
    from evac.situation.slots import Slots
    from evac.store.body_log import SQLiteBodyLog
    from evac.store.opening_documents import ladder_of, open_document_log
    from riskmap.errors import SourceError

    if responses is not None and not responses.is_file():
        raise SourceError(
            "no response was ever started here", where=str(responses), expected="the log that `evac response start` writes",
            remedy="name it: --responses, or leave it out",
        )  # fmt: skip
    with ExitStack() as open_now:
        desk = answers = None
        if documents is not None:
            log = open_document_log(documents, new=False)
            open_now.callback(log.close)
            desk = TaskDesk(log, ladder=ladder_of(offices))
        if responses is not None:
            held = SQLiteBodyLog(responses, "responses")
            open_now.callback(held.close)
            answers = ResponseDesk(held)
        slots = Slots()
        if field is not None:
            from evac.field.desk import FieldDesk
            from evac.store.opening_field import open_field_log

            told = open_field_log(field, new=False)
            open_now.callback(told.close)
            slots.desk = FieldDesk(told)
        if duty is not None:
            from evac.people.list_file import open_list
            from evac.ready.duty import read_duty

            with open_list(duty) as sheets:
                slots.duties = read_duty(sheets)
        yield OfficeRecords(
            documents=desk, responses=answers, run=run, names=region_names(names), slots=slots
        )


@contextmanager
def registry_of(where: str) -> Iterator[EventStore | None]:
    """The registry, for reading; None where none is named."""
    from evac.reporting import open_for_report

    if not where:
        yield None
        return
    store = open_for_report(where)
    try:
        yield store
    finally:
        store.close()
