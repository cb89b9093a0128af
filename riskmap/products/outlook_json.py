"""What documents need of an outlook beside its assessment, as JSON: so that one can be drafted after the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from riskmap.io.published_outlook import OUTLOOK_FORMAT, OUTLOOK_VERSION
from riskmap.outlook import Outlook
from riskmap.products.letter import track_until


def outlook_json(
    outlook: Outlook, *, issuer: str | None, organ: str | None, document_files: Mapping[str, str]
) -> str:
    """Event, marks, landfall, largest surge by region, and in whose name documents are drafted.

    Parameters
    ----------
    outlook : Outlook
        What was found.
    issuer, organ : str, optional
        发文机关 and 机关代字 of the scenario.
    document_files : mapping
        Files of the bureau's own document types.

    Returns
    -------
    str
        JSON; ``riskmap.io.published_outlook.read_outlook`` reads it.
    """
    until = track_until(outlook)
    content: dict[str, Any] = {
        "format": OUTLOOK_FORMAT,
        "version": OUTLOOK_VERSION,
        "kind": outlook.kind,
        "event": asdict(outlook.event),
        "marks": outlook.marks,
        "rain_note": outlook.rain_note,
        "landfall_at": outlook.landfall_at.isoformat() if outlook.landfall_at else None,
        "track_until": until.isoformat() if until else None,
        "surge": _surge(outlook),
        "issuer": issuer,
        "organ": organ,
        "document_files": dict(document_files),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _surge(outlook: Outlook) -> dict[str, float | None] | None:
    """Largest surge [m] of each region with points on the coast; None where there was no model."""
    if outlook.surge is None:
        return None
    values = outlook.surge["storm_surge"].transpose("time", "point").values
    regions = outlook.surge["region"].values.astype(str)
    found: dict[str, float | None] = {}
    for region in sorted(set(regions.tolist())):
        own = values[:, regions == region]
        found[region] = None if np.isnan(own).all() else float(np.nanmax(own))
    return found
