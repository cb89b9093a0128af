"""The response levels of the exercise: the dated decisions of In-Fa as they were announced, each held against the table's advice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from evac.exercise.timeline import Timeline
from evac.response.cases import Case, published_cases
from evac.response.desk import ResponseDesk
from evac.response.events import Ended, Lowered, Raised, ResponseRecord, Started
from evac.response.levels import Level
from evac.response.standing import Key
from evac.store.body_log import SQLiteBodyLog
from riskmap.outlook import beijing
from riskmap.products.letter_facts import EXERCISE

STORE: Final = "responses.sqlite"
KIND: Final = "typhoon"
PROVINCE: Final = "33"
_BY: Final = f"{EXERCISE}指挥"
_IN_FA: Final = "2106"
_CASES: Final = "infa"
"""How the ids of its published cases begin."""


class Levels:
    """Takes the decisions of one storm as their time comes, and ends what is in force.

    Parameters
    ----------
    folder : Path
        Holds the log of responses.
    event : str
        Number of the storm. For any but In-Fa nothing was published here: the province's response is then started at Ⅰ, and
        that is said to be assumed.
    line : Timeline
    """

    def __init__(self, folder: Path, event: str, line: Timeline) -> None:
        self._log = SQLiteBodyLog(folder / STORE, "responses").staged()
        self.desk, self.event, self.line = ResponseDesk(self._log), event, line
        self.record: list[dict[str, Any]] = []

    def schedule(self) -> datetime | None:
        """Put every dated decision onto the clock; when the province lowers its response, None if it is not known."""
        cases = [c for c in published_cases() if c.id.startswith(_CASES)] if self.event == _IN_FA else []
        for case in cases:
            self.line.at(case.at, partial(self._take, case))
        if not cases:
            words = "演练假定:启动Ⅰ级 assumed by the exercise"
            self.line.at(self.line.now, lambda: self._decide(PROVINCE, Level.I, words, self.line.now))
        lowered = [c.at for c in cases if c.region == PROVINCE and c.level < c.before]
        return lowered[0] if lowered else None

    def _take(self, case: Case) -> None:
        at = min(case.at, self.line.now)  # decisions before the exercise are entered at its start
        self._decide(case.region, case.level, case.source, at)

    def _decide(self, region: str, level: Level, why: str, at: datetime) -> None:
        now = self.level(region)
        kind = Started if not now else Raised if level > now else Lowered
        if level == now:
            return
        self._enter(kind(**self._words(region, kind.kind, at, why), level=level), level)

    def end_at(self, instant: datetime) -> None:
        """End every response in force then."""
        self.line.at(instant, self.end)

    def end(self) -> None:
        """End every response in force; when the real ones ended was not published."""
        for key, response in self.desk.responses().items():
            if response.level:
                words = self._words(key.region, Ended.kind, self.line.now, "演练假定:人员全部返回,影响结束")
                self._enter(Ended(**words), Level.NONE)

    def _words(self, region: str, kind: str, at: datetime, why: str) -> dict[str, Any]:
        return {
            "id": f"exercise-{region}-{kind}-{at.isoformat()}", "event": self.event, "region": region, "of": KIND,
            "exercise": True, "at": at, "by": _BY, "post": "防指指挥(演练)", "reason": why,
        }  # fmt: skip

    def _enter(self, record: ResponseRecord, level: Level) -> None:
        self.desk.decide(record, now=self.line.now)
        self.record.append(
            {"at": beijing(record.at), "region": record.region, "what": record.kind, "level": level.words, "why": record.reason}
        )  # fmt: skip

    def level(self, region: str) -> Level:
        """In force now."""
        found: Mapping[Key, Any] = self.desk.responses()
        held = found.get(Key(self.event, region, KIND, True))
        return held.level if held is not None else Level.NONE

    def in_force(self) -> tuple[str, ...]:
        """Every response that is not ended, in words."""
        return tuple(
            f"{key.region} {one.level.words}" for key, one in self.desk.responses().items() if one.level
        )

    def close(self) -> None:
        """Verify the log, and let go of it."""
        self.desk.verify()
        self._log.close()
