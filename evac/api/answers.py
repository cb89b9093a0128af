"""What the server answers, as OpenAPI describes it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Microseconds = int


class Answer(BaseModel):
    """Base of all answers: what is not named here is not sent."""

    model_config = ConfigDict(extra="forbid")


class ProblemAnswer(Answer):
    """Any error."""

    error: str = Field(description="A word for programs.", examples=["no_token"])
    reason: str = Field(description="For people.")
    request_id: str = Field(description="What the server's log knows this request by.")


class ClockAnswer(Answer):
    """The server's clock."""

    now: Microseconds = Field(description="Microseconds since 1970 UTC.")


class HeadAnswer(Answer):
    """End of the chain: write it down elsewhere and it witnesses all before it."""

    sequence: int
    link: str = Field(description="64 hexadecimal digits.")


class RefusedAnswer(Answer):
    """An event that was not stored: a command that is not legal now, or one that this token may not give."""

    event_id: str
    reason: str


class InvalidAnswer(Answer):
    """Something in the list that is no event."""

    index: int
    reason: str


class CheckInsAnswer(Answer):
    """What became of each event of a list; all in ``stored`` and ``repeated`` are durable."""

    stored: list[str] = Field(description="Event ids that are new.")
    repeated: list[str] = Field(description="Event ids that were there already: sent twice, stored once.")
    conflicting: list[str] = Field(
        description="Those of ``repeated`` whose content differs from what was stored first."
    )
    refused: list[RefusedAnswer]
    invalid: list[InvalidAnswer]
    unknown: list[str] | None = Field(
        description="Codes of this list that are on no list of people: stored all the same, and to be looked after. "
        "null where they could not be looked up."
    )
    head: HeadAnswer
    now: Microseconds


class DoorAnswer(CheckInsAnswer):
    """Somebody was added at the door."""

    code: str
    short_code: str


class StateAnswer(Answer):
    """Where a person stands."""

    state: str
    chinese: str
    place: str
    stay: str | None
    verified: bool
    due: bool
    round: int
    since: Microseconds | None


class PersonAnswer(Answer):
    """A person of the roster, as far as this token may see."""

    code: str
    short_code: str
    county: str
    village: str
    village_name: str
    category: str
    category_chinese: str
    vulnerability: list[str]
    destination: dict[str, str]
    name: str | None = Field(
        description="Whole in the person's own village, masked in the township, else null."
    )
    household: str | None
    helper: str | None
    phone: str | None
    synthetic: bool
    state: StateAnswer


class CountsAnswer(Answer):
    """The head-count of a region now."""

    prefix: str
    now: Microseconds
    exact: bool = Field(
        description="False where small counts are hidden (null), as for everybody who only looks."
    )
    total: dict[str, int | None] = Field(description="Figure -> persons; ``due`` is 应转移.")
    words: dict[str, str] = Field(description="Figure -> its word on a sheet.")
    regions: dict[str, dict[str, int | None]]
    places: dict[str, dict[str, int]] = Field(
        description="Shelter of a county or more -> how they stay -> persons, wherever they are registered."
    )


class EarlierEvent(Answer):
    """An event at a position before, given again."""

    position: int
    event: dict[str, Any]


class FeedItem(Answer):
    """One position of the log."""

    position: int
    received_at: Microseconds
    digest: str
    link: str
    event: dict[str, Any] | None = Field(
        description="null where neither place, sending device nor, by this position, person is of the region."
    )
    earlier: list[EarlierEvent] = Field(
        description="All events before of who enters the region at this position; some may have been shown."
    )


class FeedAnswer(Answer):
    """The log from a cursor on."""

    items: list[FeedItem]
    next: int = Field(description="The cursor to ask with next.")
    more: bool
    head: HeadAnswer


class AccessAnswer(Answer):
    """The log of reads from a cursor on: who, when, what for; a person stands in it as a digest of the code."""

    items: list[dict[str, Any]]
    next: int
    head: HeadAnswer


