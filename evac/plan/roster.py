"""The transfer plan (转移方案): who must move and why, in which order, by when; from tiers, hazard zones and the registered people.

One row a household, since a household moves together. Nobody of a zone at orange or red is left out, what has no data is
checked on the spot, and who was ordered or has moved stays on the plan until a release by order, whatever the tiers do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evac.crockford import code_of_bytes
from evac.model import Category, Stay, Vulnerability
from evac.plan.households import SECONDS_AN_HOUR, Households, gather
from evac.plan.last_hours import LastHour, LastHours, Tightened, tightened
from evac.plan.modelled import Basis, Block, asset_blocks, modelled_blocks
from evac.plan.places import placed
from evac.plan.registered import CATEGORIES, STAYS, Registered, needs_of
from evac.plan.replan import STANDING_STEPS, Earlier, held_blocks, within
from evac.plan.ties import Place, Ties, tie_people
from evac.plan.transfer_rules import TransferRules, transfer_rules
from evac.plan.zones import MoveStep, Zone
from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.scale import Tier

_STEPS: Final = {step.rank: step for step in MoveStep}


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a plan: a household, or a block of people of whom no household is known.

    Attributes
    ----------
    key : str
        Identity within a plan: village code, a bar, household; or a block's.
    order : int
        From 1: in which order to call out.
    step : MoveStep
    basis : Basis
        Modelled people are never shown without it.
    county, village, village_name, household : str
    codes : tuple of str
        Safety codes of the people who are still to move; none for a block.
    people : int or None
        Still to move; None where nobody knows how many.
    away : int
        Of the household, moved already and not yet released.
    category : Category
    needs, weak : tuple of Vulnerability, int
        Of anybody still to move; people with any of them.
    stay, stay_hours : Stay, float
        Planned kind of stay and its length [h]; it ends by order alone.
    longitude, latitude : float or None
        WGS-84 [degree]: own place, else the village's.
    tier : Tier or None
        Of the deciding zone; None = no data, or none asks for it any more.
    zone : Zone or None
        The deciding one.
    why, why_english : str
        One clause each.
    onset, latest_departure : datetime or None
        When the hazard begins, and onset - travel - reserve; None where the hour is not known: then at once.
    key_household : bool
        In a named zone (重点户).
    held : bool
        The tiers ask for less by now; the order or the earlier plan stands until it is released.
    last_hour : LastHour or None
        Why ``latest_departure`` is earlier than onset - travel - reserve: nobody may be on the way after it. Where the latest departure is
        past by the plan's clock, or at once, it is the hour that cannot be kept any more: the headquarters decides.
    no_departure_after : datetime or None
        Whoever sets out later is on the way in gusts, water or the dark; None where no such hour is known.
    """

    key: str
    order: int
    step: MoveStep
    basis: Basis
    county: str
    village: str
    village_name: str
    household: str
    codes: tuple[str, ...]
    people: int | None
    away: int
    category: Category
    needs: tuple[Vulnerability, ...]
    weak: int
    stay: Stay
    longitude: float | None
    latitude: float | None
    tier: Tier | None
    zone: Zone | None
    why: str
    why_english: str
    onset: datetime | None
    latest_departure: datetime | None
    stay_hours: float
    key_household: bool
    held: bool
    last_hour: LastHour | None = None
    no_departure_after: datetime | None = None

    @property
    def modelled(self) -> bool:
        """Whether nobody ever counted these people."""
        return self.basis is Basis.MODELLED


