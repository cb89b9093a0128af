"""What a person sees of long work where there is no terminal."""

from __future__ import annotations

import pytest

from riskmap.terminal import progress


def test_without_a_terminal_each_step_is_one_line_and_a_scheduler_sees_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for lines, told in ((True, ["inputs", "map [north]"]), (False, [])):
        with progress(lines=lines) as tell:
            for step, part in (("inputs", 0.0), ("inputs", 1.0), ("map [north]", 0.5)):
                tell(step, part)
        seen = capsys.readouterr()
        assert [line.partition(" s  ")[2] for line in seen.err.splitlines()] == told
        assert not seen.out
