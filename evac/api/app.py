"""The application: parts made once, routes one concern a room, one gate around all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from evac.access import AccessLog, MemoryAccessLog
from evac.api import (
    audit,
    counts,
    dangers,
    feed,
    keys,
    lookup,
    observations,
    people,
    redirect,
    roster,
    situation,
)
from evac.api import field as field_room
from evac.api.buckets import Limits
from evac.api.checkins import check_ins
from evac.api.cockpit import cockpit_file
from evac.api.committing import Committer, OneByOne
from evac.api.contract import document
from evac.api.gate import Gate, Receive, Scope, Send
from evac.api.problems import on_failed_store, on_our_error, on_problem, on_wrong_shape
from evac.api.readers import Readers
from evac.api.service import Service
from evac.onward import Knowledge
from evac.registry import EventStore
from evac.situation.office_records import OfficeRecords
from evac.store.counting import read_ahead
from evac.store.opening import PublicKeys
from evac.tokens import TokenStore
from riskmap.errors import SourceError

if TYPE_CHECKING:  # a server without a log of the field loads none of it
    from evac.field.desk import FieldDesk

ROOMS = (
    keys,
    people,
    roster,
    counts,
    situation,
    feed,
    audit,
    lookup,
    dangers,
    observations,
    field_room,
    redirect,
)


class Server(FastAPI):
    """FastAPI behind the gate: the hot route is answered before the framework is asked."""

    gate: Gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.gate(scope, receive, send)


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(
    store: EventStore,
    *,
    tokens: TokenStore,
    access: AccessLog | None = None,
    open_reader: Callable[[], EventStore] | None = None,
    open_office: Callable[[], EventStore] | None = None,
    committer: Committer | None = None,
    public_keys: Callable[[], PublicKeys] | None = None,
    clock: Callable[[], datetime] = _now,
    limits: Limits | None = None,
    pages: Path | None = None,
    office: OfficeRecords | None = None,
    field: FieldDesk | None = None,
    allocation: Path | None = None,
) -> FastAPI:
    """The HTTP server of one registry.

    Parameters
    ----------
    store : EventStore
        What check-ins are written to; stays the caller's to close. It holds the emergency's vault, if there is one.
    tokens : TokenStore
        Stays the caller's to close.
    access : AccessLog, optional
        Where reads of people are written down; in memory without one. Stays the caller's to close.
    open_reader, open_office : callable, optional
        Open further stores on the same registry, for reading and for writing; without them all share ``store``, which is
        right for one in memory alone.
    committer : Committer, optional
        Who writes events; closed with the application.
    public_keys : callable, optional
        Gives the key ring and the revocation list for devices; the registry's own labels without it.
    clock : callable
        Gives timezone-aware instants.
    limits : Limits, optional
        Of rates, sizes and times.
    pages : Path, optional
        Folder of the phone page, served at ``/kiosk/``.
    office : OfficeRecords, optional
        Letters, responses and the published run for the screens of the situation; their logs stay the caller's to close.
    field : FieldDesk, optional
        Takes in what sensors send; its log stays the caller's to close.
    allocation : Path, optional
        Folder of the allocation in force: who is expected where, and what each shelter has.

    Returns
    -------
    FastAPI
        An ASGI application; its OpenAPI document is at ``/v1/openapi.json``.

    Examples
    --------
    >>> from evac.store.memory import MemoryStore
    >>> from evac.store.tokens import MemoryTokens
    >>> app = create_app(MemoryStore(), tokens=MemoryTokens())
    >>> "/v1/checkins" in app.openapi()["paths"]
    True
    """
    bounds, records = limits or Limits(), office or OfficeRecords()
    service = Service(
        store=store,
        committer=committer or OneByOne(store, clock),
        readers=Readers(open_reader or (lambda: store), owned=open_reader is not None),
        office=Readers(open_office or (lambda: store), owned=open_office is not None, threads=1),
        strangers=Readers(open_reader or (lambda: store), owned=open_reader is not None, threads=1),
        behind=Readers(open_reader or (lambda: store), owned=open_reader is not None, threads=1),
        tokens=tokens,
        clock=clock,
        limits=bounds,
        access=access or MemoryAccessLog(),
        public_keys=public_keys,
        office_records=records,
        field_desk=field,
        knowledge=Knowledge(records.run, allocation),
    )
    if open_reader is not None:  # one store that all share is asked by one at a time
        service.office_records.slots.behind = service.behind.begin
    app = Server(
        title="evac", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None, lifespan=_lifespan,
        redirect_slashes=False,
    )  # fmt: skip
    app.state.service = service
    hot = partial(check_ins, service)
    app.router.routes.append(Route("/v1/checkins", hot, methods=["POST"], include_in_schema=False))
    for room in ROOMS:
        app.include_router(room.router)
    if pages is not None and (pages / "index.html").is_file():
        app.router.routes.append(Route("/", _to_pages))
        app.router.routes.append(Mount("/kiosk", StaticFiles(directory=pages, html=True)))
    app.router.routes.append(Route("/cockpit", _to_cockpit))
    app.router.routes.append(Route("/cockpit/{name:path}", cockpit_file))
    app.add_exception_handler(HTTPException, on_problem)
    app.add_exception_handler(RequestValidationError, on_wrong_shape)
    app.add_exception_handler(SourceError, on_failed_store)
    app.gate = Gate(super(Server, app).__call__, limits=bounds, hot={("POST", "/v1/checkins"): hot})
    app.add_exception_handler(Exception, on_our_error)
    app.openapi = partial(document, app)  # type: ignore[method-assign]
    return app


async def _to_cockpit(request: object) -> RedirectResponse:
    del request
    return RedirectResponse("/cockpit/", 307)


async def _to_pages(request: object) -> RedirectResponse:
    del request
    return RedirectResponse("/kiosk/", 307)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    if service.office_records.slots.behind is not None:
        service.behind.begin(read_ahead)  # no first screen waits for it
    yield
    service.close()