@dataclass(frozen=True, eq=False)
class TransferPlan:
    """A plan as columns: rows are made when they are asked for.

    Attributes
    ----------
    at, issued_at : datetime
        For when it was made, and the time of the assessment.
    people, ties : Registered, Ties
    households : Households
        Those of the plan, in the order of ``people.households``.
    blocks : tuple of Block
    order : int64 (row,)
        Rows in the order of moving: a household's index in ``households``, or that number plus a block's index.
    latest : float64 (row,)
        Latest departure [s since 1970], in the same order; minus infinity where at once.
    hours : Tightened
        What the last safe hours made of them; households first, then blocks.
    rules : TransferRules
    places : mapping
        Village code -> its point.
    held_blocks : frozenset of str
        Keys of blocks that only the earlier plan asks for.
    """

    at: datetime
    issued_at: datetime
    people: Registered
    ties: Ties
    households: Households
    blocks: tuple[Block, ...]
    order: NDArray[np.int64]
    latest: NDArray[np.float64]
    hours: Tightened
    rules: TransferRules
    places: Mapping[str, Place]
    held_blocks: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[Move]:
        return (self.move(n) for n in range(len(self)))

    def move(self, number: int) -> Move:
        """Row ``number`` in the order of moving, from 0."""
        row = int(self.order[number])
        latest = _instant(self.latest[number])
        if row >= len(self.households):
            return self._block(row - len(self.households), number + 1, latest)
        return self._household(row, number + 1, latest)

    def village(self, prefix: str) -> Iterator[Move]:
        """Rows of the regions whose code begins so, in the order of moving."""
        wanted = np.array([code.startswith(prefix) for code in self.people.villages], np.bool_)
        of_home = wanted[self.people.village[self.households.home]] if wanted.size else np.empty(0, np.bool_)
        of_block = np.array([block.region.startswith(prefix) for block in self.blocks], np.bool_)
        for number in np.flatnonzero(np.concatenate([of_home, of_block])[self.order]):
            yield self.move(int(number))

    def _household(self, row: int, order: int, latest: datetime | None) -> Move:
        people, homes = self.people, self.households
        home, hour = int(homes.home[row]), self._last_hour(row)
        village = people.villages[people.village[home]]
        tie = self.ties.ties[homes.tie[row]]
        zone = self.ties.zones[tie.zone] if tie.zone >= 0 else None
        held = bool(homes.held[row])
        onset = float(homes.onset[row])
        east, north = self._place(row, village)
        why = zone.reason_chinese if zone else "本期研判未要求"
        why_english = zone.reason_english if zone else "not asked for by the tiers of this cycle"
        lead = homes.lead[row]
        return Move(
            key=household_key(village, people.households[home], bytes(people.code[lead])), order=order,
            step=_STEPS[int(homes.rank[row])], basis=Basis.REGISTER, county=village[:6], village=village,
            village_name=people.village_names.get(village, ""), household=people.households[home],
            codes=tuple(code_of_bytes(bytes(people.code[n])) for n in homes.members_of(row)),
            people=int(homes.present[row]), away=int(homes.away[row]), category=CATEGORIES[people.category[lead]],
            needs=needs_of(int(homes.needs[row])), weak=int(homes.weak[row]), stay=STAYS[people.stay[lead]],
            longitude=east, latitude=north, tier=zone.tier if zone else None, zone=zone,
            why=f"{why};{_HELD[0]}" if held else why, why_english=f"{why_english}; {_HELD[1]}" if held else why_english,
            onset=_instant(onset), latest_departure=latest, stay_hours=float(homes.stay_hours[row]),
            key_household=bool(homes.key[row]), held=held, last_hour=hour,
            no_departure_after=_instant(float(self.hours.no_departure_after[row])),
        )  # fmt: skip

    def _last_hour(self, row: int) -> LastHour | None:
        hour = int(self.hours.hour[row])
        return self.hours.hours[hour] if hour >= 0 else None

    def _place(self, row: int, village: str) -> tuple[float | None, float | None]:
        lead = self.households.lead[row]
        east, north = float(self.people.longitude[lead]), float(self.people.latitude[lead])
        if not (np.isnan(east) or np.isnan(north)):
            return east, north
        place = self.places.get(village)
        return (place.longitude, place.latitude) if place else (None, None)

    def _block(self, n: int, order: int, latest: datetime | None) -> Move:
        block = self.blocks[n]
        zone, held = block.zone, block.key in self.held_blocks
        return Move(
            key=block.key, order=order, step=block.step, basis=block.basis, county=block.region[:6], village=block.region,
            village_name=block.name, household="", codes=(), people=block.people, away=0, category=block.category, needs=(),
            weak=0, stay=Stay.SHELTER, longitude=block.longitude, latitude=block.latitude, tier=zone.tier, zone=zone,
            why=f"{zone.reason_chinese};{_HELD[0]}" if held else zone.reason_chinese,
            why_english=f"{zone.reason_english}; {_HELD[1]}" if held else zone.reason_english,
            onset=zone.onset, latest_departure=latest, stay_hours=_stay_hours(zone, self.rules),
            key_household=zone.named, held=held, last_hour=self._last_hour(len(self.households) + n),
            no_departure_after=_instant(float(self.hours.no_departure_after[len(self.households) + n])),
        )  # fmt: skip


