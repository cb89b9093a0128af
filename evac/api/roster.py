"""The roster of a region for a device that goes offline with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from evac.access import Act
from evac.api.keys import published
from evac.api.numbering import Numbering
from evac.api.problems import Problem, answers, not_allowed
from evac.api.service import COUNTY, ServicePart, holder_of, region_within
from evac.codes import sites_of
from evac.model import Person, Shelter, State
from evac.phone_seal import keys_for_phone
from evac.privacy import mask_name
from evac.registry import EventStore
from evac.state import PersonState
from evac.tokens import Right, Token
from evac.vault import Vault
from evac.web.roster_pack import pack

router = APIRouter()
Holder = Annotated[Token, Depends(holder_of(Right.ROSTER))]
MOST_PEOPLE: Final = 50_000
VILLAGE: Final = 12
"""Digits of the region whose own holders read names whole; all others get them masked."""
VALID: Final = timedelta(days=3)
"""A roster on a phone dies after that, and with the token if that ends before."""


@router.get(
    "/v1/roster",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **answers(401, 403, 413, 422, 429, 503, 507),
    },
    tags=["roster"],
)
async def roster(
    service: ServicePart,
    token: Holder,
    prefix: Annotated[
        str | None, Query(pattern="^([0-9]{6}|[0-9]{9}|[0-9]{12})$", description="County, town or village.")
    ] = None,
) -> Response:
    """The people of a region with their states, packed for a phone; it expires."""
    region = region_within(token, prefix)
    if len(region) < COUNTY:
        raise not_allowed("name a county, town or village: a device carries no larger roster")
    found = await service.readers.run(_reads(region, token.device, service.numbering))
    counted_at = service.clock()
    public = await published(service, found.labels)
    expires_at = min(token.expires_at, service.clock() + VALID)
    await service.note(token, Act.EXPORT, f"roster {region}", people=len(found.people))
    made = pack(
        found.people, found.states, key=token.digest, expires_at=expires_at, shelters=found.shelters,
        event=found.labels.get("event", ""), present=found.present, counted_at=counted_at, counter=found.counter,
        sites=sites_of(found.labels),
        keys=public.ring or "", revocations=public.revocations or b"",
        names=str if len(token.scope) == VILLAGE else mask_name,
        sealing=None if found.vault is None else keys_for_phone(found.vault, token.device),
    )  # fmt: skip
    return Response(made, media_type="application/octet-stream")


class _Found(NamedTuple):
    """What a pack is made of, read in one go."""

    people: list[Person]
    states: dict[str, PersonState]
    present: dict[str, int]
    counter: int
    shelters: list[Shelter]
    labels: dict[str, str]
    vault: Vault | None


def _reads(region: str, device: str, numbering: Numbering) -> Callable[[EventStore], _Found]:
    def read(store: EventStore) -> _Found:
        people = people_within(store, region, MOST_PEOPLE)
        standings = store.standings([person.code for person in people])
        states = {code: standing.state for code, standing in standings.items()}
        present = {seat.place: n for seat, n in store.seats().items() if seat.stay is State.SHELTERED}
        shelters = [s for s in store.shelters() if s.county == region[:COUNTY]]
        counter = numbering.last(store, device)
        return _Found(people, states, present, counter, shelters, store.labels(), store.vault)

    return read


def people_within(store: EventStore, region: str, most: int) -> list[Person]:
    """The roster of a region.

    Raises
    ------
    Problem
        413: more people than ``most``.
    """
    found: list[Person] = []
    for person in store.people(region):
        found.append(person)
        if len(found) > most:
            raise Problem(413, f"more than {most} people; name a smaller region")
    return found
