"""Kinds of danger and the numbers about them, from ``rules.toml``, each with its source and status."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final
from unicodedata import normalize

from riskmap.scale import Tier

OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of danger.

    Attributes
    ----------
    words : tuple of str
        What people call it.
    severity : int
        1 to 5.
    metres : float
        Two reports no farther apart are of one danger [m].
    within : timedelta
        And no longer.
    people_metres : float
        Who stands nearer is in danger [m].
    hazard : str
        Of the risk map, for which it claims a tier; empty where for none.
    tier, verified : Tier or None
        The tier that it claims when several tell of it, and when somebody has verified it.
    """

    id: str
    chinese: str
    english: str
    words: tuple[str, ...]
    severity: int
    metres: float
    within: timedelta
    people_metres: float
    hazard: str = ""
    tier: Tier | None = None
    verified: Tier | None = None


@cache
def rules() -> dict[str, dict[str, Any]]:
    """The rule file as it is.

    Examples
    --------
    >>> rules()["grave"]["severity"], rules()["grave"]["status"]
    (4, 'D')
    """
    return tomllib.loads((files("evac") / "dangers" / "rules.toml").read_text(encoding="utf-8"))


@cache
def kinds() -> Mapping[str, Kind]:
    """Id -> kind, in the order of the list.

    Examples
    --------
    >>> [kind.chinese for kind in kinds().values()][:2], kinds()["reservoir"].verified.name
    (['山体滑坡/裂缝', '河堤管涌/漫溢'], 'RED')
    """
    found = {}
    for name, row in rules()["kinds"].items():
        if not isinstance(row, dict):  # source and status of all
            continue
        claim = row.get("claim", {})
        found[name] = Kind(
            name, row["chinese"], row["english"], tuple(row["words"]), row["severity"], row["metres"],
            timedelta(hours=row["hours"]), row["people_metres"], claim.get("hazard", ""),
            Tier[claim["tier"].upper()] if claim else None, Tier[claim["verified"].upper()] if claim else None,
        )  # fmt: skip
    return MappingProxyType(found)


def kind_of(said: str) -> Kind:
    """The kind that somebody means, by its id, its name, or the words that people use; ``other`` where nobody can tell.

    Where words of several kinds are said, the graver one is meant.

    Examples
    --------
    >>> kind_of("slope").id, kind_of("后山塌方,房屋开裂").id, kind_of("道路积水").id, kind_of("有怪声").id
    ('slope', 'slope', 'road', 'other')
    """
    bare = normalize("NFKC", said).strip().lower()
    for kind in kinds().values():
        if bare in (kind.id, kind.chinese, kind.english):
            return kind
    heard = [kind for kind in kinds().values() if any(word in bare for word in kind.words)]
    return max(heard, key=lambda kind: kind.severity) if heard else kinds()[OTHER]
