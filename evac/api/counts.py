"""The head-count of a region now, as every form and page has it; no small count for who only looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

from fastapi import APIRouter, Depends, Query

from evac.api.answers import CountsAnswer
from evac.api.problems import answers, not_allowed
from evac.api.service import COUNTY, ServicePart, holder_of, region_within
from evac.counts.head_count import FINE
from evac.counts.now import head_count
from evac.counts.terms import WORDS
from evac.registry import EventStore
from evac.situation.shared import shared_counts
from evac.tokens import Right, Token

router = APIRouter()
Holder = Annotated[Token, Depends(holder_of(Right.COUNTS))]
NEXT_LEVEL: Final = {0: COUNTY, 2: COUNTY, 4: COUNTY, COUNTY: 9, 9: 12, 12: 12}
"""Digits of a region -> digits of its parts: towns of a county, villages of a town, else counties."""
Figures: TypeAlias = dict[str, int]
Places: TypeAlias = dict[str, dict[str, int]]


class Table(NamedTuple):
    """The figures of a region, of its parts, and who stays at its shelters."""

    total: Figures
    regions: dict[str, Figures]
    places: Places


@router.get(
    "/v1/counts",
    response_model=CountsAnswer,
    responses=answers(401, 403, 422, 429, 503, 507),
    tags=["counts"],
)
async def counts(
    service: ServicePart,
    token: Holder,
    prefix: Annotated[str | None, Query(pattern="^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})?$")] = None,
) -> dict[str, Any]:
    """Head-count of a region and its parts (a county's towns, a town's villages, else counties), and who stays at its shelters.

    The token's own region if none is named; who only looks sees that region alone, since tables of parts give each other away.
    """
    region = region_within(token, prefix)
    exact = token.may(Right.EXACT_COUNTS)
    if not exact and region != token.scope:
        raise not_allowed("who only looks asks for the own region as a whole")
    table = await service.kept(f"counts {region}", table_of(region))
    shown = (
        {"total": table.total, "regions": table.regions, "places": table.places}
        if exact
        else await service.kept(f"shared {region}", lambda _: shared_counts(table.regions))
    )
    return {"prefix": region, "now": service.now(), "exact": exact, "words": dict(WORDS), **shown}


def table_of(region: str) -> Callable[[EventStore], Table]:
    """Reads the figures of a region."""

    def read(store: EventStore) -> Table:
        count = head_count(store, region)
        names = [name for name in WORDS if count.fine or name not in FINE]
        here = {
            shelter.shelter_id for shelter in store.shelters() if shelter.county.startswith(region[:COUNTY])
        }
        places: Places = {}
        for seat, n in store.seats().items() if len(region) <= COUNTY else ():
            if seat.place in here:
                places.setdefault(seat.place, {})[str(seat.stay)] = n
        parts = count.by_risk(NEXT_LEVEL[len(region)])
        # nobody at all has no figures yet, and no fineness to ask for
        total = count.total()
        return Table(
            _figures(total, names), {name: _figures(row, names) for name, row in parts.items()}, places
        )

    return read


def _figures(row: Mapping[str, int], names: list[str]) -> Figures:
    return {name: row.get(name, 0) for name in names}
