"""What a store is that answers questions in SQL beside those of the contract: counts and plans are asked so."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeGuard

from evac.registry import EventStore

if TYPE_CHECKING:
    from evac.store.postgres import PostgresStore
    from evac.store.sqlite import SQLiteStore


class AskedInSQL:
    """What both databases' readers are: nobody has to load the one's driver to know that a store is the other.

    Attributes
    ----------
    mark : str
        What stands for a parameter.
    empty : str
        Bytes of no length.
    """

    mark: ClassVar[str]
    empty: ClassVar[str]


def in_sql(store: EventStore) -> TypeGuard[SQLiteStore | PostgresStore]:
    """Whether a store can be asked in SQL.

    Examples
    --------
    >>> from evac import MemoryStore
    >>> in_sql(MemoryStore())
    False
    """
    return isinstance(store, AskedInSQL)
