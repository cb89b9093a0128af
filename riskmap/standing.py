"""The published tier: what the cycles before it said counts, so that a colour does not flicker, and never falls unasked.

One entry a region and hazard, and one over all hazards (``combined``). The tier that enters is the computed worst
tier of the window, the one that comes out is published: up at once; down one tier at a time, after two cycles in a
row that computed less, and from orange or red only when a person has confirmed it. What is unknown lowers nothing.
Valid hours of one forecast are never smoothed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from riskmap.errors import DataError
from riskmap.rules import HysteresisRule
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier, hazard_words

COMBINED: Final = "combined"
"""Key of the entry over all hazards; it never stands below a hazard's own."""

WHY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "": ("", ""),
        "unknown": ("本期无数据,不据此下调", "no data in this cycle, which lowers nothing"),
        "hazard": ("不低于单灾种发布等级", "it does not stand below the published tier of a hazard"),
    }
)
"""Why a tier is held: code -> (Chinese, English); ``rain``, ``cycles`` and ``confirmation`` as the rule has it, see ``why_words``."""

_COUNTED: Final = {1: ("一", "one"), 2: ("两", "two"), 3: ("三", "three"), 4: ("四", "four")}
"""Small numbers as they are spoken."""


def why_words(why: str, rule: HysteresisRule, hazard: str) -> tuple[str, str]:
    """Why a tier is held under a rule (Chinese, English).

    Parameters
    ----------
    why : str
        ``Held.why``.
    rule : HysteresisRule
        Of the standing: a layer that comes faster than full cycles has a count of its own.
    hazard : str
        Whose tier it is, or ``combined``.

    Examples
    --------
    >>> why_words("cycles", HysteresisRule(), "wind")[1]
    'it goes down one tier after two cycles in a row that compute less'
    >>> why_words("rain", HysteresisRule(hold_hours={"landslide": 36.0}), "landslide")[0]
    '雨停后36小时内地质灾害等级不低于黄色'
    >>> why_words("cycles", HysteresisRule(pace_hours=3), "wind")[1]
    'it goes down one tier when less is computed for 3 h without a break, 6 h after it was published at the earliest'
    """
    if why == "confirmation":
        asked = [tier for tier in Tier if tier >= rule.confirm_from]
        english = " or ".join(filter(None, (", ".join(t.english for t in asked[:-1]), asked[-1].english)))
        return (
            f"{'、'.join(f'{tier.chinese}色' for tier in asked)}须经人工确认方可下调",
            f"from {english} it goes down only when a person has confirmed it",
        )
    if why == "rain":
        chinese, english = hazard_words(hazard)
        hours = f"{rule.hold_hours.get(hazard, 0.0):g}"
        return (
            f"雨停后{hours}小时内{chinese}等级不低于{rule.hold_tier.chinese}色",
            f"{english} stays at {rule.hold_tier.english} or worse for {hours} h after rain",
        )
    if why != "cycles":
        return WHY[why]
    count, steps = (_COUNTED.get(n, (str(n), str(n))) for n in (rule.down_after_cycles, rule.down_steps))
    tiers = "tier" if rule.down_steps == 1 else "tiers"
    if not rule.pace_hours:
        return (
            f"连续{count[0]}期低于发布等级方可下调{steps[0]}级",
            f"it goes down {steps[1]} {tiers} after {count[1]} {'cycle' if count[1] == 'one' else 'cycles in a row'} that compute less",
        )
    lower, stood = (f"{n * rule.pace_hours:g}" for n in (rule.down_after_cycles - 1, rule.down_after_cycles))
    over = ("", "") if lower == "0" else (f"连续{lower}小时", f" for {lower} h without a break")
    return (
        f"{over[0]}低于发布等级、且该等级发布满{stood}小时方可下调{steps[0]}级",
        f"it goes down {steps[1]} {tiers} when less is computed{over[1]}, {stood} h after it was published at the earliest",
    )


