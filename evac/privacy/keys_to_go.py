"""The files that hold an event's key, before they go: each named one is there, one of them opens the names, none beside is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from evac.errors import ConflictError
from evac.event_key import vault_in
from evac.store.sealed import Sealing, is_sealed, opened_by
from evac.store.shredding import key_is_gone, key_is_torn
from riskmap.errors import DataError


def keys_to_go(
    store: Sealing, files: Sequence[Path], *, beside: Path | None, before: Collection[str] | None
) -> list[str]:
    """Whole paths of the key files that a destruction takes, those of a run that was cut off first.

    Parameters
    ----------
    store : Sealing
        The registry, open without a key.
    files : sequence of Path
        Those that are named.
    beside : Path, optional
        The registry's folder: another file of the key there is found.
    before : collection of str, optional
        What this gave in the run that is resumed; may be gone by now.

    Raises
    ------
    DataError
        A file is named that is not there.
    ConflictError
        The names are sealed, and no file that is named opens them; or a file beside the registry does, and is not named.
    """
    earlier = list(before or ())
    named = [str(path.resolve()) for path in files]
    missing = [path for path in named if path not in earlier and not Path(path).exists()]
    if missing:
        raise DataError(
            "a key file is named that is not there, and nothing was destroyed", where=missing[0], expected="a file that holds the event's key",
            found="none", remedy="check the path, plug the stick in, or leave the file out",
        )  # fmt: skip
    begun = any(key_is_gone(Path(path)) or key_is_torn(Path(path)) for path in earlier)
    if is_sealed(store) and not begun and not any(_opens(store, Path(path)) for path in named):
        raise ConflictError(
            "no key file that is named opens the names here, and nothing was destroyed", where=", ".join(named) or "destruction",
            expected="the key that the names are sealed under", found="keys that do not open them",
            remedy="name the emergency's key file as well: --also 2106.key",
        )  # fmt: skip
    others = (str(path.resolve()) for path in sorted(_key_files(beside)))
    left = [path for path in others if path not in {*named, *earlier} and _opens(store, Path(path))]
    if left:
        raise ConflictError(
            "another file here holds the key of these names, and nothing was destroyed", where=left[0],
            expected="every file of the key named", found="one that would be left", remedy=f"name it as well: --also {left[0]}",
        )  # fmt: skip
    return list(dict.fromkeys([*earlier, *named]))


def _key_files(folder: Path | None) -> Iterable[Path]:
    """What a folder may hold keys in: under the names that were given, and under those of writers that were killed."""
    return () if folder is None else {*folder.glob("*.key"), *folder.glob(".*.partial-*")}


def _opens(store: Sealing, path: Path) -> bool:
    vault = vault_in(path)
    return vault is not None and opened_by(store, vault) is True


def gone(files: Sequence[str]) -> tuple[str, ...]:
    """Names of those files in which there is no key any more."""
    return tuple(Path(path).name for path in files if key_is_gone(Path(path)))
