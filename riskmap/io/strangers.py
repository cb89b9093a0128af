"""Rows of a register whose region the region file does not have: they raise nobody, so they are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from riskmap.ledger import Ledger, Problem
from riskmap.region import Region

MOST: int = 5
"""So many codes are written out."""


def name_strangers(
    codes: Iterable[str], regions: Sequence[Region], path: Path, ledger: Ledger, *, inside: bool = True
) -> None:
    """Record codes that begin with no region's code.

    Those of a city that the regions have are mistakes and a problem of the run; those of other cities are a table that
    reaches beyond the regions looked at, which is noted beside the file.

    Parameters
    ----------
    codes : iterable of str
        Administrative codes, one a row.
    regions : sequence of Region
        None given: nothing is known to compare with.
    inside : bool
        Whether to record mistakes inside the cities too; False where the reader has named them row by row.
    """
    if not regions:
        return
    known, cities = tuple(region.code for region in regions), {region.code[:4] for region in regions}
    strange = [code for code in codes if not code.startswith(known)]
    wrong = sorted({code for code in strange if code[:4] in cities})
    beyond = [code for code in strange if code[:4] not in cities]
    if wrong and inside:
        ledger.problems.append(
            Problem(path.name, f"no such region: {_some(wrong)}; these rows raise nobody: correct the codes")
        )
    if beyond:
        what = f"{path.name}: {len(beyond)} rows, {_some(sorted(set(beyond)))}"
        ledger.note("beyond the regions looked at", what)


def _some(codes: Sequence[str]) -> str:
    return ", ".join(code or "none" for code in codes[:MOST]) + (" ..." if len(codes) > MOST else "")
