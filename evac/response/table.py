"""The rule table of responses, checked: every row with source and status, an office's own in place of the bundled one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from evac.response.levels import Level, Unit, read_level
from evac.response.situation import GROUPS, Course
from riskmap.errors import ConfigError
from riskmap.io.toml_file import key_lines, read_toml
from riskmap.rules.place import Place, every, number, one_of, only, source, status, table
from riskmap.scale import Tier

_BOUNDS: Final = {"wind_at_least": 120.0, "lead_at_most": 480.0, "within": 20_000.0}
_WARNING: Final = tuple(tier.english for tier in Tier if tier is not Tier.GREEN)
_TABLED: Final = (Unit.PROVINCE, Unit.CITY, Unit.COUNTY)
"""Units that the table speaks of; a town or village follows its county."""


@dataclass(frozen=True)
class TyphoonRow:
    """One line of the table for typhoons.

    Attributes
    ----------
    wind_at_least : float
        2-minute mean [m s-1].
    lead_at_most : float or None
        [h]; None where the row does not ask.
    within : float or None
        [km]; None where the row does not ask.
    """

    id: str
    level: Level
    of: tuple[Unit, ...]
    course: Course
    wind_at_least: float
    lead_at_most: float | None
    within: float | None
    source: str
    status: str


@dataclass(frozen=True)
class TierRow:
    """One line for the kinds that the risk map speaks for: so many counties at a tier or above."""

    id: str
    level: Level
    kinds: tuple[str, ...]
    of: tuple[Unit, ...]
    tier: Tier
    counties: int
    source: str
    status: str


@dataclass(frozen=True)
class ResponseTable:
    """The whole table.

    Attributes
    ----------
    steps_down : int
        Levels by which a response falls in one decision.
    file : str
        Where it was read.
    """

    typhoon: tuple[TyphoonRow, ...]
    tiers: tuple[TierRow, ...]
    steps_down: int
    version: str
    file: str


@cache
def bundled_table() -> ResponseTable:
    """The table that ships with the package.

    Examples
    --------
    >>> {row.status for row in bundled_table().typhoon}
    {'D'}
    """
    return read_table(Path(str(files("evac") / "response" / "rules.toml")))


def read_table(path: Path) -> ResponseTable:
    """A table from a file of the form of ``evac/response/rules.toml``.

    Raises
    ------
    SourceError
        It cannot be read.
    ConfigError
        A key is missing or unknown, a bound cannot be, two rows have one id, or a row lacks source or status; with file
        and line.
    """
    content, text = read_toml(path)
    top = Place(path.name, key_lines(text))
    only(content, {"version", "step_down", "typhoon", "tiers"}, top)
    every(content, {"version", "step_down", "typhoon", "tiers"}, top)
    step = table(content["step_down"], top.section("step_down"))
    every(step, {"levels", "source", "status"}, top.section("step_down"))
    source(step["source"], top.section("step_down").key("source"))
    status(step["status"], top.section("step_down").key("status"))
    typhoon = tuple(_typhoon(row, top.entry("typhoon", n)) for n, row in enumerate(content["typhoon"]))
    tiers = tuple(_tiers(row, top.entry("tiers", n)) for n, row in enumerate(content["tiers"]))
    ids = [*(row.id for row in typhoon), *(row.id for row in tiers)]
    if len(set(ids)) != len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise ConfigError("two rows have one id", where=path.name, expected="an id for each row", found=twice,
                          remedy="rename one: the id is what a decision quotes")  # fmt: skip
    return ResponseTable(
        typhoon=typhoon,
        tiers=tiers,
        steps_down=int(
            number(step["levels"], top.section("step_down").key("levels"), low=1, high=4, whole=True)
        ),
        version=str(content["version"]),
        file=path.name,
    )


def _units(value: Any, place: Place) -> tuple[Unit, ...]:
    words = value if isinstance(value, list) and value else [value]
    return tuple(Unit(one_of(word, tuple(u.value for u in _TABLED), place)) for word in words)


def _level(value: Any, place: Place) -> Level:
    return read_level(str(value), where=str(place))


def _typhoon(row: Mapping[str, Any], place: Place) -> TyphoonRow:
    every(row, {"id", "level", "of", "course", "wind_at_least", "source", "status"}, place)
    only(row, {"id", "level", "of", "course", "source", "status", *_BOUNDS}, place)
    bound = {
        name: number(row[name], place.key(name), low=0.0, high=high) if name in row else None
        for name, high in _BOUNDS.items()
    }
    course = Course(one_of(row["course"], tuple(c.value for c in Course), place.key("course")))
    if course in (Course.APPROACHING, Course.PASSING) and bound["lead_at_most"] is None:
        raise ConfigError(
            "a row for a storm still to come without a lead time", where=str(place), expected="lead_at_most = hours",
            found="none", remedy="add it: without one the row holds for any storm of the season",
        )  # fmt: skip
    return TyphoonRow(
        id=str(row["id"]),
        level=_level(row["level"], place.key("level")),
        of=_units(row["of"], place.key("of")),
        course=course,
        wind_at_least=bound["wind_at_least"] or 0.0,
        lead_at_most=bound["lead_at_most"],
        within=bound["within"],
        source=source(row["source"], place.key("source")),
        status=status(row["status"], place.key("status")),
    )


def _tiers(row: Mapping[str, Any], place: Place) -> TierRow:
    needed = {"id", "kinds", "level", "of", "tier", "counties", "source", "status"}
    every(row, needed, place)
    only(row, needed, place)
    kinds = row["kinds"] if isinstance(row["kinds"], list) and row["kinds"] else [row["kinds"]]
    return TierRow(
        id=str(row["id"]),
        level=_level(row["level"], place.key("level")),
        kinds=tuple(one_of(kind, tuple(GROUPS), place.key("kinds")) for kind in kinds),
        of=_units(row["of"], place.key("of")),
        tier=Tier[one_of(row["tier"], _WARNING, place.key("tier")).upper()],
        counties=int(number(row["counties"], place.key("counties"), low=1, high=3000, whole=True)),
        source=source(row["source"], place.key("source")),
        status=status(row["status"], place.key("status")),
    )
