"""The server asked whatever its own document allows, and what it does not; ``make fuzz`` asks longer (``EVAC_FUZZ`` examples).

No answer may be a 5xx, of a status or a shape that the document does not know, and nothing may open without a token.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from evac.api.app import create_app
from evac.store.memory import MemoryStore
from evac.store.tokens import MemoryTokens
from evac.tokens import RIGHTS, Right, Role, make_token
from evac.vault import Vault
from tests.evac.api.desks import NO_LIMITS, listed
from tests.evac.api.servers import thread

EXAMPLES = int(os.environ.get("EVAC_FUZZ", "12"))
HOT = "/v1/checkins"
BY_ROLE = {
    "/v1/feed": Role.AUDITOR, "/v1/access": Role.AUDITOR, "/v1/observations": Role.SENSOR, "/v1/field/tasks": Role.GRID,
    "/v1/field/said": Role.GRID,
}  # fmt: skip


SCHEMA = schemathesis.openapi.from_dict(create_app(MemoryStore(), tokens=MemoryTokens()).openapi())


class Asked(NamedTuple):
    """A server that runs, and headers of a token of each role."""

    address: str
    headers: dict[Role, dict[str, str]]


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    store, tokens, headers = MemoryStore(Vault(bytes(range(32)))), MemoryTokens(), {}
    listed(store)
    for role in Role:
        text, token = make_token(
            "phone-0123", role, "", made_at=datetime.now(UTC), valid=timedelta(9), gateway=True
        )
        tokens.put(token)
        headers[role] = {"Authorization": f"Bearer {text}"}
    with (
        thread(create_app(store, tokens=tokens, limits=NO_LIMITS), NO_LIMITS) as port,
    ):
        yield Asked(f"http://127.0.0.1:{port}", headers)


BOUNDED = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES < 100, suppress_health_check=list(HealthCheck)
)


@SCHEMA.exclude(path=HOT).parametrize()
@BOUNDED
def test_every_answer_is_one_that_the_document_knows(case: Any, asked: Asked) -> None:
    role = BY_ROLE.get(case.path, Role.LIAISON)
    # a question that the document does not know is left unread
    left_out = [negative_data_rejection] if case.method == "GET" else []
    if case.path == "/v1/dangers":  # a position wants its datum, which no schema of single fields can say
        left_out.append(positive_data_acceptance)
    case.call_and_validate(base_url=asked.address, headers=asked.headers[role], excluded_checks=left_out)


@SCHEMA.include(path=HOT).parametrize()
@settings(
    BOUNDED, phases=[Phase.generate]
)  # the ready-made cases of 35 kinds of events alone take two minutes
def test_lists_of_events_are_answered_as_the_document_says(case: Any, asked: Asked) -> None:
    # a list with a bad event in it is taken, and the event named
    left_out = [negative_data_rejection]
    case.call_and_validate(
        base_url=asked.address, headers=asked.headers[Role.LIAISON], excluded_checks=left_out
    )


def test_every_right_has_somebody_who_is_asked_with_it() -> None:
    assert {right for role in (Role.LIAISON, *BY_ROLE.values()) for right in RIGHTS[role]} == set(Right)
