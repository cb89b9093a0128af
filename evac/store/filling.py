"""A registry that is filled before anybody finds it: whole under its name, or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evac.errors import EvacError
from evac.store.copying import forget_copy, put_in_place
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault


@contextmanager
def filled_registry(path: Path, vault: Vault | None = None) -> Iterator[SQLiteStore]:
    """A new registry, which gets its name when the block has filled it; what a run that was killed left of it is overwritten first.

    Raises
    ------
    EvacError
        Something has the name already.
    SourceError
        It cannot be written; nothing is left.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with filled_registry(Path(folder) / "K1.sqlite") as store:
    ...         store.put_labels({"event": "2106"})
    ...         before = (Path(folder) / "K1.sqlite").exists()
    ...     before, [path.name for path in Path(folder).iterdir()]
    (False, ['K1.sqlite'])
    """
    if path.exists():
        raise EvacError(
            "a registry is there already",
            where=str(path),
            expected="a new file",
            remedy="name another one: --registry",
        )
    filled = path.with_name(f".{path.name}.filled")
    forget_copy(filled)
    try:
        with closing(SQLiteStore(filled, vault=vault)) as store:
            yield store
        put_in_place(filled, path)
    except BaseException:
        forget_copy(filled)
        raise
