"""From the rows of a register to the records that enter them; names and telephones sealed on the way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from evac.errors import ConflictError
from evac.field.events import Entered, id_of
from evac.field.registers import Camera, Private, Village, Worker, seal_private, told_of
from evac.field.terms import Thing
from evac.vault import Vault
from riskmap.observation.gauges import Gauge

Registered = Worker | Gauge | Camera | Village


def entries_of(
    things: Iterable[tuple[Registered, Private | None]], *, by: str, at: datetime, vault: Vault | None = None
) -> list[Entered]:
    """Records that put things on their registers; the same row entered again has the same id and counts once.

    Parameters
    ----------
    things : iterable of (thing, Private or None)
    vault : Vault, optional
        Needed where there is something private.

    Raises
    ------
    ConflictError
        Names without a key.
    """
    return [_entry(thing, private, by=by, at=at, vault=vault) for thing, private in things]


def _entry(
    thing: Registered, private: Private | None, *, by: str, at: datetime, vault: Vault | None
) -> Entered:
    what, key = key_of(thing)
    told = told_of(thing)
    if private is not None and vault is None:
        raise ConflictError(
            "names without the event's key", where=f"{what} {key}", expected="a key to seal them under", found="none",
            remedy="name the key: --key (evac vault new makes one)",
        )  # fmt: skip
    sealed = seal_private(private, key, vault) if private is not None and vault is not None else ""
    mark = (
        vault.pseudonym(f"{private.name} {private.phone}")
        if private is not None and vault is not None
        else ""
    )
    return Entered(
        id=id_of("entered", what, key, told, mark), at=at, by=by, what=what, key=key, told=told, sealed=sealed
    )


def key_of(thing: Registered) -> tuple[Thing, str]:
    """Which register, and the thing's number or code there."""
    if isinstance(thing, Worker):
        return Thing.WORKER, thing.number
    if isinstance(thing, Gauge):
        return Thing.GAUGE, thing.gauge_id
    if isinstance(thing, Camera):
        return Thing.CAMERA, thing.camera_id
    return Thing.VILLAGE, thing.code
