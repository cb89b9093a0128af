"""`riskmap draft`: one more document from a published run, with what a person knows and the assessment does not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from riskmap.errors import ConfigError


def draft(
    source: Annotated[Path, typer.Argument(help="Folder of a run that `riskmap run` published.")],
    kind: Annotated[
        str,
        typer.Option(
            "--type",
            help="supervision_order, transfer_order, transfer_release, response_notice, response_end, closing_order, risk_notice, "
            "or a type of your own (`products.document_types`).",
        ),
    ],
    region: Annotated[str, typer.Option(help="Code of a county, or of a city for types that go to cities.")],
    entry: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="ENTRY=WORDS, may be repeated: what only a person knows, such as place=第一避灾点. Entries that a type needs "
            "are listed when one is missing.",
        ),
    ] = None,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Draft a document of any type from a published run: PDF, DOCX, and the JSON that `evac sign` takes.

    It has no number and is watermarked 草稿 until it is signed. A required entry that is empty stays a blank, is listed here,
    and stops the sign-off.

    Example: riskmap draft out/in-fa --type transfer_order --region 330902 --set place=第一避灾点 --set manner=客车接送
    """
    from riskmap.products.draft_files import write_draft

    given = dict(pair(text) for text in entry or ())
    made = write_draft(source, kind=kind, region=region, entries=given)
    for path in made.files:
        print(path)  # noqa: T201
    if made.rare:
        print(f"no font has: {made.rare}; 〓 stands for it, write it by hand")  # noqa: T201
    for missing in made.letter.missing:
        print(f"still empty: {missing}")  # noqa: T201


def pair(text: str) -> tuple[str, str]:
    """An entry and its words, from ENTRY=WORDS.

    Raises
    ------
    ConfigError
        No entry is named.
    """
    name, sign, words = text.partition("=")
    if not sign or not name.strip():
        raise ConfigError(
            "not an entry",
            where="--set",
            expected="ENTRY=WORDS",
            found=repr(text),
            remedy='e.g. --set "place=第一避灾点"',
        )
    return name.strip(), words
