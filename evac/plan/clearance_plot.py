"""People out over time with matplotlib, for notebooks and reports (extra ``plot``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evac.plan.clearance import Clearance, in_words
from riskmap.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_out(done: Clearance, ax: Axes | None = None) -> Axes:
    """Draw the people who are out against time, and the bound that no schedule beats.

    Parameters
    ----------
    done : Clearance
    ax : Axes, optional
        Where to draw; axes of a figure of their own where None.

    Returns
    -------
    Axes
        Hours and people; the title says that it is modelled.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from evac import Departures, clear, plot_out
    >>> from evac.plan.road_build import Way, build_network
    >>> road = Way(np.array([[120.0, 30.0], [120.005, 30.0]]), "primary", speed=40, capacity=600, oneway=1)
    >>> network = build_network([road], source="example")
    >>> people = Departures(("村",), *(np.array([v]) for v in (int(network.start[0]), 100, 0, -1)))
    >>> axes = plot_out(clear(network, people, [int(network.end[0])], step=60))
    >>> axes.get_title(), axes.get_xlabel(), int(axes.get_lines()[0].get_ydata()[-1])
    ('modelled clearance', 'hours', 100)
    """
    if ax is None:
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise MissingExtraError(
                "matplotlib is not installed",
                where="plot_out",
                expected="the extra `plot`",
                remedy="pip install 'riskmap[plot]'",
            ) from error
        ax = Figure(figsize=(8.0, 4.5), layout="constrained").subplots()
    at = np.unique(np.concatenate([[0], done.arrives]))
    ax.step(at / 3600.0, done.out_by(at), where="post", label=f"schedule, ends after {in_words(done.finish)}")
    ax.axvline(
        done.lower.seconds / 3600.0,
        color="#A00018",
        linestyle="--",
        label=f"no schedule before {in_words(done.lower.seconds)}",
    )
    ax.axhline(int(done.departures.people.sum()), color="#444444", linewidth=0.8, label="everybody")
    ax.set_xlabel("hours")
    ax.set_ylabel("people out")
    ax.set_title("modelled clearance" + (", invented roads" if done.network.synthetic else ""))
    ax.legend()
    return ax
