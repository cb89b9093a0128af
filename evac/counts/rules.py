"""The numbers behind the lists, from ``rules.toml``, each with its source and status."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rules() -> dict[str, dict[str, Any]]:
    """The rule file as it is.

    Examples
    --------
    >>> rules()["near_full"]["share"], rules()["near_full"]["status"]
    (0.9, 'D')
    """
    return tomllib.loads((files("evac") / "counts" / "rules.toml").read_text(encoding="utf-8"))


def area_needed(stay: timedelta) -> float:
    """Floor that a person needs [m2] when the shelter has been open so long.

    Examples
    --------
    >>> [area_needed(timedelta(hours=h)) for h in (2, 30, 24 * 10)]
    [0.5, 1.0, 2.0]
    """
    rule = rules()["area_per_person"]
    days = stay / timedelta(days=1)
    return float(rule["metres"][max(0, bisect_right(rule["days"], days) - 1)])
