"""What sensors of a region send (感知): taken in with its candidates, tasks and calls before it is answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from evac.api.answers import ObservationsAnswer
from evac.api.dangers import PLAIN
from evac.api.problems import Problem, answers
from evac.api.service import ServicePart, holder_of
from evac.errors import ConflictError
from evac.tokens import Right, Token
from riskmap.errors import DataError

if TYPE_CHECKING:  # a server without a log of the field loads none of it
    from evac.field.desk import FieldDesk
    from evac.field.intake import Intake
    from evac.field.turn import Outcome

router = APIRouter()
Sensor = Annotated[Token, Depends(holder_of(Right.OBSERVE))]
Short = Annotated[str, Field(min_length=1, max_length=80, pattern=PLAIN)]
Instant = Annotated[
    str, Field(min_length=10, max_length=40, pattern=PLAIN, examples=["2021-07-25T10:00:00+08:00"])
]


class Reading(BaseModel):
    """One reading of a gauge; its time carries its offset."""

    model_config = ConfigDict(extra="forbid")

    id: Short
    time: Instant
    value: float = Field(ge=-1e6, le=1e6)
    units: Annotated[str, Field(pattern="^(mm|0.1mm|cm|in|m)$")]


class Seen(BaseModel):
    """What an operator or an algorithm says that a camera saw."""

    model_config = ConfigDict(extra="forbid")

    id: Short
    time: Instant
    event: Short
    by: Short = Field(description="The operator, or the algorithm and its version.")
    tier: Annotated[str, Field(pattern="^(blue|yellow|orange|red)?$")] = ""


class Observations(BaseModel):
    """Up to 500 of either; the same ones again change nothing."""

    model_config = ConfigDict(extra="forbid")

    readings: list[Reading] = Field(default_factory=list, max_length=500)
    events: list[Seen] = Field(default_factory=list, max_length=500)


@router.post(
    "/v1/observations", response_model=ObservationsAnswer,
    responses=answers(401, 403, 404, 413, 422, 429, 503, 507), tags=["field"],
)  # fmt: skip
async def observe(question: Observations, service: ServicePart, token: Sensor) -> dict[str, Any]:
    """Take in what the sensors of the token's region say; wrong rows are named and the others taken."""
    desk = service.field_desk
    if desk is None:
        raise Problem(404, "this server keeps no log of the field; start it with --field")
    return await service.on_field(lambda: _take(desk, question, token, service))


def _take(desk: FieldDesk, question: Observations, token: Token, service: ServicePart) -> dict[str, Any]:
    from evac.field.intake import read_observations

    book = desk.book()
    places = {key: gauge.region for key, gauge in book.gauges.items()}
    places |= {key: camera.region for key, camera in book.cameras.items()}
    told = question.model_dump()
    beyond = [
        row["id"] for part in told.values() for row in part if not token.reaches(places.get(row["id"], ""))
    ]
    mine = {
        name: [row for row in part if token.reaches(places.get(row["id"], ""))] for name, part in told.items()
    }
    content = {name: part for name, part in mine.items() if part}
    try:
        found = read_observations(json.dumps(content), book, where="observations", by=token.device)
        outcomes = desk.observe(found.observed, now=service.clock())
    except (DataError, ConflictError) as error:
        raise Problem(422, str(error)[:400]) from None
    return _answer(outcomes, found, beyond, service)


def _answer(
    outcomes: list[Outcome], found: Intake, beyond: list[str], service: ServicePart
) -> dict[str, Any]:
    wrong = [f"no sensor of that name in the region of this token: {name}" for name in dict.fromkeys(beyond)]
    return {
        "stored": sum(not outcome.known for outcome in outcomes),
        "repeated": sum(outcome.known for outcome in outcomes),
        "candidates": [candidate.id for outcome in outcomes for candidate in outcome.candidates],
        "wrong": [*wrong, *(str(problem)[:300] for problem in found.problems)],
        "now": service.now(),
    }
