"""Where a run stops: water that cannot be, steps that become nothing, memory that is not there."""

from __future__ import annotations

from typing import Any, Final

from riskmap.errors import ConfigError, RiskmapError


class InstabilityError(RiskmapError):
    """A run went unstable; carries the place, the time and the last good state.

    Attributes
    ----------
    row, column : int
        Of the cell, from the north-west.
    time : float
        Seconds from the start of the run.
    checkpoint : mapping or None
        The last good state, as ``Flow.state`` gives it.
    """

    def __init__(
        self, message: str, *, row: int, column: int, time: float, found: str, expected: str,
        checkpoint: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            message, where=f"row {row}, column {column}, after {time:.1f} s", expected=expected, found=found,
            remedy="look at the ground and the forcing there; a lower courant number may help",
        )  # fmt: skip
        self.row, self.column, self.time, self.checkpoint = row, column, time, checkpoint


BYTES_A_CELL = {"ground": 9, "state": 28, "watch": 26, "result": 45}
"""Bytes of a cell: bed, trim and mask; depth, its rest and two flows, old and new; maxima and times; the result while it is
labelled. A test holds the sum against what is really allocated."""

CHECKPOINT_BYTES = 42
"""Bytes of a cell in the last good state: depth, rest, flows and maxima."""


def memory_need(
    shape: tuple[int, int], *, rain: bool = True, manning: bool = False, infiltration: bool = False,
    checkpoint: bool = False,
) -> int:  # fmt: skip
    """Memory [bytes] that a run needs, without the inputs themselves.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    rain, manning, infiltration : bool
        Whether these differ from cell to cell.
    checkpoint : bool
        Whether the state is kept now and then.

    Examples
    --------
    >>> memory_need((1000, 1000)) / 1e6
    118.0
    """
    cell = sum(BYTES_A_CELL.values()) + 10 * rain + 8 * manning + 20 * infiltration
    cell += (CHECKPOINT_BYTES + 8 * infiltration) * checkpoint
    return int(shape[0]) * int(shape[1]) * cell


def refuse_too_large(shape: tuple[int, int], need: int, limit: int) -> None:
    """Refuse a run that does not fit.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    need, limit : int
        Memory [bytes] it needs, and that it may have.

    Raises
    ------
    ConfigError
        With the grid that would fit.
    """
    if need <= limit:
        return
    share = (limit / need) ** 0.5
    rows, columns = max(1, int(shape[0] * share)), max(1, int(shape[1] * share))
    raise ConfigError(
        "the inundation run does not fit into memory", where="grid",
        expected=f"at most {limit / 1e9:.2f} GB", found=f"{need / 1e9:.2f} GB for {shape[0]} x {shape[1]} cells",
        remedy=f"take tiles of {rows} x {columns} cells, or cells {1 / share:.2f} times as wide",
    )  # fmt: skip


TYPICAL_DEPTH: Final = 5.0
"""Deepest water [m] that the time of a run is estimated with: it rules the step (status D)."""

UPDATES_PER_SECOND: Final = 80e6
"""Cells that one thread steps and looks at in a second, all of them wet: half the rate of steps alone (status D)."""


def time_need(shape: tuple[int, int], finest: float, hours: float) -> float:
    """Seconds that a run takes on one thread with water everywhere: an estimate to say before it starts.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    finest : float
        Smallest side of a cell [m].
    hours : float
        Length of the run.

    Examples
    --------
    >>> round(time_need((500, 500), 90.0, 72.0))
    90
    """
    step = min(finest / 3.0, 0.7 * finest / (9.81 * TYPICAL_DEPTH) ** 0.5)
    return float(shape[0] * shape[1] * hours * 3600.0 / step / UPDATES_PER_SECOND)
