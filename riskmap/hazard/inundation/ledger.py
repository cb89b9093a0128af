"""The water ledger: what was there, what came, what left, what is stored. Audited, never balanced by force."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass
class Ledger:
    """Volumes [m3] of a run, in double precision.

    Attributes
    ----------
    start : float
        On the grid and in channels at the start.
    rain, inflow, boundary_in : float
        What came in: from the sky, by hydrographs, over held levels.
    outflow, boundary_out, soaked : float
        What left: over open edges and by drains, over held levels, into the ground.
    stored : float
        On the grid and in channels now.
    """

    start: float = 0.0
    rain: float = 0.0
    inflow: float = 0.0
    boundary_in: float = 0.0
    outflow: float = 0.0
    boundary_out: float = 0.0
    soaked: float = 0.0
    stored: float = 0.0

    @property
    def came(self) -> float:
        """All water that there was to account for [m3]."""
        return self.start + self.rain + self.inflow + self.boundary_in

    @property
    def left(self) -> float:
        """All water that left [m3]."""
        return self.outflow + self.boundary_out + self.soaked

    @property
    def error(self) -> float:
        """(stored + left - came) / came; 0 where no water came.

        Examples
        --------
        >>> Ledger(start=0.0, rain=100.0, outflow=40.0, stored=60.0).error
        0.0
        """
        return (self.stored + self.left - self.came) / self.came if self.came > 0.0 else 0.0

    def as_dict(self) -> dict[str, float]:
        """Every volume [m3] and the relative error."""
        return {**asdict(self), "error": self.error}
