"""Reader of ensembles in CXML, the cyclone XML in which TIGGE's centres exchange tropical cyclone tracks.

Elements and units as in the schema cxml.1.3.xsd (Australian Bureau of Meteorology), read in a public repository
(status S). Read are the sections ``data type="ensembleForecast"``; analyses and single forecasts in the file are not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import ConfigError, DataError, UnitsError
from riskmap.io.csv_table import read_text
from riskmap.io.fixes import Fix, no_radii, parse_number, parse_pressure, parse_time, parse_wind
from riskmap.io.members import PRESSURE_UNITS, WIND_UNITS, Rows, gather
from riskmap.members import Ends, Ensemble
from riskmap.regressions import KNOT, NAUTICAL_MILE
from riskmap.track import QUADRANTS

MILE: Final = 1609.344
"""The statute mile [m]; international agreement of 1959 (status M)."""

SPEEDS: Final[Mapping[str, float]] = MappingProxyType(
    {**WIND_UNITS, **dict.fromkeys(("mi/h", "mi h-1"), MILE / 3600.0)}
)
"""``speedType`` of the schema -> [m s-1]."""

LENGTHS: Final[Mapping[str, float]] = MappingProxyType(
    {"m": 1.0, "km": 1000.0, "mi": MILE, "nm": NAUTICAL_MILE, "ft": 0.3048}
)
"""``lengthType`` of the schema -> [m]; ``deg`` is left out: no radius is given in it."""

DURATIONS: Final[Mapping[str, float]] = MappingProxyType({"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0})
"""``timeType`` of the schema -> [s]."""

SIGNS: Final[Mapping[str, float]] = MappingProxyType(
    {"deg": 1.0, "deg N": 1.0, "deg E": 1.0, "deg S": -1.0, "deg W": -1.0}
)
"""``posType`` of the schema -> sign."""

CONTOURS: Final = (34 * KNOT, 50 * KNOT, 64 * KNOT)
"""Wind speeds whose radii are kept [m s-1]; others in the file are left out."""

CONTOUR_TOLERANCE: Final = 1.1 * KNOT
"""A contour this close to one of ``CONTOURS`` is it (status D): the schema's own example writes 63 for 64 kt."""

