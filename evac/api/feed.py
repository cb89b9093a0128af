"""The log from a cursor on: positions rise by one, so whoever resumes misses nothing and sees no position twice.

Every position is given to everybody, with its digest and link, so that the chain can be verified; the event itself only where
it is of the token's region (``evac.api.feed_scope``).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Generator, Sequence
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from evac.api.answers import FeedAnswer
from evac.api.feed_scope import Shown, cut_to
from evac.api.problems import answers, not_allowed
from evac.api.service import COUNTY, ServicePart, holder_of
from evac.events import canonical, microseconds
from evac.log import Head
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
    # a device has its token before it sends: read after the log is sealed, no event is there without its device's
    tokens = await asyncio.to_thread(service.tokens.tokens) if token.scope else []
    page = await service.readers.run(page_of(after, limit, token.scope, tokens))
    last = page[-1]["position"] if page else after
    return {"items": page, "next": last, "more": last < head.sequence, "head": head_of(head)}


def page_of(
    after: int, limit: int, scope: str, tokens: Sequence[Token]
) -> Callable[[EventStore], list[dict[str, Any]]]:
    """Reads a page of the sealed log."""

    def read(store: EventStore) -> list[dict[str, Any]]:
        log = store.log(after)
        entries = list(islice(log, limit))
        if isinstance(log, Generator):
            log.close()  # one left open would hold the database at this moment
        return [item_of(shown) for shown in cut_to(scope, store, entries, tokens)]

    return read


def item_of(shown: Shown) -> dict[str, Any]:
    """One position as it is sent."""
    entry = shown.entry
    return {
        "position": entry.sequence,
        "received_at": microseconds(entry.received_at),
        "digest": entry.digest.hex(),
        "link": entry.link.hex(),
        "event": json.loads(entry.body) if shown.visible else None,
        "earlier": [
            {"position": position, "event": json.loads(canonical(event))} for position, event in shown.earlier
        ],
    }


def head_of(head: Head) -> dict[str, Any]:
    """The end of the chain as it is sent."""
    return {"sequence": head.sequence, "link": head.link.hex()}
