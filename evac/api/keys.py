"""What everybody may know: the time, and the public keys that codes are verified with."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from evac.api.answers import ClockAnswer, KeysAnswer
from evac.api.problems import answers
from evac.api.service import ServicePart, passer_by

router = APIRouter(dependencies=[Depends(passer_by)])
_KEYS = ("public_key", "public_keys")
_REVOCATIONS = "revocations"


@router.get("/v1/clock", response_model=ClockAnswer, responses=answers(429), tags=["clock"])
async def clock(service: ServicePart) -> dict[str, int]:
    """The server's time: a device measures its offset from it at each sync."""
    return {"now": service.now()}


@router.get("/v1/keys", response_model=KeysAnswer, responses=answers(429, 503, 507), tags=["keys"])
async def keys(service: ServicePart) -> dict[str, Any]:
    """Public keys and the signed revocation list; no secret among them."""
    labels = await service.readers.run(lambda store: store.labels())
    named = [key for name in _KEYS for key in labels.get(name, "").replace(",", " ").split()]
    return {
        "keys": [{"algorithm": "Ed25519", "public": key} for key in dict.fromkeys(named)],
        "revocations": labels.get(_REVOCATIONS),
        "now": service.now(),
    }
