"""What the commands of `evac field` share: options, and the desk over a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evac.field.danger import Dangers
    from evac.field.desk import FieldDesk
    from evac.field.rules import FieldRules

Store = Annotated[
    str,
    typer.Option(
        help="The log of the field, one for an office: a file, or postgresql://...; made by `workers`."
    ),
]
By = Annotated[str, typer.Option(help="Who says so: name or post, of the command room.", show_default=False)]
At = Annotated[
    str,
    typer.Option(
        help="When it was, Beijing time: 2021-07-25T10:05. Now if not given; paper is entered later."
    ),
]
Prefix = Annotated[str, typer.Option(help="Region: 2, 4, 6, 9 or 12 digits; everything if not given.")]
Run = Annotated[
    Path | None,
    typer.Option(
        "--from",
        help="Folder of the newest run that `riskmap` published: without it nobody is sent by the machine.",
    ),
]
Rules = Annotated[Path | None, typer.Option(help="An office's own numbers, after evac/field/field.toml.")]
Datum = Annotated[str, typer.Option(help="Of the coordinates: wgs84, cgcs2000 or gcj02.", show_default=False)]
Key = Annotated[
    Path | None,
    typer.Option(help="Key of the emergency (`evac vault new`): names and telephones stand under it."),
]


def rules_of(path: Path | None) -> FieldRules:
    """The numbers named, or the bundled ones."""
    from evac.field.rules import field_rules

    return field_rules(path) if path else field_rules()


def dangers_of(source: Path | None, rules: FieldRules) -> Dangers:
    """The dangers of a run; nothing known without one."""
    from evac.field.danger import NothingKnown

    if source is None:
        return NothingKnown()
    from evac.field.run_dangers import read_dangers

    return read_dangers(source, rules)


@contextmanager
def desk_of(
    store: str, *, new: bool = False, source: Path | None = None, rules: Path | None = None
) -> Iterator[FieldDesk]:
    """The desk over the office's log, closed again at the end."""
    from evac.field.desk import FieldDesk
    from evac.store.opening_field import open_field_log

    numbers = rules_of(rules)
    dangers = dangers_of(source, numbers)
    log = open_field_log(store, new=new)
    try:
        yield FieldDesk(log, rules=numbers, dangers=dangers)
    finally:
        log.close()


def now() -> datetime:
    """The clock, to the microsecond."""
    return datetime.now(UTC)


def clock_words(at: datetime | None) -> str:
    """Hour and minute of Beijing; a dash where there is none."""
    from riskmap.outlook import BEIJING

    return "—" if at is None else at.astimezone(BEIJING).strftime("%m-%d %H:%M")
