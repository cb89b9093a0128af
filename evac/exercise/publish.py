"""An exercise's two folders beside the map: ``cockpit/`` with the registry and its head-count, ``loop/`` with everything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from evac.delivery import Tell
from evac.drill import SYNTHETIC, Drill
from evac.exercise.aftermath import office_of, review_begun, write_review
from evac.exercise.hold import Exercise, Story
from evac.exercise.page import build_page
from evac.exercise.reckoning import Outcome, reckon
from evac.published import (
    FOLDER,
    RECORD,
    REGISTRY,
    event_words,
    link_cockpit,
    pendants_begun,
    read_run,
    write_cockpit,
)
from evac.store.sqlite import SQLiteStore
from riskmap.beside import Begin, begin_here
from riskmap.errors import MissingExtraError
from riskmap.io.publish import publishing
from riskmap.io.published import ASSESSMENT_FILE, later_runs, read_assessment
from riskmap.io.published_outlook import read_outlook
from riskmap.outlook import beijing

LOOP: Final = "loop"
LOOP_RECORD: Final = "loop.json"


@dataclass(frozen=True)
class ExercisePublished:
    """What was written, and what had to be left out for want of an extra."""

    cockpit: Path
    loop: Path
    drill: Drill
    outcome: Outcome
    left_out: tuple[MissingExtraError, ...]


def publish_exercise(
    source: Path, *, persons: int, seed: int, story: Story, tell: Tell, begin: Begin = begin_here
) -> ExercisePublished:
    """Hold an exercise on a published run and write both folders; earlier ones are replaced whole, or left as they are.

    Parameters
    ----------
    source : Path
        Folder of a run that ``riskmap`` published, with its letters.
    persons : int
        Invented people on the list.
    seed : int
        Of everything random: the same run and seed give the same figures.
    story, tell : callable
        Told what happened, and how far it is.
    begin : callable
        Begins a call in another process, for what is printed and for the review; ``begin_here`` without one.

    Raises
    ------
    SourceError
        The run cannot be read or a folder not written.
    ConflictError
        The count does not equal the truth.
    """
    tell("读取研判 assessment", 0.0)
    assessment, run = read_assessment(source / ASSESSMENT_FILE), read_run(source)
    event = run.get("event")
    number = str(event.get("number", "")) if isinstance(event, dict) else ""
    folders = later_runs(source)
    later = read_outlook(folders[-1]) if folders else None
    with (
        publishing(source / FOLDER, replace=True, mark=RECORD) as cockpit,
        publishing(source / LOOP, replace=True, mark=LOOP_RECORD) as loop,
    ):
        left_out: list[MissingExtraError] = []
        with closing(SQLiteStore(cockpit.folder / REGISTRY).staged()) as store:
            store.put_labels({"event": event_words(run)})
            # where nothing can be printed nobody else has to find that out
            printing = begin if find_spec("typst") else begin_here
            sheets: list[Callable[[], bytes]] = []
            exercise = Exercise(
                source, assessment, number or "演练", store, loop.folder, persons=persons, seed=seed, story=story, tell=tell,
                later=later, begin=begin, met=lambda people: sheets.append(pendants_begun(people, assessment, run, printing)),
            )  # fmt: skip
            with closing(exercise):
                played = exercise.play()
                reviewed = review_begun(exercise, cockpit.folder / REGISTRY, begin)
                held = exercise.reconciled(played)
                outcome = reckon(held, exercise.chancery)
                lacking = write_cockpit(
                    cockpit, assessment, held.drill, run, tell, office=office_of(exercise),
                    begin=printing, sheet=sheets[0],
                )  # fmt: skip
                tell("复盘 after-action review", 0.0)
                left_out += [*write_review(loop, reviewed()), *lacking]
                left_out += [exercise.chancery.unprinted] if exercise.chancery.unprinted is not None else []
                loop.write("index.html", build_page(held, outcome, event_words(run), printed=not left_out))
        loop.write(
            LOOP_RECORD,
            json.dumps(_record(outcome, held.drill, run, seed), ensure_ascii=False, indent=1) + "\n",
        )
    link_cockpit(source, loop=True)
    missing = {str(error): error for error in left_out}
    return ExercisePublished(source / FOLDER, source / LOOP, held.drill, outcome, tuple(missing.values()))


def _record(outcome: Outcome, drill: Drill, run: dict[str, Any], seed: int) -> dict[str, Any]:
    return {
        "kind": "全流程演练 exercise of the closed loop",
        "label": list(SYNTHETIC),
        "event": event_words(run),
        "seed": seed,
        "until": beijing(drill.progress.hours[-1]),
        "closed": outcome.closed,
        "checks": [
            {"chinese": c.chinese, "english": c.english, "holds": c.holds, "found": c.found}
            for c in outcome.checks
        ],
        **outcome.figures,
    }