@dataclass(frozen=True)
class Confirmation:
    """A person's word that a tier may come down.

    Attributes
    ----------
    event : str
        Number of the storm.
    cycle : datetime
        Issue time of the published cycle that the person looked at.
    region, hazard : str
        What it is for; ``combined`` or a hazard id.
    from_tier, to_tier : Tier
        From what is published down to what; still one tier at a time.
    by, reason : str
        Who, and why.
    at : datetime
        When it was recorded.
    """

    event: str
    cycle: datetime
    region: str
    hazard: str
    from_tier: Tier
    to_tier: Tier
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Held:
    """The published tier of one region and hazard.

    Attributes
    ----------
    published, computed : int
        Tier codes; ``computed`` is that of the window's worst hour, now.
    since : datetime
        Issue time of the first cycle that published this tier, without a break.
    lower : int
        Cycles in a row, up to now, that computed less; counted anew after each step down.
    lower_since : datetime or None
        Issue time of the first of the cycles, without a break, that computed less than was published.
    why : str
        What ``why_words`` puts into words: empty where ``published`` is what was computed.
    confirmed : Confirmation or None
        The one that let the tier come down in this cycle.
    """

    published: int
    computed: int
    since: datetime
    lower: int = 0
    lower_since: datetime | None = None
    why: str = ""
    confirmed: Confirmation | None = None

    @property
    def tier(self) -> Tier | None:
        """The published tier; None = grey, or not applicable."""
        return Tier(self.published) if self.published >= Tier.GREEN else None

    @property
    def held(self) -> bool:
        """Whether the published tier is not the computed one."""
        return self.published != self.computed


Key = tuple[str, str]
"""(hazard, region code)."""


@dataclass(frozen=True)
class Standing:
    """Published tiers of one cycle, and what the next one needs to know.

    Attributes
    ----------
    event : str
        Number of the storm.
    issued_at : datetime
        Of this cycle.
    entries : mapping (hazard, region code) -> Held
        ``combined`` and every hazard that counts.
    wet_until : mapping region code -> datetime
        Last hour of rain that is known or foreseen.
    before : Standing or None
        That of the cycle before, without its own past; None = this is the first.
    automatic : bool
        A replay confirmed by itself: every product says so.
    """

    event: str
    issued_at: datetime
    entries: Mapping[Key, Held]
    wet_until: Mapping[str, datetime] = field(default_factory=dict)
    before: Standing | None = None
    automatic: bool = False
    rule: HysteresisRule = field(default_factory=HysteresisRule)

    def of(self, code: str, hazard: str = COMBINED) -> Held | None:
        """The entry of a region and hazard; None where the hazard does not count there."""
        return self.entries.get((hazard, code))

    @property
    def held(self) -> dict[Key, Held]:
        """Entries whose published tier is not the computed one."""
        return {key: entry for key, entry in self.entries.items() if entry.held}


def past(standing: Standing | None, *, event: str, issued_at: datetime, where: str) -> Standing | None:
    """What a cycle starts from: the standing published before it.

    A cycle that is run a second time starts from where it started the first time.

    Raises
    ------
    DataError
        The standing is of another event, or later than the cycle.

    Examples
    --------
    >>> past(None, event="2106", issued_at=datetime(2021, 7, 24), where="out") is None
    True
    """
    if standing is None:
        return None
    if standing.event != event:
        raise DataError(
            "the published run is of another event", where=where, expected=f"event {event}", found=f"event {standing.event}",
            remedy="name the last run of this event with --previous, or start anew with --fresh",
        )  # fmt: skip
    if standing.issued_at > issued_at:
        raise DataError(
            "the published run is later than this one", where=where, expected=f"issued before {issued_at.isoformat()}",
            found=standing.issued_at.isoformat(), remedy="run the cycles in their order, or start anew with --fresh",
        )  # fmt: skip
    return standing.before if standing.issued_at == issued_at else standing


