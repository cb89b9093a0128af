"""What all routes share: the store, who writes to it, who reads it, tokens, limits, clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from evac.access import Access, AccessLog, Act
from evac.api.buckets import Buckets, Limits, network
from evac.api.committing import Committer
from evac.api.drawing import Drawing
from evac.api.numbering import Numbering
from evac.api.problems import no_token, not_allowed, too_many
from evac.api.readers import Kept, Lookups, Readers, T
from evac.events import microseconds
from evac.onward import Knowledge
from evac.registry import EventStore
from evac.situation.office_records import OfficeRecords
from evac.situation.shifts import Shifts
from evac.store.opening import PublicKeys
from evac.tokens import Right, Token, TokenStore, id_of, opened, require_scope
from riskmap.errors import DataError

if TYPE_CHECKING:  # a server without a log of the field loads none of it
    from evac.field.desk import FieldDesk

V = TypeVar("V")
COUNTY: Final = 6
"""Digits of a county's code: what the store's sums and the feed are cut by."""
TOKEN_SECONDS: Final = 5.0
"""How long a token is remembered: a revoked one works that long at most."""
_MISS_SECONDS: Final = 1.0
"""How long it is remembered that there is no token of an id."""
_MOST_REMEMBERED: Final = 50_000
_MOST_KEPT: Final = 500
_BEARER: Final = HTTPBearer(auto_error=False, description="Token of a device, made with `evac token new`.")


@dataclass(eq=False)
class Service:
    """The server's parts, made once by ``create_app``.

    Attributes
    ----------
    store : EventStore
        The writer's; routes read through ``readers``.
    office : Readers
        One thread with a store that may write: people added at the door, and the chain brought up to date.
    office_records : OfficeRecords
        Letters, responses and the published run, for the cockpit's screens.
    field_desk : FieldDesk or None
        Takes in what sensors send.
    knowledge : Knowledge
        The published run and the allocation in force: where a full door sends people.
    behind : Readers
        One thread for what is too slow for a screen; see ``evac.situation.slow``.
    strangers : Readers
        One thread that says which codes of check-ins are on no list: no head-count keeps an acknowledgement waiting.
    """

    store: EventStore
    committer: Committer
    readers: Readers
    office: Readers
    strangers: Readers
    behind: Readers
    tokens: TokenStore
    clock: Callable[[], datetime]
    limits: Limits
    access: AccessLog
    public_keys: Callable[[], PublicKeys] | None = None
    office_records: OfficeRecords = field(default_factory=OfficeRecords)
    field_desk: FieldDesk | None = None
    knowledge: Knowledge = field(default_factory=Knowledge)
    shifts: Shifts = field(default_factory=Shifts)
    lookups: Lookups = field(init=False)
    drawing: Drawing = field(default_factory=Drawing)
    numbering: Numbering = field(default_factory=Numbering)
    _kept: dict[str, Kept[Any]] = field(default_factory=dict)
    _remembered: dict[str, tuple[float, Token | None]] = field(default_factory=dict)
    _missed: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lookups = Lookups(self.strangers)
        self._token_thread = ThreadPoolExecutor(1, thread_name_prefix="evac-token")
        self._field_thread = ThreadPoolExecutor(1, thread_name_prefix="evac-field")
        limits = self.limits
        self.of_devices, self.of_gateways = Buckets(*limits.device), Buckets(*limits.gateway)
        self.of_addresses, self.of_wrong = Buckets(*limits.address), Buckets(*limits.wrong)
        self.of_lookups, self.of_codes = Buckets(*limits.lookups), Buckets(*limits.lookups_of_code)
        self.of_all_lookups = Buckets(*limits.lookups_of_all)
        self.of_reports, self.of_all_reports = Buckets(*limits.reports), Buckets(*limits.reports_of_all)

    def close(self) -> None:
        """End the threads; what was taken is stored and answered before anything closes."""
        self.committer.close()
        self.office_records.slots.closed = True
        for readers in (self.readers, self.office, self.strangers, self.behind):
            readers.close()
        self._token_thread.shutdown()
        self._field_thread.shutdown()

    def now(self) -> int:
        """Microseconds since 1970 UTC."""
        return microseconds(self.clock())

    async def on_field(self, work: Callable[[], V]) -> V:
        """What is done at the desk of the field, one after the other in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._field_thread, work)

    async def note(self, token: Token, act: Act, what: str, *, people: int = 1, why: str = "") -> None:
        """Write a read down, on the disk, before it is answered.

        Raises
        ------
        SourceError
            The log could not be written: then nothing is shown.
        """
        record = Access(
            at=self.clock(), who=token.device, role=token.role.value, scope=token.scope, act=act, what=what,
            people=people, why=why,
        )  # fmt: skip
        await self.office.run(lambda _: self.access.append([record]))

    async def kept(self, name: str, work: Callable[[EventStore], T]) -> T:
        """What ``work`` reads, kept for a moment under a name: however many look at a region, the store is asked once."""
        if name not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[name] = Kept(self.readers, seconds=self.limits.counts_seconds)
        found: T = await self._kept[name].get(work)
        return found

    async def _find(self, token_id: str, address: str) -> Token | None:
        now = time.monotonic()
        read_at, token = self._remembered.get(token_id, (0.0, None))
        if token is not None and now - read_at <= TOKEN_SECONDS:
            return token
        if token is None:
            if now - self._missed.get(token_id, -_MISS_SECONDS) < _MISS_SECONDS:
                return None
            if wait := self.of_wrong.wait(address, now=now):
                raise too_many(wait)
        token = await asyncio.get_running_loop().run_in_executor(
            self._token_thread, self.tokens.token, token_id
        )
        if token is None:
            _bounded(self._missed)[token_id] = now
            self._remembered.pop(token_id, None)
        else:
            _bounded(self._remembered)[token_id] = (now, token)
        return token

    async def token_of(self, request: Request) -> Token:
        """The device's token, within its rate.

        Raises
        ------
        Problem
            401 without one that holds; 429 beyond the rate, and for a token that is not remembered from an address of many
            wrong ones.
        """
        token = await self._presented(request)
        if token is None:
            if wait := self.of_wrong.take(_address(request), now=time.monotonic()):
                raise too_many(wait)
            raise no_token()
        self._within_rate(request, token)
        return token

    async def _presented(self, request: Request) -> Token | None:
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        text = presented.strip()
        token_id = id_of(text)
        found = None if token_id is None else await self._find(token_id, _address(request))
        return opened(text, lambda _: found, now=self.clock())

    def _within_rate(self, request: Request, token: Token) -> None:
        request.scope["state"]["token_id"] = token.token_id
        buckets = self.of_gateways if token.gateway else self.of_devices
        if wait := buckets.take(token.token_id, now=time.monotonic()):
            raise too_many(wait)

    async def passer_by(self, request: Request) -> None:
        """Anybody, within the rate of an address; a device within its own, since a mobile network has one address for all.

        Raises
        ------
        Problem
            429 beyond the rate.
        """
        token = await self._presented(request)
        if token is not None:
            self._within_rate(request, token)
        elif wait := self.of_addresses.take(_address(request), now=time.monotonic()):
            raise too_many(wait)

    async def reporter(self, request: Request) -> Token | None:
        """A device within its rate, or anybody within that of reports; None for anybody.

        Raises
        ------
        Problem
            429 beyond the rate. A token that does not hold is nobody's: a report of danger is not turned away for it.
        """
        token = await self._presented(request)
        if token is not None and token.may(Right.CHECK_IN):
            self._within_rate(request, token)
            return token
        now = time.monotonic()
        for buckets, key in ((self.of_reports, _address(request)), (self.of_all_reports, "")):
            if wait := buckets.take(key, now=now):
                raise too_many(wait)
        return None


