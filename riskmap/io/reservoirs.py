"""Tables of reservoirs and ponds (水库, 山塘), of river stations, and of a reservoir's storage and outflow; CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.hazard.reservoir import Reservoir
from riskmap.hazard.river_stage import RiverStation
from riskmap.heights import height_datum
from riskmap.io.csv_table import parse_each, read_csv_table
from riskmap.io.rows import Row, check_places, collect, refuse_repeated, require_some
from riskmap.region import Region

Asset = TypeVar("Asset", Reservoir, RiverStation)

_KINDS: Final = {"reservoir": "reservoir", "水库": "reservoir", "pond": "pond", "山塘": "pond"}


@dataclass(frozen=True, eq=False)
class AssetTable(Generic[Asset]):
    """What a table held: the assets, and the rows left out or doubtful, to be reported."""

    assets: tuple[Asset, ...]
    problems: tuple[DataError, ...]


def read_reservoirs(
    path: str | Path, *, datum: str | None = None, regions: Sequence[Region] = ()
) -> AssetTable[Reservoir]:
    """Reservoirs and ponds with their levels, row by row.

    Parameters
    ----------
    path : path
        CSV with ``id``, ``name``, ``kind`` (水库 | 山塘), ``region``, ``lon``, ``lat``, ``height_datum`` and levels
        ``flood_limit_m`` (汛限), ``design_m``, ``check_m``, ``crest_m`` (坝顶); where known ``capacity_m3``,
        ``downstream_people``, ``downstream_regions`` (codes with ; between), ``safe_release_m3s``, ``plan``,
        ``responsible``, ``datum``.
    datum : str, optional
        Of the coordinates, where no column says so: ``wgs84``, ``cgcs2000``, ``gcj02``.
    regions : sequence of Region, optional
        Outlines to check the places against.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError, DatumError
        No row could be read, an id twice, or points that lie like GCJ-02.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reservoirs.csv")
    ...     _ = file.write_text("id,name,kind,region,lon,lat,height_datum,flood_limit_m,design_m,check_m,crest_m\\n"
    ...                         "S1,甲水库,水库,330783,120.3,29.2,吴淞,100,104,106,107\\n"
    ...                         "S2,乙水库,水库,330783,120.3,29.2,,100,104,106,107\\n", encoding="utf-8")
    ...     table = read_reservoirs(file, datum="wgs84")
    >>> [(dam.name, dam.design, dam.datum) for dam in table.assets]  # m above the Wusong datum
    [('甲水库', 104.0, 'wusong')]
    >>> [problem.message for problem in table.problems]  # rows left out
    ['a height without its datum']
    """
    return _read(path, lambda row: _reservoir(row, datum), regions, lambda r: r.reservoir_id)


def read_river_stations(
    path: str | Path, *, datum: str | None = None, regions: Sequence[Region] = ()
) -> AssetTable[RiverStation]:
    """River stations with their levels, row by row.

    Parameters
    ----------
    path : path
        CSV with ``id``, ``name``, ``river``, ``region``, ``lon``, ``lat``, ``height_datum``, ``warning_m`` (警戒); where
        known ``guarantee_m`` (保证), ``record_m`` (历史最高), ``crest_m`` (堤顶), ``people``, ``responsible``, ``datum``.
    datum, regions
        As for ``read_reservoirs``.

    Raises
    ------
    SourceError, DataError, DatumError
        As ``read_reservoirs``.
    """
    return _read(path, lambda row: _station(row, datum), regions, lambda s: s.station_id)


def read_pool_table(
    path: str | Path,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Level [m], storage [m3] and outflow [m3 s-1] of one reservoir, for ``riskmap.hazard.reservoir.level_pool``.

    Parameters
    ----------
    path : path
        CSV with ``level_m``, ``storage_m3``, ``outflow_m3s``, rising.

    Raises
    ------
    SourceError, DataError
        Unreadable, a column missing, a cell that is no number.
    """
    names = ("level_m", "storage_m3", "outflow_m3s")
    table = read_csv_table(path, required=names)
    columns = [table.column(name) for name in names]

    def three(row: tuple[int, list[str]]) -> list[float]:
        found = [table.number(row, c) for c in columns]
        if any(map(isnan, found)):
            raise DataError(
                "a row of the pool's table is not whole", where=f"{path}, line {row[0]}", expected="three numbers",
                found=", ".join(row[1]), remedy="fill in the row, or drop it",
            )  # fmt: skip
        return found

    values = np.array(parse_each(table.rows, three, file=str(path)), np.float64)
    return values[:, 0], values[:, 1], values[:, 2]


