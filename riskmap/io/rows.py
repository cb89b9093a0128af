"""Tables of assets, row by row: a bad row is named and left out, the others are read.

A register of a thousand slopes always has a wrong row; stopping at the first would leave a county without any, and
passing over it in silence would leave out people. So both are returned, and the caller reports the rows left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from riskmap.errors import DataError, DatumError, Faults
from riskmap.io.gcj02 import from_gcj02
from riskmap.region import Region

Datum = Literal["wgs84", "cgcs2000", "gcj02"]
Item = TypeVar("Item")

DATUMS: Final = ("wgs84", "cgcs2000", "gcj02")
_BLANK: Final = ("", "-", "—", "/", "无", "nan", "null", "none")


@dataclass(frozen=True)
class Row:
    """One row of a table: names to texts, and where it stands.

    Attributes
    ----------
    values : dict
        Column -> text as in the file; numbers of JSON as they are.
    where : str
        File and row, for messages.
    """

    values: dict[str, Any]
    where: str

    def text(self, *names: str, needed: bool = False) -> str:
        """First of the columns that says something, stripped; empty where none does.

        Raises
        ------
        DataError
            Nothing stands there, and it is needed.
        """
        for name in names:
            found = str(self.values.get(name, "") if self.values.get(name) is not None else "").strip()
            if found.lower() not in _BLANK:
                return found
        if needed:
            raise DataError(
                f"no {names[0]}", where=f"{self.where}, column {names[0]}", expected="a value", found="nothing",
                remedy="fill in the cell",
            )  # fmt: skip
        return ""

    def number(self, *names: str, low: float, high: float, units: str, needed: bool = False) -> float | None:
        """A number between ``low`` and ``high`` [``units``]; None where nothing stands.

        Raises
        ------
        DataError
            No number, or out of bounds.
        """
        words = self.text(*names, needed=needed)
        if not words:
            return None
        try:
            value = float(words)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise DataError(
                "a number that cannot be", where=f"{self.where}, column {names[0]}",
                expected=f"{low:g} to {high:g} {units}", found=repr(words), remedy="check the value and its unit",
            )  # fmt: skip
        return value

    def count(self, *names: str) -> int | None:
        """A whole number from 0; None where nothing stands.

        Raises
        ------
        DataError
            No whole number.
        """
        value = self.number(*names, low=0, high=1e8, units="(a count)")
        if value is not None and value != int(value):
            raise DataError(
                "not a whole number", where=f"{self.where}, column {names[0]}", expected="a count",
                found=f"{value:g}", remedy="correct the cell",
            )  # fmt: skip
        return None if value is None else int(value)

    def datum(self, default: str | None) -> str:
        """Datum of the coordinates: the row's own, else that of the table.

        Raises
        ------
        DatumError
            None is declared, or an unknown one.
        """
        declared = (self.text("datum", "坐标系") or default or "").lower().replace("-", "").replace("_", "")
        if declared not in DATUMS:
            raise DatumError(
                "no datum of the coordinates" if not declared else "an unknown datum", where=self.where,
                expected=" | ".join(DATUMS), found=repr(declared) if declared else "none declared",
                remedy="add a column datum, or state it for the table",
            )  # fmt: skip
        return declared

    def place(self, datum: str | None) -> tuple[float, float]:
        """Longitude and latitude in WGS-84 [degrees], converted where the datum says so.

        Parameters
        ----------
        datum : str, optional
            That of the table; a column ``datum`` of the row outranks it.

        Raises
        ------
        DatumError
            No datum is declared, or an unknown one; coordinates swapped or projected.
        DataError
            A coordinate is missing.
        """
        declared = self.datum(datum)
        spot = []
        for names, bound in ((("lon", "longitude", "经度"), 180.0), (("lat", "latitude", "纬度"), 90.0)):
            try:
                value = self.number(*names, low=-bound, high=bound, units="degrees", needed=True)
            except DataError as problem:
                if problem.message.startswith("no "):
                    raise
                raise DatumError(
                    "a coordinate that is no degree of its kind", where=problem.where, expected=problem.expected,
                    found=problem.found, remedy="check that lon and lat are not swapped, and that they are degrees",
                ) from None  # fmt: skip
            assert value is not None
            spot.append(value)
        if declared == "gcj02":
            east, north = from_gcj02(spot[0], spot[1])
            return float(east), float(north)
        return spot[0], spot[1]


def collect(rows: Iterable[Row], parse: Callable[[Row], Item]) -> tuple[list[Item], list[DataError]]:
    """What could be read, and the errors of the rows that could not."""
    good: list[Item] = []
    bad: list[DataError] = []
    for row in rows:
        try:
            good.append(parse(row))
        except DataError as problem:
            bad.append(problem)
    return good, bad


def require_some(good: Sequence[Any], bad: Sequence[DataError], where: str) -> None:
    """Refuse a table of which nothing could be read.

    Raises
    ------
    DataError
        The errors of its rows, or that it has none.
    """
    if good:
        return
    faults = Faults()
    faults.add(*bad)
    faults.tell(file=where)
    raise DataError(
        "no row", where=where, expected="one row or more", found="none", remedy="fetch the file again"
    )


def refuse_repeated(ids: Sequence[str], where: str) -> None:
    """Refuse a table that names one asset twice.

    Raises
    ------
    DataError
        Names each such id.
    """
    faults = Faults()
    for identity, count in Counter(ids).items():
        if count > 1:
            faults.add(
                DataError(
                    "an id is there twice", where=f"{where}, {identity}",
                    expected="one row an id", found=f"{count} rows",
                    remedy="drop all but one, or give each an id of its own",
                )
            )  # fmt: skip
    faults.tell(file=where)


def check_places(
    spots: Sequence[tuple[float, float]], codes: Sequence[str], regions: Sequence[Region], *, where: str
) -> list[DataError]:
    """Look whether points lie in the regions that they name, and whether GCJ-02 explains why not.

    Parameters
    ----------
    spots : sequence of (longitude, latitude)
        [degrees], as declared.
    codes : sequence of str
        Administrative codes; a longer code (township, village) is looked up by its first digits.
    regions : sequence of Region
        Known outlines in WGS-84.
    where : str
        File, for messages.

    Returns
    -------
    list of DataError
        One for each point that lies more than 1 km outside its region, or names one that its city does not have.

    Raises
    ------
    DatumError
        Points lie outside and all of them come inside once they are taken for GCJ-02.
    """
    from shapely.geometry import Point

    outlines = {region.code: region.geometry for region in regions}
    digits = {len(code) for code in outlines}
    cities = {code[:4] for code in outlines}
    outside, mended, far = 0, 0, []
    for (x, y), code in zip(spots, codes, strict=True):
        outline = next((outlines[code[:n]] for n in digits if code[:n] in outlines), None)
        if outline is None:
            if code[:4] in cities:  # else the table reaches beyond the regions looked at
                far.append(
                    DataError(
                        "a region that does not exist", where=f"{where}, region {code}",
                        expected="a code of the regions", found=code, remedy="correct the code",
                    )
                )  # fmt: skip
            continue
        if outline.covers(Point(x, y)):
            continue
        east, north = from_gcj02(x, y)
        outside += 1
        mended += bool(outline.covers(Point(float(east), float(north))))
        if outline.distance(Point(x, y)) > 0.01:  # 1 km: outlines are generalised (status D)
            far.append(
                DataError(
                    "the point lies outside the region that it names", where=f"{where}, region {code}",
                    expected="a point in it", found=f"{x:.4f}, {y:.4f}", remedy="correct the code or the coordinates",
                )
            )  # fmt: skip
    if outside >= 3 and mended == outside:
        raise DatumError(
            "the points look like GCJ-02, not WGS-84", where=where, expected="WGS-84 or CGCS2000",
            found=f"{outside} of {len(spots)} points outside their regions, all inside once converted",
            remedy="declare the datum gcj02 to have them converted",
        )  # fmt: skip
    return far
