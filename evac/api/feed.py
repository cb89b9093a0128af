"""The log from a cursor on: positions rise by one, so whoever resumes misses nothing and sees nothing twice.

Every position is given to everybody, with its digest and link, so that the chain can be verified; the event itself only where
its person is of the token's region.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from evac.api.answers import FeedAnswer
from evac.api.problems import answers, not_allowed
from evac.api.service import COUNTY, ServicePart, holder_of
from evac.events import microseconds
from evac.log import Head, Sealed
from evac.registry import EventStore
from evac.tokens import Right, Token

MOST = 1000

router = APIRouter()
Reader = Annotated[Token, Depends(holder_of(Right.FEED))]


@router.get(
    "/v1/feed", response_model=FeedAnswer, responses=answers(401, 403, 422, 429, 503, 507), tags=["feed"]
)
async def feed(
    service: ServicePart,
    token: Reader,
    after: Annotated[int, Query(ge=0, le=2**62, description="Cursor: the last position that is known.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 500,
) -> dict[str, Any]:
    """The log after a position, in order; ask again with ``next``. For auditors, and gateways that pass events on."""
    if len(token.scope) > COUNTY:
        raise not_allowed("the feed is cut by county: this token's region is smaller than one")
    head = await service.office.run(lambda store: store.seal())
    page = await service.readers.run(page_of(after, limit, token.scope))
    last = page[-1]["position"] if page else after
    return {"items": page, "next": last, "more": last < head.sequence, "head": head_of(head)}


def page_of(after: int, limit: int, scope: str) -> Callable[[EventStore], list[dict[str, Any]]]:
    """Reads a page of the sealed log."""

    def read(store: EventStore) -> list[dict[str, Any]]:
        log = store.log(after)
        entries = list(islice(log, limit))
        if isinstance(log, Generator):
            log.close()  # one left open would hold the database at this moment
        # of a destroyed event the digest is left, and nothing to show
        codes = {entry.event.code for entry in entries if entry.body} if scope else set()
        mine = {code for code, it in store.standings(codes).items() if it.state.county.startswith(scope)}
        return [
            item_of(entry, shown=bool(entry.body) and (not scope or entry.event.code in mine))
            for entry in entries
        ]

    return read


def item_of(entry: Sealed, *, shown: bool) -> dict[str, Any]:
    """One position as it is sent."""
    return {
        "position": entry.sequence,
        "received_at": microseconds(entry.received_at),
        "digest": entry.digest.hex(),
        "link": entry.link.hex(),
        "event": json.loads(entry.body) if shown else None,
    }


def head_of(head: Head) -> dict[str, Any]:
    """The end of the chain as it is sent."""
    return {"sequence": head.sequence, "link": head.link.hex()}
