"""Which deliveries a cycle is made from, and what is to be doubted about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from riskmap.doubt import Doubt
from riskmap.errors import Faults, MissingInputError, RiskmapError, SourceError
from riskmap.io.cycle_config import CycleConfig, InputSection
from riskmap.io.gathered import at_fault
from riskmap.io.service import Opener
from riskmap.io.tracks import read_track
from riskmap.io.watched import Delivery, Shelf
from riskmap.ledger import Problem
from riskmap.outlook import beijing
from riskmap.scale import INPUT_WORDS
from riskmap.scenario import Scenario

TRACK: Final = "track.file"

SAID_IN_HOURS: Final = 2.0
"""Ages below it are said in minutes."""


@dataclass(frozen=True)
class Choice:
    """What a cycle is to be made from.

    Attributes
    ----------
    used : mapping of str to Delivery
        By key of the scenario.
    absent : tuple of str
        Keys of inputs that are not required and not there.
    doubts : tuple of Doubt
        Inputs that are old, or stand in for one that could not be used.
    problems : tuple of Problem
        What is left out, and which deliveries could not be used.
    """

    used: Mapping[str, Delivery] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def given(self) -> dict[str, str | None]:
        """The keys of the scenario that the inputs fill; None = not to be had."""
        return {key: str(one.path) for key, one in self.used.items()} | dict.fromkeys(self.absent)


class Chooser:
    """Takes the newest delivery of each input, and the next older one where a cycle could not use it."""

    def __init__(
        self, config: CycleConfig, at: datetime, now: datetime, shelf: Shelf, opener: Opener | None
    ) -> None:
        self.config, self.at, self.now, self.shelf, self.opener = config, at, now, shelf, opener
        self.refused: dict[str, dict[str, Problem]] = {}

    def choose(self) -> Choice:
        """The inputs of the cycle.

        Raises
        ------
        MissingInputError
            Required ones are not to be had, neither now nor from before: all of them at once.
        ConfigError
            See ``Shelf.deliveries``.
        """
        used: dict[str, Delivery] = {}
        absent: list[str] = []
        doubts: list[Doubt] = []
        problems: list[Problem] = []
        faults = Faults()
        for wanted in self.config.inputs:
            found, said = self._newest(wanted)
            problems += said
            if found is not None:
                used[wanted.key] = found
                doubts += _doubts(wanted, found, self.at, replaced=_stands_in(wanted, found, said))
            elif wanted.required:
                faults.add(_missing(wanted, said))
            else:
                absent.append(wanted.key)
                problems.append(Problem(f"input {wanted.key}", "not there: the cycle goes on without it"))
        faults.tell()
        return Choice(used, tuple(absent), tuple(doubts), tuple(problems))

    def refuse(self, key: str, delivery: Delivery, why: RiskmapError) -> None:
        """Never take a delivery again in this cycle."""
        path, digest = at_fault(delivery.path, delivery.digest, f"{why.where or ''} {why}")
        self.refused.setdefault(key, {})[digest] = Problem(f"input {key}", f"{path.name} not used: {why}")

    def _newest(self, wanted: InputSection) -> tuple[Delivery | None, list[Problem]]:
        refused = self.refused.get(wanted.key, {})
        said = list(refused.values())

        def failed(problem: SourceError) -> None:
            said.append(Problem(f"input {wanted.key}", str(problem)))

        found = self.shelf.deliveries(
            wanted, self.at, self.now, opener=self.opener, failed=failed, refused=refused
        )
        return next((one for one in found if one.digest not in refused), None), said


def old_observations(choice: Choice, config: CycleConfig, scenario: Scenario) -> Choice:
    """The choice with a doubt where a track's file is new and what it observed is not.

    Raises
    ------
    RiskmapError
        The track cannot be read.
    """
    wanted = next((one for one in config.inputs if one.key == TRACK), None)
    if wanted is None or TRACK not in choice.used or any(d.section == wanted.section for d in choice.doubts):
        return choice
    at = scenario.run.issued_at
    track = read_track(
        scenario.track.file, format=scenario.track.format, storm=scenario.track.storm, agency=scenario.track.agency,
        issued_at=at if scenario.track.forecast == "file" else None, forecast_file=scenario.track.forecast_file,
    )  # fmt: skip
    known = ~track["forecast"].values & (track["time"].values <= np.datetime64(int(at.timestamp()), "s"))
    if not known.any():
        return choice
    last = datetime.fromtimestamp(
        int(track["time"].values[known].max().astype("datetime64[s]").astype(int)), UTC
    )
    hours = (at - last).total_seconds() / 3600
    if hours <= wanted.max_age_hours:
        return choice
    return replace(choice, doubts=(*choice.doubts, stale(wanted, last, hours)))


def _stands_in(wanted: InputSection, found: Delivery, said: list[Problem]) -> bool:
    """Whether something older is used than was delivered; a gap in what is gathered is a problem and no doubt."""
    return found.behind or found.last_good if wanted.gather_hours else bool(said)


def _doubts(wanted: InputSection, found: Delivery, at: datetime, *, replaced: bool) -> list[Doubt]:
    hours = found.age(at).total_seconds() / 3600
    if hours > wanted.max_age_hours:
        return [stale(wanted, found.time, hours)]
    if replaced:
        return [
            Doubt(
                wanted.section, wanted.name, f"最新资料不可用,沿用较早资料:{_name(wanted)}({beijing(found.time)})",
                f"The newest delivery cannot be used, an earlier one stands in: {wanted.key} ({beijing(found.time)})",
            )
        ]  # fmt: skip
    return []


def stale(wanted: InputSection, time: datetime, hours: float) -> Doubt:
    """The doubt about an input whose newest data are so many hours old."""
    old = f"{hours:.0f}小时", f"{hours:.0f} h"
    if hours < SAID_IN_HOURS:
        old = f"{60 * hours:.0f}分钟", f"{60 * hours:.0f} min"
    return Doubt(
        wanted.section, wanted.name, f"资料过期:{_name(wanted)}为{old[0]}前({beijing(time)}),结果可信度降低",
        f"Stale input: {wanted.key} is {old[1]} old ({beijing(time)}), less confidence",
    )  # fmt: skip


def _name(wanted: InputSection) -> str:
    """What a reader calls an input; a key of the scenario says nothing to a county."""
    return INPUT_WORDS.get(wanted.key) or INPUT_WORDS.get(wanted.section, wanted.key)


def _missing(wanted: InputSection, said: list[Problem]) -> MissingInputError:
    return MissingInputError(
        "a required input is missing", where=f"input {wanted.key}, {wanted.watch}",
        expected=f"a delivery like {wanted.stamp or wanted.pattern} not later than the analysis time, or one kept from an earlier cycle",
        found="; ".join(problem.what for problem in said) or "none",
        remedy="see why nothing is delivered; what was published before stays, marked with its own time",
    )  # fmt: skip
