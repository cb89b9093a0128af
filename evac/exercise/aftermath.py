"""After the exercise: the review (复盘) from its own logs, and what its cockpit shows beside the registry."""

from __future__ import annotations

from typing import Final

from evac.exercise.hold import Exercise
from evac.exercise.transfer_plan import PLAN, plan_rows
from evac.orders.events import parse
from evac.planning import MOVES
from evac.published import cockpit_names
from evac.reporting import region_names
from evac.review.account import Sources, review_event
from evac.review.files import review_files
from evac.review.people import planned_houses
from evac.situation.office_records import OfficeRecords
from riskmap.errors import MissingExtraError
from riskmap.io.publish import Staging

REVIEW: Final = "review"


def office_of(exercise: Exercise) -> OfficeRecords:
    """Letters, responses and run of an exercise that is still open, for the screens."""
    return OfficeRecords(
        documents=exercise.chancery.tasks, responses=exercise.levels.desk, run=exercise.source, names=cockpit_names(exercise.assessment)
    )  # fmt: skip


def write_review(staging: Staging, exercise: Exercise) -> tuple[MissingExtraError, ...]:
    """Write the review as ``evac review report`` does, of logs that are still open; what an extra was missing for.

    Nothing of July 2021 was observed here region by region: the review says that the forecast is not verified.

    Raises
    ------
    SourceError
        A log cannot be read or the folder not written.
    """
    runs = [exercise.assessment] + ([exercise.later.outlook.assessment] if exercise.later is not None else [])
    noted = [(parse(entry.body), entry.received_at) for entry in exercise.chancery.desk.log.after(0)]
    sources = Sources(
        exercise.store, noted, exercise.levels.desk.records(), runs, plan=planned_houses(plan_rows(exercise.folder / PLAN / MOVES)),
        ladder=exercise.ladder, names=region_names(),
    )  # fmt: skip
    told = review_event(sources, at=exercise.line.now)
    issuer = next(iter(exercise.drafts.values())).letter.issuer
    made, left_out = review_files(told, issuer=issuer)
    for name, content in made.items():
        staging.write(f"{REVIEW}/{name}", content)
    return tuple(left_out.values())
