"""What the products cost and whether they are right: tiers, the map with its tiles and slider, letters, messages.

``python -m benchmarks.products --quick`` takes coarse grids. CLIMADA is run where ``RISKMAP_CLIMADA_PYTHON`` names a
Python that has it; see ``docs/concepts/product_speed.md``.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from benchmarks.harness import Record, publish
from benchmarks.letters import speed as letters
from benchmarks.map_page import slider
from benchmarks.map_tiles import page
from benchmarks.tiers import speed as tiers
from riskmap import bundled, read_scenario
from riskmap.analysis import analyse
from riskmap.io.inputs import read_inputs
from riskmap.ledger import Ledger
from riskmap.products.raster import tier_image

CLAIMS = (
    "tiers_seconds",
    "zonal_share_error",
    "map_build_seconds",
    "map_smooth_mb",
    "map_rough_mb",
    "map_vector_mb",
    "slider_90_ms",
    "slider_1400_ms",
    "letters_pdf_90_seconds",
    "letters_docx_90_seconds",
    "cap_ms",
    "map_vs_folium_slider_mb",
)


def measure(*, quick: bool = False) -> list[Record]:
    """Every claim of the section, the map on the bundled scenario's forecast; ``quick`` takes coarse grids."""
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    inputs = read_inputs(replace(scenario, run=replace(scenario.run, hindcast=False)), Ledger())[0]
    outlook, _ = analyse(inputs, encode=tier_image)
    return [
        *tiers.measure(quick=quick),
        *page.measure(outlook, quick=quick),
        *slider.measure(outlook),
        *letters.measure(quick=quick),
    ]


if __name__ == "__main__":
    publish("products", measure(quick="--quick" in sys.argv[1:]), CLAIMS)