_SECTORS: Final = {f"{quadrant}Q": q for q, quadrant in enumerate(QUADRANTS)}
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def read_cxml(
    path: str | Path,
    *,
    storm: str | None = None,
    averaging_period: int | None = None,
    ends: Ends = "together",
) -> Ensemble:
    """Members out of a CXML file.

    Parameters
    ----------
    path : path
        Plain or gzip.
    storm : str, optional
        ``cycloneName``, ``cycloneNumber``, ``localID`` or ``ID`` of the disturbance; needed where the file has several.
    averaging_period : int, optional
        Of the winds [s], where the file does not say: 600 is common for a model's 10 m wind.
    ends : str
        What it means that a member ends before the others, or lacks the storm: see ``riskmap.members.Ensemble``.

    Returns
    -------
    Ensemble
        Labels are the member numbers; the issue time is ``baseTime``.

    Raises
    ------
    SourceError
        The file cannot be read.
    ConfigError
        No such storm, or several and none was chosen.
    DataError, UnitsError
        Not CXML, or a fix or a member that does not fit; a DOCTYPE (entities can make a small file fill the memory);
        an unknown unit; no averaging period, or another than declared.

    References
    ----------
    cxml.1.3.xsd, Bureau of Meteorology; WMO THORPEX Interactive Grand Global Ensemble.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> fixes = "".join(
    ...     f'<fix><validTime>2021-07-24T{hour:02}:00:00Z</validTime><latitude units="deg N">{north}</latitude>'
    ...     '<longitude units="deg E">124</longitude></fix>' for hour, north in ((0, 27), (6, 28)))
    >>> text = (
    ...     '<cxml><header><productionCenter>ECMWF</productionCenter><baseTime>2021-07-24T00:00:00Z</baseTime></header>'
    ...     '<data type="ensembleForecast" member="1"><disturbance><cycloneName>In-Fa</cycloneName>'
    ...     f'{fixes}</disturbance></data></cxml>')
    >>> with TemporaryDirectory() as folder:  # a file of TIGGE, e.g. z_tigge_c_ecmf.xml, is read alike
    ...     file = Path(folder, "tracks.xml")
    ...     _ = file.write_text(text)
    ...     members = read_cxml(file, storm="IN-FA", averaging_period=600)
    >>> members.labels, members.members[0]["latitude"].values.tolist()
    (('1',), [27.0, 28.0])
    """
    where = str(path)
    root = _parsed(read_text(path), where)
    header = root.find("header")
    base = _text(header, "baseTime") if header is not None else ""
    if header is None or not base:
        raise DataError(
            "no issue time", where=f"{where}, header", expected="<baseTime>", found="none",
            remedy="fetch the file again",
        )  # fmt: skip
    issued_at = parse_time(base, where=f"{where}, baseTime", zone=UTC)
    reader = _Reader(where, _text(header, "missing"))
    sections = [data for data in root.iter("data") if data.get("type") == "ensembleForecast"]
    wanted = _choose(sections, storm, where)
    members, stormless = [], []
    for section in sections:
        label = section.get("member", "")
        if not label:
            raise DataError(
                "a member without its number", where=f"{where}, data", expected='member="..."', found="none",
                remedy="fetch the file again",
            )  # fmt: skip
        mine = [d for d in section.findall("disturbance") if wanted & _names(d)]
        fixes = tuple(fix for d in mine for fix in reader.fixes(d, f"member {label}"))
        if fixes:
            members.append(Rows(label, fixes))
        elif ends == "dissipated":
            stormless.append(label)
        else:
            raise DataError(
                "a member without the storm", where=f"{where}, member {label}", expected="a disturbance of that storm",
                found="none", remedy='set ends = "dissipated" if its storm has died in the model, or take another file',
            )  # fmt: skip
    model = _text(header, "generatingApplication/model/name")
    centre = _text(header, "productionCenter")
    return gather(
        members, averaging_period=reader.period(averaging_period), issued_at=issued_at, ends=ends, where=where,
        source=" ".join(dict.fromkeys(filter(None, (centre, model)))) or Path(path).name, name=storm or min(wanted, default=""),
        wind_threshold=CONTOURS, stormless=stormless,
    )  # fmt: skip


def _parsed(text: str, where: str) -> ElementTree.Element:
    # the text is decoded already, so that no declared encoding can hide the word
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise DataError(
            "a document type in the file", where=where, expected="elements alone", found="<!DOCTYPE or <!ENTITY",
            remedy="do not use this file: CXML has none, and entities can fill the memory",
        )  # fmt: skip
    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314  no entities: see above
    except ElementTree.ParseError as error:
        raise DataError(
            "not XML", where=where, expected="CXML", found=str(error), remedy="fetch the file again"
        ) from error
    if root.tag != "cxml":
        raise DataError(
            "not CXML",
            where=where,
            expected="<cxml>",
            found=f"<{root.tag}>",
            remedy="check the file's format",
        )
    return root


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _names(disturbance: ElementTree.Element) -> set[str]:
    """All by which a disturbance can be asked for, in capitals."""
    found = {_text(disturbance, tag).upper() for tag in ("cycloneName", "cycloneNumber", "localID")}
    return (found | {disturbance.get("ID", "").upper()}) - {""}


def _choose(sections: list[ElementTree.Element], storm: str | None, where: str) -> set[str]:
    """The name that picks the storm; with none asked for, the names that all disturbances share."""
    disturbances = [_names(d) for section in sections for d in section.findall("disturbance")]
    everything = set().union(*disturbances)
    if not disturbances:
        raise DataError(
            "no ensemble in the file", where=where, expected='<data type="ensembleForecast"> with a disturbance',
            found="none", remedy="take the ensemble's file, not the deterministic one",
        )  # fmt: skip
    if storm is not None and storm.strip().upper() in everything:
        return {storm.strip().upper()}
    shared = set.intersection(*disturbances)
    if storm is None and shared:
        return shared
    raise ConfigError(
        "several storms in the file" if storm is None else "no such storm in the file", where=f"{where}, storm",
        expected="one of " + ", ".join(sorted(everything)[:20]), found=repr(storm), remedy="give the name of one",
    )  # fmt: skip