_HELD: Final = (
    "已下令或已列入上一方案,未经解除指令不得放行",
    "ordered or planned before, and not released by order",
)


def household_key(village: str, household: str, code: bytes = b"") -> str:
    """Identity of a household within a plan; of who stands on no list, by code.

    Examples
    --------
    >>> household_key("330902001205", "12")
    '330902001205|12'
    """
    return f"{village}|{household}" if household else f"{village}|#{code_of_bytes(code)}"


def make_plan(
    assessment: Assessment,
    people: Registered,
    *,
    at: datetime,
    rules: TransferRules | None = None,
    outlines: Sequence[Zone] = (),
    places: Mapping[str, Place] | None = None,
    earlier: Mapping[str, Earlier] | None = None,
    prefix: str = "",
    last_hours: LastHours | None = None,
) -> TransferPlan:
    """The plan of a region.

    Order: 立即转移, 准备转移, 现场核实, moved people last. Within a step by waves of six hours of the latest departure; within a
    wave key households first, then households with weak members, then by the latest departure, then by code.

    Parameters
    ----------
    assessment : Assessment
    people : Registered
        Everybody on the region's lists, with where they stand now.
    at : datetime
        The instant that the plan is made for, timezone-aware.
    rules : TransferRules, optional
        The bundled ones if not given.
    outlines : sequence of Zone
        Zones with outlines of their own (``evac.plan.zone_outlines``).
    places : mapping, optional
        Village code -> point of the village, and travel time from it where roads tell it; key of a household -> its point
        (``evac.plan.places``).
    earlier : mapping, optional
        Rows of the plan before (``evac.plan.replan.rows_of``): they stand for everybody who has not been released since.
    prefix : str
        Region that is planned for: 2, 4, 6, 9 or 12 digits; empty for the whole assessment.
    last_hours : LastHours, optional
        Until when somebody may be on the way (``evac.field.leaving``); without it the onsets alone decide.

    Returns
    -------
    TransferPlan
        A function of its arguments: the same in whatever order people are read.

    Raises
    ------
    DataError
        ``at`` has no offset.

    Examples
    --------
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> from evac import registered
    >>> grid = rm.Grid.from_bounds(west=121.8, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = (("time", "y", "x"), np.full((1, *grid.shape), 120.0), {"units": "mm"})
    >>> when = {"time": [np.datetime64("2021-07-25T00", "ns")], **grid.coordinates}
    >>> red = rm.assess(xr.Dataset({"rain_3h": rain, "rain_6h": rain, "rain_12h": rain}, when))
    >>> plan = make_plan(red, registered(()), at=red.issued_at, prefix="330902")
    >>> [(move.county, move.step.chinese, move.basis.value, round(move.people, -3)) for move in plan]
    [('330902', '立即转移', 'modelled', 20000)]
    """
    if at.tzinfo is None:
        raise DataError(
            "an instant without its offset", where="at", expected="a timezone-aware datetime", found=at.isoformat(),
            remedy="add tzinfo",
        )  # fmt: skip
    rules, places = rules or transfer_rules(), places or {}
    people = placed(people, places)
    ties = tie_people(people, assessment, rules, outlines=outlines, places=places)
    before = within(earlier or {}, prefix)
    households = gather(people, ties, rules, places, _earlier_ranks(people, before))
    reached = {ties.zones[n].zone_id for n in ties.reached}
    zones = [z for z in ties.zones if z.region.startswith(prefix) or prefix.startswith(z.region)]
    found = (
        *asset_blocks(zones, reached),
        *modelled_blocks(assessment, zones, people.counties, rules, prefix=prefix),
    )
    blocks, held = held_blocks(found, before, household_keys(people), people.counties)
    own = np.concatenate([households.latest, [_latest(block, rules) for block in blocks]])
    hours = tightened(people, households, blocks, own, rules, last_hours, at=at.timestamp())
    order = _in_order(people, households, blocks, hours.latest, rules, at)
    return TransferPlan(
        at, assessment.issued_at, people, ties, households, blocks, order, hours.latest[order], hours, rules, places, held
    )  # fmt: skip


