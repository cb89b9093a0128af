"""How fast the loop closed: answer time, first feedback, closed on time, the cascade from level to level, an index a county.

They describe offices and ways, never people: nothing here sorts by value, and the index says of what it was made. What nobody
noted is unknown and never counted as good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_low
from types import MappingProxyType
from typing import Final

from evac.orders.deadlines import MOVES, close_by, start_of
from evac.orders.offices import CASCADE, Ladder
from evac.orders.rules import LoopRules
from evac.orders.tasks import Stage, Task

WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {"answered": 0.3, "feedback": 0.2, "moved": 0.3, "closed": 0.2}
)
"""Parts of the closed-loop index (called, moved, fed back on time, closed on time) and their weights: own proposal (D)."""

WORDS: Final = MappingProxyType(
    {"answered": "按时叫应", "feedback": "按时反馈", "moved": "已转/应转", "closed": "按时销号"}
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many; ``of`` 0 is unknown, not good."""

    met: float = 0.0
    of: float = 0.0

    @property
    def value(self) -> float | None:
        """From 0 to 1; None where there is nothing to judge."""
        return self.met / self.of if self.of else None

    def __add__(self, other: Share) -> Share:
        return Share(self.met + other.met, self.of + other.of)


@dataclass(frozen=True)
class Indicators:
    """Of a set of tasks at an instant.

    Attributes
    ----------
    tasks : int
    unanswered : int
    open : int
    overdue : int
        Some deadline has passed and its step was taken or is due.
    answer, feedback : tuple of timedelta
        From sending to the answer, and from the answer to the first report, one a task that has them.
    shares : mapping
        Name of ``WEIGHTS`` -> share.
    """

    tasks: int
    unanswered: int
    open: int
    overdue: int
    answer: tuple[timedelta, ...]
    feedback: tuple[timedelta, ...]
    shares: Mapping[str, Share]

    @property
    def median_answer(self) -> timedelta | None:
        """Of those that answered, the lower of the two in the middle where they are even: a time that somebody really took.

        None if nobody did. Read it beside ``unanswered``.
        """
        return median_low(self.answer) if self.answer else None

    @property
    def median_feedback(self) -> timedelta | None:
        """Of those that reported, as ``median_answer``; None if nobody did."""
        return median_low(self.feedback) if self.feedback else None

    @property
    def index(self) -> float | None:
        """Closed-loop index, 0 to 100: the weighted mean of the shares that are known (D); None where none is."""
        known = [
            (WEIGHTS[name], share.value) for name, share in self.shares.items() if share.value is not None
        ]
        whole = sum(weight for weight, _ in known)
        return 100 * sum(weight * value for weight, value in known) / whole if known else None


def indicators(tasks: Iterable[Task], rules: LoopRules, now: datetime) -> Indicators:
    """The figures of some tasks; those of documents that were taken back or replaced before they were due are left out.

    Parameters
    ----------
    tasks : iterable of Task
    rules : LoopRules
    now : datetime
        What is not due yet counts for nothing, neither good nor bad.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from evac import TaskBook
    >>> from evac.orders.events import Received, Sent, Signed
    >>> from evac.orders.rules import bundled_rules
    >>> at = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
    >>> signed = Signed(draft="0" * 64, at=at, by="张三", issuer="330902", series="防指办函", year=2021, number=3,
    ...                 type="risk_notice", region="330902", event="2106", title="风险提示函", receivers=("岑港街道",), exercise=True,
    ...                 supersedes="", content="", message="", identifier="")  # without its text: as urgent as orange
    >>> sent = Sent(draft="0" * 64, at=at, by="张三", receiver="岑港街道", way="传真")
    >>> answered = Received(draft="0" * 64, at=at + timedelta(minutes=4), by="张三", receiver="岑港街道", person="李四")
    >>> book = TaskBook()
    >>> touched = [book.add(record, record.at) for record in (signed, sent, answered)]
    >>> found = indicators(book.tasks.values(), bundled_rules(), at + timedelta(hours=1))
    >>> found.tasks, found.unanswered, f"{found.median_answer.seconds // 60} min", found.shares["answered"].value
    (1, 0, '4 min', 1.0)
    """
    chosen = [t for t in tasks if t.stage not in (Stage.RETRACTED, Stage.SUPERSEDED, Stage.WITHDRAWN)]
    shares = {name: Share() for name in WEIGHTS}
    answer: list[timedelta] = []
    feedback: list[timedelta] = []
    for task in chosen:
        for name, share in _shares(task, rules, now).items():
            shares[name] += share
        start = start_of(task)
        if start is not None and task.received_at is not None:
            answer.append(max(task.received_at - start, timedelta(0)))
            if task.reported_at:
                feedback.append(max(min(task.reported_at) - task.received_at, timedelta(0)))
    return Indicators(
        tasks=len(chosen), unanswered=sum(t.received_at is None for t in chosen), open=sum(t.open for t in chosen),
        overdue=sum(t.open and bool(t.steps) for t in chosen), answer=tuple(answer), feedback=tuple(feedback),
        shares=MappingProxyType(shares),
    )  # fmt: skip


