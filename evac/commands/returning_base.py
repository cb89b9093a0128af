"""What the commands of `evac return` share: options, the open registry, who writes, the instant."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evac.people.clerk import Clerk
    from evac.registry import Registry
    from riskmap.assessment import Assessment

RegistryFile = Annotated[
    str, typer.Option("--registry", help="SQLite file of the registry, or postgresql://... of the county's server.", show_default=False)
]  # fmt: skip
KeyFile = Annotated[
    Path | None,
    typer.Option("--vault", "--key", help="Key of the emergency; without it sealed names stay empty."),
]
By = Annotated[
    str, typer.Option(help="Who decides or enters it, by name; stands in the log.", show_default=False)
]
Region = Annotated[
    str, typer.Option(help="Code of the county (6 digits), town 9 or village 12 whose people it is about.", show_default=False)
]  # fmt: skip
At = Annotated[str, typer.Option(help="When, Beijing time: 2021-07-27T14:00. Now if not given.")]
CodeOf = Annotated[
    str, typer.Argument(help="Short code from the pendant (11 characters), or the whole code.")
]
Run = Annotated[
    Path | None, typer.Option("--from", help="Folder of the latest run that `riskmap` published.")
]
Documents = Annotated[
    str,
    typer.Option(help="The office's log of documents: the file that `evac sign` writes, or postgresql://..."),
]


def moment(words: str) -> datetime:
    """What ``--at`` says; now where it says nothing."""
    from evac.commands.report import instant

    return (instant(words) or datetime.now(UTC).replace(microsecond=0)).astimezone(UTC)


@contextmanager
def opened(registry: str, key: Path | None = None, *, to_write: bool = True) -> Iterator[Registry]:
    """The registry, closed at the end.

    Raises
    ------
    SourceError
        There is none.
    """
    from evac.registry import Registry
    from evac.reporting import open_for_report

    store = open_for_report(registry, key, to_write=to_write)
    try:
        yield Registry(store)
    finally:
        store.close()


def clerk(by: str, place: str, at: datetime) -> Clerk:
    """Whoever writes at the command line, with a device of its own for each run."""
    from evac.people.clerk import Clerk

    return Clerk(by, place, f"return-{secrets.token_hex(4)}", at)


def latest(source: Path | None) -> Assessment | None:
    """The assessment of a published run; None where none is named."""
    from riskmap.io.published import read_assessment

    return None if source is None else read_assessment(source / "assessment.json")