def household_keys(people: Registered) -> Iterator[str]:
    """Key of every household, in order; see ``household_key``."""
    first = np.zeros(len(people.households), np.int64)
    first[people.home[::-1]] = np.arange(len(people))[::-1]
    for home, household in enumerate(people.households):
        village = people.villages[people.village[home]]
        yield household_key(village, household, b"" if household else bytes(people.code[first[home]]))


def _earlier_ranks(people: Registered, earlier: Mapping[str, Earlier]) -> NDArray[np.uint8]:
    """Rank of each household in the plan before, 0 where it was not in it or had moved."""
    ranks = np.zeros(len(people.households), np.uint8)
    if earlier:
        for home, key in enumerate(household_keys(people)):
            row = earlier.get(key)
            if row is not None and row.step in STANDING_STEPS:
                ranks[home] = row.step.rank
    return ranks


def _in_order(
    people: Registered, homes: Households, blocks: Sequence[Block], latest: NDArray[np.float64], rules: TransferRules,
    at: datetime,
) -> NDArray[np.int64]:  # fmt: skip
    rank = np.concatenate([homes.rank, [block.step.rank for block in blocks]]).astype(np.int64)
    key = np.concatenate([homes.key, [block.zone.named for block in blocks]]).astype(np.bool_)
    weak = np.concatenate([homes.weak > 0, [False] * len(blocks)]).astype(np.bool_)
    span = rules.numbers.share("wave_hours") * SECONDS_AN_HOUR
    with np.errstate(invalid="ignore"):
        wave = np.maximum(np.floor((latest - at.timestamp()) / span), 0.0)
    order = np.lexsort((*_name_ranks(people, homes, blocks), latest, ~weak, ~key, wave, -rank))
    return order.astype(np.int64)


def _name_ranks(people: Registered, homes: Households, blocks: Sequence[Block]) -> list[NDArray[Any]]:
    """What decides between equals, the weightiest last: code, household, village."""
    codes = np.ascontiguousarray(people.code).view(">u8").reshape(-1, 2)[homes.lead]
    codes = np.concatenate([codes, np.zeros((len(blocks), 2), codes.dtype)])
    villages = [*people.villages, *(block.region for block in blocks)]
    of_row = np.concatenate(
        [people.village[homes.home], np.arange(len(people.villages), len(villages))]
    ).astype(np.int64)
    names = [people.households[home] for home in homes.home.tolist()] + [block.key for block in blocks]
    return [codes[:, 1], codes[:, 0], _ranks(names), _ranks(villages)[of_row]]


def _ranks(texts: Sequence[str]) -> NDArray[np.int64]:
    """Place of each text among the different ones, in order: 1, 0, 1 of b, a, b."""
    place = {text: n for n, text in enumerate(sorted(set(texts)))}
    return np.fromiter((place[text] for text in texts), np.int64, len(texts))


def _latest(block: Block, rules: TransferRules) -> float:
    if block.zone.onset is None:
        return -np.inf
    before = rules.travel(block.category, weak=True) + rules.reserve(block.category)
    return (block.zone.onset - before).timestamp()


def _stay_hours(zone: Zone, rules: TransferRules) -> float:
    if zone.onset is None or zone.until is None:
        return rules.numbers.share("stay_hours")
    return float(
        np.ceil((zone.until - zone.onset + rules.hold(zone.hazard)).total_seconds() / SECONDS_AN_HOUR)
    )


def _instant(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(float(seconds), UTC) if np.isfinite(seconds) else None
