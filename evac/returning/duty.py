"""Who is on duty at a desk or shelter, since when, and what the one before left open (交接班)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from evac.asides import DutyHandedOver
from evac.counts.roll import in_order
from evac.events import NO_ONE, Envelope
from evac.people.clerk import Clerk
from evac.registry import EventStore, Registry
from evac.returning.rules import ReturnRules, bundled_rules
from riskmap.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's duty.

    Attributes
    ----------
    until : datetime or None
        None while it goes on.
    matters : str
        What was open when it began.
    """

    duty: str
    who: str
    since: datetime
    until: datetime | None
    matters: str

    def lasted(self, at: datetime) -> timedelta:
        """How long it lasted, or has by now."""
        return (self.until or at) - self.since


@dataclass(frozen=True, slots=True)
class Finding:
    """A shift against the rule: too long, or begun too soon after the one before, at whatever desk."""

    shift: Shift
    why: str


def shifts(asides: Iterable[Envelope]) -> tuple[Shift, ...]:
    """Every shift, by duty and in order of time.

    Parameters
    ----------
    asides : iterable of Envelope
        In order, undone ones left out.
    """
    found: dict[str, list[Shift]] = {}
    for event in asides:
        if isinstance(event, DutyHandedOver):
            mine = found.setdefault(event.duty, [])
            if mine and mine[-1].until is None:
                last = mine.pop()
                mine.append(Shift(last.duty, last.who, last.since, event.trusted_at, last.matters))
            mine.append(Shift(event.duty, event.to, event.trusted_at, None, event.matters))
    return tuple(shift for duty in sorted(found) for shift in found[duty] if shift.who)


def findings(
    known: Iterable[Shift], *, at: datetime, rules: ReturnRules | None = None
) -> tuple[Finding, ...]:
    """Shifts that are too long, and rests that are too short, in order of time; duties and hours, never a list of who is best.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> [f.why[:6] for f in findings([Shift("S1", "甲", noon, None, "")], at=noon + timedelta(hours=13))]
    ['超过12小时']
    """
    chosen = rules or bundled_rules()
    found: list[Finding] = []
    last: dict[str, Shift] = {}
    for shift in sorted(known, key=lambda s: (s.since, s.duty)):
        if shift.lasted(at) > chosen.shift:
            found.append(Finding(shift, f"超过{chosen.shift / timedelta(hours=1):g}小时 · too long"))
        before = last.get(shift.who)
        if (
            before is not None
            and before.duty != shift.duty
            and (before.until is None or before.until > shift.since)
        ):
            found.append(Finding(shift, f"同时在 {before.duty} 值守 · on duty there as well"))
        elif before is not None and before.until is not None and shift.since - before.until < chosen.rest:
            found.append(
                Finding(shift, f"休息不足{chosen.rest / timedelta(hours=1):g}小时 · too short a rest")
            )
        last[shift.who] = shift
    return tuple(found)


def read_shifts(store: EventStore, *, at: datetime) -> tuple[Shift, ...]:
    """Every shift as of an instant."""
    return shifts(in_order(store, [event for _, event in store.aside({DutyHandedOver.kind})], at))


def hand_over(registry: Registry, duty: str, *, to: str, matters: str, clerk: Clerk) -> Shift | None:
    """Note that a duty went to somebody; ``to`` empty closes the desk.

    Returns
    -------
    Shift or None
        The shift that ended; None for the first.

    Raises
    ------
    ConfigError
        No duty, nobody said what is open, or somebody hands over who is not on duty.
    """
    if not duty.strip() or not matters.strip():
        raise ConfigError(
            "a hand-over says what is open", where="hand-over", expected="a duty, and the open matters; 无 where there are none",
            found=f"{duty!r}, {matters!r}", remedy="evac return handover S1 --from 甲 --to 乙 --matters 两人发热,已报卫健",
        )  # fmt: skip
    running = next(
        (s for s in read_shifts(registry.store, at=clerk.now) if s.duty == duty.strip() and s.until is None),
        None,
    )
    if running is not None and running.who != clerk.actor:
        raise ConfigError(
            "somebody else is on duty there", where=duty, expected=running.who, found=clerk.actor,
            remedy="the one on duty hands over; if they cannot, name them with --from and say why in --matters",
        )  # fmt: skip
    said = clerk.write(DutyHandedOver, NO_ONE, duty=duty.strip(), to=to.strip(), matters=matters.strip())
    registry.check_in(said, received_at=clerk.now)
    return (
        None
        if running is None
        else Shift(running.duty, running.who, running.since, clerk.now, running.matters)
    )
