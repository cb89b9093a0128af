"""What a grid worker's phone says (网格员): the task that is theirs, and what they found there; durable before it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from evac.api.answers import FieldSaidAnswer, FieldTasksAnswer
from evac.api.dangers import PLAIN
from evac.api.problems import Problem, answers
from evac.api.service import ServicePart, holder_of
from evac.errors import ConflictError
from evac.events import instant_of, microseconds
from evac.field.terms import Says
from evac.tokens import Right, Token

if TYPE_CHECKING:  # a server without a log of the field loads none of it
    from evac.field.book import FieldTask
    from evac.field.desk import FieldDesk

router = APIRouter()
Worker = Annotated[Token, Depends(holder_of(Right.FIELD))]


class SaidQuestion(BaseModel):
    """One word of the worker whose token it is; the same word again changes nothing."""

    model_config = ConfigDict(extra="forbid")

    says: Says
    task: Annotated[str, Field(pattern="^([0-9a-f]{6,32})?$")] = ""
    words: Annotated[str, Field(max_length=500, pattern=PLAIN)] = Field(
        "", description="What was found on the spot: level, damage, people."
    )
    at: int | None = Field(
        None,
        ge=0,
        le=253_402_300_799_000_000,
        description="Microseconds since 1970 UTC when it happened; now if not given.",
    )


@router.get(
    "/v1/field/tasks",
    response_model=FieldTasksAnswer,
    responses=answers(401, 403, 404, 429, 503),
    tags=["field"],
)
async def my_tasks(service: ServicePart, token: Worker) -> dict[str, Any]:
    """The open tasks that the worker was called to, the newest call first."""
    desk = _desk(service)
    return await service.on_field(lambda: {"tasks": _of(desk, _worker(desk, token)), "now": service.now()})


@router.post(
    "/v1/field/said",
    response_model=FieldSaidAnswer,
    responses=answers(401, 403, 404, 409, 413, 422, 429, 503, 507),
    tags=["field"],
)
async def say(question: SaidQuestion, service: ServicePart, token: Worker) -> dict[str, Any]:
    """Keep what the worker says: acknowledged, arrived, what was found (word), back, refused, on or off duty."""
    desk = _desk(service)
    return await service.on_field(lambda: _say(desk, question, service, token))


def _desk(service: ServicePart) -> FieldDesk:
    if service.field_desk is None:
        raise Problem(404, "this server keeps no log of the field; start it with --field")
    return service.field_desk


def _worker(desk: FieldDesk, token: Token) -> str:
    """The worker whose phone it is: the token's device is the number on the register."""
    worker = desk.book().workers.get(token.device)
    if worker is None or not token.reaches(worker.cell):
        raise Problem(
            403,
            f"no worker of the number {token.device} in the region of this token; see: evac field workers",
        )
    return worker.number


def _say(desk: FieldDesk, question: SaidQuestion, service: ServicePart, token: Token) -> dict[str, Any]:
    worker, now = _worker(desk, token), service.clock()
    told_at = now if question.at is None else instant_of(question.at)
    if question.task and not any(t.id.startswith(question.task) for t in _called(desk, worker)):
        raise Problem(404, f"{worker} was never called to a task {question.task}")
    try:
        answer = desk.said(
            worker, question.says, by=worker, at=min(told_at, now), now=now, task=question.task,
            words=question.words, told_at=told_at,
        )  # fmt: skip
    except ConflictError as error:
        raise Problem(409, str(error)[:400]) from None
    return {"answer": answer, "tasks": _of(desk, worker), "now": service.now()}


def _called(desk: FieldDesk, worker: str) -> list[FieldTask]:
    return [
        t for t in desk.book().tasks.values() if not t.room and any(sent.worker == worker for sent in t.sent)
    ]


def _of(desk: FieldDesk, worker: str) -> list[dict[str, Any]]:
    """Open tasks of a worker as the phone shows them: no name and no telephone of anybody."""
    found = []
    for task in reversed(_called(desk, worker)):
        sent = next(one for one in reversed(task.sent) if one.worker == worker)
        if task.open or worker in task.out():
            c = task.candidate
            found.append(
                {
                    "task": task.id, "place": c.name, "region": c.region, "longitude": c.longitude, "latitude": c.latitude,
                    "words": c.words, "tier": None if task.tier is None else task.tier.english, "checked": sent.checked,
                    "answer_by": microseconds(sent.answer_by), "arrive_by": microseconds(sent.arrive_by),
                    "back_by": microseconds(sent.back_by), "out": worker in task.out(),
                }
            )  # fmt: skip
    return found