def _bounded(kept: dict[str, V]) -> dict[str, V]:
    if len(kept) >= _MOST_REMEMBERED:
        kept.clear()
    return kept


def _address(request: Request) -> str:
    return network(request.client.host if request.client else "")


def service_of(request: Request) -> Service:
    """The server's parts."""
    service: Service = request.app.state.service
    return service


ServicePart = Annotated[Service, Depends(service_of)]


def holder_of(right: Right) -> Callable[..., Coroutine[Any, Any, Token]]:
    """A dependency: the token of a device that has the right."""

    async def holder(
        request: Request,
        service: ServicePart,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> Token:
        del credentials  # stands here for the document; the request itself is read
        token = await service.token_of(request)
        require(token, right)
        return token

    return holder


async def client_network(request: Request) -> str:
    """A dependency: what of the client's address is counted as one."""
    return _address(request)


async def reporter(request: Request, service: ServicePart) -> Token | None:
    """A dependency: a device, or anybody within the rate of reports."""
    return await service.reporter(request)


async def passer_by(request: Request, service: ServicePart) -> None:
    """A dependency: anybody, within the rate of an address."""
    await service.passer_by(request)


def require(token: Token, right: Right) -> None:
    """Let through who has the right.

    Raises
    ------
    Problem
        403.
    """
    if not token.may(right):
        raise not_allowed(f"a {token.role.value} may not ask this")


def region_within(token: Token, prefix: str | None) -> str:
    """The region asked for, the token's own if none is named.

    Raises
    ------
    Problem
        403 beyond the token's region, and for what is no region.
    """
    try:
        region = require_scope(token.scope if prefix is None else prefix)
    except DataError:
        raise not_allowed("a region has 2, 4, 6, 9 or 12 digits") from None
    if not token.reaches(region):
        raise not_allowed("beyond the region of this token")
    return region
