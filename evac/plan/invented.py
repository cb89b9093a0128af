"""An invented transfer list for a drill: who would have to move, from the tiers of an assessment.

Nobody on it exists. Every row says SYNTHETIC, and every name reads 演练 with a number.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from evac.codes import SigningKey, Ticket, mint, short_code, sign
from evac.errors import CapacityError
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.plan.assumptions import Assumptions, load_assumptions
from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.io.bundled import bundled
from riskmap.region import Region
from riskmap.scale import Tier

CENSUS = "census/zhejiang_census2020_counties.csv"
_LARGEST_HOUSEHOLD = 6
_SIGNERS = 4
_PART = 250  # people that one signer takes at once


@dataclass(frozen=True)
class Roster:
    """People to move and places to stay; ``counties`` are those at orange or red at any hour."""

    people: tuple[Person, ...]
    shelters: tuple[Shelter, ...]
    counties: tuple[Region, ...]


@dataclass(frozen=True)
class Ratios:
    """Shares of one county's residents in the 2020 census.

    Attributes
    ----------
    household : float
        Mean persons a family household.
    children, aged : float
        Shares of age 0-14 and 65 and over, 0 to 1.
    """

    household: float
    children: float
    aged: float


def synthetic_roster(
    assessment: Assessment, *, persons: int = 20_000, rng: random.Random, key: SigningKey | None = None
) -> Roster:
    """Invent a transfer list for the counties at orange or red at any hour.

    Parameters
    ----------
    assessment : Assessment
        Tiers and the people at risk, to which the persons are allotted in proportion.
    persons : int
        People on the list; households are kept whole, so the last one of a county may be cut short.
    rng : random.Random
        Source of everything random; the same state gives the same list.
    key : SigningKey, optional
        Signs each code as a drill's code; without one ``Person.signed`` stays empty.

    Returns
    -------
    Roster
        Empty where no county is at orange or red.

    Raises
    ------
    DataError
        Fewer than one person.

    Examples
    --------
    >>> import numpy as np
    >>> import riskmap as rm
    >>> import xarray as xr
    >>> grid = rm.Grid.from_bounds(west=121.8, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = (("time", "y", "x"), np.full((1, *grid.shape), 120.0), {"units": "mm"})
    >>> when = {"time": [np.datetime64("2021-07-25T00", "ns")], **grid.coordinates}
    >>> red = rm.assess(xr.Dataset({"rain_3h": rain, "rain_6h": rain, "rain_12h": rain}, when))
    >>> roster = synthetic_roster(red, persons=100, rng=random.Random(1))
    >>> [(county.name, sum(one.county == county.code for one in roster.people)) for county in roster.counties]
    [('北仑区', 40), ('定海区', 40), ('普陀区', 19), ('岱山县', 1)]
    >>> roster.people[0].name, roster.people[0].village_name, roster.shelters[0].capacity
    ('演练00001', '演练村01', 60)
    """
    if persons < 1:
        raise DataError("a drill needs people", where="--persons", expected="1 or more", found=str(persons))
    numbers = load_assumptions()
    ratios = census_ratios()
    at_risk = people_at_risk(assessment)
    counties = tuple(region for region in assessment.regions if region.code in at_risk)
    people: list[Person] = []
    shelters: list[Shelter] = []
    taken: set[str] = set()
    for region, count in zip(counties, allot(persons, [at_risk[r.code] for r in counties])):
        county = _County(region, assessment, ratios.get(region.code, ratios[""]), numbers, rng, len(people))
        rows = county.people(count, taken)
        homes, more = house(rows, region, numbers)
        people += homes
        shelters += more
    if key is not None:
        people = signed(people, assessment, key, numbers.whole("code_hours"))
    return Roster(tuple(people), tuple(shelters), counties)


def signed(people: Sequence[Person], assessment: Assessment, key: SigningKey, hours: int) -> list[Person]:
    """The people with signed drill codes, valid for some hours from the issue time or the first hour on."""
    start = min(assessment.issued_at, *assessment.valid_at)

    def sign_part(first: int) -> list[Person]:
        return [
            replace(p, signed=sign(Ticket(p.code, p.county, start, hours, drill=True), key))
            for p in people[first : first + _PART]
        ]

    # signing lets go of the interpreter
    with ThreadPoolExecutor(_SIGNERS) as signers:
        return [person for part in signers.map(sign_part, range(0, len(people), _PART)) for person in part]


def people_at_risk(assessment: Assessment) -> dict[str, float]:
    """People at risk by county, for counties at orange or red at any hour.

    The modelled people of the driving hazard at the county's worst hour; its population where that is not known; 1
    where neither is.
    """
    found = {}
    for n, region in enumerate(assessment.regions):
        if int(assessment.combined[:, n].max(initial=-1)) < Tier.ORANGE:
            continue
        driver = assessment.worst(region.code).driver
        people = driver.people if driver is not None else None
        found[region.code] = people or float(region.population or 1)
    return found


def allot(total: int, weights: Sequence[float]) -> list[int]:
    """Whole shares of a total in proportion to weights, by largest remainder; they sum to the total.

    Examples
    --------
    >>> allot(10, [1.0, 1.0, 1.0])
    [4, 3, 3]
    """
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [math.floor(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda n: (shares[n] - exact[n], n))
    for n in order[: total - sum(shares)] if exact else []:
        shares[n] += 1
    return shares


def census_ratios() -> dict[str, Ratios]:
    """Ratios by county code, and the province's under the empty code.

    Raises
    ------
    SourceError
        The census table is not bundled.

    References
    ----------
    Seventh national census, 2020, county table of Zhejiang (see ``data/README.md``).
    """
    with bundled(CENSUS).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    def ratios(part: list[dict[str, str]]) -> Ratios:
        def total(column: str) -> float:
            return float(sum(int(row[column]) for row in part))

        everybody = total("pop")
        return Ratios(
            household=total("hh_pop") / total("households"),
            children=total("age0_14") / everybody,
            aged=total("age65p") / everybody,
        )

    return {row["adcode"]: ratios([row]) for row in rows} | {"": ratios(rows)}


def category_weights(assessment: Assessment, region: Region, numbers: Assumptions) -> dict[Category, float]:
    """Weights of the categories in one county, by the hazards at orange or red there."""
    severe = {
        reason.hazard for reason, _ in assessment.worst_reasons(region.code) if reason.tier >= Tier.ORANGE
    }
    weights: dict[str, float] = {}
    if severe - {"wind"}:
        weights |= numbers.weights("categories_water")
    if "wind" in severe or not severe:
        for name, weight in numbers.weights("categories_wind").items():
            weights[name] = weights.get(name, 0.0) + weight
        if region.code in numbers.listed("coastal_counties"):
            weights |= numbers.weights("categories_coast")
    return {Category(name): weight for name, weight in weights.items()}


class _County:
    """One county's invented people."""

    def __init__(
        self,
        region: Region,
        assessment: Assessment,
        ratios: Ratios,
        numbers: Assumptions,
        rng: random.Random,
        first: int,
    ) -> None:
        self.region, self.ratios, self.numbers, self.rng = region, ratios, numbers, rng
        self.number = first
        weights = category_weights(assessment, region, numbers)
        self.categories, self.weights = list(weights), list(weights.values())

    def people(self, count: int, taken: set[str]) -> list[Person]:
        rows: list[Person] = []
        household = 0
        while len(rows) < count:
            household += 1
            size = min(self._size(), count - len(rows))
            rows += self._household(household, size, taken)
        return rows

    def _size(self) -> int:
        """One plus a Poisson number, so that the mean is the county's census mean; six at most."""
        limit, product, size = math.exp(1.0 - self.ratios.household), self.rng.random(), 1
        while product > limit and size < _LARGEST_HOUSEHOLD:
            product *= self.rng.random()
            size += 1
        return size

    def _household(self, household: int, size: int, taken: set[str]) -> Iterator[Person]:
        rng, numbers, county = self.rng, self.numbers, self.region.code
        category = rng.choices(self.categories, self.weights)[0]
        village = 1 + (household - 1) // numbers.whole("village_households")
        if category in (Category.FISHING_CREW, Category.FISH_FARM):
            destination = Destination(Stay.ASHORE, f"演练渔港{county}")
        elif rng.random() < numbers.share("dispersed_share"):
            destination = Destination(Stay.RELATIVES, f"{self.region.name}亲友(演练)")
        else:
            destination = Destination(Stay.SHELTER, "")
        for _ in range(size):
            code = mint(rng, taken=taken)
            taken.add(short_code(code))
            self.number += 1
            weak = tuple(self._vulnerability(size))
            yield Person(
                code=code,
                name=f"演练{self.number:05d}",
                household=f"{county}-{household:05d}",
                county=county,
                village=f"{county}999{village:03d}",  # town 999 does not exist
                village_name=f"演练村{village:02d}",
                category=category,
                destination=destination,
                vulnerability=weak,
                helper=f"演练干部{county}-{village:02d}" if weak else None,
                printed=rng.random() < numbers.share("printed_share"),
                synthetic=True,
            )

    def _vulnerability(self, size: int) -> Iterator[Vulnerability]:
        rng, numbers = self.rng, self.numbers
        age = rng.random()
        if age < self.ratios.aged:
            if size == 1:
                yield Vulnerability.ALONE_AND_AGED
            if rng.random() < numbers.share("no_phone_share_of_aged"):
                yield Vulnerability.NO_PHONE
        elif size > 1 and age > 1 - self.ratios.children * numbers.share("infant_share_of_children"):
            yield Vulnerability.INFANT
            return
        for kind in (Vulnerability.DISABLED, Vulnerability.ILL, Vulnerability.PREGNANT):
            if rng.random() < numbers.share(f"{kind.value}_share"):
                yield kind


def house(
    people: Sequence[Person], region: Region, numbers: Assumptions
) -> tuple[list[Person], list[Shelter]]:
    """Invent shelters enough for those who are to stay in one, and give each household its own."""
    bound = sum(person.destination.stay is Stay.SHELTER for person in people)
    sizes = [int(size) for size in numbers.listed("shelter_capacity")]
    shelters: list[Shelter] = []
    room = 0
    while room < bound * numbers.share("shelter_spare"):
        n = len(shelters)
        shelters.append(
            Shelter(
                f"S{region.code}-{n + 1:03d}",
                f"演练安置点{n + 1:03d}",
                region.code,
                sizes[n % len(sizes)],
                True,
            )
        )
        room += sizes[n % len(sizes)]
    return place(people, shelters), shelters


def place(people: Sequence[Person], shelters: Sequence[Shelter]) -> list[Person]:
    """Give each household bound for a shelter the first shelter with room for all of it.

    Raises
    ------
    CapacityError
        A household fits nowhere; names it.
    """
    left = {shelter.shelter_id: shelter.capacity for shelter in shelters}
    homes: dict[str, list[Person]] = {}
    for person in people:
        if person.destination.stay is Stay.SHELTER:
            homes.setdefault(person.household, []).append(person)
    where: dict[str, str] = {}
    for household, members in homes.items():
        found = next((key for key, room in left.items() if room >= len(members)), None)
        if found is None:
            raise CapacityError(
                "no shelter has room",
                where=f"household {household} of {len(members)}",
                expected=f"places for {sum(map(len, homes.values()))} persons",
                found=_rooms(left),
                remedy="open another shelter, or move a household to relatives",
            )
        left[found] -= len(members)
        where[household] = found
    return [
        replace(p, destination=Destination(Stay.SHELTER, where[p.household])) if p.household in where else p
        for p in people
    ]


def _rooms(left: Mapping[str, int]) -> str:
    return f"{sum(left.values())} places left in {len(left)} shelters"
