"""The flood engine: terrain, inundation, soil water, surge and a whole province, with peers in the same run.

``python -m benchmarks.flood --quick`` takes small grids and leaves the province out. Peers are run where
``RISKMAP_FLOOD_PEERS_PYTHON`` names a Python that has them; see ``docs/concepts/flood_speed.md``.
"""

from __future__ import annotations

import sys

from benchmarks.harness import Record, publish
from benchmarks.water import inundation, province, soil, surge, terrain

CLAIMS = (
    "fill_mcells",
    "d8_mcells",
    "d8_flats_mcells",
    "accumulate_mcells",
    "hand_mcells",
    "chain_mcells",
    "chain_vs_best_peer",
    "dask_over_untiled",
    "inundation_mcups_2threads",
    "inundation_vs_landlab",
    "inundation_volume_error",
    "inundation_10pct_mcups",
    "soil_index_mcells",
    "surge_72h_seconds",
    "province_chain_seconds",
    "province_chain_memory_gb",
)


def measure(*, quick: bool = False) -> list[Record]:
    """Every claim of the section."""
    return [
        *terrain.measure(quick=quick),
        *inundation.measure(quick=quick),
        *soil.measure(quick=quick),
        *surge.measure(quick=quick),
        *province.measure(quick=quick),
    ]


if __name__ == "__main__":
    publish("flood", measure(quick="--quick" in sys.argv[1:]), CLAIMS)
