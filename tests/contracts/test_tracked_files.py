"""What may not stand in a public repository: package registry hosts, paths of somebody's machine, large files."""

from __future__ import annotations

import re

import pytest

from tests.contracts.tree import ROOT, tracked_files

HOSTS = re.compile(
    r"pyp[i]\.org|pythonhoste[d]|npmj[s]\.(?:org|com)|[d]eb\.debian|con[d]a\.anaconda|crate[s]\.io"
)
MACHINE_PATHS = re.compile(
    r"(?:^|[^\w./$})\"'`-])[\"'`]?/(?:tm[p]|wor[k]|roo[t]|hom[e]|farm|op[t]|Users|mnt)/[\w.-]", re.MULTILINE
)
LARGEST = 3_000_000


def texts() -> dict[str, str]:
    """Text of every tracked file that is text."""
    found = {}
    for path in tracked_files():
        raw = (ROOT / path).read_bytes()
        if b"\0" not in raw[:8192]:
            found[str(path)] = raw.decode("utf-8", errors="replace")
    return found


def test_no_package_registry_is_named() -> None:
    found = {path: hit.group() for path, text in texts().items() if (hit := HOSTS.search(text))}
    assert found == {}


def test_no_path_of_a_machine_stands_in_a_file() -> None:
    found = {path: hit.group() for path, text in texts().items() if (hit := MACHINE_PATHS.search(text))}
    assert found == {}


@pytest.mark.parametrize(
    ("line", "is_path"),
    [
        ("cp /tm" + "p/x y", True),
        ('open("/wor' + 'k/main")', True),
        ("/roo" + "t/.ssh", True),
        ("out/wor" + "k/x", False),
        ("https://example.org/tm" + "p/x", False),
    ],
)
def test_the_pattern_of_machine_paths(line: str, is_path: bool) -> None:
    assert bool(MACHINE_PATHS.search(line)) is is_path


def test_the_pattern_of_hosts() -> None:
    assert HOSTS.search("see pyp" + "i.org")
    assert not HOSTS.search("a register of variables")


def test_no_tracked_file_is_large() -> None:
    found = {str(p): (ROOT / p).stat().st_size for p in tracked_files()}
    assert {p: size for p, size in found.items() if size > LARGEST} == {}


def test_constraints_hold_versions_and_no_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pinned if not re.fullmatch(r"[a-z0-9-]+==[\w.!+]+", line)] == []
    assert len(pinned) > 100
