"""The outlook of a published run, as far as documents need it, read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.errors import DataError
from riskmap.io.published import read_assessment
from riskmap.io.toml_file import read_text
from riskmap.outlook import Event, Outlook
from riskmap.schema import as_it_is

OUTLOOK_FORMAT: Final = "riskmap-outlook"
OUTLOOK_VERSION: Final = 1
OUTLOOK_FILE: Final = "letters/outlook.json"


@dataclass(frozen=True, eq=False)
class PublishedOutlook:
    """An outlook, and in whose name its documents are drafted.

    Attributes
    ----------
    document_files : mapping
        The bureau's own document types, as the run had them.
    """

    outlook: Outlook
    issuer: str | None
    organ: str | None
    document_files: Mapping[str, str]


def read_outlook(folder: str | Path) -> PublishedOutlook:
    """Assessment, event, marks, landfall and largest surge of a published run: enough for any document.

    Parameters
    ----------
    folder : path
        What ``riskmap run --out`` wrote.

    Raises
    ------
    SourceError
        A file cannot be read.
    DataError
        A file is damaged or of another version.
    """
    assessment = read_assessment(folder)
    path = Path(folder) / OUTLOOK_FILE
    try:
        content = json.loads(read_text(path))
        if (content["format"], content["version"]) != (OUTLOOK_FORMAT, OUTLOOK_VERSION):
            raise TypeError(f"{content['format']!r}, version {content['version']!r}")
        outlook = Outlook(
            content["kind"],
            Event(**content["event"]),
            assessment,
            _track(content["track_until"]),
            marks=tuple((str(a), str(b)) for a, b in content["marks"]),
            surge=_surge(content["surge"]),
            landfall_at=_instant(content["landfall_at"]),
            rain_note=(str(content["rain_note"][0]), str(content["rain_note"][1])),
        )
        files = MappingProxyType({str(name): str(text) for name, text in content["document_files"].items()})
        return PublishedOutlook(outlook, content["issuer"], content["organ"], files)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise DataError(
            "is no outlook", where=str(path), expected=f"JSON of format {OUTLOOK_FORMAT!r}, version {OUTLOOK_VERSION}",
            found=f"{type(error).__name__}: {error}", remedy="publish the run again",
        ) from error  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _track(until: str | None) -> xr.Dataset:
    """A track of one fix: the last that is not a forecast."""
    at = _instant(until)
    if at is None:
        return xr.Dataset()
    times = np.array([int(at.timestamp())], dtype="datetime64[s]")
    return xr.Dataset(
        {"forecast": as_it_is("time", np.array([False]))}, coords={"time": as_it_is("time", times)}
    )


def _surge(largest: Mapping[str, Any] | None) -> xr.Dataset | None:
    """One point a region with its largest surge [m]."""
    if largest is None:
        return None
    values = [[np.nan if value is None else float(value) for value in largest.values()]]
    return xr.Dataset(
        {"storm_surge": as_it_is(("time", "point"), np.array(values).reshape(1, len(largest)))},
        coords={"region": as_it_is("point", np.array(list(largest), str))},
    )
