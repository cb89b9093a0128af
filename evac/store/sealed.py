"""Whether a key is the one that a registry's names are sealed under: a wrong one is refused before anything is written."""

from __future__ import annotations

from typing import Final, Protocol

from evac.errors import ConflictError, EvacError
from evac.vault import Vault

KEY_MARK: Final = "key_mark"
"""Label: which key the people are sealed under (``Vault.mark``); put there with the first, gone when the event is destroyed."""
SEALED_MARK: Final = f"SELECT value FROM label WHERE key = '{KEY_MARK}'"
SOME_SEALED: Final = "SELECT code, told FROM person WHERE substr(told, 1, 1) = {first} LIMIT 3"
"""Of a registry without the label; more than one, since one may be damaged."""


class Sealing(Protocol):
    """A store that seals what tells who people are."""

    def key_mark(self) -> str:
        """The label; empty where there is none."""
        ...

    def some_sealed(self) -> list[tuple[bytes, bytes]]:
        """Codes and sealed words of a few people; none where all are invented."""
        ...


def opened_by(store: Sealing, vault: Vault) -> bool | None:
    """Whether a key opens what a registry holds of people; None where nothing is sealed yet."""
    if mark := store.key_mark():
        return mark == vault.mark
    found = store.some_sealed()
    return any(_opens(vault, *row) for row in found) if found else None


def _opens(vault: Vault, code: bytes, sealed: bytes) -> bool:
    try:
        vault.open(sealed, code)
    except EvacError:
        return False
    return True


def is_sealed(store: Sealing) -> bool:
    """Whether anybody on the list is sealed under a key."""
    return bool(store.key_mark() or store.some_sealed())


def require_key(store: Sealing, vault: Vault | None, *, where: str) -> None:
    """Refuse a key that is not the one of the names already there; none at all leaves them sealed.

    Raises
    ------
    ConflictError
        It is another one.
    """
    if vault is not None and opened_by(store, vault) is False:
        raise ConflictError(
            "the names here are sealed by another key, and nothing was written", where=where,
            expected="the key that this registry was begun with", found="a key that does not open them",
            remedy="name the emergency's own key file; with no other copy of it, the backup of the key",
        )  # fmt: skip