def together(parts: Iterable[Indicators]) -> Indicators:
    """The figures of several sets of tasks that have none in common, without looking at a task again."""
    found = list(parts)
    shares = {name: Share() for name in WEIGHTS}
    for part in found:
        for name, share in part.shares.items():
            shares[name] += share
    return Indicators(
        tasks=sum(p.tasks for p in found), unanswered=sum(p.unanswered for p in found), open=sum(p.open for p in found),
        overdue=sum(p.overdue for p in found), answer=tuple(span for p in found for span in p.answer),
        feedback=tuple(span for p in found for span in p.feedback), shares=MappingProxyType(shares),
    )  # fmt: skip


def changes_at(tasks: Iterable[Task], rules: LoopRules, now: datetime) -> datetime:
    """Until when ``indicators`` of these tasks stay as they are now, if none of them changes."""
    never = datetime.max.replace(tzinfo=UTC)
    limits = (limit for task in tasks for _, done, limit in _limits(task, rules) if done is None)
    return min((limit for limit in limits if limit > now), default=never)


def _limits(task: Task, rules: LoopRules) -> Iterator[tuple[str, datetime | None, datetime]]:
    """Name of a share, when it was met, and until when it had to be."""
    start = start_of(task)
    if start is None:
        return
    limit = start + task.terms.answer
    yield "answered", task.received_at, limit
    if task.acting:
        base = limit if task.received_at is None else min(task.received_at, limit)
        yield "feedback", min(task.reported_at, default=None), base + task.terms.feedback
        until = close_by(task, rules)
        if until is not None:
            yield "closed", task.ended_at if task.stage is Stage.CLOSED else None, until


def _shares(task: Task, rules: LoopRules, now: datetime) -> dict[str, Share]:
    found = {name: _met(done, limit, now) for name, done, limit in _limits(task, rules)}
    counted = task.counted if task.acting and start_of(task) is not None else None
    if counted is not None and task.terms.signed.type == MOVES and counted.to_move > 0:
        found["moved"] = Share(min(counted.moved, counted.to_move), counted.to_move)
    return found


def _met(done: datetime | None, limit: datetime, now: datetime) -> Share:
    if done is not None and done <= limit:
        return Share(1, 1)
    return Share(0, 1) if now >= limit or done is not None else Share()


def by_county(
    tasks: Iterable[Task], rules: LoopRules, ladder: Ladder, now: datetime
) -> dict[str, Indicators]:
    """Figures by county code (6 digits), in the order of the codes; a city's or the province's own tasks under theirs.

    The region is that of the receiver where it is on the list of offices, else of the document.
    """

    def code(task: Task) -> str:
        office = ladder.offices.get(task.receiver)
        return (office.code if office else task.terms.signed.region)[:6]

    return _grouped(tasks, code, rules, now)


def _grouped(
    tasks: Iterable[Task], key: Callable[[Task], str], rules: LoopRules, now: datetime
) -> dict[str, Indicators]:
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        groups.setdefault(key(task), []).append(task)
    return {name: indicators(groups[name], rules, now) for name in sorted(groups)}


@dataclass(frozen=True, slots=True)
class Lag:
    """One link of the cascade: how long after the level above the level below answered.

    Attributes
    ----------
    above, below : str
        Levels of ``offices.CASCADE``.
    lags : tuple of timedelta
        One for each office below that answered, after the nearest office above it that did.
    waiting : int
        Offices below that have the document and have not answered.
    """

    above: str
    below: str
    lags: tuple[timedelta, ...]
    waiting: int

    @property
    def median(self) -> timedelta | None:
        """As ``Indicators.median_answer``; None where nobody below has answered."""
        return median_low(self.lags) if self.lags else None


def cascade(tasks: Iterable[Task], ladder: Ladder) -> tuple[Lag, ...]:
    """From level to level, province to village: a document's way down, by who answered when.

    Parameters
    ----------
    tasks : iterable of Task
        Of one document, or of the documents of one event.
    ladder : Ladder
        Offices that are not on it have no level and are left out.

    Returns
    -------
    tuple of Lag
        Only between levels where there is something to tell, in the order of the way down.
    """
    chosen = list(tasks)
    answered: dict[str, datetime] = {}
    for task in chosen:
        if task.received_at is not None:
            answered[task.receiver] = min(task.received_at, answered.get(task.receiver, task.received_at))
    lags: dict[tuple[str, str], list[timedelta]] = {}
    waiting: dict[tuple[str, str], set[str]] = {}
    for receiver in dict.fromkeys(task.receiver for task in chosen):
        level = ladder.level(receiver)
        known = [name for name in ladder.above(receiver) if name in answered and ladder.level(name)]
        if not level or not known:
            continue
        link = (ladder.level(known[0]), level)
        if receiver in answered:
            lags.setdefault(link, []).append(max(answered[receiver] - answered[known[0]], timedelta(0)))
        else:
            waiting.setdefault(link, set()).add(receiver)
    links = sorted({*lags, *waiting}, key=lambda link: (CASCADE.index(link[0]), CASCADE.index(link[1])))
    return tuple(Lag(*link, tuple(lags.get(link, ())), len(waiting.get(link, ()))) for link in links)
