"""Village cards and helper lists of a plan that was written, with names from the registry: private files, and a line in the access log."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evac.access import Access, AccessLog, Act, require_reason
from evac.planning import MOVES, RECORD
from evac.prints.village_cards import VillageCard, card_csv, card_pdf, helpers_csv, village_cards
from evac.private_files import private_folder, write_private
from evac.registry import EventStore
from riskmap.errors import DataError, MissingExtraError, SourceError

SHORTEST_REGION = 9
"""Digits: a card shows names in full, so it is printed by town or village."""


@dataclass(frozen=True)
class CardsAsked:
    """Whose cards, who prints them and why.

    Attributes
    ----------
    region : str
        Code of a town (9 digits) or village (12).
    by, why : str
        Stand in the access log before the first card is made.
    at : datetime
    """

    region: str
    by: str
    why: str
    at: datetime


@dataclass(frozen=True)
class CardsWritten:
    """The cards, and what had to be left out for want of an extra."""

    cards: tuple[VillageCard, ...]
    folder: Path
    left_out: MissingExtraError | None


def write_cards(
    plan: Path, store: EventStore, asked: CardsAsked, access: AccessLog, out: Path
) -> CardsWritten:
    """Write VILLAGE.pdf and VILLAGE.csv of every village of a region that is on the plan, and helpers.csv.

    Raises
    ------
    DataError
        Nobody of the region is on the plan, no name or reason was given, or the plan is damaged.
    SourceError
        There is no plan, or the folder cannot be written.
    """
    why = require_reason(asked.why)
    _require(asked)
    record = plan_record(plan)
    moves = [row for row in plan_rows(plan) if row["village"].startswith(asked.region)]
    if not moves:
        raise DataError(
            "nobody of this region is on the plan", where=asked.region, expected="a town or village of the plan",
            remedy=f"see the column village of {plan / MOVES}",
        )  # fmt: skip
    people = list(store.people(asked.region))
    access.append(
        [
            Access(
                at=asked.at, who=asked.by, role="printer", scope=asked.region, act=Act.PRINT, what="village_cards",
                people=max(len(people), 1), why=why,
            )
        ]
    )  # fmt: skip
    shelters = {shelter.shelter_id: shelter.name for shelter in store.shelters()}
    try:
        cards = village_cards(moves, people, shelters=shelters, names={})
    except (ValueError, KeyError) as error:
        raise DataError(
            f"a row that is no move ({error})", where=str(plan / MOVES), expected="as `evac plan` wrote it",
            remedy="make the plan again",
        ) from error  # fmt: skip
    private_folder(out)
    left_out = None
    for card in cards:
        write_private(out / f"{card.village}.csv", card_csv(card).encode())
        try:
            if left_out is None:
                write_private(
                    out / f"{card.village}.pdf",
                    card_pdf(
                        card, event=record["event"], made_at=datetime.fromisoformat(record["at"]),
                        issued_at=datetime.fromisoformat(record["issued_at"]),
                    ),
                )  # fmt: skip
        except MissingExtraError as error:
            left_out = error
    write_private(out / "helpers.csv", helpers_csv(cards).encode())
    return CardsWritten(cards, out, left_out)


def _require(asked: CardsAsked) -> None:
    if not asked.by.strip():
        raise DataError(
            "nobody named", where="--by", expected="who prints", remedy="name yourself: it stands in the log"
        )
    if not (
        asked.region.isascii() and asked.region.isdecimal() and len(asked.region) in (SHORTEST_REGION, 12)
    ):
        raise DataError(
            "not a town or village", where="--region", expected="9 or 12 digits", found=repr(asked.region),
            remedy="cards show names in full: print them town by town",
        )  # fmt: skip


def plan_record(plan: Path) -> dict[str, str]:
    """Event, clock and issue time of a plan that was written.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    path = plan / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(record[name]) for name in ("event", "at", "issued_at")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"no plan can be read here ({error})", where=str(path), expected="a folder that `evac plan` wrote",
            remedy="make the plan first: evac plan RUN --registry ... --out DIR",
        ) from error  # fmt: skip


def plan_rows(plan: Path) -> Iterator[dict[str, str]]:
    """The rows of a plan that was written, as they stand in its table.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    path = plan / MOVES
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read ({error})", where=str(path), remedy="make the plan again") from error
