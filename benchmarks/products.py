"""What the products cost and whether they are right: tiers, the map with its tiles and slider, letters, messages.

``python -m benchmarks.products --quick`` takes coarse grids. CLIMADA is run where ``RISKMAP_CLIMADA_PYTHON`` names a
Python that has it; see ``docs/concepts/product_speed.md``.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from benchmarks.climada.side import PeerMissingError
from benchmarks.harness import Record, not_built, publish, seconds
from benchmarks.map_tiles import page
from benchmarks.map_tiles.warn import warn_map
from benchmarks.tiers import speed
from riskmap import bundled, read_scenario
from riskmap.analysis import Inputs, analyse
from riskmap.io.inputs import read_inputs
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.cap import cap_alert
from riskmap.products.cap_envelope import cap_identifier, validate_cap
from riskmap.products.docx import letter_docx
from riskmap.products.letter import draft_letter, letter_pdf
from riskmap.products.raster import tier_image
from riskmap.products.typeset import PDF_STANDARD

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
    """Every claim of the section, on the bundled scenario; ``quick`` takes coarse grids."""
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    inputs = read_inputs(replace(scenario, run=replace(scenario.run, hindcast=False)), Ledger())[0]
    outlook, _ = analyse(inputs, encode=tier_image)
    return [
        *speed.measure(quick=quick),
        *_pages(outlook, quick=quick),
        *_slider(outlook),
        *_letters(inputs),
        _cap(outlook),
    ]


def _slider(outlook: Outlook) -> list[Record]:
    try:
        from benchmarks.map_page import slider
    except ImportError:
        units = {
            "map_vector_mb": "MB",
            "slider_90_ms": "ms",
            "slider_1400_ms": "ms",
            "map_vs_folium_slider_mb": "1",
        }
        return [not_built(claim, unit) for claim, unit in units.items()]
    return slider.measure(outlook)


def _pages(outlook: Outlook, *, quick: bool) -> list[Record]:
    """The page with its tiles, and beside the time one warning map of CLIMADA of the same counties."""
    build, *sizes = page.measure(outlook, quick=quick)
    try:
        peer, seconds_of_peer = warn_map(outlook.assessment.regions)
    except PeerMissingError as problem:
        return [replace(build, note=f"{build.note}; {problem}"), *sizes]
    note = f"{build.note}; {peer} draws one hour of one hazard without a raster"
    return [replace(build, peer=peer, peer_value=seconds_of_peer, note=note), *sizes]


def _all_due(inputs: Inputs) -> Inputs:
    """The same storm with bounds of wind so low that every county is due a letter; the work is that of any letter."""
    rule = inputs.rules["wind"]
    metrics = tuple(replace(metric, thresholds=(0.1, 0.2, 0.3, 32.7)) for metric in rule.metrics)
    return replace(inputs, rules={**inputs.rules, "wind": replace(rule, metrics=metrics)})


def _letters(inputs: Inputs) -> list[Record]:
    """Drafting and typesetting for all 90 counties; fonts and template are read before, as in any run."""
    outlook, _ = analyse(_all_due(inputs), encode=tier_image)
    codes = [region.code for region in inputs.regions]
    letter_pdf(draft_letter(outlook, codes[0]))
    pdf = seconds(lambda: [letter_pdf(draft_letter(outlook, code)) for code in codes])
    docx = seconds(lambda: [letter_docx(draft_letter(outlook, code)) for code in codes])
    note = f"{len(codes)} counties, one thread, drafting included, with each county's map"
    return [
        Record("letters_pdf_90_seconds", pdf, "s", note=f"{note}; PDF standard {PDF_STANDARD}"),
        Record("letters_docx_90_seconds", docx, "s", note=note),
    ]


def _cap(outlook: Outlook) -> Record:
    """One message of the worst county; that it is valid is checked once, outside the time."""
    combined = outlook.assessment.combined.max(axis=0)
    code = outlook.assessment.regions[int(combined.argmax())].code

    def message() -> bytes:
        identifier = cap_identifier(code, outlook.issued_at)
        return cap_alert(
            outlook, code, identifier=identifier, sent=outlook.issued_at, sender="bench@example.invalid"
        )

    validate_cap(message())
    milliseconds = 1000 * seconds(message, repeat=50)
    return Record(
        "cap_ms", milliseconds, "ms", note="median of 50, county 1 of the worst tier; valid by the schema"
    )


if __name__ == "__main__":
    publish("products", measure(quick="--quick" in sys.argv[1:]), CLAIMS)
