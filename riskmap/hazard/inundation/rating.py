"""A map in seconds: discharge to stage by a synthetic rating curve, stage to depth by the height above drainage.

After Zheng et al. (2018): a reach is a channel with the mean section of the land that drains to it, and Manning's formula gives
its discharge at each stage. No waves, no backwater, no volume: for where minutes matter, and where no solver has run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap._kernels import rating as kernel
from riskmap.errors import DataError
from riskmap.within import require_within


@dataclass(frozen=True, eq=False)
class RatingCurves:
    """Rating curves of reaches.

    Attributes
    ----------
    stages : float64 (stage,)
        Height of the water above the drainage [m].
    discharge : float64 (reach, stage)
        [m3 s-1], rising with the stage; NaN for a reach without land.
    """

    stages: NDArray[np.float64]
    discharge: NDArray[np.float64]

    def stage(self, discharge: ArrayLike) -> NDArray[np.float64]:
        """Stage [m] of each reach at its discharge [m3 s-1]; NaN beyond the curve: no height is made up."""
        wanted = np.asarray(discharge, np.float64)
        if wanted.shape != (len(self.discharge),):
            raise DataError(
                "a discharge for each reach", where="discharge", expected=f"({len(self.discharge)},)",
                found=str(wanted.shape),
            )  # fmt: skip
        return np.array(
            [
                np.interp(q, curve, self.stages, right=np.nan) if np.isfinite(curve).all() else np.nan
                for q, curve in zip(wanted, self.discharge, strict=True)
            ]
        )


class WetSums:
    """What rating curves are made of, from cells that come some at a time.

    The order of the cells decides the last bits, not where they are cut.

    Parameters
    ----------
    reaches : int
    stages : float (stage,)
        Heights of water [m], rising from 0.

    Raises
    ------
    DataError
        Stages that do not rise from 0.
    """

    def __init__(self, reaches: int, stages: ArrayLike) -> None:
        self.stages = np.asarray(stages, np.float64)
        if (
            self.stages.ndim != 1
            or self.stages.size < 2
            or self.stages[0] != 0.0
            or (np.diff(self.stages) <= 0).any()
        ):
            raise DataError("stages do not rise from 0", where="stages", expected="0 < ... < highest [m]")
        self._surface, self._bed, self._volume = (np.zeros((reaches, self.stages.size)) for _ in range(3))

    def add(
        self, height: ArrayLike, reach: ArrayLike, *, cell_area: ArrayLike, ground_slope: ArrayLike = 0.0
    ) -> None:
        """Add cells.

        Parameters
        ----------
        height : float array
            Height above nearest drainage [m]; NaN where unknown.
        reach : int array of the same shape
            Number of the reach that a cell drains to, from 0; negative for none.
        cell_area, ground_slope : float, or array of that shape or of one that spreads to it
            [m2], [m m-1].

        Raises
        ------
        DataError
            Shapes that do not fit, or a reach beyond the last one.
        """
        heights, numbers = np.asarray(height, np.float64), np.asarray(reach)
        if heights.shape != numbers.shape or numbers.dtype.kind not in "iu":
            raise DataError(
                "height and reach do not fit", where="reach", expected=f"integers {heights.shape}",
                found=f"{numbers.dtype} {numbers.shape}",
            )  # fmt: skip
        if int(numbers.max(initial=-1)) >= len(self._surface):
            raise DataError(
                "reaches without length, slope or roughness", where="reach",
                expected=f"numbers below {len(self._surface)}", found=str(int(numbers.max(initial=-1))),
            )  # fmt: skip
        area = np.broadcast_to(np.asarray(cell_area, np.float64), heights.shape)
        bed = area * np.sqrt(1.0 + np.broadcast_to(np.asarray(ground_slope, np.float64), heights.shape) ** 2)
        kernel.wet_sums(
            heights.ravel(), numbers.astype(np.int64).ravel(), bed.ravel(), area.ravel(), self.stages,
            self._surface, self._bed, self._volume,
        )  # fmt: skip

    def curves(self, *, length: ArrayLike, slope: ArrayLike, manning: ArrayLike) -> RatingCurves:
        """The curves of all reaches from the cells so far.

        Parameters
        ----------
        length, slope, manning : float (reach,)
            As in ``rating_curves``.

        Raises
        ------
        DataError
            Lengths, slopes or roughness that are not positive, or not one for each reach.
        """
        long, fall, rough = (
            _positive(v, name) for v, name in ((length, "length"), (slope, "slope"), (manning, "manning"))
        )
        if not len(long) == len(fall) == len(rough) == len(self._surface):
            raise DataError(
                "reaches without length, slope or roughness", where="reach",
                expected=f"{len(self._surface)} of each", found=f"{len(long)}, {len(fall)}, {len(rough)}",
            )  # fmt: skip
        surface, wetted, volume = self._surface.copy(), self._bed.copy(), self._volume.copy()
        kernel.run_up(self.stages, surface, wetted, volume)
        section = volume / long[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            radius = np.where(wetted > 0.0, volume / wetted, 0.0)
        flow = section * radius ** (2.0 / 3.0) * np.sqrt(fall)[:, None] / rough[:, None]
        flow[surface[:, -1] == 0.0] = np.nan
        # a wide ledge that just gets wet lowers the mean depth: the curve waits there, it does not turn back
        return RatingCurves(self.stages, np.maximum.accumulate(flow, axis=1))


def rating_curves(
    height: ArrayLike,
    reach: ArrayLike,
    *,
    length: ArrayLike,
    slope: ArrayLike,
    manning: ArrayLike,
    cell_area: ArrayLike,
    stages: ArrayLike,
    ground_slope: ArrayLike = 0.0,
) -> RatingCurves:
    """Synthetic rating curves: reach-averaged section of the flooded land, Manning's formula.

    At stage s a reach of length L has the flooded volume V and wetted bed B, so the section A = V / L, the perimeter P = B / L,
    R = A / P and Q = A R^(2/3) sqrt(S) / n.

    Parameters
    ----------
    height : float (y, x)
        Height above nearest drainage [m]; NaN where unknown.
    reach : int (y, x)
        Number of the reach that a cell drains to, from 0; negative for none.
    length, slope, manning : float (reach,)
        Length [m] and slope [m m-1] of the channel, and its Manning's n [s m-1/3].
    cell_area : float, (y,) or (y, x)
        Area of a cell [m2].
    stages : float (stage,)
        Heights of water [m], rising from 0.
    ground_slope : float or float (y, x)
        Slope of the ground [m m-1]: the bed of a cell is larger than its map area by sqrt(1 + slope^2).

    Raises
    ------
    DataError
        Shapes that do not fit; lengths, slopes or roughness that are not positive; stages that do not rise from 0.

    References
    ----------
    Zheng, Tarboton, Maidment, Liu and Passalacqua (2018), JAWRA 54, 785-806, doi 10.1111/1752-1688.12661.

    Examples
    --------
    A channel 10 m wide and 100 m long between steep banks, 1 m deep, one in a hundred:

    >>> curves = rating_curves([[50.0, 0.0, 50.0]] * 10, [[0, 0, 0]] * 10, length=[100.0], slope=[0.01], manning=[0.03],
    ...                        cell_area=100.0, stages=[0.0, 0.5, 1.0])
    >>> curves.discharge.round(2).tolist(), curves.stage([33.33]).round(2).tolist()
    ([[0.0, 10.5, 33.33]], [1.0])
    """
    heights, numbers = np.asarray(height), np.asarray(reach)
    if heights.ndim != 2:
        raise DataError("not a plane of heights", where="height", expected="(y, x)", found=str(heights.shape))
    sums = WetSums(len(np.atleast_1d(np.asarray(length))), stages)
    area = np.asarray(cell_area, np.float64)
    sums.add(heights, numbers, cell_area=area[:, None] if area.ndim == 1 else area, ground_slope=ground_slope)
    return sums.curves(length=length, slope=slope, manning=manning)


def quick_depth(height: ArrayLike, reach: ArrayLike, stage: ArrayLike) -> NDArray[np.float32]:
    """Depth of water where the stages of the reaches stand.

    Parameters
    ----------
    height : float (y, x)
        Height above nearest drainage [m].
    reach : int (y, x)
        Number of the reach that a cell drains to; negative for none.
    stage : float (reach,)
        Height of the water above the drainage [m].

    Returns
    -------
    float32 (y, x)
        Depth [m], 0 where dry; NaN where height, reach or stage is unknown.

    Examples
    --------
    >>> quick_depth([[0.0, 0.4, 3.0]], [[0, 0, -1]], [1.0]).tolist()
    [[1.0, 0.6000000238418579, nan]]
    """
    heights, numbers = np.asarray(height, np.float64), np.asarray(reach)
    require_within(stage, "stage [m]", where="quick_depth")
    stages = np.append(np.asarray(stage, np.float64), np.nan)  # the last one for cells of no reach
    known = (numbers >= 0) & (numbers < len(stages) - 1)
    at = stages[np.where(known, numbers, len(stages) - 1)]
    return np.asarray(np.where(np.isnan(at), np.nan, np.maximum(at - heights, 0.0)), np.float32)


def _positive(values: ArrayLike, name: str) -> NDArray[np.float64]:
    found = np.atleast_1d(np.asarray(values, np.float64))
    if not (np.isfinite(found).all() and (found > 0.0).all()):
        raise DataError(
            "must be positive", where=name, expected="more than 0 for each reach", found=f"{np.nanmin(found):g}",
            remedy="a reach that does not fall: take the mean slope of a longer one, or leave it out",
        )  # fmt: skip
    return found
