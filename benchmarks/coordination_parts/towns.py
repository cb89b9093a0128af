"""Made-up towns: places with people, shelters with room for a quarter more, all on a plane of 100 km that is laid on the sphere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from evac.model import Shelter
from evac.plan.homes import Home, Integers, Numbers
from evac.plan.reach import Arcs
from riskmap.grid import EARTH_RADIUS

LATITUDE, LONGITUDE = 30.0, 120.0
WITHIN_KM = 5.0
UNPLACED = 60_000
"""Metres that a person without a shelter costs, as in the script on the bare solvers."""
SIZES = ((1, 0.25), (2, 0.3), (3, 0.2), (4, 0.15), (5, 0.06), (6, 0.04))
"""Household sizes and their shares (D): 2.6 persons, as the census of 2020 has it."""


@dataclass(frozen=True, eq=False)
class Town:
    """One problem.

    Attributes
    ----------
    at, shelters_at : float64 (n, 2)
        East and north [km].
    people, room : int64 (n,)
    """

    at: Numbers
    shelters_at: Numbers
    people: Integers
    room: Integers

    def homes(self) -> list[Home]:
        """Each place as a block that may be divided: the relaxation's problem."""
        return [
            Home(f"{n:06d}", people, *_degrees(at), whole=False)
            for n, (people, at) in enumerate(zip(self.people.tolist(), self.at.tolist(), strict=True))
        ]

    def households(self, seed: int) -> Iterator[Home]:
        """Each place as households that stay whole."""
        chance = np.random.default_rng(seed)
        kinds, shares = zip(*SIZES, strict=True)
        for home in self.homes():
            left, n = home.people, 0
            for size in chance.choice(kinds, home.people, p=shares).tolist():
                if left > 0:
                    yield replace(home, key=f"{home.key}-{n:03d}", people=min(size, left), whole=True)
                    left, n = left - size, n + 1

    def shelters(self) -> list[Shelter]:
        """The places of stay."""
        return [
            Shelter(f"S{n:05d}", f"点{n}", "330902", room, longitude=east, latitude=north)
            for n, (room, (east, north)) in enumerate(
                zip(self.room.tolist(), map(_degrees, self.shelters_at.tolist()), strict=True)
            )
        ]

    def plane(self, within_km: float = WITHIN_KM) -> Arcs:
        """Ways on the plane, as the script on the bare solvers has them."""
        from scipy.spatial import cKDTree

        found = cKDTree(self.at).sparse_distance_matrix(
            cKDTree(self.shelters_at), within_km, output_type="coo_matrix"
        )
        metres = np.rint(found.data * 1000).astype(np.int64)
        return Arcs(found.row.astype(np.int64), found.col.astype(np.int64), metres)


def _degrees(at: list[float]) -> tuple[float, float]:
    east, north = at
    latitude = LATITUDE + np.degrees((north - 50) * 1000 / EARTH_RADIUS)
    longitude = LONGITUDE + np.degrees((east - 50) * 1000 / EARTH_RADIUS / np.cos(np.radians(latitude)))
    return float(longitude), float(latitude)


def town(places: int, shelters: int, seed: int = 7) -> Town:
    """Places about town centres, 5 to 199 people each."""
    chance = np.random.default_rng(seed)
    side = np.sqrt(places / 20_000) * 100
    centres = chance.uniform(0, side, (max(4, places // 400), 2))

    def about(count: int) -> Numbers:
        chosen = centres[chance.integers(0, len(centres), count)]
        return np.clip(chosen + chance.normal(0, 3, (count, 2)), 0, side)

    at, shelters_at = about(places), about(shelters)
    people, room = chance.integers(5, 200, places), chance.integers(200, 3000, shelters)
    room = np.maximum(1, room * people.sum() * 1.25 / room.sum()).astype(np.int64)
    return Town(at, shelters_at, people, room)


def lone_households(count: int, shelters: int, seed: int = 3) -> tuple[list[Home], list[Shelter]]:
    """Households at places of their own, and small shelters with room for a tenth more: the hard case of whole households."""
    chance = np.random.default_rng(seed)
    kinds, shares = zip(*SIZES, strict=True)
    size = chance.choice(kinds, count, p=shares)
    room = chance.integers(50, 120, shelters)
    room = (room * size.sum() * 1.1 / room.sum()).astype(int)
    spread = np.sqrt(count / 900) * 2.0  # as many to a square kilometre, however many
    here, there = (50 + chance.normal(0, spread, (n, 2)) for n in (count, shelters))
    homes = [
        Home(f"{n:06d}", int(people), *_degrees(at))
        for n, (people, at) in enumerate(zip(size, here.tolist()))
    ]
    return homes, [
        Shelter(f"S{n:05d}", f"点{n}", "330902", int(most), longitude=east, latitude=north)
        for n, (most, (east, north)) in enumerate(zip(room, map(_degrees, there.tolist())))
    ]
