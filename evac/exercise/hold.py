"""The exercise held: from the signature of the letters to the closing of the event, on one fake clock, and what it came to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from evac.codes import SigningKey
from evac.counts.moved import count_moved
from evac.delivery import Tell
from evac.drill import Cast, Drill, Intake, batches, counted, drill_labels, prepared
from evac.exercise.chancery import Chancery
from evac.exercise.clearing import Cleared, clear_county
from evac.exercise.courses import courses, hours_until, zone_hours
from evac.exercise.homeward import Homecoming, Homeward
from evac.exercise.letters import Letters, is_county, order_number, read_drafts
from evac.exercise.levels import Levels
from evac.exercise.offices import invented_offices, silent_ones
from evac.exercise.recipients import Recipients, is_done
from evac.exercise.roads import lay_roads, leaving, road_county
from evac.exercise.timeline import Timeline
from evac.exercise.transfer_plan import Planned, plan_transfer, summary
from evac.model import Person
from evac.orders.deadlines import CLOCKS
from evac.orders.register import Document
from evac.orders.tasks import ENDED, Task, TaskBook
from evac.plan.assumptions import Assumptions, load_assumptions
from evac.plan.invented import synthetic_roster
from evac.plan.run_dangers import known_dangers
from evac.registry import EventStore, Registry
from evac.rehearsal import Course, rehearse
from riskmap.assessment import Assessment
from riskmap.beside import Begin, begin_here
from riskmap.io.publish import Staging
from riskmap.io.published_outlook import PublishedOutlook
from riskmap.outlook import beijing
from riskmap.products.letter_fields import Letter

CLEARANCE: Final = "clearance"
NUMBERS: Final = Path(__file__).with_name("exercise.toml")
COUNTER: Final = "evac drill(自动,非人工)"
_REPORT_EARLY: Final = 0.6
"""A town reports when this share of the time to its next report is over (D)."""
_EVERY: Final = timedelta(minutes=30)

Story = Callable[[datetime, str, str], None]
"""Told as the exercise goes: the exercise's time, Chinese, English."""


@dataclass(frozen=True)
class Held:
    """What an exercise was.

    Attributes
    ----------
    drill : Drill
        The head-count, reconciled with the truth.
    letters : Letters
    levels : Levels
    planned : Planned
    cleared : dict
        Roads, routes and clearance of one county.
    course : mapping
        County -> orders and releases.
    silent : tuple of str
        Counties that did not answer by themselves.
    home : Homecoming
        Releases, inspections, who was told and went, and the closing.
    start, end : datetime
    later_issued_at : datetime or None
        Of the run by which people were let home.
    """

    drill: Drill
    letters: Letters
    levels: Levels
    planned: Planned
    cleared: dict[str, Any]
    course: dict[str, Course]
    silent: tuple[str, ...]
    home: Homecoming
    start: datetime
    end: datetime
    numbers: Assumptions
    tasks: tuple[Task, ...]
    later_issued_at: datetime | None = None


@dataclass(frozen=True)
class Played:
    """An exercise whose event is closed, not reconciled yet."""

    planned: Planned
    cleared: dict[str, Any]
    course: dict[str, Course]
    cast: Cast
    homeward: Homeward
    end: datetime


