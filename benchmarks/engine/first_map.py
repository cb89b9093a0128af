"""The first map of a process that has just started, kernels in the cache."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Record, python, seconds

CLAIM = "first_map_seconds"
REPEAT = 3


def measure() -> list[Record]:
    """Whole processes, from start to exit; each once before, so that the kernels are in the cache."""
    with TemporaryDirectory() as folder:
        times = {}
        for kind in ("png", "html"):
            path = Path(folder) / f"map.{kind}"
            arguments = ("-m", "benchmarks.engine.first_map", kind, str(path))
            python(*arguments)
            times[kind] = seconds(lambda a=arguments: python(*a), repeat=REPEAT)  # type: ignore[misc]
        size = path.stat().st_size
    note = (
        "a process from start to exit: track and relief read, wind of 49 hours on 0.02 degree, tier of the peak over sea "
        f"and land, written as a PNG; the offline HTML map of 90 counties by wind, {size / 1e6:.1f} MB, with a slider "
        f"of 49 hours: {times['html']:.2f} s; medians of {REPEAT}"
    )
    return [Record(CLAIM, times["png"], "s", note=note)]


def draw_png(path: Path) -> None:
    """Tier of the peak wind of In-Fa over two days."""
    from benchmarks.engine.case import PERIOD, in_fa
    from riskmap import read_rules, wind_field
    from riskmap.hazard.surface import surface_of
    from riskmap.products.raster import tier_image
    from riskmap.severity import grade

    storm = in_fa()
    ground = surface_of(storm.grid, land=storm.land, altitude=storm.altitude, period=PERIOD)
    field = wind_field(storm.track, storm.grid, storm.hours, surface=ground)
    names = {"wind_speed": "peak_wind_speed", "wind_speed_of_gust": "peak_wind_speed_of_gust"}
    fields = {name: field[peak].values for name, peak in names.items()}
    tiers = grade(fields, read_rules()["wind"]).tiers().reshape(storm.grid.shape)
    path.write_bytes(tier_image(tiers, storm.grid).png)


def draw_html(path: Path) -> None:
    """The demo's map for wind alone: counties, reasons, slider and base map."""
    from riskmap import bundled, read_scenario
    from riskmap.analysis import analyse
    from riskmap.io.basemap import read_basemap
    from riskmap.io.inputs import read_inputs
    from riskmap.ledger import Ledger
    from riskmap.products.map import build_map
    from riskmap.products.raster import tier_image

    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    inputs = read_inputs(replace(scenario, run=replace(scenario.run, hindcast=False)), Ledger())[0]
    others = dict.fromkeys(("rain", "flash_flood", "storm_surge", "storm_tide"), "not asked for")
    wind = replace(inputs, shelf=None, inshore=None, coast=None, lacking={**inputs.lacking, **others})
    outlook, _ = analyse(wind, encode=tier_image)
    path.write_text(build_map(outlook, read_basemap(inputs.grid.bounds)), encoding="utf-8")


if __name__ == "__main__":
    {"png": draw_png, "html": draw_html}[sys.argv[1]](Path(sys.argv[2]))
