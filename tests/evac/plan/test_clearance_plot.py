"""The picture of people out over time."""

from __future__ import annotations

import pytest

from evac.plan.clearance import clear
from evac.plan.clearance_plot import plot_out
from tests.evac.plan.test_clearance import node_at, people_at, two_roads


def test_the_line_ends_with_everybody_at_the_finish():
    pytest.importorskip("matplotlib")
    network = two_roads()
    done = clear(network, people_at((node_at(network, 0, 0), 100)), [node_at(network, 600, 0)], step=60)
    axes = plot_out(done)
    line, bound, _ = axes.get_lines()
    assert line.get_xdata()[-1] == pytest.approx(done.finish / 3600)
    assert line.get_ydata()[-1] == 100
    assert bound.get_xdata()[0] == pytest.approx(done.lower.seconds / 3600)
    assert "modelled" in axes.get_title()
    assert "invented" in axes.get_title()
