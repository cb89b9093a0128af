"""The return of the exercise, through the functions of `evac return`: releases, inspections, return scans, and the closing of the event.

A county gives its 解除转移 when the later run says that it is over; slope-side houses are held until somebody has looked at each. Whoever
is told goes home in their own time and is scanned there. Nothing here decides who may go: ``evac.returning.release`` does.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, Final

from evac.asides import EventClosed, Inspected, InspectionWanted, Resolved
from evac.conflicts import open_conflicts
from evac.drill import Cast, Intake, batches
from evac.envelope import NO_ONE, Envelope
from evac.errors import ConflictError
from evac.exercise.letters import INSPECTOR, Letters, order_number, organ_of
from evac.exercise.return_scans import Whereabouts, homeward
from evac.exercise.timeline import Timeline
from evac.model import State
from evac.people.clerk import Clerk
from evac.plan.allocation_tables import table
from evac.plan.assumptions import Assumptions
from evac.rehearsal import Act, Course
from evac.returning.authority import Authority, on_document, on_paper
from evac.returning.closing import account_for, close_event
from evac.returning.hazard import look_again
from evac.returning.inspection import Item, Result, Thing, read_inspections, require_look, wanted_id
from evac.returning.release import Release, carry_out
from evac.returning.standing_now import return_counts
from riskmap.assessment import Assessment
from riskmap.io.published_outlook import PublishedOutlook
from riskmap.outlook import beijing
from riskmap.products.letter_facts import EXERCISE
from riskmap.products.letter_fields import Letter

INSPECTIONS: Final = "inspections"
_COMMANDER: Final = f"{EXERCISE}县防指指挥"
_BEFORE: Final = timedelta(minutes=30)
"""Roads and power are looked at so long before the release (D)."""
_PUBLIC: Final = ((Thing.ROAD, "进村道路"), (Thing.POWER, "村镇供电"))


@dataclass
class Homecoming:
    """What the return came to, so far.

    Attributes
    ----------
    given : dict
        County -> the release as it was given in.
    acts : list of Act
        Everybody's return, as it truly happened.
    told, held, houses : int
        People who were told that they may go; people who were ever held; slope-side houses that were looked at.
    overridden : dict
        County -> why a named person had to answer for a release.
    accounted, contradictions : int
        People who never moved and were seen; scans that contradicted each other and were looked into.
    written : int
        Events that offices wrote about the return, as the registry stored them; no device sends them.
    closed : EventClosed or None
    not_closed : str
        Why the event stayed open, or who stayed open in it.
    """

    given: dict[str, Release] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    told: int = 0
    held: int = 0
    houses: int = 0
    overridden: dict[str, str] = field(default_factory=dict)
    accounted: int = 0
    contradictions: int = 0
    written: int = 0
    closed: EventClosed | None = None
    not_closed: str = ""

    def figures(self) -> dict[str, Any]:
        """For the exercise's record."""
        basis = [one.authority.basis for one in self.given.values()]
        return {
            "releases": len(basis), "by_document": basis.count("document"), "told": self.told, "held": self.held,
            "slope_side_houses": self.houses, "overridden": dict(sorted(self.overridden.items())), "seen_at_home": self.accounted,
            "contradictions_decided": self.contradictions, "closed_at": beijing(self.closed.trusted_at) if self.closed else "",
        }  # fmt: skip


