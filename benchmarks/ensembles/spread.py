"""``python -m benchmarks.ensembles.spread``: spread and error of the bundled ensemble, lead time by lead time.

The truth of a position forecast for an hour is the mean of the members' first positions of the issue time at that
hour: the model's own analysis, so that errors which it shares with its forecasts do not show. With the best tracks of
all western North Pacific storms beside the checkout, those too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.harness import ROOT
from riskmap.errors import CoverageError
from riskmap.io.members import meps_issue_times, read_meps
from riskmap.io.tracks import read_ibtracs
from riskmap.members import Ensemble, centres
from riskmap.sphere import distance

STORMS = {"DOLPHIN": "2020263N21136", "NEPARTAK": "2021204N21146", "MEARI": "2022221N24149"}
"""Name in the ensemble's file -> identifier in IBTrACS, found by place and time."""

BEST_TRACKS = ROOT.parent / "shared" / "data" / "ship" / "tracks" / "ibtracs_wnp_1980_2024_wmo.csv.gz"

Place = tuple[float, float]
Truth = Callable[[str, np.datetime64], Place | None]


@dataclass(frozen=True)
class Row:
    """One lead time: root mean square distances [km] over ``cases`` forecasts."""

    lead: int
    cases: int
    error: float
    spread: float

    @property
    def ratio(self) -> float:
        """Spread / error; 1 where the members differ from each other as the truth does from them."""
        return self.spread / self.error


def ensembles() -> dict[tuple[str, datetime], Ensemble]:
    """All 51 of the bundled file."""
    return {(name, at): read_meps(name, issued_at=at) for name in STORMS for at in meps_issue_times(name)}


def own_analysis(found: dict[tuple[str, datetime], Ensemble]) -> Truth:
    """The mean first position of the ensemble that was issued at an hour."""
    first = {
        (name, np.datetime64(int(at.timestamp()), "s")): _mean(ensemble, 0)
        for (name, at), ensemble in found.items()
    }
    return lambda name, time: first.get((name, time))


def best_track() -> Truth | None:
    """Positions of IBTrACS, if its file lies beside the checkout."""
    if not BEST_TRACKS.is_file():
        return None
    tracks = {name: read_ibtracs(BEST_TRACKS, storm=number) for name, number in STORMS.items()}

    def truth(name: str, time: np.datetime64) -> Place | None:
        try:
            latitude, longitude = centres(tracks[name], np.array([time]))
        except CoverageError:
            return None
        return float(latitude[0]), float(longitude[0])

    return truth


def _positions(ensemble: Ensemble, k: int) -> NDArray[np.float64]:
    """Latitude and longitude of every member at fix ``k``, shape (2, member)."""
    return np.array([[m[name].values[k] for m in ensemble.members] for name in ("latitude", "longitude")])


def _mean(ensemble: Ensemble, k: int) -> Place:
    latitude, longitude = _positions(ensemble, k).mean(axis=1)
    return float(latitude), float(longitude)


def rows(found: dict[tuple[str, datetime], Ensemble], truth: Truth) -> list[Row]:
    """Spread and error by lead time.

    The error is that of the ensemble mean. The spread is about that mean with n - 1 members, times
    sqrt((n + 1) / n): what the error of a mean of n reliable members is expected to be (Fortin et al. 2014, J.
    Hydrometeorol. 15, 1708; status M).
    """
    squares: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for (name, _), ensemble in found.items():
        times = ensemble.members[0]["time"].values.astype("datetime64[s]")
        for k, time in enumerate(times):
            place = truth(name, time)
            if place is None:
                continue
            mean, n = _mean(ensemble, k), ensemble.size
            latitude, longitude = _positions(ensemble, k)
            around = distance(
                latitude=latitude, longitude=longitude, to_latitude=mean[0], to_longitude=mean[1]
            )
            error = distance(latitude=mean[0], longitude=mean[1], to_latitude=place[0], to_longitude=place[1])
            lead = round((time - times[0]) / np.timedelta64(3600, "s"))
            variance = float((around**2).sum() / (n - 1) * (n + 1) / n)
            squares[lead].append((float(error) ** 2, variance))
    found_rows = []
    for lead, pairs in sorted(squares.items()):
        error2, spread2 = np.mean(pairs, axis=0)
        found_rows.append(Row(lead, len(pairs), float(np.sqrt(error2)) / 1e3, float(np.sqrt(spread2)) / 1e3))
    return found_rows


def main() -> None:
    """Print both tables."""
    found = ensembles()
    for title, truth in (("the model's own analysis", own_analysis(found)), ("IBTrACS", best_track())):
        if truth is None:
            Console().print(f"{title}: not beside the checkout")
            continue
        for names in (tuple(STORMS), *((n,) for n in STORMS)):
            table = Table(
                "lead h",
                "cases",
                "error km",
                "spread km",
                "spread / error",
                title=f"{title}: {', '.join(names)}",
            )
            for row in rows({k: e for k, e in found.items() if k[0] in names}, truth):
                if row.lead % 6 == 0 or row.lead == 39:
                    table.add_row(
                        f"{row.lead}", f"{row.cases}", f"{row.error:.0f}", f"{row.spread:.0f}",
                        f"{row.ratio:.2f}" if row.lead else "",
                    )  # fmt: skip
            Console().print(table)


if __name__ == "__main__":
    main()
