"""Around every request: an id, bounds of size and time, headers of safety, and a line in a log that knows no names."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from evac.api.buckets import Limits
from evac.api.problems import Problem, on_failed_store, on_our_error, told
from evac.cockpit.shell import LIVE_POLICY
from riskmap.errors import SourceError

LOG: Final = logging.getLogger("evac.access")
"""One JSON object a line: when, which request, method, route, status, ms, bytes, token id, address."""

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Answering: TypeAlias = Callable[[Request], Awaitable[Response]]

_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_API: Final = (
    *_ALWAYS,
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
KIOSK_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the phone page: nothing from elsewhere, no script in the page itself."""
_KIOSK: Final = (
    *_ALWAYS,
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", KIOSK_POLICY.encode()),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(self)"),
)
_COCKPIT: Final = (
    *_ALWAYS,
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", LIVE_POLICY.encode()),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_PAGES: Final = {"/kiosk": _KIOSK, "/cockpit": _COCKPIT}
_PERSON: Final = "/v1/people/"


def _page_of(path: str) -> str:
    """The page that a path is part of; empty for the API."""
    first = "/" + path[1:].partition("/")[0]
    return first if first in _PAGES else ""


def route_of(path: str) -> str:
    """The path without anything that names a person: what a log may hold."""
    if path.startswith(_PERSON):
        return f"{_PERSON}{{code}}"
    if page := _page_of(path):
        return page
    return path if path.startswith("/v1/") and len(path) < 32 and path.isprintable() else "other"


class Gate:
    """An ASGI application around another.

    Parameters
    ----------
    app : ASGI application
    limits : Limits
        ``body``, ``body_seconds``.
    hot : mapping
        (method, path) -> what answers before the application is asked: a fifth of the time of a check-in goes into finding the
        way through a framework.
    """

    def __init__(
        self, app: App, *, limits: Limits, hot: Mapping[tuple[str, str], Answering] | None = None
    ) -> None:
        self._app, self._limits = app, limits
        self._hot = {way: _application(answering) for way, answering in (hot or {}).items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        app = self._hot.get((scope["method"], scope["path"]), self._app)
        await _Passage(scope, receive, send, self._limits).through(app)


def _application(answering: Answering) -> App:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await answering(request)
        except SourceError as error:
            response = await on_failed_store(request, error)
        await response(scope, receive, send)

    return answer


class _Passage:
    """One request on its way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._scope, self._receive, self._send, self._limits = scope, receive, send, limits
        self._state = scope.setdefault("state", {})
        self._id = self._state["request_id"] = secrets.token_hex(8)
        self._started = time.perf_counter()
        self._until: float | None = None
        self._size = self._status = self._sent = 0
        self._whole = False

    async def through(self, app: App) -> None:
        try:
            if self._declared() > self._limits.body:
                raise _too_large(self._limits.body)
            await app(self._scope, self._receiving, self._sending)
        except Problem as problem:
            if not self._status:
                answer = told(problem.status_code, str(problem.detail), self._id, problem.headers)
                await answer(self._scope, self._receive, self._sending)
        except Exception as error:
            logging.getLogger("evac.api").exception("request %s failed", self._id)
            if not self._status:
                answer = await on_our_error(Request(self._scope), error)
                await answer(self._scope, self._receive, self._sending)
        finally:
            self._log()

    def _declared(self) -> int:
        for name, value in self._scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() and len(value) < 20 else self._limits.body + 1
        return 0

    async def _receiving(self) -> Message:
        if self._whole:
            return await self._receive()
        loop = asyncio.get_running_loop()
        if self._until is None:
            self._until = loop.time() + self._limits.body_seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise Problem(408, "the body did not come in time", headers={"Connection": "close"}) from None
        self._size += len(message.get("body", b""))
        if self._size > self._limits.body:
            raise _too_large(self._limits.body)
        self._whole = not message.get("more_body", False)
        return message

    async def _sending(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            kept = message.setdefault("headers", [])
            names = {name for name, _ in kept}
            wanted = _PAGES.get(_page_of(self._scope["path"]), _API)
            message["headers"] = [
                *kept, *(pair for pair in wanted if pair[0] not in names), (b"x-request-id", self._id.encode()),
            ]  # fmt: skip
        else:
            self._sent += len(message.get("body", b""))
        await self._send(message)

    def _log(self) -> None:
        if not LOG.isEnabledFor(logging.INFO):
            return
        client = self._scope.get("client")
        LOG.info(
            json.dumps(
                {
                    "at": int(time.time() * 1e6),
                    "request": self._id,
                    "method": self._scope["method"],
                    "route": route_of(self._scope["path"]),
                    "status": self._status,
                    "ms": round((time.perf_counter() - self._started) * 1e3, 1),
                    "in": self._size,
                    "out": self._sent,
                    "token": self._state.get("token_id"),
                    "from": client[0] if client else None,
                }
            )
        )


def _too_large(most: int) -> Problem:
    return Problem(413, f"larger than {most} bytes; send shorter lists", headers={"Connection": "close"})
