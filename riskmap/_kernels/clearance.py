"""Capacity-constrained route planning: who leaves when, by which links, when all links carry only so many at a time. Imports
nothing of ours.

Time runs in whole seconds, capacity is booked in slots of ``step`` seconds. Waiting is allowed at every node, so that an earlier
arrival is never worse (first in, first out) and label setting is exact for one batch. Slots only fill up: what was the earliest
arrival of a group once is a lower bound of it for ever after, which saves most searches.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def slot_capacity(rate, slot):
    """Whole persons that a link of ``rate`` persons a slot takes in a slot: no run of slots is off by one person or more."""
    return int(np.floor((slot + 1) * rate + 1e-9)) - int(np.floor(slot * rate + 1e-9))


@njit(nogil=True, cache=True, error_model="numpy")
def free_slot(booked, link, slot, rate):
    """The first slot from ``slot`` on with room; the number of slots where none. Full runs are skipped, and joined on the way.

    ``booked`` holds persons; a full slot holds -(the next slot to try).
    """
    slots = booked.shape[1]
    s = slot
    while s < slots:
        v = booked[link, s]
        if v < 0:
            s = -v
        elif v >= slot_capacity(rate, s):
            booked[link, s] = -(s + 1)
            s += 1
        else:
            break
    t = slot
    while t < s and t < slots:
        v = -booked[link, t]
        booked[link, t] = -s
        t = v
    return s


@njit(nogil=True, cache=True, error_model="numpy")
def heap_push(key, item, n, k, v):
    """Put an item on the heap of ``n``; of equal keys the smaller item leaves first."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if key[parent] < k or (key[parent] == k and item[parent] <= v):
            break
        key[i], item[i] = key[parent], item[parent]
        i = parent
    key[i], item[i] = k, v


@njit(nogil=True, cache=True, error_model="numpy")
def heap_pop(key, item, n):
    """Take the first off the heap of ``n``."""
    k, v = key[n - 1], item[n - 1]
    i, rest = 0, n - 1
    while 2 * i + 1 < rest:
        child = 2 * i + 1
        if child + 1 < rest and (
            key[child + 1] < key[child] or (key[child + 1] == key[child] and item[child + 1] < item[child])
        ):
            child += 1
        if k < key[child] or (k == key[child] and v <= item[child]):
            break
        key[i], item[i] = key[child], item[child]
        i = child
    key[i], item[i] = k, v


