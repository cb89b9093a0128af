"""Reports of danger (险情上报): from a device with its token, or from anybody, within a rate; what was answered is durable."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from evac.api.answers import DangerAnswer
from evac.api.problems import Problem, answers
from evac.api.service import ServicePart, reporter
from evac.dangers.intake import Reporter, Seen, danger_seen
from evac.dangers.rules import kinds
from evac.model import CHINA
from evac.people.clerk import Clerk
from evac.people.datum import Datum
from evac.tokens import Token
from riskmap.errors import DataError

router = APIRouter()
_ANYBODY: Final = "公众"
PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"
"""Words on one line."""
Words = Annotated[str, Field(max_length=500, pattern=PLAIN)]
Short = Annotated[str, Field(max_length=80, pattern=PLAIN)]


class DangerQuestion(BaseModel):
    """What somebody saw; words or a position say where. The sender makes ``event_id``, so that sending again is harmless."""

    model_config = ConfigDict(extra="forbid")

    event_id: str = Field(
        pattern="^[0-9a-f]{32}$", max_length=32, description="32 random hexadecimal digits."
    )
    danger: Annotated[str, Field(min_length=1, max_length=80, pattern=PLAIN)]
    where: Words = ""
    region: Annotated[str, Field(pattern="^([0-9]{6}([0-9]{3}([0-9]{3})?)?)?$")] = ""
    longitude: float | None = Field(None, ge=CHINA[0], le=CHINA[1])
    latitude: float | None = Field(None, ge=CHINA[2], le=CHINA[3])
    datum: Datum | None = Field(None, description="What the position refers to; a phone's own is wgs84.")
    photo: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    name: Short = ""
    phone: Annotated[str, Field(max_length=30, pattern="^[-+0-9 ()]*$")] = ""


@router.post(
    "/v1/dangers", response_model=DangerAnswer, responses=answers(413, 422, 429, 503, 507), tags=["dangers"]
)
async def report_danger(
    question: DangerQuestion, service: ServicePart, token: Annotated[Token | None, Depends(reporter)]
) -> dict[str, Any]:
    """Take in a report of danger; needs no account."""
    vault = service.store.vault
    given = Reporter(question.name, question.phone)
    device = token.device if token else f"report-{question.event_id[:16]}"
    clerk = Clerk(token.device if token else _ANYBODY, question.region, device, service.clock())
    seen = Seen(
        question.danger, question.where, question.region, question.longitude, question.latitude, question.datum,
        question.photo, "field" if token else "public", given if vault else Reporter(),
    )  # fmt: skip
    try:
        event = danger_seen(seen, clerk, vault, event_id=question.event_id)
    except DataError as error:
        raise Problem(422, str(error)) from None
    receipt = await service.committer.check_ins([event])
    return {
        "event_id": event.event_id,
        "repeated": event.event_id in receipt.repeated,
        "danger": event.danger,
        "chinese": kinds()[event.danger].chinese,
        "reporter_kept": bool(event.sealed),
        "now": service.now(),
    }
