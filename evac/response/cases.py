"""Published, dated decisions, and what the table says in their place: the calibration of the rule table, kept in view."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from evac.response.advice import Advice, advise_typhoon
from evac.response.levels import Level, read_level
from evac.response.situation import CHINA_PERIOD, Course, Storm
from evac.response.table import ResponseTable


@dataclass(frozen=True)
class Case:
    """A decision that was announced.

    Attributes
    ----------
    storm : Storm
        With the lead time to the landfall as it came.
    before : Level
        In force until then, where the announcement or the order of the decisions says so.
    level : Level
        What was decided.
    advises : Level
        What the table is known to advise: the same, or the one disagreement that is on record.
    earliest_hours : float or None
        Lead time to the beginning of the forecast window [h].
    position : tuple of float or None
        Latitude and longitude of the fix [degrees].
    """

    id: str
    region: str
    at: datetime
    storm: Storm
    before: Level
    level: Level
    advises: Level
    earliest_hours: float | None
    position: tuple[float, float] | None
    source: str


@cache
def published_cases() -> tuple[Case, ...]:
    """Every case of ``cases.toml``.

    Examples
    --------
    >>> [(c.region, c.level.roman) for c in published_cases() if c.id.startswith("infa-zhejiang")]
    [('33', 'Ⅲ'), ('33', 'Ⅱ'), ('33', 'Ⅰ'), ('33', 'Ⅱ')]
    """
    content = tomllib.loads((files("evac") / "response" / "cases.toml").read_text(encoding="utf-8"))
    return tuple(
        Case(
            id=row["id"],
            region=row["region"],
            at=row["at"],
            storm=Storm(
                at=row["at"],
                maximum_wind=row["wind"],
                averaging_period=CHINA_PERIOD,
                course=Course(row["course"]),
                distance_km=row.get("distance_km"),
                lead_hours=row.get("lead_hours"),
            ),
            before=read_level(row["before"]) if "before" in row else Level.NONE,
            level=read_level(row["level"]),
            advises=read_level(row["level"] if row["agrees"] else row["advises"]),
            earliest_hours=row.get("earliest_hours"),
            position=(row["latitude"], row["longitude"]) if "latitude" in row else None,
            source=row["source"],
        )
        for row in content["case"]
    )


def held_against(table: ResponseTable) -> tuple[tuple[Case, Advice], ...]:
    """Each case, and what a table advises in its place: an office that changes a number sees what it would have done."""
    return tuple(
        (case, advise_typhoon(case.region, case.storm, table, current=case.before))
        for case in published_cases()
    )
