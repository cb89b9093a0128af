"""``python -m benchmarks.map_tiles.picture``: draws ``docs/images/phone.png`` and ``docs/images/village_sheet.png``.

The county is one of the demo's worst; the village is the invented example.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from benchmarks.harness import ROOT
from riskmap import bundled, read_scenario, read_village
from riskmap.analysis import analyse
from riskmap.io.inputs import read_inputs
from riskmap.ledger import Ledger
from riskmap.products.letter import draft_letters
from riskmap.products.phone import phone_content
from riskmap.products.phone import template as phone_template
from riskmap.products.raster import tier_image
from riskmap.products.typeset import compile_png
from riskmap.products.village_sheet import sheet_content
from riskmap.products.village_sheet import template as sheet_template

IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Write both."""
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    forecast = replace(scenario, run=replace(scenario.run, hindcast=False))
    outlook, _ = analyse(read_inputs(forecast, Ledger())[0], encode=tier_image)
    counties = [letter for letter in draft_letters(outlook) if letter.level == "county" and letter.tier]
    worst = max(counties, key=lambda letter: (letter.tier or 0, letter.code))
    at = worst.issued_at
    (phone,) = compile_png(phone_template(), phone_content(worst), created_at=at, ppi=80.0)
    village = read_village(bundled("villages/example_sheet.toml"))
    now = datetime(2026, 5, 1, tzinfo=UTC)
    (sheet,) = compile_png(sheet_template(), sheet_content(village), created_at=now, ppi=60.0)
    (IMAGES / "phone.png").write_bytes(phone)
    (IMAGES / "village_sheet.png").write_bytes(sheet)


if __name__ == "__main__":
    main()
