"""The OpenAPI document: what FastAPI writes of its routes, and the hot route's schema, made from the union of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from evac.api.answers import CheckInsAnswer, ProblemAnswer
from evac.api.parsing import MOST_EVENTS, schema_of_events
from evac.api.problems import WORDS
from evac.events import ArrivedShelter, Registered, canonical, microseconds

_AT: Final = datetime(2021, 7, 25, 4, tzinfo=UTC)
_COMMON: Final[dict[str, Any]] = {
    "place": "330902-S0001", "actor": "李四", "device": "phone-0123", "device_at": _AT, "trusted_at": _AT,
}  # fmt: skip
EXAMPLES: Final = (
    ArrivedShelter(event_id="00000000000000000000000000000001", code="7" + "C" * 25, counter=41, **_COMMON),
    Registered(
        event_id="00000000000000000000000000000002", code="7" + "D" * 25, counter=42, county="330902",
        category="guest_house", at_door=True, **_COMMON,
    ),
)  # fmt: skip
"""Events that the document shows."""

_ABOUT: Final = """\
Check-ins, rosters and head-counts of one emergency. All times are microseconds since 1970 UTC. Errors have one shape.

A device keeps an event until its id comes back in `stored` or `repeated`; whatever else happens (no answer, 429, 5xx) it
sends the event again: ids make a repeat harmless. `refused` and `invalid` events are shown to the person at the device.
"""


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="evac", version="1", description=_ABOUT, routes=app.routes, summary="安全码登记 · check-ins"
        )
        parts = made.setdefault("components", {}).setdefault("schemas", {})
        event, kinds = schema_of_events()
        parts |= {"Event": {"title": "Event", **event}} | kinds
        for model in (CheckInsAnswer, ProblemAnswer):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            parts |= schema.pop("$defs", {}) | {model.__name__: schema}
        at_the_door = {"allOf": [{"$ref": _ref("registered")}, {"properties": {"at_door": {"const": True}}}]}
        parts["DoorQuestion"]["properties"]["event"] = at_the_door
        made["paths"]["/v1/checkins"] = {"post": _check_ins()}
        app.openapi_schema = made
    return app.openapi_schema


def _check_ins() -> dict[str, Any]:
    events = {
        "type": "object",
        "title": "CheckIns",
        "required": ["events"],
        "additionalProperties": False,
        "properties": {
            "events": {"type": "array", "maxItems": MOST_EVENTS, "items": {"$ref": _ref("Event")}}
        },
    }
    example = {"events": [json.loads(canonical(event)) for event in EXAMPLES]}
    failed = {"application/json": {"schema": {"$ref": _ref("ProblemAnswer")}}}
    return {
        "tags": ["check-ins"],
        "summary": "Check Ins",
        "description": (
            f"A list of at most {MOST_EVENTS} events, as `evac.events.canonical` writes each. Facts are stored always, once each; "
            "one bad event never stops the others. All answered as stored are durable."
        ),
        "operationId": "check_ins",
        "security": [{"HTTPBearer": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": events, "example": example}},
        },
        "responses": {
            "200": {
                "description": "What became of each event.",
                "content": {
                    "application/json": {"schema": {"$ref": _ref("CheckInsAnswer")}, "example": _answer()}
                },
            },
            **{
                str(status): {"description": WORDS[status], "content": failed}
                for status in (401, 403, 408, 413, 422, 429, 503, 507)
            },
        },
    }


def _ref(name: str) -> str:
    return f"#/components/schemas/{name}"


def _answer() -> dict[str, Any]:
    return {
        "stored": [event.event_id for event in EXAMPLES],
        "repeated": [],
        "conflicting": [],
        "refused": [],
        "invalid": [{"index": 2, "reason": "Object missing required field `event_id`"}],
        "unknown": [EXAMPLES[0].code],
        "head": {"sequence": 2, "link": "0" * 64},
        "now": microseconds(_AT),
    }
