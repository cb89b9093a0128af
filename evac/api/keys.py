"""What everybody may know: the time, and the public keys that codes are verified with."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends

from evac.api.answers import ClockAnswer, KeysAnswer
from evac.api.problems import answers
from evac.api.service import Service, ServicePart, passer_by
from evac.codes import sites_of
from evac.store.opening import PublicKeys

router = APIRouter(dependencies=[Depends(passer_by)])
_KEY = "public_key"
RING_LABEL, REVOCATIONS_LABEL = "key_ring", "revocations"
"""Labels of a registry where no folder of keys is named: JSON of the ring, the signed list in base64."""


@router.get("/v1/clock", response_model=ClockAnswer, responses=answers(429), tags=["clock"])
async def clock(service: ServicePart) -> dict[str, int]:
    """The server's time: a device measures its offset from it at each sync."""
    return {"now": service.now()}


@router.get("/v1/keys", response_model=KeysAnswer, responses=answers(429, 503, 507), tags=["keys"])
async def keys(service: ServicePart) -> dict[str, Any]:
    """Public keys and the signed revocation list; no secret among them."""
    labels = await service.readers.run(lambda store: store.labels())
    public = await published(service, labels)
    return {
        "event": labels.get("event", ""),
        "keys": [{"algorithm": "Ed25519", "public": key} for key in labels.get(_KEY, "").split()],
        "ring": json.loads(public.ring) if public.ring else None,
        "revocations": b64encode(public.revocations).decode() if public.revocations else None,
        "sites": sites_of(labels),
        "now": service.now(),
    }


async def published(service: Service, labels: Mapping[str, str]) -> PublicKeys:
    """The ring and the revocation list for devices: those of the folder of keys, else the registry's own."""
    read = service.public_keys
    if read is not None:
        return await service.office.run(lambda _: read())
    signed = labels.get(REVOCATIONS_LABEL)
    return PublicKeys(labels.get(RING_LABEL), b64decode(signed) if signed else None)
