"""The items of the checklist, from ``checks.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from riskmap.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Check:
    """One item.

    Attributes
    ----------
    of : str
        "village" or "shelter".
    recorded : bool
        Somebody looks and writes it down; otherwise it is read off the list, the duty roster and the log.
    good_for : timedelta or None
        How long a look is good for; None where it does not age.
    town : bool
        A check of the town holds for its villages.
    """

    item: str
    chinese: str
    english: str
    of: str
    recorded: bool
    good_for: timedelta | None
    town: bool
    source: str
    status: str


@cache
def checks() -> Mapping[str, Check]:
    """Item -> check, in the order of the sheet.

    Examples
    --------
    >>> checks()["generator"].chinese, checks()["generator"].good_for.days
    ('发电机', 7)
    """
    raw = tomllib.loads((files("evac") / "ready" / "checks.toml").read_text(encoding="utf-8"))
    found = {
        item: Check(
            item, row["chinese"], row["english"], row["of"], row["proof"] == "record",
            timedelta(hours=row["hours"]) if "hours" in row else None, row.get("town", False), row["source"], row["status"],
        )
        for item, row in raw.items()
    }  # fmt: skip
    return MappingProxyType(found)


def recorded_check(item: str) -> Check:
    """The check of an item that somebody looks at.

    Raises
    ------
    ConfigError
        There is none, or it is read off the list and the log.
    """
    found = checks().get(item)
    if found is None or not found.recorded:
        raise ConfigError(
            "no such item to look at", where="item", expected=", ".join(c.item for c in checks().values() if c.recorded),
            found=item, remedy="see: evac ready items",
        )  # fmt: skip
    return found