class Exercise:
    """One exercise over a published run; ``hold`` runs it, ``close`` lets go of its files.

    Parameters
    ----------
    source : Path
        Folder of the run.
    assessment : Assessment
        Of that run.
    event : str
        Number of the storm.
    store : EventStore
        Empty; holds the people and the check-ins afterwards.
    folder : Path
        Gets everything else.
    persons, seed : int
    story, tell : callable
    later : PublishedOutlook or None
        A later run of the same storm, by which people are let home.
    begin : callable
        Begins a call in another process, for what is printed.
    met : callable
        Gets everybody with their codes, those of the doors too, before the first check-in.
    """

    def __init__(
        self, source: Path, assessment: Assessment, event: str, store: EventStore, folder: Path, *,
        persons: int, seed: int, story: Story, tell: Tell, later: PublishedOutlook | None = None, begin: Begin = begin_here,
        met: Callable[[Sequence[Person]], None] = lambda _people: None,
    ) -> None:  # fmt: skip
        self.source, self.assessment, self.folder, self.later = source, assessment, folder, later
        self.store, self.seed, self.story, self.tell = store, seed, story, tell
        self.persons, self.event, self.begin, self.met = persons, event, begin, met
        self.numbers = load_assumptions(NUMBERS)
        hours = assessment.valid_at
        self.start = assessment.issued_at if assessment.issued_at < hours[-1] else hours[0]
        self.line = Timeline(self.start)
        self.drafts = read_drafts(source)
        self.ladder = invented_offices(assessment.regions, next(iter(self.drafts.values())).letter.issuer)
        tiers = [(code, d.letter.tier) for code, d in self.drafts.items() if is_county(code)]
        self.silent = silent_ones(tiers, self.numbers.whole("silent_counties"), self._rng("silent"))
        chance, share = self._rng("unlisted"), self.numbers.share("unlisted_share")
        self._unlisted = {code for code, _ in tiers if chance.random() < share}
        self.chancery = Chancery(folder, self.ladder, lambda: self.line.now, begin=begin)
        silent_offices = {self.drafts[code].letter.addressee for code in self.silent}
        self.recipients = Recipients(
            self.chancery, self.line, self.numbers, self._rng("recipients"), silent_offices
        )
        self.letters = Letters(self.drafts, self.chancery, self.recipients, self.line, self.numbers)
        self.levels = Levels(folder, event, self.line)
        self._limit = timedelta(hours=self.numbers.whole("transfer_hours"))

    def _rng(self, part: str) -> random.Random:
        """Randomness of one part: what one part draws changes no other."""
        return random.Random(f"{self.seed}/{part}")  # noqa: S311  # an exercise is repeatable by design

    def close(self) -> None:
        """Let go of files."""
        self.chancery.close()
        self.levels.close()

    def hold(self) -> Held:
        """Let everything happen, and reconcile it; see ``play`` and ``reconciled``."""
        return self.reconciled(self.play())

    def play(self) -> Played:
        """Let everything happen: the logs are whole when it returns."""
        conference = self.start + timedelta(minutes=self.numbers.whole("conference_minutes"))
        lowered = self.levels.schedule()
        signed = self.start + timedelta(minutes=self.numbers.whole("sign_minutes"))
        self.letters.foresee_notices(signed)
        # the plan knows nothing of the letters: it is made while they are printed
        planned, clearing, key = self._plan(conference)
        self.tell("公文与应答 letters and answers", 0.0)
        self.line.at(signed, self.letters.sign_notices)
        self.line.run(conference, self.chancery)
        self._tell_answers()
        cleared = self._cleared(clearing)
        self._tell_plan(planned, cleared)
        course = courses(
            self.assessment, [r.code for r in planned.roster.counties], self._answered(conference), conference_at=conference,
            lowered_at=lowered, later=self.later.outlook.assessment if self.later else None, numbers=self.numbers,
            rng=self._rng("courses"),
        )  # fmt: skip
        released = max((c.slopes_at for c in course.values()), default=conference)
        end = (released + timedelta(hours=self.numbers.whole("end_hours"))).replace(minute=0)
        orders = self._orders(planned, course)  # printed while the messages are made
        cast = self._cast(planned, course, key, end)
        intake = Intake(Registry(self.store))
        homeward = Homeward(
            self.letters, cast, intake, later=self.later, latest=self.assessment, line=self.line, numbers=self.numbers,
            rng=self._rng("homeward"),
        )  # fmt: skip
        self._schedule(cast, intake, orders, course)
        homeward.schedule(course)
        self.levels.end_at(end)
        # what was under way when the response ended still comes in
        self.line.run(end + timedelta(hours=self.numbers.whole("close_hours")), self.chancery)
        self._close_event(homeward)
        return Played(planned, cleared, course, cast, homeward, end)

    def reconciled(self, played: Played) -> Held:
        """Hold the count against what truly happened.

        Raises
        ------
        ConflictError
            The count does not equal the truth, or a command of the people's log was refused for good.
        """
        cast, homeward, course, end = played.cast, played.homeward, played.course, played.end
        hours = hours_until(self.assessment, end)
        acts = sorted((*cast.script.acts, *homeward.found.acts), key=lambda act: act.at)
        drill = counted(
            replace(cast, script=replace(cast.script, acts=tuple(acts))),
            homeward.intake,
            hours=hours,
            in_zone=zone_hours(self.assessment, cast.counties, hours, course),
            own=homeward.found.written,
        )
        tasks = tuple(self.chancery.tasks.book().tasks.values())
        return Held(
            drill, self.letters, self.levels, played.planned, played.cleared, course, self.silent, homeward.found, self.start, end,
            self.numbers, tasks, self.later.outlook.issued_at if self.later else None,
        )  # fmt: skip

    def _close_event(self, homeward: Homeward) -> None:
        self.tell("关闭与核对 closing and reconciliation", 0.0)
        unfinished = self.chancery.tasks.book().unfinished()
        homeward.close(
            open_documents=tuple(dict.fromkeys(task.terms.number for task in unfinished)),
            in_force=self.levels.in_force(),
        )

    def _tell_answers(self) -> None:
        book = self.chancery.tasks.book()
        waiting = sum(t.received_at is None for t in book.tasks.values())
        self.story(
            self.line.now,
            f"告知函{len(self.letters.notices)}份已签发;收文任务{len(book.tasks)}项,未应答{waiting}项;督办单{len(self.letters.supervisions)}份",
            f"{len(self.letters.notices)} letters signed; {len(book.tasks)} receivers, {waiting} not answered; "
            f"{len(self.letters.supervisions)} supervision orders",
        )

    def _answered(self, latest: datetime) -> dict[str, datetime]:
        """When each county answered its own 风险告知函."""
        found = {}
        for document in self.letters.notices:
            code = document.signed.region
            (task,) = (t for t in self.chancery.tasks_of(document) if t.receiver == t.terms.addressee)
            if is_county(code):
                found[code] = task.received_at or latest
        return found

    def _plan(self, at: datetime) -> tuple[Planned, Callable[[], Cleared], SigningKey]:
        """Invent the people, put them on the list, and plan as of an instant; one county's clearance is only begun."""
        self.tell("名单与方案 list and plan", 0.0)
        key = SigningKey.for_drill(self.seed)
        roster = synthetic_roster(self.assessment, persons=self.persons, rng=self._rng("people"), key=key)
        self.store.put_people(roster.people)
        self.store.put_labels(drill_labels(self.seed, key))
        known, roads = known_dangers(self.source, assessment=self.assessment), None
        if roster.people:
            code = road_county(Counter(person.county for person in roster.people))
            county = self.assessment.region(code)
            roads = lay_roads(known.outlines, county, self.folder, seed=self.seed, numbers=self.numbers)
        planned = plan_transfer(
            self.source, self.assessment, known, roster, self.store, self.folder, at=at, numbers=self.numbers,
            rng=self._rng("places"), on_roads={roads.region.code: roads.junctions} if roads is not None else {},
        )  # fmt: skip
        self.store.put_people(planned.roster.people)
        self.store.put_shelters(planned.roster.shelters)
        if roads is None:
            return planned, lambda: Cleared({}, {}), key
        many = self.numbers.whole("stands_for")
        return planned, self.begin(clear_county, leaving(roads, planned, many=many)), key

    def _cleared(self, clearing: Callable[[], Cleared]) -> dict[str, Any]:
        """Wait for the clearance and write it; its figures."""
        found = clearing()
        if found.files:
            out = Staging(self.folder / CLEARANCE)
            for name, text in found.files.items():
                out.write(name, text)
        return found.figures

    def _tell_plan(self, planned: Planned, cleared: dict[str, Any]) -> None:
        told = summary(planned)
        self.story(
            self.line.now,
            f"转移方案:应转移{told['asked_to_move']:,}人,安置点{told['shelters']}处;{cleared.get('name', '')}疏散清空{cleared.get('finish', '—')}(示例路网)",
            f"plan: {told['asked_to_move']:,} people to move, {told['shelters']} shelters; one county clears in {cleared.get('finish', '—')} (invented roads)",
        )

    def _cast(self, planned: Planned, course: dict[str, Course], key: SigningKey, end: datetime) -> Cast:
        self.tell("演练人员 rehearsal", 0.0)
        numbers, rng = load_assumptions(), self._rng("rehearsal")
        script = rehearse(
            self.assessment, planned.roster, numbers, rng, courses=course, asked=planned.asked, until=end
        )
        orders = {code: order_number(self.drafts[code].letter, c.ordered_at) for code, c in course.items()}
        cast = prepared(
            self.assessment, planned.roster, script, rng, key=key, seed=self.seed, orders=orders, begin=self.begin
        )  # fmt: skip
        self.store.put_people(cast.people[len(planned.roster.people) :])
        self.met(cast.people)
        return cast

    def _orders(self, planned: Planned, course: dict[str, Course]) -> dict[str, Letter]:
        """Each county's transfer order, as it will be given, in the order of time."""
        people = Counter(p.county for p in planned.roster.people if p.household in planned.asked)
        shelters = Counter(s.county for s in planned.roster.shelters)
        return {
            code: self.letters.foresee_order(
                code, one.ordered_at, shelters=shelters[code], people=people[code], finish_at=one.ordered_at + self._limit
            )
            for code, one in sorted(course.items(), key=lambda item: (item[1].ordered_at, item[0]))
        }  # fmt: skip

    def _schedule(
        self, cast: Cast, intake: Intake, orders: dict[str, Letter], course: dict[str, Course]
    ) -> None:
        """Orders, check-ins and counts onto the clock."""
        for code, letter in orders.items():
            self.line.at(course[code].ordered_at, partial(self.letters.order, code, letter))
            self.line.at(course[code].ordered_at + self._limit, self._count)
        count = 0
        for at, batch in batches(cast.deliveries, cast.script.start):
            count += len(batch)
            share = count / len(cast.deliveries)
            self.line.at(at, partial(self._check_in, intake, batch, at, share))
        first = min((c.ordered_at for c in course.values()), default=self.start)
        last = max((c.lifted_at for c in course.values()), default=self.start)
        for n in range(int((last - first) / _EVERY) + 1):
            self.line.at(first + n * _EVERY, self._count)

    def _check_in(self, intake: Intake, batch: list[Any], at: datetime, share: float) -> None:
        self.tell("登记入库 check-ins", share)
        intake.take(batch, at)

    def _count(self) -> None:
        """应转 and 已转 into the log of documents; each town then reports, and finishes where nobody is short any more."""
        book = self.chancery.tasks.book()
        open_orders = [d for d in self.letters.orders.values() if _acting(book, d).stage not in ENDED]
        if not open_orders:
            return
        count_moved(self.chancery.tasks, self.store, self.line.now, by=COUNTER)
        book = self.chancery.tasks.book()
        for document in open_orders:  # a report touches the task of its own document alone
            self._report(document, _acting(book, document))

    def _report(self, document: Document, task: Task) -> None:
        if task.received_at is None or task.counted is None or is_done(task):
            return
        to_move, moved = task.counted.to_move, task.counted.moved
        now, told = self.line.now, f"应转移{to_move}人,已转移{moved}人"
        if to_move and not self.chancery.tasks.rules.short(to_move, moved):
            self.recipients.finish(document, task.receiver, f"{told},已转移到位")
            return
        if task.terms.move_by is not None and now >= task.terms.move_by and self._lists(document):
            self.recipients.finish(document, task.receiver, f"{told},其余已逐户列明未转移原因(劝导无效)")
            return
        if task.reported_at and now - task.reported_at[-1] >= task.terms.repeat * _REPORT_EARLY:
            share = min(moved / to_move, 0.99) if to_move else 0.0
            self.recipients.report(document, task.receiver, told, round(share, 2))

    def _lists(self, document: Document) -> bool:
        """Whether a town that is short lists who is left: at once, or once it was supervised."""
        code = document.signed.region
        if code not in self.silent and code not in self._unlisted:
            return True
        draft = document.signed.draft
        return any(
            task.received_at is not None
            for order, step in self.letters.supervisions
            if step.draft == draft
            for task in self.chancery.tasks_of(order)
            if task.acting
        )


def _acting(book: TaskBook, document: Document) -> Task:
    (task,) = (t for t in book.of(document.signed.draft) if t.receiver == t.terms.addressee)
    return task


def told_step(held: Held) -> list[str]:
    """Every step that the loop took by itself, a line each."""
    steps = sorted(
        (e for task in held.tasks for chain in task.steps.values() for e in chain),
        key=lambda e: (e.at, e.key),
    )
    return [f"{beijing(e.at)} {CLOCKS[e.clock][0]} {e.measure} {e.late}→{e.told}" for e in steps]
