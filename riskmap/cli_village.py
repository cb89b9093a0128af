"""`riskmap village-sheet`: the page for a village's wall."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def village_sheet(
    plan: Annotated[
        Path,
        typer.Argument(
            help="The village's plan (TOML); data/villages/example_sheet.toml is a commented one."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="PDF to write; its folder must be there.")],
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """村级防汛防台形势图: one A3 page with danger areas, ways, shelters, names and telephone numbers.

    Without positions it is a scheme of who goes where. A name or number that the plan does not give stays a blank.

    Example: riskmap village-sheet data/villages/example_sheet.toml --out village.pdf
    """
    from riskmap.io.durable import replace_file
    from riskmap.io.village_file import read_village
    from riskmap.products.village_sheet import village_sheet as sheet

    made = sheet(read_village(plan), created_at=datetime.now(UTC))
    replace_file(out.absolute(), made)
    print(out.absolute())  # noqa: T201 - the one line that scripts read
