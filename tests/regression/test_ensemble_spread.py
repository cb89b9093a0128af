"""The bundled ensemble spreads and errs as docs/concepts/ensembles.md says."""

from __future__ import annotations

import pytest

from benchmarks.ensembles.spread import STORMS, own_analysis, rows
from riskmap.io.members import meps_issue_times, read_meps
from tests.contracts.tree import ROOT

PAGE = ROOT / "docs" / "concepts" / "ensembles.md"


@pytest.mark.slow
@pytest.mark.parametrize(("storm", "line"), [("NEPARTAK", "| Nepartak (16) |"), ("MEARI", "| Meari (13) |")])
def test_the_page_has_what_is_measured(storm: str, line: str) -> None:
    found = {(storm, at): read_meps(storm, issued_at=at) for at in meps_issue_times(storm)}
    by_lead = {row.lead: row for row in rows(found, own_analysis(found))}
    (text,) = (row for row in PAGE.read_text(encoding="utf-8").splitlines() if row.startswith(line))
    cells = [cell.strip() for cell in text.strip("|").split("|")[1:]]
    assert cells == [f"{by_lead[h].error:.0f}, {by_lead[h].spread:.0f}" for h in (6, 12, 24, 36)]


def test_all_members_start_in_one_place() -> None:
    """So the spread at lead 0 is none: the file has no uncertainty of the analysis."""
    for storm in STORMS:
        first = read_meps(storm, issued_at=meps_issue_times(storm)[0])
        assert len({(float(m["latitude"][0]), float(m["longitude"][0])) for m in first.members}) == 1
