"""Parts of the situation that wait for somebody: letters, deadlines, alarms, lists, reports of deaths, the hand-over; see ``document``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that must be done by an instant.

    Attributes
    ----------
    due_at : datetime
    kind : str
        A clock of ``evac.orders.deadlines.CLOCKS``, or ``first_report``, ``follow_up``, ``final_report``, ``last_safe_hour``.
    words : str
        What is due, in one line.
    who : str
        OfficeRecords or region that must do it.
    code : str
        Its region; empty where not known.
    overdue : bool
        Due before ``Situation.at``.
    """

    due_at: datetime
    kind: str
    words: str
    who: str
    code: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """One document at one receiver.

    Attributes
    ----------
    number, title, type : str
        发文字号, title, id of the document type.
    issuer, receiver, code : str
        Offices, and the receiver's region where it is known.
    tier : int or None
    stage, words : str
        ``SIGNED`` to ``CLOSED``, see ``evac.orders.tasks.Stage``; and its Chinese word.
    answered : bool
        叫应: somebody at the receiver answered.
    sent_at, answered_at : datetime or None
    moved, to_move : int or None
        Of a transfer order, as last counted.
    next : Deadline or None
    overdue : bool
    escalated : str
        The newest measure taken (催办, 督办单, …); empty for none.
    supervision : bool
        A supervision order was drafted, or this is one.
    """

    number: str
    title: str
    type: str
    issuer: str
    receiver: str
    code: str
    tier: int | None
    stage: str
    words: str
    answered: bool
    sent_at: datetime | None
    answered_at: datetime | None
    moved: int | None
    to_move: int | None
    next: Deadline | None
    overdue: bool
    escalated: str
    supervision: bool


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters and orders of the region's offices, those that wait first.

    Attributes
    ----------
    all, open, unanswered, overdue, supervised : int
        Tasks; ``supervised`` are those with a supervision order.
    index : float or None
        Closed-loop index, 0 to 100; ``parts`` what it was made of (``answered``, ``feedback``, ``moved``, ``closed``: percent or None).
    median_answer : timedelta or None
    rows : tuple of Letter
        Overdue, then unanswered, then the next due.
    left_out : int
        Open ones that were cut by rule, or stand on a screen further down; the figures above count them all.
    """

    all: int
    open: int
    unanswered: int
    overdue: int
    supervised: int
    index: float | None
    parts: Mapping[str, float | None]
    parts_words: Mapping[str, str]
    median_answer: timedelta | None
    rows: tuple[Letter, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """What somebody must look at.

    Attributes
    ----------
    kind : str
        ``missing``, ``deceased``, ``unreached``, ``left``, ``refused``, ``rescue``, ``overdue``, ``silent``, ``danger``, ``sensor``,
        ``worker``, ``supplies``, ``full``, ``not_ready``, ``report``.
    words : str
        One line: kind, how many, where.
    code, name : str
        The region (or shelter).
    count : int or None
        Persons or things; None where hidden.
    since : datetime or None
        The oldest of them; ``newest_at`` the newest.
    life_critical : bool
        Never cut and never held back.
    merged : int
        How many alarms of this kind and region stand in this line (1 = this one alone).
    """

    kind: str
    words: str
    code: str
    name: str
    count: int | None
    since: datetime | None
    newest_at: datetime | None
    life_critical: bool
    merged: int


@dataclass(frozen=True, slots=True)
class Alarms:
    """Alarms, the gravest first: merged by kind and region, and no more than so many *new* ones an hour.

    ``per_hour`` is the rule; ``merged_away`` counts alarms that stand in another's line, ``held_back`` those beyond the rule, by kind;
    a life-critical alarm is never held back.
    """

    rows: tuple[Alarm, ...]
    per_hour: int
    merged_away: int
    held_back: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ListItem:
    """One thing a county must answer: ``state`` ``open``, ``done`` or ``overdue``; ``due_at`` where it has a deadline."""

    words: str
    who: str
    code: str
    state: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the five stages of the lists: ``id`` ``found``, ``issued``, ``put_right``, ``assessed``, ``prevented``.

    ``words`` 发现, 生成, 整改, 评估, 预防; ``what`` says what is counted; ``known`` is false where nothing is kept to derive it from.
    """

    id: str
    words: str
    what: str
    known: bool
    all: int
    done: int
    overdue: int
    items: tuple[ListItem, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class ReportClock:
    """When deaths and missing people of a county must be reported: first report (首报), follow-ups (续报), final report (终报).

    Attributes
    ----------
    code, name : str
        The county.
    missing, deceased : int or None
        Persons now.
    since : datetime
        From when the clock runs: the earliest of them became known.
    kind, words : str
        The report that is due next: ``first_report``, ``follow_up``, ``final_report``, or ``done``.
    due_at : datetime or None
    overdue : bool
    reported : tuple of (str, datetime, str)
        Those that were made: kind, when, number of the report.
    basis : str
        The rule and its source.
    """

    code: str
    name: str
    missing: int | None
    deceased: int | None
    since: datetime
    kind: str
    words: str
    due_at: datetime | None
    overdue: bool
    reported: tuple[tuple[str, datetime, str], ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed: ``before`` and ``after`` are numbers or words; ``good`` None where it is neither good nor bad."""

    words: str
    before: str
    after: str
    good: bool | None


@dataclass(frozen=True, slots=True)
class Handover:
    """The hand-over sheet (交接班单), read in 60 seconds.

    Attributes
    ----------
    since : datetime
        When the last shift took over.
    changes : tuple of Change
        What changed, gravest first.
    silent : tuple of str
        Who has not answered, by office and document.
    silent_left_out : int
    next : tuple of Deadline
        The next three.
    text : str
        The whole sheet in words.
    """

    since: datetime
    changes: tuple[Change, ...]
    silent: tuple[str, ...]
    silent_left_out: int
    next: tuple[Deadline, ...]
    text: str
