"""The allocation in force, read back from its folder: who is expected where, what is closed, what a shelter has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from evac.plan.allocation_tables import CLOSED, DOUBTFUL, NO_FACILITIES
from evac.plan.homes import Facility
from riskmap.errors import DataError

RECORD: Final = "allocation.json"
"""The record of an allocation, in its folder."""


@dataclass(frozen=True)
class PlanInForce:
    """What a door needs to know of the plan.

    Attributes
    ----------
    expected : mapping
        Id of a shelter -> persons: those who were there when it was made, and those who were given it.
    closed, doubtful : mapping
        Id -> why.
    facilities : mapping
        Id -> what it has; a shelter that is not there is not known to have anything.
    """

    expected: Mapping[str, int] = field(default_factory=dict)
    closed: Mapping[str, str] = field(default_factory=dict)
    doubtful: Mapping[str, str] = field(default_factory=dict)
    facilities: Mapping[str, frozenset[Facility]] = field(default_factory=dict)


def read_in_force(folder: Path) -> PlanInForce:
    """The allocation of a folder that `evac allocate` wrote.

    Raises
    ------
    DataError
        Not the record of an allocation, or one from before facilities stood in it.
    SourceError
        It cannot be read.
    """
    from riskmap.io.json_file import read_json

    where = folder / RECORD if folder.is_dir() else folder
    raw = read_json(where)
    try:
        rows = raw["by_shelter"]
        return PlanInForce(
            {row["shelter_id"]: int(row["planned"]) + int(row["present"]) for row in rows},
            {row["shelter_id"]: str(row["why"]) for row in rows if row["state"] == CLOSED},
            {row["shelter_id"]: str(row["why"]) for row in rows if row["state"] == DOUBTFUL},
            {row["shelter_id"]: _facilities(row) for row in rows if row["facilities"]},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            "not an allocation", where=str(where), expected="what `evac allocate` wrote", found=f"{type(error).__name__}: {error}",
            remedy="make it anew: evac allocate --help",
        ) from error  # fmt: skip


def _facilities(row: Mapping[str, Any]) -> frozenset[Facility]:
    text = str(row["facilities"])
    return frozenset() if text == NO_FACILITIES else frozenset(map(Facility, text.split()))
