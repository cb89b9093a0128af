"""Three claims: our exact and our default wind against CLIMADA's on the same nodes and cells, and how equal they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.climada import oracle, ours
from benchmarks.climada.case import Case, in_fa
from benchmarks.climada.side import PeerMissingError, running
from benchmarks.engine.peak import EXACT_FLOPS, TABLE_FLOPS, share
from benchmarks.harness import Record

CLAIMS = ("wind_exact_vs_climada", "wind_default_vs_climada", "wind_compat_error")
REPEAT = 5
MODEL = "H08"


@dataclass
class Times:
    """Seconds of each turn."""

    theirs: list[float] = field(default_factory=list)
    exact: list[float] = field(default_factory=list)
    default: list[float] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Fields:
    """Peak wind [m s-1] (y, x) of each mode, no threshold."""

    exact: NDArray[np.float64]
    default: NDArray[np.float32]


def measure() -> list[Record]:
    """The sides take turns; best of five each; one thread."""
    case, times = in_fa(), Times()
    with ExitStack() as stack:
        stack.enter_context(ours.threads(1))
        try:
            peer, missing = stack.enter_context(running(case, MODEL)), ""
        except PeerMissingError as why:
            peer, missing = None, str(why)
        fields = Fields(ours.exact(case), ours.default(case))  # compiles, or reads the cache
        for _ in range(REPEAT):
            if peer is not None:
                times.theirs.append(peer.seconds())
            times.exact.append(_timed(ours.exact, case))
            times.default.append(_timed(ours.default, case))
        if peer is None:
            return alone(case, times, fields, missing)
        return beside(case, times, fields, peer.name, peer.field(0.0), peer.peak_gb)


def _timed(work: Callable[[Case], object], case: Case) -> float:
    start = time.perf_counter()
    work(case)
    return time.perf_counter() - start


def beside(
    case: Case, times: Times, fields: Fields, peer: str, theirs: NDArray[np.float64], gigabytes: float
) -> list[Record]:
    """The claims with the peer: its field has no threshold, which both sides then apply alike."""
    best = min(times.theirs)
    more = f"{peer} {MODEL} holds {gigabytes:.2f} GB; best of {len(times.theirs)}, taking turns"
    error, cut = _apart(fields.exact, theirs), _apart(with_threshold(fields.exact), with_threshold(theirs))
    note = (
        f"exact mode with its distances and motion; {cut:.1e} once both give less than {oracle.THRESHOLD} m/s as 0; "
        f"our slow twin is {_apart(oracle.peak(case, threshold=0.0), theirs):.1e} from it"
    )
    return [
        Record(
            claim, ours_best, "s", peer=peer, peer_value=best, ratio=best / ours_best, note=f"{words}; {more}"
        )
        for claim, ours_best, words in _speeds(case, times, _apart(fields.default, theirs))
    ] + [Record(CLAIMS[2], max(error, cut), "m/s", peer=peer, note=note)]


def alone(case: Case, times: Times, fields: Fields, missing: str) -> list[Record]:
    """Without the peer: our own seconds, no ratio, and the distance from the slow twin, which is not the program."""
    twin = oracle.peak(case, threshold=0.0)
    note = f"from our own slow twin of its formulas, not from the program: {missing}"
    return [
        Record(claim, best, "s", note=f"{words}; no ratio: {missing}")
        for claim, best, words in _speeds(case, times, _apart(fields.default, twin))
    ] + [Record(CLAIMS[2], _apart(fields.exact, twin), "m/s", note=note)]


def with_threshold(peak: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is slower than the peer's threshold becomes 0."""
    return np.where(peak < oracle.THRESHOLD, 0.0, peak)


def _apart(ours_: NDArray[np.floating], theirs: NDArray[np.float64]) -> float:
    return float(np.abs(ours_ - theirs).max())


def _speeds(case: Case, times: Times, error: float) -> list[tuple[str, float, str]]:
    """Claim, best time [s] and words of both modes."""
    work = (
        f"{case.pairs / 1e6:.2f} M pairs within 300 km of {len(case.time)} hourly nodes, {case.grid.shape[0]} x "
        f"{case.grid.shape[1]} cells of 0.02 degree, one thread"
    )
    exact, default = min(times.exact), min(times.default)
    far = share(case.pairs / exact, EXACT_FLOPS, single=False)
    near = share(case.pairs / default, TABLE_FLOPS, single=True)
    return [
        (CLAIMS[0], exact, f"float64, every pair its own exponentials; {work}; {far}"),
        (CLAIMS[1], default, f"float32 by radial tables, error {error:.4f} m/s; {work}; {near}"),
    ]
