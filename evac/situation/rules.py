"""The numbers behind a situation, from ``rules.toml``, each with its source and status."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rules() -> dict[str, dict[str, Any]]:
    """The rule file as it is.

    Examples
    --------
    >>> rules()["first_report"]["hours"], rules()["first_report"]["status"]
    (2.0, 'S')
    """
    return tomllib.loads((files("evac") / "situation" / "rules.toml").read_text(encoding="utf-8"))


def most(what: str) -> int:
    """The most rows of a list."""
    return int(rules()["lengths"][what])


def stale_after(source: str) -> timedelta | None:
    """From what age on a source is stale; None where age alone is no fault.

    Examples
    --------
    >>> stale_after("registry"), stale_after("documents")
    (datetime.timedelta(seconds=1800), None)
    """
    minutes = rules()["stale"].get(source)
    return timedelta(minutes=minutes) if isinstance(minutes, float) else None
