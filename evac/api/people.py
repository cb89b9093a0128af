"""One person of the roster by code, and somebody added at the door.

Names follow ``evac.privacy.seen_from``: whole in the person's own village, masked in the township, none above. Who is not of the
token's region is not there, like a code of nobody. At the door anybody may be added, wherever they are from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from evac.access import Act, require_reason, subject
from evac.api.answers import DoorAnswer, PersonAnswer, Year, whole
from evac.api.checkins import take
from evac.api.parsing import parse_list
from evac.api.problems import Problem, answers, not_found
from evac.api.service import ServicePart, holder_of
from evac.codes import bytes_of_code, parse_short_code, short_code
from evac.counts.now import standing_that_counts
from evac.errors import CodeError
from evac.events import NO_ONE, CorrectedAtDoor, Registered, microseconds
from evac.model import Category, Destination, Person, Stay, Vulnerability
from evac.people.corrections import SEALED_FIELDS, details_of, seal_details
from evac.privacy import seen_from
from evac.registry import EventStore
from evac.standing import Standing
from evac.tokens import Right, Token
from riskmap.errors import DataError

router = APIRouter()
Reader = Annotated[Token, Depends(holder_of(Right.PERSON))]
Revealer = Annotated[Token, Depends(holder_of(Right.REVEAL))]
InUrl = Annotated[
    str, InPath(min_length=1, max_length=40, description="26 characters, or the short code of 11.")
]
DoorKeeper = Annotated[Token, Depends(holder_of(Right.DOOR))]
_TOWN: Final = 9


@router.get(
    "/v1/people/{code}",
    response_model=PersonAnswer,
    responses=answers(401, 403, 404, 422, 429, 503, 507),
    tags=["people"],
)
async def person(
    service: ServicePart,
    token: Reader,
    code: InUrl,
) -> dict[str, Any]:
    """One person of the token's region."""
    asked = _asked(code)
    if asked is None:
        raise not_found()
    found = await service.readers.run(_reads(asked))
    if found is None or not token.reaches(found[0].village or found[0].county):
        raise not_found()
    await service.note(token, Act.VIEW, subject(found[0].code))
    return told(*found, scope=token.scope)


class Reason(BaseModel):
    """Why a name is needed outside the own township; no name and no number may stand in it."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=4, max_length=200, examples=["失联核查"])


@router.post(
    "/v1/people/{code}/reveal", response_model=PersonAnswer,
    responses=answers(401, 403, 404, 413, 422, 429, 503, 507), tags=["people"],
)  # fmt: skip
async def reveal_person(service: ServicePart, token: Revealer, code: InUrl, reason: Reason) -> dict[str, Any]:
    """The whole entry, for a reason that is written down first (越权紧急查看)."""
    asked = _asked(code)
    found = None if asked is None else await service.readers.run(_reads(asked))
    if found is None or not token.reaches(found[0].village or found[0].county):
        raise not_found()
    try:
        why = require_reason(reason.why, names=(found[0].name, found[0].helper or "", found[0].phone))
    except DataError as error:
        raise Problem(422, f"why: {error.message}") from None
    await service.note(token, Act.BREAK_GLASS, subject(found[0].code), why=why)
    return told(*found, scope=token.scope, whole=True)


def _asked(code: str) -> str | None:
    bare = code.strip().upper()
    try:
        bytes_of_code(bare)
        return bare
    except CodeError:
        pass
    try:
        return parse_short_code(code)
    except CodeError:
        return None


def _reads(code: str) -> Callable[[EventStore], tuple[Person, Standing] | None]:
    def read(store: EventStore) -> tuple[Person, Standing] | None:
        found = store.person(code)
        if found is None:
            return None
        return found, standing_that_counts(store, found.code)

    return read


def told(one: Person, standing: Standing, *, scope: str, whole: bool = False) -> dict[str, Any]:
    """A person as a token of this scope may see him or her, or whole for a reason that is written down."""
    own = bool(one.village) and scope == one.village
    # with whom somebody stays is told to whom their name is
    seen = one if whole or own else seen_from(one, scope) if len(scope) >= _TOWN else None
    state = standing.state
    return {
        "code": one.code,
        "short_code": short_code(one.code),
        "county": one.county,
        "village": one.village,
        "village_name": one.village_name,
        "category": one.category.value,
        "category_chinese": one.category.chinese,
        "vulnerability": [each.value for each in one.vulnerability],
        "destination": {
            "stay": one.destination.stay.value,
            "place": one.destination.place if _of_place(one) or seen else "",
        },
        "name": seen.name if seen else None,
        "household": one.household if seen else None,
        "helper": seen.helper if seen else None,
        "phone": seen.phone if seen else None,
        "synthetic": one.synthetic,
        "state": {
            "state": state.state.value,
            "chinese": state.state.chinese,
            "place": state.place,
            "stay": None if state.stay is None else state.stay.value,
            "verified": state.verified,
            "due": state.due,
            "round": state.round,
            "since": None if state.since is None else microseconds(state.since),
        },
    }


def _of_place(one: Person) -> bool:
    return one.destination.stay is not Stay.RELATIVES


_NO_KEY: Final = (
    "服务器没有本次应急的密钥,真实姓名不能入库 · this server was started without the emergency's key and stores no name unsealed: "
    "keep it; its keeper starts it with --vault"
)
Short = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]


class NewPerson(BaseModel):
    """Who is added at the door; only a name, or what stands for one, is asked for."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
    household: Short = ""
    village: Annotated[str, Field(pattern="^([0-9]{12})?$")] = ""
    village_name: Short = ""
    vulnerability: list[Vulnerability] = Field(default_factory=list, max_length=6)
    helper: Short = ""
    phone: Annotated[str, Field(max_length=30, pattern="^[-+0-9 ()]*$")] = ""
    sex: Literal["", "男", "女"] = ""
    birth_year: Year | None = None
    printed: StrictBool = False
    synthetic: StrictBool = False