@njit(nogil=True, cache=True, error_model="numpy")
def enter(booked, link, time, rate, step, until):
    """When who comes to a link at ``time`` [s] may enter it; -1 for never."""
    s = free_slot(booked, link, time // step, rate)
    if s >= booked.shape[1]:
        return -1
    t = max(time, s * step)
    return -1 if t > until else t


@njit(nogil=True, cache=True, error_model="numpy")
def search(first, links, heads, seconds, rate, until, to_goal, room, booked, step, origin, ready, stamp, mark, arrival, via,
           key, item):  # fmt: skip
    """Earliest arrival at a goal with room from ``origin`` at ``ready`` [s]: the goal, or -1. A* with the time on empty roads."""
    far = np.int64(2) ** 40
    if to_goal[origin] >= far:
        return -1
    stamp[origin], arrival[origin], via[origin] = mark, ready, -1
    key[0], item[0] = ready + to_goal[origin], origin
    n = 1
    while n > 0:
        k, node = key[0], item[0]
        heap_pop(key, item, n)
        n -= 1
        t = arrival[node]
        if k > t + to_goal[node]:
            continue
        if to_goal[node] == 0 and room[node] > 0:
            return node
        for a in range(first[node], first[node + 1]):
            link, head = links[a], heads[a]
            if to_goal[head] >= far:
                continue
            if stamp[head] == mark and arrival[head] <= t + seconds[link]:
                continue
            at = enter(booked, link, t, rate[link], step, until[link])
            if at < 0:
                continue
            there = at + seconds[link]
            if stamp[head] != mark or there < arrival[head]:
                stamp[head], arrival[head], via[head] = mark, there, link
                heap_push(key, item, n, there + to_goal[head], head)
                n += 1
    return -1


@njit(nogil=True, cache=True, error_model="numpy")
def follow(path, at, length, seconds, rate, until, booked, step, ready, most):
    """Go the links of ``path[at:at + length]`` from ``ready`` [s] on, writing down when each is entered.

    Returns when they end, -1 where one can no longer be entered, and how many of ``most`` persons fit.
    """
    t, fits = ready, most
    for i in range(at, at + length):
        link = path[i, 0]
        t = enter(booked, link, t, rate[link], step, until[link])
        if t < 0:
            return np.int64(-1), np.int64(0)
        fits = min(fits, slot_capacity(rate[link], t // step) - booked[link, t // step])
        path[i, 1] = t
        t += seconds[link]
    return np.int64(t), np.int64(fits)


@njit(nogil=True, cache=True, error_model="numpy")
def trace(via, tails, goal, path, at):
    """Write the links that lead to the goal behind the others; how many they are."""
    length, node = 0, goal
    while via[node] >= 0:
        node = tails[via[node]]
        length += 1
    i, node = at + length - 1, goal
    while via[node] >= 0:
        path[i, 0] = via[node]
        node = tails[via[node]]
        i -= 1
    return length


@njit(nogil=True, cache=True, error_model="numpy")
def again(batches, n_batches, row, path, at):
    """Write the links of an earlier batch behind the others; how many they are, and where they end."""
    a = batches[row, 5]
    b = at if row + 1 == n_batches else batches[row + 1, 5]
    path[at : at + b - a, 0] = path[a:b, 0]
    return b - a, batches[row, 4]


@njit(nogil=True, cache=True, error_model="numpy")
def book(booked, path, at, length, step, batch):
    """Take the room that a batch needs."""
    for i in range(at, at + length):
        booked[path[i, 0], path[i, 1] // step] += batch


@njit(nogil=True, cache=True, error_model="numpy")
def longer(rows, used):
    """A table with twice the rows."""
    out = np.empty((2 * rows.shape[0], rows.shape[1]), rows.dtype)
    out[:used] = rows[:used]
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def plan_routes(first, links, heads, tails, seconds, rate, until, to_goal, kind, room, origin, people, ready, step, slots,
                share, slack):  # fmt: skip
    """Book everybody who can be brought to a goal, the earliest arrival first (CCRP).

    A group keeps its way while that is at most ``share`` and ``slack`` later than the soonest it could be when last looked for,
    and goes before others that may be sooner by less than ``slack``. With 0 and 0 each batch is the soonest of all, as published.

    Parameters
    ----------
    first, links, heads : array of int
        Links that leave each node, and where they end.
    tails, seconds : array of int (link,)
        Where each starts; time to pass it [s], at least 1.
    rate : array (link,)
        Persons a slot.
    until : array of int (link,)
        Last second at which it may be entered.
    to_goal : array of int (kind, node)
        Time to the nearest goal of that kind on empty roads [s]; 0 at a goal, 2**40 where there is none.
    kind : array of int (group,)
    room : array of int (node,)
        Persons that a goal takes.
    origin, people, ready : array of int (group,)
    step, slots : int
        Seconds of a slot, and how many there are.
    share : float
    slack : int
        [s].

    Returns
    -------
    batches : array of int (batch, 6)
        Group, persons, leaves [s], arrives [s], goal, first of its links in ``path``.
    path : array of int (n, 2)
        Link, entered at [s].
    left : array of int (group,)
        Persons who were not brought anywhere.
    searches : int
    """
    nodes, groups = room.shape[0], origin.shape[0]
    booked = np.zeros((seconds.shape[0], slots), np.int32)
    space, left = room.copy(), people.copy()
    stamp, via, arrival = np.zeros(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    key, item = np.empty(links.shape[0] + 2, np.int64), np.empty(links.shape[0] + 2, np.int64)
    due, turn, waiting = np.empty(groups + 1, np.int64), np.empty(groups + 1, np.int64), 0
    soonest, last = np.zeros(groups, np.int64), np.full(groups, -1, np.int64)
    for g in range(groups):
        if left[g] > 0 and to_goal[kind[g], origin[g]] < np.int64(2) ** 40:
            heap_push(due, turn, waiting, ready[g] + to_goal[kind[g], origin[g]], g)
            waiting += 1
    batches, n_batches = np.empty((1024, 6), np.int64), 0
    path, n_path = np.empty((2 * nodes + 2, 2), np.int64), 0
    searches = np.int64(0)
    while waiting > 0:
        g = turn[0]
        heap_pop(due, turn, waiting)
        waiting -= 1
        if n_path + nodes > path.shape[0]:
            path = longer(path, n_path)
        arrives, batch, goal, length = np.int64(-1), np.int64(0), np.int64(-1), 0
        if last[g] >= 0:  # the way it went before
            length, goal = again(batches, n_batches, last[g], path, n_path)
            arrives, batch = follow(
                path, n_path, length, seconds, rate, until, booked, step, ready[g], min(left[g], space[goal])
            )
            if batch <= 0 or arrives > soonest[g] * (1.0 + share) + slack:
                arrives = np.int64(-1)
        if arrives < 0:
            searches += 1
            goal = search(
                first, links, heads, seconds, rate, until, to_goal[kind[g]], space, booked, step, origin[g], ready[g], stamp,
                searches, arrival, via, key, item,
            )  # fmt: skip
            if goal < 0:
                continue
            length = trace(via, tails, goal, path, n_path)
            arrives, batch = follow(
                path, n_path, length, seconds, rate, until, booked, step, ready[g], min(left[g], space[goal])
            )
            soonest[g], last[g] = arrives, -1
        if waiting > 0 and arrives > due[0] + slack:  # somebody else may be sooner
            heap_push(due, turn, waiting, arrives, g)
            waiting += 1
            continue
        book(booked, path, n_path, length, step, batch)
        if n_batches == batches.shape[0]:
            batches = longer(batches, n_batches)
        batches[n_batches, 0], batches[n_batches, 1], batches[n_batches, 3] = g, batch, arrives
        batches[n_batches, 2] = path[n_path, 1] if length > 0 else ready[g]
        batches[n_batches, 4], batches[n_batches, 5] = goal, n_path
        last[g] = n_batches if share > 0.0 or slack > 0 else -1
        n_batches, n_path = n_batches + 1, n_path + length
        space[goal], left[g] = space[goal] - batch, left[g] - batch
        if left[g] > 0:
            heap_push(due, turn, waiting, arrives, g)
            waiting += 1
    return batches[:n_batches].copy(), path[:n_path].copy(), left, searches
