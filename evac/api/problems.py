"""What goes wrong, in one shape: a word for programs, a reason for people, the request's id for whoever asks us."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping
from typing import Any, Final

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as PlainHTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from riskmap.errors import SourceError

WORDS: Final = {
    401: "no_token",
    403: "not_allowed",
    404: "not_found",
    405: "no_such_method",
    408: "too_slow",
    409: "conflict",
    413: "too_large",
    422: "bad_request",
    429: "too_many",
    500: "broken",
    503: "store_unavailable",
    507: "store_full",
}
"""Status -> word."""

_RETRY: Final = 5
"""Seconds after which a device tries again when nothing could be stored."""


class Problem(HTTPException):
    """A request that cannot be answered; becomes the one shape of errors."""

    def __init__(self, status: int, reason: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, reason, dict(headers) if headers else None)


def too_many(wait: float) -> Problem:
    """Ask again after so many seconds."""
    seconds = str(max(1, -int(-wait // 1)))
    return Problem(429, f"too many requests; ask again in {seconds} s", headers={"Retry-After": seconds})


def no_token() -> Problem:
    """The same for a missing, wrong, expired and revoked token."""
    return Problem(
        401, "a token of this server that is still valid is needed", headers={"WWW-Authenticate": "Bearer"}
    )


def not_allowed(reason: str) -> Problem:
    """The token is good and does not reach so far."""
    return Problem(403, reason)


def not_found() -> Problem:
    """The same for what is not there and for what lies outside the token's region."""
    return Problem(404, "nothing of that name in the region of this token")


def unavailable(reason: str) -> Problem:
    """What this server cannot make, since an extra is not installed; told to whoever keeps it."""
    return Problem(503, reason)


def failed_store(error: SourceError) -> Problem:
    """What a store that failed is told as: 507 where its disk is full, else 503; nothing was acknowledged."""
    cause = error.__cause__
    full = (
        getattr(cause, "sqlite_errorname", "") == "SQLITE_FULL"
        or getattr(cause, "sqlstate", "") == "53100"  # PostgreSQL: disk_full
        or getattr(cause, "errno", None) == errno.ENOSPC
    )
    said = "the disk of the server is full" if full else "the registry cannot be reached just now"
    return Problem(
        507 if full else 503,
        f"{said}; nothing was stored: keep it and send it again",
        headers={"Retry-After": str(_RETRY)},
    )


def told(status: int, reason: str, request_id: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer."""
    body = {"error": WORDS.get(status, "bad_request"), "reason": reason, "request_id": request_id}
    return JSONResponse(body, status, headers=dict(headers) if headers else None)


def _id(request: Request) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


async def on_problem(request: Request, error: Exception) -> JSONResponse:
    """``HTTPException`` of ours and of the framework's."""
    if not isinstance(error, PlainHTTPException):
        raise error
    ours = isinstance(error, Problem)
    reason = str(error.detail) if ours else WORDS.get(error.status_code, "bad_request").replace("_", " ")
    # the framework says 400 where a body is no text at all
    status = 422 if error.status_code == 400 else error.status_code
    return told(status, reason, _id(request), error.headers)


async def on_wrong_shape(request: Request, error: Exception) -> JSONResponse:
    """A body or parameter of the wrong shape: where and what is wrong, never what was sent."""
    wrong = error.errors() if isinstance(error, RequestValidationError) else []
    said = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in wrong[:3])
    return told(422, said.encode("utf-8", "replace").decode()[:400], _id(request))


async def on_our_error(request: Request, error: Exception) -> JSONResponse:
    """What nobody thought of: the caller gets an id, the log of errors the rest."""
    del error
    return told(500, "an error of the server; tell its keeper this request's id", _id(request))


async def on_failed_store(request: Request, error: Exception) -> JSONResponse:
    """A store that failed."""
    if not isinstance(error, SourceError):
        raise error
    logging.getLogger("evac.api").error("request %s: %s", _id(request), error)
    problem = failed_store(error)
    return told(problem.status_code, str(problem.detail), _id(request), problem.headers)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for OpenAPI."""
    from evac.api.answers import ProblemAnswer

    return {status: {"model": ProblemAnswer, "description": WORDS[status]} for status in statuses}