class KeysAnswer(Answer):
    """Public keys that codes are verified with, and the codes that are revoked."""

    event: str = Field(description="What the registry is about, in words; empty where it has no label.")
    keys: list[dict[str, Any]] = Field(
        description="Public keys without terms, as a drill has them: hexadecimal digits."
    )
    ring: dict[str, Any] | None = Field(
        description="The key ring of `evac keys`, with the terms of each key."
    )
    revocations: str | None = Field(description="The signed list in base64, null before the first.")
    sites: list[str] = Field(
        description="Addresses that codes in the unsigned form lead to; where none is told, the server's own alone."
    )
    now: Microseconds


def whole(given: object) -> object:
    """The integer that JSON means: 2006.0 is the integer 2006 in JSON; "2006" and true are none."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


Year = Annotated[int, Field(strict=True, ge=1850, le=2200), BeforeValidator(whole)]


class LookupQuestion(BaseModel):
    """A code and what only its holder's family knows."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(min_length=1, max_length=40, description="26 characters, or the short code of 11.")
    birth_year: Year
    phone_end: str = Field(pattern="^[0-9]{4}$", description="Last four digits of the phone on the list.")


class LookupAnswer(Answer):
    """Always the same keys, the same length and the same time."""

    found: bool
    state: str | None
    chinese: str | None
    safe: bool | None
    pad: str


class DangerAnswer(Answer):
    """The report is durable; nothing is told of others' reports."""

    event_id: str
    repeated: bool = Field(description="It was there already: sent twice, stored once.")
    danger: str = Field(description="Id of the kind that was understood.")
    chinese: str
    reporter_kept: bool = Field(
        description="Whether name and telephone were sealed and kept; without the emergency's key they are not stored."
    )
    now: Microseconds


class ObservationsAnswer(Answer):
    """What was taken in; all of it is durable."""

    stored: int
    repeated: int = Field(description="Were there already.")
    candidates: list[str] = Field(
        description="Ids of the tier candidates that came of it; each has its tasks."
    )
    wrong: list[str] = Field(description="Rows left out, and why: mend them and send them again.")
    now: Microseconds


class OnwardPlace(Answer):
    """A shelter that can take them all."""

    shelter: str
    name: str
    longitude: float | None
    latitude: float | None
    metres: int = Field(description="As the crow flies.")
    free: int = Field(description="Persons it still takes beside those who are there or on their way.")
    promised: bool = Field(
        description="The plan gives this room to others who have not come yet: call first."
    )
    far: bool = Field(description="Beyond the radius of a plan.")
    doubt: str = Field(description="What is not known, or speaks against it; else empty.")


class WhereToAnswer(Answer):
    """Where people at a full or closed door can go."""

    shelter: str
    places: list[OnwardPlace] = Field(description="At most three, the best first.")
    why: str | None = Field(description="Why there is none within reach; null where there is one.")
    chinese: str | None
    english: str | None
    unknown: int = Field(
        description="Open shelters near of whose facilities nothing is known: a call may find a place."
    )
    judged: bool = Field(
        description="Whether a published run that speaks of this instant says where it is dangerous."
    )
    run_issued_at: Microseconds | None = Field(description="When that run was issued; null without one.")
    run_until: Microseconds | None = Field(
        description="The last instant that it speaks of; after it every place is doubtful."
    )
    planned: bool = Field(description="Whether an allocation says who is expected where.")
    now: Microseconds


class FieldTask(Answer):
    """A task as the phone of the worker shows it."""

    task: str
    place: str
    region: str
    longitude: float | None
    latitude: float | None
    words: str = Field(description="What was observed.")
    tier: str | None = Field(description="None is grey: not known.")
    checked: str = Field(description="What the run said of wind and flash floods when the worker was called.")
    answer_by: Microseconds
    arrive_by: Microseconds
    back_by: Microseconds
    out: bool = Field(description="Whether the worker is counted out for it.")


class FieldTasksAnswer(Answer):
    """Open tasks, the newest call first."""

    tasks: list[FieldTask]
    now: Microseconds


class FieldSaidAnswer(FieldTasksAnswer):
    """What was said is durable."""

    answer: str = Field(description="Where it changes less than it says: why; else empty.")
