"""A wheel without a page, a rule or a table of the data is refused by name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.contracts.wheel_contents import lacking

COMMITTED = ["riskmap/rules/wind.toml", "evac/web/page.html", "data/README.md", "docs/index.md", "tests/x.py"]


def test_what_a_wheel_lacks_is_named(tmp_path: Path) -> None:
    wheel = tmp_path / "riskmap-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("riskmap/rules/wind.toml", "")
        archive.writestr("evac/web/page.html", "")
    assert lacking(wheel, COMMITTED) == ["riskmap/data/README.md"]
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("riskmap/data/README.md", "")
    assert lacking(wheel, COMMITTED) == []
