"""A step of the map's slider in Chromium, the page's size without rasters, and folium's slider on the same counties."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.harness import Record, not_built
from benchmarks.tiers.townships import made_townships
from riskmap.assessment import Assessment
from riskmap.io.basemap import read_basemap
from riskmap.outlook import Outlook, beijing
from riskmap.products.map import build_map
from riskmap.scale import NO_DATA_COLOUR, Tier

CLAIMS = ("slider_90_ms", "slider_1400_ms", "map_vector_mb", "map_vs_folium_slider_mb")
FOLIUM_HOURS = 24
ROUNDS, STEPS_A_ROUND = 4, 20

STEPS = """async (steps) => {
  const slider = document.getElementById('hour');
  const last = +slider.max;
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel(); // its message comes after the frame that is about to be drawn
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const found = [];
  for (let n = 0; n < steps; n++) {
    await painted();
    const start = performance.now();
    slider.value = (n * 5) % (last + 1);
    slider.dispatchEvent(new Event('input'));
    document.body.offsetHeight;
    const script = performance.now() - start;
    await painted();
    found.push([script, performance.now() - start]);
  }
  return found;
}"""
"""Milliseconds of script and layout, and up to the frame that shows them; five hours on, so that many colours change."""


def measure(outlook: Outlook) -> list[Record]:
    """Every claim of the page, on the counties of an outlook and on townships made from them."""
    basemap = read_basemap()
    vector = replace(outlook, rasters={}, levels={})
    page = build_map(vector, basemap)
    small = replace(vector, levels={"township": townships(outlook.assessment)})
    pages = {
        "slider_90_ms": (page, len(outlook.assessment.regions)),
        "slider_1400_ms": (
            build_map(small, basemap, opens="township"),
            len(small.levels["township"].regions),
        ),
    }
    hours = len(outlook.assessment.valid_at)
    size = Record(
        "map_vector_mb", len(page.encode()) / 1e6, "MB",
        note=f"{len(outlook.assessment.regions)} counties, {hours} hours, base map, Leaflet and scripts inlined; no raster",
    )  # fmt: skip
    return [*_steps(pages, hours), size, _folium(vector)]


def townships(counties: Assessment, *, seed: int = 5) -> Assessment:
    """Tiers of made townships: their county's, every third one higher or lower; numbers are the county's."""
    regions = made_townships(counties.regions)
    codes = [region.code for region in counties.regions]
    parent = [codes.index(region.code[:6]) for region in regions]
    table = counties.table.isel(region=parent).assign_coords(region=[region.code for region in regions])
    rng = np.random.default_rng(seed)
    shift = rng.choice([-1, 0, 0, 1], (len(table["hazard"]), 1, len(regions)))
    tier = table["tier"].values
    moved = np.where(tier >= 0, np.clip(tier + shift, 0, 4), tier).astype(np.int8)
    table["tier"] = xr.DataArray(moved, dims=table["tier"].dims)
    return Assessment(counties.issued_at, regions, table, counties.rules, counties.lacking, counties.assets)


def _steps(pages: dict[str, tuple[str, int]], hours: int) -> list[Record]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        return [not_built(claim, "ms", "no Chromium or no playwright here") for claim in pages]
    found = []
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for claim, (page, regions) in pages.items():
            file = Path(folder) / f"{claim}.html"
            file.write_text(page, encoding="utf-8")
            window = browser.new_page(viewport={"width": 1280, "height": 800})
            window.goto(file.as_uri())
            window.wait_for_selector(".leaflet-region-pane path")
            window.evaluate(STEPS, 10)
            rounds = [window.evaluate(STEPS, STEPS_A_ROUND) for _ in range(ROUNDS)]
            times = min(
                rounds, key=lambda times: median(t[1] for t in times)
            )  # others may use the machine too
            note = (
                f"{regions} units, {hours} hours, page of {len(page.encode()) / 1e6:.2f} MB; input to painted frame, median of "
                f"{len(times)}, best of {ROUNDS} rounds; script and layout alone {median(t[0] for t in times):.1f} ms; "
                f"Chromium {browser.version} without GPU"
            )
            found.append(Record(claim, median(t[1] for t in times), "ms", note=note))
            window.close()
        browser.close()
    return found


def _folium(outlook: Outlook) -> Record:
    """folium's sliders with the same counties, hours and colours, and ours; the pages as they are written."""
    from folium import Map
    from folium.plugins import TimeSliderChoropleth, TimestampedGeoJson
    from shapely import coverage_simplify
    from shapely.geometry import mapping

    from riskmap.products.map_level import TOLERANCE

    assessment = outlook.assessment
    hours = assessment.valid_at[:FOLIUM_HOURS]
    table = assessment.table.isel(time=slice(0, len(hours)))
    short = replace(assessment, table=table, earlier=None, standing=None, raised=None)
    ours = build_map(replace(outlook, assessment=short, probability=None, surge=None), read_basemap())
    shapes = [region.geometry for region in assessment.regions]

    def theirs(outlines: Any) -> int:
        features = [
            {
                "type": "Feature",
                "geometry": mapping(outline),
                "properties": {
                    "time": beijing(hour),
                    "popup": region.name,
                    "style": {
                        "fillColor": _colour(int(tier)),
                        "fillOpacity": 1,
                        "color": "#fff",
                        "weight": 1,
                    },
                },
            }
            for hour, tiers in zip(hours, short.combined, strict=True)
            for region, outline, tier in zip(assessment.regions, outlines, tiers, strict=True)
        ]
        page = Map(location=[29, 120.5], zoom_start=7)
        TimestampedGeoJson({"type": "FeatureCollection", "features": features}, period="PT1H").add_to(page)
        return len(page.get_root().render().encode())

    def choropleth() -> int:
        """folium's other slider, which has geometry once and a style an hour, and tells nothing on a click."""
        features = [
            {
                "type": "Feature",
                "id": region.code,
                "geometry": mapping(outline),
                "properties": {"name": region.name},
            }
            for region, outline in zip(assessment.regions, shapes, strict=True)
        ]
        styles = {
            region.code: {
                str(int(hour.timestamp())): {"color": _colour(int(tier)), "opacity": 1}
                for hour, tier in zip(hours, tiers, strict=True)
            }
            for region, tiers in zip(assessment.regions, short.combined.T, strict=True)
        }
        page = Map(location=[29, 120.5], zoom_start=7)
        TimeSliderChoropleth(json.dumps({"type": "FeatureCollection", "features": features}), styles).add_to(
            page
        )
        return len(page.get_root().render().encode())

    size, whole = len(ours.encode()), theirs(shapes)
    simple = theirs(coverage_simplify(shapes, TOLERANCE))
    note = (
        f"{len(shapes)} counties x {len(hours)} h; ours {size / 1e6:.2f} MB with Leaflet, reasons and base map inside; folium {whole / 1e6:.1f} MB "
        f"from the region file as it is, {simple / 1e6:.1f} MB from our simplified outlines, its libraries not counted; "
        f"folium TimeSliderChoropleth {choropleth() / 1e6:.2f} MB, without reasons, without libraries"
    )
    return Record(
        "map_vs_folium_slider_mb", whole / size, "1", peer="folium TimestampedGeoJson [MB]", peer_value=whole / 1e6,
        ratio=whole / size, note=note,
    )  # fmt: skip


def _colour(tier: int) -> str:
    return Tier(tier).colour if tier >= 0 else NO_DATA_COLOUR
