"""The review of a large exercise as another process makes it: this module loads what a review needs, and no planner or kernel."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from evac.registry import EventStore
from evac.review.account import Sources, review_event
from evac.review.files import review_files
from evac.store.sqlite import SQLiteStore
from riskmap.errors import MissingExtraError

Reviewed = tuple[dict[str, str | bytes], dict[str, MissingExtraError]]
"""Files by name, and what was left out; see ``evac.review.files.review_files``."""


def reviewed(registry: Path, sources: Callable[[EventStore], Sources], at: datetime, issuer: str) -> Reviewed:
    """The review of an event, from its registry and what lies beside it.

    Raises
    ------
    SourceError
        The registry cannot be read.
    """
    with closing(SQLiteStore(registry, read_only=True)) as store:
        return review_files(review_event(sources(store), at=at), issuer=issuer)
