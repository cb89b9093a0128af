"""The risk index as a layer of its own: what the map colours then is not a hazard tier, and it says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from riskmap.products.map_pack import pack
from riskmap.scale import Tier

PARTS = ("part_hazard", "part_exposure", "part_vulnerability")


def risk_data(risk: xr.Dataset | None, level: str = "county") -> dict[str, Any] | None:
    """Index, its parts and the people behind it, by region; None where no risk was computed.

    Parameters
    ----------
    risk : Dataset
        See ``riskmap.risk.risk_of``.
    """
    if risk is None or np.isnan(risk["index"].values).all():
        return None
    orange = [int(tier) for tier in risk["tier"].values].index(Tier.ORANGE)
    return {
        "level": level,
        "index": pack(risk["index"].values, scale=10),
        "parts": [pack(100.0 * risk[name].values) for name in PARTS],
        "people": [pack(risk[name].values[orange]) for name in ("people_at", "people_65_at", "people_80_at")],
    }
