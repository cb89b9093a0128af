"""What a run says of itself: steps with seconds and peak memory, inputs with their digests, problems."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from riskmap.errors import RiskmapError

Made = TypeVar("Made")

Tell = Callable[[str, float], None]
"""Progress: called with the name of the step and its part done, 0 to 1."""


def tell_nobody(_step: str, _part: float) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Problem:
    """Something that a run had to leave out: where, what it costs, and why."""

    where: str
    what: str

    @property
    def line(self) -> str:
        """Both, the place said once.

        Examples
        --------
        >>> Problem("a.csv, line 2", "a.csv, line 2: not a number").line, Problem("gauge R1", "silent").line
        ('a.csv, line 2: not a number', 'gauge R1: silent')
        """
        return self.what if self.what.startswith(self.where) else f"{self.where}: {self.what}"


@dataclass
class Ledger:
    """Grows with a run and becomes ``run.json``."""

    tell: Tell = tell_nobody
    steps: list[dict[str, Any]] = field(default_factory=list)
    inputs: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    catalogue: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By key of the scenario, or key and file: whose an input is, and how fresh it must be; see ``riskmap.io.cycle_config.CycleConfig.described``."""

    @property
    def described(self) -> list[dict[str, Any]]:
        """The inputs, each with what the catalogue says of it.

        Examples
        --------
        >>> ledger = Ledger(inputs=[{"section": "terrain", "key": "dem", "file": "a.tif"}], catalogue={"terrain.dem": {"owner": "水利厅"}})
        >>> ledger.described
        [{'section': 'terrain', 'key': 'dem', 'file': 'a.tif', 'owner': '水利厅'}]
        """
        return [{**one, **self._said_of(one)} for one in self.inputs]

    def _said_of(self, entry: Mapping[str, str]) -> Mapping[str, Any]:
        key = f"{entry.get('section')}.{entry['key']}"
        return self.catalogue.get(f"{key} {entry['file']}", self.catalogue.get(key, {}))

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[float], None]]:
        """Time one step; yields a function that takes the part done."""
        import resource

        self.tell(name, 0.0)
        start = time.perf_counter()
        yield lambda part: self.tell(name, part)
        unit = 1024 if sys.platform != "darwin" else 1024**2
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        seconds = time.perf_counter() - start
        self.steps.append({"step": name, "seconds": round(seconds, 3), "peak_mb": round(peak, 1)})
        self.tell(name, 1.0)

    def note(self, key: str, said: str) -> None:
        """Say something of the inputs that is neither a file nor a loss."""
        self.notes.append({"key": key, "said": said})

    def missed(self, where: str, error: BaseException) -> None:
        """Record what could not be made; the rest goes on. The log has the whole trace of a fault of our own."""
        if not isinstance(error, RiskmapError):
            logging.getLogger("riskmap").warning("%s failed", where, exc_info=error)
        self.problems.append(Problem(where, str(error) or type(error).__name__))

    def tried(self, make: Callable[[], Made], *where: str) -> Made | None:
        """What a call gives; None where it fails, which is recorded for each of ``where``: one product never stops the others.

        Examples
        --------
        >>> ledger = Ledger()
        >>> ledger.tried(lambda: 1 // 0, "tiers.csv"), ledger.problems[0].line
        (None, 'tiers.csv: integer division or modulo by zero')
        """
        try:
            return make()
        except Exception as error:
            self.missed(where[0], error)
            self.problems += [Problem(one, self.problems[-1].what) for one in where[1:]]
            return None
