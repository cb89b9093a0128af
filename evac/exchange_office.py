"""An export of a registry, written down before it is made; and who of those sought may be on the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from evac.access import Access, AccessLog, Act, require_reason
from evac.exchange.edxl import edxl_xml
from evac.exchange.pfif import pfif_xml
from evac.exchange.told import Policy, tell
from evac.private_files import read_private, write_private
from evac.registry import EventStore
from riskmap.errors import DataError

_MINUTE: Final = "%Y%m%d%H%M%S"


class Format(StrEnum):
    """What an export is written as."""

    PFIF = "pfif"
    EDXL = "edxl"


@dataclass(frozen=True)
class Exported:
    """What an export told: people in the file, and why others are not in it."""

    people: int
    withheld: dict[str, int]


def export(
    store: EventStore,
    path: Path,
    *,
    written_as: Format,
    policy: Policy,
    access: AccessLog,
    by: str,
    why: str,
    now: datetime,
    region: str = "",
) -> Exported:
    """Write the people of a region who may be told of into a file that its owner alone can read.

    Parameters
    ----------
    by, why : str
        Stand in the access log before the file is written.
    region : str
        Administrative code whose people are meant; all if empty.

    Raises
    ------
    DataError
        No reason, nobody named, names still sealed, or invented and real people in one registry.
    SourceError
        The file cannot be written.
    """
    reason = require_reason(why)
    if not by.strip():
        raise DataError(
            "nobody named", where="--by", expected="who exports", remedy="name yourself: it stands in the log"
        )
    people = list(store.people(region))
    if people and not any(person.name for person in people):
        raise DataError(
            "every name is sealed",
            where="registry",
            expected="the key of the emergency",
            remedy="name it: --vault FILE",
        )
    exercise = any(person.synthetic for person in people)
    if exercise and not all(person.synthetic for person in people):
        raise DataError(
            "invented and real people in one registry",
            where="registry",
            remedy="a drill has a registry of its own",
        )
    states = {code: standing.state for code, standing in store.everybody()}
    withheld: Counter[str] = Counter()
    told = list(tell(people, states, policy, now=now, withheld=withheld))
    access.append(
        [
            Access(
                at=now, who=by, role="exporter", scope=region or "all", act=Act.EXPORT, what=f"{written_as.value} for {policy.domain}",
                people=len(told), why=reason,
            )
        ]
    )  # fmt: skip
    if written_as is Format.PFIF:
        content = pfif_xml(told, policy, now=now)
    else:
        content = edxl_xml(told, policy, now=now, number=now.strftime(_MINUTE), exercise=exercise)
    write_private(path, content)
    return Exported(len(told), dict(sorted(withheld.items())))


def read_file(path: Path) -> bytes:
    """A file that another registry sent.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    return read_private(path)
