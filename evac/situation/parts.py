"""Parts of the situation that say how things stand: regions, head-count, tiers, responses, shelters, readiness; see ``document``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

LEVELS: Final = ("province", "city", "county", "town", "village", "shelter")
"""Levels of a screen, from the top; a shelter's code is its id."""
LEVEL_WORDS: Final = MappingProxyType(
    {"province": "省", "city": "市", "county": "县(市、区)", "town": "乡镇(街道)", "village": "村(社区)", "shelter": "安置点"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """What it is about: ``number`` 2106, ``name`` 烟花 In-Fa; both empty where the registry does not say."""

    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A region or a shelter: ``level`` is one of ``LEVELS``; ``name`` is the code where no table names it."""

    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that was read, or could not be.

    Attributes
    ----------
    id : str
        ``registry`` (head-count), ``documents``, ``responses``, ``run`` (tiers), ``readiness``, ``shelters``, ``supplies``,
        ``field_tasks``, ``dangers``.
    words : str
        Its name for people.
    read : bool
        False: everything that comes from it is ``null``, and ``why`` says what happened.
    data_at : datetime or None
        Of its newest piece.
    age : timedelta or None
        From then to ``Situation.at``.
    stale : bool
        Older than ``stale_after``.
    stale_after : timedelta or None
        From the rule file; None where nothing new for long is no fault.
    why : str
        In words, where it was not read or is stale; else empty.
    """

    id: str
    words: str
    read: bool
    data_at: datetime | None = None
    age: timedelta | None = None
    stale: bool = False
    stale_after: timedelta | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class HeadCountHere:
    """The head-count of the screen's region, 应转移 = 已转移 + 已返回 + 途中 + 未转移 + 擅自离开 + 失联 + 遇难.

    Attributes
    ----------
    figures : mapping
        Name of ``evac.counts.terms.WORDS`` -> persons: ``due``, ``moved`` (= ``sheltered`` + ``dispersed`` + ``ashore`` + ``medical``),
        ``returned``, ``in_transit``, ``not_moved`` (= ``not_notified`` + ``notified`` + ``refused``), ``left``, ``missing``, ``deceased``;
        and beside the sum ``listed``, ``waiting``, ``exempt``, ``withdrawn``, ``unreached``, ``unaccounted`` and more where known.
    words : mapping
        Name -> its word.
    parts : tuple of str
        Names that sum to ``due``, in the order of the sum.
    adds_up : bool
        Always true: a count that does not is an error and not a document.
    share : float or None
        已转移 of 应转移 in percent, one decimal; None of nothing.
    """

    figures: Mapping[str, int | None]
    words: Mapping[str, str]
    parts: tuple[str, ...]
    adds_up: bool
    share: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the region: what a click goes down to.

    Attributes
    ----------
    code, name, level : str
        As ``Place``. A county's rows are towns, a town's are villages, a province's are its counties (``city`` names theirs).
    city : str
        Name of the city a county belongs to; else empty.
    tier, tier_worst : int or None
        Now, and the worst from now on.
    worst_at : datetime or None
        First hour of the worst.
    reason : str
        Why the worst: hazard, value, bound.
    due, moved, unaccounted, unreached, missing, refused, deceased : int or None
        Persons; ``unaccounted`` (尚未安全) is 应转移 not yet in safety.
    share : float or None
        已转移 of 应转移 in percent.
    letters, unanswered, overdue : int or None
        Tasks of its offices that are open; not answered; past a deadline.
    sheltered, capacity : int or None
        Persons at the shelters that lie in it, and their room.
    index : float or None
        Closed-loop index, 0 to 100, of its offices' tasks.
    ready, villages : int or None
        Villages that are ready, and all of them; None where readiness was not read.
    open_below : bool
        Whether it has a screen of its own: a click leads to ``code``.
    """

    code: str
    name: str
    level: str
    city: str = ""
    tier: int | None = None
    tier_worst: int | None = None
    worst_at: datetime | None = None
    reason: str = ""
    due: int | None = None
    moved: int | None = None
    share: float | None = None
    unaccounted: int | None = None
    unreached: int | None = None
    missing: int | None = None
    refused: int | None = None
    deceased: int | None = None
    letters: int | None = None
    unanswered: int | None = None
    overdue: int | None = None
    sheltered: int | None = None
    capacity: int | None = None
    index: float | None = None
    ready: int | None = None
    villages: int | None = None
    open_below: bool = True


@dataclass(frozen=True, slots=True)
class TierChange:
    """A region whose tier changes from one hour to the next: ``before`` and ``after`` as tiers."""

    at: datetime
    code: str
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Tiers:
    """Tiers by hour, of one published run.

    Attributes
    ----------
    issued_at : datetime
        Analysis time.
    of : Place
        Whose tiers these are: a town takes those of its county where the run has none of its own.
    hours : tuple of datetime
        Valid hours; ``now`` is the index of the hour that holds ``Situation.at``, None where the run does not reach it.
    combined : tuple of int
        Of the region, by hour: the worst of its parts.
    hazards : mapping
        Hazard -> tier by hour.
    words : mapping
        Hazard -> its Chinese word.
    rows : mapping
        Code of a row -> tier by hour, for the map.
    changes : tuple of TierChange
        Rises and falls of the rows from now on, the next first; cut by rule.
    disclaimer : str
        To be shown wherever a tier is.
    """

    issued_at: datetime
    of: Place
    hours: tuple[datetime, ...]
    now: int | None
    combined: tuple[int, ...]
    hazards: Mapping[str, tuple[int, ...]]
    words: Mapping[str, str]
    rows: Mapping[str, tuple[int, ...]]
    changes: tuple[TierChange, ...]
    disclaimer: str


@dataclass(frozen=True, slots=True)
class Response:
    """Emergency response of the region or of one above it: ``level`` 1 (Ⅰ, highest) to 4, None where none is in force."""

    place: Place
    of: str
    level: int | None
    words: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ShelterRow:
    """One shelter: ``present`` persons by the scans; ``tier_worst`` of the region where it stands."""

    id: str
    name: str
    code: str
    present: int | None
    capacity: int
    share: float | None
    full: bool
    near_full: bool
    tier_worst: int | None = None


@dataclass(frozen=True, slots=True)
class Shelters:
    """Shelters that lie in the region: full ones first, then by share; ``empty`` have nobody and are left out first."""

    places: int
    present: int | None
    capacity: int
    full: int
    near_full: int
    empty: int
    rows: tuple[ShelterRow, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """Villages that are ready (green) and not: ``red`` names villages with what is missing, cut by rule."""

    villages: int
    ready: int
    red: tuple[tuple[str, str, str], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A slot that another part of the library fills: field tasks, danger reports, supplies.

    ``head`` are its figures in order (label, value, unit); ``rows`` are lines under ``columns``; both are shown as they are.
    """

    title: str
    head: tuple[tuple[str, float | int | None, str], ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | float | int | None, ...], ...] = ()
    left_out: int = 0
    at: datetime | None = None
