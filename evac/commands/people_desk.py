"""What the commands of `evac people` share: options, the open registry, who writes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evac.model import Category

if TYPE_CHECKING:
    from evac.people.cells import Setting
    from evac.people.clerk import Clerk
    from evac.people.datum import Datum
    from evac.registry import Registry
    from evac.vault import Vault

RegistryFile = Annotated[
    str,
    typer.Option(
        "--registry",
        help="SQLite file of the registry, made by the first import; or the address of a PostgreSQL database.",
        show_default=False,
    ),
]
VaultFile = Annotated[
    Path,
    typer.Option(
        "--vault",
        help="Key file of the emergency, from `evac vault new`, readable by you alone (mode 0600). Keep it apart from the registry: who has both has the names.",
        show_default=False,
    ),
]
Actor = Annotated[
    str, typer.Option("--actor", help="Who does this, by name; stands in every event.", show_default=False)
]
Place = Annotated[str, typer.Option("--place", help="Where: the office, or the shelter's id at a door.")]
Region = Annotated[
    str,
    typer.Option(
        "--region",
        help="Code of the county (6 digits), town (9) or village (12) whose list or door it is; rows with a code of their own keep theirs.",
    ),
]
Regions = Annotated[
    Path | None,
    typer.Option(
        "--regions",
        help="Table of codes and names (CSV: code, name) that codes and village names are checked against.",
    ),
]
CodeOf = Annotated[
    str,
    typer.Argument(
        help="Short code from the pendant (11 characters), or the whole code.", show_default=False
    ),
]
AskNumber = Annotated[
    bool,
    typer.Option(
        "--ask-number",
        help="Ask for the identity number, hidden; it is turned into a pseudonym and kept nowhere.",
    ),
]
_BEIJING = timezone(timedelta(hours=8))


@contextmanager
def opened(registry: str, vault: Path, *, new: bool = False) -> Iterator[tuple[Registry, Vault]]:
    """The registry and its vault, closed at the end."""
    from evac.event_key import read_vault
    from evac.registry import Registry
    from evac.store.opening import is_address, open_registry
    from riskmap.errors import SourceError

    key = read_vault(vault)
    if not new and not is_address(registry) and not Path(registry).is_file():
        raise SourceError(
            "there is no registry",
            where=str(registry),
            remedy="check the path; `evac people import` makes one",
        )
    store = open_registry(registry, vault=key)
    try:
        yield Registry(store), key
    finally:
        store.close()


def clerk_of(registry: Registry, actor: str, place: str) -> Clerk:
    """Whoever writes at the command line; the device is new at each run, since it keeps no running number."""
    from evac.people.clerk import Clerk

    labels = registry.store.labels()
    office = labels.get("people.office", "")
    if not office:
        office = secrets.token_hex(8)
        registry.store.put_labels({"people.office": office})
    # a device name of its own for each run, so that its running numbers have no gap
    device = f"cli-{secrets.token_hex(4)}"
    return Clerk(actor, place, device, datetime.now(UTC), office=office)


def setting_of(
    registry: Registry, vault: Vault, region: str, regions: Path | None, category: str = "", datum: Datum | None = None
) -> Setting:  # fmt: skip
    """What rows and forms cannot tell themselves: day, region, words of the options, shelters.

    Raises
    ------
    DataError
        ``--region`` is no code, ``--category`` no category.
    """
    from evac.people import words
    from evac.people.cells import Setting
    from evac.people.list_file import read_regions
    from evac.people.region_list import LENGTHS, NO_REGIONS
    from riskmap.errors import DataError

    if region and not (region.isdecimal() and len(region) in LENGTHS):
        raise DataError(
            "not the code of a region",
            where="--region",
            expected="6, 9 or 12 digits",
            found=repr(region[:20]),
        )
    chosen = None
    if category:
        chosen, known = words.category(category)
        if not known:
            raise DataError(
                "not a category", where="--category", found=repr(category[:20]),
                expected=", ".join(f"{c.chinese} ({c.value})" for c in Category),
            )  # fmt: skip
    shelters = {word: s.shelter_id for s in registry.store.shelters() for word in (s.name, s.shelter_id)}
    today = datetime.now(_BEIJING).date()
    table = NO_REGIONS if regions is None else read_regions(regions)
    return Setting(vault.pseudonym, today, region, chosen, table, shelters, datum=datum)


def code_of(registry: Registry, given: str) -> str:
    """The whole code of a short or whole one: of somebody on the list, or of a blank pendant in stock."""
    from evac.codes import bytes_of_code, parse_short_code
    from evac.errors import UnknownCodeError
    from evac.people.door import blanks

    bare = given.strip().upper()
    if len(bare) == 26:
        bytes_of_code(bare)
        return bare
    short = parse_short_code(given)
    person = registry.store.person(short)
    code = person.code if person else blanks(registry.store).get(short, "")
    if not code:
        raise UnknownCodeError(
            "nobody on this list and no blank pendant has this short code",
            where="code",
            remedy="read it again from the pendant",
        )
    return code