def _read(
    path: str | Path,
    parse: Callable[[Row], Asset],
    regions: Sequence[Region],
    identity: Callable[[Asset], str],
) -> AssetTable[Asset]:
    where = str(path)
    assets, problems = collect(_lines(path), parse)
    require_some(assets, problems, where)
    refuse_repeated([identity(asset) for asset in assets], where)
    if regions:
        spots = [(asset.longitude, asset.latitude) for asset in assets]
        problems += check_places(spots, [asset.region for asset in assets], regions, where=where)
    return AssetTable(tuple(assets), tuple(problems))


def _lines(path: str | Path) -> Iterator[Row]:
    table = read_csv_table(path)
    for line, cells in table.rows:
        yield Row(dict(zip(table.header, cells, strict=False)), f"{path}, line {line}")


def datum_of_levels(row: Row) -> str:
    """The height datum of a row's levels, under the name of ``riskmap.heights``.

    Raises
    ------
    DatumError
        None is declared, or an unknown one.
    """
    return height_datum(row.text("height_datum", "高程基准"), where=f"{row.where}, column height_datum")


def _level(row: Row, *names: str) -> float | None:
    return row.number(*names, low=-20.0, high=3000.0, units="m")


def _place_of(row: Row, datum: str | None) -> dict[str, object]:
    east, north = row.place(datum)
    return {
        "name": row.text("name", "名称", needed=True), "longitude": east, "latitude": north,
        "region": row.text("region", "区划代码", "adcode", needed=True).removesuffix(".0"),
        "datum": datum_of_levels(row), "crest": _level(row, "crest_m", "坝顶", "堤顶"),
        "responsible": row.text("responsible", "责任人"),
    }  # fmt: skip


def _reservoir(row: Row, datum: str | None) -> Reservoir:
    kind = row.text("kind", "类型", needed=True)
    if kind not in _KINDS:
        raise DataError(
            "an unknown kind", where=f"{row.where}, column kind", expected="水库 | 山塘", found=repr(kind),
            remedy="correct the cell",
        )  # fmt: skip
    regions = row.text("downstream_regions", "下游区划").replace(";", ";").split(";")
    try:
        return Reservoir(
            reservoir_id=row.text("id", "编号", needed=True), kind=_KINDS[kind],
            flood_limit=_level(row, "flood_limit_m", "汛限"), design=_level(row, "design_m", "设计"),
            check=_level(row, "check_m", "校核"),
            capacity=row.number("capacity_m3", "总库容", low=0, high=5e11, units="m3"),
            downstream_people=row.count("downstream_people", "下游人数"),
            downstream_regions=tuple(code.strip() for code in regions if code.strip()),
            safe_release=row.number("safe_release_m3s", "安全泄量", low=0, high=1e5, units="m3 s-1"),
            plan=row.text("plan", "泄洪方案"), **_place_of(row, datum),  # type: ignore[arg-type]
        )  # fmt: skip
    except DataError as problem:
        raise _at(problem, row) from None


def _station(row: Row, datum: str | None) -> RiverStation:
    try:
        return RiverStation(
            station_id=row.text("id", "编号", needed=True), river=row.text("river", "河流"),
            warning=_level(row, "warning_m", "警戒"), guarantee=_level(row, "guarantee_m", "保证"),
            record=_level(row, "record_m", "历史最高"), people=row.count("people", "人数"),
            **_place_of(row, datum),  # type: ignore[arg-type]
        )  # fmt: skip
    except DataError as problem:
        raise _at(problem, row) from None


def _at(problem: DataError, row: Row) -> DataError:
    """The problem with the row that it stands in."""
    if problem.where and not problem.where.startswith(row.where):
        problem.where = f"{row.where}, {problem.where}"
    return problem