class DoorQuestion(BaseModel):
    """The person, and the event ``registered`` with ``at_door`` that the device made; its code is new."""

    model_config = ConfigDict(extra="forbid")

    event: dict[str, Any] = Field(description="An event of the kind ``registered``.", max_length=20)
    person: NewPerson


@router.post(
    "/v1/people",
    response_model=DoorAnswer,
    responses=answers(401, 403, 409, 413, 422, 429, 503, 507),
    tags=["people"],
)
async def add_at_the_door(service: ServicePart, token: DoorKeeper, question: DoorQuestion) -> dict[str, Any]:
    """Put somebody on the list who was on none; sent again it changes nothing."""
    event = _event_of(question)
    if not token.gateway and event.device != token.device:
        raise Problem(403, "the event is not of the device of this token")
    one = _person_of(question, event)
    details = await service.office.run(_puts(one, event))
    answer = await take(service, token, [event])
    if details is not None:
        await service.committer.check_ins([details])
    return answer | {"code": event.code, "short_code": short_code(event.code)}


def _event_of(question: DoorQuestion) -> Registered:
    record = {name: whole(value) for name, value in question.event.items()}
    try:
        events, invalid = parse_list(b'{"events":[%s]}' % msgspec.json.encode(record))
    except (ValueError, TypeError, RecursionError) as error:
        raise Problem(422, f"event: {error}"[:200]) from None
    if invalid:
        raise Problem(422, f"event: {invalid[0][1]}")
    (event,) = events
    if not isinstance(event, Registered) or not event.at_door:
        raise Problem(422, "event: of the kind registered, with at_door")
    if event.code == NO_ONE:
        raise Problem(409, "event: this code is nobody's; take a new one")
    return event


def _person_of(question: DoorQuestion, event: Registered) -> Person:
    new = question.person
    return Person(
        code=event.code, name=new.name, household=new.household or event.code[-10:], county=event.county,
        village=new.village, village_name=new.village_name, category=Category(event.category),
        destination=Destination(Stay.SHELTER, event.place), vulnerability=tuple(new.vulnerability),
        helper=new.helper or None, printed=new.printed, synthetic=new.synthetic, phone=new.phone, sex=new.sex,
        birth_year=new.birth_year,
    )  # fmt: skip


def _puts(one: Person, event: Registered) -> Callable[[EventStore], CorrectedAtDoor | None]:
    def put(store: EventStore) -> CorrectedAtDoor | None:
        kept = store.person(one.code)
        if kept is None:
            if store.vault is None and not one.synthetic:
                raise Problem(503, _NO_KEY, headers={"Retry-After": "60"})
            store.put_people([one])
        elif kept != one:
            raise Problem(
                409, "this code is somebody else's already: take a new code; corrections are events"
            )
        return _details(store, one, event)

    return put


def _details(store: EventStore, one: Person, event: Registered) -> CorrectedAtDoor | None:
    """What other servers must know of the person, sealed; None where they have it, or nothing can be sealed."""
    told = f"details {event.event_id}"
    event_id = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    if store.vault is None or store.known([event_id]):
        return None
    details = {name: value for name, value in details_of(one).items() if value and name in SEALED_FIELDS}
    return CorrectedAtDoor(
        event_id=event_id, code=one.code, place=event.place, actor=event.actor, device="", counter=0,
        device_at=event.device_at, trusted_at=event.trusted_at, mode=event.mode,
        sealed=seal_details(details, one.code, store.vault),
    )  # fmt: skip
