"""The log edited by other hands, by SQL and in the bytes of its file: every edit is found; ``benchmarks`` makes 10,000."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.check_ins import edits
from evac.log import Head


@pytest.mark.slow
def test_every_edit_of_the_log_is_found(tmp_path: Path) -> None:
    done = edits.drill(tmp_path, 250)
    assert done.made.total() == 250
    assert set(done.made) >= {how.__name__ for how in edits.BY_SQL} | {
        "bytes of the file",
        "chain drawn anew",
    }
    assert done.unseen.total() == 0


def test_without_a_witness_some_would_not_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drill can fail: a chain cut short or drawn anew is sound in itself."""
    seen = edits.seen
    monkeypatch.setattr(edits, "seen", lambda path, witness: seen(path, Head()))
    done = edits.drill(tmp_path, 150)
    assert {"cut_short", "chain drawn anew"} <= set(done.unseen)
