"""What `riskmap check` sees of an elevation model: its cells, and whether there is room for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskmap.analysis.fine_ground import fine_memory
from riskmap.io.around import Around
from riskmap.io.grid_looks import GRID_LOOKS
from riskmap.io.scenario_file import read_scenario
from tests.valley import DEM, write_valley


def test_the_memory_of_a_model_is_told_and_held_against_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = Around(read_scenario(write_valley(tmp_path, terrain=f'dem = "{DEM}"')))
    seen = GRID_LOOKS["terrain.dem"](around)
    assert seen.covers.endswith(f"cells of 90 m, {fine_memory((200, 260)) / 1e9:.2f} GB")
    assert not any("memory" in line for line in seen.said)
    monkeypatch.setattr("riskmap.memory.memory_available", lambda: 10**6)
    assert "0.01 GB of memory, 0.00 are free now" in GRID_LOOKS["terrain.dem"](around).said
