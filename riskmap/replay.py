"""A past storm again, one cycle an analysis time, each from what had been delivered by then."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from riskmap.cycle import EXIT_OK, EXIT_PARTIAL
from riskmap.errors import EXIT_INTERNAL, BusyError, ConfigError, RiskmapError
from riskmap.io.cycle_config import CycleConfig, read_cycle_config
from riskmap.io.scenario_file import addresses, read_scenario
from riskmap.io.service import told_address
from riskmap.io.watched import require_told
from riskmap.ledger import Tell, tell_nobody
from riskmap.scheduled import EXIT_STALE, CycleResult, analysis_time, run_cycle

GRAVEST_FIRST: Final = (EXIT_INTERNAL, 3, EXIT_STALE, EXIT_PARTIAL, EXIT_OK)


@dataclass(frozen=True)
class Replayed:
    """One cycle of a replay.

    Attributes
    ----------
    at : datetime
        Analysis time.
    exit_code : int
        As of ``riskmap cycle``.
    result : CycleResult or None
        None where nothing was published.
    why : str
        Why nothing was.
    """

    at: datetime
    exit_code: int
    result: CycleResult | None = None
    why: str = ""


def replay(
    config_file: Path,
    *,
    first: datetime,
    last: datetime,
    now: datetime,
    flash: bool = False,
    before: Callable[[datetime], None] | None = None,
    tell: Tell = tell_nobody,
) -> Iterator[Replayed]:
    """Run every analysis time of a span, one after the other, as the scheduler would have.

    Parameters
    ----------
    config_file : Path
        TOML; every ``[[input]]`` needs a folder and a stamp, so that nothing later than an analysis time is read of it, and the scenario
        ``run.replay = true`` and no address. Files that the scenario itself names are read as they are: that they hold nothing
        which was not known then is for whoever names them.
    first, last : datetime
        Analysis times, with their offset, both included.
    now : datetime
        The clock.
    flash : bool
        The flash-flood layer; see ``riskmap.flash_layer``.
    before : callable, optional
        Called with each analysis time before its cycle: deliveries that came late are put in place by it.
    tell : callable
        Progress of each cycle.

    Yields
    ------
    Replayed
        A cycle that publishes nothing stops none after it, also where the fault is our own.

    Raises
    ------
    ConfigError
        The configuration is wrong, its runs would look like live ones or read what came later, the times are none of the pace, or
        the span is empty.
    BusyError
        A cycle is at work.
    """
    config = read_cycle_config(config_file, flash=flash)
    at = analysis_time(config, first, now, option="--from")
    end = analysis_time(config, last, now, option="--to")
    if end < at:
        raise ConfigError(
            "a span that ends before it begins", where="--from, --to", expected="--to not before --from",
            found=f"{first.isoformat()} to {last.isoformat()}", remedy="exchange them",
        )  # fmt: skip
    _require_replay(config, at)
    while at <= end:
        if before is not None:
            before(at)
        try:
            result = run_cycle(config_file, at=at, now=now, flash=flash, tell=tell)
            yield Replayed(at, result.exit_code, result)
        except (ConfigError, BusyError):
            raise
        except RiskmapError as problem:
            yield Replayed(at, problem.exit_code, why=str(problem))
        except Exception as problem:
            logging.getLogger("riskmap").exception("the cycle of %s: a fault of our own", at.isoformat())
            yield Replayed(at, EXIT_INTERNAL, why=f"{type(problem).__name__}: {problem}")
        at += timedelta(minutes=config.cycle.every_minutes)


def _require_replay(config: CycleConfig, first: datetime) -> None:
    """Refuse what would be published as a live run, and what can be read only as it is today."""
    for one in config.inputs:
        require_told(one, "a replay")
    watched = {one.key: str(one.watch) for one in config.inputs}
    given = {"run.issued_at": first, **config.unfilled, **watched}
    scenario = read_scenario(config.cycle.scenario, given)
    if not scenario.run.replay:
        raise ConfigError(
            "a replay would be published as a live run", where=f"{config.cycle.scenario}, key run.replay",
            expected="replay = true, so that every product says 回放", found="replay = false",
            remedy="replay a copy of the scenario that says so, under a root of its own",
        )  # fmt: skip
    for key, address in addresses(scenario):
        raise ConfigError(
            "a replay would read what came later", where=f"{config.cycle.scenario}, key {key}",
            expected="a file, or an [[input]] that watches a folder of files whose names tell the time of their data",
            found=f"the address {told_address(address)}", remedy="let the answers be saved, each with its time in the name",
        )  # fmt: skip


def gravest(codes: list[int]) -> int:
    """The exit code of a whole replay: that of its gravest cycle.

    Examples
    --------
    >>> gravest([0, 5, 4, 5]), gravest([0, 2, 3])
    (4, 2)
    """
    return min(codes, key=lambda code: GRAVEST_FIRST.index(code) if code in GRAVEST_FIRST else -1, default=0)
