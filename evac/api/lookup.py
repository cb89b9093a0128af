"""The public look-up: a code, and what only the family knows; one answer in one shape, one length and one time.

It never says where somebody is, only whether the person is safe: whereabouts are sensitive (PIPL Art. 28), and who seeks a
person may be who the person fled from. A wrong factor, an unknown code and a code asked about too often look the same.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Depends

from evac.api.answers import LookupAnswer, LookupQuestion
from evac.api.problems import answers, too_many
from evac.api.service import Service, ServicePart, client_network
from evac.codes import bytes_of_code, parse_short_code
from evac.counts.now import standing_that_counts
from evac.errors import CodeError
from evac.model import MOVED, Person, State
from evac.registry import EventStore

router = APIRouter()
LENGTH: Final = 400
"""Bytes of every answer."""

_NOBODY: Final = ("0" * 4, -1)
_SAFE: Final = MOVED | {State.RETURN_ALLOWED, State.RETURN_HELD, State.RETURNED, State.CLOSED}


@router.post("/v1/lookup", response_model=LookupAnswer, responses=answers(413, 422, 429), tags=["look-up"])
async def look_up(
    question: LookupQuestion, service: ServicePart, network: str = Depends(client_network)
) -> dict[str, Any]:
    """Whether somebody is safe, for who holds the code and knows birth year and phone. Never a list, never a place."""
    started = asyncio.get_running_loop().time()
    now = time.monotonic()
    for buckets, key in ((service.of_lookups, network), (service.of_all_lookups, "")):
        if wait := buckets.take(key, now=now):
            raise too_many(wait)
    found = await _found(service, question, now)
    # a clock, not the work, says when: what was found shows in no duration
    await asyncio.sleep(max(0.0, started + service.limits.lookup_seconds - asyncio.get_running_loop().time()))
    return _shaped(found)


async def _found(service: Service, question: LookupQuestion, now: float) -> State | None:
    code = _code_of(question.code)
    try:
        whose, found = await service.readers.run(_reads(code, question))
    except OSError:  # a store that fails answers like a code that is unknown; its keeper sees the log
        return None
    # a person has one budget, whether the whole code or the short one is typed
    return None if service.of_codes.take(whose, now=now) > 0.0 else found


def _reads(code: str, question: LookupQuestion) -> Callable[[EventStore], tuple[str, State | None]]:
    def read(store: EventStore) -> tuple[str, State | None]:
        person = store.person(code)
        whose = code if person is None else person.code
        standing = standing_that_counts(store, whose)
        phone, year = _NOBODY if person is None else _factor(person)
        fits = hmac.compare_digest(phone, question.phone_end) & (year == question.birth_year)
        if person is None or not fits:
            return whose, None
        return whose, standing.state.state

    return read


def _factor(person: Person) -> tuple[str, int]:
    digits = "".join(c for c in person.phone if c in "0123456789")
    # without both on the list nothing fits
    return (digits[-4:], person.birth_year) if len(digits) >= 4 and person.birth_year is not None else _NOBODY


def _code_of(typed: str) -> str:
    """The code or the short code that was typed; a code of nobody where it is neither."""
    bare = "".join(typed.upper().split())
    try:
        bytes_of_code(bare)
    except CodeError:
        pass
    else:
        return bare
    try:
        return parse_short_code(typed)
    except CodeError:
        return "0" * 26


def _shaped(state: State | None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "found": state is not None,
        "state": None if state is None else state.value,
        "chinese": None if state is None else state.chinese,
        "safe": None if state is None else state in _SAFE,
        "pad": "",
    }
    bare = LookupAnswer(**answer).model_dump_json().encode()
    return answer | {"pad": "." * (LENGTH - len(bare))}
