"""The planner of clearances against its own text, and against a slow twin that tries every group anew for each batch."""

from __future__ import annotations

import heapq
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import clearance

FAR = 2**40
STEP, SLOTS = 10, 40


def case(rng, nodes=7, links=16, groups=4, loose=(0.0, 0)):
    """A random network with one or two exits."""
    start, end = rng.integers(0, nodes, links), rng.integers(0, nodes, links)
    start, end = start[start != end], end[start != end]
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    m = len(start)
    seconds = rng.integers(1, 60, m)
    rate = rng.choice([0.4, 1.0, 2.5, 6.0], m)
    until = np.where(rng.random(m) < 0.2, rng.integers(0, 200, m), FAR)
    room = np.zeros(nodes, np.int64)
    room[rng.integers(0, nodes, 2)] = rng.choice([5, 1000])
    to_goal = np.full((1, nodes), FAR, np.int64)
    to_goal[0, room > 0] = 0
    for _ in range(nodes):
        for a, b, s in zip(start, end, seconds, strict=True):
            to_goal[0, a] = min(to_goal[0, a], s + to_goal[0, b])
    first = np.searchsorted(start, np.arange(nodes + 1))
    return (
        first, np.arange(m), end, start, seconds, rate, until, to_goal, np.zeros(groups, np.int64), room,
        rng.integers(0, nodes, groups), rng.integers(0, 30, groups), rng.integers(0, 50, groups), STEP, SLOTS, *loose,
    )  # fmt: skip


def capacity(rate, slot):
    return floor((slot + 1) * rate + 1e-9) - floor(slot * rate + 1e-9)


def twin(
    _first,
    _links,
    heads,
    tails,
    seconds,
    rate,
    until,
    _to_goal,
    _kind,
    room,
    origin,
    people,
    ready,
    step,
    slots,
    *_,
):
    """Arrivals of every person, the obvious way: Dijkstra for every group before every batch, the soonest is booked."""
    booked, left, space = np.zeros((len(tails), slots), int), people.copy(), room.copy()

    def enter(link, t):
        for s in range(t // step, slots):
            if booked[link, s] < capacity(rate[link], s):
                at = max(t, s * step)
                return at if at <= until[link] else None
        return None

    def soonest(g):
        best, heap = {int(origin[g]): (int(ready[g]), ())}, [(int(ready[g]), int(origin[g]), ())]
        while heap:
            t, node, way = heapq.heappop(heap)
            if t > best[node][0]:
                continue
            if space[node] > 0:
                return t, node, way
            for link in np.flatnonzero(tails == node):
                at = enter(link, t)
                if at is not None and (
                    int(heads[link]) not in best or at + seconds[link] < best[int(heads[link])][0]
                ):
                    best[int(heads[link])] = (int(at + seconds[link]), ())
                    heapq.heappush(
                        heap, (int(at + seconds[link]), int(heads[link]), (*way, (int(link), int(at))))
                    )
        return None

    out = []
    while True:
        ways = [
            (found[0], g, found) for g in range(len(origin)) if left[g] > 0 for found in [soonest(g)] if found
        ]
        if not ways:
            return out
        t, g, (_, goal, way) = min(ways)
        batch = min(
            left[g], space[goal], *[capacity(rate[e], at // step) - booked[e, at // step] for e, at in way]
        )
        for e, at in way:
            booked[e, at // step] += batch
        left[g] -= batch
        space[goal] -= batch
        out += [t] * int(batch)


@pytest.mark.parametrize("seed", range(12))
def test_the_compiled_planner_is_its_text(seed):
    arguments = case(np.random.default_rng(seed), loose=(0.05 * (seed % 2), 10 * (seed % 3)))
    ours = clearance.plan_routes(*arguments)
    # the parts that it calls stay compiled; each is held against its text below
    text = clearance.plan_routes.py_func(*arguments)
    for a, b in zip(ours, text, strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_first_arrivals_are_the_slow_twin_s(seed):
    """Ties between ways may fall otherwise and change what comes after: the first arrival never, the last by little."""
    arguments = case(np.random.default_rng(seed))
    batches, _, left, _ = clearance.plan_routes(*arguments)
    ours = sorted(np.repeat(batches[:, 3], batches[:, 1]).tolist())
    theirs = twin(*arguments)
    assert ours[:1] == theirs[:1]
    assert len(ours) + int(left.sum()) == int(arguments[11].sum())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(0.0, 0), (0.05, 10)]))
def test_laws_of_a_plan(seed, loose):
    """Nobody lost, no slot over its capacity, no link after it closes, no exit over its room, ways connected in time."""
    arguments = case(np.random.default_rng(seed), loose=loose)
    _, _, heads, tails, seconds, rate, until, _, _, room, origin, people, ready, step, slots, *_ = arguments
    batches, path, left, _ = clearance.plan_routes(*arguments)
    for g in range(len(origin)):
        assert batches[batches[:, 0] == g, 1].sum() + left[g] == people[g]
    booked = np.zeros((len(tails), slots), int)
    ends = np.append(batches[:, 5], len(path))[1:]
    for (g, batch, leaves, arrives, goal, a), b in zip(batches, ends, strict=True):
        node, t = origin[g], ready[g]
        assert batch > 0
        for n, (link, at) in enumerate(path[a:b]):
            assert tails[link] == node
            assert t <= at <= until[link]
            assert n or at == leaves
            booked[link, at // step] += batch
            node, t = heads[link], at + seconds[link]
        assert (node, t) == (goal, arrives)
    most = [[capacity(r, s) for s in range(slots)] for r in rate]
    assert (booked <= most).all()
    for node in range(len(room)):
        assert batches[batches[:, 4] == node, 1].sum() <= room[node]


@given(st.floats(0.01, 9.0), st.integers(0, 500), st.integers(1, 500))
def test_any_run_of_slots_takes_the_rate_to_less_than_one_person(rate, begin, length):
    taken = sum(clearance.slot_capacity.py_func(rate, s) for s in range(begin, begin + length))
    assert abs(taken - rate * length) < 1 + 1e-6


def test_full_slots_are_skipped_and_stay_skipped():
    booked = np.zeros((1, 10), np.int32)
    booked[0, 2:6] = 3
    for run in (clearance.free_slot, clearance.free_slot.py_func):
        assert run(booked, 0, 1, 3.0) == 1
        assert run(booked, 0, 2, 3.0) == 6
        assert run(booked, 0, 4, 3.0) == 6
    booked[0, 6:] = 3
    assert clearance.free_slot(booked, 0, 3, 3.0) == 10
    assert clearance.enter.py_func(booked, 0, 30, 3.0, 10, FAR) == -1


def test_the_heap_gives_back_in_order():
    key, item = np.empty(60, np.int64), np.empty(60, np.int64)
    rng = np.random.default_rng(1)
    pairs = [(int(k), int(v)) for k, v in zip(rng.integers(0, 9, 50), range(50), strict=True)]
    for n, (k, v) in enumerate(pairs):
        clearance.heap_push.py_func(key, item, n, k, v)
    out = []
    for n in range(50, 0, -1):
        out.append((int(key[0]), int(item[0])))
        clearance.heap_pop.py_func(key, item, n)
    assert out == sorted(pairs)
