"""The log of the field by one word: the path of a file, or the address of a database."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from evac.log import BodyLog
from evac.store.body_log import SQLiteBodyLog
from evac.store.opening import is_address
from riskmap.errors import SourceError

FIELD: Final = "field"
"""What is in the log."""


def open_field_log(where: str | Path, *, new: bool = True) -> BodyLog:
    """The log that a word names.

    Parameters
    ----------
    where : str or Path
        A path, or a connection string of libpq.
    new : bool
        Whether a file is made that is not there.

    Raises
    ------
    SourceError
        It cannot be opened, or is not there and shall not be made.
    """
    if is_address(str(where)):
        from evac.store.postgres_bodies import PostgresBodyLog

        return PostgresBodyLog(str(where), FIELD)
    path = Path(where)
    if not new and not path.is_file():
        raise SourceError(
            "nothing was entered about the field here", where=str(path), expected="the log that `evac field workers` begins",
            remedy="name it: --store",
        )  # fmt: skip
    return SQLiteBodyLog(path, FIELD)
