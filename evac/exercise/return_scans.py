"""Who hears that they may go home, and when each of them is scanned there: the truth of the return, as the script is that of the transfer."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evac.model import MOVED, State
from evac.rehearsal import Act, Script

_SOONEST, _LATEST = 30 * 60, 5 * 3600
"""From being told to being home [s] (D)."""


@dataclass(frozen=True)
class Whereabouts:
    """Where everybody truly is, for who must decide what a person hears.

    Attributes
    ----------
    last : mapping
        Index of a person -> the last act of the script that changed where they are.
    """

    last: Mapping[int, Act]

    @classmethod
    def of(cls, script: Script) -> Whereabouts:
        """Of everybody in a script."""
        return cls({act.person: act for act in script.acts if act.after is not None})

    def settled(self, person: int, at: int) -> bool:
        """Whether somebody is where they were moved to, and stays there: a word at the shelter reaches nobody who is out."""
        last = self.last[person]
        return last.at <= at and last.after in MOVED


def homeward(script: Script, told: Sequence[int], at: int, rng: random.Random) -> list[Act]:
    """The return of those who are told at an instant that they may go: each in their own time, in order of time.

    Parameters
    ----------
    told : sequence of int
        Indices of people.
    at : int
        Seconds after the start.
    """
    acts = [
        Act(at + rng.randrange(_SOONEST, _LATEST), n, "returned", State.RETURNED, script.people[n].village)
        for n in told
    ]
    return sorted(acts, key=lambda act: act.at)