def advance(
    before: Standing | None,
    computed: Mapping[Key, int],
    *,
    event: str,
    issued_at: datetime,
    confirmations: Sequence[Confirmation] = (),
    wet_until: Mapping[str, datetime] | None = None,
    automatic: bool = False,
    rule: HysteresisRule | None = None,
) -> Standing:
    """Published tiers of a cycle from those of the cycle before it and what was computed.

    Parameters
    ----------
    before : Standing or None
        See ``past``.
    computed : mapping (hazard, region code) -> int
        Worst tier of the window, ``combined`` included; what is not there, and was published, counts as unknown.
    confirmations : sequence of Confirmation
        Those of this event; one counts for cycles after the one that its person looked at, as long as no cycle since
        then computed the published tier again.
    wet_until : mapping region code -> datetime, optional
        Last hour of rain in this cycle's window.
    automatic : bool
        Confirm every step: for a replay only.
    rule : HysteresisRule, optional
        How tiers come down; see ``rules/combination.toml``.

    Returns
    -------
    Standing

    Examples
    --------
    >>> from datetime import UTC
    >>> t = [datetime(2021, 7, 24, h, tzinfo=UTC) for h in (0, 6, 12, 18)]
    >>> now = None
    >>> for at, tier in zip(t, (2, 0, 0, 3), strict=True):
    ...     now = advance(now, {("wind", "330902"): tier}, event="2106", issued_at=at)
    ...     print(now.of("330902", "wind").published, now.of("330902", "wind").why)
    2
    2 cycles
    1 cycles
    3
    """
    rule = rule or (before.rule if before else HysteresisRule())
    old = dict(before.entries) if before else {}
    wet = _wet(before, wet_until or {}, issued_at)
    allowed = [c for c in confirmations if c.event == event and c.cycle < issued_at]
    entries: dict[Key, Held] = {}
    worst: dict[str, int] = {}
    # single hazards first: none stands above the combined tier
    for key in sorted({*computed, *old}, key=lambda k: (k[0] == COMBINED, k)):
        hazard, code = key
        floor, why = NO_DATA, "hazard"
        if hazard == COMBINED:
            floor = worst.get(code, NO_DATA)
        elif code in wet and issued_at < wet[code] + timedelta(hours=rule.hold_hours.get(hazard, 0.0)):
            floor, why = int(rule.hold_tier), "rain"
        said = [c for c in allowed if (c.hazard, c.region) == key] if allowed else []
        entry = _next(
            old.get(key), computed.get(key), issued_at, floor, why, said, rule, automatic=automatic
        )  # fmt: skip
        if entry is not None:
            entries[key] = entry
            worst[code] = max(worst.get(code, NO_DATA), entry.published)
    last = None if before is None else replace(before, before=None)
    return Standing(event, issued_at, entries, wet, last, automatic, rule)


def _wet(
    before: Standing | None, wet_until: Mapping[str, datetime], issued_at: datetime
) -> dict[str, datetime]:
    """Last hours of rain: what was foreseen beyond the issue time is taken from the present cycle alone."""
    found = {code: min(at, issued_at) for code, at in (before.wet_until if before else {}).items()}
    for code, at in wet_until.items():
        found[code] = max(at, found.get(code, at))
    return found


def _next(
    old: Held | None, computed: int | None, issued_at: datetime, floor: int, why: str,
    said: Sequence[Confirmation], rule: HysteresisRule, *, automatic: bool,
) -> Held | None:  # fmt: skip
    """One entry, one cycle on."""
    now = NO_DATA if computed is None else computed
    published = NOT_APPLICABLE if old is None else old.published
    # "no less than a hazard" raises; "no less than yellow after rain" only keeps what was there
    lifted = why == "hazard" and floor >= Tier.BLUE
    if old is None or published < Tier.BLUE or now >= published or (lifted and floor > published):
        raised = max(now, floor) if lifted else now
        if computed is None and raised < Tier.BLUE:
            return None
        since = old.since if old is not None and old.published == raised else issued_at
        return Held(raised, now, since, why="hazard" if raised != now else "")
    if now < Tier.GREEN:
        return Held(published, now, old.since, why="unknown")
    since, count, step = old.lower_since or issued_at, old.lower + 1, max(published - rule.down_steps, now)
    confirmed = _confirmed(said, published, since) if published >= rule.confirm_from else None
    pace = timedelta(hours=rule.pace_hours)
    # as late as cycles of that pace would have come to it, since the tier or since less was computed
    least = max(since, old.since + pace) + (rule.down_after_cycles - 1) * pace
    holding = (
        "cycles" if count < rule.down_after_cycles or (pace and issued_at < least)
        else why if step < floor <= published
        else "confirmation" if published >= rule.confirm_from and confirmed is None and not automatic
        else ""
    )  # fmt: skip
    if confirmed is not None:
        step = max(step, int(confirmed.to_tier))
    if holding:
        return Held(published, now, old.since, count, since, holding)
    left = "" if step == now else "hazard" if step == floor and lifted else "cycles"
    return Held(step, now, issued_at, 0, since if now < step else None, left, confirmed)


def _confirmed(said: Iterable[Confirmation], published: int, since: datetime) -> Confirmation | None:
    """The latest word that lets a tier come down, given since it began to be computed lower."""
    fit = [c for c in said if c.to_tier < published <= c.from_tier and c.cycle >= since]
    return max(fit, key=lambda c: (c.at, c.by), default=None)