class Homeward:
    """The desks of the return over one registry.

    Parameters
    ----------
    letters : Letters
        Signs the 解除转移.
    cast : Cast
    intake : Intake
        Takes the return scans in.
    later : PublishedOutlook or None
        The run by which people are let home.
    latest : Assessment
        What is looked at again where there is no later run: the run of the exercise itself.
    """

    def __init__(
        self, letters: Letters, cast: Cast, intake: Intake, *, later: PublishedOutlook | None, latest: Assessment, line: Timeline,
        numbers: Assumptions, rng: random.Random,
    ) -> None:  # fmt: skip
        self.letters, self.cast, self.intake, self.line = letters, cast, intake, line
        self.later, self.numbers, self.rng = later, numbers, rng
        self.found = Homecoming()
        self._latest = later.outlook.assessment if later is not None else latest
        self._sheets = letters.chancery.papers.below(INSPECTIONS)
        self._people = {person.code: n for n, person in enumerate(cast.people)}
        self._truth = Whereabouts.of(cast.script)
        self._went: set[int] = set()
        self._coming: dict[datetime, list[Envelope]] = {}

    @property
    def store(self) -> Any:
        """The registry's."""
        return self.intake.registry.store

    def schedule(self, given: Mapping[str, Course]) -> None:
        """Put every county's return onto the clock: the release, the same again for who came late, then the slope-side houses."""
        for code, one in sorted(given.items(), key=lambda item: (item[1].lifted_at, item[0])):
            self.line.at(one.lifted_at - _BEFORE, partial(self._look_around, code))
            self.line.at(one.lifted_at, partial(self._release, code, self._foreseen(code, one)))
            for hours in self.numbers.listed("again_hours"):
                self.line.at(one.lifted_at + timedelta(hours=hours), partial(self._again, code))
            self.line.at(one.slopes_at, partial(self._slopes, code))

    def _clerk(self, by: str, code: str) -> Clerk:
        now, rng = self.line.now, self.rng
        return Clerk(
            by, code, f"return-{code}-{now:%d%H%M}", now, new_id=lambda: f"{rng.getrandbits(128):032x}"
        )

    def _look_around(self, code: str) -> None:
        """Roads and power onto the inspection list, and what was found there."""
        clerk = self._clerk(INSPECTOR, code)
        wanted = [
            clerk.write(InspectionWanted, NO_ONE, event_id=wanted_id(thing, code, subject, 1), of=thing.value, subject=subject, round=1, why="返回前检查(演练)")
            for thing, subject in _PUBLIC
        ]  # fmt: skip
        self._look(code, [Item(one) for one in wanted], "道路供电", wanted)

    def _look(self, code: str, items: Sequence[Item], what: str, more: Sequence[Any] = ()) -> None:
        """Write the sheet of a county's inspection; its digest is the evidence of each look."""
        clerk, heads = self._clerk(INSPECTOR, code), ("检查事项", "地点", "名称", "结论", "检查人", "时间")
        rows = [
            dict(zip(heads, (i.thing.chinese, i.wanted.place, i.wanted.subject, Result.SAFE.chinese, INSPECTOR, beijing(self.line.now)), strict=True))
            for i in items
        ]  # fmt: skip
        text = table(heads, rows)
        self._sheets.write(f"{code}-{what}.csv", text)
        digest = sha256(text.encode()).hexdigest()
        require_look(Result.SAFE, digest, INSPECTOR)
        looks = [
            clerk.write(Inspected, NO_ONE, place=i.wanted.place, target=i.wanted.event_id, result=Result.SAFE.value, evidence=digest, note="演练")
            for i in items
        ]  # fmt: skip
        receipt = self.intake.registry.check_ins([*more, *looks], received_at=self.line.now)
        self.found.written += len(receipt.stored)

    def _foreseen(self, code: str, one: Course) -> Letter | None:
        number = order_number(self.letters.drafts[code].letter, one.ordered_at)
        return self.letters.foresee_release(code, one.lifted_at, number, self.later) if self.later else None

    def _release(self, code: str, letter: Letter | None) -> None:
        """Sign the 解除转移 where the later run allows it, else let a named person answer for it, and carry it out."""
        self.found.given[code] = Release(self._authority(code, letter), code, _COMMANDER)
        self._carry_out(code)

    def _authority(self, code: str, letter: Letter | None) -> Authority:
        order = self.letters.orders[code]
        if letter is not None:
            document = self.letters.release(code, letter)
            return on_document(self.letters.chancery.desk.register(), document.number, code)
        number = f"{EXERCISE}{organ_of(self.letters.drafts[code].letter)}电话令"
        return on_paper(number, order.signed.issuer, code, code, lifts=order.number)

    def _again(self, code: str) -> None:
        """Carry the release out again where somebody of the county is moved and was told nothing yet."""
        if return_counts(self.store, code)[""].counts["waiting"]:
            self._carry_out(code)

    def _carry_out(self, code: str, why: str = "") -> None:
        """The release, or the same again for who came since; who may go is told and goes."""
        now, given = self.line.now, self.found.given[code]
        outlook = look_again(self._latest, code, at=now)
        if why := "; ".join(filter(None, (outlook.danger, why))):
            given = Release(
                given.authority, code, given.by, override_by=_COMMANDER, override_why=f"{why}。省级响应已下调,现场检查安全(演练)"
            )  # fmt: skip
            self.found.overridden[code] = why
        done = carry_out(self.intake.registry, given, outlook, now=now)
        self.found.held += done.held
        self.found.written += done.noted + done.allowed + done.held
        refused = {one.event.code for one in done.refused}
        at = int((now - self.cast.script.start).total_seconds())
        told = [
            n
            for person in done.plan.allow
            if person.code not in refused
            and (n := self._people[person.code]) not in self._went
            and self._truth.settled(n, at)
        ]
        self._went.update(told)
        self.found.told += len(told)
        self._send(homeward(self.cast.script, told, at, self.rng))

    def _send(self, acts: Sequence[Act]) -> None:
        """Let the devices that meet people scan them at home, over the same bad links."""
        self.found.acts += acts
        for at, batch in batches(self.cast.sender.deliveries(acts), self.cast.script.start):
            if at not in self._coming:
                self.line.at(at, partial(self._take_in, at))
            self._coming.setdefault(at, []).extend(batch)

    def _take_in(self, at: datetime) -> None:
        """What came from all counties in the same twenty minutes is one batch."""
        self.intake.take(self._coming.pop(at), at)

    def _slopes(self, code: str) -> None:
        """Somebody looks at every house that is held; then the release is carried out again for those that are safe.

        A geo-hazard that no run knows is answered for by a named person; one that is known to stand is not.
        """
        now = self.line.now
        waiting = [i for i in read_inspections(self.store, at=now, region=code) if i.result is Result.OPEN]
        if waiting:
            self.found.houses += len(waiting)
            self._look(code, waiting, "房屋")
        outlook = look_again(self._latest, code, at=now)
        self._carry_out(code, outlook.slopes if waiting and not outlook.slopes_known else "")

    def close(self, *, open_documents: Sequence[str], in_force: Sequence[str]) -> None:
        """Account for who never moved, decide what contradicts itself, and close the event; ``found`` says why it stayed open."""
        now, registry = self.line.now, self.intake.registry
        clerk = self._clerk(f"{EXERCISE}村干部", "")
        for code, standing in sorted(registry.states.items()):
            if standing.state is State.REFUSED:
                account_for(registry, code, how=f"{EXERCISE}村干部{beijing(now)}上门,在家平安", clerk=clerk)
                self.found.accounted += 1
        words = [
            clerk.write(Resolved, one.code, target=one.target, how="演练核实:以后一次扫码为准") for one in open_conflicts(self.store)
        ]  # fmt: skip
        receipt = registry.check_ins(words, received_at=now)
        self.found.contradictions = len(words)
        self.found.written += self.found.accounted + len(receipt.stored)
        try:
            done = close_event(
                registry, by=_COMMANDER, why="人员全部返回或已见面,响应已结束(演练)", now=now, open_documents=open_documents, in_force=in_force,
            )  # fmt: skip
        except ConflictError as error:
            self.found.not_closed = str(error)
            return
        self.found.closed = done.record
        self.found.written += done.closed + 1
        if done.refused:
            self.found.not_closed = f"{len(done.refused)} 人未能销号 not closed: {done.refused[0].reason}"
