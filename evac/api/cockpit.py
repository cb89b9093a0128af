"""The cockpit's page, script and style: read once, the same for everybody; what they show comes from routes that ask for a token."""

from __future__ import annotations

import hashlib
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from evac.api.problems import not_found
from evac.cockpit.shell import live_files


@cache
def _tagged() -> dict[str, tuple[str, bytes, str]]:
    """Name -> media type, content and its tag."""
    return {
        name: (kind, content, f'"{hashlib.sha256(content).hexdigest()[:20]}"')
        for name, (kind, content) in live_files().items()
    }


async def cockpit_file(request: Request) -> Response:
    """One file below ``/cockpit/``; nothing where the browser has it already."""
    found = _tagged().get(request.path_params["name"])
    if found is None:
        raise not_found()
    kind, content, tag = found
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(content, media_type=kind, headers={"ETag": tag})
