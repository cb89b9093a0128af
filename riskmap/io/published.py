"""What a published run says, read back: the assessment that ``evac`` and later cycles start from.

``riskmap.products.table.assessment_json`` writes the text; this file is its inverse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from riskmap.assessment import TABLE_VARIABLES, Assessment, empty_table
from riskmap.asset import INSTANTS, AssetTier
from riskmap.errors import DataError, GeometryError, SourceError
from riskmap.io.cycle_state import earlier_of_json, standing_of_json
from riskmap.region import Region
from riskmap.rules import HazardRule, Metric
from riskmap.scale import Tier

ASSESSMENT_FORMAT: Final = "riskmap-assessment"
ASSESSMENT_VERSION: Final = 2
ASSESSMENT_FILE: Final = "assessment.json"
LATER: Final = "later"
"""Folder of a replay's later issue times (``[run] later``), a folder each."""


def later_folder(issued_at: datetime) -> str:
    """Where a replay's later issue time is published, below its run.

    Examples
    --------
    >>> later_folder(datetime.fromisoformat("2021-07-27T08:00+08:00"))
    'later/20210727T0000Z'
    """
    return f"{LATER}/{issued_at.astimezone(UTC):%Y%m%dT%H%MZ}"


def later_runs(source: str | Path) -> tuple[Path, ...]:
    """Folders of a run's later issue times, in order of time; none of a run that has none."""
    return tuple(sorted(path.parent for path in (Path(source) / LATER).glob(f"*/{ASSESSMENT_FILE}")))


def read_assessment(path: str | Path) -> Assessment:
    """The assessment of a published run.

    Parameters
    ----------
    path : path
        The folder of the run, or its ``assessment.json``.

    Returns
    -------
    Assessment
        Equal in every number to the one that was published.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        It is no assessment, or of another version, or damaged.
    GeometryError
        A region's polygon is damaged.

    Examples
    --------
    What ``riskmap run`` publishes, here of 40 mm of rain an hour over Putuo, comes back with its reasons.

    >>> from tempfile import TemporaryDirectory
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> from riskmap.products.table import assessment_json
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, ASSESSMENT_FILE).write_text(assessment_json(found), encoding="utf-8")
    ...     again = read_assessment(folder)
    >>> worst = again.worst("330903")
    >>> worst.tier.chinese, worst.driver.metric.english, worst.driver.value  # mm
    ('红', '3 h rain', 120.0)
    """
    file = Path(path)
    if file.is_dir():
        file = file / ASSESSMENT_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"cannot be read ({error.strerror})",
            where=str(file),
            expected="the assessment of a published run",
            remedy="name the folder that `riskmap run --out` wrote",
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            "is not UTF-8",
            where=str(file),
            expected="JSON in UTF-8",
            found=f"byte {error.object[error.start]:#x} at {error.start}",
            remedy="take the file as the run published it",
        ) from error
    return parse_assessment(text, where=str(file))


