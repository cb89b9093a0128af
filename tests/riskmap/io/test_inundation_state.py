"""A checkpoint comes back with the same bits, or is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from riskmap.errors import DataError, SourceError
from riskmap.hazard.inundation import Flow, Watch, make_ground, run
from riskmap.io.inundation_state import read_state, write_state


def flood() -> Flow:
    z = np.add.outer(np.linspace(2.0, 0.0, 12), np.sin(np.arange(15)))
    return Flow(make_ground(z, dx=10.0, dy=10.0, manning=0.04))


def test_a_run_goes_on_from_its_file_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    whole = run(flood(), 1200.0, rain=1e-5)
    path = tmp_path / "flood.npz"
    saved: list[Path] = []

    def keep(state: dict[str, object]) -> None:
        if not saved:  # the first one only
            saved.append(write_state(path, state))

    run(flood(), 1200.0, rain=1e-5, checkpoint=keep, checkpoint_every=300.0)
    state = read_state(path)
    assert 300.0 <= state["time"] < 1200.0
    flow = flood()
    flow.resume(state)
    watch = Watch(flow)
    watch.resume(state)
    resumed = run(flow, 1200.0, rain=1e-5, watch=watch)
    assert np.array_equal(whole.depth, resumed.depth)
    assert np.array_equal(whole.fields["maximum_depth"], resumed.fields["maximum_depth"])
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_are_no_checkpoint_are_refused(tmp_path: Path) -> None:
    path = write_state(tmp_path / "a.npz", flood().state())
    (tmp_path / "cut.npz").write_bytes(path.read_bytes()[:-500])
    np.savez(tmp_path / "other.npz", depth=np.zeros(3))
    (tmp_path / "text.npz").write_text("depth")
    for name in ("cut.npz", "text.npz", "missing.npz"):
        with pytest.raises(SourceError, match=name):
            read_state(tmp_path / name)
    with pytest.raises(DataError, match="not a checkpoint"):
        read_state(tmp_path / "other.npz")
    with pytest.raises(SourceError, match="could not be written"):
        write_state(tmp_path / "none" / "a.npz", flood().state())
