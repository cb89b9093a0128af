"""Free memory: what the system says, and what stands for it where it says nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from riskmap.memory import memory_available


def test_caches_count_as_free() -> None:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 10**6 < memory_available() <= total


@pytest.mark.parametrize("text", ["", "MemAvailable: much\n", None])
def test_a_system_that_does_not_say_has_what_is_built_in(
    text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(self: Path, encoding: str) -> str:
        if text is None:
            raise FileNotFoundError(str(self))
        return text

    monkeypatch.setattr(Path, "read_text", read)
    assert memory_available() == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
