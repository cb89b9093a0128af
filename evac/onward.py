"""What a full door is told by: the published run and the plan in force, read when first asked for."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # a server loads what reads runs with the first question
    from evac.plan.in_force import PlanInForce
    from evac.plan.run_dangers import KnownDangers

MOST_PEOPLE: Final = 500
"""Who are sent on together at most: a household, or a bus or two."""
WHYS: Final = MappingProxyType({"full": "本点已满", "closed": "本点已关闭", "unfit": "本点不符合特殊需要"})
"""Why people are sent on -> its word."""


@dataclass(eq=False)
class Knowledge:
    """The published run and the plan in force beside a server, read again when a newer one is published.

    Attributes
    ----------
    run : Path or None
        Folder of a published run.
    plan : Path or None
        Folder of an allocation.
    """

    run: Path | None = None
    plan: Path | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _kept: dict[str, tuple[tuple[int, int], Any]] = field(default_factory=dict, repr=False)

    def dangers(self) -> KnownDangers | None:
        """What the run says; None where none is named.

        Raises
        ------
        SourceError, DataError
            It cannot be read.
        """
        from evac.plan.run_dangers import known_dangers
        from riskmap.io.published import ASSESSMENT_FILE

        run = self.run
        return None if run is None else self._read("run", run / ASSESSMENT_FILE, lambda: known_dangers(run))

    def in_force(self) -> PlanInForce | None:
        """The plan; None where none is named.

        Raises
        ------
        SourceError, DataError
            It cannot be read.
        """
        from evac.plan.in_force import RECORD, read_in_force

        plan = self.plan
        return None if plan is None else self._read("plan", plan / RECORD, lambda: read_in_force(plan))

    def _read(self, name: str, path: Path, read: Any) -> Any:
        try:
            stat = path.stat()
            mark = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            mark = (0, 0)  # the reader's own error says it better
        with self._lock:
            if name not in self._kept or self._kept[name][0] != mark:
                self._kept[name] = (mark, read())
            return self._kept[name][1]
