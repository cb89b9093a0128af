"""The head-count of a region now, from sums that the store keeps; no small count for who only looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

from fastapi import APIRouter, Depends, Query

from evac.api.answers import CountsAnswer
from evac.api.problems import answers
from evac.api.roster import MOST_PEOPLE, people_within
from evac.api.service import COUNTY, ServicePart, holder_of, region_within
from evac.columns import COLUMNS, MOVED_COLUMNS, column_of
from evac.privacy import suppress
from evac.registry import EventStore
from evac.standing import Cell, Seat, cell
from evac.state import PersonState
from evac.tokens import Right, Token

router = APIRouter()
Holder = Annotated[Token, Depends(holder_of(Right.COUNTS))]
DUE, MOVED, LISTED = "due", "moved", "listed"
WORDS: Final = {DUE: "应转移", MOVED: "已转移", LISTED: "在册"} | {str(c): c.chinese for c in COLUMNS}
"""Term of the sum -> its word."""

Terms: TypeAlias = dict[str, int]
Places: TypeAlias = dict[str, dict[str, int]]


@router.get(
    "/v1/counts",
    response_model=CountsAnswer,
    responses=answers(401, 403, 413, 422, 429, 503, 507),
    tags=["counts"],
)
async def counts(
    service: ServicePart,
    token: Holder,
    prefix: Annotated[str | None, Query(pattern="^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?$")] = None,
) -> dict[str, Any]:
    """Head-count of a region by county, and who stays at its shelters; the token's own region if none is named."""
    region = region_within(token, prefix)
    exact = token.may(Right.EXACT_COUNTS)
    places: Places = {}
    if len(region) > COUNTY:
        regions = {region: await service.readers.run(terms_of_people(region))}
    else:
        regions, places = cut(await service.sums.get(), region)
    return {
        "prefix": region,
        "now": service.now(),
        "exact": exact,
        "words": WORDS,
        **(_exact(regions) if exact else _shared(regions)),
        "places": places if exact else {},
    }


class Sums(NamedTuple):
    """What the store's sums say of everybody."""

    cells: Mapping[Cell, int]
    seats: Mapping[Seat, int]
    shelters: Mapping[str, str]


def sums_of(store: EventStore) -> Sums:
    """Everybody's cells and seats, and the county of each shelter."""
    shelters = {shelter.shelter_id: shelter.county for shelter in store.shelters()}
    return Sums(store.cells(), store.seats(), shelters)


def cut(sums: Sums, region: str) -> tuple[dict[str, Terms], Places]:
    """The terms of the sum by county, and who stays where, of a county or more."""
    by_county: dict[str, list[tuple[Cell, int]]] = {}
    for one, n in sums.cells.items():
        if one.county.startswith(region):
            by_county.setdefault(one.county, []).append((one, n))
    places: Places = {}
    for seat, n in sums.seats.items():
        if sums.shelters.get(seat.place, "-").startswith(region):
            places.setdefault(seat.place, {})[str(seat.stay)] = n
    return {county: terms(found) for county, found in sorted(by_county.items())}, places


def terms_of_people(region: str) -> Callable[[EventStore], Terms]:
    """Reads the terms of a town or village, person by person: the store's sums know no smaller region than a county."""

    def read(store: EventStore) -> Terms:
        people = people_within(store, region, MOST_PEOPLE)
        standings = store.standings([person.code for person in people])
        return terms(Counter(cell(standing.state) for standing in standings.values()).items())

    return read


def terms(cells: Iterable[tuple[Cell, int]]) -> Terms:
    """The terms of the sum of some cells.

    Examples
    --------
    >>> from evac.model import State
    >>> found = terms([(Cell("330902", "other", State.SHELTERED, State.SHELTERED, True), 3)])
    >>> found["due"], found["moved"], found["sheltered"], found["missing"]
    (3, 3, 3, 0)
    """
    made = dict.fromkeys(WORDS, 0)
    for one, n in cells:
        made[LISTED] += n
        made[DUE] += n if one.due else 0
        column = column_of(PersonState(one.state, stay=one.stay))
        if column is not None:
            made[column.value] += n
            made[MOVED] += n if column in MOVED_COLUMNS else 0
    return made


def _exact(regions: dict[str, Terms]) -> dict[str, Any]:
    return {
        "total": {term: sum(found[term] for found in regions.values()) for term in WORDS},
        "regions": regions,
    }


def _shared(regions: dict[str, Terms]) -> dict[str, Any]:
    """For who only looks: 应转移 by county and its sum, and nothing that a small count could be worked out from."""
    due = suppress({region: found[DUE] for region, found in regions.items()})
    total = sum(found[DUE] for found in regions.values())
    moved = sum(found[MOVED] for found in regions.values())
    small = {DUE: total, MOVED: moved, "": total - moved}
    shown = all(n == 0 or n >= 10 for n in small.values())
    return {
        "total": {DUE: suppress({"": total})[""], MOVED: moved if shown else None},
        "regions": {region: {DUE: n} for region, n in due.items()},
    }
