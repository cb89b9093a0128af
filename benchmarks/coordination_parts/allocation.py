"""Homes to shelters: the relaxation beside OR-tools and HiGHS, the whole pipeline beside the bare call, and a closure."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.check_ins.drivers import DriverMissingError, script
from benchmarks.coordination_parts.solvers import bare_highs, bare_ortools
from benchmarks.coordination_parts.towns import UNPLACED, Town, lone_households, town
from benchmarks.harness import Record, in_turns
from evac.model import Shelter
from evac.plan.allocation import Allocation, allocate, default_setting, problem_of, solve
from evac.plan.flow import cheapest_flow
from evac.plan.homes import Home
from evac.plan.reach import by_origin
from evac.plan.reassign import Reassigned, reassign

CLAIMS = (
    "allocation_gap",
    "allocation_over_solver",
    "replan_fraction",
    "replan_gap",
    "household_gap",
)
LONGEST = 900.0
"""Seconds that HiGHS is given."""
ROUNDS = 3
SETTING = replace(default_setting(), unplaced_metres=UNPLACED, weak_weight=1)


def measure(*, quick: bool = False) -> list[Record]:
    """The five claims of shelter allocation."""
    made = town(*((2_000, 200) if quick else (20_000, 2_000)))
    homes, shelters = made.homes(), made.shelters()
    size = f"{len(homes):,} places, {len(shelters):,} shelters, {made.people.sum():,} people"
    pipeline, cold, plan = _pipeline(made, homes, shelters, size, quick=quick)
    return [_gap(made, size), pipeline, *_closures(plan, cold), _households(made, quick=quick)]


def _gap(made: Town, size: str) -> Record:
    """Our optimum and those of two solvers, on the ways of the script."""
    arcs = by_origin(made.plane())
    price = np.full(made.people.size, UNPLACED)
    ours = cheapest_flow(made.people, made.room, arcs, price).cost
    ortools = bare_ortools(made.people, made.room, arcs, UNPLACED)
    start = time.perf_counter()
    highs = bare_highs(made.people, made.room, arcs, UNPLACED, seconds=LONGEST)
    took = time.perf_counter() - start
    others = [ortools] if highs is None else [ortools, highs]
    gap = max(abs(round(other - ours)) for other in others)
    note = f"{size}, {arcs.origin.size:,} arcs, optimum {ours:,} person-m; "
    note += f"HiGHS no answer in {LONGEST:.0f} s" if highs is None else f"HiGHS {highs:,.1f} in {took:.0f} s"
    return Record(
        "allocation_gap", float(gap), "person-m", "OR-tools optimum", float(ortools), ours / ortools, note
    )


def _pipeline(
    made: Town, homes: list[Home], shelters: list[Shelter], size: str, *, quick: bool
) -> tuple[Record, float, Allocation]:
    """Ways, solver, whole households and answer, against the solver's call alone; in turns."""
    problem = problem_of(homes, shelters, setting=SETTING)
    name, call = _peer(made)
    if call is None:

        def call() -> object:
            return bare_ortools(problem.demand.people, problem.room, problem.arcs, UNPLACED)

    found = in_turns(
        {"ours": lambda: allocate(homes, shelters, setting=SETTING), "bare": call}, repeat=1 if quick else ROUNDS
    )  # fmt: skip
    ours, bare = found["ours"], found["bare"]
    record = Record(
        "allocation_over_solver", ours / bare, "1", name, bare, ours / bare,
        f"{size}: ours {ours:.2f} s from homes to who goes where, the call {bare:.2f} s",
    )  # fmt: skip
    return record, ours, allocate(homes, shelters, setting=SETTING)


def _peer(made: Town) -> tuple[str, Callable[[], object] | None]:
    """The script's own call of OR-tools where it is here and solves the same problem, else ours."""
    name = "bare OR-tools [s]"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            module = script("bench_alloc", str(len(made.people)), str(len(made.room)), "5", "ortools")
    except DriverMissingError:
        return name, None
    if not (np.array_equal(module.dem, made.people) and np.array_equal(module.cap, made.room)):
        return name, None

    def call() -> object:
        with contextlib.redirect_stdout(io.StringIO()):
            return module.ortools()

    return "script on OR-tools [s]", call


def _closures(plan: Allocation, cold: float) -> tuple[Record, Record]:
    """Five shelters close, one at a time, from the emptiest to the fullest; the slowest and the dearest count."""
    by_load = np.argsort(plan.occupancy, kind="stable")
    by_load = by_load[plan.occupancy[by_load] > 0]
    chosen = by_load[np.linspace(0, by_load.size - 1, 5).astype(int)].tolist()
    slowest, dearest, told = 0.0, 0.0, []
    for n in chosen:
        closing = plan.problem.shelters[n].shelter_id
        took, after = min((_closed(plan, closing) for _ in range(ROUNDS)), key=lambda found: found[0])
        room = plan.problem.room.copy()
        room[n] = 0
        optimum = solve(replace(plan.problem, room=room)).relaxed_cost
        slowest, dearest = max(slowest, took), max(dearest, after.plan.cost / optimum - 1)
        told.append(
            f"{plan.occupancy[n]} people: {after.considered} homes considered, {len(after.changed)} told anew"
        )
    note = f"{len(chosen)} closures, the slowest {slowest:.3f} s against {cold:.2f} s; " + "; ".join(told)
    return (
        Record("replan_fraction", slowest / cold, "1", "our own cold plan [s]", cold, slowest / cold, note),
        Record("replan_gap", dearest, "1", note="the dearest of them, above the cold relaxation"),
    )  # fmt: skip


def _closed(plan: Allocation, shelter_id: str) -> tuple[float, Reassigned]:
    start = time.perf_counter()
    found = reassign(plan, closed={shelter_id: "x"})
    return time.perf_counter() - start, found


def _households(made: Town, *, quick: bool) -> Record:
    """The same people as households, and households at places of their own; the worse of the two."""
    crowd = list(made.households(seed=11))
    start = time.perf_counter()
    first = allocate(crowd, made.shelters(), setting=SETTING)
    between = time.perf_counter()
    lone, small = lone_households(*((900, 40) if quick else (9_000, 400)))
    second = allocate(lone, small, setting=SETTING)
    end = time.perf_counter()
    note = (
        f"{len(crowd):,} households at {len(made.people):,} places: {first.gap:.2e} in {between - start:.1f} s; "
        f"{len(lone):,} households at places of their own, {len(small)} small shelters a tenth spare: {second.gap:.2e} in "
        f"{end - between:.1f} s"
    )
    return Record("household_gap", max(first.gap, second.gap), "1", note=note)
