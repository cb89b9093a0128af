"""After the exercise: the review (复盘) from its own logs, and what its cockpit shows beside the registry."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from evac.exercise.hold import Exercise
from evac.exercise.review_beside import Reviewed, reviewed
from evac.exercise.transfer_plan import PLAN, plan_rows
from evac.orders.events import parse
from evac.planning import MOVES
from evac.published import cockpit_names
from evac.reporting import region_names
from evac.review.account import Sources
from evac.review.people import planned_houses
from evac.situation.office_records import OfficeRecords
from riskmap.beside import Begin
from riskmap.errors import MissingExtraError
from riskmap.io.publish import Staging

REVIEW: Final = "review"


def office_of(exercise: Exercise) -> OfficeRecords:
    """Letters, responses and run of an exercise that is still open, for the screens."""
    return OfficeRecords(
        documents=exercise.chancery.tasks, responses=exercise.levels.desk, run=exercise.source, names=cockpit_names(exercise.assessment)
    )  # fmt: skip


def review_begun(exercise: Exercise, registry: Path, begin: Begin) -> Callable[[], Reviewed]:
    """Begin the review as ``evac review report`` makes it; gives what waits for its files, and for what an extra was missing.

    It is made from what the logs hold by now, in another process where ``begin`` has one.
    Nothing of July 2021 was observed here region by region: the review says that the forecast is not verified.

    Parameters
    ----------
    registry : Path
        The exercise's own, a file of SQLite.

    Raises
    ------
    SourceError
        A log cannot be read.
    """
    runs = [exercise.assessment] + ([exercise.later.outlook.assessment] if exercise.later is not None else [])
    noted = [(parse(entry.body), entry.received_at) for entry in exercise.chancery.desk.log.after(0)]
    sources = partial(
        Sources, documents=noted, responses=exercise.levels.desk.records(), runs=runs,
        plan=planned_houses(plan_rows(exercise.folder / PLAN / MOVES)), ladder=exercise.ladder, names=region_names(),
    )  # fmt: skip
    issuer = next(iter(exercise.drafts.values())).letter.issuer
    return begin(reviewed, registry, sources, exercise.line.now, issuer)


def write_review(staging: Staging, made: Reviewed) -> tuple[MissingExtraError, ...]:
    """Write the files of a review; what an extra was missing for.

    Raises
    ------
    SourceError
        The folder is not writable.
    """
    files, left_out = made
    for name, content in files.items():
        staging.write(f"{REVIEW}/{name}", content)
    return tuple(left_out.values())
