"""Who read what, for auditors: the log of reads from a cursor on."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from evac.access import parse
from evac.api.answers import AccessAnswer
from evac.api.feed import MOST, head_of
from evac.api.problems import answers
from evac.api.service import Service, ServicePart, holder_of
from evac.events import microseconds
from evac.tokens import Right, Token

router = APIRouter()
Auditor = Annotated[Token, Depends(holder_of(Right.ACCESS_LOG))]


@router.get(
    "/v1/access", response_model=AccessAnswer, responses=answers(401, 403, 422, 429, 503, 507), tags=["feed"]
)
async def access(
    service: ServicePart,
    token: Auditor,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 500,
) -> dict[str, Any]:
    """Reads of people by holders whose region lies within this token's; ask again with ``next``."""
    return await service.office.run(lambda _: _page(service, token, after, limit))


def _page(service: Service, token: Token, after: int, limit: int) -> dict[str, Any]:
    entries = list(islice(service.access.entries(after), limit))
    read = [(entry, parse(entry.body)) for entry in entries]
    items = [
        {
            "position": entry.sequence, "at": microseconds(one.at), "who": one.who, "role": one.role, "scope": one.scope,
            "act": one.act.value, "chinese": one.act.chinese, "what": one.what, "people": one.people, "why": one.why,
        }
        for entry, one in read
        if token.reaches(one.scope)
    ]  # fmt: skip
    return {
        "items": items,
        "next": entries[-1].sequence if entries else after,
        "head": head_of(service.access.head()),
    }
