"""Steps of a run whose results may be kept, so that a run that was killed goes on after the last whole one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from riskmap.ledger import Ledger

Result = TypeVar("Result")


class Checkpoints(Protocol):
    """Keeps the results of whole steps; ``riskmap.io.kept_steps`` keeps them on a disk."""

    def step(self, name: str, compute: Callable[[], Result], ledger: Ledger) -> Result:
        """The result of a step: what was kept of it, or ``compute()``, which is then kept with what the ledger took in."""
        ...


class _Nothing:
    """Keeps nothing: every step is computed."""

    def step(self, _name: str, compute: Callable[[], Result], _ledger: Ledger) -> Result:
        return compute()


NOTHING_KEPT: Final[Checkpoints] = _Nothing()
"""For a run that starts and ends in one go."""
