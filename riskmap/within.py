"""What plain numbers must be before a formula takes them: a mark such as -9999 must never come out as a calm day."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskmap.errors import DataError


def require_within(
    values: Any, name: str, *, where: str, least: float = 0.0, most: float = np.inf, above: bool = False,
    remedy: str = "set NaN where the value marks missing data",
) -> None:  # fmt: skip
    """Refuse numbers outside a range and infinite ones; NaN, which stays NaN in every formula, passes.

    Parameters
    ----------
    values : float or array
    name, where, remedy : str
        For the message.
    least, most : float
        Bounds, allowed themselves.
    above : bool
        ``least`` itself is not allowed.

    Raises
    ------
    DataError
        Says how many, and the first.

    Examples
    --------
    >>> require_within([1.0, float("nan")], "rain [mm]", where="here")
    >>> require_within([1.0, -9999.0], "rain [mm]", where="here")
    Traceback (most recent call last):
    ...
    riskmap.errors.DataError: here: rain [mm] that cannot be; expected 0 or more; found 1 of 2, the first -9999. To mend it: set NaN where the value marks missing data.
    """
    given = np.asarray(values, np.float64)
    wrong = (given < least) | (given > most) | np.isinf(given)
    if above:
        wrong |= given == least
    if not wrong.any():
        return
    bounds = f"above {least:g}" if above else f"{least:g} or more" if np.isinf(most) else f"{least:g}"
    if np.isfinite(most):
        bounds += f" to {most:g}" if not above else f", up to {most:g}"
    raise DataError(
        f"{name} that cannot be", where=where, expected=bounds,
        found=f"{int(wrong.sum())} of {given.size}, the first {float(given[wrong].ravel()[0]):g}", remedy=remedy,
    )  # fmt: skip


def require_shape(values: Any, shape: tuple[int, ...], name: str, *, where: str) -> None:
    """Refuse an array of another shape: loops over it do not look.

    Raises
    ------
    DataError
    """
    if np.shape(values) != shape:
        raise DataError(
            f"{name} of another shape", where=where, expected=str(shape), found=str(np.shape(values)),
            remedy="give one value for each",
        )  # fmt: skip
