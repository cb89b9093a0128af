"""Whether a folder of keys and a registry are of one event."""

from __future__ import annotations

from collections.abc import Mapping

from evac.keys import KeyRing
from riskmap.errors import ConfigError


def require_event(labels: Mapping[str, str], ring: KeyRing, event: str = "", *, where: str) -> None:
    """Refuse keys of another event than the registry's, at whose doors every code would be foreign.

    Parameters
    ----------
    labels : mapping
        Of the registry; one that names no event goes with any keys.
    event : str
        For which it is to be signed; empty where nothing is.
    where : str
        The registry, for the error.

    Raises
    ------
    ConfigError
        They are; names both.
    """
    wanted = labels.get("event", "")
    made_for = {record.event for record in ring}
    if not wanted or (event in ("", wanted) and (not made_for or made_for & {"", wanted})):
        return
    raise ConfigError(
        "the keys are of another event than the registry", where=where, expected=f"keys of the registry's event {wanted!r}",
        found=repr(event) if event not in ("", wanted) else " and ".join(map(repr, sorted(made_for))),
        remedy=f"evac keys new --event {wanted!r} in another folder, or name the right registry",
    )  # fmt: skip
