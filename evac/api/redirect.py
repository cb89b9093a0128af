"""Where to (改派): a clerk at a full or closed door asks for the nearest shelter that is safe, fits, and has room for all of a household."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from evac.api.answers import WhereToAnswer, whole
from evac.api.problems import Problem, answers, not_found, unavailable
from evac.api.service import Service, ServicePart, holder_of
from evac.events import microseconds
from evac.model import Vulnerability
from evac.onward import MOST_PEOPLE
from evac.registry import EventStore
from evac.tokens import Right, Token
from riskmap.errors import ConfigError, MissingExtraError, RiskmapError, SourceError

if TYPE_CHECKING:  # what reads plans and runs is loaded with the first question
    from evac.redirecting import Doors, Onward, WhereTo

router = APIRouter()
_KIOSK_SCOPE = "scope"  # the label of a registry that was made from a town's roster bundle


class WhereToQuestion(BaseModel):
    """Who stands at a door; nobody is named."""

    model_config = ConfigDict(extra="forbid")

    shelter: Annotated[
        str, Field(min_length=1, max_length=64, description="Id of the shelter whose door it is.")
    ]
    people: Annotated[
        int,
        Field(strict=True, ge=1, le=MOST_PEOPLE, description="Who stay together."),
        BeforeValidator(whole),
    ] = 1
    needs: Annotated[list[Vulnerability], Field(max_length=len(Vulnerability))] = Field(
        default_factory=list, description="Of anybody among them."
    )


@router.post(
    "/v1/redirect",
    response_model=WhereToAnswer,
    responses=answers(401, 403, 404, 409, 413, 422, 429, 503, 507),
    tags=["check-ins"],
)
async def ask_where_to(
    question: WhereToQuestion, service: ServicePart, token: Annotated[Token, Depends(holder_of(Right.DOOR))]
) -> dict[str, Any]:
    """At most three places, the best first; `why` where none is within reach. Sending people on is an event, `redirected`."""
    doors = await service.kept("doors", _doors(service))
    if doors is None:
        raise Problem(
            409, "this laptop knows its own door alone; ask the county's server, or call the office on duty"
        )
    at = doors.index.get(question.shelter)
    if at is None or not _near(token, doors.shelters[at].town or doors.shelters[at].county):
        raise not_found()
    found = await service.readers.run(_answer(service, doors, question))
    return {
        "shelter": question.shelter,
        "places": [_shown(place) for place in found.places],
        "why": found.why,
        "chinese": found.why.chinese if found.why else None,
        "english": found.why.english if found.why else None,
        "unknown": found.unknown,
        "judged": found.judged,
        "run_issued_at": None if found.issued_at is None else microseconds(found.issued_at),
        "run_until": None if found.until is None else microseconds(found.until),
        "planned": service.knowledge.plan is not None,
        "now": service.now(),
    }


def _near(token: Token, region: str) -> bool:
    """Whether a shelter is of the token's region; a village's clerk stands at shelters that are known by their town."""
    return token.reaches(region) or token.scope.startswith(region)


def _doors(service: Service) -> Callable[[EventStore], Doors | None]:
    def read(store: EventStore) -> Doors | None:
        from evac.redirecting import read_doors

        if _KIOSK_SCOPE in store.labels():
            return None
        try:
            plan = service.knowledge.in_force()
        except (RiskmapError, MissingExtraError) as error:
            raise unavailable(f"the allocation cannot be read: {type(error).__name__}") from error
        return read_doors(store, now=service.clock(), plan=plan)

    return read


def _answer(service: Service, doors: Doors, question: WhereToQuestion) -> Callable[[EventStore], WhereTo]:
    def find(store: EventStore) -> WhereTo:
        from evac.redirecting import door_of, where_to

        del store  # read already; the work alone is done on this thread
        try:
            longitude, latitude = door_of(doors, question.shelter)
        except ConfigError:
            raise Problem(
                409, "where this shelter is, nobody wrote down: evac shelters import with 经度, 纬度"
            ) from None
        try:
            known = service.knowledge.dangers()
        except SourceError:
            raise
        except RiskmapError as error:
            raise unavailable(f"the published run cannot be read: {type(error).__name__}") from error
        return where_to(
            doors, longitude=longitude, latitude=latitude, now=service.clock(), people=question.people,
            needs=question.needs, leaving=question.shelter, known=known,
        )  # fmt: skip

    return find


def _shown(place: Onward) -> dict[str, Any]:
    shelter = place.shelter
    return {
        "shelter": shelter.shelter_id, "name": shelter.name, "longitude": shelter.longitude, "latitude": shelter.latitude,
        "metres": place.metres, "free": place.free, "promised": place.promised, "far": place.far, "doubt": place.doubt,
    }  # fmt: skip
