"""What the products cost and whether they are right: shares, letters, messages, the map's size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.harness import Record, not_built, seconds
from riskmap import bundled, read_scenario
from riskmap.analysis import Inputs, analyse
from riskmap.io.basemap import read_basemap
from riskmap.io.inputs import read_inputs
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.cap import cap_alert
from riskmap.products.cap_envelope import cap_identifier, validate_cap
from riskmap.products.docx import letter_docx
from riskmap.products.letter import draft_letter, letter_pdf
from riskmap.products.map import build_map
from riskmap.products.raster import tier_image
from riskmap.products.typeset import PDF_STANDARD
from riskmap.region import Region
from riskmap.zonal import zonal_weights

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


def measure() -> list[Record]:
    """Every claim of the section, on the bundled scenario."""
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    inputs = read_inputs(replace(scenario, run=replace(scenario.run, hindcast=False)), Ledger())[0]
    outlook, _ = analyse(inputs, encode=tier_image)
    return [
        not_built("tiers_seconds", "s", "not built yet: townships and nine hazards"),
        _zonal(inputs),
        not_built("map_build_seconds", "s", "not built yet: no 90 m pyramid"),
        not_built("map_smooth_mb", "MB", "not built yet: no 90 m pyramid"),
        not_built("map_rough_mb", "MB", "not built yet: no 90 m pyramid"),
        _vector_map(outlook, inputs),
        not_built("slider_90_ms", "ms", "not measured yet: needs a browser"),
        not_built("slider_1400_ms", "ms", "not built yet: townships"),
        *_letters(inputs),
        _cap(outlook),
        not_built("map_vs_folium_slider_mb", "MB", "not measured yet"),
    ]


def _zonal(inputs: Inputs) -> Record:
    """Share of each county where a field of single random cells holds: ours, and exactextract's weighted mean."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from shapely.geometry import mapping

    grid = inputs.grid
    mask = np.random.default_rng(7).random(grid.shape) < 0.2
    ours = zonal_weights(inputs.regions, grid).share(mask.ravel())
    west, south, east, north = grid.bounds
    bounds: dict[str, Any] = {"xmin": west, "ymin": south, "xmax": east, "ymax": north, "srs_wkt": None}
    values = NumPyRasterSource(mask.astype(float), **bounds)
    areas = NumPyRasterSource(np.broadcast_to(grid.cell_area[:, None], grid.shape).copy(), **bounds)
    features = [
        {"type": "Feature", "properties": {}, "geometry": mapping(region.geometry)}
        for region in inputs.regions
    ]
    found = exact_extract(values, features, ["weighted_mean"], weights=areas)
    theirs = np.array([feature["properties"]["weighted_mean"] for feature in found])
    whole = _inside(inputs.regions, inputs)
    note = f"{whole.sum()} counties that lie on the grid, cells drawn at random; ours is over the county's whole area"
    error = float(np.abs(ours - theirs)[whole].max())
    return Record("zonal_share_error", error, "1", peer="exactextract", note=note)


def _inside(regions: tuple[Region, ...], inputs: Inputs) -> np.ndarray[Any, np.dtype[np.bool_]]:
    from shapely.geometry import box

    frame = box(*inputs.grid.bounds)
    return np.array([frame.covers(region.geometry) for region in regions])


def _vector_map(outlook: Outlook, inputs: Inputs) -> Record:
    page = build_map(replace(outlook, rasters={}), read_basemap(inputs.grid.bounds))
    hours = len(outlook.assessment.valid_at)
    note = f"{len(inputs.regions)} counties, {hours} hours, base map, Leaflet and scripts inlined; no raster"
    return Record("map_vector_mb", len(page.encode()) / 1e6, "MB", note=note)


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
