"""The cockpit's screens: one document a region or shelter, and a wait for its next change; no names on any of them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from evac.api.counts import table_of
from evac.api.problems import answers, not_allowed, not_found, unavailable
from evac.api.service import Service, ServicePart, holder_of, region_within
from evac.model import Shelter
from evac.registry import EventStore
from evac.situation.places import is_region, region_of_shelter
from evac.tokens import Right, Token
from riskmap.errors import MissingExtraError, RiskmapError

if TYPE_CHECKING:  # what reads runs and draws is loaded with the first screen
    from evac.situation.document import Situation

router = APIRouter(tags=["situation"])
Holder = Annotated[Token, Depends(holder_of(Right.COUNTS))]
Code = Annotated[
    str, Path(max_length=60, description="Code of a region, 2 to 12 digits, or the id of a shelter.")
]
Printer = Annotated[Token, Depends(holder_of(Right.EXACT_COUNTS))]
_KINDS: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LONGEST_WAIT: Final = 50.0
"""Seconds: proxies cut what is silent for a minute."""
_LOOK_EVERY: Final = 1.0
_JSON: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The document."}
}
_UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "Nothing changed."}}


@router.get(
    "/v1/situation/{code}", responses={**_JSON, **_UNCHANGED, **answers(401, 403, 404, 422, 429, 503, 507)}
)
async def situation(service: ServicePart, token: Holder, request: Request, code: Code) -> Response:
    """One screen, as `evac.situation.document` describes it. With `If-None-Match` of its `ETag`: 304 while nothing changed."""
    return await _answer(service, token, code, known=request.headers.get("if-none-match", ""))


@router.get(
    "/v1/situation/{code}/updates",
    responses={**_JSON, **_UNCHANGED, **answers(401, 403, 404, 422, 429, 503, 507)},
)
async def updates(
    service: ServicePart,
    token: Holder,
    code: Code,
    after: Annotated[str, Query(max_length=100, description="`revision` of the document at hand.")] = "",
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds to wait for a change.")] = 25.0,
) -> Response:
    """The screen as soon as its revision is another than `after`; 304 where nothing changed in the time given: ask again."""
    await _region_of(service, token, code)
    until = time.monotonic() + wait
    unchanged = _headers(after, exact=token.may(Right.EXACT_COUNTS))
    while True:
        # the screen is kept for a moment, and may be older than the revision: then nothing is new yet, and nobody asks at once again
        if not after or await _revision(service) != after:
            told = await _answer(service, token, code, known=unchanged["ETag"] if after else "")
            if told.status_code != 304:
                return told
        left = until - time.monotonic()
        if left <= 0:
            return Response(status_code=304, headers=unchanged)
        await asyncio.sleep(min(_LOOK_EVERY, left))


@router.get(
    "/v1/situation/{code}/outlines", responses={**_JSON, **answers(401, 403, 404, 422, 429, 503, 507)}
)
async def map_of(service: ServicePart, token: Holder, code: Code) -> Response:
    """Paths of an SVG for the screen's map, from the published run's regions; none, and `why`, where there is no run."""
    region = await _region_of(service, token, code)

    def read(_: object) -> dict[str, Any]:
        from evac.situation.outlines import drawing, outlines

        nothing = drawing([])
        try:
            assessment = service.office_records.assessment()
        except RiskmapError as error:
            return nothing | {"why": str(error)}
        return nothing | {"why": "no run is named"} if assessment is None else outlines(assessment, region)

    found = await service.kept(f"outlines {region}", read)
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type="application/json", headers={"Cache-Control": "private, max-age=60"})


@router.get(
    "/v1/situation/{code}/report.{kind}",
    responses={
        200: {"content": {kind: {} for kind in _KINDS.values()}},
        **answers(401, 403, 404, 422, 429, 503, 507),
    },
)
async def report(
    service: ServicePart, token: Printer, code: Code, kind: Annotated[str, Path(pattern="^(pdf|docx|xlsx)$")]
) -> Response:
    """The screen as a printed report (专报), with exact counts: for who may see them."""
    await _region_of(service, token, code)

    def make(store: EventStore) -> bytes:
        # late: the typesetter and the workbooks are of extras that a server need not have
        from evac.situation.printing import report_file

        return report_file(_screen(store, service, code), kind)

    try:
        content = await service.readers.run(make)
    except MissingExtraError as error:
        raise unavailable(str(error)) from error
    name = f"situation-{code}.{kind}" if is_region(code) else f"situation.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=_KINDS[kind], headers=headers)


async def _answer(service: Service, token: Token, code: str, *, known: str) -> Response:
    region = await _region_of(service, token, code)
    exact = token.may(Right.EXACT_COUNTS)
    if not exact and (region != token.scope or code != region):
        raise not_allowed("who only looks asks for the own region as a whole")
    found = await service.kept(f"situation {code}", lambda store: _screen(store, service, code))
    from evac.situation.document import to_json  # loaded with the screen by now, in another thread than this
    from evac.situation.shared import shared_counts, shared_situation

    if exact:
        found = service.shifts.with_sheet(found)
    else:
        table = await service.kept(f"counts {region}", table_of(region))
        told: Mapping[str, Any] = await service.kept(
            f"shared {region}", lambda _: shared_counts(table.regions)
        )
        found = shared_situation(found, told["total"])
    headers = _headers(found.revision, exact=exact)
    if known == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(to_json(found), media_type="application/json", headers=headers)


def _screen(store: EventStore, service: Service, code: str) -> Situation:
    from evac.situation.gather import gather

    return gather(store, code, office=service.office_records, at=service.clock())


async def _revision(service: Service) -> str:
    def read(store: EventStore) -> str:
        from evac.situation.gather import revision_of

        return revision_of(store, service.office_records, service.clock())

    found: str = await service.kept("revision", read)
    return found


async def _region_of(service: Service, token: Token, code: str) -> str:
    """The region of a screen, within the token's.

    Raises
    ------
    Problem
        403 beyond the token's region; 404 for what is neither a region nor a shelter in it.
    """
    shelters: Mapping[str, Shelter] = await service.kept(
        "shelters", lambda store: {one.shelter_id: one for one in store.shelters()}
    )
    if code in shelters:
        region = region_of_shelter(shelters[code])
        if not token.reaches(region):
            raise not_found()
        return region
    if not is_region(code):
        raise not_found()
    return region_within(token, code)


def _headers(revision: str, *, exact: bool = True) -> dict[str, str]:
    return {"ETag": f'"{revision}{"" if exact else "-shared"}"', "Cache-Control": "private, no-cache"}