def parse_assessment(text: str, *, where: str = "assessment") -> Assessment:
    """The assessment in a JSON text.

    Parameters
    ----------
    text : str
        What ``riskmap.products.table.assessment_json`` gave.
    where : str
        File name, for messages.

    Raises
    ------
    DataError
        It is no assessment, or of another version, or damaged.
    GeometryError
        A region's polygon is damaged.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _damaged("is not JSON", where, str(error)) from error
    if not isinstance(content, Mapping) or content.get("format") != ASSESSMENT_FORMAT:
        raise _damaged("is not an assessment", where, "another kind of file")
    if content.get("version") != ASSESSMENT_VERSION:
        raise DataError(
            "is of another version",
            where=where,
            expected=f"version {ASSESSMENT_VERSION}",
            found=repr(content.get("version")),
            remedy="run riskmap again with this release",
        )
    try:
        return _assessment(content, where)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise _damaged("is damaged", where, f"{type(error).__name__}: {error}") from error


def _damaged(message: str, where: str, found: str) -> DataError:
    return DataError(
        message,
        where=where,
        expected=f"JSON of format {ASSESSMENT_FORMAT!r}",
        found=found,
        remedy="publish the run again",
    )


def _assessment(content: Mapping[str, Any], where: str) -> Assessment:
    regions = tuple(_region(entry, where) for entry in content["regions"])
    hazards = [str(h) for h in content["hazards"]]
    valid_at = [datetime.fromisoformat(t) for t in content["valid_at"]]
    table = empty_table(hazards, valid_at, [r.code for r in regions])
    for name in TABLE_VARIABLES:
        table[name].values[...] = _array(content["table"][name], table[name].shape, table[name].dtype)
    if content.get("cell") is not None:
        table["cell"].values[...] = _array(content["cell"], table["cell"].shape, table["cell"].dtype)
    return Assessment(
        issued_at=datetime.fromisoformat(content["issued_at"]),
        regions=regions,
        table=table,
        rules={str(h): _rule(rule) for h, rule in content["rules"].items()},
        lacking={str(h): str(why) for h, why in content["lacking"].items()},
        assets=tuple(_asset(entry) for entry in content["assets"]),
        apart=frozenset(str(h) for h in content["apart"]),
        raised=_raised(content.get("raised"), table["tier"].shape[1:]),
        earlier=earlier_of_json(content.get("earlier"), table["tier"].shape),
        standing=standing_of_json(content.get("standing")),
    )


def _array(values: list[Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Nested lists as an array; null is NaN."""
    return np.array(values, dtype=dtype if dtype.kind == "i" else float).reshape(shape)


def _raised(values: list[Any] | None, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """Where hazards meet; None where the rule was off."""
    return None if values is None else np.array(values, np.bool_).reshape(shape)


def _region(entry: Mapping[str, Any], where: str) -> Region:
    try:
        geometry = shapely.from_geojson(json.dumps(entry["geometry"]))
    except shapely.errors.GEOSException as error:
        raise GeometryError(
            "a polygon is damaged",
            where=f"{where}, region {entry.get('code')}",
            expected="a GeoJSON Polygon or MultiPolygon",
            found=str(error),
            remedy="publish the run again",
        ) from error
    return Region(
        code=str(entry["code"]),
        name=str(entry["name"]),
        city_code=str(entry["city_code"]),
        city_name=str(entry["city_name"]),
        geometry=geometry,
        population=entry["population"],
        valid_from=_day(entry["valid_from"]),
        valid_to=_day(entry["valid_to"]),
        aged=tuple(entry.get("aged", (None,) * 3)),
        urban=entry.get("urban"),
        level=entry.get("level", "county"),
        unusable=str(entry.get("unusable", "")),
    )


def _asset(entry: Mapping[str, Any]) -> AssetTier:
    # fields with a default came later: older runs have none
    held: dict[str, Any] = {
        field.name: entry.get(field.name, field.default)
        if field.default is not MISSING
        else entry[field.name]
        for field in fields(AssetTier)
    }
    held |= {"tier": None if held["tier"] is None else Tier(held["tier"])}
    held |= {n: None if held[n] is None else datetime.fromisoformat(held[n]) for n in INSTANTS}
    return AssetTier(**held)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _rule(entry: Mapping[str, Any]) -> HazardRule:
    known = [field for field in fields(HazardRule) if field.name not in ("metrics", "wetness")]
    # fields with a default came later: older runs have none
    held: dict[str, Any] = {
        f.name: entry.get(f.name, f.default) if f.default is not MISSING else entry[f.name] for f in known
    }
    held = {name: tuple(value) if isinstance(value, list) else value for name, value in held.items()}
    return HazardRule(
        metrics=tuple(_metric(metric) for metric in entry["metrics"]),
        wetness=MappingProxyType(
            {name: MappingProxyType(dict(factors)) for name, factors in entry["wetness"].items()}
        ),
        **held,
    )


def _metric(entry: Mapping[str, Any]) -> Metric:
    held: dict[str, Any] = {"confidence": "", "confidence_note": "", **entry}  # older runs have none
    held = {field.name: held[field.name] for field in fields(Metric)}
    held |= {name: tuple(entry[name]) for name in ("thresholds", "station_levels")}
    return Metric(**held)
