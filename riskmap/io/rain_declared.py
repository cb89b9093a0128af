"""What a rain file says of its numbers, and what its user declares where it is silent."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, get_args

from riskmap.errors import DataError, Faults, RiskmapError, UnitsError

if TYPE_CHECKING:
    from riskmap.scenario import RainSection

Kind = Literal["rate", "amount", "since_start"]
Stamp = Literal["start", "middle", "end"]

AMOUNTS: Final = {"mm": 1.0, "kg m-2": 1.0, "cm": 10.0, "m": 1000.0}
"""Units of an amount -> mm; a kilogram of water on a square metre is a millimetre deep."""

RATES: Final = {
    "mm h-1": 1.0, "kg m-2 h-1": 1.0, "mm s-1": 3600.0, "kg m-2 s-1": 3600.0, "m s-1": 3.6e6, "mm day-1": 1.0 / 24.0,
    "kg m-2 day-1": 1.0 / 24.0, "m h-1": 1000.0,
}  # fmt: skip
"""Units of a rate -> mm h-1."""

_SPELLINGS: Final = (
    (r"^\[|\]$|\*\*|\^", ""), (r"[()]", " "), (r"\s*/\s*(\w+?)(\d?)(?=\s|\*|/|$)", r" \1-\2"), (r"[*.]", " "),
    (r"-(?=\s|$)", "-1"), (r"\bhr?s?(?:ours?)?-1", "h-1"), (r"\bsec(?:onds?)?-1", "s-1"), (r"\bd(?:ays?)?-1", "day-1"),
    (r"\b(?:millimet(?:er|re)s?)\b", "mm"), (r"\b(?:met(?:er|re)s?)\b", "m"), (r"\s+", " "),
)  # fmt: skip


def plain_units(text: str) -> str:
    """One spelling for the many of a unit.

    Examples
    --------
    >>> [plain_units(t) for t in ("mm/hr", "kg m**-2 s**-1", "[kg/(m^2)]", "[kg/(m^2*s)]", "mm/day", "metres", "kg/m2/s")]
    ['mm h-1', 'kg m-2 s-1', 'kg m-2', 'kg m-2 s-1', 'mm day-1', 'm', 'kg m-2 s-1']
    """
    inside = re.sub(
        r"/\s*\(([^)]*)\)", lambda m: "/" + m[1].replace("*", "/").replace(" ", "/"), text.strip()
    )
    for pattern, plain in _SPELLINGS:
        inside = re.sub(pattern, plain, inside)
    return inside.strip()


@dataclass(frozen=True)
class RainDeclared:
    """What the user says of a rain file; None leaves it to the file, and what neither says is an error.

    Attributes
    ----------
    variable : str, optional
        Name in a NetCDF file, or of a GRIB element (``APCP``).
    units : str, optional
        Of the numbers, e.g. ``mm``, ``m``, ``mm h-1``, ``kg m-2 s-1``.
    kind : ``rate``, ``amount`` or ``since_start``, optional
        An amount of one interval, or one that grows since the start of a forecast.
    stamp : ``start``, ``middle`` or ``end``, optional
        Where in its interval the time of a field lies.
    interval_hours : float, optional
        Length of the interval [h]; by default the step between the times.
    utc_offset_hours : float, optional
        Of times in file names or band names without a zone: 8 for Beijing time [h].
    spread : bool
        Fields longer than an hour are spread evenly over it: sums over whole fields are right, peaks too low.
    """

    variable: str | None = None
    units: str | None = None
    kind: Kind | None = None
    stamp: Stamp | None = None
    interval_hours: float | None = None
    utc_offset_hours: float | None = None
    spread: bool = False

    @classmethod
    def of(cls, section: RainSection) -> RainDeclared:
        """What a scenario declares of its rain files."""
        return cls(**{one.name: getattr(section, one.name) for one in fields(cls)})


def resolved_units(found: str | None, declared: str | None, *, where: str) -> tuple[float, bool]:
    """Factor to mm or mm h-1, and whether the unit is one of a rate.

    Raises
    ------
    UnitsError
        No unit, an unknown one, or a file that says another than its user.
    """
    said = plain_units(found) if found else ""
    said = "" if said in {"-", "1", "unknown"} else said
    wanted = plain_units(declared) if declared else ""
    unit = wanted or said
    factor, wanted_factor = (AMOUNTS.get(u, RATES.get(u)) for u in (said, wanted))
    if said and wanted and (factor, said in RATES) != (wanted_factor, wanted in RATES):
        raise UnitsError(
            "the file and its user name different units", where=where, expected=f"{wanted!r}", found=f"{found!r}",
            remedy="correct the one that is wrong",
        )  # fmt: skip
    if unit not in AMOUNTS and unit not in RATES:
        raise UnitsError(
            "rain without a unit" if not unit else "an unknown unit of rain", where=where,
            expected=" | ".join([*AMOUNTS, *RATES]), found=repr(declared or found),
            remedy='declare units: units = "mm" under [rain], or in the file'
        )  # fmt: skip
    return (RATES[unit], True) if unit in RATES else (AMOUNTS[unit], False)


def resolved_kind(methods: str | None, is_rate: bool, declared: Kind | None, *, where: str) -> Kind:
    """What the numbers are, from ``cell_methods``, the unit and the user.

    Raises
    ------
    DataError
        They contradict each other, or an amount whose interval nobody names.
    """
    method = match[1] if (match := re.search(r"\btime:\s*(\w+)", methods or "")) else None
    if is_rate:
        if declared in {"amount", "since_start"} or method == "sum":
            raise _contradiction(where, f"a rate, cell_methods {methods!r}, declared {declared!r}")
        return "rate"
    if declared == "rate" or method in {"mean", "point"}:
        raise _contradiction(where, f"an amount, cell_methods {methods!r}, declared {declared!r}")
    if declared is None and method != "sum":
        raise DataError(
            "an amount of rain over an unknown time", where=where,
            expected="bounds of the times, cell_methods 'time: sum', or kind declared as amount or since_start",
            found="neither", remedy='set kind under [rain]: "amount" for one interval each, "since_start" where it grows',
        )  # fmt: skip
    return declared or "amount"


def unsaid(
    units: str | None, methods: str | None, says: RainDeclared, *, bounded: bool, where: str
) -> list[RiskmapError]:
    """Everything that a field and its user leave open or contradict each other in, at once: rain is never guessed.

    Parameters
    ----------
    units, methods : str or None
        ``units`` and ``cell_methods`` of the field.
    says : RainDeclared
    bounded : bool
        Whether its time has bounds.
    where : str
    """
    faults = Faults()
    rate: bool | None = None
    kind: Kind | None = None
    with faults:
        rate = resolved_units(units, says.units, where=where)[1]
    with faults:
        mean = says.kind == "rate" or re.search(r"\btime:\s*(mean|point)\b", methods or "") is not None
        a_rate = mean if rate is None else rate
        kind = resolved_kind(methods if a_rate else meant(methods, bounded), a_rate, says.kind, where=where)
    if rate is None and kind is None and faults.found:
        faults.found[-1].remedy = f"{faults.found[-1].remedy}; a unit of a rate needs none"
    if not bounded and kind != "since_start" and says.stamp not in get_args(Stamp):
        grows = "" if kind else "; one that grows needs none"
        faults.add(DataError(
            "where in its interval a field's time lies is unknown", where=where,
            expected="bounds of the times, or stamp declared as start, middle or end", found="neither",
            remedy=f'set stamp under [rain]: "start", "middle" or "end" of the interval{grows}',
        ))  # fmt: skip
    return faults.found


def meant(methods: str | None, bounded: bool) -> str | None:
    """``cell_methods`` of an amount: one with bounds is the sum between them, unless it says otherwise."""
    return "time: sum" if bounded and methods is None else methods


def _contradiction(where: str, found: str) -> DataError:
    return DataError(
        "the rain's unit, cell_methods and declaration contradict each other", where=where,
        expected="rates as means or instants, amounts as sums", found=found, remedy="correct the one that is wrong",
    )  # fmt: skip
