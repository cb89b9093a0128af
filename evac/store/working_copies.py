"""A backup's plain copy of a registry: each run has its own, and whoever comes next removes what a killed run has left.

A lock of the operating system beside the copy says whether its run lives; it goes with the run, however that ends.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from evac.store.copying import copying_errors, forget_copy
from riskmap.io.held import abandoned, held_file


@contextmanager
def own_copy(registry: Path) -> Iterator[Path]:
    """Where this run's plain copy is to lie: beside the registry, not on the medium of the backup; it is gone afterwards.

    Raises
    ------
    SourceError
        A file cannot be written.
    """
    forget_copies(registry)
    plain = registry.with_name(f".{registry.name}.{secrets.token_hex(4)}.copy")
    lock = _lock_of(plain)
    with ExitStack() as stack:
        with copying_errors(lock):
            stack.enter_context(held_file(lock))
        try:
            yield plain
        finally:
            forget_copy(plain)
            lock.unlink(missing_ok=True)


def forget_copies(registry: Path) -> list[Path]:
    """Overwrite and remove the copies that killed runs have left.

    Returns
    -------
    list of Path
        Locks of the copies that stay, since their runs live, or the disk does not tell; without its lock a copy goes.

    Raises
    ------
    SourceError
        One cannot be written.
    """
    living = []
    with copying_errors(registry):
        names = [path.name for path in registry.parent.iterdir()]
    form = rf"\.?(\.{re.escape(registry.name)}(?:\.[0-9a-f]{{8}})?\.copy)(?:\.lock|\.partial)?(?:-journal|-wal|-shm)?"
    copies = {found[1] for name in names if (found := re.fullmatch(form, name))}
    for plain in map(registry.with_name, sorted(copies)):
        lock = _lock_of(plain)
        with abandoned(lock) as dead:
            if dead or not lock.exists():
                forget_copy(plain)
                lock.unlink(missing_ok=True)
            else:
                living.append(lock)
    return living


def _lock_of(plain: Path) -> Path:
    return plain.with_name(f"{plain.name}.lock")
