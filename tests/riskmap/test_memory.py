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


def _system(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A system with 8 GB free and the files of its control groups."""
    for name, text in {
        "proc/meminfo": "MemAvailable: 8000000 kB\n",
        "proc/self/cgroup": groups,
        **files,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return root


V2 = {"memory.max": "max", "memory.current": "700000000", "memory.stat": "anon 5\ninactive_file 200000000\n"}
V1 = {
    "memory.limit_in_bytes": "2000000000",
    "memory.usage_in_bytes": "700000000",
    "memory.stat": "total_inactive_file 0\n",
}


def _below(folder: str, files: dict[str, str], **other: str) -> dict[str, str]:
    return {f"sys/fs/cgroup/{folder}/{name}": text for name, text in (files | other).items()}


def test_the_limit_of_a_service_or_container_counts_too(tmp_path: Path) -> None:
    free = 8_000_000 * 1024
    assert memory_available(_system(tmp_path / "none", "", {})) == free
    assert memory_available(_system(tmp_path / "max", "0::/a/b\n", _below("a/b", V2))) == free
    limits = _below("a/b", V2, **{"memory.max": "3000000000"})
    assert memory_available(_system(tmp_path / "v2", "0::/a/b\n", limits)) == 2_500_000_000
    around = _below("a/b", V2) | _below("a", V2, **{"memory.max": "1000000000"})
    assert memory_available(_system(tmp_path / "around", "0::/a/b\n", around)) == 500_000_000
    inside = _below("", V2, **{"memory.max": "900000000"})  # a container sees its own group as the top
    assert memory_available(_system(tmp_path / "container", "0::/elsewhere/x\n", inside)) == 400_000_000
    old = _system(tmp_path / "v1", "3:cpuset:/\n4:memory:/a\n0::/\n", _below("memory/a", V1))
    assert memory_available(old) == 1_300_000_000
    full = _below("a/b", V2, **{"memory.max": "100000000"})
    assert memory_available(_system(tmp_path / "full", "0::/a/b\n", full)) == 0
