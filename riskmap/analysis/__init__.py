"""From checked inputs to a risk outlook: ``analyse`` streams hour by hour, so that memory grows with the grid only.

Names are loaded on first touch (PEP 562): who asks for the words of one part needs no kernel.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskmap.analysis.cells import Peaks as Peaks
    from riskmap.analysis.coast import first_landfall as first_landfall
    from riskmap.analysis.inputs import RAIN_LEAD_HOURS as RAIN_LEAD_HOURS
    from riskmap.analysis.inputs import Inputs as Inputs
    from riskmap.analysis.inputs import Tides as Tides
    from riskmap.analysis.outlook_of import analyse as analyse

_HOMES = {
    "Peaks": "cells",
    "first_landfall": "coast",
    "RAIN_LEAD_HOURS": "inputs",
    "Inputs": "inputs",
    "Tides": "inputs",
    "analyse": "outlook_of",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