class _Reader:
    """Fixes of one file; gathers the averaging periods that it declares."""

    def __init__(self, where: str, missing: str) -> None:
        self.where, self.missing = where, missing
        number = re.fullmatch(r"[-+]?\d+(\.\d*)?", missing)
        self.sentinel = float(missing) if number else math.nan
        self.declared: set[float] = set()

    def period(self, given: int | None) -> int:
        """The averaging period of all winds [s]."""
        both = self.declared | ({float(given)} if given is not None else set())
        if len(both) != 1:
            raise UnitsError(
                "several averaging periods" if both else "the averaging period of the wind is not declared",
                where=f"{self.where}, averagingPeriod", expected="one, in the file or as averaging_period [s]",
                found=", ".join(f"{p:g} s" for p in sorted(both)) or "none",
                remedy="say which period the winds have: 600 is common for a model's 10 m wind",
            )  # fmt: skip
        return round(both.pop())

    def fixes(self, disturbance: ElementTree.Element, label: str) -> Iterator[Fix]:
        """The fixes of one disturbance."""
        for n, fix in enumerate(disturbance.findall("fix"), 1):
            at = f"{label}, fix {n}"
            data = fix.find("cycloneData")
            wind, pressure, core, radii = math.nan, math.nan, math.nan, no_radii()
            if data is not None:
                wind = self._wind(data, at)
                hectopascal = self._number(
                    data.find("minimumPressure/pressure"), PRESSURE_UNITS, f"{at}, pressure"
                )
                if not math.isnan(hectopascal):
                    pressure = parse_pressure(hectopascal, where=f"{self.where}, {at}")
                core = self._number(data.find("maximumWind/radius"), LENGTHS, f"{at}, radius of maximum wind")
                self._contours(data, radii, at)
            yield Fix(
                at, self._time(fix, at),
                self._number(fix.find("latitude"), SIGNS, f"{at}, latitude"),
                self._number(fix.find("longitude"), SIGNS, f"{at}, longitude"),
                pressure, wind, core, radii,
            )  # fmt: skip

    def _time(self, fix: ElementTree.Element, at: str) -> datetime:
        return parse_time(_text(fix, "validTime"), where=f"{self.where}, {at}, validTime", zone=UTC)

    def _wind(self, data: ElementTree.Element, at: str) -> float:
        period = self._number(data.find("maximumWind/averagingPeriod"), DURATIONS, f"{at}, averagingPeriod")
        if not math.isnan(period):
            self.declared.add(period)
        wind = self._number(data.find("maximumWind/speed"), SPEEDS, f"{at}, wind")
        return wind if math.isnan(wind) else parse_wind(wind, where=f"{self.where}, {at}")

    def _contours(self, data: ElementTree.Element, radii: NDArray[np.float64], at: str) -> None:
        """Wind radii [m] into ``radii`` (force, quadrant): a full circle first, quadrants over it."""
        for contour in data.findall("windContours/windSpeed"):
            speed = self._number(contour, SPEEDS, f"{at}, windSpeed")
            near = [k for k, known in enumerate(CONTOURS) if abs(speed - known) <= CONTOUR_TOLERANCE]
            if not near:
                continue
            circle_first = sorted(contour.findall("radius"), key=lambda r: r.get("sector", "AAA") in _SECTORS)
            for radius in circle_first:
                sector = radius.get("sector", "AAA")
                metres = self._number(radius, LENGTHS, f"{at}, radius")
                if sector in ("AAA", "full circle"):
                    radii[near[0], :] = metres
                elif sector in _SECTORS:
                    radii[near[0], _SECTORS[sector]] = metres

    def _number(self, element: ElementTree.Element | None, units: Mapping[str, float], at: str) -> float:
        """A number in SI units; NaN where missing."""
        text = "" if element is None else (element.text or "").strip()
        if element is None or element.get(_NIL) == "true" or not text:
            return math.nan
        value = parse_number(text, where=f"{self.where}, {at}") if text != self.missing else math.nan
        if math.isnan(value) or value == self.sentinel:
            return math.nan
        unit = element.get("units", "")
        if unit not in units:
            raise UnitsError(
                "unknown unit" if unit else "a number without its unit", where=f"{self.where}, {at}",
                expected=" | ".join(units), found=repr(unit), remedy="convert the value",
            )  # fmt: skip
        return value * units[unit]
